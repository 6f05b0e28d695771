"""What ties a body to the place it stands at: a moved body is compiled as the original is, or it is refused.

The names that the original's code takes from around it are the client's own finding (`Surroundings.free`). Of a moved
body the compiler is asked, too: its free variables must be those, and what `bind` makes, and no others.
"""

from __future__ import annotations

import ast
import warnings
from types import CodeType
from typing import Final

from poetc.verify.answer import Answer, Form, Function
from poetc.verify.nodes import FUNCTIONS, flat, parameters, rebound
from poetc.verify.parses import FILTERS

CODE: Final = "POET403"
CLASS_CELL: Final = "__class__"
BINDING: Final = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
"""what may not stand in an annotation under the future import"""
NAMESPACES: Final = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""builtins that see the names around the call if they get at most so many arguments"""


def reason_to_stay(answer: Answer) -> str:
    """Why the user's body can't be moved, or ""."""
    own = rebound(answer.function) | set(answer.unit.surroundings.free)
    for node in answer.user_nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in own:
            given = [a for a in node.args if not isinstance(a, ast.Starred)] + [k for k in node.keywords if k.arg]
            if len(given) <= NAMESPACES.get(node.func.id, -1):
                return f"`{node.func.id}` sees the names around the call"
    return ""


def check_place(answer: Answer, form: Form) -> None:
    """Raise VerifyError (POET406, POET403) unless everything around Operate′ is as its body needs it, and no more."""
    moved = form.operate is not None
    borrowed = set(answer.unit.surroundings.free) - {CLASS_CELL} if moved else set()
    if form.borrowed != borrowed:
        odd = min(form.borrowed ^ borrowed)
        raise answer.error("POET406", f"`bind` doesn't declare the original's variables: `{odd}`", form.bind)
    if (answer.owner is not None) != needs_class(answer, form):
        raise answer.error("POET406", "`bind` doesn't stand in a class as the function does", form.bind)
    if answer.evaluates_annotations != (moved and runs_annotations(answer)):
        what = "annotations inside of the function are evaluated, or not, other than in its module"
        raise answer.error("POET406", what, form.bind)
    if form.operate is not None:
        check_variables(answer, form, form.operate)


def needs_class(answer: Answer, form: Form) -> bool:
    """Whether the functions that `bind` makes need a class around them: for `__class__`, and for private names."""
    if not answer.unit.site.classes or form.facing is None:
        return False
    if CLASS_CELL in answer.unit.surroundings.free and not form.is_supplied:
        return True
    return form.operate is not None and has_private_names(answer.function)


def has_private_names(function: Function) -> bool:
    """Whether a function's text has an identifier that Python mangles inside of a class."""
    for node in flat(function):
        if node is function or isinstance(node, ast.Constant):
            continue
        for field in node._fields:
            value = getattr(node, field, None)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and name.startswith("__") and not name.endswith("__"):
                    return True
    return False


def runs_annotations(answer: Answer) -> bool:
    """Whether the body defines functions or classes whose annotations its module evaluates, or has one that binds."""
    if answer.unit.surroundings.future_annotations:
        return False
    for node in answer.user_nodes:
        if isinstance(node, ast.ClassDef) and any(isinstance(n, ast.AnnAssign) for n in flat(*node.body)):
            return True
        if isinstance(node, FUNCTIONS) and is_annotated(node):
            return True
        if isinstance(node, ast.AnnAssign) and any(isinstance(n, BINDING) for n in flat(node.annotation)):
            return True
    return False


def is_annotated(function: Function) -> bool:
    """Whether defining `function` evaluates an annotation."""
    return function.returns is not None or any(a.annotation is not None for a in parameters(function.args))


def check_variables(answer: Answer, form: Form, operate: Function) -> None:
    """The compiler finds just the original's free variables in the moved body, beside what `bind` makes."""
    for code in codes(answer.tree):
        if (code.co_firstlineno, code.co_name) == (operate.lineno, operate.name):
            made = form.names - form.borrowed
            found, wanted = set(code.co_freevars) - made, set(answer.unit.surroundings.free)
            if found == wanted:
                return
            odd = min(found ^ wanted)
            raise answer.error(CODE, f"`{odd}` means something else in the moved body", operate)
    raise answer.error(CODE, "the moved body isn't compiled", operate)


def codes(tree: ast.Module) -> list[CodeType]:
    """All code objects that a module makes."""
    with FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [compile(tree, "<answer>", "exec", dont_inherit=True, optimize=0)]
    for code in found:  # grows while it is walked
        found += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


def stands_like(owner: str, original: str) -> bool:
    """Whether a class called `owner` mangles private names as `original` does."""
    return owner.lstrip("_") == original.lstrip("_")
