"""A pair of functions → a strategy for calls of both: arguments, how they are passed, and on what instance."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any

from hypothesis import strategies as st

from poetc.behaviour.inside.hints import Unresolved, parameters_of
from poetc.behaviour.inside.pair import Pair
from poetc.behaviour.inside.values import KINDS, MIXED, Strategy, Unmakeable, of_hint

NAMES = ("a", "key", "x1", "value", "self", "é")
"""keywords for `**kwargs`"""


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """What a call passes on; never passed itself: each run has a copy."""

    positional: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """Arguments and, for a method, those its instance is made with."""

    arguments: Arguments
    made_with: Arguments | None = None

    def prepare(self, pair: Pair) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """A new instance (or the class, or None) and copies of the arguments; raises whatever making them raises."""
        copied = deepcopy((self.arguments.positional, self.arguments.keywords))
        if self.made_with is not None:
            assert pair.owner is not None
            made = deepcopy((self.made_with.positional, self.made_with.keywords))
            return pair.owner(*made[0], **made[1]), *copied
        return (pair.owner if pair.role == "classmethod" else None), *copied


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One parameter that can be filled; `strategy` None: nothing is said of it."""

    name: str
    kind: Any
    optional: bool
    strategy: Strategy | None


def calls(pair: Pair) -> Strategy:
    """Calls that satisfy the annotations; raises Unmakeable, Unresolved."""
    parameters = parameters_of(pair.original, pair.module)
    bound = parameters[:1] if pair.takes_instance or pair.role == "classmethod" else []
    arguments = filled(slots(parameters[len(bound) :]), frozenset(p.name for p, _ in bound))
    return st.builds(Call, arguments, instances(pair) if pair.takes_instance else st.none())


def instances(pair: Pair) -> Strategy:
    """What the class of a method can be made with; raises Unmakeable."""
    assert pair.owner is not None
    name = pair.owner.__qualname__
    if inspect.isabstract(pair.owner):
        raise Unmakeable(f"{name} is abstract, so no instance can be made")
    init, new = (inspect.getattr_static(pair.owner, way) for way in ("__init__", "__new__"))
    if init is object.__init__:
        return st.just(Arguments()) if new is object.__dict__["__new__"] else unmade(name)
    if not inspect.isfunction(init):
        return unmade(name)
    try:
        own, *parameters = parameters_of(init, pair.module)
        return filled(slots(parameters), frozenset({own[0].name}))
    except (Unmakeable, Unresolved) as error:
        raise Unmakeable(f"no instance of {name} can be made: {error}") from error


def unmade(name: str) -> Strategy:
    """Raises Unmakeable for a class whose construction Python's own annotations don't describe."""
    raise Unmakeable(f"no instance of {name} can be made: its __init__ says nothing about its arguments")


def slots(parameters: Sequence[tuple[Parameter, Any]]) -> list[Slot]:
    """A slot for each parameter; raises Unmakeable with the parameter's name."""
    found = []
    for parameter, hint in parameters:
        optional = parameter.default is not Parameter.empty
        try:
            strategy = None if hint is Parameter.empty else of_hint(hint)
        except Unmakeable as error:
            raise Unmakeable(f"argument {parameter.name!r}: {error}") from error
        if strategy is None and optional and type(parameter.default) in (int, float, str, bool):
            strategy = st.one_of(of_hint(type(parameter.default)), MIXED)
        found.append(Slot(parameter.name, parameter.kind, optional, strategy))
    return found


@st.composite
def filled(draw: st.DrawFn, slots: Sequence[Slot], taken: frozenset[str] = frozenset()) -> Arguments:
    """Arguments for the slots: optional ones are left out now and then, some are passed by name."""
    free = draw(common_kind) if any(slot.strategy is None for slot in slots) else MIXED
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    by_name = any(s.kind is Parameter.POSITIONAL_OR_KEYWORD for s in slots) and draw(st.booleans())
    gap = False
    for slot in slots:
        strategy = free if slot.strategy is None else slot.strategy
        if slot.kind is Parameter.VAR_POSITIONAL:
            positional += () if by_name or gap else draw(st.lists(strategy, max_size=4))
        elif slot.kind is Parameter.VAR_KEYWORD:
            keywords |= draw(st.dictionaries(st.sampled_from(free_names(slots, taken)), strategy, max_size=3))
        elif slot.optional and ((gap and slot.kind is Parameter.POSITIONAL_ONLY) or draw(st.booleans())):
            gap = True  # what follows can't be passed by its position any more
        elif slot.kind is Parameter.POSITIONAL_ONLY or not (by_name or gap or slot.kind is Parameter.KEYWORD_ONLY):
            positional.append(draw(strategy))
        else:
            keywords[slot.name] = draw(strategy)
    return Arguments(tuple(positional), keywords)


def free_names(slots: Sequence[Slot], taken: frozenset[str]) -> list[str]:
    """Names that `**kwargs` takes: those of no other parameter, but those of positional-only ones."""
    bound = taken | {slot.name for slot in slots if slot.kind is not Parameter.POSITIONAL_ONLY}
    return [name for name in (*NAMES, *(s.name for s in slots)) if name not in bound]


common_kind: Strategy = st.sampled_from([*KINDS, "mixed"]).map(lambda kind: KINDS.get(kind, MIXED))
"""one kind for all parameters of which nothing is said: `a + b` takes two of the same more often than two of any"""
