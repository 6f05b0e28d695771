# ruff: noqa: E501 - a row of a table is one line, generated lines are as long as they are
"""Retries, time limits and looks at the budget: each form passes where the client's own catalogue allows it, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from verify_answers import GUARDED, TOP, Case, listed

from poetc.errors import VerifyError
from poetc.ir import Policy
from poetc.source.site import ModuleContext
from poetc.verify import verify

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

AROUND = ModuleContext(imports=IMPORTS, attributes=(("self.mine", "mine.Client"),), calls=CALLS)

SYNC = Case(
    source="""\
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
        found.append(self.mine.load(row))
    for number in range(3):
        found.append(number)
    return found
""",
    policy=Policy(timeout=3.0, breaker=False),
    context=AROUND,
    code=TOP
    + """\
def bind(original):
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0, ("mine.Busy",))
  guard = rt.Guard(original, 1, 3.0, None, alarm=True)

  def operate(self, urls, http, deadline):

    found = [retry(requests.get, deadline, "timeout")(url).json() for url in urls]
    with retry.entered(http.stream, deadline, "timeout")("GET", found[0]) as stream, retry(requests.get, deadline, "timeout")("b") as second:
        for line in deadline.over(stream.iter_lines()):
            found.append(line)
    while deadline.lasts() and (found and found[-1]):
        found.pop()
        deadline.passed_to(requests.post, "timeout")("c", json=found)
    for row in deadline.over(retry.iterated(mine.rows)(urls)):
        found.append(retry(self.mine.load, deadline, "timeout_ms", 1000)(row))
    for number in range(3):
        found.append(number)
    return found

  operate = rt.relocate(operate, original)

  def sync(self, urls, http):
    deadline = guard.deadline()
    with deadline:
      result = operate(self, urls, http, deadline)
    return result

  return rt.dress(sync, original)
""",
    metadata={
        "operate": "transformed",
        "timeout_mechanism": "cooperative-and-alarm",
        "rewrites": [
            listed(3, "retry", "requests.get", 'retry(requests.get, deadline, "timeout")'),
            listed(4, "retry", "http.stream", 'retry.entered(http.stream, deadline, "timeout")'),
            listed(4, "retry", "requests.get", 'retry(requests.get, deadline, "timeout")'),
            listed(5, "deadline", "stream.iter_lines()", "deadline.over(stream.iter_lines())"),
            listed(7, "deadline", "found and found[-1]", "deadline.lasts() and (found and found[-1])"),
            listed(9, "timeout", "requests.post", 'deadline.passed_to(requests.post, "timeout")'),
            listed(10, "deadline", "mine.rows(urls)", "deadline.over(retry.iterated(mine.rows)(urls))"),
            listed(10, "retry", "mine.rows", "retry.iterated(mine.rows)"),
            listed(11, "retry", "self.mine.load", 'retry(self.mine.load, deadline, "timeout_ms", 1000)'),
        ],
    },
)

ASYNC = Case(
    source="""\
@poet(timeout=3)
async def wait(session: aiohttp.ClientSession, items):
    async with session.get("a") as response:
        body = await response.text()
    other = await session.get("b")
    async for item in items:
        requests.get(item)
    return body, other
""",
    policy=Policy(timeout=3.0, breaker=False),
    context=AROUND,
    code=TOP
    + """\
def bind(original):
  retry = rt.Retry(original)
  guard = rt.Guard(original, budget=3.0)

  async def operate(session, items, deadline):

    async with retry.entered_async(session.get)("a") as response:
        body = await response.text()
    other = await retry.awaited(session.get)("b")
    async for item in deadline.over_async(items):
        retry(requests.get, None, "timeout")(item)
    return body, other

  operate = rt.relocate(operate, original)

  async def wait(session, items):
    deadline = guard.deadline()
    result = await guard.within_async(deadline, operate(session, items, deadline))
    return result

  return rt.dress(wait, original)
