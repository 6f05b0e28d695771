"""What users of circuit breakers report, tried on built functions: see PEER_TRAPS.md for who reported what."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from peer_shop import Shop, call, caught, the_shop


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The project with an empty script and closed breakers."""
    shop = the_shop(tmp_path_factory)
    shop.module("breakers")
    shop.plays()
    with shop.runtime.testing(3):
        yield shop
        shop.plays()


@pytest.fixture
def app(shop: Shop) -> Any:
    """The functions of this file's tests."""
    return shop.module("breakers")


def breaker_of(shop: Shop, name: str) -> Any:
    """The breaker of a function."""
    return shop.runtime.breakers()[f"shop.breakers.{name}"]


def tripped(shop: Shop, name: str) -> Any:
    """The breaker of a function after as many failures as it stands."""
    shop.plays(*[shop.wire.Busy] * 3)
    function = getattr(shop.module("breakers"), name)
    for _ in range(3):
        assert isinstance(caught(function, "k"), shop.wire.Busy)
    breaker = breaker_of(shop, name)
    assert breaker.state == "open"
    shop.wire.CALLS.clear()
    return breaker


@pytest.mark.parametrize("name", ["plain", "coroutine"])
def test_opens_for_coroutines_as_well(name: str, shop: Shop, app: Any) -> None:
    """A coroutine function's failures count when it is awaited; once open, nothing is called any more."""
    tripped(shop, name)
    error = caught(getattr(app, name), "k")
    assert isinstance(error, shop.runtime.CircuitOpenError)
    assert shop.wire.CALLS == []


def test_functions_do_not_share(shop: Shop, app: Any) -> None:
    """One breaker a function; the objects of a class share that of their method."""
    tripped(shop, "plain")
    shop.wire.SCRIPT[:] = ["fine"]
    assert app.other("k") == "fine"
    shop.plays(*[shop.wire.Busy] * 3)
    for account in (app.Account(), app.Account(), app.Account()):
        assert isinstance(caught(account.method, "k"), shop.wire.Busy)
    assert isinstance(caught(app.Account().method, "k"), shop.runtime.CircuitOpenError)


def test_success_counts_from_zero(shop: Shop, app: Any) -> None:
    """Failures in a row are meant: two, a success, two, a success never open it."""
    shop.plays(*[shop.wire.Busy, shop.wire.Busy, "ok"] * 3)
    for _ in range(9):
        try:
            app.plain("k")
        except shop.wire.Busy:
            continue
    assert breaker_of(shop, "plain").state == "closed"
    assert len(shop.wire.CALLS) == 9


@pytest.mark.parametrize("error", [ValueError("of the program"), KeyError("k"), KeyboardInterrupt(), SystemExit()])
def test_errors_of_the_program_do_not_count(error: BaseException, shop: Shop, app: Any) -> None:
    """Neither the program's own errors nor Ctrl-C say anything of the other side."""
    shop.plays(*[error] * 5, "fine")
    for _ in range(5):
        assert caught(app.plain, "k") is error
    assert app.plain("k") == "fine"


def test_excluded_errors_do_not_count(shop: Shop, app: Any) -> None:
    """`exclude` holds for whatever passes by itself, too."""
    shop.plays(*[shop.wire.Busy] * 5, "fine")
    for _ in range(5):
        assert isinstance(caught(app.picky, "k"), shop.wire.Busy)
    assert app.picky("k") == "fine"


def test_half_open_lets_one_through(shop: Shop, app: Any) -> None:
    """However many come at once when its time is up, one makes the call; the others are refused, and none waits."""
    breaker = tripped(shop, "plain")
    breaker.until = 0.0
    inside, leave = threading.Event(), threading.Event()

    def probe() -> str:
        inside.set()
        leave.wait(20)
        return "fine"

    shop.wire.SCRIPT[:] = [probe] * 9
    results: list[Any] = []
    first = threading.Thread(target=lambda: results.append(app.plain("k")))
    first.start()
    assert inside.wait(20)
    for _ in range(8):
        assert isinstance(caught(app.plain, "k"), shop.runtime.CircuitOpenError)
    leave.set()
    first.join(20)
    assert results == ["fine"]
    assert len(shop.wire.CALLS) == 1
    assert breaker.state == "closed"


