"""Why a body can't be moved out of its module: then it is wrapped, never changed."""

from __future__ import annotations

import ast

from poetc.source.function import SCOPES, FunctionNode, FunctionSource, all_arguments
from poetc.source.place import READ_BY_BIND, borrowed, can_be_indented, needs_class

NAMESPACE_CALLS = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""builtins that see the frame's own names when called with at most so many arguments"""


def reason_to_wrap(source: FunctionSource) -> str | None:
    """The first reason why moving the body could change what it does, or None."""
    for name in borrowed(source):
        if name in READ_BY_BIND or not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
            return f"it takes `{name}` from around it, a name that generated code can't declare"
    if source.context.free is None and source.context.classes and mentions_class(source.node):
        return "it may use the class around it, and the request doesn't say what its code takes from there"
    if called := namespace_call(source):
        return f"it calls `{called}()`, which sees the names of its frame"
    if any("\f" in line[: len(line) - len(line.lstrip())] for line in source.lines):
        return "it is indented with form feeds"
    if not can_be_indented(source, 3 if needs_class(source) else 2):
        return "it is indented by too little for anything around it, and has strings over several lines"
    return None


def namespace_call(source: FunctionSource) -> str | None:
    """The builtin that the body calls to see all names of its own frame, or to run code among them."""
    own = own_names(source.node) | set(source.context.free or ())
    for n in ast.walk(source.node):
        name = builtin_called(n, own)
        if isinstance(n, ast.Call) and name:
            given = [a for a in n.args if not isinstance(a, ast.Starred)] + [k for k in n.keywords if k.arg]
            if len(given) <= NAMESPACE_CALLS.get(name, -1):
                return name
    return None


def builtin_called(node: ast.AST, own: set[str]) -> str:
    """The builtin that a call may be of, `locals()` or `builtins.locals()`; "" for anything else."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name not in own:
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id="builtins"), attr=name)):
            return name
    return ""


def own_names(node: FunctionNode) -> set[str]:
    """Names that are certainly the function's own: parameters, and what its own statements bind."""
    found = {argument.arg for argument in all_arguments(node.args)}
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        current = waiting.pop()
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(current.name)
        elif isinstance(current, ast.Name) and not isinstance(current.ctx, ast.Load):
            found.add(current.id)
        elif isinstance(current, ast.alias):
            found.add((current.asname or current.name).partition(".")[0])
        if not isinstance(current, (*SCOPES, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            waiting.extend(ast.iter_child_nodes(current))
    return found


def mentions_class(node: ast.AST) -> bool:
    """Whether `super` or `__class__` occurs in a function."""
    return any(isinstance(n, ast.Name) and n.id in ("super", "__class__") for n in ast.walk(node))