""",
    metadata={
        "operate": "transformed",
        "timeout_mechanism": "asyncio",
        "rewrites": [
            listed(3, "retry", "session.get", "retry.entered_async(session.get)"),
            listed(5, "retry", "session.get", "retry.awaited(session.get)"),
            listed(6, "deadline", "items", "deadline.over_async(items)"),
            listed(7, "retry", "requests.get", 'retry(requests.get, None, "timeout")'),
        ],
    },
)

WRITES = Case(
    source="""\
@poet(timeout=3)
async def sent(self, http: httpx.AsyncClient):
    await http.post("a")
    await http.get("b")
    requests.post("c", timeout=1)
    requests.get("d", timeout=1)
    self.mine.save("e")
""",
    policy=Policy(timeout=3.0, breaker=False),
    context=AROUND,
    code=TOP
    + """\
def bind(original):
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)
  guard = rt.Guard(original, budget=3.0)

  async def operate(self, http):

    await retry.unsent_awaited(http.post)("a")
    await retry.awaited(http.get)("b")
    retry.unsent(requests.post)("c", timeout=1)
    retry(requests.get)("d", timeout=1)
    self.mine.save("e")

  operate = rt.relocate(operate, original)

  async def sent(self, http):
    deadline = guard.deadline()
    result = await guard.within_async(deadline, operate(self, http))
    return result

  return rt.dress(sent, original)
