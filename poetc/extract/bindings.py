"""A block of statements → the names it binds in its own scope."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = ("body", "handlers", "orelse", "cases", "finalbody")


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope in source order, those inside of `if`, `try`, `with`, loops and `match` included."""
    waiting = list[ast.AST](body)
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(reversed([inner for name in _BLOCKS for inner in getattr(node, name, None) or ()]))


def bindings(body: Iterable[ast.stmt]) -> Counter[str]:
    """How often each name is bound; `*` for star imports. Bindings that may not happen count."""
    found: Counter[str] = Counter()
    for node in statements(body):
        found.update(_bound_by(node))
    return found


def _bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, _SCOPES):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.AnnAssign) and node.value is None:
        return
    for part in _parts(node):
        for inner in ast.walk(part):
            if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
                yield inner.id
            elif isinstance(inner, ast.MatchAs | ast.MatchStar) and inner.name:
                yield inner.name
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                yield inner.rest
    yield from (h.name for h in getattr(node, "handlers", ()) if h.name)


def _parts(node: ast.stmt) -> Iterator[ast.AST]:
    """What of a statement is evaluated in its own scope, without the statements inside of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.match_case):
            yield child.pattern
            if child.guard is not None:
                yield child.guard
        elif isinstance(child, ast.ExceptHandler):
            if child.type is not None:
                yield child.type
        elif not isinstance(child, ast.stmt):
            yield child
