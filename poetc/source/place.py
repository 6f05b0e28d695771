"""What ties a body to the place it stands at, so that the compiler sees it as it saw the original: the names that it
takes from around it, the class whose name mangles private ones and whose `__class__` it has, and annotations that run.
"""

from __future__ import annotations

import ast
from typing import Final

from poetc.source.function import FunctionSource
from poetc.wire.enhancement import Place

CLASS_CELL: Final = "__class__"

READ_BY_BIND: Final = frozenset(
    {"rt", "__name__", "BaseException", "Exception", "bool", "bytearray", "bytes", "complex", "dict", "float", "int"}
    | {"frozenset", "issubclass", "list", "memoryview", "object", "range", "set", "str", "tuple", "type"}
)
"""names of the module and of Python that `bind` reads: a public function so called would hide them in all of it"""


def borrowed(source: FunctionSource) -> list[str]:
    """The variables of functions around, and type parameters, that `bind` declares so that the body finds them free."""
    return sorted(set(source.context.free or ()) - {CLASS_CELL})


def uses_class(source: FunctionSource) -> bool:
    """Whether the body has a cell for the class around it, for `super()` or `__class__`."""
    return CLASS_CELL in (source.context.free or ())


def needs_class(source: FunctionSource) -> bool:
    """Whether a moved body must stand in a class of the same name."""
    return bool(source.context.classes) and (uses_class(source) or bool(private_names(source.node)))


def class_name(source: FunctionSource) -> str:
    """The name of that class: the original's, which mangles alike with further underscores before it."""
    name = source.context.classes[-1]
    while name in READ_BY_BIND or name in ("bind", "annotations"):
        name = f"_{name}"
    return name


def private_names(node: ast.AST) -> set[str]:
    """Identifiers that Python mangles inside of a class; those of a class inside are among them."""
    found: set[str] = set()
    for each in ast.walk(node):
        if each is not node and not isinstance(each, ast.Constant):
            for field in each._fields:
                value = getattr(each, field, None)
                found.update(n for n in (value if isinstance(value, list) else [value]) if isinstance(n, str))
    return {n for n in found if n.startswith("__") and not n.endswith("__")}


def runs_annotations(source: FunctionSource) -> bool:
    """Whether the body has annotations that are more than text: those of functions and classes that it defines are
    evaluated, and one that binds a name does so where it stands."""
    if source.context.future_annotations:
        return False
    binding = (n.annotation for n in ast.walk(source.node) if isinstance(n, ast.AnnAssign))
    return any(map(has_live_annotations, inner_scopes(source.node))) or any(map(has_side_effects, binding))


def has_side_effects(annotation: ast.expr) -> bool:
    """Whether an annotation binds a name or yields: a syntax error where annotations aren't evaluated."""
    return any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in ast.walk(annotation))


def inner_scopes(node: ast.AST) -> list[ast.AST]:
    """Functions and classes defined inside the function."""
    scopes = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [n for n in ast.walk(node) if isinstance(n, scopes) and n is not node]


def has_live_annotations(scope: ast.AST) -> bool:
    """Whether defining `scope` evaluates annotations: a function's, or those of names in a class body."""
    if isinstance(scope, ast.ClassDef):
        return any(isinstance(n, ast.AnnAssign) for n in ast.walk(scope))
    arguments = [a for n in ast.walk(scope.args) if isinstance(n, ast.arg) for a in [n.annotation]]  # type: ignore[attr-defined]
    return scope.returns is not None or any(arguments)  # type: ignore[attr-defined]


def body_margin(source: FunctionSource) -> str:
    """The white space before the body's statements in the source."""
    if source.is_one_line:
        return "    "
    line = source.lines[source.body_line - 1]
    return line[: len(line) - len(line.lstrip(" \t"))] or "    "  # behind a form feed there is none of the kind


def deeper(source: FunctionSource, levels: int) -> str:
    """What the body is indented further by, where the source leaves no room for as many levels around it; mostly ""."""
    margin = body_margin(source)
    return margin[:1] * (levels - len(margin))


def can_be_indented(source: FunctionSource, levels: int) -> bool:
    """Whether nothing is changed by that: strings over several lines would be."""
    if source.is_one_line or not deeper(source, levels):
        return True
    strings = (n for n in ast.walk(source.node) if isinstance(n, ast.Constant | ast.JoinedStr))
    return not any(n.end_lineno != n.lineno for n in strings)


def place_of(node: ast.stmt | ast.expr) -> Place:
    """Where a node of the function stands."""
    return Place(
        line=node.lineno,
        column=node.col_offset,
        end_line=node.end_lineno or node.lineno,
        end_column=node.end_col_offset or 0,
    )
