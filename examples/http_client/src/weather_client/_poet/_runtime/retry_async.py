# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""`Retry` for calls that are awaited; an event loop keeps their budget."""

from functools import partial

from .attempts import repeat_async
from .clock import monotonic
from .consumed import standing
from .responses import has_transient_status
from .retry import Retry
from .retry_state import RetryState


class AsyncRetry(Retry):
    """A `Retry` for calls that are awaited as well."""

    __slots__ = ()

    def awaited(self, function):
        """`__call__` for a function whose result is awaited."""
        return partial(self.attempted_async, function)

    async def attempted_async(self, function, /, *args, **kwargs):
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
