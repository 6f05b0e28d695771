# ruff: noqa: E501 - a row of a table is one line
"""What stands around a function is just what was asked for: any other plan of it, and any other text, is refused."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from generated import Generated
from protected_answers import protected
from verify_answers import Change, code_of, planned, setting, verify, within

from poetc.ir import Draft

NAMES = sorted(protected())


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_themselves_pass(name: str) -> None:
    """What the engine writes is accepted as it is."""
    verify(protected()[name])


def test_what_is_made_is_what_was_asked_for() -> None:
    """Each object once, with just the user's numbers, or the template's where nobody said any."""
    made = {name: Generated(draft.code) for name, draft in protected().items()}
    receipt, quote, page, stored = (made[name] for name in ("receipt", "quote", "page", "stored"))
    assert receipt.only("Breaker").values == {
        "limit": 3,
        "open_for": 10.0,
        "probes": 2,
        "growth": 2.0,
        "jitter": 0.25,
        "exclude": ("KeyError",),
    }
    assert receipt.only("RateLimit").values == {"calls": 100, "seconds": 1.0, "burst": 20, "wait": 0.5}
    assert receipt.only("Bulkhead").values == {"limit": 4, "wait": 1.0}
    assert receipt.only("Fallback").values == {"call": "shop.cached"}
    assert (receipt.only("Events")["sample"], page.only("Events")["sample"], stored.made("Events")) == (0.5, 0.5, [])
    assert (receipt.only("Guard")["attempts"], receipt.only("Guard")["budget"], receipt.only("Retry")["attempts"]) == (
        3,
        5.0,
        3,
    )
    window = quote.only("WindowBreaker")
    assert (window["limit"], window["open_for"]) == (None, 30.0)
    assert {key: window[key] for key in window.values if key not in ("limit", "open_for")} == {
        "rate": 0.5,
        "slow": 2.0,
        "slow_rate": 0.75,
        "window": 60.0,
        "calls": 10,
    }
    assert list(quote.only("Hedge").values.values()) == [0.25]
    assert quote.only("Fallback").values == {"value": {"price": 0, "tags": ["none"]}}
    assert page.only("HostBreakers")["limit"] == 2 and page.only("HostBreakers")["answers"] is False
    assert page.only("Retry")["breaker"] == page.only("HostBreakers").name
    assert page.only("Retry")["host"][0] == "url@0" and page.only("Retry")["refusal"] == "httpx.ConnectError"
    assert stored.only("Fallback")["value"] is None and stored.only("Breaker")["limit"] == 5


@pytest.mark.parametrize(
    ("name", "through"),
    [
        ("receipt", {"rate_limit", "bulkhead", "deadline"}),
        ("quote", {"breaker", "hedge", "rate_limit", "bulkhead", "deadline"}),
    ],
)
def test_every_way_to_the_body_leads_through_the_limits(name: str, through: set[str]) -> None:
    """First, by the breaker, and again: each call that leads to the user's lines is given all that stands before them."""
    public = Generated(protected()[name].code).public
    calls = [node for node in ast.walk(public) if isinstance(node, ast.Call) and "operate" in names_in(node)]
    inner = {id(node) for call in calls for argument in call.args for node in ast.walk(argument)}
    ways = [names_in(call) for call in calls if id(call) not in inner]
    assert ways and all(through <= names for names in ways)


