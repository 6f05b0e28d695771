"""What ties a body to the place it stands at, so that the compiler sees it as it saw the original: the names that it
takes from around it, the class whose name mangles private ones and whose `__class__` it has, and annotations that run.
"""

from __future__ import annotations

import ast
from typing import Final

from poetc.ir import Span
from poetc.source.function import FunctionSource
from poetc.source.functions import CLASS_CELL, has_private_names
from poetc.source.nodes import flat

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
    return bool(source.context.classes) and (uses_class(source) or has_private_names(source.node))


def class_name(source: FunctionSource) -> str:
    """The name of that class: the original's, which mangles alike with further underscores before it."""
    name = source.context.classes[-1]
    while name in READ_BY_BIND or name in ("bind", "annotations", "poet"):
        name = f"_{name}"
    return name


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
    strings = (n for n in flat(source.node) if isinstance(n, ast.Constant | ast.JoinedStr))
    return not any(n.end_lineno != n.lineno for n in strings)


def span_of(node: ast.stmt | ast.expr) -> Span:
    """Where a node of the function stands."""
    return Span(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)
