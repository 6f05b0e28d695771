"""The objects of the runtime that generated code makes: the one table of them.

The emitter writes their arguments by it, verification holds a plan's steps against it, explain reads code by it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from poetc.wire.names import Phase


class RuntimeObject(NamedTuple):
    """One class, or function, of `rt`."""

    phase: Phase
    parameters: tuple[str, ...]
    """behind the original, in their order"""


_ANY: Final = frozenset(
    {"", "awaited", "unsent", "unsent_awaited", "entered", "entered_async", "iterated", "iterated_async"}
)
RETRIES: Final = {
    "Retry": frozenset({""}),
    "AsyncRetry": frozenset({"", "awaited"}),
    "WriteRetry": frozenset({"", "unsent"}),
    "AnyRetry": _ANY,
    "SessionRetry": _ANY | {"fresh", "fresh_awaited"},
}
"""class -> ways to repeat a call that it has, "" by calling it; the first that has all that are needed is used"""

BUDGETS: Final = {
    "cooperative": "Budget",
    "cooperative-and-alarm": "AlarmBudget",
    "alarm": "AlarmBudget",
    "alarm-or-thread": "ThreadBudget",
    "asyncio": "AsyncBudget",
}
"""mechanism -> class"""

OBJECTS: Final = {
    "Perceive": RuntimeObject("perceive", ("mode",)),
    "Enforce": RuntimeObject("enforce", ("contract", "mode")),
    "Hint": RuntimeObject("perceive", ("subject", "text", "deep")),
    "Shape": RuntimeObject("enforce", ()),
    "Proposal": RuntimeObject("perceive", ("condition", "message", "phase", "mode")),
    **dict.fromkeys(
        RETRIES,
        RuntimeObject("operate", ("attempts", "first", "most", "budget", "transient", "breaker", "host", "refusal")),
    ),
    "Region": RuntimeObject("operate", ("attempts", "first", "most", "budget", "transient")),
    "Guard": RuntimeObject("operate", ("attempts", "first", "most", "budget", "idempotent", "breaker", "perceive")),
    **dict.fromkeys(BUDGETS.values(), RuntimeObject("operate", ("seconds",))),
    "Breaker": RuntimeObject("operate", ("limit", "open_for")),
    "WindowBreaker": RuntimeObject("operate", ("limit", "open_for")),
    "HostBreakers": RuntimeObject("operate", ("limit", "open_for")),
    "WindowHostBreakers": RuntimeObject("operate", ("limit", "open_for")),
    "Bulkhead": RuntimeObject("operate", ("limit", "wait")),
    "RateLimit": RuntimeObject("operate", ("calls", "seconds", "burst", "wait")),
    "Hedge": RuntimeObject("operate", ("after",)),
    "Fallback": RuntimeObject("operate", ("call", "value")),
    "Events": RuntimeObject("operate", ("module", "sample")),
    "DriftInput": RuntimeObject("perceive", ("current", "reference", "min_rows", "max_missing", "mode", "supplied")),
    "drift_test": RuntimeObject("operate", ("current", "reference", "alpha", "min_effect", "extra")),
    "DriftResult": RuntimeObject("enforce", ("required", "mode")),
}
"""name in `rt` -> what it takes"""
