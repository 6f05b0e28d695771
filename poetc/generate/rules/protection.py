"""What is to stand around a function beside budget and attempts: breaker, bulkhead, rate limit and so on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NoReturn

from poetc.generate.rules.calls import makes_errors
from poetc.generate.rules.defaults import Defaults
from poetc.ir.policy import BreakerPolicy, Policy
from poetc.refusal import GenerateError
from poetc.source.function import FunctionSource
from poetc.wire.enhancement import Breaker, Call

REPEATABLE: Final = ("pure", "reads")
"""effects of functions of which a second call may run beside the first"""


def protection_of(source: FunctionSource, config: Policy, effects: str, breaker: Breaker | None) -> dict[str, Any]:
    """What of that which is asked for can be had, as fields of the plan.

    Raises `GenerateError` for a hedge of what may not run twice at once, and for a fallback that is no JSON.
    """
    if "generator" in source.kind:
        if breaker is not None and breaker.per == "function":
            breaker = None
        return {"breaker": breaker}
    if config.hedge is not None:
        check_hedge(source, effects)
    if config.fallback is not None and config.fallback.call is None:
        try:
            _ = config.fallback.value
        except ValueError as error:
            refuse(str(error))
    names = ("bulkhead", "rate_limit", "fallback", "hedge", "events")
    return {"breaker": breaker, **{name: getattr(config, name) for name in names}}


def breaker_of(
    source: FunctionSource,
    config: Policy,
    effects: str,
    calls: tuple[Call, ...],
    defaults: Defaults,
    *,
    supplied: bool,
) -> Breaker | None:
    """The breaker around a function, or the one of its calls: at most one of them.

    A breaker belongs to a host. The whole function gets one only where somebody asked for it, and either said so or
    calls nothing whose host can be told.
    """
    asked = config.breaker if isinstance(config.breaker, BreakerPolicy) else None
    per = asked.per if asked is not None else "host"
    if config.breaker is False:
        return None
    if per != "function" and any(call.host for call in calls):
        settings = with_defaults(asked or BreakerPolicy(), defaults)
        return Breaker(settings=settings, per="host", answers=makes_errors(source))
    if asked is None or per == "host" or effects == "pure" or supplied:
        return None
    return Breaker(settings=with_defaults(asked, defaults), per="function")


def with_defaults(breaker: BreakerPolicy, defaults: Defaults) -> BreakerPolicy:
    """The breaker with the template's numbers where nobody said others."""
    failures = breaker.failures if breaker.failures is not None or breaker.is_windowed else defaults.failures
    open_for = breaker.open_for if breaker.open_for is not None else defaults.open_for
    return replace(breaker, failures=failures, open_for=open_for, per=None)


def left_out(config: Policy) -> tuple[str, ...]:
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
