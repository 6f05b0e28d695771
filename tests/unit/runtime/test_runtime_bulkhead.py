"""The bulkhead: at most so many calls at a time."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from poetc.runtime.bulkhead import Bulkhead, BulkheadFullError
from poetc.runtime.deadline import Deadline
from poetc.runtime.transient import is_transient


def target() -> None:
    """What bulkheads are made for here."""


class Meter:
    """Counts how many calls run at a time, and the most of them."""

    def __init__(self) -> None:
        self.running = self.most = self.calls = 0
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        with self.lock:
            self.running += 1
            self.calls += 1
            self.most = max(self.most, self.running)

    def __exit__(self, *raised: object) -> None:
        with self.lock:
            self.running -= 1


def test_full_without_waiting() -> None:
    """A call too many is refused at once, names the function and the limit, and isn't retried."""
    made = Bulkhead(target, 1)
    with pytest.raises(BulkheadFullError, match=r"target: 1 calls are running$") as caught:
        made(made, target)
    assert not is_transient(caught.value)
    assert made.used == 0
    assert made(lambda value: value, 5) == 5


def test_place_is_given_back_however_the_call_ends() -> None:
    """Errors and interruptions included."""
    made = Bulkhead(target, 1)
    for error in (ValueError(), KeyboardInterrupt(), SystemExit()):

        def function(error: BaseException = error) -> None:
            raise error

        with pytest.raises(type(error)):
            made(function)
    assert made.used == 0


def test_waits_for_a_place_in_order() -> None:
    """First come, first served; nobody overtakes."""
    made, order, held = Bulkhead(target, 1, 30.0), [], threading.Event()
    holder = threading.Thread(target=made, args=(held.wait, 30))
    holder.start()
    waiters = []
    for number in range(5):
        waiters.append(threading.Thread(target=made, args=(order.append, number)))
        waiters[-1].start()
        while len(made.queue) <= number:
            time.sleep(0.001)
    held.set()
    for thread in (holder, *waiters):
        thread.join()
    assert order == [0, 1, 2, 3, 4] and made.used == 0


def test_gives_up_waiting() -> None:
    """After `wait` seconds, and its place in the queue with it."""
    made, held = Bulkhead(target, 1, 0.02), threading.Event()
    holder = threading.Thread(target=made, args=(held.wait, 30))
    holder.start()
    while not made.used:
        time.sleep(0.001)
    with pytest.raises(BulkheadFullError, match=r"none of them ended in 0\.02 s"):
        made(target)
    assert not made.queue
    held.set()
    holder.join()


def test_never_waits_beyond_the_deadline() -> None:
    """With the budget of the call around it spent, it doesn't wait at all."""
    made = Bulkhead(target, 1, 3600.0)

    def inner() -> None:
        with Deadline(0.03):
            made(target)

    with pytest.raises(BulkheadFullError):
        made(inner)
    assert made.used == 0 and not made.queue


def test_never_exceeded_among_threads() -> None:
    """Many threads, few places, short and long waits: the limit holds, and no place gets lost."""
    made, meter = Bulkhead(target, 3, 0.004), Meter()
    refused = []

    def call(number: int) -> None:
        def inside() -> None:
            with meter:
                time.sleep(0.0005 * (number % 4))

        try:
            made(inside)
        except BulkheadFullError:
            refused.append(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(600)))
    assert meter.most == 3 and meter.calls + len(refused) == 600
    assert made.used == 0 and not made.queue


def test_never_exceeded_among_tasks_that_are_cancelled() -> None:
    """Cancelled while waiting, at the very moment of getting a place, or while running: nothing leaks."""
    made, meter = Bulkhead(target, 2, 5.0), Meter()

    async def inside() -> None:
        with meter:
            await asyncio.sleep(0.0003)

    async def many() -> None:
        for turn in range(60):
            tasks = [asyncio.create_task(made.awaited(inside)) for _ in range(10)]
            for _ in range(turn % 5):
                await asyncio.sleep(0)
            for task in tasks[turn % 3 :: 3]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(many())
    assert meter.most == 2 and made.used == 0 and not made.queue


def test_tasks_wait_without_blocking_the_loop() -> None:
    """Others go on while a task waits for its place."""
    made, ticks = Bulkhead(target, 1, 5.0), []

    async def slow() -> str:
        while len(ticks) < 20:
            await asyncio.sleep(0)
        return "slow"

    async def tick() -> None:
        for number in range(20):
            ticks.append(number)
            await asyncio.sleep(0)

    async def main() -> list[Any]:
        return await asyncio.gather(made.awaited(slow), made.awaited(slow), tick())

    assert asyncio.run(main())[:2] == ["slow", "slow"]


def test_tasks_give_up_waiting() -> None:
    """As threads do."""
    made = Bulkhead(target, 1, 0.01)

    async def main() -> None:
        holder = asyncio.create_task(made.awaited(asyncio.sleep, 30))
        await asyncio.sleep(0)
        with pytest.raises(BulkheadFullError):
            await made.awaited(asyncio.sleep, 0)
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)

    asyncio.run(main())
    assert made.used == 0 and not made.queue


def test_one_limit_for_all_event_loops() -> None:
    """Tasks of several loops in several threads share the places, and wake one another."""
    made, meter = Bulkhead(target, 2, 20.0), Meter()

    async def inside() -> None:
        with meter:
            await asyncio.sleep(0.001)

    async def ten() -> None:
        await asyncio.gather(*(made.awaited(inside) for _ in range(10)))

    threads = [threading.Thread(target=lambda: asyncio.run(ten())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.most == 2 and meter.calls == 40 and made.used == 0


def test_place_passes_by_a_loop_that_is_closed() -> None:
    """A waiting coroutine whose loop was stopped for good doesn't take the place with it."""
    made = Bulkhead(target, 1, 60.0)
    generation = made.enter()
    loop = asyncio.new_event_loop()
    coroutine = made.awaited(asyncio.sleep, 0)
    task = loop.create_task(coroutine)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    made.leave(generation)
    assert made.used == 0
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    coroutine.close()
    assert made.used == 0


def test_other_event_loops_wait_as_well() -> None:
    """A coroutine that isn't driven by asyncio looks again and again."""
    made = Bulkhead(target, 1, 0.0)

    async def five() -> int:
        return 5

    with pytest.raises(StopIteration) as stopped:
        made.awaited(five).send(None)
    assert stopped.value.value == 5
    made.enter()
    with pytest.raises(BulkheadFullError):
        made.awaited(five).send(None)


@pytest.mark.parametrize("numbers", [(0,), (-1,), (1.5,), (True,), (1, -1.0), (1, float("nan")), (1, float("inf"))])
def test_impossible_numbers_are_refused(numbers: tuple[Any, ...]) -> None:
    """At import."""
    with pytest.raises(ValueError):
        Bulkhead(target, *numbers)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_of_a_fork_starts_with_all_places() -> None:
    """The calls of its parent don't run there; one that forked inside gives nothing back that it hasn't taken."""
    made = Bulkhead(target, 1)

    def inside() -> int:
        child = os.fork()
        if child == 0:
            os._exit(made(lambda: 0 if made.used == 1 else 1))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert made(inside) == 0
