"""All budgets of one event loop share a timer: each call is cancelled at its own end all the same, and no other is."""

from __future__ import annotations

import asyncio
import gc
import selectors
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.runtime.cancel import AsyncDeadline, LoopAlarm
from poetc.runtime.errors import BudgetSpentError


class Skipping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Doesn't wait: the clock of its loop goes on by what it would have waited."""

    clock = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.clock += timeout or 0.0
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop in which time passes only where everything waits for it."""

    def __init__(self) -> None:
        self.skipping = Skipping()
        self.timers = 0
        super().__init__(self.skipping)

    def time(self) -> float:
        return self.skipping.clock

    def call_at(self, *args: Any, **kwargs: Any) -> Any:
        self.timers += 1
        return super().call_at(*args, **kwargs)


def run(main: Coroutine[Any, Any, Any], factory: Callable[[], Any] = SkippingLoop) -> Any:
    """`asyncio.run` in such a loop."""
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


async def outcome(budget: float, work: float, start: float = 0.0) -> tuple[str, float]:
    """How a call ends that begins then and takes so long, and how long it took, on the loop's clock."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(start)
    began = loop.time()
    try:
        await AsyncDeadline(budget).within(asyncio.sleep(work))
    except BudgetSpentError:
        return "spent", loop.time() - began
    return "done", loop.time() - began


CALLS = st.lists(
    st.tuples(st.sampled_from([20, 40, 80, 500]), st.integers(1, 900), st.integers(0, 900)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(CALLS)
def test_each_ends_at_its_own_time(calls: list[tuple[int, int, int]]) -> None:
    """Whatever begins when and takes how long: what is in time gives its value, the rest is cut off at its end."""

    async def main() -> list[tuple[str, float]]:
        return await asyncio.gather(*(outcome(budget, work + 0.5, start) for budget, work, start in calls))

    for (budget, work, _), (how, took) in zip(calls, run(main()), strict=True):
        if work + 0.5 < budget:
            assert (how, took) == ("done", pytest.approx(work + 0.5))
        else:
            assert how == "spent"
            assert took == pytest.approx(budget, abs=0.25)


def test_an_earlier_end_after_a_later_one() -> None:
    """A short budget that begins while the timer is set for a long one isn't kept waiting, nor is the long one lost."""

    async def main() -> list[tuple[str, float]]:
        return await asyncio.gather(outcome(100, 1000), outcome(10, 1000, start=5), outcome(1, 1000, start=6))

    found = run(main())
    assert [how for how, _ in found] == ["spent"] * 3
    assert [took for _, took in found] == [pytest.approx(each, abs=0.25) for each in (100, 10, 1)]


def test_calls_in_time_set_no_timers() -> None:
    """A thousand calls, one after the other, share a timer or a few; nothing cancels the task afterwards."""

    async def main() -> int:
        loop = asyncio.get_running_loop()

        async def value() -> int:
            return 1

        assert sum([await AsyncDeadline(60).within(value()) for _ in range(1000)]) == 1000
        timers = loop.timers  # type: ignore[attr-defined]
        await asyncio.sleep(600)
        assert loop.poet_alarm.limits == set()  # type: ignore[attr-defined]
        assert loop.poet_alarm.timer is None  # type: ignore[attr-defined]
        return int(timers)

    assert 1 <= run(main()) < 100  # another one only where a budget's end lies a hair before all others


def test_who_swallows_the_cancellation_goes_on() -> None:
    """As with `asyncio.timeout`, work that swallows being cancelled gives its value, and isn't cancelled again."""

    async def stubborn() -> str:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(100)
        return "done"

    async def main() -> tuple[str, int]:
        found = await AsyncDeadline(10).within(stubborn())
        task = asyncio.current_task()
        assert task is not None
        await asyncio.sleep(100)
        return found, task.cancelling()

    assert run(main()) == ("done", 0)


def test_work_that_makes_a_timeout_of_it() -> None:
    """A TimeoutError that work makes of being cut off is the end of the budget; one of an own limit is its own."""

    async def translating() -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            raise TimeoutError("cut off") from None

    async def main() -> None:
        with pytest.raises(BudgetSpentError):
            await AsyncDeadline(10).within(translating())
        with pytest.raises(TimeoutError) as caught:
            await AsyncDeadline(10).within(asyncio.wait_for(asyncio.sleep(100), 1))
        assert not isinstance(caught.value, BudgetSpentError)

    run(main())


def test_cancelled_from_outside_at_the_same_time() -> None:
    """Who is cancelled by somebody else as well is cancelled: the request isn't lost in the budget's own."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(AsyncDeadline(10).within(asyncio.sleep(100)))
        await asyncio.sleep(0)
        loop.call_at(loop.poet_alarm.ring_at, task.cancel)  # type: ignore[attr-defined]
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_inside_an_outer_limit() -> None:
    """Around it stands `asyncio.timeout`, shorter: that one's error comes out."""

    async def main() -> None:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(5):
                await AsyncDeadline(10).within(asyncio.sleep(100))
        assert not isinstance(caught.value, BudgetSpentError)

    run(main())


class ClosedLoop(SkippingLoop):
    """An event loop that takes no attributes."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "poet_alarm":
            raise AttributeError(name)
        super().__setattr__(name, value)


def test_a_loop_without_attributes() -> None:
    """There every call has an alarm of its own."""

    async def main() -> list[tuple[str, float]]:
        return await asyncio.gather(outcome(10, 100), outcome(20, 5), outcome(5, 100))

    assert [how for how, _ in run(main(), ClosedLoop)] == ["spent", "done", "spent"]


def test_loops_of_several_threads() -> None:
    """Each loop has its own alarm."""
    found: list[tuple[str, float]] = []
    threads = [threading.Thread(target=lambda: found.append(run(outcome(10, 100)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [how for how, _ in found] == ["spent"] * 4


def test_nothing_outlives_its_loop() -> None:
    """A loop that is closed with its timer still set is freed with its alarm."""
    alarms: list[weakref.ref[Any]] = []

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        assert await outcome(60, 1) == ("done", 1)
        assert isinstance(loop.poet_alarm, LoopAlarm)
        alarms.append(weakref.ref(loop))

    run(main())
    gc.collect()
    assert alarms[0]() is None
