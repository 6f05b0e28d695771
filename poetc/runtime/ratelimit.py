"""A limit to how often a function is called: a token bucket."""

from __future__ import annotations

from threading import RLock

from poetc.runtime.clock import monotonic
from poetc.runtime.current import live_deadline
from poetc.runtime.forks import fork_aware
from poetc.runtime.hooks import name_of, notice
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.shared import public
from poetc.runtime.testing import LEFT_BY_TESTS, look_for_new_test
from poetc.runtime.travel import Stays
from poetc.runtime.validate import checked_count, checked_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


@public
class RateLimitedError(RuntimeError):
    """This function was called too often: the call was not made. It isn't retried; `retry_after` are seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimit(Stays):
    """At most `burst + calls / seconds * t` calls in any t seconds, of all threads and event loops of the process
    together.

    A bucket holds `burst` tokens and gets `calls` of them in `seconds`, one after the other; each call takes one. A
    call that finds none waits for its token up to `wait` seconds and never beyond the deadline of the call around it,
    or raises `RateLimitedError`.
    """

    __slots__ = ("__weakref__", "burst", "clock", "lock", "name", "rate", "reached", "tokens", "wait")

    def __init__(
        self,
        original: Callable[..., Any],
        calls: int,
        seconds: float = 1.0,
        burst: int | None = None,
        wait: float = 0.0,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name_of(original)
        self.rate = checked_count("calls", calls) / checked_seconds("seconds", seconds, above=0.0)
        """calls a second"""
        self.burst = calls if burst is None else checked_count("burst", burst)
        self.wait = checked_seconds("wait", wait)
        self.clock = clock
        self.tokens = float(self.burst)
        """below 0 by what calls that wait have taken in advance"""
        self.reached = clock()
        self.lock = RLock()
        LEFT_BY_TESTS.add(self)
        fork_aware(self)

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)`, once there is a token for it."""
        seconds = self.take()
        if seconds:
            try:
                pause(seconds)
            except BaseException:
                self.give_back()
                raise
        return function(*args, **kwargs)

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function; the event loop isn't blocked while it waits."""
        seconds = self.take()
        if seconds:
            try:
                await pause_async(seconds)
            except BaseException:
                self.give_back()
                raise
        return await function(*args, **kwargs)

    def take(self) -> float:
        """Take a token; gives the seconds until it is there. Raises `RateLimitedError` if that is too long."""
        deadline = live_deadline()
        if self.tokens < 1.0:
            look_for_new_test()
        with self.lock:
            self.refill()
            seconds = max(0.0, (1.0 - self.tokens) / self.rate)
            patience = self.wait if deadline is None else min(self.wait, deadline.end - monotonic())
            if seconds <= 0 or seconds <= patience:
                self.tokens -= 1.0
                return seconds
        notice("function.refusal", self.name, by="rate_limit")
        message = f"{self.name}: more than {self.rate:g} calls a second; the next one is due in {seconds:.2f} s"
        raise RateLimitedError(message, seconds)

    def refill(self) -> None:
        """Add what has come since the last look, nothing if the clock went backwards; call it with the lock held."""
        now = self.clock()
        self.tokens = min(float(self.burst), self.tokens + max(0.0, now - self.reached) * self.rate)
        self.reached = now

    def forget(self) -> None:
        """Fill the bucket."""
        with self.lock:
            self.tokens = float(self.burst)

    def give_back(self) -> None:
        """The call that waited for its token is interrupted."""
        with self.lock:
            self.tokens += 1.0

    def forked(self) -> None:
        """In the child of a fork: the lock may have been held by a thread that is gone."""
        self.lock = RLock()
