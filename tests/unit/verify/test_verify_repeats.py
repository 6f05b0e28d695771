# ruff: noqa: E501 - a row of a table is one line
"""Retries, limits and looks at the budget are planned where the client's own catalogue allows it, and only there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from generated import Generated
from tampers import Edit, expression, text
from verify_answers import (
    GUARDED,
    Case,
    Change,
    code_of,
    code_of_text,
    places,
    setting,
    verify,
    within,
    without,
)

from poetc.ir import Policy
from poetc.source.site import ModuleContext

IMPORTS = ("import aiohttp", "import requests", "import httpx", "import mine")

CALLS = (
    ("mine.Client", (("effect", "pure"), ("returns", "mine.Client"))),
    (
        "mine.Client.load",
        (("effect", "read"), ("timeout", "timeout_ms"), ("transient", ("mine.Busy",)), ("unit", 0.001)),
    ),
    ("mine.Client.save", (("effect", "write"), ("transient", ("mine.Busy",)))),
    ("mine.rows", (("effect", "read"), ("form", "iterate"), ("transient", ("mine.Busy",)))),
)

AROUND = ModuleContext(imports=IMPORTS, things=(("app.text.shared", "mine.Client"),), calls=CALLS)
BUDGET = Policy(timeout=3.0, breaker=False)

SYNC = Case(
    """\
@poet(timeout=3)
def sync(self, urls, http: httpx.Client):
    found = [requests.get(url).json() for url in urls]
    with http.stream("GET", found[0]) as stream, requests.get("b") as second:
        for line in stream.iter_lines():
            found.append(line)
    while found and found[-1]:
        found.pop()
        requests.post("c", json=found)
    for row in mine.rows(urls):
        found.append(shared.load(row))
    for number in range(3):
        found.append(number)
    return found
""",
    BUDGET,
    AROUND,
)

ASYNC = Case(
    """\
@poet(timeout=3)
async def wait(session: aiohttp.ClientSession, items):
    async with session.get("a") as response:
        body = await response.text()
    other = await session.get("b")
    async for item in items:
        requests.get(item)
    return body, other
""",
    BUDGET,
    AROUND,
)

WRITES = Case(
    """\
@poet(timeout=3)
async def sent(self, http: httpx.AsyncClient):
    await http.post("a")
    await http.get("b")
    requests.post("c", timeout=1)
    requests.get("d", timeout=1)
    shared.save("e")
""",
    BUDGET,
    AROUND,
)

SESSIONS = Case(
    """\
@poet(timeout=3)
def load(session: Session, connection: Connection):
    found = session.scalars(select(1)).all()
    connection.execute(select(1))
    session.execute(insert(found))
