# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Repeating one call where it stands; work before it isn't done again."""

from functools import partial

from .attempts import repeat
from .backoff import Backoff
from .clock import monotonic
from .consumed import standing
from .current import CLEANUP_GRACE, NEARLY, limited_call
from .responses import has_transient_status
from .retry_state import RetryState


class Retry(Backoff):
    """`attempts`, waits and a budget as `Backoff` has them, for calls where they stand.

    `transient` names further exceptions that pass by themselves. `breaker` counts by the host that a call goes to: the
    ways in `host` lead there. A call that it refuses fails like `refusal`, the client's own class of errors.
    """

    __slots__ = ("breaker", "host", "refusal", "simple", "simple_timeout", "transient", "watched")

    def __init__(
        self,
        original,
        attempts = 3,
        first = 0.1,
        most = 5.0,
        budget = 45.0,
        transient = (),
        breaker = None,
        host = (),
        refusal = "",
    ):
        super().__init__(original, attempts, first, most, budget)
        self.transient = transient
        self.breaker = breaker
        self.host = host
        self.refusal = refusal
        self.watched = () if breaker is None else breaker.watched
        """empty as long as no call has to ask the breaker"""
        self.simple = self
        """the function that was last found to take all that is left of a budget, ..."""
        self.simple_timeout = ""
        """... and its parameter"""

    def begin(self, function, args, kwargs):
        """Ask the breaker of the host that a call goes to: raises `CircuitOpenError`, or gives what `ended` is told."""
        if self.breaker is None or not self.watched:
            return None
        return self.breaker.begin(self.breaker.host_of(self.host, function, args, kwargs), self.refusal)

    def ended(
        self,
        asked,
        function,
        args,
        kwargs,
        error,
    ):
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

    def worked(self, asked):
        """Tell the breaker that a call which had to ask has worked."""
        if asked is not None and self.breaker is not None:
            self.breaker.finish(asked, True)

    def __call__(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
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
        return partial(self.attempted, function, deadline, timeout, scale, simple)

    def is_simple(self, function, deadline, timeout):
        """Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered."""
        if not deadline.is_all_for(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def attempted(
        self,
        function,
        deadline,
        timeout,
        scale,
        simple,
        /,
        *args,
        **kwargs,
    ):
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
