"""`Retry` for what isn't just called: entered by `with`, looped over, or awaited although it writes.

Making a manager and entering it are repeated together, the body runs once; what is looped over is started anew before
its first item, never after it.
"""

from __future__ import annotations

from functools import partial

from poetc.runtime.attempts import repeat, repeat_async
from poetc.runtime.current import limited_call
from poetc.runtime.retry import bound
from poetc.runtime.retry_async import AsyncRetry
from poetc.runtime.retry_state import RetryState
from poetc.runtime.retry_unsent import WriteRetry, WriteState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import Any

    from poetc.runtime.deadline import Deadline
    from poetc.runtime.retry import Retry

NOTHING = object()
"""stands for the first item where there is none"""


class EntryState(RetryState):
    """What has failed so far of entering a manager: one that was entered is left before the next one is made."""

    __slots__ = ("manager",)

    manager: Any
    has_better = False  # a response whose manager was left is none

    def discard(self, result: Any) -> None:
        """Leave the manager that gave a response."""
        type(self.manager).__exit__(self.manager, None, None, None)

    async def discard_async(self, result: Any) -> None:
        """`discard` for an asynchronous manager."""
        await type(self.manager).__aexit__(self.manager, None, None, None)


class StartState(RetryState):
    """What has failed so far of starting to loop: whatever the first item is, it is one."""

    __slots__ = ()

    def answered(self, result: Any) -> None:
        """It has begun."""
        self.retry.worked(self.asked)


class AnyRetry(AsyncRetry, WriteRetry):
    """A `Retry` for calls in every form."""

    __slots__ = ()

    def unsent_awaited(self, function: Callable[..., Any]) -> Any:
        """`unsent` for a function whose result is awaited."""

        async def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            state = WriteState.of(self, function, None, args, kwargs, blocks=False)
            return await repeat_async(state, partial(function, *args, **kwargs))

        return bound(attempt, function)

    def entered(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, which makes the manager of a `with`."""
        return partial(Entering, self, function, deadline, timeout, scale)

    def entered_async(self, function: Callable[..., Any]) -> Any:
        """`entered` for an `async with`."""
        return partial(Entering, self, function, None, None, None)

    def iterated(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, whose result is looped over."""
        return partial(self.started, function, deadline, timeout, scale)

    def iterated_async(self, function: Callable[..., Any]) -> Any:
        """`iterated` for an `async for`."""
        return partial(AsyncStarting, self, function)

    def started(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Generator[Any, None, None]:
        """What `function(*args, **kwargs)` gives, item by item."""
        step: Any = None

        def attempt() -> Any:
            nonlocal step
            step = iter(limited_call(deadline, function, timeout, scale, args, kwargs)).__next__
            try:
                return step()
            except StopIteration:
                return NOTHING

        item = repeat(StartState.of(self, function, deadline, args, kwargs), attempt)
        if item is NOTHING:
            return
        yield item
        del item
        try:
            while True:
                yield step()
        except StopIteration:
            return


class AsyncStarting:
    """`Retry.started` for an `async for`; behind the first item, what gives the next one is awaited by the loop."""

    __slots__ = ("args", "function", "kwargs", "retry", "step")

    def __init__(self, retry: Retry, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.step: Any = None

    def __aiter__(self) -> AsyncStarting:
        return self

    def __anext__(self) -> Awaitable[Any]:
        if self.step is None:
            return self.first()
        return self.step()  # type: ignore[no-any-return]

    async def first(self) -> Any:
        """The first item, from as many starts as it takes."""
        step: Any = None

        async def attempt() -> Any:
            nonlocal step
            step = aiter(self.function(*self.args, **self.kwargs)).__anext__
            try:
                return await step()
            except StopAsyncIteration:
                return NOTHING

        state = StartState.of(self.retry, self.function, None, self.args, self.kwargs, blocks=False)
        item = await repeat_async(state, attempt)
        if item is NOTHING:
            raise StopAsyncIteration
        self.step = step
        return item


class Entering:
    """A manager that makes another by `function(*args, **kwargs)`, enters it, and tries again if either fails."""

    __slots__ = ("args", "call", "deadline", "function", "kwargs", "manager", "retry")

    def __init__(
        self,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.retry = retry
        self.function = function
        self.deadline = deadline
        self.args = args
        self.kwargs = kwargs
        self.call = partial(limited_call, deadline, function, timeout, scale, args, kwargs)
        self.manager: Any = None

    def state(self, blocks: bool) -> Any:
        """What is known of entering, which begins now."""
        return EntryState.of(self.retry, self.function, self.deadline, self.args, self.kwargs, blocks)

    def __enter__(self) -> Any:
        state = self.state(blocks=True)

        def attempt() -> Any:
            self.manager = state.manager = self.call()
            return entrance(self.manager, "__enter__", "__exit__")(self.manager)

        return repeat(state, attempt)

    def __exit__(self, *raised: Any) -> Any:
        return type(self.manager).__exit__(self.manager, *raised)

    async def __aenter__(self) -> Any:
        state = self.state(blocks=False)

        async def attempt() -> Any:
            self.manager = state.manager = self.call()
            return await entrance(self.manager, "__aenter__", "__aexit__")(self.manager)

        return await repeat_async(state, attempt)

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
