"""Repeating one call: at a call site known to be idempotent, or (`Guard`) around a whole function."""

from __future__ import annotations

from time import monotonic, sleep

from poetc.runtime.check import add_note
from poetc.runtime.transient import has_transient_status, is_final, is_transient, mark_final, retry_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.deadline import Deadline


class Retry:
    """How often and how long to try: `attempts` in all; waits of `first` seconds doubling to `most`, with full jitter
    (a uniform share of it; Brooker, "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.
    """

    __slots__ = ("attempts", "budget", "first", "most", "original")

    def __init__(
        self,
        original: Callable[..., Any],
        attempts: int = 3,
        first: float = 0.1,
        most: float = 5.0,
        budget: float = 45.0,
    ) -> None:
        self.original = original
        self.attempts = attempts
        self.first = first
        self.most = most
        self.budget = budget

    def wait(self, tried: int, asked: float | None, left: float) -> float | None:
        """Seconds to wait after `tried` attempts, or None if there is to be no further one.

        `asked` is what `Retry-After` said: it is kept to or, if it doesn't fit into `left`, not tried for.
        """
        if tried >= self.attempts:
            return None
        from random import random

        wait = asked if asked is not None else random() * min(self.most, self.first * 2.0 ** (tried - 1))
        return wait if wait < left else None

    def __call__(
        self, function: Callable[..., Any], deadline: Deadline | None = None, timeout: str | None = None
    ) -> Any:
        """`function`, repeated while it fails in a way that passes; `timeout` names the parameter for what is left."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            trial = Trial(self, function, deadline, timeout, kwargs)
            while True:
                try:
                    result = function(*args, **trial.keywords())
                except Exception as error:
                    wait = trial.after(error)
                    if wait is None:
                        raise
                else:
                    wait = trial.after_result(result)
                    if wait is None:
                        return result
                sleep(wait)

        return attempt

    def awaited(
        self, function: Callable[..., Any], deadline: Deadline | None = None, timeout: str | None = None
    ) -> Any:
        """`__call__` for a function whose result is awaited."""

        async def attempt(*args: Any, **kwargs: Any) -> Any:
            from asyncio import sleep as pause

            trial = Trial(self, function, deadline, timeout, kwargs)
            while True:
                try:
                    result = await function(*args, **trial.keywords())
                except Exception as error:
                    wait = trial.after(error)
                    if wait is None:
                        raise
                else:
                    wait = trial.after_result(result)
                    if wait is None:
                        return result
                await pause(wait)

        return attempt


class Trial:
    """The attempts of one call: counted, timed, and described in the notes of the last error."""

    __slots__ = ("began", "deadline", "function", "given", "retry", "timeout", "tried")

    def __init__(
        self,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        given: dict[str, Any],
    ) -> None:
        self.retry = retry
        self.function = function
        self.deadline = deadline
        self.timeout = timeout
        self.given = given
        self.began = monotonic()
        self.tried = 0

    def keywords(self) -> dict[str, Any]:
        """The call's keyword arguments, with what is left of the budget where the caller set no limit."""
        if self.timeout is None or self.deadline is None or self.timeout in self.given:
            return self.given
        return {**self.given, self.timeout: self.deadline.left()}

    def left(self) -> float:
        """Seconds left for waiting and trying."""
        left = self.began + self.retry.budget - monotonic()
        return left if self.deadline is None else min(left, self.deadline.end - monotonic())

    def after(self, error: Exception) -> float | None:
        """Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes."""
        self.tried += 1
        if not is_transient(error) or is_final(error):
            return None
        wait = self.retry.wait(self.tried, retry_after(error), self.left())
        if wait is None:
            mark_final(error)
            name = getattr(self.function, "__qualname__", repr(self.function))
            add_note(error, f"{name}: {self.tried} attempts in {monotonic() - self.began:.2f} s")
        return wait

    def after_result(self, result: Any) -> float | None:
        """Seconds to wait if `result` is a response that says to try again, else None; the last one is returned."""
        self.tried += 1
        if not has_transient_status(result):
            return None
        return self.retry.wait(self.tried, retry_after(result), self.left())
