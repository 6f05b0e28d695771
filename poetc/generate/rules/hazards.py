"""Why a body can't be moved out of its module: then it is wrapped, never changed."""

from __future__ import annotations

import ast

from poetc.source.function import FunctionSource
from poetc.source.functions import sees_its_namespace
from poetc.source.nodes import flat
from poetc.source.place import READ_BY_BIND, borrowed, can_be_indented, needs_class


def reason_to_wrap(source: FunctionSource) -> str | None:
    """The first reason why moving the body could change what it does, or None."""
    for name in borrowed(source):
        if name in READ_BY_BIND or not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
            return f"it takes `{name}` from around it, a name that generated code can't declare"
    if source.context.free is None and source.context.classes and mentions_class(source.node):
        return "it may use the class around it, and the request doesn't say what its code takes from there"
    if called := sees_its_namespace(source.node, source.context.free or ()):
        return f"it calls `{called}()`, which sees the names of its frame"
    if any("\f" in line[: len(line) - len(line.lstrip())] for line in source.lines):
        return "it is indented with form feeds"
    if not can_be_indented(source, 3 if needs_class(source) else 2):
        return "it is indented by too little for anything around it, and has strings over several lines"
    return None


def mentions_class(node: ast.AST) -> bool:
    """Whether `super` or `__class__` occurs in a function."""
    return any(isinstance(n, ast.Name) and n.id in ("super", "__class__") for n in flat(node))