def names_in(node: ast.AST) -> set[str]:
    """The names that a node reads."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def breaker(**fields: Any) -> Change:
    """The plan with other settings of its breaker."""

    def change(plan: Any) -> Any:
        settings = plan.model_dump()["breaker"]["settings"]
        assert not fields.keys() - settings.keys()
        return within("breaker", settings={**settings, **fields})(plan)

    return change


def call(**fields: Any) -> Change:
    """The plan with another first call."""
    return within("calls", 0, **fields)


PLANS: list[tuple[str, str, Change]] = [
    ("more failures before it opens", "receipt", breaker(failures=4)),
    ("open for less", "receipt", breaker(open_for=1.0)),
    ("fewer probes", "receipt", breaker(probes=1)),
    ("no probes", "receipt", breaker(probes=None)),
    ("more successes", "receipt", breaker(successes=9)),
    ("slower growth", "receipt", breaker(growth=1.0)),
    ("more jitter", "receipt", breaker(jitter=1.0)),
    ("other exclusion", "receipt", breaker(exclude=("ConnectionError",))),
    ("no exclusion", "receipt", breaker(exclude=())),
    ("more exclusions", "receipt", breaker(exclude=("KeyError", "OSError"))),
    ("another breaker", "receipt", breaker(failures=None, rate=0.5)),
    ("a breaker for each host", "receipt", within("breaker", per="host")),
    ("no breaker", "receipt", setting(breaker=None)),
    ("higher share of failures", "quote", breaker(rate=0.9)),
    ("other slowness", "quote", breaker(slow=20.0)),
    ("share of slow calls", "quote", breaker(slow_rate=1.0)),
    ("longer window", "quote", breaker(window=6000.0)),
    ("more calls", "quote", breaker(calls=10_000)),
    ("window instead of failures", "page", breaker(failures=None, rate=0.5)),
    ("one breaker for all hosts", "page", within("breaker", per="function")),
    ("a host looked for elsewhere", "page", call(host=("url@1",))),
    ("one way to the host less", "page", lambda plan: call(host=plan.calls[0].host[1:])(plan)),
    ("one way to the host more", "page", lambda plan: call(host=("headers@.host:", *plan.calls[0].host))(plan)),
    ("no way to the host", "page", call(host=())),
    ("refused as something else", "page", call(refusal="builtins.SystemExit")),
    ("refused as nothing known", "page", call(refusal="")),
    ("answers counted as failures", "page", within("breaker", answers=True)),
    ("open for an hour at the first failure", "page", breaker(failures=1, open_for=3600.0)),
    ("hosts counted unasked", "receipt", call(host=("url@0",))),
    ("more calls at a time", "receipt", within("bulkhead", limit=400)),
    ("longer wait for a place", "receipt", within("bulkhead", wait=1000.0)),
    ("no bulkhead", "receipt", setting(bulkhead=None)),
    ("a bulkhead unasked", "page", setting(bulkhead={"limit": 1})),
    ("higher rate", "receipt", within("rate_limit", calls=1000)),
    ("shorter time", "receipt", within("rate_limit", seconds=0.1)),
    ("larger burst", "receipt", within("rate_limit", burst=200)),
    ("other patience", "receipt", within("rate_limit", wait=50.0)),
    ("no rate limit", "receipt", setting(rate_limit=None)),
    ("other function stands in", "receipt", within("fallback", call="shop.other")),
    ("function elsewhere stands in", "receipt", within("fallback", call="os.system")),
    ("literal stands in", "receipt", setting(fallback={"literal": "{}"})),
    ("nothing stands in", "receipt", setting(fallback=None)),
    ("other literal", "quote", within("fallback", literal='{"price":1,"tags":["none"]}')),
    ("zero of another type", "quote", within("fallback", literal='{"price":0.0,"tags":["none"]}')),
    ("more in the literal", "quote", within("fallback", literal='{"price":0,"paid":true,"tags":["none"]}')),
    ("other order in the literal", "quote", within("fallback", literal='{"tags":["none"],"price":0}')),
    ("the literal spelled otherwise", "quote", within("fallback", literal='{"price": 0, "tags": ["none"]}')),
    ("something for None", "stored", within("fallback", literal='""')),
    ("stands in unasked", "page", setting(fallback={"literal": "null"})),
    ("earlier second call", "quote", setting(hedge=0.01)),
    ("no second call", "quote", setting(hedge=None)),
    ("a hedge of what has none", "receipt", setting(hedge=1.0)),
    ("more events", "receipt", setting(events=1.0)),
    ("no events", "receipt", setting(events=None)),
    ("events nobody asked for", "stored", setting(events=1.0)),
    ("other budget", "receipt", within("budget", seconds=50.0)),
    ("no budget", "receipt", setting(budget=None)),
    ("more attempts", "receipt", setting(attempts=4)),
    ("fewer attempts", "receipt", setting(attempts=2)),
    ("fewer attempts of the call", "receipt", within("retry", attempts=2)),
    ("a budget of nothing", "stored", within("retry", budget=0.0)),
    ("repair of another parameter", "page", within("parameters", 0, subject="secret")),
    ("repair for another type", "page", within("parameters", 0, text="bytes")),
    ("no repair", "page", setting(parameters=())),
    ("result not checked", "page", setting(result=None)),
    ("result checked for another type", "page", within("result", text="bytes")),
]


@pytest.mark.parametrize(("name", "change"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_another_plan_is_refused(name: str, change: Change) -> None:
    """Weaker limits, other fallbacks, lost reports: though text and plan agree."""
    assert code_of(planned(protected()[name], change)) == "POET408"


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_can_be_changed(name: str) -> None:
    """Each number and text in the plan's protections is the user's, or the template's where nobody said anything."""
    draft = protected()[name]
    told = draft.plan.model_dump()
    passed = []
    for part in ("breaker", "bulkhead", "rate_limit", "fallback", "hedge", "events", "retry", "budget", "attempts"):
        for path, value in leaves(told[part]):
            for other in (0, 1, 7, 0.5, 1.0, 1e9, -1, True, None, "", "x", ()):
                if other == value and type(other) is type(value):
                    continue
                try:
                    plan = type(draft.plan).model_validate({**told, part: put(told[part], path, other)})
                except ValueError:
                    continue  # refused where bytes enter
                if plan != draft.plan and not code_of(replace(draft, plan=plan)):
                    passed.append((part, path, other))
    assert not passed


