"""What conditions, functions and bodies of a plan may cost: as much as the caller's data ask for, and no more.

Two things are kept account of. Steps: loops over constants multiply, loops over data are counted by how they are
nested, and `range` counts to no number that is given. Sizes: a value that was built of others may be returned or
measured, but nothing larger is built of it, so nothing doubles; numbers may be multiplied, though not by themselves
again and again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from poetc.source.nodes import FunctionNode, flat, parameters

NUMBERS: Final = frozenset({"int", "float", "complex", "bool", "Decimal", "decimal.Decimal", "None"})
SEQUENCES: Final = frozenset({"str", "bytes", "bytearray", "list", "tuple", "set", "frozenset", "dict"})
MEASURES: Final = frozenset(
    {"abs", "all", "any", "bool", "complex", "divmod", "float", "int", "isinstance", "issubclass", "len", "round"}
    | {"sum", "type"}
)
"""builtins that give a number, or less, of whatever they get"""
KEEPS: Final = frozenset({"enumerate", "frozenset", "list", "range", "reversed", "set", "sorted", "tuple", "zip"})
"""builtins that hold the things they get, and build nothing of these"""
GOES_OVER: Final = KEEPS | {"all", "any", "dict", "max", "min", "sum"}
MOST_STEPS: Final = 100_000
MOST_NESTED: Final = 3
LARGEST: Final = 10_000
"""number by which something may be multiplied that perhaps is a sequence"""
ROUNDS: Final = 6
MOST_FACTORS: Final = 32


class Kind(IntEnum):
    """What an expression gives."""

    NUMBER = 0
    CALLERS = 1
    """the caller's own, as it came"""
    HELD = 2
    """a sequence of such"""
    BUILT = 3
    """anything that may have grown"""


class Cost(NamedTuple):
    """Steps with data of one item, and how often loops over data are nested."""

    steps: int
    nested: int = 0

    def behind(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.steps + other.steps, max(self.nested, other.nested))

    def times(self, other: Cost) -> Cost:
        """One as often as the other says."""
        return Cost(self.steps * other.steps, self.nested + other.nested)


class Known(NamedTuple):
    """A function of the plan: what it gives, and costs."""

    kind: Kind
    cost: Cost


class TooMuchError(Exception):
    """Why a proposal isn't kept within bounds."""


