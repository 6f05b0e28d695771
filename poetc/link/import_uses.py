"""A tree and names → where the module-level meaning of those names is used, and through which attributes.

poetc.poet(...)      → Use("poetc", ("poet",))
print(poetc)         → Use("poetc", ())
def f(poetc): poetc  → nothing: that is the function's own
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Visit = tuple[ast.AST, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Use:
    """A name, and the attributes read from it: `op.a.b` is ("op", ("a", "b"))."""

    name: str
    attributes: tuple[str, ...]
    node: ast.expr


def uses(tree: ast.Module, names: frozenset[str]) -> list[Use]:
    """Every use of the module-level `names`, in source order; assignments to them are not uses."""
    found: list[Use] = []
    pending: list[_Visit] = [(tree, names)] if names else []
    while pending:
        node, visible = pending.pop()
        use = _use(node)
        if use is None:
            pending += _inside(node, visible)
        elif use.name in visible:
            found.append(use)
    return sorted(found, key=lambda use: (use.node.lineno, use.node.col_offset))


def _use(node: ast.AST) -> Use | None:
    attributes: list[str] = []
    root = node
    while isinstance(root, ast.Attribute):
        attributes.append(root.attr)
        root = root.value
    if (
        isinstance(root, ast.Name)
        and isinstance(node, ast.Attribute | ast.Name)
        and not isinstance(root.ctx, ast.Store)
    ):
        return Use(root.id, tuple(reversed(attributes)), node)
    return None


def _inside(node: ast.AST, visible: frozenset[str]) -> Iterator[_Visit]:
    if isinstance(node, _Function):
        body: list[ast.AST] = [*node.body] if isinstance(node.body, list) else [node.body]
        inner = visible - _bound(node)
        yield from ((child, inner) for child in body)
        own = set(map(id, body))
        yield from ((child, visible) for child in ast.iter_child_nodes(node) if id(child) not in own)
    elif isinstance(node, _Comprehension):
        targets = frozenset(name for generator in node.generators for name in _stored([generator.target]))
        first = node.generators[0].iter
        yield first, visible  # evaluated outside the comprehension's own scope
        for child in ast.iter_child_nodes(node):
            parts = [child] if child is not node.generators[0] else [*node.generators[0].ifs]
            yield from ((part, visible - targets) for part in parts)
    else:
        yield from ((child, visible) for child in ast.iter_child_nodes(node))


def _bound(function: _Function) -> frozenset[str]:
    """The names that are the function's own: its parameters and what it assigns."""
    args = function.args
    names = {arg.arg for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg] if arg}
    if not isinstance(function, ast.Lambda):
        names |= _stored(function.body)
    return frozenset(names)


def _stored(roots: list[ast.stmt] | list[ast.expr]) -> set[str]:
    """What the code binds in its own scope; nested functions, classes and comprehensions have theirs."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    pending: list[ast.AST] = list(roots)
    while pending:
        node = pending.pop()
        names |= _names_bound_by(node)
        if isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere.update(node.names)
        if not isinstance(node, _Function | _Comprehension | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return names - elsewhere


def _names_bound_by(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.alias(name=name, asname=asname):
            return {asname or name.partition(".")[0]}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
        case ast.MatchMapping(rest=str(name)):
            return {name}
    return set()
