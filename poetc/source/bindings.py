"""Which names statements bind, and which they mention."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from poetc.source.nodes import (
    DEFINITIONS,
    FunctionNode,
    body_nodes,
    children,
    flat,
    frame_nodes,
    own_nodes,
    parameters,
    statements,
)

_PARAMETERS: Final = tuple(
    getattr(ast, name) for name in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, name)
)
"""type parameters, from Python 3.12 on"""


def _name(node: Any) -> Iterable[str]:
    return (node.name,) if node.name else ()


_BINDS: Final[dict[type[ast.AST], Callable[[Any], Iterable[str]]]] = {
    ast.Name: lambda node: () if type(node.ctx) is ast.Load else (node.id,),
    ast.arg: lambda node: (node.arg,),
    ast.alias: lambda node: (node.asname or node.name.partition(".")[0],),
    **dict.fromkeys((*DEFINITIONS, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, *_PARAMETERS), _name),
    ast.MatchMapping: lambda node: (node.rest,) if node.rest else (),
    ast.Global: lambda node: node.names,
    ast.Nonlocal: lambda node: node.names,
}
"""node type → the names that it binds; looked up once for each node of a project"""


def bound_by(node: ast.AST) -> Iterable[str]:
    """The names that this very node binds, whatever is in it; those that it declares `global` or `nonlocal`, too."""
    binds = _BINDS.get(type(node))
    return () if binds is None else binds(node)


def bindings(body: Iterable[ast.stmt]) -> Counter[str]:
    """How often each name is bound in the scope of these statements; `*` for star imports.

    Bindings that may not happen count, and so do the variables of comprehensions.
    """
    found: Counter[str] = Counter()
    for node in statements(body):
        found.update(_bound_here(node))
    return found


def _bound_here(node: ast.stmt) -> Iterator[str]:
    """What one statement binds in its scope, without the statements inside of it."""
    if isinstance(node, ast.Global | ast.Nonlocal) or (isinstance(node, ast.AnnAssign) and node.value is None):
        return
    yield from bound_by(node)
    parts: list[ast.AST] = [node]
    for part in parts:  # grows while it is walked
        for child in children(part):
            if isinstance(child, ast.expr):
                if type(child) in _BINDS:
                    yield from bound_by(child)
                parts.append(child)
            elif isinstance(child, ast.ExceptHandler):
                yield from bound_by(child)
                parts += [child.type] if child.type is not None else []
            elif isinstance(child, ast.match_case):
                yield from bound_by(child.pattern)
                parts += [child.pattern, *([child.guard] if child.guard is not None else [])]
            elif not isinstance(child, ast.stmt):
                yield from () if isinstance(child, (ast.arg, *_PARAMETERS)) else bound_by(child)
                parts.append(child)


def bound_anywhere(function: FunctionNode) -> Counter[str]:
    """How often each name is bound anywhere in a function: more than hide a module's name, never fewer."""
    return Counter(name for node in [*body_nodes(function), *flat(function.args)] for name in bound_by(node))


def own_bindings(function: FunctionNode) -> set[str]:
    """The names that are certainly the function's own: its parameters, and what its own statements bind."""
    found = {argument.arg for argument in parameters(function.args)}
    for node in own_nodes(function.body, comprehensions=False):
        if not isinstance(node, ast.Global | ast.Nonlocal):
            found.update(bound_by(node))
    return found - {name for node in frame_nodes(function) if isinstance(node, ast.Global) for name in node.names}


def identifiers(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that `nodes` bind or read as a variable; names of attributes and of keyword arguments are none."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            found.add(node.id)
        else:
            found.update(bound_by(node))
    return found
