# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""A budget for a coroutine: cancelled at its end by the event loop that runs it."""

import sys
from functools import partial

from .deadline import Budget, Deadline
from .loops import running_task, task_here
from .pause import running_trio


class LoopAlarm:
    """The budgets of all calls under way in one event loop, watched with one timer.

    `asyncio.timeout` sets and cancels a timer for every call, which is half of what it costs, and almost none is ever
    needed. Here the timer stays when a call ends: it finds nothing due, and is set for what ends next.
    """

    __slots__ = ("limits", "ring_at", "timer")

    def __init__(self):
        self.limits = set()
        self.ring_at = float("inf")
        self.timer = None

    def wind(self, loop, when):
        """Set the timer to that moment, which is before any that it was set to."""
        if self.timer is not None:
            self.timer.cancel()
        self.ring_at = when
        self.timer = loop.call_at(when, self.ring, loop)

    def ring(self, loop):
        """Cancel what is over its time, and set the timer for what is over next."""
        now = max(self.ring_at, loop.time())  # loops let timers run a little early
        self.ring_at, self.timer = float("inf"), None
        for limit in list(self.limits):
            if limit.when <= now:
                limit.ring()
        if self.limits:
            self.wind(loop, min(limit.when for limit in list(self.limits)))


class LoopLimit:
    """The end of one call's budget on the clock of its event loop; the rules of cancelling are `asyncio.timeout`'s."""

    __slots__ = ("alarm", "cancelling", "rang", "task", "when")

    def __init__(self, loop, task, left):
        self.task = task
        self.cancelling = task.cancelling()
        self.rang = False
        self.when = when = loop.time() + left
        self.alarm = alarm = alarm_of(loop)
        alarm.limits.add(self)
        if when < alarm.ring_at:
            alarm.wind(loop, when)

    def ring(self):
        """Cancel the task."""
        self.alarm.limits.discard(self)
        self.rang = True
        self.task.cancel()

    def ended(self, error):
        """Take note that the call is over; whether it ended with `error` because its time was up, and only for that."""
        self.alarm.limits.discard(self)
        if not self.rang:
            return False
        is_only_reason = self.task.uncancel() <= self.cancelling
        if isinstance(error, TimeoutError):  # what the call made of being cancelled
            return True
        return is_only_reason and isinstance(error, sys.modules["asyncio"].CancelledError)


def alarm_of(loop):
    """The alarm of an event loop, kept with the loop itself, for as long as that lives."""
    alarm = getattr(loop, "poet_alarm", None)
    if alarm.__class__ is LoopAlarm:
        return alarm
    alarm = LoopAlarm()
    try:
        loop.poet_alarm = alarm
    except Exception:  # a loop that takes no attributes: then every call has its own
        return alarm
    return alarm


class AsyncDeadline(Deadline):
    """A deadline at which what is awaited is cancelled."""

    __slots__ = ()

    async def within(self, awaitable):
        """`await awaitable`, cancelled at the end by asyncio or trio; under any other loop the end is only known."""
        try:
            left = self.left()
        except BaseException:
            close = getattr(awaitable, "close", None)
            if close is not None:  # never started: no warning that it was never awaited
                close()
            raise
        with self:
            loop, task = running_task()
            self.owner = task_here() if task is None else task
            if task is None:
                return await within_trio(self, left, awaitable)
            limit = LoopLimit(loop, task, left)
            try:
                result = await awaitable
            except BaseException as error:
                if limit.ended(error):
                    raise self.spent() from None
                raise
            limit.ended(None)
            return result


class AsyncBudget(Budget):
    """A `Budget` of a coroutine function."""

    __slots__ = ()

    def made(self, seconds):
        """See `Budget.made`."""
        return partial(AsyncDeadline, seconds)


async def within_trio(deadline, left, awaitable):
    """`AsyncDeadline.within` under trio, or under a loop that is known to nobody."""
    trio = running_trio()
    if trio is None:
        return await awaitable
    with trio.move_on_after(left) as scope:
        return await awaitable
    if scope.cancelled_caught:
        raise deadline.spent()
    return None
