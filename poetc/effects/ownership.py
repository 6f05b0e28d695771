"""Which objects a function made itself, so that changing them is nobody else's business.

Each expression has a depth: 0, somebody else can see it; 1, the object itself is the function's own (`list(rows)`,
whose items are the caller's); 2, its items are too; `ALL`, everything in it is. What is stored in an object lowers its
depth, and so does what is stored in an alias of a part of it; if that part may be an object that was put into it, that
object's depth, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from poetc.effects.inference import Inference
from poetc.effects.names import MUTATING
from poetc.effects.scope import Binding, Key, Scope
from poetc.effects.values import PLAIN
from poetc.ir.source import Span

ALL: Final = 4
_DEEPEST: Final = 60
_ROUNDS: Final = 16
_WORD: Final = re.compile(r"[\w.]+")
IMMUTABLE: Final = frozenset(
    _WORD.findall("""
        builtins.NoneType builtins.bool builtins.bytes builtins.complex builtins.ellipsis builtins.float builtins.int
        builtins.range builtins.str datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone
        decimal.Decimal httpx.URL pathlib.Path pathlib.PurePath re.Pattern
    """)
)
_KEPT_FROM: Final = {"setdefault": 1, "insert": 1, **dict.fromkeys(("pop", "popitem", "remove", "discard", "sort"), 99)}
"""method → position of the first argument that it keeps, if not 0"""


class Ownership:
    """The depth of a function's names, settled, and of any expression in it.

    `contents`: objects that stand for something outside, such as clients and files, count as somebody else's, although
    the function made them: what a method of unknown class does to one of them is seen elsewhere. `within`: what was
    bound outside of that part of the function counts as somebody else's.
    """

    def __init__(self, inference: Inference, *, contents: bool = False, within: Span | None = None) -> None:
        self.inference = inference
        self.contents = contents
        self.within = within
        self.env: dict[Key, int] = {}
        self.storing = [kept for call, scope in inference.walk.calls if (kept := self.kept_by(call, scope)) is not None]
        self.held = self.found_held()
        self.sources: dict[Key, list[Key]] = {}
        """name → the names of what it is bound to"""
        for binding in inference.walk.bindings if self.held else ():
            for part in _parts(binding.expr) if binding.expr is not None else ():
                self.sources.setdefault(binding.key, []).extend(self.path(part, binding.scope)[0])
        self.settle()

    def settle(self) -> None:
        """Begin with everything the function's own, and lower until nothing contradicts it."""
        walk = self.inference.walk
        for binding in walk.bindings:
            self.env[binding.key] = ALL
        for _ in range(_ROUNDS):
            before = dict(self.env)
            for binding in walk.bindings:
                self.bound(binding)
            for at, target, value, scope in walk.stores:
                if not isinstance(at, ast.Delete):
                    kept = 0 if value is None else self.depth(value, scope)
                    deeper = not isinstance(getattr(target, "slice", None), ast.Slice)  # a slice takes items
                    self.lower_parts(_container(target), scope, kept + deeper if kept < ALL else ALL)
            for into, arguments, scope in self.storing:
                for argument in arguments:
                    depth = self.depth(argument, scope)
                    self.lower_parts(into, scope, ALL if depth >= ALL else 1 + max(depth - 1, 0))
            if self.env == before:
                return
        self.env = dict.fromkeys(self.env, 0)

    def bound(self, binding: Binding) -> None:
        """A name is as much the function's own as its least own binding; and so is what it is an alias of."""
        key, scope = binding.key, binding.scope
        self.env[key] = min(self.env[key], self.bound_depth(binding))
        if binding.expr is not None and binding.how in ("value", "item", "part", "enter", "aenter"):
            inside = {"item": 1, "part": 2}.get(binding.how, 0)
            self.lower(binding.expr, scope, inside + self.env[key] if self.env[key] < ALL else ALL)

    def bound_depth(self, binding: Binding) -> int:
        expr, scope = binding.expr, binding.scope
        if self.within is not None and not self.within[:2] <= binding.place < self.within[2:]:
            return 0
        match binding.how:
            case "value" | "enter" | "aenter" if expr is not None:
                return self.depth(expr, scope)
            case "item" if expr is not None:
                return _inside(self.depth(expr, scope))
            case "part" if expr is not None:
                return _inside(_inside(self.depth(expr, scope)))
            case "rest" | "keywords" | "star":
                return 1
            case "declared" if binding.given is not None:
                return self.depth(binding.given, scope)
            case "local" | "declared":
                return ALL
        return 0

    def lower(self, expr: ast.expr, scope: Scope, depth: int) -> None:
        """See to it that the root of `expr` claims no more than that `expr` has that depth."""
        if depth >= ALL:
            return
        keys, steps = self.path(expr, scope)
        for key in keys:
            self.env[key] = min(self.env.get(key, 0), steps + depth)

    def lower_parts(self, expr: ast.expr, scope: Scope, depth: int) -> None:
        """`lower`, and the same for what was put into something that `expr` may be a part of."""
        self.lower(expr, scope, depth)
        keys, steps = self.path(expr, scope)
        if depth < ALL and self.held:
            wholes = self.wholes(keys)
            for whole in wholes if steps else wholes - {*keys}:
                for part, where in self.held.get(whole, ()):
                    self.lower(part, where, depth)

    def wholes(self, keys: Iterable[Key]) -> set[Key]:
        """Names of what something may be a part of, or may be itself, and of what these hold."""
        found, open_ones = set[Key](), [*keys]
        while open_ones:
            key = open_ones.pop()
            if key not in found:
                found.add(key)
                open_ones += self.sources.get(key, ())
                open_ones += [k for part, where in self.held.get(key, ()) for k in self.path(part, where)[0]]
        return found

    def found_held(self) -> dict[Key, list[tuple[ast.expr, Scope]]]:
        """Name → the objects with names of their own that are put into what it stands for."""
        stores = [
            (_container(target), [value], scope)
            for at, target, value, scope in self.inference.walk.stores
            if value is not None and not isinstance(at, ast.Delete)
        ]
        found: dict[Key, list[tuple[ast.expr, Scope]]] = {}
        for into, values, scope in (*stores, *self.storing):
            for part in (part for value in values for part in _parts(value)):
                if self.path(part, scope)[0]:
                    for key in self.path(into, scope)[0]:
                        found.setdefault(key, []).append((part, scope))
        return found

    def path(self, expr: ast.expr, scope: Scope) -> tuple[tuple[Key, ...], int]:
        """(local name at the root, steps into it) of `a.b[c].setdefault(...)`."""
        steps = 0
        while not isinstance(expr, ast.Name):
            if isinstance(expr, ast.Attribute | ast.Subscript):
                steps += not isinstance(getattr(expr, "slice", None), ast.Slice)
                expr = expr.value
            elif (
                isinstance(expr, ast.Call)
                and isinstance(expr.func, ast.Attribute)
                and self.gives(expr, scope) == "item"
            ):
                steps += 1
                expr = expr.func.value
            elif isinstance(expr, ast.NamedExpr):
                expr = expr.target
            else:
                return (), 0
        return scope.keys_of(expr), steps

    def gives(self, call: ast.Call, scope: Scope) -> str:
        entry = self.inference.entry(self.inference.value(call.func, scope))
        return "" if entry is None else entry.gives

    def kept_by(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, list[ast.expr], Scope] | None:
        """(object that a method is called on, what it puts into it, scope), if it puts anything into it."""
        if not isinstance(call.func, ast.Attribute) or not (call.args or call.keywords):
            return None
        entry = self.inference.entry(self.inference.value(call.func, scope))
        if not (call.func.attr in MUTATING if entry is None else "self" in entry.mutates):
            return None
        kept = [*call.args[_KEPT_FROM.get(call.func.attr, 0) :], *(keyword.value for keyword in call.keywords)]
        return call.func.value, kept, scope

    # ------------------------------------------------------------------ expressions

    def depth(self, node: ast.expr, scope: Scope, level: int = 0) -> int:
        """How much of what an expression gives is the function's own."""
        if level > _DEEPEST:
            return 0
        measure = _MEASURE.get(type(node))
        found = 0 if measure is None else measure(self, node, scope, level + 1)
        if found < ALL:
            value = self.inference.value(node, scope)
            if not value.assumed and (value.kind == "none" or (value.kind == "obj" and value.name in IMMUTABLE)):
                return ALL
        return found

    def name(self, node: ast.Name, scope: Scope, level: int) -> int:
        return min((self.env.get(key, 0) for key in scope.keys_of(node)), default=0)

    def part(self, node: ast.Attribute | ast.Subscript, scope: Scope, level: int) -> int:
        whole = self.depth(node.value, scope, level)
        return whole if isinstance(getattr(node, "slice", None), ast.Slice) else _inside(whole)

    def call(self, node: ast.Call, scope: Scope, level: int) -> int:
        match self.gives(node, scope):
            case "new":
                return self.made(node, scope)
            case "copy":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                return _around(min((_inside(depth) for depth in self.depths(given, scope, level)), default=ALL))
            case "item" if isinstance(node.func, ast.Attribute):
                return min(
                    [_inside(self.depth(node.func.value, scope, level)), *self.depths(node.args[1:], scope, level)]
                )
            case "same" if node.args:
                return self.depth(node.args[0], scope, level)
        return 0

    def made(self, node: ast.Call, scope: Scope) -> int:
        """How much is the function's own of what a call makes."""
        entry = self.inference.entry(self.inference.value(node.func, scope))
        if entry is not None and entry.name == "collections.defaultdict" and node.args:
            return self.made_by_default(node.args[0], scope)
        if self.contents and entry is not None and entry.returns and not entry.returns.startswith(PLAIN):
            return 0
        return ALL

    def made_by_default(self, factory: ast.expr, scope: Scope) -> int:
        """How much is the function's own of a dict whose missing values `factory` makes."""
        if isinstance(factory, ast.Lambda):
            return _around(self.depth(factory.body, scope))
        value = self.inference.value(factory, scope)
        entry = self.inference.entry(value)
        return ALL if value.kind == "none" or (entry is not None and entry.gives in ("new", "copy")) else 1

    def depths(self, nodes: list[ast.expr], scope: Scope, level: int) -> Iterator[int]:
        return (self.depth(node, scope, level) for node in nodes)

    def display(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope, level: int) -> int:
        return _around(min(self.depths(node.elts, scope, level), default=ALL))

    def mapping(self, node: ast.Dict, scope: Scope, level: int) -> int:
        return _around(min(self.depths(node.values, scope, level), default=ALL))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp, scope: Scope, level: int) -> int:
        inside = self.inference.walk.scopes.get(id(node), scope)
        return _around(self.depth(node.value if isinstance(node, ast.DictComp) else node.elt, inside, level))

    def either(self, node: ast.IfExp | ast.BoolOp, scope: Scope, level: int) -> int:
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return min(self.depths(parts, scope, level))


