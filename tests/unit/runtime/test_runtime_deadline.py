# ruff: noqa: PERF401, PERF402, PLW0120 - loops as people write them are what is tested
"""`rt.Deadline`: one budget, shared inward, passed to calls, looked at by loops without changing what they do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_clock import Clock, stopped_clock

from poetc.runtime.deadline import BY_ALARM, BY_WAITER, OUTER_DEADLINE, Budget, Deadline, limited_call, live_deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.marks import is_final


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that only waiting moves."""
    return stopped_clock(monkeypatch)


def original() -> None:
    """What a guard belongs to."""


def test_left_counts_down_and_then_raises(clock: Clock) -> None:
    """What is left is more than 0; at 0 the budget's own error comes, which is a TimeoutError and final."""
    deadline = Deadline(2.0)
    assert deadline.left() == 2.0
    clock.now += 1.5
    assert deadline.left() == 0.5
    clock.now += 0.5
    with pytest.raises(BudgetSpentError, match="the call's budget of 2 s is spent") as caught:
        deadline.left()
    assert isinstance(caught.value, TimeoutError)
    assert is_final(caught.value)


def test_inner_call_shares_the_smaller_budget(clock: Clock) -> None:
    """An enhanced call inside another ends no later than that, whatever its own budget; afterwards all is as before."""
    outer = Deadline(1.0)
    with outer:
        inner = Deadline(10.0)
        assert (inner.end, inner.seconds) == (outer.end, 1.0)
        with inner:
            assert Deadline(0.25).end == clock.now + 0.25
            assert live_deadline() is inner
        assert live_deadline() is outer
    assert live_deadline() is None
    assert Deadline(10.0).left() == 10.0


def test_task_that_outlives_its_call_is_free(clock: Clock) -> None:
    """Work that a call started and left running isn't bound by that call's budget once the call is over."""
    outer = Deadline(1.0)
    with outer:
        started = copy_context()
    clock.now += 5
    assert started.run(live_deadline) is None
    assert started.run(Deadline, 3.0).left() == 3.0
    with outer:
        middle = Deadline(0.5)
        with middle:
            nested = copy_context()
        assert nested.run(live_deadline) is outer


def test_budget_reaches_tasks_and_not_foreign_threads(clock: Clock) -> None:
    """Tasks inherit the budget with their context; a thread that the user starts has a context of its own."""
    seen: list[Deadline | None] = []

    async def look() -> None:
        seen.append(live_deadline())

    async def main() -> None:
        with Deadline(1.0):
            await asyncio.create_task(look())

    asyncio.run(main())
    with Deadline(1.0):
        thread = threading.Thread(target=lambda: seen.append(live_deadline()))
        thread.start()
        thread.join()
    assert seen[0] is not None
    assert seen[1] is None


def test_two_tasks_have_budgets_of_their_own(clock: Clock) -> None:
    """What one task enters, another doesn't see."""

    async def one(seconds: float) -> bool:
        deadline = Deadline(seconds)
        with deadline:
            for _ in range(5):
                await asyncio.sleep(0)
                if live_deadline() is not deadline:
                    return False
        return live_deadline() is None

    async def main() -> list[bool]:
        return await asyncio.gather(*(one(n + 1.0) for n in range(10)))

    assert asyncio.run(main()) == [True] * 10


def test_leaving_in_another_context_is_quiet(clock: Clock) -> None:
    """A coroutine that is thrown away may be closed anywhere: its budget ends all the same."""
    deadline = Deadline(1.0)
    copy_context().run(deadline.__enter__)
    deadline.__exit__(None, None, None)
    assert not deadline.is_live
    assert OUTER_DEADLINE.get() is None


# ---------------------------------------------------------------------- loops


def both_ways(loop: Callable[[Callable[[Any], Any], list[Any]], Any]) -> None:
    """Run a loop with and without a look at the budget, in each way of watching: traces and outcomes are the same."""
    outcomes = []
    for watch in (None, 0, BY_ALARM, BY_WAITER):
        trace: list[Any] = []
        deadline = Deadline(1000.0)
        if watch is not None:
            deadline.watch = watch
        try:
            outcome = loop((lambda items: items) if watch is None else deadline.over, trace)
        except Exception as error:
            outcome = (type(error), error.args)
        outcomes.append((outcome, trace))
    assert outcomes[1:] == outcomes[:1] * 3