@pytest.mark.parametrize("error", [ValueError("ignored"), KeyboardInterrupt(), asyncio.CancelledError()])
def test_half_open_is_not_stuck_by_what_says_nothing(error: BaseException, shop: Shop, app: Any) -> None:
    """A probe that ends in an ignored error, or is cancelled, gives its place back: the next one decides."""
    breaker = tripped(shop, "plain")
    breaker.until = 0.0
    for _ in range(3):
        shop.wire.SCRIPT[:] = [error]
        assert caught(app.plain, "k") is error
        assert breaker.state == "half-open"
    shop.wire.SCRIPT[:] = ["fine"]
    assert app.plain("k") == "fine"
    assert breaker.state == "closed"


def test_as_many_successes_as_asked_for(shop: Shop, app: Any) -> None:
    """One good answer needn't be enough to trust it again."""
    breaker = tripped(shop, "slow_to_trust")
    breaker.until = 0.0
    shop.wire.SCRIPT[:] = ["fine", "fine"]
    assert app.slow_to_trust("k") == "fine"
    assert breaker.state == "half-open"
    assert app.slow_to_trust("k") == "fine"
    assert breaker.state == "closed"


def test_setting_the_systems_clock_changes_nothing(shop: Shop, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is open for its time on the monotonic clock, wherever the wall clock is set meanwhile."""
    breaker = tripped(shop, "plain")
    for wall in (0.0, time.time() - 86_400, time.time() + 86_400):
        monkeypatch.setattr(time, "time", lambda wall=wall: wall)
        assert isinstance(caught(app.plain, "k"), shop.runtime.CircuitOpenError)
        assert 0 < breaker.snapshot()["retry_in"] <= 60


def test_no_lock_around_a_call(shop: Shop, app: Any) -> None:
    """Calls of two threads run at the same time, and a function may call itself - as a probe, too."""
    barrier = threading.Barrier(2)

    def meet() -> str:
        barrier.wait(20)
        return "met"

    shop.plays(meet, meet, "deep")
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(app.plain("k"))) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    assert results == ["met", "met"]
    assert app.nested(5) == "deep"


def test_probe_that_calls_itself(shop: Shop, app: Any) -> None:
    """The inner call of a probe is a further call, and is refused like one; the breaker is not stuck by that."""
    shop.plays(*[shop.wire.Busy] * 3)
    for _ in range(3):
        caught(app.nested, 0)
    breaker = breaker_of(shop, "nested")
    breaker.until = 0.0
    assert isinstance(caught(app.nested, 1), shop.runtime.CircuitOpenError)
    shop.wire.SCRIPT[:] = ["fine"]
    breaker.until = 0.0
    assert app.nested(0) == "fine"
    assert breaker.state == "closed"


def test_refusals_of_the_bulkhead_do_not_count(shop: Shop, app: Any) -> None:
    """Calls that were refused for want of a place say nothing of the other side: the breaker stays closed."""
    inside, leave = threading.Event(), threading.Event()

    def hold() -> str:
        inside.set()
        leave.wait(20)
        return "held"

    shop.plays(hold, "fine")
    thread = threading.Thread(target=app.crowded, args=("k",))
    thread.start()
    assert inside.wait(20)
    for _ in range(9):
        assert type(caught(app.crowded, "k")).__name__ == "BulkheadFullError"
    leave.set()
    thread.join(20)
    assert breaker_of(shop, "crowded").state == "closed"
    assert app.crowded("k") == "fine"


def test_an_open_breaker_is_not_tried_again(shop: Shop, app: Any) -> None:
    """Retries around it end with the failure that opens it, and are not made while it is open."""
    shop.plays(*[shop.wire.Busy] * 9)
    assert isinstance(caught(app.repeated, "k"), shop.wire.Busy)
    assert len(shop.wire.CALLS) == 3
    assert isinstance(caught(app.repeated, "k"), shop.runtime.CircuitOpenError)
    assert len(shop.wire.CALLS) == 3


def test_generators_that_fail_between_items(shop: Shop, app: Any) -> None:
    """Every failure of a generator reaches its consumer, whatever stands around it."""
    shop.plays(*[shop.wire.Busy] * 5, "second")
    for _ in range(5):
        assert isinstance(caught(lambda: list(app.stream("k"))), shop.wire.Busy)
    assert list(app.stream("k")) == ["first", "second"]


def test_calls_of_threads_are_all_counted(shop: Shop, app: Any) -> None:
    """Failures of many threads at once lose no count: three of them open it."""
    barrier = threading.Barrier(3)

    def fail_together() -> None:
        barrier.wait(20)
        raise shop.wire.Busy

    shop.plays(*[fail_together] * 3)
    threads = [threading.Thread(target=caught, args=(app.plain, "k")) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    assert breaker_of(shop, "plain").state == "open"
    assert isinstance(caught(lambda: call(app.plain, "k")), shop.runtime.CircuitOpenError)
