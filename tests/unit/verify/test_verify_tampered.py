# ruff: noqa: E501 - a row of a table is one line
"""Answers that are honest but for one edit of their text are refused; most are, too, if the client had written it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from generated import Generated
from tampers import (
    Edit,
    above,
    another_class,
    argument,
    at_end,
    at_end_of_bind,
    before_import,
    behind_import,
    bind_header,
    bound_as,
    decorated,
    everywhere,
    expression,
    further_argument,
    importing,
    in_bind,
    in_body,
    in_module,
    nothing_but,
    object_made,
    returning,
    signature,
    spliced,
    text,
    without_statement,
)
from verify_answers import (
    ASYNC_GENERATOR,
    ASYNC_GUARDED,
    BARE,
    DIRECT,
    DOCSTRING_ONLY,
    FRAMED,
    GENERATOR,
    GOOD,
    GUARDED,
    GUARDED_GENERATOR,
    MANGLED,
    ONE_LINE,
    RETRIED,
    TABBED,
    Case,
    code_of,
    code_of_text,
)

from poetc.ir import CODES

WORDS = "    words = text.split()\n"
PARAMETERS = "text, limit=..."
Row = tuple[str, Case, Edit, str]
"""name, answer, what is edited, the code that says so where only the text is looked at ("": it is the bytes alone)"""

MODULE: list[Row] = [
    ("statement before bind", DIRECT, in_module("print(1)"), "POET405"),
    ("statement behind bind", DIRECT, at_end("bind(print)"), "POET405"),
    ("second function", DIRECT, in_module("def other(): pass"), "POET405"),
    ("module import", DIRECT, in_module("import os"), "POET404"),
    ("import on the same line", DIRECT, behind_import("import os"), "POET404"),
    ("runtime of another package", DIRECT, importing("from evil._poet import _runtime as rt"), "POET404"),
    ("relative runtime", DIRECT, importing("from .app._poet import _runtime as rt"), "POET404"),
    ("second name imported", DIRECT, importing("from app._poet import _runtime as rt, other"), "POET404"),
    ("other future", DIRECT, before_import("from __future__ import generator_stop"), "POET404"),
    ("a docstring computed", DIRECT, before_import('f"""{print()}"""'), "POET405"),
    ("bind renamed", DIRECT, bind_header("def bond(original)"), "POET406"),
    ("bind async", DIRECT, bind_header("async def bind(original)"), "POET406"),
    ("bind with default", DIRECT, bind_header("def bind(original=print())"), "POET405"),
    ("bind with second parameter", DIRECT, bind_header("def bind(original, other=1)"), "POET405"),
    ("bind decorated", DIRECT, lambda code: above(code, Generated(code).bind, "@rt.Retry"), "POET405"),
    ("bind annotated", DIRECT, bind_header("def bind(original: print())"), "POET405"),
    ("bind returns annotated", DIRECT, bind_header("def bind(original) -> print()"), "POET405"),
    ("module __builtins__", DIRECT, in_module("__builtins__ = {}"), "POET405"),
    ("module class", DIRECT, in_module("class A(metaclass=print): pass"), "POET405"),
    ("bind deleted", DIRECT, at_end("del bind"), "POET405"),
]

IN_BIND: list[Row] = [
    ("import", DIRECT, in_bind("import os"), "POET404"),
    ("exec", DIRECT, in_bind("exec('1')"), "POET405"),
    ("exec bound", DIRECT, in_bind("x = exec('1')"), "POET405"),
    ("alias of a dangerous builtin", DIRECT, in_bind("eval_ = eval"), "POET405"),
    ("alias of a runtime global", DIRECT, in_bind("x = rt.import_module"), "POET405"),
    ("rt dunder", DIRECT, object_made("Enforce", "rt.__dict__"), "POET403"),
    ("rt dunder called", DIRECT, object_made("Enforce", "rt.__dict__.get('x')"), "POET403"),
    ("rt of something else", DIRECT, another_class("Enforce", "import_module"), "POET403"),
    ("original's globals", DIRECT, further_argument("Enforce", "original.__globals__"), "POET405"),
    ("original called", DIRECT, further_argument("Enforce", "original()"), "POET405"),
    ("lambda given", DIRECT, further_argument("Enforce", "lambda: 1"), "POET405"),
    ("comprehension given", DIRECT, further_argument("Enforce", "[x for x in original]"), "POET405"),
    ("walrus given", DIRECT, further_argument("Enforce", "(x := 1)"), "POET405"),
    ("f-string given", DIRECT, further_argument("Enforce", 'f"{original}"'), "POET405"),
    ("starred given", DIRECT, further_argument("Enforce", "*original"), ""),
    ("double-starred given", DIRECT, further_argument("Enforce", "**original"), ""),
    ("subscript given", DIRECT, argument("Enforce", "contract", '"str"[0]'), "POET405"),
    ("two targets", DIRECT, bound_as("Enforce", "a = enforce"), "POET403"),
    ("tuple target", DIRECT, bound_as("Enforce", "a, b"), "POET403"),
    ("attribute target", DIRECT, in_bind("original.x = 1"), "POET405"),
    ("augmented", DIRECT, in_bind("original += 1"), "POET405"),
    ("annotated target", DIRECT, bound_as("Enforce", "enforce: print()"), "POET403"),
    ("global", DIRECT, in_bind("global x"), "POET405"),
    ("rebound", DIRECT, at_end_of_bind("perceive = rt.Retry(original)"), "POET403"),
    ("parameter rebound", DIRECT, at_end_of_bind("original = rt.Retry(original)"), "POET405"),
    ("rt rebound", DIRECT, in_bind("rt = rt.Retry(original)"), "POET405"),
    ("user's name captured", DIRECT, in_bind("LIMIT = rt.Retry(original)"), "POET403"),
    ("user's local captured", DIRECT, in_bind("total = rt.Retry(original)"), "POET403"),
    ("user's builtin captured", DIRECT, in_bind("len = rt.Retry(original)"), "POET403"),
    ("homoglyph", DIRECT, in_bind("pеrceive2 = rt.Retry(original)"), ""),
    ("compatibility form of a builtin", DIRECT, in_bind("x = ｅval('1')"), "POET405"),
    ("if", DIRECT, in_bind("if original: pass"), "POET405"),
    ("two returns", DIRECT, in_bind("if 1: return original"), "POET403"),
    ("returns another thing", DIRECT, returning("perceive"), "POET405"),
    ("returns operate unmoved", DIRECT, returning("operate"), "POET405"),
    ("relocates to another home", DIRECT, returning("rt.relocate(operate, perceive, perceive)"), ""),
    ("returns another expression", BARE, returning("original.x"), "POET405"),
    ("returns nothing", BARE, returning("None"), ""),
    ("wider contract", DIRECT, argument("Perceive", "text", '"str | object"'), ""),
    ("contract is code", DIRECT, argument("Perceive", "text", "\"__import__('os')\""), ""),
    ("domain's runtime without the domain", DIRECT, another_class("Enforce", "DriftInput"), "POET403"),
    ("operate decorated", DIRECT, decorated("perceive"), "POET403"),
    ("operate default runs", DIRECT, signature("text, limit=print()"), "POET402"),
    ("operate default is a name", DIRECT, signature("text, limit=original"), "POET402"),
    ("operate annotated", DIRECT, signature("text: exec('1'), limit=..."), "POET405"),
    ("third function", GUARDED, at_end_of_bind("def third(): pass"), "POET402"),
    ("not made for the original", DIRECT, argument("Enforce", "original", '"str"'), ""),
    ("made for something else", DIRECT, argument("Enforce", "original", "perceive"), ""),
    ("relocated with another thing", DIRECT, argument("relocate", "perceive", "enforce"), ""),
    ("relocated with a call", DIRECT, argument("relocate", "perceive", "rt.Perceive(original)"), ""),
    ("operate not relocated", GUARDED, without_statement(lambda found: found.bind.body[-3]), "POET405"),
    ("operate replaced", GUARDED, object_made("relocate", "original"), "POET405"),
    ("public not dressed", GUARDED, returning("receipt"), ""),
    ("operate dressed as public", GUARDED, returning("rt.copy_metadata(operate, original)"), ""),
]

SIGNATURE: list[Row] = [
    ("parameter renamed", DIRECT, signature("text, limits=..."), "POET402"),
    ("parameter added", DIRECT, signature("text, limit=..., more=1"), "POET402"),
    ("parameter dropped", DIRECT, signature("text"), "POET402"),
    ("order changed", RETRIED, signature("url, client, *rest, depth=1, **options"), "POET402"),
    ("default dropped", DIRECT, signature("text, limit"), "POET402"),
    ("default added", DIRECT, signature("text=..., limit=..."), "POET402"),
    ("default changed", RETRIED, signature("client, url, *rest, depth=2, **options"), "POET402"),
    ("default of another type", RETRIED, signature("client, url, *rest, depth=True, **options"), "POET402"),
    ("negative default changed", GENERATOR, signature("a, /, b=..., *, c=1.5"), "POET402"),
    ("literal for a name", DIRECT, signature("text, limit=60"), "POET402"),
    ("positional-only lifted", GENERATOR, signature("a, b=..., *, c=-1.5"), "POET402"),
    ("keyword-only lifted", GENERATOR, signature("a, /, b=..., c=-1.5"), "POET402"),
    ("star renamed", RETRIED, signature("client, url, *args, depth=1, **options"), "POET402"),
    ("double star dropped", RETRIED, signature("client, url, *rest, depth=1"), "POET402"),
    ("sync became async", DIRECT, signature(PARAMETERS, header="async def"), "POET402"),
    ("async became sync", RETRIED, signature("client, url, *rest, depth=1, **options", header="def"), "POET401"),
    ("sync became a generator", DIRECT, in_body("yield 1"), "POET402"),
    ("public renamed", GUARDED, everywhere("receipt", "refund"), "POET402"),
    ("public's default changed", GUARDED, expression("'EUR'", "'USD'"), "POET402"),
    ("public takes more", GUARDED, text("**options):\n", "more=1, **options):\n"), "POET402"),
    ("not mangled", MANGLED, everywhere("_Shop__item", "item"), "POET402"),
    ("public of another kind", GUARDED_GENERATOR, lambda code: spliced(code, Generated(code).public.body[-1], "return 1"), "POET402"),
]  # fmt: skip

BODY: list[Row] = [
    ("constant changed", DIRECT, text("> 3", "> 4"), "POET403"),
    ("constant's type changed", DIRECT, text("total = 0", "total = False"), "POET403"),
    ("constant became a float", DIRECT, text("total = 0", "total = 0.0"), "POET403"),
    ("string changed", DIRECT, text('"-".join', '"_".join'), "POET403"),
    ("operator changed", DIRECT, text("> 3", ">= 3"), "POET403"),
    ("boolean operator changed", DIRECT, text("3 and total", "3 or total"), "POET403"),
    ("name changed", DIRECT, text("total < limit", "limit < limit"), "POET403"),
    ("attribute changed", DIRECT, text("text.split()", "text.strip()"), "POET403"),
    ("statement dropped", DIRECT, text("    total = 0\n", "\n"), "POET403"),
    ("statement added on a line", DIRECT, text("total = 0", "total = 0; print(1)"), "POET403"),
    ("statement added on a blank line", DIRECT, text("a comment\n\n", "a comment\n            print(1)\n"), "POET403"),
    ("statements swapped", DIRECT, text(WORDS + "    total = 0\n", "    total = 0\n" + WORDS), "POET403"),
    ("comment changed", DIRECT, text("# a comment", "# noqa: all"), "POET403"),
    ("white space changed", DIRECT, text("total += 1", "total += (1)"), "POET403"),
    ("nested return rewritten", DIRECT, text("            return a\n", "            _out = a; return _out\n"), "POET403"),
    ("nested default changed", DIRECT, text("b=2", "b=3"), "POET403"),
    ("moved down a line", DIRECT, text(WORDS, "\n" + WORDS), "POET403"),
    ("more in an empty body", DOCSTRING_ONLY, text('"""Nothing."""', '"""Nothing."""; print(x)'), "POET403"),
    ("moved right", TABBED, text("\t\treturn 2", "\t\tif 1: return 2"), "POET403"),
    ("lines joined", RETRIED, text("    try:\n        second", "    try: second"), "POET403"),
    ("extra finally", TABBED, text("\t\treturn 2", "\t\ttry: return 2\n\t\tfinally: pass"), "POET403"),
    ("statement in front", DIRECT, in_body("print(1)"), "POET403"),
    ("another call repeated", RETRIED, expression("requests.get", "requests.post"), "POET403"),
    ("frame of another number", FRAMED, expression("2 + 1", "3 + 1"), "POET403"),
    ("result of another value", DIRECT, text('_out = "-"', 'words = "-"'), "POET403"),
    ("result over two lines", DIRECT, text("[:limit]; return", "[:limit]\n    return"), "POET403"),
    ("further statement at the end", ONE_LINE, text("y = x * 2", "y = x * 3"), "POET403"),
    ("another await", ASYNC_GUARDED, text("await send(q)", "await send(send)"), "POET403"),
    ("another yield", ASYNC_GENERATOR, text("yield await it.next(n)", "yield it.next(n)"), "POET403"),
]  # fmt: skip


UNREAD: list[tuple[str, Case, Edit]] = [
    ("relocates another function", DIRECT, returning("rt.relocate(perceive, original, perceive)")),
    ("nothing but the original", GUARDED, nothing_but("return original")),
]
"""texts of which no part is the user's: only the bytes are compared"""