def stubborn(trace: list[Any], items: list[Any]) -> Iterator[Any]:
    """A generator that says what happens to it."""
    try:
        for item in items:
            trace.append(("gives", item))
            yield item
    finally:
        trace.append("closed")


LOOPS: dict[str, Callable[[Any, list[Any]], Any]] = {}


def loop(function: Callable[[Any, list[Any]], Any]) -> Callable[[Any, list[Any]], Any]:
    LOOPS[function.__name__] = function
    return function


@loop
def plain(over: Any, trace: list[Any]) -> Any:
    for item in over([1, 2, 3]):
        trace.append(item)
    else:
        trace.append("else")
    return item


@loop
def broken_off(over: Any, trace: list[Any]) -> Any:
    for item in over(stubborn(trace, [1, 2, 3])):
        if item == 2:
            break
    else:
        trace.append("else")
    trace.append("after")


@loop
def continued(over: Any, trace: list[Any]) -> Any:
    for item in over(range(5)):
        if item % 2:
            continue
        trace.append(item)


@loop
def body_raises(over: Any, trace: list[Any]) -> Any:
    for item in over(stubborn(trace, [1, 2])):
        raise KeyError(item)


@loop
def source_raises(over: Any, trace: list[Any]) -> Any:
    for item in over(1 / (2 - n) for n in range(5)):
        trace.append(item)


@loop
def body_stops_iteration(over: Any, trace: list[Any]) -> Any:
    for item in over([1, 2]):
        trace.append(item)
        next(iter(()))


@loop
def not_iterable(over: Any, trace: list[Any]) -> Any:
    for item in over(7):
        trace.append(item)


@loop
def shared_iterator(over: Any, trace: list[Any]) -> Any:
    items = iter(range(10))
    for item in over(items):
        trace.append((item, next(items)))
        if item > 3:
            break
    return list(items)


@loop
def list_grows(over: Any, trace: list[Any]) -> Any:
    items = [1]
    for item in over(items):
        if item < 5:
            items.append(item + 1)
    return items


@loop
def dict_changes(over: Any, trace: list[Any]) -> Any:
    items = {1: 1}
    for item in over(items):
        items[item + 1] = 1


@loop
def by_index(over: Any, trace: list[Any]) -> Any:
    class Old:
        def __getitem__(self, index: int) -> int:
            if index > 2:
                raise IndexError
            return index

    return [item for item in over(Old())]  # noqa: C416


@loop
def nested(over: Any, trace: list[Any]) -> Any:
    return [(a, b) for a in over([1, 2]) for b in over(stubborn(trace, [a]))]


@loop
def returned_from(over: Any, trace: list[Any]) -> Any:
    for item in over(stubborn(trace, [1, 2])):
        return item


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_loop_does_what_it_did(loop: Callable[[Any, list[Any]], Any]) -> None:
    """break, else, continue, exceptions, what is closed and when, what is left over: all as without a budget."""
    both_ways(loop)


@settings(max_examples=100, deadline=None)
@given(
    items=st.lists(st.one_of(st.integers(), st.none(), st.text()), max_size=20),
    stop=st.integers(0, 20),
    fail=st.integers(0, 20),
)
def test_any_loop_does_what_it_did(items: list[Any], stop: int, fail: int) -> None:
    """For any items, a loop that breaks or fails anywhere has the same trace."""

    def run(over: Any, trace: list[Any]) -> Any:
        for number, item in enumerate(over(stubborn(trace, items))):
            if number == stop:
                break
            if number == fail:
                raise LookupError(item)
            trace.append(item)
        else:
            trace.append("else")

    both_ways(run)


def test_loop_ends_at_the_first_step_after_the_budget(clock: Clock) -> None:
    """The items up to the end come; the next step raises; the source is asked for no more."""
    taken: list[int] = []
    source = iter(range(100))
    deadline = Deadline(1.0)
    with pytest.raises(BudgetSpentError):
        for item in deadline.over(source):
            taken.append(item)
            clock.now += 0.3
    assert taken == [0, 1, 2, 3]
    assert next(source) == 4


