"""Calls whose values a function doesn't await or enter itself, but hands to what does: `gather(c.get(a), c.get(b))`.

A value may go through displays, comprehensions and names. A name counts only if all that the function does with it is
to fill it and to hand it on: what is done otherwise may ask more of a value than that it can be awaited.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from poetc.effects.meant import called_by
from poetc.source.nodes import COMPREHENSIONS, FUNCTIONS, called, flat

if TYPE_CHECKING:
    from poetc.effects.entry import Entry
    from poetc.effects.inference import Inference
    from poetc.effects.scope import Scope

_FILLING: Final = frozenset({"append", "appendleft", "add", "extend", "insert"})
_HELD: Final = (ast.Starred, ast.List, ast.Tuple, ast.Set, ast.IfExp, ast.BinOp, ast.NamedExpr, *COMPREHENSIONS)
"""what passes on what is in it"""
_FUNCTIONS: Final = (*FUNCTIONS, ast.Lambda)


def awaited_by(call: ast.Call, entry: Entry) -> list[ast.expr]:
    """The arguments that a call awaits or runs as tasks."""
    given = enumerate(call.args)
    return [argument for position, argument in given if "*" in entry.awaits or str(position) in entry.awaits]


class Handed:
    """How the calls of a function are used by what they are handed to."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.places = inference.places

    @cached_property
    def forms(self) -> dict[int, str]:
        """id of a call → how its value is used, in the words of `Entry.form`."""
        found = {id(call): form for expr, scope, form in self.takers() for call in self.made(expr, scope, set())}
        for call, entry, scope in self.known:
            meant = called_by(self.inference, call, entry, scope)
            if meant is not None and (entry.runs == "task" or id(call) in found):
                found[id(meant)] = "await" if entry.runs == "task" else found[id(call)]
        return found

    @cached_property
    def known(self) -> list[tuple[ast.Call, Entry, Scope]]:
        """The calls that the catalogue knows, with what it knows of them."""
        calls = [(call, self.entry_of(call.func, scope), scope) for call, scope in self.inference.walk.calls]
        return [(call, entry, scope) for call, entry, scope in calls if entry is not None]

    def takers(self) -> Iterator[tuple[ast.expr, Scope, str]]:
        """What is handed over, and how it is used there."""
        for call, entry, scope in self.known:
            yield from ((argument, scope, "await") for argument in awaited_by(call, entry))
            for argument in (each for at, each in enumerate(call.args) if str(at) in entry.enters):
                yield argument, scope, "async context" if entry.form == "await" else "context"
        for expr, scope in self.inference.walk.awaited:
            yield expr, scope, "await"

    def made(self, expr: ast.expr, scope: Scope, seen: set[str]) -> Iterator[ast.Call]:
        """The calls that make what `expr` is, or holds."""
        match expr:
            case ast.Call():
                entry = self.entry_of(expr.func, scope) if seen else None
                if entry is None or not entry.begins:
                    yield expr
            case ast.Starred(value=value) if not isinstance(value, ast.Call) or self.gives_items(value, scope):
                yield from self.made(value, scope, seen)
            case ast.NamedExpr(target=ast.Name(id=name), value=value) if self.is_only_handed(name):
                yield from self.made(value, scope, seen)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                for part in parts:
                    yield from self.made(part, scope, seen)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Add(), right=other):
                yield from self.made(one, scope, seen)
                yield from self.made(other, scope, seen)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                yield from self.made(expr.elt, self.inference.walk.scopes.get(id(expr), scope), seen)
            case ast.Name(id=name) if name not in seen and scope.home_of(name) and self.is_only_handed(name):
                seen.add(name)
                for binding in scope.bindings_of(expr):
                    if binding.how in ("value", "item") and binding.expr is not None:
                        yield from self.made(binding.expr, binding.scope, seen)
                for value, where in self.put_in.get(name, ()):
                    yield from self.made(value, where, seen)

    def gives_items(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call gives what a callable has made of the items it is given."""
        entry = self.entry_of(call.func, scope)
        return entry is not None and entry.runs == "items"

    @cached_property
    def put_in(self) -> dict[str, list[tuple[ast.expr, Scope]]]:
        """Name → what is put into what it stands for, by a method."""
        found: dict[str, list[tuple[ast.expr, Scope]]] = {}
        for call, scope in self.inference.walk.calls:
            match call.func:
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in _FILLING and call.args:
                    found.setdefault(name, []).append((call.args[-1], scope))
        return found

    # ------------------------------------------------------------------ functions

    @cached_property
    def given_away(self) -> frozenset[int]:
        """ids of what runs in functions that are handed to what nobody knows: that may make them more than once."""
        found = set[int]()
        waiting: list[ast.AST] = [
            each for each in self.places.nodes if isinstance(each, _FUNCTIONS) and self.is_given(each)
        ]
        while waiting:
            inside = flat(waiting.pop())
            if id(inside[0]) not in found:
                found.update(map(id, inside))
                names = {each.id for each in inside if isinstance(each, ast.Name)}
                waiting += [each for name in names for each in self.defined.get(name, ())]
        return frozenset(found)

    def is_given(self, function: ast.AST) -> bool:
        """Whether a function within the function is decorated by, or an argument of, what nobody knows."""
        if isinstance(function, FUNCTIONS):
            decorators = [called(each) for each in function.decorator_list]
            if any(self.entry_of(each, self.inference.walk.top) is None for each in decorators):
                return True
        names = [name for name, defined in self.defined.items() if function in defined]
        return any(
            map(self.is_argument, [function, *(load for name in names for load in self.places.loads.get(name, ()))])
        )

    def is_argument(self, node: ast.AST) -> bool:
        """Whether a function is handed to a call of what nobody knows."""
        parent = self.places.parent(node)
        while isinstance(parent, (*_HELD, ast.keyword)):
            node, parent = parent, self.places.parent(parent)
        if not isinstance(parent, ast.Call) or parent.func is node:
            return False
        return self.entry_of(parent.func, self.places.scope(parent)) is None

    def entry_of(self, called: ast.expr, scope: Scope) -> Entry | None:
        """What the catalogue knows of what is called."""
        return self.inference.entry(self.inference.value(called, scope))

    @cached_property
    def defined(self) -> dict[str, list[ast.AST]]:
        """Name → the functions in the function that it stands for."""
        found: dict[str, list[ast.AST]] = {}
        for node in self.places.nodes:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.setdefault(name, []).append(node)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as function):
                    found.setdefault(name, []).append(function)
        return found

    # ------------------------------------------------------------------ names

    def is_only_handed(self, name: str, level: int = 0) -> bool:
        """Whether all that is done with a name, wherever it stands, is to fill it and to hand it on."""
        if name not in self.judged:
            self.judged[name] = True  # a name that is being looked at adds nothing
            self.judged[name] = level < 10 and all(
                self.is_handed(load, level) for load in self.places.loads.get(name, ())
            )
        return self.judged[name]

    @cached_property
    def judged(self) -> dict[str, bool]:
        return {}

    def is_handed(self, node: ast.AST, level: int) -> bool:
        """Whether where a name is read it is filled, or handed on."""
        parent = self.places.parent(node)
        while isinstance(parent, _HELD) and id(node) not in self.taken:
            node, parent = parent, self.places.parent(parent)
        if id(node) in self.taken:
            return True
        match parent:
            case ast.Attribute(attr=attr):
                called = self.places.parent(parent)
                return attr in _FILLING and isinstance(self.places.parent(called), ast.Expr)
            case ast.Call(func=ast.Name(id="len")):
                return True
            case ast.comprehension(iter=items, target=ast.Name(id=each)) if items is node:
                return self.is_only_handed(each, level + 1)
            case ast.For(iter=items, target=ast.Name(id=each)) if items is node:
                return self.is_only_handed(each, level + 1)
            case ast.Assign(targets=[ast.Name(id=other)]):
                return self.is_only_handed(other, level + 1)
        return False

    @cached_property
    def taken(self) -> set[int]:
        """ids of what is handed over."""
        return {id(expr) for expr, _, _ in self.takers()}