ROWS = [*MODULE, *IN_BIND, *SIGNATURE, *BODY]


@pytest.mark.parametrize(("case", "edit"), [row[1:3] for row in (*ROWS, *UNREAD)], ids=[r[0] for r in (*ROWS, *UNREAD)])
def test_edited_answer_is_refused(case: Case, edit: Edit) -> None:
    """One edit is enough: the plan means other bytes."""
    assert code_of(case.edited(edit)) == "POET408"


@pytest.mark.parametrize(("case", "edit", "code"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_edited_text_is_refused_by_itself(case: Case, edit: Edit, code: str) -> None:
    """Where it is no longer the user's function, or reaches outside, it isn't believed of the client's own emitter."""
    assert code_of_text(case, edit) == code


def test_every_edit_is_another() -> None:
    """No two rows of the table make the same text of the same answer."""
    made = [(id(case), case.edited(edit).code) for _, case, edit, *_ in (*ROWS, *UNREAD)]
    assert len(set(made)) == len(made)


def test_every_code_of_the_text_is_exercised() -> None:
    """The table ends in every code of those checks, and most of it is found without comparing bytes."""
    codes = [row[3] for row in ROWS]
    assert set(codes) - {""} == {"POET401", "POET402", "POET403", "POET404", "POET405", "POET406"} <= set(CODES)
    assert codes.count("") < len(codes) / 3


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_a_text_for_another_function_is_refused(case: Case) -> None:
    """An honest answer to another question is no answer."""
    for other in GOOD.values():
        if other is not case:
            assert code_of(case.saying(other.code)) == "POET408"
            assert code_of(replace(case.draft, plan=other.plan, files=other.draft.files)) == "POET408"


@pytest.mark.parametrize("name", ["train.py", "../evil.py", "enhanced.pyc", ""])
def test_a_file_more_is_refused(name: str) -> None:
    """What the plan doesn't name isn't written."""
    assert code_of(replace(DIRECT.draft, files={**DIRECT.draft.files, name: "import os\n"})) == "POET408"
    assert code_of(replace(DIRECT.draft, files={})) == "POET408"


def test_a_finding_has_its_line_and_a_way_on() -> None:
    """It names the function, shows the line of the answer, and says what to do."""
    from verify_answers import verify

    from poetc.errors import VerifyError

    with pytest.raises(VerifyError) as raised:
        verify(DIRECT.edited(text("> 3", "> 4")))
    said = raised.value.diagnostic
    assert (said.unit, said.path, said.line) == ("app.text.slug", "app/text.py", 4)
    assert "> 4" in said.excerpt and said.hint and "(line " in said.message
