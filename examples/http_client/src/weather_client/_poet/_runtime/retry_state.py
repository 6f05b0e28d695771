# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The attempts of one call, from its first failure on: counted, timed, and told in the notes of the last error."""

import sys

from .clock import monotonic
from .consumed import put_back, standing
from .current import live_deadline
from .lookups import looked_up
from .marks import is_final, mark_final
from .notes import add_note
from .outer import repeated_outside
from .pause import loop_runs
from .repeats import BY_ITSELF, USED_ONCE, obstacle
from .responses import has_transient_status, is_read
from .retry_after import retry_after
from .transient import is_transient, uncounted_seconds


MOST_UNCOUNTED = 20
"""attempts in all where failures aren't counted: a clock may stand still"""


class RetryState:
    """What has failed so far of one call, which `began` at that moment (monotonic seconds).

    `blocks`: waiting holds up an event loop that runs in this thread; long waits are then not made.
    """

    __slots__ = (
        "args",
        "asked",
        "began",
        "blocks",
        "deadline",
        "function",
        "kept",
        "kwargs",
        "places",
        "retry",
        "tried",
    )

    def __init__(
        self,
        retry,
        function,
        deadline,
        args,
        kwargs,
        began,
        asked,
        places,
        blocks = True,
    ):
        self.retry = retry
        self.function = function
        self.deadline = deadline if deadline is not None and deadline.is_live else live_deadline()
        self.args = args
        self.kwargs = kwargs
        self.began = began
        self.asked = asked
        self.places = places
        """where files among the arguments stood before the first attempt"""
        self.blocks = blocks
        self.tried = 0
        self.kept = None
        """the last response that was thrown away, if all of it is there: what comes of failures after it"""

    @classmethod
    def of(
        cls,
        retry,
        function,
        deadline,
        args,
        kwargs,
        blocks = True,
    ):
        """The state of a call that begins now; raises `CircuitOpenError`."""
        began, asked = monotonic(), retry.begin(function, args, kwargs)
        return cls(retry, function, deadline, args, kwargs, began, asked, standing(args, kwargs), blocks)

    @property
    def has_better(self):
        """Whether a response that was thrown away is better than the last error."""
        return self.kept is not None

    def better(self):
        """That response."""
        return self.kept

    def left(self, error = None):
        """Seconds left for waiting and trying, while `error` is being handled."""
        left = self.began + self.retry.budget - monotonic()
        return left if self.deadline is None else min(left, self.deadline.left_now(error))

    def failed(self, error):
        """Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes."""
        self.tried += 1
        wait = None if is_final(error, self.began) else self.wait_after(error)
        if wait is None:
            self.interrupted(error)
        return wait

    def interrupted(self, error):
        """Let the breaker hear of the last word."""
        self.retry.ended(self.asked, self.function, self.args, self.kwargs, error)

    def wait_after(self, error):
        """`failed` after an error that no enhanced call further in has tried to overcome."""
        if not is_transient(error, self.retry.transient):
            if self.tried > 1:
                self.tell(error)
            return None
        why = obstacle(self.function, self.args, self.kwargs, error, self.places) or repeated_outside()
        if why:
            self.tell(error, why)
            return None
        patient = self.tried < MOST_UNCOUNTED and 0.0 <= monotonic() - self.began < uncounted_seconds(error)
        hurried = self.blocks and loop_runs()
        wait = self.retry.pause_after(self.tried, retry_after(error), self.left(error), patient, hurried)
        if wait is None:
            self.tell(error)
        elif not put_back(self.places):
            self.tell(error, USED_ONCE)
            return None
        return wait

    def tell(self, error, why = ""):
        """Note in `error` how often and how long this call was tried, and where it stands.

        It is then the last word, unless only this call, as it was made, could not be repeated.
        """
        attempts = f"{self.tried} attempt" + "s" * (self.tried > 1)
        reason = f", for {why}" if why else ""
        spent = monotonic() - self.began
        add_note(error, f"{called_name(self.function)}, called {place()}: {attempts} in {spent:.2f} s{reason}")
        if why in ("", BY_ITSELF):
            mark_final(error)

    def answered(self, result):
        """Seconds to wait if `result` is a response that says to try again and may be thrown away; None: it counts."""
        if not has_transient_status(result):
            self.retry.worked(self.asked)
            return None
        self.tried += 1
        is_once = bool(obstacle(self.function, self.args, self.kwargs, None, self.places) or repeated_outside())
        asked, hurried = retry_after(result), self.blocks and loop_runs()
        wait = None if is_once else self.retry.pause_after(self.tried, asked, self.left(), False, hurried)
        if wait is not None and not put_back(self.places):
            is_once, wait = True, None
        if wait is None:
            self.interrupted(None)
            if not is_once:
                mark_final(result)  # what `raise_for_status` makes of it is not tried again further out
        elif is_read(result):
            mark_final(result)
            self.kept = result
        return wait

    def discard(self, result):
        """Give back what a response holds that is thrown away for another attempt: its connection."""
        close = looked_up(result, "close")
        if callable(close):
            try:
                close()
            except Exception:  # it is thrown away either way
                return

    async def discard_async(self, result):
        """`discard` for a response that is closed by a coroutine."""
        close = looked_up(result, "aclose")
        if not callable(close):
            self.discard(result)
            return
        try:
            await close()
        except Exception:  # it is thrown away either way
            return


def called_name(function):
    """What a function is called, for people."""
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except Exception:  # a callable object: any of the two may be missing, or raise
        return type(function).__qualname__


def place():
    """Where the innermost code that isn't the runtime's own stands: "at app/pay.py:12"."""
    home = __name__.rpartition(".")[0] + "."
    frame = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(home):
        frame = frame.f_back
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "somewhere"
