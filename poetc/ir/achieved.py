"""What a build has achieved for a function: which calls it protects and how, what stands around it, what it checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from poetc.ir.policy import CLOSED


class State(StrEnum):
    """In one word, from best to worst."""

    PROTECTED = "protected"
    CHECKED = "checked only"
    NOTHING = "nothing"


REPEATED: Final = "repeated"
UNSENT: Final = "repeated if nothing was sent"
FRESH: Final = "repeated if its session had begun nothing"
BLOCK: Final = "repeated with its block"
LIMITED: Final = "limited"
BREAKER: Final = "breaker"


@dataclass(frozen=True, slots=True)
class Protected:
    """A call, or a region of calls, that something is done for."""

    __pydantic_config__ = CLOSED

    line: int
    """of the function, from 1 at its first decorator; in its file, once somebody says so (`Achieved.placed`)"""
    name: str
    """as the catalogue knows it"""
    ways: tuple[str, ...]
    """repeated | repeated if nothing was sent | repeated with its block | limited | breaker"""


@dataclass(frozen=True, slots=True)
class Achieved:
    """What stands in a plan, as far as it helps whoever calls the function."""

    __pydantic_config__ = CLOSED

    calls: tuple[Protected, ...] = ()
    around: tuple[str, ...] = ()
    """what protects the function as a whole: budget, attempts, breaker, bulkhead, rate limit, fallback, hedge, body"""
    checks: tuple[str, ...] = ()
    """what is looked at: parameters by name, "return", and "domain" for what a domain or an engine adds"""

    @property
    def state(self) -> State:
        """It in one word."""
        if self.calls or self.around:
            return State.PROTECTED
        return State.CHECKED if self.checks else State.NOTHING

    def placed(self, first_line: int) -> Achieved:
        """The same with lines of the function's file."""
        return replace(self, calls=tuple(replace(call, line=call.line + first_line - 1) for call in self.calls))

    def as_row(self) -> list[Any]:
        """Its fields, for a row of an outcome."""
        return [[[*astuple(call)] for call in self.calls], [*self.around], [*self.checks]]

    def as_json(self) -> dict[str, Any]:
        """It as JSON types."""
        calls = [{"line": call.line, "name": call.name, "ways": [*call.ways]} for call in self.calls]
        return {"state": self.state.value, "calls": calls, "around": [*self.around], "checks": [*self.checks]}


def achieved_again(row: Sequence[Any]) -> Achieved:
    """What a row says; raises TypeError or ValueError for another one."""
    calls, around, checks = row
    return Achieved(
        tuple(Protected(line, name, tuple(ways)) for line, name, ways in calls), tuple(around), tuple(checks)
    )


def achieved_in(metadata: Mapping[str, Any]) -> Achieved:
    """What the metadata of a stored version say; that of none is nothing."""
    said = metadata.get("achieved") or {}
    calls = tuple(Protected(c["line"], c["name"], tuple(c["ways"])) for c in said.get("calls", ()))
    return Achieved(calls, tuple(said.get("around", ())), tuple(said.get("checks", ())))
