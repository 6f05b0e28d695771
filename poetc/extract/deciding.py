"""A function of the project, called with literals that it hands on → the same function with these in their place.

`def _ask(self, method, path): return self.http.request(method, path)` reads where it is called with "GET", and writes
where it is called with "POST".
"""

from __future__ import annotations

import ast

from poetc.effects.signature import is_deciding
from poetc.source.module import Function
from poetc.source.nodes import default_of_each, dotted_name


def with_literals(function: Function, call: ast.Call, *, bound: bool) -> Function | None:
    """The function as that call runs it; None where no literal decides anything. `bound`: through an object."""
    arguments = function.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)][1 if bound and function.receiver else 0 :]
    given: dict[str, ast.expr | None] = {**default_of_each(arguments)}
    if len(call.args) > len(names) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given |= dict(zip(names, call.args, strict=False)) | {each.arg or "": each.value for each in call.keywords}
    deciding = {name: value for name, value in given.items() if isinstance(value, ast.Constant) and is_deciding(value)}
    body = function.body
    handed = {a.id for c in body.calls for a in (*c.args, *(k.value for k in c.keywords)) if isinstance(a, ast.Name)}
    found = {name: value for name, value in deciding.items() if name in handed and body.bound[name] == 1}
    if "" in given or not found:
        return None
    try:
        node = _copied(function.node, found)
    except RecursionError:
        return None
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return function._replace(node=node, given=tuple(sorted((name, str(each.value)) for name, each in found.items())))


def is_bound(text: str, function: Function, receiver: str) -> bool | None:
    """Whether a called expression passes the object before the arguments; None where that isn't clear."""
    if function.around is None:
        return False
    decorators = {dotted_name(decorator) for decorator in function.node.decorator_list}
    if "staticmethod" in decorators:
        return False
    return True if "classmethod" in decorators or text.partition(".")[0] == receiver else None


def _copied(node: ast.AST, literals: dict[str, ast.Constant]) -> ast.AST:
    """A copy of a tree, with literals for names that are read."""
    if isinstance(node, ast.Name) and node.id in literals and isinstance(node.ctx, ast.Load):
        return ast.copy_location(ast.Constant(literals[node.id].value), node)
    copy = node.__class__()
    for name in (*node._fields, *node._attributes):
        value = getattr(node, name, None)
        if isinstance(value, list):
            value = [_copied(each, literals) if isinstance(each, ast.AST) else each for each in value]
        elif isinstance(value, ast.AST):
            value = _copied(value, literals)
        setattr(copy, name, value)
    return copy
