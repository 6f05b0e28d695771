"""Repeating one call where it stands; work before it isn't done again."""

from __future__ import annotations

import sys
from functools import partial

from poetc.runtime.chance import chance
from poetc.runtime.cleaning import CLEANUP_GRACE, NEARLY
from poetc.runtime.clock import monotonic
from poetc.runtime.consumed import standing
from poetc.runtime.deadline import limited_call
from poetc.runtime.entering import AsyncEntering, Entering
from poetc.runtime.hosts import host_called
from poetc.runtime.limits import takes_all
from poetc.runtime.notice import name_of, notice
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.quantity import checked_count, checked_seconds
from poetc.runtime.responses import discard, discard_async, has_transient_status
from poetc.runtime.starting import AsyncStarting, started
from poetc.runtime.testing import testing_attempts
from poetc.runtime.travel import Stays
from poetc.runtime.trial import AwaitedTrial, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from poetc.runtime.breaker_hosts import HostBreakers
    from poetc.runtime.deadline import Deadline
    from poetc.runtime.trial import Asked


class Retry(Stays):
    """How often and how long to try: `attempts` in all; waits of `first` seconds doubling to `most`, with full jitter
    (a uniform share of it; Brooker, "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.

    `transient` names further exceptions that pass by themselves. `breaker` counts by the host that a call goes to: the
    ways in `host` lead there (see `host_called`). A call that it refuses fails like `refusal`, the client's own class
    of errors. Raises ValueError for impossible numbers.
    """

    __slots__ = (
        "attempts",
        "breaker",
        "budget",
        "first",
        "host",
        "most",
        "original",
        "refusal",
        "simple",
        "simple_timeout",
        "transient",
        "watched",
    )

    def __init__(
        self,
        original: Callable[..., Any],
        attempts: int = 3,
        first: float = 0.1,
        most: float = 5.0,
        budget: float = 45.0,
        transient: tuple[str, ...] = (),
        breaker: HostBreakers | None = None,
        host: tuple[str, ...] = (),
        refusal: str = "",
    ) -> None:
        self.original = original
        self.attempts = checked_count("attempts", attempts)
        self.first = checked_seconds("first", first)
        self.most = checked_seconds("most", most)
        self.budget = checked_seconds("budget", budget, above=0.0)
        self.transient = transient
        self.breaker = breaker
        self.host = host
        self.refusal = refusal
        self.watched: Collection[str] = () if breaker is None else breaker.watched
        """empty as long as no call has to ask the breaker"""
        self.simple: Any = self
        """the function that was last found to take all that is left of a budget (see `takes_all`), ..."""
        self.simple_timeout = ""
        """... and its parameter"""

    def wait(
        self, tried: int, asked: float | None, left: float, patient: bool = False, hurried: bool = False
    ) -> float | None:
        """Seconds to wait after `tried` attempts, or None if there is to be no further one.

        `asked` is what `Retry-After` said: at least that is waited or, if it doesn't fit into `left`, nothing tried.
        `patient`: there is to be a further one although so many were made, if any are. `hurried`: no wait may be longer
        than the first one.
        """
        if hurried:
            left, patient = min(left, self.first), False
        tests = testing_attempts()
        most = tried + 1 if patient and self.attempts > 1 and tests is None else self.attempts
        if tried >= most or tried >= (tests or most) or left <= 0:
            return None
        if asked is None:
            asked = chance() * min(self.most, self.first * 2.0 ** min(tried - 1, 60), left if hurried else self.most)
        elif asked < left:  # not all that were refused at once come back at once
            asked += chance() * min(self.first, (left - asked) / 2)
        if asked >= left:
            return None
        error = sys.exception()
        kind = {} if error is None else {"error": type(error).__qualname__}
        notice("function.retry", name_of(self.original), attempt=tried, wait_ms=asked * 1000.0, **kind)
        return asked

    def begin(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Asked:
        """Ask the breaker of the host that a call goes to: raises `CircuitOpenError`, or gives what `ended` is told."""
        if self.breaker is None or not self.watched:
            return None
        return self.breaker.begin(host_called(self.host, function, args, kwargs), self.refusal)

    def ended(
        self,
        asked: Asked,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        error: BaseException | None,
    ) -> None:
        """Tell the breaker that a call has finally failed, or, where there is no error, that it has answered with a
        status that passes by itself."""
        breaker = self.breaker
        if breaker is None:
            return
        verdict = not breaker.answers if error is None else breaker.verdict_on(error)
        if asked is not None:
            breaker.finish(asked, verdict, error)
        elif verdict is False:
            breaker.failed(host_called(self.host, function, args, kwargs), error)

    def worked(self, asked: Asked) -> None:
        """Tell the breaker that a call which had to ask has worked."""
        if asked is not None and self.breaker is not None:
            self.breaker.finish(asked, True)

    def written(
        self, asked: Asked, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """Tell the breaker what a write has answered."""
        if self.breaker is not None and self.breaker.answers and has_transient_status(result):
            self.ended(asked, function, args, kwargs, None)
        else:
            self.worked(asked)

    def __call__(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, repeated while it fails in a way that passes.

        `timeout` names the parameter that takes what is left of `deadline` (see `limited` for `scale`). Where it takes
        just that, the first attempt does as little as can be done.
        """
        if (
            timeout is not None
            and scale is None
            and deadline is not None
            and deadline.is_alone
            and ((function is self.simple and timeout == self.simple_timeout) or self.is_simple(function, timeout))
        ):
            return partial(self.once, function, deadline, timeout)
        return partial(self.repeated, function, deadline, timeout, scale, None)

    def is_simple(self, function: Callable[..., Any], timeout: str) -> bool:
        """Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered."""
        if not takes_all(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def once(self, function: Callable[..., Any], deadline: Deadline, timeout: str, /, *args: Any, **kwargs: Any) -> Any:
        """The first attempt, where all that is left is passed on; the others are left to `repeated`."""
        began = monotonic()
        left = deadline.end - began
        is_near = left < CLEANUP_GRACE and left < NEARLY * deadline.seconds
        if timeout in kwargs or is_near or not deadline.is_alone or self.watched:
            return self.repeated(function, deadline, timeout, None, None, *args, **kwargs)
        places = standing(args, kwargs)
        kwargs[timeout] = left
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began, None, places)
            wait = trial.after(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(None, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                return result
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began, None, places)
            wait = trial.after_result(result)
            if wait is None:
                return result
            discard(result)
        pause(wait)
        return self.repeated(function, deadline, timeout, None, trial, *args, **kwargs)

    def repeated(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        trial: Trial | None,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """All attempts, with all that they may need; `trial` knows of those that were made already."""
        began, places = monotonic(), standing(args, kwargs) if trial is None else ()
        asked = self.begin(function, args, kwargs) if self.watched and trial is None else None
        while True:
            try:
                if timeout is None:
                    result = function(*args, **kwargs)
                else:
                    result = limited_call(deadline, function, timeout, scale, args, kwargs)
            except Exception as error:
                trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                wait = trial.after(error)
                if wait is None:
                    if trial.kept is not None:
                        return trial.kept
                    raise
            except BaseException as error:
                self.ended(asked, function, args, kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    if asked is not None:
                        self.worked(asked)
                    return result
                trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                wait = trial.after_result(result)
                if wait is None:
                    return result
                discard(result)
            pause(wait)

    def unsent(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, a write, made again only after failures before anything was sent (see `is_unsent`)."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    if timeout is None:
                        result = function(*args, **kwargs)
                    else:
                        result = limited_call(deadline, function, timeout, scale, args, kwargs)
                except Exception as error:
                    trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    self.written(asked, function, args, kwargs, result)
                    return result
                pause(wait)

        return attempt

    def unsent_awaited(self, function: Callable[..., Any]) -> Any:
        """`unsent` for a function whose result is awaited."""

        async def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    result = await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    self.written(asked, function, args, kwargs, result)
                    return result
                await pause_async(wait)

        return attempt

    def awaited(self, function: Callable[..., Any]) -> Any:
        """`__call__` for a function whose result is awaited; an event loop keeps its budget."""

        async def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    result = await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after(error)
                    if wait is None:
                        if trial.kept is not None:
                            return trial.kept
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    if not has_transient_status(result):
                        self.worked(asked)
                        return result
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after_result(result)
                    if wait is None:
                        return result
                    await discard_async(result)
                await pause_async(wait)

        return attempt

    def entered(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, which makes the manager of a `with`: making and entering it are repeated together."""

        def attempt(*args: Any, **kwargs: Any) -> Entering:
            return Entering(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def entered_async(self, function: Callable[..., Any]) -> Any:
        """`entered` for an `async with`."""

        def attempt(*args: Any, **kwargs: Any) -> AsyncEntering:
            return AsyncEntering(self, function, args, kwargs)

        return attempt

    def iterated(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, whose result is looped over: started anew while it fails before its first item, never after."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            return started(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def iterated_async(self, function: Callable[..., Any]) -> Any:
        """`iterated` for an `async for`."""

        def attempt(*args: Any, **kwargs: Any) -> AsyncStarting:
            return AsyncStarting(self, function, args, kwargs)

        return attempt
