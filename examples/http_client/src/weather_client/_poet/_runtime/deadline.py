# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""One budget of time for a whole call, shared by everything the call does."""

import sys
from functools import partial
from threading import get_ident
from time import sleep
from types import GeneratorType

from .cleaning import is_cleaning
from .clock import monotonic
from .current import CLEANUP_GRACE, NEARLY, OUTER_DEADLINE, limited_call, live_deadline
from .errors import BudgetSpentError
from .limits import gave_up, is_in_text, limited, says_nothing_of_time, takes_all
from .loops import task_here
from .marks import mark_final
from .stopping import stopped_call
from .travel import Stays
from .validate import checked_seconds
from .watcher import watch


OUTER = OUTER_DEADLINE
"""under a name that isn't imported: calls of its methods are quicker for that (Python 3.11)"""

WAIT = "*"
"""in the place of a parameter's name: the call does nothing but wait for so many seconds"""

SLEEP = sleep
"""`time.sleep` as it was when the program began: what stands in for it in a test needn't take any time"""

BY_CLOCK, BY_ALARM, BY_WAITER, BY_WATCHER = 0, 1, 2, 3
"""how loops notice the end: they read the clock; an alarm interrupts them; another thread leaves a mark, because it
waits for the call, or because it watches the budgets of all long loops"""

LOOKS = 50
"""steps after which a loop no longer reads the clock itself: about what it costs to have it watched"""


def whole_steps(deadline, steps):
    """What a generator that got a time limit gives; its end is none if it comes of that limit."""
    result = yield from steps
    deadline.left()
    return result


