"""What ties a body to the place it stands at: a body that is tied may be wrapped, not moved."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from poetc.verify.answer import Answer
from poetc.verify.nodes import FUNCTIONS, children, own_scope

NAMESPACES = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""builtins that see the names around the call if they get at most so many arguments"""


def reason_to_stay(answer: Answer) -> str:
    """Why the user's body can't be moved, or ""."""
    function, site = answer.function, answer.unit.site
    if getattr(function, "type_params", None):
        return "it has type parameters"
    if site.classes:
        for node in of_the_class([*function.body, function.args]):
            if isinstance(node, ast.Name) and node.id in ("super", "__class__"):
                return f"`{node.id}` belongs to the class around it"
            if private := private_name(node, site.classes[-1]):
                return f"Python mangles `{private}` with the name of the class around it"
    live = not answer.unit.surroundings.future_annotations
    for node in answer.user_nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            most = NAMESPACES.get(node.func.id, -1)
            if len(node.args) + len(node.keywords) <= most:
                return f"`{node.func.id}` sees the names around the call"
        if live and isinstance(node, ast.ClassDef) and any(isinstance(n, ast.AnnAssign) for n in own_scope(node.body)):
            return f"the class `{node.name}` has annotations, which are evaluated"
        if live and isinstance(node, FUNCTIONS) and is_annotated(node):
            return f"the function `{node.name}` has annotations, which are evaluated"
    return ""


def of_the_class(roots: Iterable[ast.AST]) -> list[ast.AST]:
    """The nodes whose private names and `super` belong to the class around the function, not to one inside it."""
    found = list(roots)
    for node in found:
        if isinstance(node, ast.ClassDef):
            found.extend([*node.bases, *node.keywords, *node.decorator_list])
        else:
            found.extend(children(node))
    return found


def private_name(node: ast.AST, owner: str) -> str:
    """The name in `node` that Python mangles inside the class `owner`, or ""."""
    if not owner.strip("_"):
        return ""
    names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name", "asname")]
    names += getattr(node, "names", []) if isinstance(node, ast.Global | ast.Nonlocal) else []
    for name in names:
        if isinstance(name, str) and name.startswith("__") and not name.endswith("__") and "." not in name:
            return name
    return ""


def is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether defining `function` evaluates an annotation."""
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return function.returns is not None or any(a is not None and a.annotation is not None for a in given)
