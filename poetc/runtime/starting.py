"""`for x in F(ARGS)` where the work is done while looping: started anew before the first item, never after it."""

from __future__ import annotations

from poetc.runtime.clock import monotonic
from poetc.runtime.deadline import limited_call
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.trial import AwaitedTrial, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import Any

    from poetc.runtime.deadline import Deadline
    from poetc.runtime.retry import Retry


def started(
    retry: Retry,
    function: Callable[..., Any],
    deadline: Deadline | None,
    timeout: str | None,
    scale: int | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Generator[Any, None, None]:
    """What `function(*args, **kwargs)` gives, item by item."""
    began, asked = monotonic(), retry.begin(function, args, kwargs)
    trial = Trial(retry, function, deadline, (args, kwargs), began, asked)
    while True:
        try:
            if timeout is None:
                items = function(*args, **kwargs)
            else:
                items = limited_call(deadline, function, timeout, scale, args, kwargs)
            step = iter(items).__next__
            first = step()
        except StopIteration:
            retry.worked(asked)
            return
        except Exception as error:
            wait = trial.after(error)
            if wait is None:
                raise
            pause(wait)
            continue
        except BaseException as error:
            retry.ended(asked, function, args, kwargs, error)
            raise
        break
    retry.worked(asked)
    yield first
    del first
    try:
        while True:
            yield step()
    except StopIteration:
        return


class AsyncStarting:
    """`started` for an `async for`."""

    __slots__ = ("args", "function", "kwargs", "retry", "step")

    def __init__(
        self, retry: Retry, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
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
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = AwaitedTrial(retry, self.function, None, (self.args, self.kwargs), began, asked)
        while True:
            try:
                step = aiter(self.function(*self.args, **self.kwargs)).__anext__
                item = await step()
            except StopAsyncIteration:
                retry.worked(asked)
                raise
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                retry.worked(asked)
                self.step = step
                return item
            await pause_async(wait)
