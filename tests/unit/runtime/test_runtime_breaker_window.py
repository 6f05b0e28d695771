"""Circuit breakers that judge by shares of a window."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.runtime.breaker_window import CallTally, TimeTally, WindowBreaker
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.marks import is_final


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def target(*args: Any, **kwargs: Any) -> None:
    """What breakers are made for here."""


def call(made: Any, clock: Clock, *, fails: bool = False, seconds: float = 0.0) -> None:
    """One call that takes so long and ends so."""

    def function() -> None:
        clock.now += seconds
        if fails:
            raise ConnectionError

    try:
        made(function)
    except ConnectionError as error:
        assert fails and not isinstance(error, CircuitOpenError)


def test_opens_at_a_share_of_failures_of_the_last_calls() -> None:
    """Not before there are enough calls, and at just the share that was asked for."""
    clock = Clock()
    made = WindowBreaker(target, rate=0.5, calls=10, clock=clock)
    for number in range(9):
        call(made, clock, fails=number % 2 == 0)
    assert made.state == "closed", "5 of 9 failed, but 10 calls are needed"
    call(made, clock)
    assert made.state == "open", "5 of 10"
    with pytest.raises(CircuitOpenError, match="5 of 10 calls failed, 0 were slow"):
        made(target)


def test_stays_closed_below_the_share() -> None:
    """However long it lasts."""
    clock = Clock()
    made = WindowBreaker(target, rate=0.5, calls=10, clock=clock)
    for number in range(200):
        call(made, clock, fails=number % 5 < 2)
    assert made.state == "closed"
    assert made.snapshot()["calls"] == 10 and made.snapshot()["failed"] == 4


def test_opens_at_a_share_of_slow_calls() -> None:
    """Slow successes and slow failures count alike."""
    clock = Clock()
    made = WindowBreaker(target, slow=2.0, slow_rate=0.4, calls=5, clock=clock)
    for seconds in (2.0, 1.9, 0.0, 0.0):
        call(made, clock, seconds=seconds)
    assert made.state == "closed"
    call(made, clock, seconds=7.0, fails=True)
    assert made.state == "open"


def test_failures_in_a_row_count_only_if_asked_for() -> None:
    """A window judges alone, unless a limit is given with it."""
    clock = Clock()
    alone, both = (WindowBreaker(target, limit, rate=1.0, calls=50, clock=clock) for limit in (None, 3))
    for _ in range(3):
        call(alone, clock, fails=True)
        call(both, clock, fails=True)
    assert (alone.state, both.state) == ("closed", "open")


def test_time_window_forgets() -> None:
    """Failures of more than a window ago don't count."""
    clock = Clock()
    made = WindowBreaker(target, rate=0.5, window=60.0, calls=4, clock=clock)
    for _ in range(3):
        call(made, clock, fails=True)
    clock.now += 61
    for _ in range(4):
        call(made, clock)
    call(made, clock, fails=True)
    assert made.state == "closed"
    assert made.snapshot() == {**made.snapshot(), "calls": 5, "failed": 1, "slow": 0}
    clock.now += 61
    assert made.snapshot()["calls"] == 0


def test_slow_probe_opens_it_again() -> None:
    """What has come back, but takes too long, has not come back."""
    clock = Clock()
    made = WindowBreaker(target, rate=1.0, slow=1.0, calls=1, open_for=5.0, clock=clock)
    call(made, clock, fails=True)
    clock.now += 5
    call(made, clock, seconds=3.0)
    assert made.state == "open"
    clock.now += 5
    call(made, clock)
    assert made.state == "closed" and made.snapshot()["calls"] == 0


def test_late_results_of_another_state_say_nothing() -> None:
    """A call from before the circuit opened ends while a probe decides."""
    clock = Clock()
    made = WindowBreaker(target, rate=1.0, calls=1, open_for=5.0, clock=clock)
    late = made.begin()
    call(made, clock, fails=True)
    clock.now += 5
    probe = made.begin()
    made.finish(late, True)
    assert made.state == "half-open"
    made.finish(probe, True)
    assert made.state == "closed"
    made.finish(late, False)
    assert made.state == "closed"


