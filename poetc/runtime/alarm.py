"""SIGALRM at the end of a budget: what interrupts code on the main thread that never looks at a clock."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` looks for an enum's member first, at 9 us a call
from functools import partial

from poetc.runtime.cleaning import is_cleaning, is_within_cleanup
from poetc.runtime.clock import monotonic
from poetc.runtime.deadline import BY_ALARM, BY_CLOCK, BY_WAITER, Budget, Deadline
from poetc.runtime.errors import BudgetMissedWarning
from poetc.runtime.hooks import name_of, notice
from poetc.runtime.lookups import looked_up
from poetc.runtime.loops import greenlet_here
from poetc.runtime.stopping import Stop, awaited_socket, cursor_stop, frame_of, next_look, shut_down

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

ALARM_REPEAT = 0.05
"""seconds until another alarm, in case that the first was swallowed (in a `__del__`, by a bare `except`)"""

ALARM_GRACE = 0.02
"""share of the budget, at most half a second, that calls get to end by their own time limit, which says more"""

SLIGHT = 0.1
"""seconds after the end, behind the same share of it, of which nothing is said"""


class AlarmRang(BaseException):
    """Unwinds the interrupted code. No Exception, so that the code's own `except Exception` doesn't swallow it;
    it leaves the enhanced call as `BudgetSpentError`."""


class AlarmedDeadline(Deadline):
    """A deadline that interrupts what runs inside `with deadline:`, a little after its end.

    The handler and timer that were set before are put back; if that timer runs out first, its handler is called then.
    Off the main thread, and where there is no SIGALRM, it interrupts no code: another thread ends what a known client
    or a driver of a database waits for. What goes on after its end is then said, once for each function. Nor does it
    interrupt greenlets: they may have been left for others, and who runs then has nothing to do with the call.
    """

    __slots__ = (
        "armed",
        "due",
        "grace",
        "is_cut",
        "original",
        "outer_due",
        "outer_every",
        "outer_handler",
        "rang",
        "strand",
        "tries",
    )

    def __init__(self, seconds: float, original: Callable[..., Any] | None = None) -> None:
        Deadline.__init__(self, seconds)
        self.grace = min(self.seconds * ALARM_GRACE, 0.5)
        self.original = original
        self.armed = False
        self.tries = 0
        """how often it was looked at what the thread waits for, after the end"""
        self.is_cut = False
        """an answer may have been cut short"""
        self.strand: Any = None
        """the greenlet that entered it, where there are any"""
        self.rang: AlarmRang | None = None
        self.outer_handler: Any = None
        self.outer_due: float | None = None
        self.outer_every = 0.0

    def __enter__(self) -> None:
        Deadline.__enter__(self)
        self.strand = greenlet_here()
        if can_ring():
            try:
                self.take_over()
            except BaseException:  # Ctrl-C in just this moment
                self.__exit__(None, None, None)
                raise
        else:
            self.have_watched()

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
            is_early = is_due and (self.is_elsewhere(now) or self.puts_off(now, frame))
            self.wind()
            if is_due and not is_early and (frame is None or frame.f_code not in ALARM_CODES):
                self.rang = AlarmRang()
                raise self.rang

    def is_elsewhere(self, now: float) -> bool:
        """Whether another greenlet than the call's own runs just now; the alarm then rings again a little later."""
        here = greenlet_here()
        if here is self.strand or (self.strand is None and looked_up(here, "parent") is None):
            return False
        self.due = now + ALARM_REPEAT
        self.is_over = True
        return True

    def puts_off(self, now: float, frame: FrameType | None) -> bool:
        """Set when the alarm rings next; whether it is put off, since what runs cleans up and may do so for a while."""
        if not is_cleaning(self, frame):
            self.due = now + ALARM_REPEAT
            return False
        was_put_off = self.cleanup_end is not None and now >= self.cleanup_end + self.grace
        if was_put_off:
            self.cleanup_end = None  # what is left because of this alarm gets as much again
        self.due = now + ALARM_REPEAT if was_put_off else self.grace_end() + self.grace
        return not was_put_off

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        was_armed, self.armed = self.armed, False
        was_watched, self.watch = self.watch, BY_CLOCK
        self.strand = None
        if was_armed:
            self.put_back()
        Deadline.__exit__(self, kind, raised, trace)
        if was_armed:
            rang, self.rang = self.rang, None
            if raised is not None and raised is rang:
                raise self.spent() from None
        if was_watched != BY_WAITER and self.is_over:
            self.end_was_missed(raised)

    def allow(self, seconds: float) -> None:
        """See `Deadline.allow`; however often it is asked for, it is granted once."""
        if self.armed:
            self.due = max(self.due, self.end + self.grace + seconds)
        Deadline.allow(self, seconds)

    def end_was_missed(self, raised: BaseException | None) -> None:
        """Off the main thread the call went on after its end: an answer that was cut short is none, another one comes
        too late, which is said."""
        if self.is_cut and (raised is None or isinstance(raised, Exception)):
            raise self.spent() from raised
        late = monotonic() - (self.cleanup_end or self.end)
        if raised is None and late > self.grace + SLIGHT and self.original is not None:
            notice("function.late", name_of(self.original), late_ms=late * 1000.0)
            warn_of(self.original, self.seconds, late)

    def end_comes(self) -> float | None:
        """See `Deadline.end_comes`: mark it for loops, then end what the thread waits for, again and again."""
        if not self.is_over:
            self.is_over = True
            return self.grace
        thread = self.owner
        if not self.is_live or type(thread) is not int:
            return None
        if looked_up(self.strand, "gr_frame") is not None:  # it was left: the thread waits for something of another's
            self.tries += 1
            return next_look(self.tries)
        if is_within_cleanup(self, frame_of(thread)) or self.cleanup_end is not None:
            early = self.grace_end() + self.grace - monotonic()
            if early > 0:
                return early
        self.tries += 1
        self.stop_waiting(thread)
        return next_look(self.tries)

    def stop_waiting(self, thread: int) -> None:
        """End what the thread waits for, in the way that this offers."""
        frame = frame_of(thread)
        connection = awaited_socket(frame)
        if not self.is_live:
            return
        if connection is not None:
            self.is_cut = True
            shut_down(connection)
        elif (stop := cursor_stop(frame)) is not None:
            Stop(self.end, stop).end_comes()

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
        AlarmedDeadline.puts_off,
        AlarmedDeadline.__exit__,
        AlarmedDeadline.put_back,
    )
)
"""where an alarm must not raise: there would be nobody left to put things back"""


