"""What stands around a function beside budget and attempts: the objects that `bind` makes, and in words."""

from __future__ import annotations

from typing import Final

from poetc.emit.emission import Emission
from poetc.ir.policy import BreakerPolicy, FallbackPolicy
from poetc.wire.enhancement import Breaker, Enhancement

TUNING: Final = ("probes", "successes", "growth", "jitter")
"""settings of a breaker that are written out only where somebody asked for them"""


def setup_of(emission: Emission, transient: str) -> list[str]:
    """What `bind` makes of the runtime, a line each. `transient` is the tuple of the names of further errors that pass,
    as source, or ""."""
    plan, own = emission.plan, emission.names.own
    lines: list[str] = []

    def add(name: str, thing: str, *arguments: str) -> None:
        lines.extend(emission.made(own(name), thing, *arguments))

    if emission.hosts is not None and plan.breaker is not None:
        answers = ["answers=True"] * plan.breaker.answers
        add("breaker", host_breakers(emission.hosts), *breaker_arguments(emission.hosts, transient), *answers)
    if emission.breaker is not None:
        thing = "WindowBreaker" if emission.breaker.is_windowed else "Breaker"
        add("breaker", thing, *breaker_arguments(emission.breaker, transient))
    if plan.hedge is not None:
        add("hedge", "Hedge", f"after={plan.hedge!r}")
    if plan.rate_limit is not None:
        rate = plan.rate_limit
        burst = [] if rate.burst is None else [f"burst={rate.burst}"]
        add(
            "rate_limit", "RateLimit", f"calls={rate.calls}", f"seconds={rate.seconds!r}", *burst, f"wait={rate.wait!r}"
        )
    if plan.bulkhead is not None:
        add("bulkhead", "Bulkhead", f"limit={plan.bulkhead.limit}", f"wait={plan.bulkhead.wait!r}")
    if plan.fallback is not None:
        add("fallback", "Fallback", fallback_argument(plan.fallback))
    if plan.events is not None:
        add("events", "Events", "__name__", f"sample={plan.events!r}")
    return lines


def host_breakers(breaker: BreakerPolicy) -> str:
    """The class of the breakers at calls."""
    return "WindowHostBreakers" if breaker.is_windowed else "HostBreakers"


def breaker_arguments(breaker: BreakerPolicy, transient: str) -> list[str]:
    """The arguments of a breaker behind the function."""
    window = ("rate", "slow", "slow_rate", "window", "calls") if breaker.is_windowed else ()
    named = [("limit", breaker.failures), ("open_for", breaker.open_for)]
    named += [(name, getattr(breaker, name)) for name in (*window, *TUNING)]
    parts = [f"{name}={value!r}" for name, value in named if value is not None]
    if breaker.exclude:
        comma = "," * (len(breaker.exclude) == 1)
        parts.append("exclude=(" + ", ".join(f'"{name}"' for name in breaker.exclude) + comma + ")")
    return parts + [f"transient={transient}"] * bool(transient)


def fallback_argument(fallback: FallbackPolicy) -> str:
    """What stands in, as the argument of `rt.Fallback`."""
    if fallback.call is not None:
        return f'call="{fallback.call}"'
    return f"value={fallback.value!a}"


def words_for(plan: Enhancement) -> list[str]:
    """What the docstring and the metadata say of it, beginning with the breaker."""
    found = [breaker_words(plan.breaker)] if plan.breaker is not None else []
    if plan.hedge is not None:
        found.append(f"a second call beside one that takes longer than {plan.hedge:g} s")
    if plan.rate_limit is not None:
        rate = plan.rate_limit
        waiting = f", others wait up to {rate.wait:g} s" if rate.wait else ""
        found.append(f"at most {calls(rate.calls)} in {rate.seconds:g} s{waiting}")
    if plan.bulkhead is not None:
        waiting = f", others wait up to {plan.bulkhead.wait:g} s" if plan.bulkhead.wait else ""
        found.append(f"at most {calls(plan.bulkhead.limit)} at a time{waiting}")
    if plan.fallback is not None:
        what = plan.fallback.call
        literal = "" if what is not None else ascii(plan.fallback.value)
        shown = f"`{what}`" if what is not None else literal if len(literal) <= 40 else "a literal"
        found.append(f"{shown} in place of what has finally failed")
    if plan.events is not None:
        share = "each call" if plan.events == 1 else f"{plan.events:.3g} of the calls"
        found.append(f"an event for {share}")
    return found


def calls(number: int) -> str:
    """ "1 call", "2 calls"."""
    return f"{number} call{'s' * (number != 1)}"


def share(part: float) -> str:
    """ "all", "0.5": a share in words that can't be read as a number of calls."""
    return "all" if part == 1 else f"{part:.3g}"


def breaker_words(made: Breaker) -> str:
    """When the breaker opens."""
    breaker = made.settings
    window = f"calls in {breaker.window:g} s" if breaker.window is not None else f"last {breaker.calls or 20} calls"
    reasons = [f"{share(breaker.rate)} of the {window} failed"] if breaker.rate is not None else []
    if breaker.slow is not None:
        reasons.append(f"{share(breaker.slow_rate or 0.5)} of the {window} took {breaker.slow:g} s or more")
    if breaker.failures is not None:
        reasons.append("a failure" if breaker.failures == 1 else f"{breaker.failures} failures in a row")
    return f"a breaker{' for each host' * (made.per == 'host')} that opens after {' or '.join(reasons)}"