def test_loop_watched_by_a_waiter_ends_at_its_mark(clock: Clock) -> None:
    """Where another thread keeps the time, its mark ends the loop, not the clock."""
    deadline = Deadline(1.0)
    deadline.watch = BY_WAITER
    taken = []
    with pytest.raises(BudgetSpentError):
        for item in deadline.over(range(100)):
            taken.append(item)
            clock.now += 10
            deadline.is_over = item == 2
    assert taken == [0, 1, 2]
    with pytest.raises(BudgetSpentError):
        deadline.lasts()


def test_loop_watched_by_an_alarm_is_untouched() -> None:
    """Where an alarm interrupts, the loop runs over the very object."""
    deadline, items = Deadline(1.0), [1]
    deadline.watch = BY_ALARM
    assert deadline.over(items) is items


def test_condition_is_true_until_the_end(clock: Clock) -> None:
    """`while deadline.lasts() and (CONDITION)` gives the condition's own value."""
    deadline = Deadline(1.0)
    assert deadline.lasts() is True
    assert (deadline.lasts() and ([])) == []
    clock.now += 1
    with pytest.raises(BudgetSpentError):
        deadline.lasts()


def test_async_loop_ends_at_the_first_step_after_the_budget(clock: Clock) -> None:
    """`async for` over an asynchronous source: the same, and what it raises passes."""

    async def source(fail: bool) -> Any:
        for n in range(4):
            yield n
        if fail:
            raise KeyError

    async def run(step: float, fail: bool = False) -> list[int]:
        taken: list[int] = []
        deadline = Deadline(1.0)
        try:
            async for item in deadline.over_async(source(fail)):
                taken.append(item)
                clock.now += step
            taken.append(-1)
        except BudgetSpentError:
            taken.append(-2)
        except KeyError:
            taken.append(-3)
        return taken

    assert asyncio.run(run(0.1)) == [0, 1, 2, 3, -1]
    assert asyncio.run(run(0.5)) == [0, 1, -2]
    assert asyncio.run(run(0.1, fail=True)) == [0, 1, 2, 3, -3]


# ---------------------------------------------------------------------- limits for calls


class Limit:
    """As httpx's Timeout: four limits."""

    def __init__(self, *, connect: Any, read: Any, write: Any, pool: Any) -> None:
        self.connect, self.read, self.write, self.pool = connect, read, write, pool


class Sender:
    """A client with calls of many signatures; each gives what it was given as `timeout`."""

    def __init__(self, timeout: Any = None) -> None:
        self.timeout = timeout

    def bare(self, url: str) -> Any:
        return "nothing"

    def named(self, url: str, timeout: Any = None) -> Any:
        return timeout

    def usual(self, url: str, timeout: Any = 0.5) -> Any:
        return timeout

    def only(self, url: str, *, timeout: Any = 0) -> Any:
        return timeout

    def loose(self, url: str, **options: Any) -> Any:
        return options.get("timeout", "nothing")


def passed(function: Callable[..., Any], *args: Any, scale: int | None = None, **kwargs: Any) -> Any:
    """What `function` gets from a budget of 2 s."""
    return Deadline(2.0).passed_to(function, "timeout", scale)(*args, **kwargs)


def test_what_is_left_is_passed_where_a_limit_is_taken_and_none_is_given(clock: Clock) -> None:
    """As a keyword, to functions, methods, and what takes any keyword; not to what takes none."""
    sender = Sender()
    assert passed(sender.named, "u") == 2.0
    assert passed(sender.only, "u") == 2.0, "0 and less mean for ever"
    assert passed(sender.loose, "u") == 2.0
    assert passed(sender.bare, "u") == "nothing"
    assert passed(partial(sender.named, "u")) == 2.0


def test_users_own_limit_is_never_touched(clock: Clock) -> None:
    """Whatever stands in the call, None included, is what the user wants."""
    sender = Sender()
    for limit in (None, 0.1, 100, "odd"):
        assert passed(sender.named, "u", timeout=limit) is limit
    assert passed(partial(sender.named, "u", timeout=7)) == 7


