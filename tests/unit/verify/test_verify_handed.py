# ruff: noqa: E501 - a row of a table is one line
"""Calls that aren't written as calls are rewritten as the client's own plan says, and found again in the text."""

from __future__ import annotations

import pytest
from generated import Generated
from tampers import Edit, expression, text
from verify_answers import Case, Change, code_of, code_of_text, places, verify, within, without

from poetc.ir import Policy
from poetc.source.site import ModuleContext

IMPORTS = (
    "import asyncio",
    "import httpx",
    "import requests",
    "from concurrent.futures import ThreadPoolExecutor",
    "from functools import partial",
)
AROUND = ModuleContext(imports=IMPORTS)

SYNC = Case(
    """\
@poet(timeout=3)
def handed(self, urls, pool: ThreadPoolExecutor, http: httpx.Client):
    found = [pool.submit(requests.get, url) for url in urls]
    more = map(http.get, urls)
    pool.submit(requests.post, urls[0])
    get = partial(requests.head, urls[0])
    return found, (lambda: requests.options("d"))(), more, get()
""",
    Policy(timeout=3.0, breaker=False),
    AROUND,
)

ASYNC = Case(
    """\
@poet()
async def gathered(http: httpx.AsyncClient, urls):
    async def one(client, url):
        return await client.get(url)
    first = await asyncio.gather(*[http.get(url) for url in urls], one(http, urls[0]))
    return first, await asyncio.gather(*map(http.head, urls))
""",
    Policy(breaker=False),
    AROUND,
)

SUBMITTED, MAPPED, POSTED, UNNAMED, BOUND = range(5)
"""the calls of SYNC that are repeated"""
INSIDE, GATHERED, HEADS = range(3)
"""those of ASYNC"""


def test_every_way_passes() -> None:
    """Callables that are handed over, calls of functions inside and coroutines that are gathered are accepted."""
    for case in (SYNC, ASYNC):
        verify(case.draft)
        assert code_of_text(case) == ""
    assert [(call.name, call.method, call.where) for call in SYNC.plan.calls] == [
        ("requests.get", "", "handed"),
        ("httpx.Client.get", "", "handed"),
        ("requests.post", "unsent", "handed"),
        ("requests.options", "", "inner"),
        ("requests.head", "", "own"),
    ]
    assert [(call.name, call.method, call.where) for call in ASYNC.plan.calls] == [
        ("httpx.AsyncClient.get", "awaited", "inner"),
        ("httpx.AsyncClient.get", "awaited", "own"),
        ("httpx.AsyncClient.head", "awaited", "handed"),
    ]
    assert SYNC.code.count(', None, "timeout")') == 4
    assert 'retry(get, deadline, "timeout")()' in SYNC.code
    assert [call.function for call in Generated(ASYNC.code).repeated] == ["client.get", "http.get"]


PLANS: list[tuple[str, Case, Change]] = [
    ("a write repeated whatever happened", SYNC, within("calls", POSTED, method="")),
    ("a callable left out", SYNC, without("calls", MAPPED)),
    ("a callable handed over twice", SYNC, places("calls", lambda calls: [*calls, calls[MAPPED]])),
    ("a callable taken for a call", SYNC, within("calls", SUBMITTED, where="own")),
    ("a call taken for a callable", SYNC, within("calls", BOUND, where="handed")),
    ("a call inside that takes the budget of the function", SYNC, within("calls", UNNAMED, where="own")),
    ("a call that takes none", SYNC, within("calls", BOUND, where="inner")),
    ("another callable", SYNC, within("calls", MAPPED, place={"line": 4, "column": 11, "end_line": 4, "end_column": 14})),
    ("the call that it is handed to", SYNC, within("calls", MAPPED, place={"line": 4, "column": 11, "end_line": 4, "end_column": 30})),
    ("a call inside left out", ASYNC, without("calls", INSIDE)),
    ("a coroutine called", ASYNC, within("calls", GATHERED, method="")),
    ("a coroutine entered", ASYNC, within("calls", GATHERED, method="entered_async")),
    ("a callable called", ASYNC, within("calls", HEADS, method="")),
]  # fmt: skip


@pytest.mark.parametrize(("case", "change"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_another_plan_is_refused(case: Case, change: Change) -> None:
    """Where a call is made, and what of it is rewritten, is the client's to say."""
    assert code_of(case.planned(change)) == "POET408"


MAPPED_TEXT = 'retry(http.get, None, "timeout")'
EDITS: list[tuple[str, Case, Edit]] = [
    ("another callable", SYNC, expression("http.get", "http.delete")),
    ("what is handed over is called", SYNC, expression(MAPPED_TEXT, 'retry(http.get, None, "timeout")(1)')),
    ("a callable that isn't repeated", SYNC, expression(MAPPED_TEXT, "http.get")),
    ("a callable that is repeated twice", SYNC, expression(MAPPED_TEXT, f'retry({MAPPED_TEXT}, None, "timeout")')),
    ("another thing repeats", SYNC, expression(MAPPED_TEXT, 'budget(http.get, None, "timeout")')),
    ("a callable with the function's budget", SYNC, expression(MAPPED_TEXT, 'retry(http.get, deadline, "timeout")')),
    ("another way", SYNC, text("retry.unsent(requests.post", "retry(requests.post")),
    ("what it is given is repeated", SYNC, text('"timeout"), urls)', '"timeout"), retry(urls))')),
    ("what hands it over is repeated", SYNC, text("map(retry", "retry(map)(retry")),
    ("a call inside that isn't repeated", ASYNC, expression("retry.awaited(client.get)", "client.get")),
    ("another call inside", ASYNC, expression("retry.awaited(client.get)", "retry.awaited(client.post)")),
    ("what gathers is repeated", ASYNC, text("await asyncio.gather(", "await retry.awaited(asyncio.gather)(")),
    ("a gather that holds more", ASYNC, text("gather(*[", "gather(http.delete(urls[0]), *[")),
]  # fmt: skip


@pytest.mark.parametrize(("case", "edit"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_another_rewrite_is_refused_by_itself(case: Case, edit: Edit) -> None:
    """Undone, it isn't the user's body, or isn't what the plan names: also where nobody compares bytes."""
    assert code_of_text(case, edit) == "POET403"
    assert code_of(case.edited(edit)) == "POET408"
