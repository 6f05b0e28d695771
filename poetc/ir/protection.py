"""What may stand around a function beside its budget and its attempts, as it was asked for; None: nobody said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Per = Literal["function", "host"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """A circuit breaker; what is None is the template's default."""

    failures: int | None = None
    """in a row, that open it; None with `rate` or `slow`: any number"""
    rate: float | None = None
    """share of failed calls in the window that opens it"""
    slow: float | None = None
    """seconds from which on a call is slow"""
    slow_rate: float | None = None
    """share of slow calls in the window that opens it"""
    window: float | None = None
    """seconds; None: the window is the last `calls` calls"""
    calls: int | None = None
    """the fewest that shares are computed of"""
    open_for: float | None = None
    """seconds"""
    growth: float | None = None
    """factor of `open_for` from one opening to the next"""
    jitter: float | None = None
    """share of `open_for` by which it varies, up and down"""
    probes: int | None = None
    """calls at a time that are let through to find out"""
    successes: int | None = None
    """probes in a row that close it"""
    exclude: tuple[str, ...] = ()
    """dotted names of exceptions that never count"""
    per: Per | None = None
    """None: each host whose calls can be told, else the function"""

    @property
    def is_windowed(self) -> bool:
        """Whether it judges by the shares of a window."""
        return self.rate is not None or self.slow is not None


@dataclass(frozen=True, slots=True)
class BulkheadPolicy:
    """Calls at a time."""

    limit: int
    wait: float = 0.0
    """seconds that a further call waits for a place"""


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """`calls` in `seconds`, and at most `burst` at once."""

    calls: int
    seconds: float
    burst: int
    wait: float = 0.0
    """seconds that a call waits for its token"""


@dataclass(frozen=True, slots=True)
class FallbackPolicy:
    """What stands in for a result: the function that `call` names, or a literal."""

    call: str | None = None
    """dotted, "app.pay.cached_receipt" """
    literal: str | None = None
    """as JSON text"""