def test_errors_that_dont_count_are_left_out() -> None:
    """A ValueError is neither a success nor a failure; an excluded timeout neither."""
    clock = Clock()
    made = WindowBreaker(target, rate=0.1, calls=1, exclude=("TimeoutError",), clock=clock)
    for error in (ValueError(), TimeoutError(), KeyboardInterrupt()):

        def function(error: BaseException = error) -> None:
            raise error

        with pytest.raises(type(error)):
            made(function)
    assert made.snapshot()["calls"] == 0 and made.state == "closed"


def test_the_failure_that_opens_it_is_final() -> None:
    """No attempt is wasted on a circuit that is open."""
    clock = Clock()
    made = WindowBreaker(target, rate=1.0, calls=1, clock=clock)

    def function() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        made(function)
    assert is_final(caught.value)


def test_coroutines_go_through_it() -> None:
    """Slow by the clock, failed by the error, refused when open."""
    clock = Clock()
    made = WindowBreaker(target, slow=1.0, slow_rate=1.0, calls=2, clock=clock)

    async def slowly(fails: bool) -> str:
        clock.now += 2
        if fails:
            raise ConnectionError
        return "done"

    async def both() -> None:
        assert await made.awaited(slowly, False) == "done"
        with pytest.raises(ConnectionError):
            await made.awaited(slowly, fails=True)
        with pytest.raises(CircuitOpenError):
            await made.awaited(slowly, False)

    asyncio.run(both())


@given(st.integers(1, 12), st.lists(st.tuples(st.floats(0, 30), st.booleans(), st.booleans()), max_size=80))
def test_call_tally_is_the_last_calls(size: int, calls: list[tuple[float, bool, bool]]) -> None:
    """Against keeping them all."""
    tally = CallTally(size)
    for seconds, failed, slow in calls:
        tally.count(seconds, failed, slow)
    last = calls[-size:]
    assert (tally.calls, tally.failed, tally.slow) == (
        len(last),
        sum(failed for _, failed, _ in last),
        sum(slow for _, _, slow in last),
    )


@given(st.lists(st.tuples(st.floats(0, 40), st.booleans(), st.booleans()), max_size=80), st.floats(0, 40))
def test_time_tally_is_nearly_the_window(calls: list[tuple[float, bool, bool]], rest: float) -> None:
    """It holds every call of the last 90 % of the window, and none that is older than the window."""
    tally, now, when = TimeTally(20.0), 12345.0, []
    for seconds, failed, slow in calls:
        now += seconds
        tally.count(now, failed, slow)
        when.append((now, failed, slow))
    now += rest
    tally.settle(now)
    for column, counted in ((None, tally.calls), (1, tally.failed), (2, tally.slow)):
        rows = [w for w in when if column is None or w[column]]
        assert sum(now - w[0] < 18.0 - 1e-6 for w in rows) <= counted <= sum(now - w[0] <= 20.0 + 1e-6 for w in rows)


def test_memory_doesnt_grow_with_traffic() -> None:
    """The tallies are as large after many calls as after one."""
    for tally in (CallTally(100), TimeTally(60.0)):
        tally.count(0.0, True, True)
        parts = tally.kept if isinstance(tally, CallTally) else tally.slices
        before = sys.getsizeof(parts), len(parts)
        for number in range(10_000):
            tally.count(number / 10, number % 3 == 0, False)
        assert (sys.getsizeof(parts), len(parts)) == before


def test_counts_are_right_among_threads() -> None:
    """No call gets lost."""
    made = WindowBreaker(target, rate=1.0, calls=10_000)

    def work() -> None:
        for _ in range(500):
            made(target)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.snapshot()["calls"] == 4000
