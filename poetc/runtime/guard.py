"""What stands around a whole function: its budget, its breaker, its repetition. Only failures pay for it."""

from __future__ import annotations

from functools import partial

from poetc.runtime.alarm import AlarmedDeadline, within
from poetc.runtime.cancel import within_async
from poetc.runtime.clock import monotonic
from poetc.runtime.comeback import retry_after
from poetc.runtime.consumed import is_used_up
from poetc.runtime.deadline import Deadline, live_deadline
from poetc.runtime.marks import add_note, is_final, mark_final
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.quantity import checked_seconds
from poetc.runtime.repeats import is_consequence, whole_obstacle
from poetc.runtime.retry import Retry
from poetc.runtime.transient import is_transient
from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from poetc.runtime.breaker import Breaker


class Wait(float):
    """Seconds, and the error after which they are waited."""

    __slots__ = ("error",)

    error: Exception

    def __new__(cls, seconds: float, error: Exception) -> Wait:
        wait = float.__new__(cls, seconds)
        wait.error = error
        return wait


class Guard(Stays):
    """`attempts` of the whole function in all, a `budget` of seconds or None, and a breaker or None.

    `alarm`: the budget is kept by SIGALRM on the main thread. What is not `idempotent` isn't repeated after a 500.
    Raises ValueError for impossible numbers.
    """

    __slots__ = ("breaker", "budget", "deadline", "idempotent", "original", "retry")

    def __init__(
        self,
        original: Callable[..., Any],
        attempts: int = 1,
        budget: float | None = None,
        breaker: Breaker | None = None,
        first: float = 0.1,
        most: float = 5.0,
        total: float = 45.0,
        alarm: bool = False,
        idempotent: bool = True,
    ) -> None:
        self.original = original
        self.budget = None if budget is None else checked_seconds("budget", budget, above=0.0)
        self.breaker = breaker
        self.retry = Retry(original, attempts, first, most, total if budget is None else budget)
        self.deadline: Callable[[], Deadline] = (
            partial(AlarmedDeadline, self.retry.budget, original) if alarm else partial(Deadline, self.retry.budget)
        )
        """`deadline()` is the end of a call's budget, counted from now"""
        self.idempotent = idempotent

    def within(self, deadline: Deadline, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)`, given up at the deadline (see `within`)."""
        return within(deadline, partial(function, *args, **kwargs))

    within_async = staticmethod(within_async)
    """`await awaitable`, cancelled at the deadline: the function itself, for every coroutine between costs its share"""

    def wait(self, error: Exception, deadline: Deadline | None = None) -> Wait | None:
        """Seconds until another attempt after the first one's `error`, or None if that stands."""
        since = None if deadline is None else deadline.end - deadline.seconds
        seconds = self.wait_after(error, deadline, 1, monotonic(), since)
        return None if seconds is None else Wait(seconds, error)

    def wait_after(
        self, error: Exception, deadline: Deadline | None, tried: int, began: float, since: float | None
    ) -> float | None:
        """Seconds until another attempt after `tried` of them, the further ones since `began` (monotonic seconds), or
        None if `error` stands; the breaker hears of it. `since`: when the call began, if that is known."""
        if self.breaker is not None:
            self.breaker.failed(error)
            if self.breaker.is_open:
                return None
        if not is_transient(error, (), self.idempotent) or is_final(error, since):
            return None
        left = self.retry.budget - (monotonic() - began)
        deadline = deadline or live_deadline()
        if deadline is not None:
            left = min(left, deadline.end - monotonic())
        return self.retry.wait(tried, retry_after(error), left)

    def again(
        self, wait: float, deadline: Deadline | None, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        """Further attempts of `function(*args)` after a first one failed, the next in `wait` seconds."""
        tried, began = 1, monotonic()
        first = self.check_arguments(wait, args, kwargs)
        while True:
            pause(wait)
            tried += 1
            try:
                if deadline is None or getattr(function, "__self__", None) is self:  # `within` enters the deadline
                    return function(*args, **kwargs)
                with deadline:
                    return function(*args, **kwargs)
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    if first is None or not is_consequence(error):
                        raise
            if next_wait is None and first is not None:
                self.note(first, tried, monotonic() - began)
                raise first
            wait = next_wait or 0.0

    async def again_async(
        self, wait: float, deadline: Deadline | None, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        """`again` for a coroutine function."""
        tried, began = 1, monotonic()
        first = self.check_arguments(wait, args, kwargs)
        while True:
            await pause_async(wait)
            tried += 1
            try:
                call = function(*args, **kwargs)
                return await (call if deadline is None else within_async(deadline, call))
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    if first is None or not is_consequence(error):
                        raise
            if next_wait is None and first is not None:
                self.note(first, tried, monotonic() - began)
                raise first
            wait = next_wait or 0.0

    def check_arguments(self, wait: float, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception | None:
        """The first attempt's error; raised if that attempt used up an argument, or left one that is of no use."""
        if not isinstance(wait, Wait):
            return None
        error = wait.error
        del wait.error  # no circle of error, traceback and frames
        why = whole_obstacle(args, kwargs, error)
        if why:
            add_note(error, f"{self.original.__qualname__}: 1 attempt, for {why}")
            raise error
        return error

    def note(self, error: Exception, tried: int, seconds: float) -> None:
        """Say in the error's notes how often and how long it was tried."""
        mark_final(error)
        add_note(error, f"{self.original.__qualname__}: {tried} attempts in {seconds:.2f} s")

    def iterated(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """The generator `function(*args)`, started anew while it fails before its first item; never after it."""
        tried, began = 0, monotonic()
        while True:
            inner, tried = function(*args, **kwargs), tried + 1
            try:
                first = next(inner)
            except StopIteration as stop:
                return stop.value
            except Exception as error:
                wait = self.wait_after(error, None, tried, began, began)
                if wait is None or is_used_up((*args, *kwargs.values())):
                    if tried > 1:
                        self.note(error, tried, monotonic() - began)
                    raise
                pause(wait)
            else:
                return (yield from resumed(inner, first))


def resumed(inner: Any, item: Any) -> Any:
    """`yield from inner` for a generator whose first item was already taken (PEP 380's expansion)."""
    while True:
        try:
            sent = yield item
        except GeneratorExit:
            inner.close()
            raise
        except BaseException as error:  # thrown in by the consumer: the user's generator decides
            step, argument = inner.throw, error
        else:
            step, argument = inner.send, sent
        try:
            item = step(argument)
        except StopIteration as stop:
            return stop.value
