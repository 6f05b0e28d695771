"""Opaque code off the main thread: a daemon thread that is left behind when the budget is spent."""

from __future__ import annotations

import sys
from contextvars import Context, copy_context
from functools import partial
from os import getpid

from poetc.runtime.alarm import AlarmedDeadline, can_ring
from poetc.runtime.current import OUTER_DEADLINE
from poetc.runtime.deadline import BY_CLOCK, BY_WAITER, Budget, Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.known import KNOWN
from poetc.runtime.marks import mark_final
from poetc.runtime.transient import named_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType
    from typing import Any

ORPHANS: list[tuple[int, Any]] = []
"""process, and lock held by work that was left behind, until it ends; `orphan_count` prunes and counts them"""

MOST_ORPHANS = 64


class ThreadDeadline(AlarmedDeadline):
    """A deadline at which opaque code is given up even if it never looks at a clock.

    On the main thread an alarm interrupts it; elsewhere it runs in a daemon thread that is left behind if it does not
    end in time (counted by `orphan_count`). While a module is imported it stays where it is: a thread that needs that
    module would wait for the import, which waits for it; and with an argument that may not change threads.
    """

    __slots__ = ()

    def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """See `Deadline.run`."""
        call = partial(function, *args, **kwargs)
        if can_ring():
            self.grace = 0.0
        elif not (is_importing() or is_thread_bound((*args, kwargs))):
            return within_thread(self, call)
        self.left()
        return entered(self, call)


class ThreadBudget(Budget):
    """A `Budget` for which off the main thread code runs in a thread of its own."""

    __slots__ = ()

    def made(self, seconds: float) -> Callable[[], Deadline]:
        """See `Budget.made`."""
        return partial(ThreadDeadline, seconds, self.original)


def within_thread(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` in a daemon thread with a copy of the context; left behind when the deadline passes.

    What it sets in context variables is carried over, as if it had run here. Where no thread can be started any more
    (the interpreter is shutting down, the system has none left) it runs here.
    """
    left = deadline.left()
    try:
        from threading import Lock, Thread
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return entered(deadline, function)
    if orphan_count() >= MOST_ORPHANS:
        error = BudgetSpentError(
            f"{MOST_ORPHANS} calls that ran out of time still run in the background: no further one is started"
        )
        mark_final(error)
        raise error
    context = copy_context()
    outcome: list[Any] = [None, None, None]  # worked, value, error
    deadline.watch = BY_WAITER
    running = Lock()
    running.acquire()

    def work() -> None:
        try:
            outcome[1] = context.run(entered, deadline, function)
            outcome[0] = True
        except BaseException as error:  # carried over to the caller's thread, whatever it is
            outcome[2] = error
            outcome[0] = False
        finally:
            running.release()

    thread = Thread(target=work, name="poet call with a budget", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        deadline.watch = BY_CLOCK
        return entered(deadline, function)
    try:
        running.acquire(timeout=left)  # not `join`: interrupted by Ctrl-C, Python 3.11 takes the thread for ended
    finally:  # an exception here is the caller's own, KeyboardInterrupt: the call is left behind then, too
        if outcome[0] is None:
            deadline.is_over = True
            ORPHANS.append((getpid(), running))
    return result_of(outcome, context, deadline)


def entered(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` inside the deadline."""
    with deadline:
        return function()


def result_of(outcome: list[Any], context: Context, deadline: Deadline) -> Any:
    """What the thread gave or raised; raises `BudgetSpentError` if it has not done either."""
    worked, value, error = outcome
    if worked is None:
        raise deadline.spent()
    for variable, setting in context.items():
        if variable is not OUTER_DEADLINE and variable.get(outcome) is not setting:
            variable.set(setting)
    if worked:
        return value
    try:
        raise error
    finally:
        outcome.clear()  # no circle of error, traceback and frames
        del error


def orphan_count() -> int:
    """How many calls that ran out of time still run in daemon threads."""
    here = getpid()
    ORPHANS[:] = [(process, running) for process, running in ORPHANS if process == here and running.locked()]
    return len(ORPHANS)


def is_importing() -> bool:
    """Whether the current code runs because a module is imported, directly or through calls.

    This thread then holds the lock of that module: another one that needs the module would wait until the import ends.
    """
    machinery = (sys.modules or {}).get(type(__spec__).__module__)
    if machinery is None:  # the interpreter has taken its modules down
        return False
    home = machinery.__dict__
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is home:
            return True
        frame = frame.f_back
    return False


def is_thread_bound(values: Iterable[Any], depth: int = 1) -> bool:
    """Whether one of the values, or what it holds (items of a tuple or dict, attributes), belongs to its thread.

    Nothing is imported to know.
    """
    kinds = tuple(kind for name in KNOWN.thread_bound for kind in named_class(name))
    return any(issubclass(type(v), kinds) or (depth and is_thread_bound(held_by(v), depth - 1)) for v in values)


def held_by(value: Any) -> Iterable[Any]:
    """What a value holds, as far as looking runs no code of its own."""
    if type(value) is tuple:
        return value
    if type(value) is dict:
        return tuple(value.values())
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or its class makes one up
        return ()
    return tuple(attributes.values()) if type(attributes) is dict else ()
