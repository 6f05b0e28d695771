"""A second attempt beside one that is slow: the first result wins (Dean and Barroso, "The Tail at Scale", 2013)."""

from __future__ import annotations

from contextvars import Context, copy_context

from poetc.runtime.current import OUTER_DEADLINE
from poetc.runtime.hooks import name_of, notice
from poetc.runtime.loops import in_asyncio_task
from poetc.runtime.notes import add_note
from poetc.runtime.travel import Stays
from poetc.runtime.validate import checked_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Callable
    from typing import Any


class Hedge(Stays):
    """If a call of a coroutine function has no result after `after` seconds, another is made beside it.

    The first result counts; the other call is cancelled, and waited for until it has ended. A call that fails leaves it
    to the other; if both fail, the error of the first counts. Each runs in a task with a copy of the context; what the
    one that counts has set in it is carried over. Under an event loop other than asyncio's there is no second call.
    """

    __slots__ = ("after", "name", "second")

    def __init__(self, original: Callable[..., Any], after: float) -> None:
        self.name = name_of(original)
        self.after = checked_seconds("after", after, above=0.0)
        self.second = 0
        """second calls made so far"""

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What `function(*args)` gives, called once or twice."""
        if not in_asyncio_task():
            return await function(*args, **kwargs)
        from asyncio import FIRST_COMPLETED, create_task, wait

        calls: dict[Task[Any], Context] = {}

        def begin() -> Task[Any]:
            context = copy_context()
            task = create_task(function(*args, **kwargs), context=context)
            calls[task] = context
            return task

        try:
            first = begin()
            await wait([first], timeout=self.after)
            if not first.done():
                self.second += 1
                notice("function.hedge", self.name, after_ms=self.after * 1000.0)
                running = {first, begin()}
                while running and not any(worked(task) for task in calls):
                    _, running = await wait(running, return_when=FIRST_COMPLETED)
            best = next((task for task in calls if worked(task)), first)
            carry_over(calls[best])
            note_second(best, calls)
            return best.result()
        finally:
            await ended(calls)


def worked(task: Task[Any]) -> bool:
    """Whether a call has a result."""
    return task.done() and not task.cancelled() and task.exception() is None


def carry_over(context: Context) -> None:
    """Set here what was set in the copy of the context."""
    for variable, value in context.items():
        if variable is not OUTER_DEADLINE and variable.get(context) is not value:
            variable.set(value)


def note_second(first: Task[Any], calls: dict[Task[Any], Context]) -> None:
    """Where both failed, say so in the notes of the error that counts."""
    error = None if first.cancelled() else first.exception()
    others = [task.exception() for task in calls if task is not first and task.done() and not task.cancelled()]
    if error is not None and others:
        add_note(error, f"hedged: a second call failed as well, with {type(others[0]).__name__}")


async def ended(calls: dict[Task[Any], Context]) -> None:
    """Cancel the calls that still run, and wait until they have ended; being cancelled meanwhile waits as well."""
    from asyncio import CancelledError, wait

    running = [task for task in calls if not task.done()]
    for task in running:
        task.cancel()
    cancelled: CancelledError | None = None
    while any(not task.done() for task in running):
        try:
            await wait(running)
        except CancelledError as error:
            cancelled = error
    for task in running:
        if not task.cancelled():
            task.exception()  # looked at, or the event loop complains that nobody did
    calls.clear()
    if cancelled is not None:
        raise cancelled