class Deadline:
    """The end of a budget of `seconds`; never later than that of an enhanced call around this one.

    `with deadline:` is the stretch of time in which calls further in share it.
    """

    __slots__ = (
        "__weakref__",
        "cleanup_end",
        "end",
        "handled",
        "is_alone",
        "is_live",
        "is_over",
        "looks",
        "outer",
        "owner",
        "seconds",
        "token",
        "watch",
    )

    def __init__(self, seconds):
        self.seconds = seconds
        self.end = monotonic() + seconds
        self.outer = outer = OUTER.get()
        if outer is not None:
            self.outer = outer = live_deadline()
            if outer is not None and outer.end < self.end:
                self.end, self.seconds = monotonic() + outer.left_now(), outer.seconds
        self.is_live = True
        self.is_alone = False
        """entered, with nothing more to do for a call than to pass on what is left"""
        self.is_over = False
        self.looks = 0
        self.watch = BY_CLOCK
        self.token = None
        self.owner = None
        """the thread's number, or the task, that entered it"""
        self.handled = None
        """the exception that was being handled then: the call's caller, not the call, cleans up because of it"""
        self.cleanup_end = None
        """until when what cleans up may go on, once that has been asked for"""

    def __enter__(self):
        self.is_live = True
        self.is_alone = self.outer is None
        self.owner = get_ident()
        self.handled = sys.exception()
        self.token = OUTER.set(self)

    def __exit__(self, kind, raised, trace):
        self.is_live = self.is_alone = False
        self.handled = None
        token, self.token = self.token, None
        if token is not None:
            try:
                OUTER.reset(token)
            except ValueError:  # a coroutine that was thrown away is closed in another context than its own
                return

    def left(self):
        """Seconds left, more than 0; raises `BudgetSpentError` when there are none."""
        left = self.end - monotonic()
        if left < CLEANUP_GRACE:
            left = self.left_now()
            if left <= 0:
                raise self.spent()
        return left

    def left_now(self, error = None):
        """Seconds left; at least those of the grace where the current code cleans up. `error`: see `is_cleaning`."""
        left = self.end - monotonic()
        if left < min(CLEANUP_GRACE, NEARLY * self.seconds) and is_cleaning(self, sys._getframe(1), error):
            return self.grace_end() - monotonic()
        return left

    def grace_end(self):
        """When what cleans up is to be over: counted from when that first mattered."""
        if self.cleanup_end is None:
            self.cleanup_end = max(self.end, monotonic()) + CLEANUP_GRACE
        return self.cleanup_end

    def is_here(self):
        """Whether the current code runs in the thread or task that entered this."""
        owner = self.owner
        return bool(owner == get_ident() if type(owner) is int else owner is None or owner is task_here())

    def allow(self, seconds):
        """Let an alarm, of this budget or of one around it, ring so much later."""
        if self.outer is not None:
            self.outer.allow(seconds)

    def end_comes(self):
        """Hear from another thread that the end has come; seconds until it shall say so again, or None."""
        self.is_over = True
        return None

    def passed_to(self, function, name, scale = None):
        """`function`, called once, with what is left as its argument `name` if it is given none."""

        def timed(*args, **kwargs):
            return limited_call(self, function, name, scale, args, kwargs)

        return timed

    def call(
        self,
        function,
        name,
        scale,
        args,
        kwargs,
    ):
        """`function(*args, **kwargs)` with what is left as `name` (see `limited`), and no longer than that."""
        left = self.left()
        if not name.isidentifier():
            return self.otherwise_limited(left, name, function, args, kwargs)
        given = kwargs
        if name not in kwargs and not is_in_text(name, (*args, *kwargs.values())):
            kwargs = limited(function, left, name, scale, kwargs)
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            if kwargs is not given and says_nothing_of_time(error) and self.left_now(error) <= 0:
                raise self.spent() from error
            raise
        if (result is None or result is False or isinstance(result, tuple)) and gave_up(function, result):
            self.left()
        return whole_steps(self, result) if kwargs is not given and type(result) is GeneratorType else result

    def otherwise_limited(
        self, left, how, function, args, kwargs
    ):
        """`function(*args, **kwargs)`, which takes no time limit: a wait that is cut short, or a call that another
        thread stops by `how` (see `stopped_call`)."""
        if how != WAIT:
            return stopped_call(self, monotonic() + left, how, function, args, kwargs)
        seconds = args[0] if len(args) == 1 and not kwargs else None
        is_ended = self.watch in (BY_ALARM, BY_WAITER)  # by what `except Exception` doesn't swallow
        if is_ended or function is not SLEEP or type(seconds) not in (int, float) or seconds <= left:
            return function(*args, **kwargs)
        function(left)
        raise self.spent()

    def is_all_for(self, function, name):
        """Whether all that is left may be passed to `function` as `name`."""
        return takes_all(function, name)

    def lasts(self):
        """True while there is time left, for the head of a `while`; else raises `BudgetSpentError`."""
        if self.is_over or (not self.watch and self.ends()):
            self.left()
        return True

    def ends(self):
        """Whether the end has come, by the clock; who asks often has it watched."""
        self.looks += 1
        if self.looks == LOOKS:
            self.have_watched()
        return monotonic() >= self.end

    def have_watched(self):
        """Leave it to another thread to notice the end, if there can be one."""
        if self.watch == BY_CLOCK and watch(self):
            self.watch = BY_WATCHER

    def over(self, items):
        """`items`, for the head of a `for`; raises `BudgetSpentError` at the first step after the end.

        Where an alarm notices the end these are the very items, and cost nothing.
        """
        if self.watch == BY_ALARM:
            return items
        return (timed_steps if self.watch == BY_CLOCK else marked_steps)(self, iter(items).__next__)

    def over_async(self, items):
        """`over` for the head of an `async for`."""
        return AsyncSteps(self, items)

    def run(self, function, /, *args, **kwargs):
        """`function(*args)` within the budget."""
        with self:
            return function(*args, **kwargs)

    def spent(self):
        """The error to raise when the budget is used up; it is never retried."""
        error = BudgetSpentError(f"the call's budget of {self.seconds:g} s is spent")
        mark_final(error)
        return error


class Budget(Stays):
    """`seconds` for each call of a function: its calls and loops look at what is left. Raises ValueError for impossible
    numbers."""

    __slots__ = ("deadline", "original")

    def __init__(self, original, seconds):
        self.original = original
        self.deadline = self.made(checked_seconds("budget", seconds, above=0.0))
        """`deadline()` is the end of a call's budget, counted from now"""

    def made(self, seconds):
        """What makes the deadlines."""
        return partial(Deadline, seconds)


def timed_steps(deadline, step):
    """What `step()` gives until it raises StopIteration, and as long as the clock allows."""
    try:
        while True:
            if deadline.is_over or (not deadline.watch and deadline.ends()):
                deadline.left()
            yield step()
    except StopIteration:
        return


def marked_steps(deadline, step):
    """`timed_steps`, for a deadline that another thread watches."""
    try:
        while True:
            if deadline.is_over:
                deadline.left()
            yield step()
    except StopIteration:
        return


class AsyncSteps:
    """`timed_steps` of an asynchronous iterable; what its `__anext__` gives is awaited by the loop itself."""

    __slots__ = ("deadline", "step")

    def __init__(self, deadline, items):
        self.deadline = deadline
        self.step = aiter(items).__anext__

    def __aiter__(self):
        return self

    def __anext__(self):
        self.deadline.lasts()
        return self.step()
