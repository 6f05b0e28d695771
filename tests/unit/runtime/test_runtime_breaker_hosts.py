"""Breakers of hosts: read from the call without running anything, and asked where calls are made."""

from __future__ import annotations

import asyncio
import copy
import pickle
import smtplib
import threading
import urllib.error
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.request import Request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.runtime.breaker_hosts import MOST_HOSTS, HostBreakers
from poetc.runtime.breaker_window import WindowHostBreakers
from poetc.runtime.breakers_by_name import breakers
from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.hosts import host_called, host_named, host_of
from poetc.runtime.marks import is_final
from poetc.runtime.refused import refused_as
from poetc.runtime.retry_forms import AnyRetry as Retry
from poetc.runtime.transient import is_transient

GOOD, BAD = "http://good.example/", "http://bad.example:81/"


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def target() -> None:
    """What breakers are made for here."""


class Answer:
    """A response with a status."""

    __module__ = "requests.models"

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.headers: dict[str, str] = {}


def fetch(url: str, status: int = 200) -> Answer:
    """A call that fails for bad hosts."""
    if "bad" in url:
        raise ConnectionError(url)
    return Answer(status)


def retry_of(breaker: HostBreakers | None, refusal: str = "") -> Retry:
    """Calls that are made once, and counted by the host of `url`."""
    return Retry(target, 1, breaker=breaker, host=("url@0",), refusal=refusal)


def fail(made: Callable[..., Any], *args: Any, times: int = 1) -> None:
    """Calls that are made, and fail."""
    for _ in range(times):
        with pytest.raises(ConnectionError) as raised:
            made(*args)
        assert not isinstance(raised.value, CircuitOpenError)


# which host


Place = namedtuple("Place", "host port")


class Slotted:
    __slots__ = ("host", "port")

    def __init__(self, host: str, port: Any) -> None:
        self.host, self.port = host, port


class Client:
    """Stands for a client of a library."""

    def __init__(self, holder: Any) -> None:
        self.holder = holder

    def get(self, key: str) -> None:
        """One call."""


class Nosy:
    """Runs something for whatever is asked of it but what it holds."""

    ran: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        Nosy.ran.append(name)
        return object.__getattribute__(self, name)

    @property
    def __class__(self) -> type:
        Nosy.ran.append("__class__")
        return str

    @property
    def host(self) -> str:
        Nosy.ran.append("host")
        return "nosy.example"

    def __str__(self) -> str:
        Nosy.ran.append("__str__")
        return "http://nosy.example"

    def __eq__(self, other: object) -> bool:
        Nosy.ran.append("__eq__")
        return True

    def __hash__(self) -> int:
        Nosy.ran.append("__hash__")
        return 0


class Text(str):
    """A text of the user's own class, which may answer as it likes."""

    def __contains__(self, other: object) -> bool:
        Nosy.ran.append("__contains__")
        return True


@pytest.mark.parametrize(
    ("ways", "function", "args", "kwargs", "host"),
    [
        (("url@0",), fetch, ("https://api.example.com/a?b=c",), {}, "api.example.com"),
        (("url@0",), fetch, (), {"url": "http://user:secret@Host.Example:8080/"}, "host.example:8080"),
        (("url@1",), fetch, ("GET", "https://api.example.com:443/"), {}, "api.example.com"),
        (("url@0",), fetch, ("/relative", "https://data.example"), {}, ""),
        (("url@0",), fetch, (), {}, ""),
        (("url@0",), fetch, ("http://[::1]:99999/",), {}, ""),
        (("url@0",), fetch, (b"https://bytes.example",), {}, ""),
        (("url@0", "url@0.host:"), fetch, (Request("http://asked.example:8/x"),), {}, "asked.example:8"),
        (("address@0.0:1",), fetch, (("db.example", 5432),), {}, "db.example:5432"),
        (("host@:port@",), fetch, (), {"host": "db.example", "port": "5433"}, "db.example:5433"),
        (("host@0:port@1",), fetch, ("mail.example",), {}, "mail.example"),
        (("self.holder.host:port",), Client(Slotted("s.example", 1)).get, ("k",), {}, "s.example:1"),
        (("self.holder.host:port",), Client(Place("n.example", None)).get, ("k",), {}, "n.example"),
        (("self.holder.host:port",), Client({"host": "d.example", "port": 6379}).get, ("k",), {}, "d.example:6379"),
        (("self.holder.host:", "self.holder.path:"), Client({"path": "/run/x.sock"}).get, (), {}, "/run/x.sock"),
        (("self.holder",), Client("https://c.example:8443/v1").get, ("k",), {}, "c.example:8443"),
        (("self.holder.host:",), Client(None).get, ("k",), {}, ""),
        (("self.holder.host:",), len, ("k",), {}, ""),
        (("self.holder.host:",), Client(Nosy()).get, ("k",), {}, ""),
        (("url@0", "url@0.host:", "url@0.ran:"), fetch, (Nosy(),), {}, ""),
        (("url@0",), fetch, (Text("http://text.example"),), {}, ""),
    ],
)
def test_host_of_a_call(ways: Any, function: Any, args: Any, kwargs: Any, host: str) -> None:
    """Arguments by name or position, what the method is bound to, slots, fields, keys; never a password, never a
    property."""
    Nosy.ran.clear()
    assert host_called(ways, function, args, kwargs) == host
    assert Nosy.ran == [], "nothing of the user's objects has run"


