"""Two observations → what is different about them, in words for people."""

from __future__ import annotations

from typing import Any

from poetc.behaviour.inside.anatomy import MISSING
from poetc.behaviour.inside.equality import Comparer, first, named, short
from poetc.behaviour.inside.observe import Observation


def differences(one: Observation, other: Observation, *, effects: bool = True) -> tuple[list[str], set[str]]:
    """Everything that differs, the result first, and the types of results that couldn't be looked into.

    Without `effects`: neither calls of other functions nor what was done to files; a cache that is warm changes both.
    """
    comparer = Comparer()
    found = [result_difference(comparer, one, other)]
    opaque = set(comparer.opaque)
    found += [
        f"the original gave back {one.alias or 'a new object'}, the enhanced function {other.alias or 'a new object'}"
        if one.alias != other.alias
        else None,
        changed("arguments afterwards", Comparer().difference(one.arguments, other.arguments)),
        changed("standard output", Comparer().difference(one.printed[0], other.printed[0])),
        changed("standard error", Comparer().difference(one.printed[1], other.printed[1])),
        changed("warnings", Comparer().difference(one.warned, other.warned)),
        changed("variables of the module", Comparer().difference(one.changed, other.changed)),
        changed("files written", Comparer().difference(one.files, other.files)),
    ]
    if effects:
        found += [
            changed("calls of the project's functions", Comparer().difference(one.calls, other.calls)),
            changed("effects", Comparer().difference(one.doings, other.doings)),
        ]
    return [text for text in found if text is not None], opaque


def result_difference(comparer: Comparer, one: Observation, other: Observation) -> str | None:
    """What differs in the value, the items or the exception."""
    if one.gave_up != other.gave_up:
        return f"the original {outcome(one)}, the enhanced function {outcome(other)}"
    where = first(comparer.difference(a, b) for a, b in zip(result(one), result(other), strict=True))
    if where is None:
        return None
    said = f"the original {outcome(one)}, the enhanced function {outcome(other)}"
    return said if where.startswith(": ") and outcome(one) != outcome(other) else f"{said}; they differ in {where}"


def result(seen: Observation) -> tuple[Any, ...]:
    """All that makes up a result."""
    return seen.raised, seen.iterator, seen.yielded, seen.returned


def outcome(seen: Observation) -> str:
    """What came of a run: "returned 3"."""
    if seen.gave_up:
        return "gave no answer in time"
    ended = f"raised {named(type(seen.raised))}{short(seen.raised.args)}" if seen.raised is not None else ""
    if seen.yielded is not None:
        items = f"yielded {short(seen.yielded)}"
        final = "" if seen.returned is None or seen.returned is MISSING else f", returned {short(seen.returned)}"
        return f"{items}, then {ended}" if ended else f"{items}{final}"
    return ended or f"returned {short(seen.returned)}"


def changed(what: str, where: str | None) -> str | None:
    """A difference with what it is in."""
    return None if where is None else f"{what} {where}" if where.startswith("[") else f"{what}{where}"