""",
    metadata={
        "operate": "transformed",
        "timeout_mechanism": "asyncio",
        "rewrites": [
            listed(3, "retry", "http.post", "retry.unsent_awaited(http.post)"),
            listed(4, "retry", "http.get", "retry.awaited(http.get)"),
            listed(5, "retry", "requests.post", "retry.unsent(requests.post)"),
            listed(6, "retry", "requests.get", "retry(requests.get)"),
        ],
    },
)


def codes_of(case: Case) -> list[str]:
    """The codes of all findings about an answer; [] if it passes."""
    try:
        verify(case.draft())
    except VerifyError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


@pytest.mark.parametrize("case", [SYNC, ASYNC, WRITES], ids=["sync", "async", "writes"])
def test_every_form_passes(case: Case) -> None:
    """Retries and limits of all kinds, as ARCHITECTURE.md has them, are accepted."""
    assert codes_of(case) == []


EDITS = [
    (
        "a write repeated",
        SYNC,
        'deadline.passed_to(requests.post, "timeout")',
        'retry(requests.post, deadline, "timeout")',
        "POET403",
    ),
    ("a manager's call repeated, not its entering", SYNC, "retry.entered(", "retry(", "POET403"),
    (
        "a call entered that is none",
        SYNC,
        'retry(requests.get, deadline, "timeout")("b")',
        'retry.entered(requests.get, deadline, "timeout")("b")',
        "POET403",
    ),
    ("an iterator's call repeated", SYNC, "retry.iterated(mine", "retry(mine", "POET403"),
    (
        "a call iterated that is none",
        SYNC,
        "retry(self.mine.load, deadline",
        "retry.iterated(self.mine.load, deadline",
        "POET403",
    ),
    ("another parameter", SYNC, '"timeout_ms"', '"retries"', "POET403"),
    ("another unit", SYNC, ", 1000)", ", 1)", "POET403"),
    ("no unit", SYNC, '"timeout_ms", 1000)', '"timeout_ms")', "POET403"),
    (
        "a unit that isn't",
        SYNC,
        'retry(requests.get, deadline, "timeout")(url)',
        'retry(requests.get, deadline, "timeout", 1000)(url)',
        "POET403",
    ),
    ("another deadline", SYNC, "retry(self.mine.load, deadline", "retry(self.mine.load, urls", "POET403"),
    (
        "a deadline alone",
        SYNC,
        'retry(self.mine.load, deadline, "timeout_ms", 1000)',
        "retry(self.mine.load, deadline)",
        "POET403",
    ),
    ("limit of another's deadline", SYNC, "deadline.passed_to", "http.passed_to", "POET403"),
    (
        "limit that isn't taken",
        SYNC,
        'passed_to(requests.post, "timeout")',
        'passed_to(requests.post, "json")',
        "POET403",
    ),
    ("another loop looked at", SYNC, "in range(3)", "in deadline.over(range(3))", "POET403"),
    ("a loop over something else", SYNC, "deadline.over(stream.iter_lines())", "deadline.over(stream)", "POET403"),
    ("a loop not looked at", SYNC, "deadline.over(stream.iter_lines())", "stream.iter_lines()", "POET407"),
    (
        "a loop over two things",
        SYNC,
        "deadline.over(stream.iter_lines())",
        "deadline.over(stream.iter_lines(), 1)",
        "POET403",
    ),
    ("a loop of another kind", SYNC, "deadline.over(stream", "deadline.over_async(stream", "POET403"),
    ("an async loop of another kind", ASYNC, "over_async", "over", "POET403"),
    ("a condition turned round", SYNC, "lasts() and (", "lasts() or (", "POET403"),
    ("a condition left out", SYNC, "deadline.lasts() and (found and found[-1])", "deadline.lasts()", "POET403"),
    ("a condition with more", SYNC, "deadline.lasts() and (", "deadline.lasts() and found and (", "POET403"),
    ("a condition by another method", SYNC, "deadline.lasts()", "deadline.left()", "POET403"),
    ("a condition with an argument", SYNC, "deadline.lasts()", "deadline.lasts(1)", "POET403"),
    ("two entered, one of them async", ASYNC, "retry.entered_async", "retry.entered", "POET403"),
    ("awaited, not entered", ASYNC, "retry.entered_async", "retry.awaited", "POET403"),
    ("entered, not awaited", ASYNC, "retry.awaited", "retry.entered_async", "POET403"),
    (
        "limit where the loop cancels",
        ASYNC,
        "retry.awaited(session.get)",
        'retry.awaited(session.get, None, "timeout")',
        "POET403",
    ),
    ("errors of the service's choice", SYNC, '("mine.Busy",)', '("builtins.Exception",)', "POET407"),
    ("errors that are no names", SYNC, '("mine.Busy",)', "(1,)", "POET407"),
    ("errors that aren't listed", SYNC, '("mine.Busy",)', '"mine.Busy"', "POET407"),
    ("no alarm, but so said", SYNC, ", alarm=True", "", "POET407"),
    ("an alarm of another kind", SYNC, "alarm=True", "alarm=1", "POET407"),
    ("idempotent of another kind", SYNC, "alarm=True", "alarm=True, idempotent=0", "POET407"),
    ("a write repeated whatever happened", WRITES, "retry.unsent(requests.post)", "retry(requests.post)", "POET403"),
    ("an awaited write so repeated", WRITES, "retry.unsent_awaited(http.post)", "retry.awaited(http.post)", "POET403"),
    ("a read taken for a write", WRITES, "retry(requests.get)", "retry.unsent(requests.get)", "POET403"),
    ("a write of which nobody can tell", WRITES, "self.mine.save(", "retry.unsent(self.mine.save)(", "POET403"),
    ("a call awaited that is none", WRITES, "retry.unsent(", "retry.unsent_awaited(", "POET403"),
    ("an awaited write called", WRITES, "retry.unsent_awaited(", "retry.unsent(", "POET403"),
    (
        "a limit for an awaited write",
        WRITES,
        "retry.unsent_awaited(http.post)",
        'retry.unsent_awaited(http.post, None, "timeout")',
        "POET403",
    ),
    (
        "a budget that isn't shared",
        SYNC,
        "    with deadline:\n      result = operate(self, urls, http, deadline)",
        "    result = operate(self, urls, http, deadline)",
        "POET407",
    ),
    ("with another thing", SYNC, "with deadline:", "with guard:", "POET406"),
    ("with a name", SYNC, "with deadline:", "with deadline as urls:", "POET406"),
    ("with two things", SYNC, "with deadline:", "with deadline, deadline:", "POET406"),
    (
        "run twice in the budget",
        SYNC,
        "      result = operate(self, urls, http, deadline)\n",
        "      result = operate(self, urls, http, deadline)\n      result = operate(self, urls, http, deadline)\n",
        "POET406",
    ),
]


@pytest.mark.parametrize(("case", "old", "new", "code"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_edited_answer_is_refused(case: Case, old: str, new: str, code: str) -> None:
    """One edit is enough, and the first finding says of what kind it is."""
    assert codes_of(case.edited(old, new))[:1] == [code]


@pytest.mark.parametrize("number", range(9))
def test_each_rewrite_has_to_be_listed(number: int) -> None:
    """A rewrite that the metadata doesn't list is a change of the body."""
    rewrites = SYNC.metadata["rewrites"]
    assert codes_of(SYNC.claiming(rewrites=rewrites[:number] + rewrites[number + 1 :])) == ["POET403"]


