"""A tree and names → where the module-level meaning of those names is used.

poetc.poet(...)      → Use("poetc", ("poet",))
print(poetc)         → Use("poetc", ())
def f(poetc): poetc  → nothing: that is the function's own
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from poetc.source.bindings import bound_by, own_bindings
from poetc.source.nodes import (
    COMPREHENSIONS,
    FUNCTIONS,
    children,
    dotted_name,
    own_nodes,
    parameters,
)

_Visit = tuple[ast.AST, frozenset[str]]


class Use(NamedTuple):
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
        name, *attributes = dotted_name(node).split(".")
        if not name or not isinstance(node, ast.Attribute | ast.Name):
            pending += _inside(node, visible)
        elif name in visible and (attributes or not isinstance(node.ctx, ast.Store)):
            found.append(Use(name, tuple(attributes), node))
    return sorted(found, key=lambda use: (use.node.lineno, use.node.col_offset))


def _inside(node: ast.AST, visible: frozenset[str]) -> Iterator[_Visit]:
    """The children of a node, each with the names that mean the module's own there."""
    inside, hidden = children(node), set[str]()
    around: list[ast.AST] = []
    if isinstance(node, FUNCTIONS):
        body, hidden = set[ast.AST](node.body), own_bindings(node)
        around = [each for each in inside if each not in body]
    elif isinstance(node, ast.Lambda):
        hidden = _bound([node.body]) | {argument.arg for argument in parameters(node.args)}
        around = [node.args]
    elif isinstance(node, COMPREHENSIONS):
        inside = [part for each in inside for part in _parts(each)]
        hidden = _bound(each.target for each in node.generators)
        around = [node.generators[0].iter]  # evaluated outside of its scope
    yield from ((each, visible if each in around else visible - hidden) for each in inside)


def _parts(node: ast.AST) -> list[ast.AST]:
    return children(node) if isinstance(node, ast.comprehension) else [node]


def _bound(nodes: Iterable[ast.expr]) -> set[str]:
    return {name for node in own_nodes(nodes, comprehensions=False) for name in bound_by(node)}
