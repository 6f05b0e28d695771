# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Repeating a write: only after failures before anything of it was sent."""

from functools import partial

from .attempts import repeat
from .current import limited_call
from .marks import is_final
from .responses import has_transient_status
from .retry import Retry
from .retry_state import RetryState
from .unsent import is_unsent


class WriteState(RetryState):
    """What has failed so far of a call that must not be made twice: it is made again only if nothing of it was sent."""

    __slots__ = ()

    def failed(self, error):
        """See `RetryState.failed`."""
        if is_unsent(error):
            return super().failed(error)
        self.tried += 1
        if self.tried > 1 and not is_final(error, self.began):
            self.tell(error, "it may have been done")
        self.interrupted(error)
        return None

    def answered(self, result):
        """Whatever a write has answered is its result; the breaker hears of it."""
        breaker = self.retry.breaker
        if breaker is not None and breaker.answers and has_transient_status(result):
            self.interrupted(None)
        else:
            self.retry.worked(self.asked)


class WriteRetry(Retry):
    """A `Retry` for writes as well."""

    __slots__ = ()

    def unsent(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
        """`function`, a write, made again only after failures before anything was sent (see `is_unsent`)."""

        def attempt(*args, **kwargs):
            state = WriteState.of(self, function, deadline, args, kwargs, blocks=True)
            return repeat(state, partial(limited_call, deadline, function, timeout, scale, args, kwargs))

        return attempt
