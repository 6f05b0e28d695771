"""`Retry` for calls that are awaited; an event loop keeps their budget."""

from __future__ import annotations

from functools import partial

from poetc.runtime.attempts import repeat_async
from poetc.runtime.clock import monotonic
from poetc.runtime.consumed import standing
from poetc.runtime.responses import has_transient_status
from poetc.runtime.retry import Retry, bound
from poetc.runtime.retry_state import RetryState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class AsyncRetry(Retry):
    """A `Retry` for calls that are awaited as well."""

    __slots__ = ()

    def awaited(self, function: Callable[..., Any]) -> Any:
        """`__call__` for a function whose result is awaited."""
        if type(function) is partial:
            return bound(self.attempted_async, function)
        return partial(self.attempted_async, function)

    async def attempted_async(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`attempted` for a function whose result is awaited."""
        began, places = monotonic(), standing(args, kwargs)
        asked = self.begin(function, args, kwargs) if self.watched else None
        try:
            result = await function(*args, **kwargs)
        except Exception as error:
            state = RetryState(self, function, None, args, kwargs, began, asked, places, blocks=False)
            wait = state.failed(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(asked, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                self.worked(asked)
                return result
            state = RetryState(self, function, None, args, kwargs, began, asked, places, blocks=False)
            wait = state.answered(result)
            if wait is None:
                return result
            await state.discard_async(result)
        return await repeat_async(state, partial(function, *args, **kwargs), wait)
