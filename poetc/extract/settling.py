"""Facts that need one another, each found out once, the same whichever is asked for first; circles may stay unknown."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from poetc.effects.values import NOTHING, UNKNOWN, Value, merge_values
from poetc.extract.callees import Resolver

DEEPEST: Final = 16
"""facts that are found one below the other"""
_ROUNDS: Final = 12
_ALONE: Final = 1 << 30


class Fact(NamedTuple):
    """What was found out."""

    value: Value
    places: frozenset[str]
    steps: int
    """how far below it the facts go that it needs"""
    lowest: int = _ALONE
    """the place among the open ones of what it needs that is still open: then it counts only until that is closed"""


class Settling:
    """Values by key. What is asked for while it is being found is taken for as little as is known so far, and found
    again until nothing changes."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.known: dict[Hashable, Fact] = {}
        self.open: dict[Hashable, int] = {}
        self.so_far: dict[Hashable, Value] = {}
        self.within: dict[Hashable, Fact] = {}
        """found while something that it needs is open, in this round"""
        self.lowest: list[int] = [_ALONE]
        self.steps: list[int] = [0]

    def ask(self, key: Hashable, find: Callable[[], Value]) -> Value:
        """The value of a key, which `find` finds out."""
        fact = self.known.get(key) or self.within.get(key)
        if fact is None and key in self.open:
            return self.noted(self.so_far.get(key, NOTHING), frozenset(), 0, self.open[key])
        if fact is None and len(self.open) >= DEEPEST:
            return self.noted(UNKNOWN, frozenset(), DEEPEST, 0)
        fact = fact or self.found(key, find)
        return self.noted(*fact)

    def noted(self, value: Value, places: frozenset[str], steps: int, lowest: int) -> Value:
        """Take down what the one who asks depends on."""
        self.resolver.places |= places
        self.steps[-1] = max(self.steps[-1], steps)
        self.lowest[-1] = min(self.lowest[-1], lowest)
        return value

    def found(self, key: Hashable, find: Callable[[], Value]) -> Fact:
        depth, before = len(self.open), self.resolver.places
        self.open[key], self.resolver.places = depth, set()
        self.lowest.append(_ALONE)
        self.steps.append(0)
        inner = frozenset(self.within)
        try:
            value = self.settled(key, find, depth, inner)
        finally:
            lowest, steps = self.lowest.pop(), self.steps.pop() + 1
            places, self.resolver.places = frozenset(self.resolver.places), before
            del self.open[key]
        if steps >= DEEPEST and depth == 0:
            value = UNKNOWN
        if lowest < depth:
            self.within[key] = fact = Fact(value, places, steps, lowest)
            return fact
        circle = [each for each in self.within if each not in inner]
        for each in circle:
            if steps < DEEPEST:
                self.known[each] = Fact(self.within[each].value, places, steps)
            del self.within[each]
        for each in (key, *circle):
            self.so_far.pop(each, None)
        if steps < DEEPEST or depth == 0:
            self.known[key] = Fact(value, places, steps)
        return Fact(value, places, steps)

    def settled(self, key: Hashable, find: Callable[[], Value], depth: int, inner: frozenset[Hashable]) -> Value:
        """Find the value again until it is what it was taken for."""
        for _ in range(_ROUNDS):
            before = self.so_far.get(key, NOTHING)
            value = merge_values(before, find())
            if value == before or self.lowest[-1] > depth:
                return value
            self.so_far[key] = value
            for each in [each for each in self.within if each not in inner]:
                del self.within[each]
        return UNKNOWN
