"""What is awaited → whether the function made it itself, by calls that count where they stand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from poetc.effects.items import item_of
from poetc.effects.values import LATER
from poetc.source.nodes import root_name

if TYPE_CHECKING:
    from poetc.effects.resolve import Resolver
    from poetc.effects.scope import Binding, Scope

_DEEPEST: Final = 20


def is_made_here(resolver: Resolver, expr: ast.expr, scope: Scope, level: int = 0) -> bool:
    """Whether awaiting `expr`, or all that is in it, runs nothing but what the function itself has called."""
    if level > _DEEPEST:
        return False
    if level == 0:
        resolver.awaiting.clear()
    match expr:
        case ast.Call():
            return True
        case ast.Starred(value=ast.Call() as call):
            return _is_known(resolver, call, scope, starred=True)
        case ast.Starred():
            return is_made_here(resolver, expr.value, scope, level + 1)
        case ast.List() | ast.Tuple() | ast.Set():
            return all(is_made_here(resolver, part, scope, level + 1) for part in expr.elts)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return is_made_here(resolver, expr.elt, resolver.walk.scopes.get(id(expr), scope), level + 1)
        case ast.IfExp():
            return all(is_made_here(resolver, part, scope, level + 1) for part in (expr.body, expr.orelse))
        case ast.BinOp():
            return all(is_made_here(resolver, part, scope, level + 1) for part in (expr.left, expr.right))
        case ast.Name() if scope.home_of(expr.id) is not None:
            return _is_known(resolver, expr, scope) or _name_is_made_here(resolver, expr, scope, level)
    return _is_known(resolver, expr, scope)


def _name_is_made_here(resolver: Resolver, name: ast.Name, scope: Scope, level: int) -> bool:
    """All that the name is bound to, and all that is put into it; a name that is looked at already adds nothing."""
    keys = scope.keys_of(name)
    if all(key in resolver.awaiting for key in keys):
        return True
    resolver.awaiting.update(keys)
    bindings = scope.bindings_of(name)
    put_in = [
        (argument, where)
        for into, arguments, where in resolver.ownership.storing
        if root_name(into) == name.id
        for argument in arguments
    ]
    put_in += [
        (value, where)
        for _, target, value, where in resolver.walk.stores
        if isinstance(target, ast.Subscript) and root_name(target.value) == name.id and value is not None
    ]
    return bool(bindings) and all(
        [
            *(_binding_is_made_here(resolver, binding, level) for binding in bindings),
            *(is_made_here(resolver, value, where, level + 1) for value, where in put_in),
        ]
    )


def _binding_is_made_here(resolver: Resolver, binding: Binding, level: int) -> bool:
    if binding.expr is None or binding.how not in ("value", "item"):
        return False
    if binding.how == "item" and isinstance(binding.expr, ast.Call):
        return _is_known(resolver, binding.expr, binding.scope, starred=True)
    return is_made_here(resolver, binding.expr, binding.scope, level + 1)


def _is_known(resolver: Resolver, expr: ast.expr, scope: Scope, *, starred: bool = False) -> bool:
    """By its class: of a known call that is still to be awaited, or of a class that the catalogue has."""
    value = resolver.inference.value(expr, scope)
    value = item_of(resolver.inference, value) if starred else value
    if value.name.startswith(LATER):
        return True  # made by a known call, which counts itself
    return value.kind == "obj" and value.name.startswith(("asyncio.", "concurrent."))
