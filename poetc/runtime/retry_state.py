"""The attempts of one call, from its first failure on: counted, timed, and told in the notes of the last error."""

from __future__ import annotations

import sys

from poetc.runtime.clock import monotonic
from poetc.runtime.consumed import put_back, standing
from poetc.runtime.current import AROUND, live_deadline
from poetc.runtime.lookups import looked_up
from poetc.runtime.marks import is_final, mark_final
from poetc.runtime.notes import add_note
from poetc.runtime.outer import repeated_outside
from poetc.runtime.pause import loop_runs
from poetc.runtime.repeats import BY_ITSELF, USED_ONCE, obstacle
from poetc.runtime.responses import has_transient_status, is_read
from poetc.runtime.retry_after import retry_after
from poetc.runtime.transient import is_transient, uncounted_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.breaker import Begun
    from poetc.runtime.breaker_hosts import OfHost
    from poetc.runtime.consumed import Place
    from poetc.runtime.deadline import Deadline
    from poetc.runtime.retry import Retry

    Asked = tuple[OfHost, Begun] | None
    """what a call has to tell the breaker of its host when it ends; None: nothing, unless it fails"""


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
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        began: float,
        asked: Asked,
        places: tuple[Place, ...],
        blocks: bool = True,
    ) -> None:
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
        around = AROUND.get()
        self.tried: int = 0 if around is None else around.tried
        self.kept: Any = None
        """the last response that was thrown away, if all of it is there: what comes of failures after it"""

    @classmethod
    def of(
        cls,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        blocks: bool = True,
    ) -> Any:
        """The state of a call that begins now; raises `CircuitOpenError`."""
        began, asked = monotonic(), retry.begin(function, args, kwargs)
        return cls(retry, function, deadline, args, kwargs, began, asked, standing(args, kwargs), blocks)

    @property
    def has_better(self) -> bool:
        """Whether a response that was thrown away is better than the last error."""
        return self.kept is not None

    def better(self) -> Any:
        """That response."""
        return self.kept

    def left(self, error: BaseException | None = None) -> float:
        """Seconds left for waiting and trying, while `error` is being handled."""
        left = self.began + self.retry.budget - monotonic()
        return left if self.deadline is None else min(left, self.deadline.left_now(error))

    def failed(self, error: Exception) -> float | None:
        """Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes."""
        self.tried += 1
        wait = None if is_final(error, self.began) else self.wait_after(error)
        if wait is None:
            self.interrupted(error)
        return wait

    def interrupted(self, error: BaseException | None) -> None:
        """Let the breaker hear of the last word."""
        self.retry.ended(self.asked, self.function, self.args, self.kwargs, error)

    def wait_after(self, error: Exception) -> float | None:
        """`failed` after an error that no enhanced call further in has tried to overcome."""
        if not is_transient(error, self.retry.transient):
            if self.tried > 1:
                self.tell(error)
            return None
        why = self.obstacle(error) or repeated_outside()
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

    def obstacle(self, error: Exception) -> str:
        """Why the call can't, or needn't, be made again after `error`, or ""."""
        return obstacle(self.function, self.args, self.kwargs, error, self.places)

    def what(self) -> str:
        """What is repeated, for people, and where it stands."""
        return f"{called_name(self.function)}, called {place(self.retry.original)}"

    def tell(self, error: Exception, why: str = "") -> None:
        """Note in `error` how often and how long this call was tried, and where it stands.

        It is then the last word, unless only this call, as it was made, could not be repeated.
        """
        attempts = f"{self.tried} attempt" + "s" * (self.tried > 1)
        reason = f", for {why}" if why else ""
        spent = monotonic() - self.began
        add_note(error, f"{self.what()}: {attempts} in {spent:.2f} s{reason}")
        if why in ("", BY_ITSELF):
            mark_final(error)

    def answered(self, result: Any) -> float | None:
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

    def discard(self, result: Any) -> None:
        """Give back what a response holds that is thrown away for another attempt: its connection."""
        close = looked_up(result, "close")
        if callable(close):
            try:
                close()
            except Exception:  # it is thrown away either way
                return

    async def discard_async(self, result: Any) -> None:
        """`discard` for a response that is closed by a coroutine."""
        close = looked_up(result, "aclose")
        if not callable(close):
            self.discard(result)
            return
        try:
            await close()
        except Exception:  # it is thrown away either way
            return


def called_name(function: Callable[..., Any]) -> str:
    """What a function is called, for people."""
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except Exception:  # a callable object: any of the two may be missing, or raise
        return type(function).__qualname__


def place(original: Callable[..., Any]) -> str:
    """Where the innermost code that isn't the runtime's own stands, "at app/pay.py:12"; "in app.pay.charge" for a call
    of that function that a task or a thread makes."""
    home = __name__.rpartition(".")[0] + "."
    frame: Any = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(home):
        frame = frame.f_back
    if frame is None or str(frame.f_globals.get("__name__")).partition(".")[0] in sys.stdlib_module_names:
        return f"in {called_name(original)}"
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}"
