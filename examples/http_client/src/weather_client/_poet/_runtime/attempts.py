# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The one loop of attempts: whether there is another one, and when, is decided by a state; here it is made."""

from .pause import pause, pause_async

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Protocol

    class State(Protocol):
        """What has come of the attempts so far."""

        @property
        def has_better(self) -> bool:
            """Whether something else than the last error is what comes of it all: `better()`."""

        def failed(self, error: Exception) -> float | None:
            """Seconds to wait before another attempt after this error; None: it is the last word."""

        def interrupted(self, error: BaseException) -> None:
            """Hear that an attempt ended in what isn't repeated: it was cancelled, or the program ends."""

        def answered(self, result: Any) -> float | None:
            """Seconds to wait before another attempt although one has this result; None: it is the result."""

        def better(self) -> Any:
            """What is given, or raised, in place of the last error."""

        def discard(self, result: Any) -> None:
            """Throw a result away."""

        async def discard_async(self, result: Any) -> None:
            """`discard` for what a coroutine throws away."""


def repeat(state, attempt, wait = None):
    """What the first good `attempt()` gives, or the last word on it; `wait`: seconds before the first one made here."""
    while True:
        if wait is not None:
            pause(wait)
        try:
            result = attempt()
        except Exception as error:
            wait = state.failed(error)
            if wait is None and not state.has_better:
                raise
        except BaseException as error:
            state.interrupted(error)
            raise
        else:
            wait = state.answered(result)
            if wait is None:
                return result
            state.discard(result)
        if wait is None:
            return state.better()


async def repeat_async(state, attempt, wait = None):
    """`repeat` for what is awaited."""
    while True:
        if wait is not None:
            await pause_async(wait)
        try:
            result = await attempt()
        except Exception as error:
            wait = state.failed(error)
            if wait is None and not state.has_better:
                raise
        except BaseException as error:
            state.interrupted(error)
            raise
        else:
            wait = state.answered(result)
            if wait is None:
                return result
            await state.discard_async(result)
        if wait is None:
            return state.better()
