"""What a build has achieved, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from poetc.ir import Outcome
from poetc.ir.achieved import State


def states_of(outcomes: Iterable[Outcome]) -> Counter[State]:
    """How many functions got how much."""
    return Counter(outcome.achieved.state for outcome in outcomes if outcome.achieved is not None)


def states_text(outcomes: Iterable[Outcome]) -> str:
    """`7 protected, 3 checked only, 2 nothing`; "" where nothing is known."""
    counted = states_of(outcomes)
    return ", ".join(f"{counted[state]} {state.value}" for state in State if counted[state])


def achieved_text(achieved: Mapping[str, Any] | None) -> str:
    """`protected: httpx.get repeated, limited (line 12); budget`, of what `Achieved.as_json` gives; "" for None."""
    if not achieved:
        return ""
    calls: dict[tuple[str, str], list[str]] = {}
    for call in achieved["calls"]:
        calls.setdefault((call["name"], ", ".join(call["ways"])), []).append(str(call["line"]))
    parts = [f"{name} {ways} (line {', '.join(lines)})" for (name, ways), lines in calls.items()]
    parts += [", ".join(achieved["around"])] if achieved["around"] else []
    if achieved["state"] == State.CHECKED:
        parts = [", ".join(achieved["checks"])]
    return f"{achieved['state']}{': ' if parts else ''}{'; '.join(parts)}"
