"""A plan → what it achieves: the one place that says so."""

from __future__ import annotations

from poetc.ir.achieved import BLOCK, BREAKER, FRESH, LIMITED, REPEATED, UNSENT, Achieved, Protected
from poetc.wire.enhancement import Call, Enhancement


def achieved_of(plan: Enhancement) -> Achieved:
    """What a plan achieves for the function, and for each of its calls."""
    limited = [(call.place, call.name, (LIMITED,)) for call in plan.timed]
    repeated = [(call.place, call.name, ways) for call in plan.calls if (ways := ways_of(call, plan))]
    blocks = [(region.place, ", ".join(dict.fromkeys(region.opened)), (BLOCK,)) for region in plan.regions]
    calls = sorted([*limited, *repeated, *blocks])
    protected = tuple(Protected(place.line, name, ways) for place, name, ways in calls)
    return Achieved(protected, tuple(around_of(plan)), tuple(checks_of(plan)))


def ways_of(call: Call, plan: Enhancement) -> tuple[str, ...]:
    """What is done for a call."""
    ways = [UNSENT if call.is_write else FRESH if call.is_first else REPEATED] if call.method is not None else []
    ways += [LIMITED] * (call.timeout is not None and plan.budget is not None)
    ways += [BREAKER] * (bool(call.host) and plan.breaker is not None and plan.breaker.per == "host")
    return tuple(ways)


def around_of(plan: Enhancement) -> list[str]:
    """What protects the function as a whole."""
    of_function = plan.breaker is not None and plan.breaker.per == "function"
    found = {
        "budget": plan.budget,
        "attempts": plan.attempts > 1,
        "breaker": of_function,
        "bulkhead": plan.bulkhead,
        "rate limit": plan.rate_limit,
        "fallback": plan.fallback,
        "hedge": plan.hedge,
        "body": plan.operate == "supplied",
    }
    return [name for name, thing in found.items() if thing]


def checks_of(plan: Enhancement) -> list[str]:
    """What is looked at of arguments and result."""
    found = [contract.subject for contract in plan.parameters]
    found += ["return"] * (plan.result is not None)
    by_domain = plan.checks or any(step.phase in ("perceive", "enforce") for step in plan.steps)
    return [*found, *["domain"] * bool(by_domain)]
