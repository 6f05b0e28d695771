"""Where the nodes of a function's body stand, found when something is asked of them."""

from __future__ import annotations

import ast
from functools import cached_property

from poetc.effects.scope import Scope, Walk
from poetc.source.nodes import children, flat


class Places:
    """The nodes of one function, those of functions within it included."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of them, parents before children."""
        return flat(*self.walk.body)

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """id of a node → the node that holds it."""
        return {id(child): node for node in self.nodes for child in children(node)}

    @cached_property
    def scopes(self) -> dict[int, Scope]:
        """id of a call → its scope."""
        return {id(call): scope for call, scope in self.walk.calls}

    @cached_property
    def loads(self) -> dict[str, list[ast.AST]]:
        """Name → where it is read."""
        found: dict[str, list[ast.AST]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node)
        return found

    def parent(self, node: ast.AST | None) -> ast.AST | None:
        """The node that holds another one; None for a statement of the body itself."""
        return self.parents.get(id(node))

    def scope(self, call: ast.AST | None) -> Scope:
        """The scope that a call stands in."""
        return self.scopes.get(id(call), self.walk.top)
