"""What is to be generated for one function, decided before a line is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from poetc.domains import DomainPart
from poetc.generate.rules.calls import Found, effects_of, known_calls
from poetc.generate.rules.checks import parameter_contracts, result_contract
from poetc.generate.rules.function import FunctionSource
from poetc.generate.rules.hazards import reason_to_wrap
from poetc.generate.rules.hints import Contract
from poetc.generate.rules.names import Names
from poetc.wire import TranspileConfig


@dataclass(frozen=True, slots=True)
class Defaults:
    """Numbers of the base template: attempts, waits in seconds, breaker."""

    retries: int
    first: float
    most: float
    budget: float
    failures: int
    open_for: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything `emit` needs; see ARCHITECTURE.md for the two forms."""

    source: FunctionSource
    names: Names
    config: TranspileConfig
    defaults: Defaults
    reason: str | None
    """why the body is wrapped; None: it is moved"""
    contracts: Mapping[str, Contract]
    """parameter -> contract"""
    result: Contract | None
    """contract of the result"""
    calls: tuple[Found, ...]
    """calls to repeat where they stand"""
    effects: str
    attempts: int
    """of the whole function"""
    timeout: float | None
    mechanism: str | None
    """asyncio | cooperative | alarm-or-thread"""
    breaker: bool
    part: DomainPart | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def supplied(self) -> bool:
        return self.part is not None and self.part.supplied is not None

    @property
    def guarded(self) -> bool:
        """Whether a public function stands around Operate′."""
        around = self.attempts > 1 or self.timeout is not None or self.breaker or self.part is not None
        return around or (self.reason is not None and bool(self.contracts or self.result))

    @property
    def has_guard(self) -> bool:
        """Whether that function needs an `rt.Guard`."""
        return self.attempts > 1 or self.timeout is not None or self.breaker

    @property
    def passes_deadline(self) -> bool:
        """Whether Operate′ takes the deadline as a parameter."""
        return self.timeout is not None and any(c.timeout for c in self.calls) and self.reason is None


def plan_for(
    source: FunctionSource,
    config: TranspileConfig,
    written: Mapping[str, Any],
    defaults: Defaults,
    part: DomainPart | None,
) -> Plan:
    """The plan for a function; `written` are the arguments that stand in its decorator."""
    calls = known_calls(source)
    reason = reason_to_wrap(source)
    repeatable = tuple(c for c in calls if c.effect == "read") if reason is None and not is_supplied(part) else ()
    attempts, timeout, mechanism, notes = whole_call(source, config, written, calls, reason)
    is_stream = "generator" in source.kind
    # around an async generator nothing can stand that passes on what is sent and thrown into it
    is_bare = source.kind == "async generator" and reason is not None
    return Plan(
        source=source,
        names=Names(source),
        config=config,
        defaults=defaults,
        reason=reason,
        contracts={} if is_bare else parameter_contracts(source, config),
        result=result_contract(source, config),
        calls=repeatable,
        effects=effects_of(source, calls),
        attempts=attempts,
        timeout=timeout,
        mechanism=mechanism,
        breaker=not is_stream and (attempts > 1 or bool(calls)),
        part=None if is_stream else part,
        notes=notes,
    )


def is_supplied(part: DomainPart | None) -> bool:
    """Whether the domain stands in for the body."""
    return part is not None and part.supplied is not None


def whole_call(
    source: FunctionSource, config: TranspileConfig, written: Mapping[str, Any], calls: list[Found], reason: str | None
) -> tuple[int, float | None, str | None, tuple[str, ...]]:
    """Attempts of the whole function, its budget, how that is kept, and what couldn't be done.

    The whole function is repeated, and opaque code interrupted, only where the user wrote so at the function itself.
    """
    notes: list[str] = []
    attempts = 1 + (config.retries or 0) if "retries" in written else 1
    if attempts > 1 and source.kind == "async generator":
        attempts = 1
        notes.append("not repeated: an async generator can't be started anew without changing how it is driven")
    takes_timeout = reason is None and any(c.timeout for c in calls)
    mechanism = None
    if config.timeout is not None:
        if source.kind == "coroutine":
            mechanism = "asyncio"
        elif source.kind == "sync" and takes_timeout:
            mechanism = "cooperative"
        elif source.kind == "sync" and "timeout" in written:
            mechanism = "alarm-or-thread"
        elif "timeout" in written:
            notes.append("no budget: a generator runs for as long as its consumer takes items")
    return attempts, config.timeout if mechanism else None, mechanism, tuple(notes)
