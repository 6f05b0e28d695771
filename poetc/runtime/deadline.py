"""One budget of time for a whole call, shared by everything the call does."""

from __future__ import annotations

from contextvars import ContextVar
from time import monotonic

from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.transient import mark_final

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

OUTER_DEADLINE: ContextVar[float] = ContextVar("poet_outer_deadline")
"""the moment (monotonic seconds) at which the innermost enhanced call around the current one must be done"""

ORPHANS: list[Any] = []
"""threads left behind by `within` whose work still runs; `orphan_count` prunes and counts them"""


class Deadline:
    """The end of a budget of `seconds`; never later than that of an enhanced call around this one."""

    __slots__ = ("end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = min(monotonic() + seconds, OUTER_DEADLINE.get(float("inf")))

    def left(self) -> float:
        """Seconds left, more than 0; raises `BudgetSpentError` when there are none."""
        left = self.end - monotonic()
        if left <= 0:
            raise self.spent()
        return left

    def spent(self) -> BudgetSpentError:
        """The error to raise when the budget is used up; it is never retried."""
        error = BudgetSpentError(f"the call's budget of {self.seconds:g} s is spent")
        mark_final(error)
        return error


def within(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()`, given up at the deadline even if it never looks at a clock.

    On the main thread an alarm signal interrupts it (an alarm that was set before is set again for what is left of it);
    elsewhere it runs in a daemon thread that is left behind if it does not end in time (counted by `orphan_count`).
    """
    import threading

    if threading.current_thread() is threading.main_thread():
        import signal

        if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) is not None:
            return within_alarm(deadline, function)
    return within_thread(deadline, function)


def within_alarm(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` under SIGALRM; the handler and timer found are put back."""
    import signal

    running = True

    def give_up(number: int, frame: Any) -> None:
        if running:
            raise deadline.spent()

    began = monotonic()
    left = deadline.left()
    outer_handler = signal.signal(signal.SIGALRM, give_up)
    outer_left, outer_every = signal.setitimer(signal.ITIMER_REAL, left)
    token = OUTER_DEADLINE.set(deadline.end)
    try:
        return function()
    finally:
        running = False
        OUTER_DEADLINE.reset(token)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer_handler)
        if outer_left:
            signal.setitimer(signal.ITIMER_REAL, max(outer_left - (monotonic() - began), 1e-6), outer_every)


def within_thread(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` in a daemon thread with a copy of the context; left behind when the deadline passes."""
    import threading
    from contextvars import copy_context

    left = deadline.left()
    outcome: list[tuple[bool, Any]] = []
    context = copy_context()
    context.run(OUTER_DEADLINE.set, deadline.end)

    def work() -> None:
        try:
            outcome.append((True, context.run(function)))
        except BaseException as error:  # carried over to the caller's thread, whatever it is
            outcome.append((False, error))

    if orphan_count() >= 64:
        raise BudgetSpentError("64 calls that ran out of time still run in the background: no further one is started")
    thread = threading.Thread(target=work, name="poet call with a budget", daemon=True)
    thread.start()
    thread.join(left)
    if not outcome:
        ORPHANS.append(thread)
        raise deadline.spent()
    worked, value = outcome[0]
    if worked:
        return value
    raise value


def orphan_count() -> int:
    """How many calls that ran out of time still run in daemon threads."""
    ORPHANS[:] = [thread for thread in ORPHANS if thread.is_alive()]
    return len(ORPHANS)


async def within_async(deadline: Deadline, awaitable: Awaitable[Any]) -> Any:
    """`await awaitable`, cancelled at the deadline; works under asyncio."""
    import asyncio

    token = OUTER_DEADLINE.set(deadline.end)
    limit = asyncio.timeout(deadline.left())
    try:
        async with limit:
            return await awaitable
    except TimeoutError:
        if limit.expired():
            raise deadline.spent() from None
        raise
    finally:
        OUTER_DEADLINE.reset(token)
