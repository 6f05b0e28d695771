"""`rt.Guard`: repeating a whole function inside one budget."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from runtime_clock import Clock, stopped_clock

from poetc.runtime.alarm import AlarmBudget, AlarmedDeadline
from poetc.runtime.deadline import Budget, Deadline, live_deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.guard import Guard, GuardState
from poetc.runtime.retry_forms import AnyRetry as Retry
from poetc.runtime.testing import testing


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that only waiting moves."""
    return stopped_clock(monkeypatch)


def original() -> None:
    """What a guard belongs to."""


class ServerError(Exception):
    """As clients raise it for a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status_code = status


def failed_once(guard: Guard, deadline: Deadline | None = None) -> GuardState:
    """What is known after a first attempt that failed in a way that passes."""
    state = guard.on_failure(ConnectionError(), deadline)
    assert state is not None
    return state


def attempts_of(guard: Guard, error: Exception, deadline: Deadline | None = None) -> int:
    """How often a function that always fails is called, the first time by the public function."""
    calls = [1]

    def fail() -> None:
        calls.append(1)
        raise error

    again = guard.on_failure(error, deadline)
    if again is not None:
        with pytest.raises(type(error)):
            again(fail)
    return len(calls)


def test_repeats_as_often_as_asked(clock: Clock) -> None:
    """The first attempt is the public function's; the guard makes the others, and notes how many there were."""
    error = ConnectionError()
    assert attempts_of(Guard(original, 4), error) == 4
    assert error.__notes__[0].startswith("poet: original: 4 attempts in ")


def test_call_site_and_whole_function_dont_multiply(clock: Clock) -> None:
    """What the call site has tried three times, the guard doesn't try again."""
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        Retry(original)(fail)()
    assert Guard(original, 5).on_failure(caught.value) is None
    assert len(calls) == 3


def test_server_error_of_what_writes_isnt_repeated(clock: Clock) -> None:
    """A 500 may come after the work was done: only an idempotent function is repeated after it."""
    assert attempts_of(Guard(original, 3, idempotent=True), ServerError(500)) == 3
    assert attempts_of(Guard(original, 3, idempotent=False), ServerError(500)) == 1
    assert attempts_of(Guard(original, 3, idempotent=False), ServerError(503)) == 3


@pytest.mark.parametrize("alarm", [False, True])
def test_budget_is_for_all_attempts(alarm: bool, clock: Clock) -> None:
    """No attempt begins behind the end, and every attempt shares the one deadline."""
    guard = Guard(original, 50, first=0.3, most=0.3, budget=1.0)
    deadline = (AlarmBudget if alarm else Budget)(original, 1.0).deadline()
    assert type(deadline) is (AlarmedDeadline if alarm else Deadline)
    seen: list[Any] = []

    def fail() -> None:
        seen.append((live_deadline(), clock.now < deadline.end))
        clock.now += 0.2
        raise ConnectionError

    with pytest.raises(ConnectionError):
        failed_once(guard, deadline)(fail)
    assert set(seen) == {(deadline, True)}
    assert live_deadline() is None
    assert sum(clock.waits) <= 1.0


def test_own_end_isnt_repeated(clock: Clock) -> None:
    """The budget's own error is the last word, whatever is left elsewhere."""
    error = Deadline(1.0).spent()
    assert isinstance(error, BudgetSpentError)
    assert Guard(original, 9).on_failure(error) is None


def test_call_around_bounds_the_waits(clock: Clock) -> None:
    """A function without a budget waits no longer than the enhanced call around it has."""
    guard = Guard(original, 9, first=5.0, most=5.0)
    with Deadline(0.001):
        waits = [guard.on_failure(ConnectionError()) for _ in range(50)]
    assert all(wait is None or wait < 0.001 for wait in waits)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_base_exceptions_end_it(error: type[BaseException], clock: Clock) -> None:
    """What means "stop" passes through further attempts, sync and async."""
    calls: list[int] = []

    def stop() -> None:
        calls.append(1)
        raise error

    async def stop_async() -> None:
        stop()

    guard = Guard(original, 9)
    with pytest.raises(error):
        failed_once(guard)(stop)
    coroutine = failed_once(guard).awaited(stop_async)
    with pytest.raises(error):
        coroutine.send(None)
    assert len(calls) == 2


def test_generator_is_started_anew_before_its_first_item_only(clock: Clock) -> None:
    """Nothing that was delivered is delivered twice."""
    starts: list[int] = []

    def items(fail_after: int) -> Iterator[int]:
        starts.append(1)
        if len(starts) == 1:
            raise ConnectionError
        yield 1
        if fail_after:
            raise ConnectionError

    assert list(Guard(original, 3).iterated(items, 0)) == [1]
    starts.clear()
    got = Guard(original, 3).iterated(items, 1)
    assert next(got) == 1
    with pytest.raises(ConnectionError):
        next(got)
    assert len(starts) == 2


def test_testing_mode_bounds_whole_functions_as_well(clock: Clock) -> None:
    """Inside `testing()` a function is tried once, whatever `retries=` says."""
    with testing():
        assert attempts_of(Guard(original, 9), ConnectionError()) == 1
    with testing(attempts=2):
        assert attempts_of(Guard(original, 9), ConnectionError()) == 2
    assert not any(clock.waits)