@given(st.text(), st.none() | st.booleans() | st.integers() | st.text())
def test_any_text_has_a_host_or_none(text: str, port: Any) -> None:
    """Nothing that is passed to a call makes the breaker fail, and what it keeps is short and printable."""
    for host in (host_of(text), host_of(f"http://{text}/"), host_named(text, port)):
        assert host.isprintable()
        assert len(host) < 600


# which call is refused


def test_one_dead_host_is_no_other_ones() -> None:
    """Five failures refuse that host, before anything is called; others go on, and after a while one call finds out."""
    clock = Clock()
    breaker = HostBreakers(target, 5, 30.0, clock=clock)
    retry = retry_of(breaker)
    fail(retry(fetch), BAD, times=5)
    with pytest.raises(CircuitOpenError, match=r"target\[bad\.example:81\] open: .*; next try in 30\.0 s") as raised:
        retry(lambda url: pytest.fail("called"))(BAD)
    assert is_final(raised.value)
    assert not is_transient(raised.value)
    assert retry(fetch)(GOOD).status_code == 200
    assert retry(fetch)("relative").status_code == 200, "a host that can't be told is never refused"
    assert set(breaker.hosts) == {"bad.example:81"}, "a host that works costs nothing"
    assert breakers()[breaker.name] is breaker
    clock.now += 30.0
    assert retry(lambda url: "back")(BAD) == "back"
    assert breaker.state == "closed"
    assert not breaker.watched, "calls don't ask any more"


def test_a_success_resets() -> None:
    """Failures count in a row."""
    breaker = HostBreakers(target, 3)
    retry = retry_of(breaker)
    for _ in range(5):
        fail(retry(fetch), BAD, times=2)
        retry(lambda url: url)(BAD)
    assert breaker.state == "closed"


def test_a_failed_probe_opens_again() -> None:
    """After its time one call is let through; others wait for what it says."""
    clock = Clock()
    breaker = HostBreakers(target, 1, 30.0, clock=clock)
    retry = retry_of(breaker)
    fail(retry(fetch), BAD)
    clock.now += 30.0

    def probe(url: str) -> None:
        with pytest.raises(CircuitOpenError, match="1 of 1 probes under way"):
            retry(fetch)(BAD)
        raise ConnectionError

    fail(retry(probe), BAD)
    assert breaker.hosts["bad.example:81"].state == "open"


@pytest.mark.parametrize("error", [ValueError("no"), KeyError(1), KeyboardInterrupt()])
def test_what_says_nothing_of_the_host_frees_the_probe(error: BaseException) -> None:
    """An error of the program, and what ends it, leave the circuit half-open."""
    clock = Clock()
    breaker = HostBreakers(target, 1, 30.0, clock=clock)
    retry = retry_of(breaker)
    fail(retry(fetch), BAD)
    clock.now += 30.0

    def probe(url: str) -> None:
        raise error

    with pytest.raises(type(error)):
        retry(probe)(BAD)
    assert retry(lambda url: "works")(BAD) == "works"
    assert breaker.state == "closed"


