"""SIGALRM at the end of a budget: what interrupts code on the main thread that never looks at a clock."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` looks for an enum's member first, at 3 us a call
import sys
from functools import partial
from time import monotonic

from poetc.runtime.affinity import has_affinity
from poetc.runtime.background import entered, within_thread
from poetc.runtime.deadline import BY_ALARM, BY_CLOCK, BY_WATCHER, Deadline
from poetc.runtime.importing import is_importing
from poetc.runtime.limits import limits_each_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

ALARM_REPEAT = 0.05
"""seconds until another alarm, in case that the first was swallowed (in a `__del__`, by a bare `except`)"""

ALARM_GRACE = 0.02
"""share of the budget, at most half a second, that calls get to end by their own time limit, which says more"""


class AlarmRang(BaseException):
    """Unwinds the interrupted code. No Exception, so that the code's own `except Exception` doesn't swallow it;
    it leaves the enhanced call as `BudgetSpentError`."""


class AlarmedDeadline(Deadline):
    """A deadline that interrupts what runs inside `with deadline:`, a little after its end.

    The handler and timer that were set before are put back; if that timer runs out first, its handler is called then.
    Off the main thread, and where there is no SIGALRM, it interrupts nothing; only calls whose own limit holds for
    each read, so that what drips in never meets it, are then made in a thread of their own.
    """

    __slots__ = ("armed", "due", "grace", "outer_due", "outer_every", "outer_handler", "rang")

    def __init__(self, seconds: float) -> None:
        Deadline.__init__(self, seconds)
        self.grace = min(self.seconds * ALARM_GRACE, 0.5)
        self.armed = False
        self.rang: AlarmRang | None = None
        self.outer_handler: Any = None
        self.outer_due: float | None = None
        self.outer_every = 0.0

    def __enter__(self) -> None:
        Deadline.__enter__(self)
        self.is_alone = False
        if can_ring():
            try:
                self.take_over()
            except BaseException:  # Ctrl-C in just this moment
                self.__exit__(None, None, None)
                raise

    def take_over(self) -> None:
        """Stop the timer, put this handler in the place of the one that was set, and set the timer anew."""
        self.armed = True
        left, self.outer_every = _signal.setitimer(_signal.ITIMER_REAL, 0)
        self.outer_due = monotonic() + left if left else None
        try:
            self.outer_handler = _signal.signal(_signal.SIGALRM, self.ring)
        except ValueError:  # another interpreter than the process's first one: those get no signals
            _signal.setitimer(_signal.ITIMER_REAL, left, self.outer_every)
            self.armed = False
            return
        self.due = self.end + self.grace
        self.watch = BY_ALARM
        self.is_alone = self.outer is None
        self.wind()

    def wind(self) -> None:
        """Set the timer to what is due first: this alarm's end, or what was to ring before."""
        due = self.due if self.outer_due is None else min(self.due, self.outer_due)
        _signal.setitimer(_signal.ITIMER_REAL, max(due - monotonic(), 1e-6))

    def ring(self, number: int, frame: FrameType | None) -> None:
        """The handler; raises only in the interrupted code, never while that is being left."""
        now = monotonic()
        if self.outer_due is not None and now >= self.outer_due:
            self.outer_due = now + self.outer_every if self.outer_every else None
            if self.armed:
                self.wind()
            pass_on(self.outer_handler, number, frame)
        elif self.armed:
            is_due = now >= self.due
            if is_due:
                self.due = now + ALARM_REPEAT
            self.wind()
            if is_due and not is_handled(self.rang) and (frame is None or frame.f_code not in ALARM_CODES):
                self.rang = AlarmRang()
                raise self.rang

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        was_armed, self.armed = self.armed, False
        self.watch = BY_CLOCK
        if was_armed:
            self.put_back()
        Deadline.__exit__(self, kind, raised, trace)
        rang, self.rang = self.rang, None
        if raised is not None and raised is rang:
            raise self.spent() from None

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """See `Deadline.called`."""
        if self.watch not in (BY_CLOCK, BY_WATCHER) or not limits_each_read(function):
            return Deadline.called(self, function, args, kwargs)
        return within_thread(Deadline(self.left()), partial(function, *args, **kwargs))

    def put_back(self) -> None:
        """The handler and timer of before, unless the interrupted code has set others of its own."""
        if _signal.getsignal(_signal.SIGALRM) != self.ring:
            return
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, self.outer_handler)
        if self.outer_due is not None:
            _signal.setitimer(_signal.ITIMER_REAL, max(self.outer_due - monotonic(), 1e-6), self.outer_every)


ALARM_CODES = frozenset(
    function.__code__
    for function in (
        AlarmedDeadline.__enter__,
        AlarmedDeadline.take_over,
        AlarmedDeadline.wind,
        AlarmedDeadline.ring,
        AlarmedDeadline.__exit__,
        AlarmedDeadline.put_back,
    )
)
"""where an alarm must not raise: there would be nobody left to put things back"""


def within(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()`, given up at the deadline even if it never looks at a clock.

    On the main thread an alarm signal interrupts it; elsewhere it runs in a daemon thread that is left behind if it
    does not end in time (counted by `orphan_count`). While a module is imported it stays where it is: a thread that
    needs that module would wait for the import, which waits for it; and with an argument that may not change threads.
    """
    if isinstance(deadline, AlarmedDeadline) and can_ring():
        deadline.grace = 0.0
    elif not (is_importing() or (isinstance(function, partial) and has_affinity((*function.args, function.keywords)))):
        return within_thread(deadline, function)
    deadline.left()
    return entered(deadline, function)


def can_ring() -> bool:
    """Whether this is the main thread, and the alarm is for Python code to set."""
    try:
        import threading
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return False
    if threading.current_thread() is not threading.main_thread() or not hasattr(_signal, "setitimer"):
        return False
    return _signal.getsignal(_signal.SIGALRM) is not None


def pass_on(handler: Any, number: int, frame: FrameType | None) -> None:
    """Do what the handler that was set before would have done."""
    if handler == _signal.SIG_DFL:
        import os

        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    elif callable(handler):
        handler(number, frame)


def is_handled(rang: AlarmRang | None) -> bool:
    """Whether that exception is on its way out: the code's `finally` and `except` blocks run undisturbed."""
    error = sys.exception()
    for _ in range(50):
        if error is None or rang is None:
            return False
        if error is rang:
            return True
        error = error.__context__
    return False
