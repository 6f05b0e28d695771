"""A second attempt beside one that is slow."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

import pytest

from poetc.runtime.hedge import Hedge

SEEN: ContextVar[str] = ContextVar("seen", default="nothing")


async def target() -> None:
    """What hedges are made for here."""


class Calls:
    """A coroutine function whose calls end as they are told; it knows what became of each."""

    def __init__(self, *plans: tuple[float, Any]) -> None:
        self.plans = plans
        self.begun = 0
        self.ended: list[str] = []

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        number = self.begun
        self.begun += 1
        seconds, result = self.plans[number]
        SEEN.set(f"call {number}")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.ended.append(f"{number} cancelled")
            raise
        self.ended.append(f"{number} done")
        if isinstance(result, BaseException):
            raise result
        return result, args, kwargs


def hedged(calls: Calls, after: float = 0.01) -> Any:
    return asyncio.run(Hedge(target, after).awaited(calls, 1, b=2))


def test_a_quick_call_stays_alone() -> None:
    """No second call is made, and the arguments arrive."""
    calls = Calls((0.0, "first"))
    assert hedged(calls, 5.0) == ("first", (1,), {"b": 2})
    assert calls.begun == 1


def test_the_second_wins() -> None:
    """The slow one is cancelled, and has ended before the result is given."""
    calls = Calls((30, "first"), (0, "second"))
    assert hedged(calls)[0] == "second"
    assert calls.ended == ["1 done", "0 cancelled"]


def test_the_first_may_still_win() -> None:
    """Then the second is cancelled."""
    calls = Calls((0.03, "first"), (30, "second"))
    assert hedged(calls)[0] == "first"
    assert calls.ended == ["0 done", "1 cancelled"]


def test_a_failure_before_the_second_call_is_the_result() -> None:
    """It isn't a matter of hedging, but of retrying."""
    calls = Calls((0, ConnectionError("quick")))
    with pytest.raises(ConnectionError, match="quick"):
        hedged(calls, 5.0)
    assert calls.begun == 1


@pytest.mark.parametrize("plans", [((0.02, OSError("a")), (0.04, "ok")), ((0.05, "ok"), (0, OSError("b")))])
def test_a_failed_call_leaves_it_to_the_other(plans: tuple[tuple[float, Any], ...]) -> None:
    """Whichever fails."""
    assert hedged(Calls(*plans))[0] == "ok"


def test_if_both_fail_the_first_error_counts() -> None:
    """With a note of the second."""
    with pytest.raises(ConnectionError, match="first") as caught:
        hedged(Calls((0.02, ConnectionError("first")), (0.0, TimeoutError("second"))))
    assert caught.value.__notes__ == ["poet: hedged: a second call failed as well, with TimeoutError"]


def test_cancelling_cancels_both() -> None:
    """And waits for both."""
    calls = Calls((30, 1), (30, 2))

    async def main() -> None:
        task = asyncio.create_task(Hedge(target, 0.005).awaited(calls))
        while calls.begun < 2:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sorted(calls.ended) == ["0 cancelled", "1 cancelled"]
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_cancelled_while_the_loser_ends() -> None:
    """The loser is still waited for, then the cancellation goes on."""
    ended = []

    async def call() -> str:
        first = not ended
        ended.append("begun")
        if len(ended) == 2:
            return "second"
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.02)
            ended.append("cleaned up" if first else "?")
        return "first"

    async def main() -> None:
        task = asyncio.create_task(Hedge(target, 0.005).awaited(call))
        while len(ended) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended[-1] == "cleaned up"

    asyncio.run(main())


def test_context_of_the_winner_is_carried_over() -> None:
    """As if it had run in the caller's own task."""

    async def main() -> str:
        SEEN.set("caller")
        await Hedge(target, 0.005).awaited(Calls((30, 1), (0, 2)))
        return SEEN.get()

    assert asyncio.run(main()) == "call 1"


def test_many_at_once_leave_no_task_behind() -> None:
    """Hundreds of hedged calls, some cancelled."""

    async def main() -> None:
        hedge = Hedge(target, 0.001)
        tasks = [
            asyncio.create_task(hedge.awaited(Calls((0.002 * (n % 3), n), (0.001 * (n % 5), n)))) for n in range(300)
        ]
        await asyncio.sleep(0.002)
        for task in tasks[::7]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(r, asyncio.CancelledError) or r[0] in range(300) for r in results)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_other_event_loops_call_once() -> None:
    """Without asyncio there is no second call, and the result is the same."""

    async def five() -> int:
        return 5

    with pytest.raises(StopIteration) as stopped:
        Hedge(target, 0.001).awaited(five).send(None)
    assert stopped.value.value == 5


@pytest.mark.parametrize("after", [0.0, -1.0, float("nan"), float("inf"), "1"])
def test_impossible_delays_are_refused(after: Any) -> None:
    """At import."""
    with pytest.raises(ValueError):
        Hedge(target, after)