def test_attempts_count_once() -> None:
    """What counts is that a call has finally failed, however often it was tried."""
    breaker = HostBreakers(target, 2)
    retry = Retry(target, 3, 0.0, 0.0, breaker=breaker, host=("url@0",))
    calls: list[str] = []

    def flaky(url: str) -> None:
        calls.append(url)
        raise ConnectionResetError(url)

    fail(retry(flaky), BAD)
    assert (len(calls), breaker.state) == (3, "closed")
    fail(retry(flaky), BAD)
    assert (len(calls), breaker.state) == (6, "open")


@pytest.mark.parametrize(("answers", "state"), [(False, "closed"), (True, "open")])
def test_answers(answers: bool, state: str) -> None:
    """A 503 is an answer like any other, unless the function makes errors of it; it is given back in any case."""
    breaker = HostBreakers(target, 2, answers=answers)
    for retry in (retry_of(breaker), retry_of(breaker).unsent):
        assert retry(fetch)(GOOD, 503).status_code == 503
    assert breaker.state == state


def test_a_spent_budget_counts_only_for_a_call_that_was_made() -> None:
    """Whoever comes too late to call says nothing of the host."""
    breaker = HostBreakers(target, 1)
    deadline = Deadline(0.0)

    def hangs(url: str, timeout: float) -> None:
        raise AssertionError("called")

    with deadline, pytest.raises(TimeoutError):
        retry_of(breaker)(hangs, deadline, "timeout")(BAD)
    assert not breaker.hosts

    def interrupted(url: str) -> None:
        raise KeyboardInterrupt  # as an alarm unwinds

    with deadline, pytest.raises(KeyboardInterrupt):
        retry_of(breaker)(interrupted)(BAD)
    assert breaker.state == "open", "its time was up while it was called"


def entered(retry: Retry, function: Any, url: str) -> Any:
    """A call as the head of a `with`."""

    class Manager:
        def __enter__(self) -> Any:
            return function(url)

        def __exit__(self, *raised: object) -> None:
            return None

    with retry.entered(lambda url: Manager())(url) as found:
        return found


def iterated(retry: Retry, function: Any, url: str) -> Any:
    """A call as what a loop runs over."""

    def items(url: str) -> Iterator[Any]:
        yield function(url)

    return next(iter(retry.iterated(items)(url)))


def awaited(method: str) -> Callable[[Retry, Any, str], Any]:
    """A call in an event loop."""

    async def call(retry: Retry, function: Any, url: str) -> Any:
        async def work(url: str) -> Any:
            return function(url)

        class Manager:
            async def __aenter__(self) -> Any:
                return function(url)

            async def __aexit__(self, *raised: object) -> None:
                return None

        async def items(url: str) -> Any:
            yield function(url)

        if method == "entered_async":
            async with retry.entered_async(lambda url: Manager())(url) as found:
                return found
        if method == "iterated_async":
            async for item in retry.iterated_async(items)(url):
                return item
        return await getattr(retry, method)(work)(url)

    return lambda retry, function, url: asyncio.run(call(retry, function, url))


