"""A moved body stands among what the original stands in: its variables, its class, its annotations; nothing else."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from generated import Generated
from tampers import Edit, above, at_end, before_import, decorated, everywhere, spliced, text
from verify_answers import Case, code_of, code_of_text, verify

from poetc.source.site import ModuleContext

FUTURE = "from __future__ import annotations\n"

CLASSED = Case("""\
class Shop:
    @poet()
    def price(self, item):
        return super().price(item) + self.__tax
""")

PUBLIC = Case("""\
class Shop:
    @poet()
    def price(self) -> float:
        return super().price(**locals())
""")

NESTED = Case("""\
def make(start, step):
    @poet()
    def count():
        nonlocal start
        start += step
        return start
""")

ANNOTATED = Case("""\
@poet()
def f():
    def g(x: int): ...
    return g
""")

AS_TEXT = replace(ANNOTATED, context=ModuleContext(future_annotations=True))

GOOD = {
    "class": CLASSED,
    "public function in a class": PUBLIC,
    "variables": NESTED,
    "annotations": ANNOTATED,
    "annotations that are text": AS_TEXT,
}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_a_body_among_what_it_needs_is_accepted(case: Case) -> None:
    """The class, the variables and the annotations are just the original's."""
    verify(case.draft)
    assert code_of_text(case) == ""


def test_what_the_body_needs_is_there() -> None:
    """A class of that name around `bind`, variables that `bind` has, and the source's own future import."""
    (around,) = (node for node in Generated(CLASSED.code).tree.body if isinstance(node, ast.ClassDef))
    assert around.name == "Shop" and declared(NESTED) == {"start", "step"}
    assert FUTURE not in ANNOTATED.code and FUTURE in AS_TEXT.code and FUTURE not in NESTED.code
    assert "__class__" in {node.id for node in ast.walk(Generated(PUBLIC.code).public) if isinstance(node, ast.Name)}


def declared(case: Case) -> set[str]:
    """The variables that `bind` declares."""
    return {ast.unparse(n.target) for n in Generated(case.code).bind.body if isinstance(n, ast.AnnAssign)}


def declaration(name: str, instead: str) -> Edit:
    """Another statement in the place of the declaration of a variable."""

    def edit(code: str) -> str:
        nodes = (n for n in Generated(code).bind.body if isinstance(n, ast.AnnAssign))
        return spliced(code, next(n for n in nodes if ast.unparse(n.target) == name), instead)

    return edit


def class_header(header: str, above_it: str = "") -> Edit:
    """The class around `bind` with another header."""

    def edit(code: str) -> str:
        node = next(n for n in Generated(code).tree.body if isinstance(n, ast.ClassDef))
        lines, at = code.split("\n"), node.lineno - 1
        return "\n".join([*lines[:at], *([above_it] if above_it else []), f"{header}:", *lines[at + 1 :]])

    return edit


def in_class(statement: str) -> Edit:
    """A statement of the class, above `bind`."""
    return lambda code: above(code, Generated(code).bind, statement)


def bound(instead: str) -> Edit:
    """Another statement in the place of the one that takes `bind` out of its class."""
    return lambda code: spliced(code, Generated(code).tree.body[-1], instead)


def cell(instead: str) -> Edit:
    """Another statement in the place of the one that gives the public function its `__class__`."""
    return lambda code: spliced(code, Generated(code).public.body[0], instead)


def taken_out(code: str) -> str:
    """`bind` without the class around it."""
    node = next(n for n in Generated(code).tree.body if isinstance(n, ast.ClassDef))
    lines = code.split("\n")
    kept = [line[node.body[0].col_offset :] for line in lines[node.lineno : node.end_lineno]]
    return "\n".join([*lines[: node.lineno - 1], *kept]) + "\n"


def before_body(statement: str) -> Edit:
    """A statement of `bind`, above the function with the user's lines."""
    return lambda code: above(code, Generated(code).body, statement)


