"""A circuit breaker that judges by the shares of failed and of slow calls among the last ones."""

from __future__ import annotations

from poetc.runtime.breaker import Breaker
from poetc.runtime.breaker_hosts import HostBreakers, OfHost
from poetc.runtime.clock import monotonic
from poetc.runtime.validate import checked_count, checked_seconds, checked_share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NEVER = 2**63
"""a limit that no count of failures reaches"""

SLICES = 10
"""parts of a window of time; the oldest is forgotten as a whole"""


class CallTally:
    """The last `size` calls, one byte each."""

    __slots__ = ("at", "calls", "failed", "kept", "slow")

    def __init__(self, size: int) -> None:
        self.kept = bytearray(size)
        self.at = 0
        self.calls = self.failed = self.slow = 0

    def count(self, now: float, failed: bool, slow: bool) -> None:
        """One more call, in the place of the one before `size` calls."""
        size = len(self.kept)
        if self.calls == size:
            old = self.kept[self.at]
            self.failed -= old & 1
            self.slow -= old >> 1
        else:
            self.calls += 1
        self.kept[self.at] = failed | slow << 1
        self.at = (self.at + 1) % size
        self.failed += failed
        self.slow += slow

    def clear(self) -> None:
        """Forget every call."""
        self.at = self.calls = self.failed = self.slow = 0

    def settle(self, now: float) -> None:
        """Nothing: calls don't grow old here."""


class TimeTally:
    """The calls of the last `seconds`, in ten slices: between 90 and 100 % of that time is looked at."""

    __slots__ = ("calls", "failed", "newest", "slices", "slow", "width")

    def __init__(self, seconds: float) -> None:
        self.width = seconds / SLICES
        self.clear()

    def count(self, now: float, failed: bool, slow: bool) -> None:
        """One more call."""
        self.settle(now)
        part = self.slices[self.newest % SLICES]
        part[0] += 1
        part[1] += failed
        part[2] += slow
        self.calls += 1
        self.failed += failed
        self.slow += slow

    def clear(self) -> None:
        """Forget every call."""
        self.slices = [[0, 0, 0] for _ in range(SLICES)]
        self.newest = 0
        self.calls = self.failed = self.slow = 0

    def settle(self, now: float) -> None:
        """Forget what is too old; `now` never goes backwards."""
        number = int(now // self.width)
        for at in range(max(self.newest + 1, number - SLICES + 1), number + 1):
            part = self.slices[at % SLICES]
            self.calls -= part[0]
            self.failed -= part[1]
            self.slow -= part[2]
            part[:] = [0, 0, 0]
        self.newest = max(self.newest, number)


class WindowBreaker(Breaker):
    """A `Breaker` that every call goes through. It opens when, among the calls of the window,

        failed / calls >= rate    or    slow / calls >= slow_rate    (or, if `limit` is given, so many failed in a row)

    where a call is slow if it takes `slow` seconds or more, whatever its end. With `window` seconds these are the calls
    of that time, judged once there are at least `calls`; without, the last `calls` calls, judged once there are so
    many. Calls that end in an error that doesn't count are left out. A slow probe is a failed one.
    """

    __slots__ = ("calls", "rate", "slow", "slow_rate", "tally")

    def __init__(
        self,
        original: Callable[..., Any],
        limit: int | None = None,
        open_for: float = 30.0,
        *,
        rate: float | None = None,
        slow: float | None = None,
        slow_rate: float = 0.5,
        window: float | None = None,
        calls: int = 20,
        probes: int = 1,
        successes: int | None = None,
        growth: float = 1.0,
        jitter: float = 0.0,
        exclude: tuple[str, ...] = (),
        transient: tuple[str, ...] = (),
        clock: Callable[[], float] = monotonic,
        name: str | None = None,
    ) -> None:
        self.rate = None if rate is None else checked_share("rate", rate)
        self.slow = None if slow is None else checked_seconds("slow", slow, above=0.0)
        self.slow_rate = checked_share("slow_rate", slow_rate)
        self.calls = checked_count("calls", calls)
        self.tally = CallTally(calls) if window is None else TimeTally(checked_seconds("window", window, above=0.0))
        super().__init__(
            original,
            NEVER if limit is None else limit,
            open_for,
            probes=probes,
            successes=successes,
            growth=growth,
            jitter=jitter,
            exclude=exclude,
            transient=transient,
            clock=clock,
            name=name,
        )

    def is_slow(self, began: float) -> bool:
        """Whether a call took too long."""
        return self.slow is not None and self.clock() - began >= self.slow

    def judge(self, failed: bool, is_slow: bool) -> None:
        """Count a call, and open if the window says so; call it with the lock held."""
        self.failures = self.failures + 1 if failed else 0
        tally = self.tally
        tally.count(self.now(), failed, is_slow)
        enough = tally.calls >= self.calls
        too_many = enough and self.rate is not None and tally.failed / tally.calls >= self.rate
        too_slow = enough and self.slow is not None and tally.slow / tally.calls >= self.slow_rate
        if too_many or too_slow or self.failures >= self.limit:
            self.trip()

    def enter(self, state: str) -> None:
        """Change the state; a closed breaker counts from zero."""
        super().enter(state)
        if state == "closed":
            self.tally.clear()

    def failed(self, error: BaseException) -> None:
        """Nothing: every call's end is known already."""

    def succeeded(self) -> None:
        """Nothing: every call's end is known already."""

    def why(self) -> str:
        """What opened it."""
        tally = self.tally
        return f"{tally.failed} of {tally.calls} calls failed, {tally.slow} were slow"

    def snapshot(self) -> dict[str, Any]:
        """That of `Breaker`, with `calls`, `failed` and `slow` of the window."""
        with self.lock:
            self.tally.settle(self.now())
            tally = self.tally
            return {**super().snapshot(), "calls": tally.calls, "failed": tally.failed, "slow": tally.slow}


class WindowHostBreaker(OfHost, WindowBreaker):
    """The breaker of one host that judges by shares."""

    __slots__ = ("host", "watched")


class WindowHostBreakers(HostBreakers):
    """`HostBreakers` that judge by shares: each call counts. Settings are those of `WindowBreaker`."""

    __slots__ = ()

    kind = WindowHostBreaker
    counts_each = True

    def __init__(
        self, original: Callable[..., Any], limit: int | None = None, open_for: float = 30.0, **settings: Any
    ) -> None:
        super().__init__(original, limit, open_for, **settings)
