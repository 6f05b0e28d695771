"""A budget for a coroutine: the event loop cancels it, whichever loop that is."""

from __future__ import annotations

import asyncio
import gc
import types
from contextlib import contextmanager
from typing import Any

import pytest

from poetc.runtime.cancel import AsyncDeadline
from poetc.runtime.deadline import Deadline, live_deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.marks import is_final
from poetc.runtime.pause import pause_async
from poetc.runtime.retry_forms import AnyRetry as Retry


def original() -> None:
    """What a retry belongs to."""


async def forever() -> None:
    """Work that never ends by itself."""
    await asyncio.Event().wait()


def test_cancelled_at_the_end() -> None:
    """Work that waits for ever ends with the budget's own error, and has run its clean-up."""
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            cleaned.append(True)

    with pytest.raises(BudgetSpentError) as caught:
        asyncio.run(AsyncDeadline(0.02).within(work()))
    assert cleaned == [True]
    assert is_final(caught.value)
    assert caught.value.__suppress_context__


def test_work_in_time() -> None:
    """Values and errors pass, a TimeoutError of the work's own among them."""

    async def value() -> int:
        return 3

    async def own() -> None:
        raise TimeoutError("mine")

    assert asyncio.run(AsyncDeadline(5).within(value())) == 3
    with pytest.raises(TimeoutError, match="mine") as caught:
        asyncio.run(AsyncDeadline(5).within(own()))
    assert not isinstance(caught.value, BudgetSpentError)


def test_cancellation_from_outside_passes() -> None:
    """Who is cancelled by somebody else is cancelled, not out of time."""

    async def main() -> str:
        task = asyncio.create_task(AsyncDeadline(5).within(forever()))
        await asyncio.sleep(0.01)
        task.cancel("enough")
        try:
            await task
        except asyncio.CancelledError as error:
            return str(error)
        return "never"

    assert asyncio.run(main()) == "enough"


def test_cancellation_while_waiting_for_another_attempt() -> None:
    """A task that waits between attempts is cancelled at once, and doesn't try again."""
    calls: list[int] = []

    async def fail() -> None:
        calls.append(1)
        raise ConnectionError

    async def main() -> None:
        task = asyncio.create_task(Retry(original, 3, 20.0, 20.0).awaited(fail)())
        while not calls:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert calls == [1]


def test_spent_before_it_began() -> None:
    """Work that isn't begun is closed, without a warning that it was never awaited."""

    async def main() -> None:
        deadline = AsyncDeadline(0.001)
        await asyncio.sleep(0.005)
        await deadline.within(forever())

    with pytest.raises(BudgetSpentError):
        asyncio.run(main())
    gc.collect()


def test_nested_budgets() -> None:
    """The smaller budget ends first, on whichever side it is."""

    async def nested(outer: float, inner: float) -> str:
        async def body() -> str:
            try:
                await AsyncDeadline(inner).within(forever())
            except BudgetSpentError:
                return "inner"
            return "never"

        try:
            return await AsyncDeadline(outer).within(body())
        except BudgetSpentError:
            return "outer"

    assert asyncio.run(nested(5.0, 0.02)) == "inner"
    assert asyncio.run(nested(0.02, 5.0)) in ("inner", "outer")


def test_many_tasks_at_once() -> None:
    """Each task keeps its own budget."""

    async def one(late: bool) -> bool:
        async def work() -> bool:
            await asyncio.sleep(20 if late else 0)
            return True

        try:
            return await AsyncDeadline(0.05 if late else 20).within(work()) and not late
        except BudgetSpentError:
            return late

    async def main() -> list[bool]:
        return await asyncio.gather(*(one(bool(n % 2)) for n in range(200)))

    assert asyncio.run(main()) == [True] * 200


def test_task_that_is_left_running_is_free() -> None:
    """A task that a call started lives on after that call, without its budget."""

    async def main() -> bool:
        tasks: list[asyncio.Task[bool]] = []

        async def later() -> bool:
            await asyncio.sleep(0.05)
            return live_deadline() is None and Deadline(5).left() > 4

        async def work() -> None:
            tasks.append(asyncio.create_task(later()))

        await AsyncDeadline(0.03).within(work())
        return await tasks[0]

    assert asyncio.run(main())


def drive(coroutine: Any) -> Any:
    """Run a coroutine without any event loop; it may not wait for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


def test_without_an_event_loop() -> None:
    """Under a loop that nobody knows the work runs, sharing its budget."""

    async def work() -> bool:
        return live_deadline() is not None

    assert drive(AsyncDeadline(5).within(work())) is True


class Trio(types.ModuleType):
    """As much of trio as the runtime uses: `move_on_after`, `sleep`, `lowlevel.current_task`."""

    def __init__(self, cancelled: bool) -> None:
        super().__init__("trio")
        self.cancelled = cancelled
        self.asked: list[float] = []
        self.slept: list[float] = []
        self.lowlevel = types.SimpleNamespace(current_task=object)

    @contextmanager
    def move_on_after(self, seconds: float) -> Any:
        self.asked.append(seconds)
        scope = types.SimpleNamespace(cancelled_caught=False)
        try:
            yield scope
        except Stopped:
            scope.cancelled_caught = True

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Stopped(BaseException):
    """As trio's Cancelled."""


def test_under_trio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trio runs, trio cancels, and trio waits between attempts."""
    trio = Trio(cancelled=True)
    monkeypatch.setitem(__import__("sys").modules, "trio", trio)

    async def stopped() -> None:
        raise Stopped

    async def value() -> int:
        return 3

    assert drive(AsyncDeadline(5).within(value())) == 3
    with pytest.raises(BudgetSpentError):
        drive(AsyncDeadline(5).within(stopped()))
    drive(pause_async(0.5))
    assert all(4 < seconds <= 5 for seconds in trio.asked)
    assert trio.slept == [0.5]


def test_trio_that_doesnt_run_isnt_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """trio may be imported where asyncio runs."""

    def outside() -> object:
        raise RuntimeError("must be called from async context")

    trio = Trio(cancelled=False)
    trio.lowlevel.current_task = outside
    monkeypatch.setitem(__import__("sys").modules, "trio", trio)
    with pytest.raises(BudgetSpentError):
        asyncio.run(AsyncDeadline(0.02).within(forever()))
    asyncio.run(pause_async(0.0))
    assert trio.slept == []


def test_thrown_away_coroutine_ends_quietly() -> None:
    """A coroutine that is closed halfway ends its budget where it stands."""

    class Wait:
        def __await__(self) -> Any:
            yield

    async def work() -> None:
        await Wait()

    coroutine = AsyncDeadline(5).within(work())
    coroutine.send(None)
    coroutine.close()
    assert live_deadline() is None