TAMPERED: dict[str, tuple[Case, Edit, str]] = {
    "no class": (CLASSED, taken_out, "POET403"),
    "another class": (CLASSED, everywhere("Shop", "Store"), "POET405"),
    "class with a base": (CLASSED, class_header("class Shop(object)"), "POET405"),
    "class with a metaclass": (CLASSED, class_header("class Shop(metaclass=type)"), "POET405"),
    "decorated class": (CLASSED, class_header("class Shop", "@staticmethod"), "POET405"),
    "class with a name": (CLASSED, in_class("price = 1"), "POET405"),
    "class with a method": (CLASSED, in_class("def price(self): ..."), "POET405"),
    "class with a docstring": (CLASSED, in_class("'''Shop'''"), "POET405"),
    "decorated bind": (CLASSED, in_class("@staticmethod"), "POET405"),
    "not bound": (CLASSED, bound(""), ""),
    "another thing bound": (CLASSED, bound("bind = Shop.price"), "POET405"),
    "bound elsewhere": (CLASSED, bound("rt.bind = Shop.bind"), "POET405"),
    "bound twice": (CLASSED, at_end("bind = Shop.bind"), ""),
    "class in a class": (CLASSED, at_end("class Shop: pass"), "POET405"),
    "declared for nothing": (CLASSED, before_body("tax: original"), "POET403"),
    "decorated body": (CLASSED, decorated("staticmethod"), "POET403"),
    "no cell in the public function": (PUBLIC, cell("pass"), "POET405"),
    "cell that is evaluated": (PUBLIC, cell("if True: __class__"), ""),
    "cell that is called": (PUBLIC, cell("if False: __class__()"), ""),
    "cell twice": (PUBLIC, cell("if False: __class__; __class__"), ""),
    "one variable not declared": (NESTED, declaration("step", "pass"), "POET403"),
    "a further variable": (NESTED, declaration("step", "other: original; step: original"), "POET403"),
    "another variable": (NESTED, declaration("step", "stop: original"), "POET403"),
    "variable with a value": (NESTED, declaration("step", "step: original = 1"), "POET405"),
    "variable that is assigned": (NESTED, declaration("step", "step = original"), ""),
    "variable of something else": (NESTED, declaration("step", "step: rt"), ""),
    "declared twice": (NESTED, declaration("step", "step: original; step: original"), ""),
    "declared in brackets": (NESTED, declaration("step", "(step): original"), "POET403"),
    "attribute declared": (NESTED, declaration("step", "step: original; rt.x: original"), "POET405"),
    "declared in the body": (NESTED, text("start += step", "step: original; start += step"), "POET403"),
    "annotations as text": (ANNOTATED, before_import(FUTURE), ""),
    "annotations evaluated": (AS_TEXT, text(FUTURE, ""), ""),
    "a future for nothing": (NESTED, before_import(FUTURE), ""),
}


@pytest.mark.parametrize(("case", "edit", "code"), TAMPERED.values(), ids=TAMPERED)
def test_a_body_among_anything_else_is_refused(case: Case, edit: Edit, code: str) -> None:
    """One thing more, less or other around the body would give a name of it another meaning.

    Where the compiler tells, it isn't believed of the client's own emitter either.
    """
    assert code_of(case.edited(edit)) == "POET408"
    assert code_of_text(case, edit) == code


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_a_name_is_not_taken_from_bind(case: Case) -> None:
    """An answer for a function that takes other names from around itself isn't one for this."""
    for other in GOOD.values():
        if other.code != case.code:
            assert code_of(case.saying(other.code)) == "POET408"


def test_what_is_free_is_compared_with_what_the_compiler_says() -> None:
    """The client's own text passes only where the original takes the same variables from around it."""
    assert code_of_text(replace(NESTED, source=NESTED.source.replace("make(start, step)", "make(start)"))) == ""
    written = replace(NESTED, source=NESTED.source.replace("make(start, step)", "make(start)")).code
    assert declared(replace(NESTED, source=NESTED.source.replace("make(start, step)", "make(start)"))) == {"start"}
    assert code_of_text(NESTED, lambda _: written) == "POET403"