@pytest.mark.parametrize("kind", ["retry", "timeout", "deadline", "frame"])
def test_each_rewrite_is_listed_by_its_kind(kind: str) -> None:
    """What is listed as another kind isn't listed."""
    for number, entry in enumerate(SYNC.metadata["rewrites"]):
        if entry["kind"] != kind:
            rewrites = [*SYNC.metadata["rewrites"]]
            rewrites[number] = {**entry, "kind": kind}
            assert codes_of(SYNC.claiming(rewrites=rewrites))[0] in ("POET403", "POET407")


@pytest.mark.parametrize("mechanism", [None, "asyncio", "cooperative", "alarm-or-thread"])
def test_mechanism_is_what_the_code_shows(mechanism: str | None) -> None:
    """How the budget is kept is told to people, and so must be true."""
    assert codes_of(SYNC.claiming(timeout_mechanism=mechanism)) == ["POET407"]


def test_alarm_needs_a_budget_in_the_decorator() -> None:
    """A budget of the project's isn't enough to interrupt code anywhere."""
    case = replace(SYNC, source=SYNC.source.replace("@poet(timeout=3)", "@poet()"))
    assert codes_of(case) == ["POET407"]


def test_what_the_module_imports_decides() -> None:
    """A retry of `requests.get` is refused where `requests` isn't the library, whatever the service says."""
    for imports in ((), ("from mine import requests",), ("import requests", "import mine as requests")):
        case = replace(GUARDED, context=ModuleContext(imports=imports))
        assert codes_of(case) == ["POET403"]


def test_what_the_class_sets_decides() -> None:
    """A retry of a method is refused where nobody knows the class of the object."""
    case = replace(SYNC, context=replace(AROUND, attributes=()))
    assert codes_of(case)[0] == "POET403"


def test_users_entries_decide() -> None:
    """A call that the user's catalogue says writes isn't repeated."""
    entry = ("requests.get", (("effect", "write"),))
    case = replace(SYNC, context=replace(AROUND, calls=(*CALLS, entry)))
    assert codes_of(case)[0] == "POET403"


LOOPED = Case(
    source="""\
@poet()
def fetch(url):
    for attempt in range(5):
        try:
            return requests.get(url).text
        except requests.HTTPError:
            raise
""",
    policy=Policy(breaker=False),
    context=ModuleContext(imports=("import requests", "from tasks import celery")),
    code=TOP
    + """\
def bind(original):
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)

  def operate(url):

    for attempt in range(5):
        try:
            return retry(requests.get)(url).text
        except requests.HTTPError:
            raise

  return rt.relocate(operate, original)
""",
    metadata={"operate": "transformed", "rewrites": [listed(5, "retry", "requests.get", "retry(requests.get)")]},
)


def test_what_the_user_repeats_is_not_repeated() -> None:
    """A retry in a loop that is one itself, and under a decorator that repeats, is refused: attempts would multiply."""
    assert codes_of(LOOPED) == []
    round_again = {
        name: getattr(LOOPED, name).replace("            raise\n", "            pass\n") for name in ("source", "code")
    }
    assert codes_of(replace(LOOPED, **round_again)) == ["POET403"]
    again = LOOPED.source.replace("@poet()", "@celery.task(autoretry_for=(OSError,))\n@poet()")
    below = LOOPED.metadata | {"rewrites": [listed(6, "retry", "requests.get", "retry(requests.get)")]}
    lower = LOOPED.code.replace("def operate(url):\n", "def operate(url):\n\n")
    assert codes_of(replace(LOOPED, source=again, code=lower, metadata=below)) == ["POET403"]
    once = again.replace("autoretry_for=(OSError,)", "max_retries=0")
    assert codes_of(replace(LOOPED, source=once, code=lower, metadata=below)) == []
