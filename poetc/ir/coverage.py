"""Which calls of a project talk to something outside of it, and what is known and done of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A call that talks to something outside of its process, or may."""

    line: int
    column: int
    """from 1, in characters"""
    end_line: int
    end_column: int
    text: str
    """as it is written, without its arguments: "session.get(...)" """
    name: str
    """its dotted name, "requests.Session.get"; "" where nobody knows what is called"""
    effect: str
    """pure | read | idempotent | write | unknown"""
    repeated: bool
    """by itself where it stands, with a region around it, or with the whole function; a write: if nothing was sent"""
    limited: bool
    """by what it is given, what is left of a budget, or a budget that ends it wherever it is"""
    why: str
    """where its effect is known from, or why it isn't"""
    why_not: str
    """why it isn't repeated; "" if it is"""

    @property
    def known(self) -> bool:
        """Whether its effect is known."""
        return self.effect != "unknown"


@dataclass(frozen=True, slots=True)
class Looked:
    """A function that was looked at, with its outside calls in source order."""

    name: str
    path: str
    line: int
    marked: bool
    calls: tuple[OutsideCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many outside calls there are, and of how many something is known or done."""

    calls: int = 0
    known: int = 0
    repeated: int = 0
    limited: int = 0

    @property
    def cover(self) -> float:
        """The share of calls of which the effect is known, in percent; all of none."""
        return 100.0 * self.known / self.calls if self.calls else 100.0


def tally(functions: Iterable[Looked]) -> Tally:
    """The calls of some functions, counted."""
    calls = [call for function in functions for call in function.calls]
    return Tally(len(calls), sum(c.known for c in calls), sum(c.repeated for c in calls), sum(c.limited for c in calls))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Calls of one text or name of which nothing is known, wherever they stand."""

    name: str
    """the dotted name if there is one, else the text"""
    why: str
    places: tuple[str, ...] = field(default=())
    """ "app/pay.py:12", in the order of files and lines"""


def unknown_calls(functions: Iterable[Looked]) -> list[Unknown]:
    """The calls of which nothing is known, by name, or text where they have none, the most frequent first."""
    found: dict[str, list[tuple[Looked, OutsideCall]]] = {}
    for function in functions:
        for call in function.calls:
            if not call.known:
                found.setdefault(call.name or call.text, []).append((function, call))
    listed = [
        Unknown(name, calls[0][1].why, tuple(f"{function.path}:{call.line}" for function, call in calls))
        for name, calls in found.items()
    ]
    return sorted(listed, key=lambda each: (-len(each.places), each.name))