FORMS: dict[str, Callable[[Retry, Any, str], Any]] = {
    "called": lambda retry, function, url: retry(function)(url),
    "unsent": lambda retry, function, url: retry.unsent(function)(url),
    "entered": entered,
    "iterated": iterated,
    **{name: awaited(name) for name in ("awaited", "unsent_awaited", "entered_async", "iterated_async")},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_counts_and_asks(form: Callable[[Retry, Any, str], Any]) -> None:
    """However a call is repeated: failures count, open circuits refuse, a success closes, a cancelled probe frees."""
    clock = Clock()
    breaker = HostBreakers(target, 2, 30.0, clock=clock)
    retry = retry_of(breaker, "smtplib.SMTPServerDisconnected")
    fail(form, retry, fetch, BAD, times=2)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        form(retry, lambda url: pytest.fail("called"), BAD)
    assert form(retry, fetch, GOOD).status_code == 200
    clock.now += 30.0

    def cancelled(url: str) -> None:
        raise asyncio.CancelledError

    with pytest.raises((asyncio.CancelledError, RuntimeError)):
        form(retry, cancelled, BAD)
    assert form(retry, lambda url: "back", BAD) == "back"
    assert breaker.state == "closed"
    assert not breaker.watched


def test_shares_count_every_call() -> None:
    """With a share of failed calls those that work count too, of each host by itself."""
    breaker = WindowHostBreakers(target, None, 30.0, rate=0.5, calls=4)
    retry = retry_of(breaker)
    retry(lambda url: url)(BAD)
    retry(lambda url: url)(BAD)
    fail(retry(fetch), BAD)
    retry(fetch)(GOOD)
    assert breaker.state == "closed"
    fail(retry(fetch), BAD)
    assert {host: each["state"] for host, each in breaker.snapshot()["hosts"].items()} == {
        "bad.example:81": "open",
        "good.example": "closed",
    }


# by hand


def test_isolating() -> None:
    """One host, or every call, whether its host can be told or not; reset closes all."""
    breaker = HostBreakers(target)
    retry = retry_of(breaker)
    breaker.isolate("good.example")
    with pytest.raises(CircuitOpenError, match="isolated by hand"):
        retry(fetch)(GOOD)
    assert retry(fetch)("http://other.example").status_code == 200
    breaker.isolate()
    for url in (GOOD, "http://other.example", "relative"):
        with pytest.raises(CircuitOpenError, match="isolated by hand"):
            retry(fetch)(url)
    breaker.reset()
    assert breaker.state == "closed"
    assert retry(fetch)(GOOD).status_code == 200
    breaker.of("late.example").isolate()
    with pytest.raises(CircuitOpenError):
        retry(fetch)("http://late.example")


def test_listeners_hear_of_every_host() -> None:
    """They are the function's, and get the breaker of the host."""
    heard = []
    breaker = HostBreakers(target, 1)
    breaker.of("early.example")
    breaker.listeners.append(lambda breaker, before, after: heard.append((breaker.name.partition("[")[2], after)))
    breaker.isolate("early.example")
    fail(retry_of(breaker)(fetch), BAD)
    assert heard == [("early.example]", "isolated"), ("bad.example:81]", "open")]


def test_hosts_are_bounded() -> None:
    """Calls decide which hosts there are: the oldest closed one goes, open ones stay; nothing else is left of it."""
    breaker = HostBreakers(target, 2)
    breaker.isolate("kept.example")
    for number in range(2 * MOST_HOSTS):
        fail(retry_of(breaker)(fetch), f"http://bad{number}.example")
    assert len(breaker.hosts) == MOST_HOSTS
    assert len(breaker.watched) <= MOST_HOSTS
    assert breaker.of("kept.example").state == "isolated"


def test_threads() -> None:
    """Many at once: counts stay right, and no call is refused whose host works."""
    breaker = HostBreakers(target, 10**6)
    retry = retry_of(breaker)
    refused = []

    def work(number: int) -> None:
        for at in range(500):
            try:
                retry(fetch)(BAD if (at + number) % 2 else GOOD)
            except CircuitOpenError as error:
                refused.append(error)
            except ConnectionError:
                continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused
    assert breaker.hosts["bad.example:81"].failures == 2000


# as what it is refused


class Odd(Exception):
    """An error that needs what nobody has."""

    def __init__(self, code: int, *, request: object) -> None:
        super().__init__(code / 2)
        self.request = request


class Sealed(Exception):
    def __init_subclass__(cls) -> None:
        raise TypeError("final")


@pytest.mark.parametrize(
    "like", ["urllib.error.URLError", "smtplib.SMTPServerDisconnected", f"{__name__}.Odd", "builtins.TimeoutError"]
)
def test_refusals_are_of_the_clients_class(like: str) -> None:
    """They are caught as what the caller knows, say what they are, and survive pickling and copying."""
    error = refused_as("circuit of x open", like)
    for each in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert isinstance(each, CircuitOpenError)
        assert type(each) is type(refused_as("again", like))
        assert [cls.__name__ for cls in type(each).__mro__].count(like.rpartition(".")[2]) == 1
        assert (str(each), each.args) == ("circuit of x open", ("circuit of x open",))
        assert is_final(each)
        assert not is_transient(each)


@pytest.mark.parametrize("like", ["", "nowhere.Error", "urllib.error.missing", "builtins.int", f"{__name__}.Sealed"])
def test_without_such_a_class_it_is_a_plain_refusal(like: str) -> None:
    """A library that isn't loaded, a name that is none, a class that can't have others below it."""
    assert type(refused_as("open", like)) is CircuitOpenError


def test_a_refused_urlopen() -> None:
    """The attributes that the client's errors have are there."""
    error = refused_as("open", "urllib.error.URLError")
    assert isinstance(error, urllib.error.URLError)
    assert error.reason == "open"
