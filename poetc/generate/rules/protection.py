"""What stands around a function beside budget and attempts: breaker, bulkhead, rate limit, fallback, hedge, events.

Decided here from what was asked for; written here as the objects that `bind` makes, and in words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from poetc.generate.errors import GenerateError
from poetc.generate.rules.calls import Found, makes_errors
from poetc.generate.rules.function import FunctionSource
from poetc.wire import TranspileConfig
from poetc.wire.protection import BreakerConfig, BulkheadConfig, FallbackConfig, RateConfig

REPEATABLE: Final = ("pure", "reads")
"""effects of functions of which a second call may run beside the first"""

TUNING: Final = ("probes", "successes", "growth", "jitter")
"""settings of a breaker that are written out only where somebody asked for them"""


@dataclass(frozen=True, slots=True)
class Protection:
    """What one function gets."""

    breaker: BreakerConfig | None = None
    """around the function"""
    hosts: BreakerConfig | None = None
    """where its calls are made, for the host that each goes to"""
    answers: bool = False
    """whether an HTTP status counts there, for the function makes errors of them"""
    bulkhead: BulkheadConfig | None = None
    rate_limit: RateConfig | None = None
    fallback: FallbackConfig | None = None
    hedge: float | None = None
    events: float | None = None
    notes: tuple[str, ...] = ()
    """what was asked for and can't be had"""

    @property
    def is_there(self) -> bool:
        """Whether a public function has to stand around Operate′ for it."""
        return any((self.breaker, self.bulkhead, self.rate_limit, self.fallback, self.hedge, self.events))

    @property
    def is_inline(self) -> bool:
        """Whether the breaker around the function only looks on while it is closed: it counts failures in a row."""
        return self.breaker is not None and thing_of(self.breaker) == "Breaker"

    @property
    def runners(self) -> tuple[str, ...]:
        """What calls Operate′ in the function's place, outermost first; the breaker excepted."""
        found = (("hedge", self.hedge), ("rate_limit", self.rate_limit), ("bulkhead", self.bulkhead))
        return tuple(name for name, asked in found if asked is not None)


def protection_of(
    source: FunctionSource, config: TranspileConfig, effects: str, calls: tuple[Found, ...], supplied: bool
) -> Protection:
    """What of that which is asked for can be had, for a function of which these `calls` are repeated.

    Raises `GenerateError` for a hedge of what may not run twice at once, and for a fallback that is no JSON.
    """
    breakers = breakers_of(config, effects, calls, supplied)
    if "generator" in source.kind:
        return Protection(hosts=breakers[1], answers=makes_errors(source), notes=left_out(config))
    if config.hedge is not None:
        check_hedge(source, effects)
    if config.fallback is not None and config.fallback.call is None:
        literal_of(config.fallback)
    return Protection(
        breaker=breakers[0],
        hosts=breakers[1],
        answers=makes_errors(source),
        bulkhead=config.bulkhead,
        rate_limit=config.rate_limit,
        fallback=config.fallback,
        hedge=config.hedge,
        events=config.events,
    )


def breakers_of(
    config: TranspileConfig, effects: str, calls: tuple[Found, ...], supplied: bool
) -> tuple[BreakerConfig | None, BreakerConfig | None]:
    """The breaker around a function, and the one of its calls: at most one of them.

    A breaker belongs to a host. The whole function gets one only where somebody asked for it, and either said so or
    calls nothing whose host can be told.
    """
    asked = config.breaker if isinstance(config.breaker, BreakerConfig) else None
    per = asked.per if asked is not None else "host"
    if config.breaker is False:
        return None, None
    if per != "function" and any(call.host for call in calls):
        return None, asked or BreakerConfig()
    return asked if per != "host" and effects != "pure" and not supplied else None, None


def left_out(config: TranspileConfig) -> tuple[str, ...]:
    """The note of a generator, which gets nothing of all this."""
    names = ("bulkhead", "rate_limit", "fallback", "hedge", "events")
    missed = [name.replace("_", " ") for name in names if getattr(config, name) is not None]
    return (f"no {', '.join(missed)}: a generator runs for as long as its consumer takes items",) if missed else ()


def check_hedge(source: FunctionSource, effects: str) -> None:
    """Raise `GenerateError` unless a second call may run beside the first, and be cancelled."""
    if source.kind != "coroutine":
        refuse("hedge: only coroutine functions can be hedged, for nothing else can be cancelled")
    if effects not in REPEATABLE:
        refuse(f"hedge: only functions that do nothing but read can be hedged; the effects of this one: {effects}")


def refuse(message: str) -> NoReturn:
    """Raise `GenerateError`."""
    raise GenerateError("INVALID_ARGUMENT", message)


def literal_of(fallback: FallbackConfig) -> Any:
    """The value that stands in; raises `GenerateError` if its text is no JSON."""

    def no_number(text: str) -> NoReturn:
        refuse(f"fallback: {text} is no number")

    try:
        return json.loads(fallback.literal or "null", parse_constant=no_number)
    except (ValueError, RecursionError):
        return refuse("fallback: the literal is no JSON")


def thing_of(breaker: BreakerConfig) -> str:
    """The class of the runtime that a breaker is made of."""
    return "Breaker" if breaker.rate is None and breaker.slow is None else "WindowBreaker"