""",
    BUDGET,
    ModuleContext(
        imports=("from sqlalchemy import Connection, insert, select", "from sqlalchemy.orm import Session"),
    ),
)
FETCH = {"place": {"line": 4, "column": 4, "end_line": 4, "end_column": 33}, "name": "sqlalchemy.Connection.execute"}
INSERT = {"place": {"line": 5, "column": 4, "end_line": 5, "end_column": 34}, "name": "sqlalchemy.orm.Session.execute"}


def test_every_form_passes() -> None:
    """Retries and limits of all kinds are accepted; each call is made in the way that its kind asks for."""
    made = {}
    for name, case in (("sync", SYNC), ("async", ASYNC), ("writes", WRITES), ("sessions", SESSIONS)):
        verify(case.draft)
        assert code_of_text(case) == ""
        made[name] = [(call.function, call.way, call.limit, call.has_budget) for call in Generated(case.code).repeated]
    assert made["sync"] == [
        ("requests.get", "", ("timeout",), True),
        ("http.stream", "entered", ("timeout",), True),
        ("requests.get", "", ("timeout",), True),
        ("requests.post", "unsent", ("timeout",), True),
        ("mine.rows", "iterated", (), False),
        ("shared.load", "", ("timeout_ms", 1000), True),
    ]
    assert made["async"] == [
        ("session.get", "entered_async", (), False),
        ("session.get", "awaited", (), False),
        ("requests.get", "", ("timeout",), False),
    ]
    assert made["writes"] == [
        ("http.post", "unsent_awaited", (), False),
        ("http.get", "awaited", (), False),
        ("requests.post", "unsent", (), False),
        ("requests.get", "", (), False),
    ]
    assert made["sessions"] == [("session.scalars", "fresh", ("()",), True)]


GET, STREAM, SECOND, POST, ROWS, LOAD = range(6)
"""the calls of SYNC that are repeated"""
SAVE = {"place": {"line": 7, "column": 4, "end_line": 7, "end_column": 23}, "name": "mine.Client.save"}

PLANS: list[tuple[str, Case, Change]] = [
    ("a write repeated whatever happened", SYNC, within("calls", POST, method="")),
    ("a manager's call repeated, not its entering", SYNC, within("calls", STREAM, method="")),
    ("a call entered that is none", SYNC, within("calls", SECOND, method="entered")),
    ("an iterator's call repeated", SYNC, within("calls", ROWS, method="")),
    ("a call iterated that is none", SYNC, within("calls", LOAD, method="iterated")),
    ("another parameter", SYNC, within("calls", LOAD, timeout="retries")),
    ("another unit", SYNC, within("calls", LOAD, scale=1)),
    ("no unit", SYNC, within("calls", LOAD, scale=None)),
    ("a unit that isn't", SYNC, within("calls", GET, scale=1000)),
    ("a limit left out", SYNC, within("calls", LOAD, timeout=None, scale=None)),
    ("a limit that isn't taken", SYNC, within("calls", POST, timeout="json")),
    ("a call not repeated", SYNC, without("calls", GET)),
    ("a call limited, not repeated", SYNC, lambda plan: setting(timed=plan.model_dump()["calls"][:1])(plan)),
    ("a call repeated twice", SYNC, places("calls", lambda calls: [*calls, calls[GET]])),
    ("calls in another order", SYNC, places("calls", lambda calls: calls[::-1])),
    ("another call", SYNC, within("calls", GET, name="requests.head")),
    ("another place", SYNC, within("calls", GET, place={"line": 5, "column": 20, "end_line": 5, "end_column": 39})),
    ("a place that is none", SYNC, within("calls", GET, place={"line": 99, "column": 0, "end_line": 99, "end_column": 1})),
    ("errors of the service's choice", SYNC, within("calls", LOAD, transient=("builtins.Exception",))),
    ("no errors", SYNC, within("calls", LOAD, transient=())),
    ("a host from elsewhere", SYNC, within("calls", GET, host=("headers@.host:",))),
    ("refused as something else", SYNC, within("calls", GET, refusal="builtins.SystemExit")),
    ("another loop looked at", SYNC, places("loops", lambda loops: [*loops, (12, 4, 13, 28)])),
    ("a loop not looked at", SYNC, without("loops", 0)),
    ("no loop looked at", SYNC, setting(loops=())),
    ("awaited, not entered", ASYNC, within("calls", 0, method="awaited")),
    ("entered, not awaited", ASYNC, within("calls", 1, method="entered_async")),
    ("entered as a plain one", ASYNC, within("calls", 0, method="entered")),
    ("limit where the loop cancels", ASYNC, within("calls", 1, timeout="timeout", method="")),
    ("no alarm, but so said", SYNC, within("budget", mechanism="alarm")),
    ("cancelled by no loop", ASYNC, within("budget", mechanism="cooperative")),
    ("an awaited write so repeated", WRITES, within("calls", 0, method="awaited")),
    ("an awaited write called", WRITES, within("calls", 0, method="unsent")),
    ("a read taken for a write", WRITES, within("calls", 3, method="unsent")),
    ("a call awaited that is none", WRITES, within("calls", 2, method="unsent_awaited")),
    ("a limit for a call that has one", WRITES, within("calls", 2, timeout="timeout")),
    ("a write of which nobody can tell", WRITES, places("calls", lambda calls: [*calls, {**calls[2], **SAVE}])),
    ("a write repeated that was not", WRITES, places("calls", lambda calls: [*calls, {**calls[3], **SAVE}])),
    ("a session's read repeated whatever was begun", SESSIONS, within("calls", 0, method="")),
    ("a session's read taken for a write", SESSIONS, within("calls", 0, method="unsent")),
    ("a session's read awaited", SESSIONS, within("calls", 0, method="fresh_awaited")),
    ("a session's read not repeated", SESSIONS, without("calls", 0)),
    ("a session's read with another limit", SESSIONS, within("calls", 0, timeout="timeout")),
    ("a connection's read repeated", SESSIONS, places("calls", lambda calls: [*calls, {**calls[0], **FETCH}])),
    ("a session's write repeated", SESSIONS, places("calls", lambda calls: [*calls, {**calls[0], **INSERT}])),
    ("a request taken for a session's", SYNC, within("calls", GET, method="fresh")),
]  # fmt: skip


@pytest.mark.parametrize(("case", "change"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_another_plan_of_the_calls_is_refused(case: Case, change: Change) -> None:
    """Which calls are made again, how, with which limit, is the client's to say, though text and plan agree."""
    assert code_of(case.planned(change)) == "POET408"


