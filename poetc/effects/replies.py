"""Whether a function uses what the reply of a write says of the first time only: then it isn't made twice.

SADD says 1 to the first and 0 to the second, a DELETE 204 and 404: made again after its reply was lost, it tells a
caller who has it that somebody else was there first.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import Final

from poetc.effects.scope import Scope
from poetc.source.nodes import SCOPES, FunctionNode, children, flat

_ORDERING: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_LOOKED_AT: Final = (ast.Return, ast.FormattedValue, ast.Call, ast.keyword, ast.If, ast.While, ast.Assert, ast.Expr)
"""where an attribute that is `same` says no more than that all went well"""


class Replies:
    """What becomes of the values of a function's calls."""

    def __init__(self, node: FunctionNode, top: Scope) -> None:
        self.node = node
        self.top = top

    def is_used(self, call: ast.expr, same: tuple[str, ...]) -> bool:
        """Whether the function looks at more of a call's value than its attributes and methods in `same`."""
        parent = self.parents.get(id(call))
        match parent:
            case ast.Await():
                return self.is_used(parent, same)
            case ast.Expr():
                return False
            case ast.Attribute():
                return self.is_attribute_used(parent, same)
            case ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target):
                return self.is_name_used(target.id, parent, same)
            case ast.withitem(optional_vars=None):
                return False
            case ast.withitem(optional_vars=ast.Name() as target):
                return self.is_name_used(target.id, target, same)
        return True

    def is_attribute_used(self, node: ast.Attribute, same: tuple[str, ...]) -> bool:
        """`is_used` for one attribute of the value; one that is compared with a certain value tells more."""
        if node.attr not in same:
            return True
        parent = self.parents.get(id(node))
        match parent:
            case ast.Call() if parent.func is node:
                return self.is_used(parent, same)  # `raise_for_status()` may give the response itself
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                return False
            case ast.Compare(ops=ops):
                return not all(isinstance(op, _ORDERING) for op in ops)
        return not isinstance(parent, _LOOKED_AT)

    def is_name_used(self, name: str, at: ast.AST, same: tuple[str, ...]) -> bool:
        """`is_used` for what is bound to a name at `at`, until the name surely stands for something else."""
        if name in self.outer:
            return True
        version = self.top.version_at(name, (getattr(at, "end_lineno", 0), getattr(at, "end_col_offset", 0)))
        for load, is_inner in self.loads.get(name, ()):
            if not is_inner and self.top.version_at(name, (load.lineno, load.col_offset)) != version:
                continue
            parent = self.parents.get(id(load))
            if isinstance(parent, ast.withitem):
                continue  # it is closed there
            if not isinstance(parent, ast.Attribute) or self.is_attribute_used(parent, same):
                return True
        return False

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """id of a node → the node that holds it."""
        return {id(child): node for node in flat(self.node) for child in children(node)}

    @cached_property
    def outer(self) -> frozenset[str]:
        """Names that belong to somebody else as well."""
        found = [n.names for n in flat(self.node) if isinstance(n, ast.Global | ast.Nonlocal)]
        return frozenset(name for names in found for name in names)

    @cached_property
    def loads(self) -> dict[str, list[tuple[ast.Name, bool]]]:
        """Name → where it is read, and whether that is in a function within the function, which may run at any time."""
        found: dict[str, list[tuple[ast.Name, bool]]] = {}
        waiting: list[tuple[ast.AST, bool]] = [(child, False) for child in self.node.body]
        while waiting:
            node, is_inner = waiting.pop()
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append((node, is_inner))
            is_inner = is_inner or isinstance(node, SCOPES)
            waiting += [(child, is_inner) for child in children(node)]
        return found
