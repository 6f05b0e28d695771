"""`with F(ARGS) as x`: making the manager and entering it, repeated together; the body runs once."""

from __future__ import annotations

from poetc.runtime.clock import monotonic
from poetc.runtime.deadline import limited_call
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.responses import has_transient_status
from poetc.runtime.trial import AwaitedTrial, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.deadline import Deadline
    from poetc.runtime.retry import Retry


class Entering:
    """A manager that makes another by `function(*args, **kwargs)`, enters it, and tries again if either fails."""

    __slots__ = ("args", "deadline", "function", "kwargs", "manager", "retry", "scale", "timeout")

    def __init__(
        self,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.retry = retry
        self.function = function
        self.deadline = deadline
        self.timeout = timeout
        self.scale = scale
        self.args = args
        self.kwargs = kwargs
        self.manager: Any = None

    def made(self) -> Any:
        """One more manager, with what is left of the budget."""
        if self.timeout is None:
            return self.function(*self.args, **self.kwargs)
        return limited_call(self.deadline, self.function, self.timeout, self.scale, self.args, self.kwargs)

    def __enter__(self) -> Any:
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = Trial(retry, self.function, self.deadline, (self.args, self.kwargs), began, asked)
        while True:
            try:
                self.manager = self.made()
                result = entrance(self.manager, "__enter__", "__exit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    retry.worked(asked)
                    return result
                wait = trial.after_result(result)
                if wait is None:
                    return result
                type(self.manager).__exit__(self.manager, None, None, None)
            pause(wait)

    def __exit__(self, *raised: Any) -> Any:
        return type(self.manager).__exit__(self.manager, *raised)


class AsyncEntering:
    """`Entering` for an `async with`."""

    __slots__ = ("args", "function", "kwargs", "manager", "retry")

    def __init__(
        self, retry: Retry, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.manager: Any = None

    async def __aenter__(self) -> Any:
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = AwaitedTrial(retry, self.function, None, (self.args, self.kwargs), began, asked)
        while True:
            try:
                self.manager = self.function(*self.args, **self.kwargs)
                result = await entrance(self.manager, "__aenter__", "__aexit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    retry.worked(asked)
                    return result
                wait = trial.after_result(result)
                if wait is None:
                    return result
                await type(self.manager).__aexit__(self.manager, None, None, None)
            await pause_async(wait)

    async def __aexit__(self, *raised: Any) -> Any:
        return await type(self.manager).__aexit__(self.manager, *raised)


def entrance(manager: Any, enter: str, leave: str) -> Any:
    """The type's own `enter`, found as `with` finds it; raises TypeError for what is no manager."""
    found = getattr(type(manager), enter, None)
    if found is None or not hasattr(type(manager), leave):
        kind = "asynchronous context manager" if enter == "__aenter__" else "context manager"
        missed = "" if found is None else f" (missed {leave} method)"
        raise TypeError(f"'{type(manager).__qualname__}' object does not support the {kind} protocol{missed}")
    return found