EDITS: list[tuple[str, Case, Edit]] = [
    ("a condition left out", SYNC, text("deadline.lasts() and (found and found[-1])", "deadline.lasts()")),
    ("a condition with more", SYNC, text("lasts() and (", "lasts() and found and (")),
    ("a condition by another method", SYNC, expression("deadline.lasts()", "deadline.left()")),
    ("a condition with an argument", SYNC, expression("deadline.lasts()", "deadline.lasts(1)")),
    ("a loop over something else", SYNC, expression("stream.iter_lines()", "stream")),
    ("a loop not looked at", SYNC, expression("deadline.over(stream.iter_lines())", "stream.iter_lines()")),
    ("a loop over two things", SYNC, expression("deadline.over(stream.iter_lines())", "deadline.over(stream, 1)")),
    ("another call repeated", SYNC, expression("shared.load", "shared.save")),
    ("a call not repeated", WRITES, expression("retry.unsent(requests.post)", "requests.post")),
    ("another thing repeats", WRITES, expression("retry.unsent(requests.post)", "guard.unsent(requests.post)")),
    ("a session's read in another way", SESSIONS, expression("retry.fresh", "retry.unsent")),
    ("a session's read not repeated", SESSIONS, text("retry.fresh(session.scalars, deadline, \"()\")", "session.scalars")),
    ("what was repeated is called", SYNC, expression('retry(requests.get, deadline, "timeout")(url)', "retry(requests.get(url))")),
]  # fmt: skip


@pytest.mark.parametrize(("case", "edit"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_another_rewrite_in_the_body_is_refused_by_itself(case: Case, edit: Edit) -> None:
    """Undone, it isn't the user's body, or isn't what the plan names: also where nobody compares bytes."""
    assert code_of_text(case, edit) == "POET403"
    assert code_of(case.edited(edit)) == "POET408"


UNDONE_ALIKE: list[tuple[str, Case, Edit]] = [
    ("a condition turned round", SYNC, text("lasts() and (", "lasts() or (")),
    ("another parameter", SYNC, expression('"timeout_ms"', '"retries"')),
    ("another unit", SYNC, expression("1000", "1")),
    ("a deadline of something else", SYNC, text("retry(shared.load, deadline", "retry(shared.load, urls")),
    ("a loop of another kind", SYNC, text("deadline.over(stream", "deadline.over_async(stream")),
    ("another way", ASYNC, text("retry.entered_async", "retry.entered")),
]


@pytest.mark.parametrize(("case", "edit"), [row[1:] for row in UNDONE_ALIKE], ids=[row[0] for row in UNDONE_ALIKE])
def test_another_way_of_the_same_call_is_refused_by_its_bytes(case: Case, edit: Edit) -> None:
    """The body is the user's, and is called in another way than the plan means."""
    assert code_of(case.edited(edit)) == "POET408"


def test_alarm_needs_a_budget_in_the_decorator() -> None:
    """A budget of the project's isn't enough to interrupt code anywhere."""
    case = replace(SYNC, source=SYNC.source.replace("@poet(timeout=3)", "@poet()"))
    verify(case.draft)
    assert case.plan.budget is None or "alarm" not in case.plan.budget.mechanism
    assert code_of(case.planned(setting(budget=SYNC.plan.budget.model_dump(), form="guarded"))) == "POET408"


@pytest.mark.parametrize(
    "imports", [(), ("from mine import requests",), ("import requests", "import mine as requests")]
)
def test_what_the_module_imports_decides(imports: tuple[str, ...]) -> None:
    """A retry of `requests.get` is refused where `requests` isn't the library, whatever the service says."""
    case = replace(GUARDED, context=ModuleContext(imports=imports))
    refused_retries(case, GUARDED)


def test_what_the_class_sets_decides() -> None:
    """A retry of a method is refused where nobody knows the class of the object."""
    refused_retries(replace(SYNC, context=replace(AROUND, things=())), SYNC)


def test_users_entries_decide() -> None:
    """A call that the user's catalogue says writes isn't repeated."""
    entry = ("requests.get", (("effect", "write"),))
    refused_retries(replace(SYNC, context=replace(AROUND, calls=(*CALLS, entry))), SYNC)


def refused_retries(case: Case, other: Case) -> None:
    """An answer for a function passes, and isn't one that repeats the calls which another one repeats."""
    verify(case.draft)
    calls: list[dict[str, Any]] = [each.model_dump() for each in other.plan.calls]
    assert [each.model_dump() for each in case.plan.calls] != calls
    assert code_of(case.planned(setting(calls=calls, operate="transformed"))) == "POET408"


LOOPED = Case(
    """\
@poet()
def fetch(url):
    for attempt in range(5):
        try:
            return requests.get(url).text
        except requests.HTTPError:
            raise
""",
    Policy(breaker=False),
    ModuleContext(imports=("import requests", "from tasks import celery")),
)


def test_what_the_user_repeats_is_not_repeated() -> None:
    """A retry in a loop that is one itself, and under a decorator that repeats, is refused: attempts would multiply."""
    verify(LOOPED.draft)
    assert [call.name for call in LOOPED.plan.calls] == ["requests.get"]
    again = LOOPED.source.replace("@poet()", "@celery.task(autoretry_for=(OSError,))\n@poet()")
    for source in (LOOPED.source.replace("            raise\n", "            pass\n"), again):
        case = replace(LOOPED, source=source)
        assert not case.plan.calls
        refused_retries(case, LOOPED)
    once = replace(LOOPED, source=again.replace("autoretry_for=(OSError,)", "max_retries=0"))
    verify(once.draft)
    assert [call.name for call in once.plan.calls] == ["requests.get"]