class Sizes:
    """What the names of one function of a plan may hold."""

    def __init__(self, function: FunctionNode, given: dict[str, Kind], known: dict[str, Known]) -> None:
        self.function = function
        self.given = given
        self.known = known
        self.kinds: dict[str, Kind] = dict(given)
        self.factors: dict[str, int] = {}
        self.assigned = {name for node in flat(*function.body) for name in targets_of(node)}

    def checked(self) -> Known:
        """What the function gives and costs; raises `TooMuchError`."""
        for _ in range(ROUNDS):
            for node in flat(*self.function.body):
                self.bind(node)
        if any(count > MOST_FACTORS for count in self.factors.values()):
            raise TooMuchError("multiplies a number again and again")
        gives = Kind.NUMBER
        for node in flat(*self.function.body):
            self.check(node)
            if isinstance(node, ast.Return) and node.value is not None:
                gives = max(gives, self.kind(node.value))
        cost = self.block(self.function.body)
        if cost.steps > MOST_STEPS or cost.nested > MOST_NESTED:
            raise TooMuchError("may take too many steps")
        return Known(gives, cost)

    def bind(self, node: ast.AST) -> None:
        """Remember what the names hold that a node binds."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.store(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                read = ast.Name(name, ast.Load())
                self.store(target, ast.copy_location(ast.BinOp(read, op, value), node))
            case ast.For(target=target, iter=items) | ast.comprehension(target=target, iter=items):
                kind = Kind.BUILT if self.kind(items) is Kind.BUILT else Kind.CALLERS
                if isinstance(items, ast.Call) and getattr(items.func, "id", "") == "range":
                    kind = Kind.NUMBER
                for each in flat(target):
                    if isinstance(each, ast.Name):
                        self.kinds[each.id] = max(self.kinds.get(each.id, Kind.NUMBER), kind)

    def store(self, target: ast.expr, value: ast.expr) -> None:
        """Remember what a target holds; several at once hold each anything."""
        if not isinstance(target, ast.Name):
            pairs: Iterable[tuple[ast.expr, ast.expr]] = ()
            if isinstance(target, ast.Tuple):
                same = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
                pairs = zip(target.elts, value.elts if same else [value] * len(target.elts), strict=False)  # type: ignore[attr-defined]
            for inner, part in pairs:
                self.store(inner, part)
            return
        self.kinds[target.id] = max(self.kinds.get(target.id, Kind.NUMBER), self.kind(value))
        self.factors[target.id] = min(max(self.factors.get(target.id, 1), self.count(value)), MOST_FACTORS + 1)

    def kind(self, node: ast.expr | None) -> Kind:
        """What an expression gives."""
        match node:
            case ast.Constant(value=value):
                return Kind.HELD if isinstance(value, str | bytes) else Kind.NUMBER
            case ast.Name(id=name):
                return self.kinds.get(name, Kind.CALLERS)
            case ast.Compare() | ast.UnaryOp():
                return Kind.NUMBER
            case ast.BoolOp(values=parts):
                return max(map(self.kind, parts))
            case ast.IfExp(body=first, orelse=second):
                return max(self.kind(first), self.kind(second))
            case ast.BinOp(left=left, op=op, right=right):
                return self.computed(op, self.kind(left), self.kind(right))
            case ast.Subscript(value=value, slice=place):
                kind = self.kind(value)
                return Kind.CALLERS if kind is Kind.HELD and not isinstance(place, ast.Slice) else kind
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return Kind.HELD if all(self.kind(each) <= Kind.CALLERS for each in parts) else Kind.BUILT
            case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part) | ast.SetComp(elt=part):
                return Kind.HELD if self.kind(part) <= Kind.CALLERS else Kind.BUILT
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.called(name, args)
        return Kind.BUILT

    def computed(self, op: ast.operator, left: Kind, right: Kind) -> Kind:
        """What an operator gives of two values."""
        if isinstance(op, ast.Add):
            return Kind.NUMBER if Kind.NUMBER in (left, right) else Kind.BUILT
        if isinstance(op, ast.Mult):
            return Kind.NUMBER if left is right is Kind.NUMBER else Kind.BUILT
        return Kind.NUMBER if not isinstance(op, ast.Mod) or left is Kind.NUMBER else Kind.BUILT

    def called(self, name: str, args: list[ast.expr]) -> Kind:
        """What a call gives."""
        if name in self.known:
            return self.known[name].kind
        if name in MEASURES:
            return Kind.NUMBER
        kinds = list(map(self.kind, args))
        if name in ("max", "min"):
            return Kind.BUILT if Kind.BUILT in kinds else Kind.CALLERS
        return Kind.HELD if name in KEEPS and Kind.BUILT not in kinds else Kind.BUILT

    def count(self, node: ast.expr | None) -> int:
        """How many numbers are multiplied in an expression."""
        match node:
            case ast.Name(id=name):
                return self.factors.get(name, 1)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return min(self.count(left) + self.count(right), MOST_FACTORS + 1)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.FloorDiv() | ast.Mod(), right=right):
                return max(self.count(left), self.count(right))
            case ast.UnaryOp(operand=inner) | ast.Subscript(value=inner):
                return self.count(inner)
            case ast.IfExp(body=left, orelse=right):
                return max(self.count(left), self.count(right))
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.Call(args=parts):
                return max([1, *map(self.count, parts)])
        return 1

    def check(self, node: ast.AST) -> None:
        """Raise `TooMuchError` for a node that may make more than the caller's data ask for."""
        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                self.check_product(left, right)
            case ast.BinOp(left=left, op=ast.Mod()) if isinstance(left, ast.Constant) or self.kind(left) >= Kind.HELD:
                if self.kind(left) is not Kind.NUMBER:
                    raise TooMuchError("formats text, which can be of any length")
            case ast.Assign(value=value) | ast.AugAssign(value=value) if self.reuses(value):
                raise TooMuchError("builds something of what it has built")
            case ast.AugAssign(target=ast.Name(id=name)) if self.kinds.get(name) is Kind.BUILT:
                raise TooMuchError("builds something of what it has built")
            case ast.Call(func=ast.Name(id="range"), args=args) if not all(map(self.is_small, args)):
                raise TooMuchError("counts to a number that nothing bounds")
            case ast.Call(func=ast.Name(id="sum"), args=args, keywords=words) if len(args) != 1 or words:
                raise TooMuchError("sums up more than numbers")

    def check_product(self, left: ast.expr, right: ast.expr) -> None:
        """A product of numbers, or of one of the caller's values and a small number."""
        kinds = [self.kind(left), self.kind(right)]
        if max(kinds) >= Kind.HELD:
            raise TooMuchError("repeats a text or a sequence")
        for kind, other in zip(kinds, (right, left), strict=True):
            if kind is Kind.CALLERS and not self.is_factor(other):
                raise TooMuchError("multiplies what may be a sequence by a large number")

    def is_factor(self, node: ast.expr) -> bool:
        """Whether a number is one of the caller's, or written out and small."""
        names = {each.id for each in flat(node) if isinstance(each, ast.Name)}
        numbers = [each.value for each in flat(node) if isinstance(each, ast.Constant)]
        small = all(not isinstance(each, int) or abs(each) <= LARGEST for each in numbers)
        return small and not any(name in self.assigned and name not in self.given for name in names - set(self.known))

    def is_small(self, node: ast.expr) -> bool:
        """Whether a number is written out, or the size of something."""
        match node:
            case ast.Constant(value=int()):
                return True
            case ast.Call(func=ast.Name(id="len")):
                return True
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.is_small(inner)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.FloorDiv(), right=right):
                return self.is_small(left) and self.is_small(right)
        return False

    def reuses(self, node: ast.AST, *, held: bool = False) -> bool:
        """Whether a value is built of one that was built before; `held`: or that holds others."""
        if isinstance(node, ast.Name):
            kind = self.kinds.get(node.id, Kind.CALLERS)
            return kind is Kind.BUILT or (held and kind is Kind.HELD and node.id in self.assigned)
        if isinstance(node, ast.expr) and self.kind(node) is Kind.NUMBER:
            return False
        inside = held or isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.ListComp | ast.DictComp)
        if isinstance(node, ast.Subscript):
            return self.kind(node.value) is Kind.BUILT
        return any(self.reuses(each, held=inside) for each in ast.iter_child_nodes(node))

    def block(self, body: Iterable[ast.AST]) -> Cost:
        """What statements, or expressions, cost one after the other."""
        cost = Cost(1)
        for node in body:
            cost = cost.behind(self.cost(node))
        return cost

    def cost(self, node: ast.AST) -> Cost:
        """What a node costs."""
        match node:
            case ast.For(iter=items, body=body, orelse=behind):
                return self.block([items, *behind]).behind(self.block(body).times(self.length(items)))
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                cost = self.block(parts)
                for each in reversed(node.generators):
                    cost = self.block(each.ifs).behind(cost).times(self.length(each.iter)).behind(self.cost(each.iter))
                return cost
            case ast.Call(func=ast.Name(id=name), args=args):
                cost = self.block([*args, *(each.value for each in node.keywords)])
                if name in self.known:
                    return cost.behind(self.known[name].cost)
                return cost.behind(self.length(args[0])) if name in GOES_OVER and args else cost
        return self.block(ast.iter_child_nodes(node))

    def length(self, items: ast.expr) -> Cost:
        """How many items a value has: as many as are written out, or as the data have."""
        match items:
            case ast.Call(func=ast.Name(id="range"), args=args):
                try:
                    return Cost(max(1, min(len(range(*map(ast.literal_eval, args))), MOST_STEPS + 1)))
                except (ValueError, TypeError):
                    return Cost(1, 1)
                except OverflowError:
                    return Cost(MOST_STEPS + 1)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return Cost(max(1, len(elements)))
            case ast.GeneratorExp():
                return Cost(1)
        return Cost(1, 1)


def targets_of(node: ast.AST) -> list[str]:
    """The names that a node assigns to; loops bind theirs to what is there."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return [each.id for target in targets for each in flat(target) if isinstance(each, ast.Name)]


def kinds_of(function: FunctionNode) -> dict[str, Kind]:
    """What the parameters of a user's function hold, by their annotations."""
    found = {}
    for each in parameters(function.args):
        text = ast.unparse(each.annotation).strip("'\"") if each.annotation is not None else ""
        classes = {part.strip().partition("[")[0] for part in text.split("|")}
        is_number = bool(text) and classes <= NUMBERS and classes != {"None"}
        found[each.arg] = Kind.NUMBER if is_number else Kind.HELD if classes & SEQUENCES else Kind.CALLERS
    star = function.args
    found |= {each.arg: Kind.HELD for each in (star.vararg, star.kwarg) if each is not None}
    return found
