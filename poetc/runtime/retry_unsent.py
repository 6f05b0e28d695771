"""Repeating a write: only after failures before anything of it was sent."""

from __future__ import annotations

from functools import partial

from poetc.runtime.attempts import repeat
from poetc.runtime.current import limited_call
from poetc.runtime.marks import is_final
from poetc.runtime.responses import has_transient_status
from poetc.runtime.retry import Retry, bound
from poetc.runtime.retry_state import RetryState
from poetc.runtime.unsent import is_unsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.deadline import Deadline


class WriteState(RetryState):
    """What has failed so far of a call that must not be made twice: it is made again only if nothing of it was sent."""

    __slots__ = ()

    def failed(self, error: Exception) -> float | None:
        """See `RetryState.failed`."""
        if is_unsent(error):
            return super().failed(error)
        self.tried += 1
        if self.tried > 1 and not is_final(error, self.began):
            self.tell(error, "it may have been done")
        self.interrupted(error)
        return None

    def answered(self, result: Any) -> None:
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
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, a write, made again only after failures before anything was sent (see `is_unsent`)."""

        def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            state = WriteState.of(self, function, deadline, args, kwargs, blocks=True)
            return repeat(state, partial(limited_call, deadline, function, timeout, scale, args, kwargs))

        return bound(attempt, function)
