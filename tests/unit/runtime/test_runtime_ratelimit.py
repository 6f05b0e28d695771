"""The rate limit: a token bucket."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import poetc.runtime.ratelimit as module
from poetc.runtime.deadline import Deadline
from poetc.runtime.ratelimit import RateLimit, RateLimitedError
from poetc.runtime.transient import is_transient


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def target() -> str:
    """What limits are made for here."""
    return "done"


def test_burst_then_one_after_the_other() -> None:
    """As many at once as the burst, then one whenever its token has come."""
    clock = Clock()
    made = RateLimit(target, 10, 1.0, 3, clock=clock)
    assert [made(target) for _ in range(3)] == ["done"] * 3
    with pytest.raises(RateLimitedError, match=r"than 10 calls a second; the next one is due in 0\.10 s") as caught:
        made(target)
    assert caught.value.retry_after == pytest.approx(0.1) and not is_transient(caught.value)
    clock.now += 0.1
    made(target)
    with pytest.raises(RateLimitedError):
        made(target)


@given(
    calls=st.integers(1, 50),
    seconds=st.floats(0.1, 100),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(-1, 5), max_size=60),
)
def test_never_more_than_the_bucket_allows(calls: int, seconds: float, burst: int, steps: list[float]) -> None:
    """In any stretch of t seconds at most `burst + calls / seconds * t` calls, whatever the clock does in between."""
    clock = Clock()
    made = RateLimit(target, calls, seconds, burst, clock=clock)
    when = []
    for step in steps:
        clock.now += max(step, 0.0)
        try:
            made(target)
            when.append(clock.now)
        except RateLimitedError:
            continue
    for first in range(len(when)):
        for last in range(first, len(when)):
            assert last - first + 1 <= burst + calls / seconds * (when[last] - when[first]) + 1e-6


def test_clock_that_goes_backwards_adds_nothing() -> None:
    """And takes nothing away for longer than it takes to get a token."""
    clock = Clock()
    made = RateLimit(target, 1, 1.0, clock=clock)
    made(target)
    clock.now -= 1000
    with pytest.raises(RateLimitedError):
        made(target)
    clock.now += 1
    made(target)


def test_waits_for_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that wait take their tokens in advance, so that each waits longer than the one before, up to `wait`."""
    clock, waited = Clock(), []
    monkeypatch.setattr(module, "pause", waited.append)
    made = RateLimit(target, 10, 1.0, 1, 0.25, clock=clock)
    for _ in range(3):
        made(target)
    assert waited == pytest.approx([0.1, 0.2])
    with pytest.raises(RateLimitedError):
        made(target)
    clock.now += 0.1
    made(target)
    assert waited[2] == pytest.approx(0.2)


def test_coroutines_wait_without_blocking() -> None:
    """Each for its own token."""
    made = RateLimit(target, 1000, 1.0, 1, 5.0)

    async def five() -> int:
        return 5

    async def main() -> list[int]:
        return await asyncio.gather(*(made.awaited(five) for _ in range(10)))

    assert asyncio.run(main()) == [5] * 10
    assert made.tokens < 1


def test_interrupted_wait_gives_the_token_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that was cancelled while it waited was not made."""
    clock = Clock()
    made = RateLimit(target, 1, 1.0, 1, 60.0, clock=clock)
    made(target)

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "pause", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made(target)

    async def cancelled() -> None:
        task = asyncio.create_task(made.awaited(asyncio.sleep, 0))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert made.tokens == pytest.approx(0.0)


def test_never_waits_beyond_the_deadline() -> None:
    """What can't come in time is refused at once."""
    made = RateLimit(target, 1, 3600.0, 1, 3600.0)
    made(target)
    with Deadline(5.0), pytest.raises(RateLimitedError):
        made(target)


def test_among_threads_no_token_is_spent_twice() -> None:
    """However they race."""
    made, passed = RateLimit(target, 1, 1e6, 50), []

    def work() -> None:
        for _ in range(20):
            try:
                made(passed.append, 1)
            except RateLimitedError:
                continue

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 50


@pytest.mark.parametrize(
    "numbers", [(0,), (-1,), (1.5,), (1, 0.0), (1, float("nan")), (1, 1.0, 0), (1, 1.0, 1, -1.0), (True,)]
)
def test_impossible_numbers_are_refused(numbers: tuple[Any, ...]) -> None:
    """At import."""
    with pytest.raises(ValueError):
        RateLimit(target, *numbers)
