"""Repeating one call where it stands; work before it isn't done again."""

from __future__ import annotations

from functools import partial

from poetc.runtime.attempts import repeat
from poetc.runtime.backoff import Backoff
from poetc.runtime.clock import monotonic
from poetc.runtime.consumed import standing
from poetc.runtime.current import CLEANUP_GRACE, NEARLY, limited_call
from poetc.runtime.responses import has_transient_status
from poetc.runtime.retry_state import RetryState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from poetc.runtime.breaker_hosts import HostBreakers
    from poetc.runtime.deadline import Deadline
    from poetc.runtime.retry_state import Asked


def bound(attempt: Callable[..., Any], function: Any, *limit: Any) -> Any:
    """`attempt` of `function`; of a partial, what it was made of, so that its client and its arguments are seen.

    What is called most often asks for partials itself: a call of this costs more than all the rest there.
    """
    if type(function) is partial:
        return partial(attempt, function.func, *limit, *function.args, **function.keywords)
    return partial(attempt, function, *limit)


class Retry(Backoff):
    """`attempts`, waits and a budget as `Backoff` has them, for calls where they stand.

    `transient` names further exceptions that pass by themselves. `breaker` counts by the host that a call goes to: the
    ways in `host` lead there. A call that it refuses fails like `refusal`, the client's own class of errors.
    """

    __slots__ = ("breaker", "host", "refusal", "simple", "simple_timeout", "transient", "watched")

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
        super().__init__(original, attempts, first, most, budget)
        self.transient = transient
        self.breaker = breaker
        self.host = host
        self.refusal = refusal
        self.watched: Collection[str] = () if breaker is None else breaker.watched
        """empty as long as no call has to ask the breaker"""
        self.simple: Any = self
        """the function that was last found to take all that is left of a budget, ..."""
        self.simple_timeout = ""
        """... and its parameter"""

    def begin(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Asked:
        """Ask the breaker of the host that a call goes to: raises `CircuitOpenError`, or gives what `ended` is told."""
        if self.breaker is None or not self.watched:
            return None
        return self.breaker.begin(self.breaker.host_of(self.host, function, args, kwargs), self.refusal)

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
            breaker.failed(breaker.host_of(self.host, function, args, kwargs), error)

    def worked(self, asked: Asked) -> None:
        """Tell the breaker that a call which had to ask has worked."""
        if asked is not None and self.breaker is not None:
            self.breaker.finish(asked, True)

    def __call__(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, repeated while it fails in a way that passes.

        `timeout` names the parameter that takes what is left of `deadline`, a whole number of 1/`scale` seconds if that
        is given. Where it takes just what is left, the first attempt does as little as can be done.
        """
        simple = (
            timeout is not None
            and scale is None
            and deadline is not None
            and deadline.is_alone
            and (
                (function is self.simple and timeout == self.simple_timeout)
                or self.is_simple(function, deadline, timeout)
            )
        )
        if type(function) is partial:
            return bound(self.attempted, function, deadline, timeout, scale, simple)
        return partial(self.attempted, function, deadline, timeout, scale, simple)

    def is_simple(self, function: Callable[..., Any], deadline: Deadline, timeout: str) -> bool:
        """Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered."""
        if type(function) is partial or not deadline.is_all_for(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def attempted(
        self,
        function: Callable[..., Any],
        deadline: Any,
        timeout: Any,
        scale: int | None,
        simple: bool,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """The first attempt, and all others once it has failed; `simple`: all that is left of the budget is passed."""
        began, places = monotonic(), standing(args, kwargs)
        asked = self.begin(function, args, kwargs) if self.watched else None
        left = 0.0
        try:
            if (
                simple
                and timeout not in kwargs
                and deadline.is_alone
                and ((left := deadline.end - began) >= CLEANUP_GRACE or left >= NEARLY * deadline.seconds)
            ):
                kwargs[timeout] = left
                result = function(*args, **kwargs)
            elif timeout is None:
                result = function(*args, **kwargs)
            else:
                left = 0.0
                result = limited_call(deadline, function, timeout, scale, args, kwargs)
        except Exception as error:
            if left:
                del kwargs[timeout]
            state = RetryState(self, function, deadline, args, kwargs, began, asked, places)
            wait = state.failed(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(asked, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                if asked is not None:
                    self.worked(asked)
                return result
            if left:
                del kwargs[timeout]
            state = RetryState(self, function, deadline, args, kwargs, began, asked, places)
            wait = state.answered(result)
            if wait is None:
                return result
            state.discard(result)
        return repeat(state, partial(limited_call, deadline, function, timeout, scale, args, kwargs), wait)