class AlarmBudget(Budget):
    """A `Budget` at whose end SIGALRM interrupts the main thread."""

    __slots__ = ()

    def made(self, seconds: float) -> Callable[[], Deadline]:
        """See `Budget.made`."""
        return partial(AlarmedDeadline, seconds, self.original)


def can_ring() -> bool:
    """Whether this is the main thread and no greenlet in it, and the alarm is for Python code to set."""
    try:
        import threading
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return False
    if threading.current_thread() is not threading.main_thread() or not hasattr(_signal, "setitimer"):
        return False
    if looked_up(greenlet_here(), "parent") is not None:
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


WARNED: set[str] = set()
"""names of functions that were warned of"""


def warn_of(function: Callable[..., Any], seconds: float, late: float) -> None:
    """Warn, once for each function, that a budget couldn't be kept."""
    name = name_of(function)
    if name in WARNED:
        return
    WARNED.add(name)
    import warnings

    code = function.__code__
    text = f"{name} came back {late:.2f} s after the end of its budget of {seconds:g} s: off the main thread and in"
    text += " greenlets nothing interrupts code that never looks at a clock (`poet explain` names the calls)"
    warnings.warn_explicit(text, BudgetMissedWarning, code.co_filename, code.co_firstlineno, function.__module__, {})
