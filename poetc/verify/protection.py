"""POET407: breaker, bulkhead, rate limit, fallback, hedge and events are just those that the user asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from poetc.ir import BreakerPolicy, Kind, Policy
from poetc.verify.answer import Answer, Form
from poetc.verify.budget import check_transient
from poetc.verify.frames import counts_frames, stands_alone
from poetc.verify.hosts import has_hosts
from poetc.verify.nodes import own_scope, said
from poetc.verify.patterns import BREAKERS, PROTECTING, is_literal, is_name, literal_value

CODE: Final = "POET407"

FEWEST_FAILURES: Final = 2
MOST_FAILURES: Final = 1_000
LONGEST_OPEN: Final = 300.0
"""of a breaker of which the user said nothing; seconds"""

WINDOW: Final = ("rate", "slow", "slow_rate", "window", "calls")
TUNING: Final = ("probes", "successes", "growth", "jitter")


class Given(NamedTuple):
    """The arguments behind the original, as values; `transient` and what is no literal apart."""

    positional: tuple[Any, ...]
    named: Mapping[str, Any]
    transient: ast.expr | None


def check_protection(answer: Answer, form: Form) -> None:
    """Raise VerifyError for what stands around the function without having been asked for, differs from that, or is
    missing."""
    alone = stands_alone(answer, form)
    if alone and form.public is not None:
        raise answer.error(CODE, "it stands around a body that looks at the frames above its own", form.public)
    bound: dict[str, list[ast.Call]] = {}
    for call in made_of(form):
        thing = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if thing in PROTECTING:
            bound.setdefault("Breaker" if thing in BREAKERS else thing, []).append(call)
    named = sum(form.thing(name) in PROTECTING for name in form.bound)
    for thing, calls in bound.items():
        if len(calls) > 1:
            raise answer.error(CODE, f"it makes two of `{thing}`", calls[1])
    if named != len(bound):
        raise answer.error(CODE, "it makes a breaker or the like without giving it a name")
    check_breaker(answer, form, next(iter(bound.pop("Breaker", ())), None), alone)
    expected = {} if alone else expected_of(answer)
    for thing, calls in bound.items():
        given = given_to(answer, calls[0])
        wanted = expected.get(thing)
        if wanted is None or given.transient is not None or not same((given.positional, dict(given.named)), wanted):
            raise answer.error(CODE, f"`{said(calls[0])}` isn't what was asked for", calls[0])
    if missing := sorted(expected.keys() - bound.keys()):
        raise answer.error(CODE, f"it lacks the {missing[0]} that was asked for")


def made_of(form: Form) -> Iterator[ast.Call]:
    """Every call that `bind` makes for its objects, inner ones included."""
    for call in form.bound.values():
        yield from (node for node in ast.walk(call) if isinstance(node, ast.Call))


def expected_of(answer: Answer) -> dict[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """Class of the runtime -> the arguments that the policy implies; nothing for generators."""
    policy: Policy = answer.unit.policy
    if answer.unit.site.kind not in (Kind.SYNC, Kind.COROUTINE):
        return {}
    found: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    if policy.hedge is not None:
        found["Hedge"] = (policy.hedge,), {}
    if policy.rate_limit is not None:
        rate = policy.rate_limit
        found["RateLimit"] = (rate.calls, rate.seconds, rate.burst, rate.wait), {}
    if policy.bulkhead is not None:
        found["Bulkhead"] = (policy.bulkhead.limit, policy.bulkhead.wait), {}
    if policy.fallback is not None:
        call, literal = policy.fallback.call, policy.fallback.literal
        found["Fallback"] = (), {"call": call} if call is not None else {"value": json.loads(literal or "null")}
    if policy.events is not None:
        found["Events"] = (MODULE, policy.events), {}
    return found


MODULE: Final = ("the name of the generated module",)
"""stands for `__name__`"""


def given_to(answer: Answer, call: ast.Call) -> Given:
    """The arguments of `rt.Thing(original, ...)` behind the original."""
    named = {keyword.arg or "": keyword.value for keyword in call.keywords}
    transient = named.pop("transient", None)
    positional = tuple(value_of(answer, node) for node in call.args[1:])
    return Given(positional, {name: value_of(answer, node) for name, node in named.items()}, transient)


def value_of(answer: Answer, node: ast.expr) -> Any:
    """The value of a literal, containers included; raises VerifyError for anything else."""
    if is_name(node, "__name__"):
        return MODULE
    if is_literal(node):
        return literal_value(node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise answer.error(CODE, f"`{said(node)}` is no literal", node) from None


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike to the last type: 1 isn't 1.0, and True isn't 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def check_breaker(answer: Answer, form: Form, call: ast.Call | None, alone: bool) -> None:
    """The breaker is that of the policy; with nothing said, a plain one within bounds."""
    asked = answer.unit.policy.breaker
    expected = breaker_thing(answer, form)
    if expected == "Breaker" and counts_frames(answer, form):  # once it is open, it is a further frame
        expected = ""
    if alone and expected != "HostBreakers":
        expected = ""
    if call is None:
        if expected and (answer.unit.effects or expected == "HostBreakers"):
            raise answer.error(CODE, "it lacks the breaker that was asked for")
        return
    policy = asked if isinstance(asked, BreakerPolicy) else BreakerPolicy()
    thing = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if not expected:
        raise answer.error(CODE, f"`{said(call)}` is a breaker that nobody wanted", call)
    given = given_to(answer, call)
    if given.transient is not None:
        check_transient(answer, call, given.transient)
    named = named_settings(policy) | ({"answers": True} if thing == "HostBreakers" and makes_errors(answer) else {})
    if thing != expected or not same(dict(given.named), named):
        raise answer.error(CODE, f"`{said(call)}` isn't the breaker that was asked for", call)
    if len(given.positional) != 2 or not is_limit(given.positional[0], policy):
        raise answer.error(CODE, f"`{said(call)}` opens after another number of failures", call)
    seconds, wanted = given.positional[1], policy.open_for
    fits = type(seconds) in (int, float) and 0 < seconds <= LONGEST_OPEN
    if not (same(seconds, wanted) if wanted is not None else fits):
        raise answer.error(CODE, f"`{said(call)}` stays open for another time", call)


def breaker_thing(answer: Answer, form: Form) -> str:
    """The class of the runtime that the breaker has to be made of; "" where there has to be none.

    Calls whose hosts are known have one for each host. Around the function there is one only if it was asked for, not
    for hosts, and no call is counted by its host.
    """
    unit, asked = answer.unit, answer.unit.policy.breaker
    if has_hosts(form):
        return "HostBreakers"
    fails = unit.effects != "pure" and unit.site.kind in (Kind.SYNC, Kind.COROUTINE)
    if not isinstance(asked, BreakerPolicy) or asked.per == "host" or not fails or form.is_supplied:
        return ""
    return "WindowBreaker" if asked.is_windowed else "Breaker"


def makes_errors(answer: Answer) -> bool:
    """Whether the function makes errors of HTTP statuses; those in nested functions are theirs."""
    calls = (node.func for node in own_scope(answer.function.body) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Attribute) and called.attr == "raise_for_status" for called in calls)


def named_settings(policy: BreakerPolicy) -> dict[str, Any]:
    """The settings that are given by name, in their order."""
    names = (*(WINDOW if policy.is_windowed else ()), *TUNING)
    found = {name: getattr(policy, name) for name in names if getattr(policy, name) is not None}
    return found | ({"exclude": policy.exclude} if policy.exclude else {})


def is_limit(limit: Any, policy: BreakerPolicy) -> bool:
    """Whether a breaker may open after so many failures in a row; None: after any number."""
    if policy.failures is not None or policy.is_windowed:
        return same(limit, policy.failures)
    return type(limit) is int and FEWEST_FAILURES <= limit <= MOST_FAILURES