def test_smaller_usual_limit_stays(clock: Clock) -> None:
    """A default, or a client's own setting, that ends earlier isn't widened; one that ends later is narrowed."""
    assert passed(Sender().usual, "u") == 0.5
    assert passed(Sender(timeout=1.5).loose, "u") == "nothing"
    assert passed(Sender(timeout=30).loose, "u") == 2.0
    small = Limit(connect=1, read=2, write=1, pool=1)
    assert passed(Sender(small).loose, "u") == "nothing"
    wide = passed(Sender(Limit(connect=1, read=60, write=None, pool=5)).loose, "u")
    assert vars(wide) == {"connect": 1, "read": 2.0, "write": 2.0, "pool": 2.0}


def test_limits_in_whole_units(clock: Clock) -> None:
    """Milliseconds, and seconds without fractions, at least one of them; a usual limit counts in the same unit."""
    sender = Sender()
    assert passed(sender.named, "u", scale=1000) == 2000
    assert type(passed(sender.named, "u", scale=1000)) is int
    assert passed(Sender(timeout=1500).loose, "u", scale=1000) == "nothing"
    assert passed(Sender(timeout=15000).loose, "u", scale=1000) == 2000
    deadline = Deadline(0.2)
    assert deadline.passed_to(sender.named, "timeout", 1)("u") == 1


def test_stand_ins_of_tests_are_called_as_before(clock: Clock) -> None:
    """What stands for a client in a test may not take a limit, or be asked what it was called with."""
    mock = Mock(return_value=1)
    assert passed(mock, "u") == 1
    mock.assert_called_once_with("u")
    assert passed(lambda url: url, "u") == "u"

    class Callable_:
        def __call__(self, url: str) -> str:
            return url

    class Stub:
        def __call__(self, url: str, timeout: float | None = None) -> float | None:
            return timeout

    assert passed(Callable_(), "u") == "u"
    assert passed(Stub(), "u") == 2.0, "as a stub of gRPC"


def test_builtin_functions_get_it_by_name(clock: Clock) -> None:
    """A builtin that the catalogue says takes a limit gets it."""
    lock = threading.Lock()
    assert Deadline(2.0).passed_to(lock.acquire, "timeout")() is True
    clock.now = 0.0
    deadline = Deadline(0.01)
    assert deadline.passed_to(lock.acquire, "timeout")() is False


def test_no_call_starts_once_the_budget_is_spent(clock: Clock) -> None:
    """A write behind the deadline isn't begun."""
    calls: list[str] = []
    deadline = Deadline(1.0)
    clock.now += 1
    with pytest.raises(BudgetSpentError):
        deadline.passed_to(lambda url, timeout: calls.append(url), "timeout")("u")
    assert calls == []


def test_call_without_a_budget_takes_that_of_the_call_around(clock: Clock) -> None:
    """A retry in a function without a budget passes on what is left of an enhanced caller's; without one, nothing."""
    sender = Sender()
    assert limited_call(None, sender.named, "timeout", None, ("u",), {}) is None
    with Deadline(1.5):
        assert limited_call(None, sender.named, "timeout", None, ("u",), {}) == 1.5


def test_budget_of_a_call_that_is_over_is_not_passed(clock: Clock) -> None:
    """A generator expression may run after its function has returned: its calls are then free."""
    deadline = Deadline(1.0)
    sender = Sender()
    with deadline:
        later = (deadline.passed_to(sender.named, "timeout")("u") for _ in range(1))
    clock.now += 50
    assert list(later) == [None]


def test_urlopen_keeps_to_sockets_default(clock: Clock) -> None:
    """The library's own marker for "no limit" stands for the default of `socket`."""
    import socket
    from urllib.request import urlopen

    seen: list[Any] = []

    def opened(url: str, data: Any = None, timeout: Any = urlopen.__defaults__[1]) -> None:  # type: ignore[index]
        seen.append(timeout)

    passed(opened, "u")
    socket.setdefaulttimeout(0.7)
    try:
        passed(opened, "u")
    finally:
        socket.setdefaulttimeout(None)
    assert seen == [2.0, urlopen.__defaults__[1]]  # type: ignore[index]


@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf"), "5", True, 1e12])
def test_impossible_budgets_are_refused_early(budget: Any) -> None:
    """A guard can't be made with a budget that can't be kept."""
    with pytest.raises(ValueError, match="budget must be a finite number of seconds above 0"):
        Budget(original, budget)
