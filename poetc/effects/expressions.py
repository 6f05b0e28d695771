"""The class of what displays, comprehensions, operators and subscripts give."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from poetc.effects.items import held_by, item_of
from poetc.effects.values import LOCAL, NONE, NOTHING, UNKNOWN, Value, class_value, instance, merge_values

if TYPE_CHECKING:
    from poetc.effects.inference import Inference
    from poetc.effects.scope import Scope

_BOOL: Final = instance("builtins.bool")
_DUNDERS: Final[dict[type, str]] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.Div: "__truediv__",
    ast.Mod: "__mod__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
}
_NUMBERS: Final = frozenset({"builtins.int", "builtins.float", "builtins.bool"})


def constant(inference: Inference, node: ast.Constant, scope: Scope, depth: int) -> Value:
    """A literal."""
    return NONE if node.value is None else instance(f"builtins.{type(node.value).__name__}")


def display(inference: Inference, node: ast.List | ast.Tuple | ast.Set, scope: Scope, depth: int) -> Value:
    """A list, tuple or set, with its items if they are of one class."""
    cls = f"builtins.{type(node).__name__.lower()}"
    items = {inference.value(item, scope, depth) for item in node.elts[:8]} if len(node.elts) <= 8 else set()
    only = items.pop() if len(items) == 1 else UNKNOWN
    return instance(cls, only.name if only.kind == "obj" else None)


def list_comprehension(inference: Inference, node: ast.ListComp | ast.SetComp, scope: Scope, depth: int) -> Value:
    """A list or set, with its items."""
    item = inference.value(node.elt, inference.walk.scopes.get(id(node), scope), depth)
    cls = "builtins.list" if isinstance(node, ast.ListComp) else "builtins.set"
    return instance(cls, item.name if item.kind == "obj" else None)


def binary(inference: Inference, node: ast.BinOp, scope: Scope, depth: int) -> Value:
    """What an operator of the left class gives."""
    left = inference.value(node.left, scope, depth)
    if left.kind != "obj":
        return NOTHING if left.kind == "nothing" else UNKNOWN
    if left.name in _NUMBERS:
        return number(node, left, inference.value(node.right, scope, depth))
    entry = inference.catalogue.get(f"{left.name}.{_DUNDERS.get(type(node.op), '')}")
    return class_value(entry.returns) if entry is not None and entry.returns else UNKNOWN


def number(node: ast.BinOp, left: Value, right: Value) -> Value:
    """What reckoning with two numbers gives."""
    if right.kind != "obj" or right.name not in _NUMBERS:
        return NOTHING if right.kind == "nothing" else UNKNOWN
    whole = "builtins.float" not in (left.name, right.name) and not isinstance(node.op, ast.Div | ast.Pow)
    return instance("builtins.int" if whole else "builtins.float")


def unary(inference: Inference, node: ast.UnaryOp, scope: Scope, depth: int) -> Value:
    """`not` gives a bool, other signs what they stand before."""
    return _BOOL if isinstance(node.op, ast.Not) else inference.value(node.operand, scope, depth)


def either(inference: Inference, node: ast.IfExp | ast.BoolOp, scope: Scope, depth: int) -> Value:
    """What is known of all the alternatives."""
    found = NOTHING
    for part in [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values:
        found = merge_values(found, inference.value(part, scope, depth))
    return found


def subscript(inference: Inference, node: ast.Subscript, scope: Scope, depth: int) -> Value:
    """A slice is of the same class; an index gives what is held, of some answers what the catalogue says of a key."""
    base = inference.value(node.value, scope, depth)
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(key, str) and base.kind == "obj" and inference.catalogue.is_pseudo(base.name):
        cls = inference.catalogue.attribute(f"{base.name}.{key}")
        return class_value(cls) if cls is not None else UNKNOWN
    if isinstance(node.slice, ast.Slice):
        sliced = base.kind == "nothing" or (base.kind == "obj" and base.name.startswith("builtins."))
        return base if sliced else item_of(inference, base)
    return held_by(inference, base)


def _always(value: Value) -> Callable[..., Value]:
    return lambda inference, node, scope, depth: value


EXPRESSIONS: Final[dict[type, Callable[[Inference, Any, Scope, int], Value]]] = {
    ast.Constant: constant,
    ast.JoinedStr: _always(instance("builtins.str")),
    ast.Compare: _always(_BOOL),
    ast.Dict: _always(instance("builtins.dict")),
    ast.DictComp: _always(instance("builtins.dict")),
    ast.Lambda: _always(LOCAL),
    ast.List: display,
    ast.Tuple: display,
    ast.Set: display,
    ast.ListComp: list_comprehension,
    ast.SetComp: list_comprehension,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.IfExp: either,
    ast.BoolOp: either,
    ast.NamedExpr: lambda inference, node, scope, depth: inference.value(node.value, scope, depth),
    ast.Subscript: subscript,
}
"""node type → how its value is found"""