def leaves(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The settings in a part of a plan, and where they are."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, part


def put(part: Any, path: tuple[str, ...], value: Any) -> Any:
    """The part with another value at a place."""
    return {**part, path[0]: put(part[path[0]], path[1:], value)} if path else value


def around(draft: Draft) -> range:
    """Numbers (from 0) of the lines of the function that callers get."""
    public = Generated(draft.code).public
    return range(public.lineno - 1, public.end_lineno or 0)


@pytest.mark.parametrize("name", NAMES)
def test_no_line_can_be_left_out_doubled_or_moved(name: str) -> None:
    """Every line around the user's body is as the client writes it, and stands where it does."""
    draft = protected()[name]
    lines = draft.code.split("\n")
    for n in around(draft):
        left_out, doubled = [*lines[:n], *lines[n + 1 :]], [*lines[:n], lines[n], *lines[n:]]
        moved = [*lines[: n - 1], lines[n], lines[n - 1], *lines[n + 1 :]]
        for other in (left_out, doubled, moved):
            if other != lines:
                assert code_of(replace(draft, files={"enhanced.py": "\n".join(other)})) == "POET408"


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_be_exchanged(name: str) -> None:
    """In the lines around the user's body each name is the only one that can stand there."""
    draft = protected()[name]
    lines = draft.code.split("\n")
    others = {n.id for n in ast.walk(Generated(draft.code).public) if isinstance(n, ast.Name)} | {"None", "True"}
    for token in tokenize.generate_tokens(io.StringIO(draft.code).readline):
        row = token.start[0] - 1
        if row not in around(draft) or token.type != tokenize.NAME:
            continue
        for other in sorted(others - {token.string})[:3]:
            edited = lines[row][: token.start[1]] + other + lines[row][token.end[1] :]
            code = "\n".join([*lines[:row], edited, *lines[row + 1 :]])
            assert code_of(replace(draft, files={"enhanced.py": code})) == "POET408"
