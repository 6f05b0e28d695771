"""Why a body can't be moved out of its module: then it is wrapped, never changed."""

from __future__ import annotations

import ast

from poetc.generate.rules.function import FunctionSource

NAMESPACE_CALLS = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""builtins that see the frame's own names when called with at most so many arguments"""


def reason_to_wrap(source: FunctionSource) -> str | None:
    """The first reason why moving the body could change what it does, or None."""
    node, context = source.node, source.context
    if getattr(node, "type_params", None):
        return "it has type parameters of its own"
    for n in nodes_outside_classes(node):
        if context.classes and isinstance(n, ast.Name) and n.id in ("super", "__class__"):
            return f"it uses `{n.id}`, which the compiler binds to the class around it"
        if context.classes and (private := mangled_name(n, context.classes[-1])):
            return f"it uses the private name `{private}`, which the compiler mangles with the class's name"
    for n in ast.walk(node):
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name):
            most = NAMESPACE_CALLS.get(n.func.id)
            if most is not None and len(n.args) + len(n.keywords) <= most:
                return f"it calls `{n.func.id}()`, which sees the names of its frame"
    if not context.future_annotations and any(has_live_annotations(n) for n in inner_scopes(node)):
        return "a function or class inside it has annotations that are evaluated"
    if any(isinstance(n, ast.AnnAssign) and has_side_effects(n.annotation) for n in ast.walk(node)):
        return "an annotation inside it does something, which `from __future__ import annotations` doesn't allow"
    if any("\f" in line[: len(line) - len(line.lstrip())] for line in source.lines):
        return "it is indented with form feeds"
    if not can_be_indented(source):
        return "it is indented by one column and has strings over several lines"
    return None


def nodes_outside_classes(node: ast.AST) -> list[ast.AST]:
    """Nodes of the function whose `super` and private names belong to the class around it, not to one inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(getattr(node, "body", []))
    waiting.append(node.args)  # type: ignore[attr-defined]
    while waiting:
        current = waiting.pop()
        found.append(current)
        if isinstance(current, ast.ClassDef):
            waiting.extend([*current.bases, *current.keywords, *current.decorator_list])
        else:
            waiting.extend(ast.iter_child_nodes(current))
    return found


def mangled_name(node: ast.AST, class_name: str) -> str | None:
    """The private name in `node` that Python mangles inside `class_name`, if there is one."""
    if not class_name.strip("_"):
        return None
    for field in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, field, None)
        if isinstance(value, str) and value.startswith("__") and not value.endswith("__") and "." not in value:
            return value
    if isinstance(node, ast.Global | ast.Nonlocal):
        return next((n for n in node.names if n.startswith("__") and not n.endswith("__")), None)
    return None


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


def has_side_effects(annotation: ast.expr) -> bool:
    """Whether an annotation binds a name or yields: a syntax error where annotations aren't evaluated."""
    return any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in ast.walk(annotation))


def can_be_indented(source: FunctionSource) -> bool:
    """Whether the body can stand one level deeper than column 0 of `bind`: see `emit.indentation`."""
    first = source.node.body[0]
    margin = source.lines[first.lineno - 1][: first.col_offset]
    if source.is_one_line or margin not in (" ", "\t"):
        return True
    strings = (n for n in ast.walk(source.node) if isinstance(n, ast.Constant | ast.JoinedStr))
    return not any(n.end_lineno != n.lineno for n in strings)