def setup_of(
    protection: Protection, own: Callable[[str], str], failures: int, open_for: float, transient: str
) -> list[str]:
    """What `bind` makes of the runtime, a line each; `failures` and `open_for` where nobody said. `transient` is the
    tuple of the names of further errors that pass, as source, or ""."""
    lines = []
    if protection.hosts is not None:
        arguments = breaker_arguments(protection.hosts, failures, open_for, transient)
        answers = ", answers=True" if protection.answers else ""
        lines.append(f"{own('breaker')} = rt.HostBreakers(original, {arguments}{answers})")
    if protection.breaker is not None:
        arguments = breaker_arguments(protection.breaker, failures, open_for, transient)
        lines.append(f"{own('breaker')} = rt.{thing_of(protection.breaker)}(original, {arguments})")
    if protection.hedge is not None:
        lines.append(f"{own('hedge')} = rt.Hedge(original, {protection.hedge!r})")
    if protection.rate_limit is not None:
        rate = protection.rate_limit
        lines.append(
            f"{own('rate_limit')} = rt.RateLimit(original, {rate.calls}, {rate.seconds!r}, {rate.burst}, {rate.wait!r})"
        )
    if protection.bulkhead is not None:
        bulkhead = protection.bulkhead
        lines.append(f"{own('bulkhead')} = rt.Bulkhead(original, {bulkhead.limit}, {bulkhead.wait!r})")
    if protection.fallback is not None:
        lines.append(f"{own('fallback')} = rt.Fallback(original, {fallback_argument(protection.fallback)})")
    if protection.events is not None:
        lines.append(f"{own('events')} = rt.Events(original, __name__, {protection.events!r})")
    return lines


def breaker_arguments(breaker: BreakerConfig, failures: int, open_for: float, transient: str) -> str:
    """The arguments of a breaker behind the function."""
    windowed = breaker.rate is not None or breaker.slow is not None
    limit = breaker.failures if breaker.failures is not None or windowed else failures
    parts = [repr(limit), repr(breaker.open_for if breaker.open_for is not None else open_for)]
    window = ("rate", "slow", "slow_rate", "window", "calls") if windowed else ()
    named = [(name, getattr(breaker, name)) for name in (*window, *TUNING)]
    parts += [f"{name}={value!r}" for name, value in named if value is not None]
    if breaker.exclude:
        comma = "," * (len(breaker.exclude) == 1)
        parts.append("exclude=(" + ", ".join(f'"{name}"' for name in breaker.exclude) + comma + ")")
    if transient:
        parts.append(f"transient={transient}")
    return ", ".join(parts)


def fallback_argument(fallback: FallbackConfig) -> str:
    """What stands in, as the argument of `rt.Fallback`."""
    if fallback.call is not None:
        return f'call="{fallback.call}"'
    return f"value={literal_of(fallback)!a}"


def words_for(protection: Protection, failures: int) -> list[str]:
    """What the docstring and the metadata say of it, beginning with the breaker."""
    breaker = protection.breaker or protection.hosts
    found = [breaker_words(breaker, failures, protection.hosts is not None)] if breaker is not None else []
    if protection.hedge is not None:
        found.append(f"a second call beside one that takes longer than {protection.hedge:g} s")
    if protection.rate_limit is not None:
        rate = protection.rate_limit
        waiting = f", others wait up to {rate.wait:g} s" if rate.wait else ""
        found.append(f"at most {calls(rate.calls)} in {rate.seconds:g} s{waiting}")
    if protection.bulkhead is not None:
        waiting = f", others wait up to {protection.bulkhead.wait:g} s" if protection.bulkhead.wait else ""
        found.append(f"at most {calls(protection.bulkhead.limit)} at a time{waiting}")
    if protection.fallback is not None:
        what = protection.fallback.call
        literal = "" if what is not None else ascii(literal_of(protection.fallback))
        shown = f"`{what}`" if what is not None else literal if len(literal) <= 40 else "a literal"
        found.append(f"{shown} in place of what has finally failed")
    if protection.events is not None:
        share = "each call" if protection.events == 1 else f"{protection.events:.3g} of the calls"
        found.append(f"an event for {share}")
    return found


def calls(number: int) -> str:
    """ "1 call", "2 calls"."""
    return f"{number} call{'s' * (number != 1)}"


def share(part: float) -> str:
    """ "all", "0.5": a share in words that can't be read as a number of calls."""
    return "all" if part == 1 else f"{part:.3g}"


def breaker_words(breaker: BreakerConfig, failures: int, hosts: bool) -> str:
    """When the breaker opens."""
    windowed = breaker.rate is not None or breaker.slow is not None
    window = f"calls in {breaker.window:g} s" if breaker.window is not None else f"last {breaker.calls or 20} calls"
    reasons = [f"{share(breaker.rate)} of the {window} failed"] if breaker.rate is not None else []
    if breaker.slow is not None:
        reasons.append(f"{share(breaker.slow_rate or 0.5)} of the {window} took {breaker.slow:g} s or more")
    limit = breaker.failures if breaker.failures is not None or windowed else failures
    if limit is not None:
        reasons.append("a failure" if limit == 1 else f"{limit} failures in a row")
    return f"a breaker{' for each host' if hosts else ''} that opens after {' or '.join(reasons)}"
