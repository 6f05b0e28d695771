# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Repeating a whole function. Only failures pay for it."""

from functools import partial

from .attempts import repeat, repeat_async
from .backoff import Backoff
from .clock import monotonic
from .current import live_deadline
from .marks import is_final, mark_final
from .notes import add_note
from .repeats import is_consequence, whole_obstacle
from .retry_after import retry_after
from .transient import is_transient


class GuardState:
    """What has failed so far of one call of a function; `since`: when it began, if that is known.

    `wait`: seconds until the next attempt.
    """

    __slots__ = ("began", "deadline", "first", "guard", "has_better", "since", "tried", "wait")

    def __init__(self, guard, deadline, since):
        self.guard = guard
        self.deadline = deadline
        self.since = since
        self.began = monotonic()
        self.tried = 0
        self.wait = None
        self.first = None
        """the first error, while further attempts are made"""
        self.has_better = False

    def failed(self, error):
        """Seconds until another attempt, or None if `error` stands, or the first one does; that gets its notes."""
        self.tried += 1
        self.wait = self.guard.wait_after(error, self.deadline, self.tried, self.began, self.since)
        if self.wait is None and self.first is not None:
            self.note(error)
            self.has_better = is_consequence(error)
            self.first = self.first if self.has_better else None
        elif self.first is None:
            self.first = error
        return self.wait

    def interrupted(self, error):
        """It isn't repeated."""
        self.first = None

    def answered(self, result):
        """It has worked."""
        self.first = None

    def discard(self, result):
        """Nothing: results aren't judged here."""

    async def discard_async(self, result):
        """Nothing."""

    def better(self):
        """The first error, of which the last one is only a consequence."""
        first, self.first = self.first, None  # no circle of error, traceback and frames
        assert first is not None
        self.note(first)
        raise first

    def __call__(self, function, /, *args, **kwargs):
        """Further attempts of `function(*args)`, each within the deadline."""
        self.look_at(args, kwargs)
        run = function if self.deadline is None else partial(self.deadline.run, function)
        return repeat(self, partial(run, *args, **kwargs), self.wait)

    async def awaited(self, function, /, *args, **kwargs):
        """`__call__` for a coroutine function."""
        self.look_at(args, kwargs)
        call, deadline = partial(function, *args, **kwargs), self.deadline
        attempt = call if deadline is None else (lambda: deadline.within(call()))
        return await repeat_async(self, attempt, self.wait)

    def note(self, error):
        """Say in the error's notes how often and how long it was tried."""
        mark_final(error)
        attempts = f"{self.tried} attempts in {monotonic() - self.began:.2f} s"
        add_note(error, f"{self.guard.original.__qualname__}: {attempts}")

    def look_at(self, args, kwargs):
        """Raise the first error if its attempt used up an argument, or left one that is of no use."""
        error = self.first
        why = "" if error is None else whole_obstacle(args, kwargs, error)
        if error is not None and why:
            self.first = None
            add_note(error, f"{self.guard.original.__qualname__}: 1 attempt, for {why}")
            raise error
        self.since = self.began = monotonic()


class Guard(Backoff):
    """`attempts` of the whole function in all, with waits as `Backoff` has them. `breaker` is that around the function,
    `perceive` explains what fails. What is not `idempotent` isn't repeated after a 500.

    Raises ValueError for impossible numbers.
    """

    __slots__ = ("breaker", "idempotent", "perceive")

    def __init__(
        self,
        original,
        attempts = 1,
        first = 0.1,
        most = 5.0,
        budget = 45.0,
        *,
        idempotent = True,
        breaker = None,
        perceive = None,
    ):
        super().__init__(original, attempts, first, most, budget)
        self.breaker = breaker
        self.idempotent = idempotent
        self.perceive = perceive

    def on_failure(self, error, deadline = None, /, **arguments):
        """What makes further attempts after the first one's `error`, or None if that stands; the breaker hears of it,
        and in the error's notes stand the arguments that don't satisfy their annotations."""
        if self.perceive is not None:
            self.perceive.explain(error, **arguments)
        state = GuardState(self, deadline, None if deadline is None else deadline.end - deadline.seconds)
        return None if state.failed(error) is None else state

    def wait_after(
        self, error, deadline, tried, began, since
    ):
        """Seconds until another attempt after `tried` of them, the further ones since `began` (monotonic seconds), or
        None if `error` stands; the breaker hears of it."""
        if self.breaker is not None:
            self.breaker.failed(error)
            if self.breaker.is_open:
                return None
        if not is_transient(error, (), self.idempotent) or is_final(error, since):
            return None
        left = self.budget - (monotonic() - began)
        deadline = deadline or live_deadline()
        if deadline is not None:
            left = min(left, deadline.end - monotonic())
        return self.pause_after(tried, retry_after(error), left)

    def iterated(self, function, /, *args, **kwargs):
        """The generator `function(*args)`, started anew while it fails before its first item; never after it."""
        inner = None

        def attempt():
            nonlocal inner
            inner = function(*args, **kwargs)
            try:
                return True, next(inner)
            except StopIteration as stop:
                return False, stop.value

        state = GuardState(self, None, monotonic())
        try:
            goes_on, first = attempt()
        except Exception as error:
            if state.failed(error) is None:
                raise
        else:
            return (yield from resumed(inner, first)) if goes_on else first
        state.look_at(args, kwargs)
        goes_on, first = repeat(state, attempt, state.wait)
        return (yield from resumed(inner, first)) if goes_on else first


def resumed(inner, item):
    """`yield from inner` for a generator whose first item was already taken (PEP 380's expansion)."""
    while True:
        try:
            sent = yield item
        except GeneratorExit:
            inner.close()
            raise
        except BaseException as error:  # thrown in by the consumer: the user's generator decides
            step, argument = inner.throw, error
        else:
            step, argument = inner.send, sent
        try:
            item = step(argument)
        except StopIteration as stop:
            return stop.value