def _parts(expr: ast.expr) -> Iterator[ast.expr]:
    """The expression itself, and what a display or an alternative holds."""
    if isinstance(expr, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.IfExp | ast.BoolOp | ast.Starred):
        for child in ast.iter_child_nodes(expr):
            if isinstance(child, ast.expr):
                yield from _parts(child)
    else:
        yield expr


def _container(target: ast.expr) -> ast.expr:
    """What a store changes: of `x.a[k] = v`, `x.a`."""
    return target.value if isinstance(target, ast.Attribute | ast.Subscript) else target


def _inside(depth: int) -> int:
    return ALL if depth >= ALL else max(depth - 1, 0)


def _around(depth: int) -> int:
    return min(depth + 1, ALL)


def _always(depth: int) -> Callable[..., int]:
    return lambda ownership, node, scope, level: depth


_MEASURE: Final[dict[type, Callable[[Ownership, Any, Scope, int], int]]] = {
    ast.Name: Ownership.name,
    ast.Attribute: Ownership.part,
    ast.Subscript: Ownership.part,
    ast.Call: Ownership.call,
    ast.Await: lambda ownership, node, scope, level: ownership.depth(node.value, scope, level),
    ast.NamedExpr: lambda ownership, node, scope, level: ownership.depth(node.value, scope, level),
    ast.Starred: lambda ownership, node, scope, level: _inside(ownership.depth(node.value, scope, level)),
    ast.List: Ownership.display,
    ast.Tuple: Ownership.display,
    ast.Set: Ownership.display,
    ast.Dict: Ownership.mapping,
    ast.ListComp: Ownership.comprehension,
    ast.SetComp: Ownership.comprehension,
    ast.DictComp: Ownership.comprehension,
    ast.GeneratorExp: _always(1),
    ast.IfExp: Ownership.either,
    ast.BoolOp: Ownership.either,
    ast.BinOp: _always(1),
    ast.UnaryOp: _always(1),
    ast.Constant: _always(ALL),
    ast.JoinedStr: _always(ALL),
    ast.Compare: _always(ALL),
    ast.Lambda: _always(ALL),
}
"""node type → how its depth is found; others are 0"""
