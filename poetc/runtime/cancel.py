"""A budget for a coroutine: cancelled at its end by the event loop that runs it."""

from __future__ import annotations

from poetc.runtime.deadline import Deadline
from poetc.runtime.pause import running_trio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any


async def within_async(deadline: Deadline, awaitable: Awaitable[Any]) -> Any:
    """`await awaitable`, cancelled at the deadline, by asyncio or trio; under any other loop only entered."""
    try:
        left = deadline.left()
    except BaseException:
        close = getattr(awaitable, "close", None)
        if close is not None:  # never started: no warning that it was never awaited
            close()
        raise
    with deadline:
        if in_asyncio_task():
            return await within_asyncio(deadline, left, awaitable)
        trio = running_trio()
        if trio is None:
            return await awaitable
        with trio.move_on_after(left) as scope:
            return await awaitable
        if scope.cancelled_caught:
            raise deadline.spent()
    return None


def in_asyncio_task() -> bool:
    """Whether the current coroutine runs in a task of asyncio, which can be cancelled."""
    import sys

    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.current_task() is not None
    except RuntimeError:
        return False


async def within_asyncio(deadline: Deadline, left: float, awaitable: Awaitable[Any]) -> Any:
    """`within_async` under asyncio."""
    from asyncio import timeout

    limit = timeout(left)
    try:
        async with limit:
            return await awaitable
    except TimeoutError:
        if limit.expired():
            raise deadline.spent() from None
        raise
