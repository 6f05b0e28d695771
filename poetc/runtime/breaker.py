"""A circuit breaker: after failures in a row, calls are refused for a while, then one probe decides."""

from __future__ import annotations

from threading import Lock
from time import monotonic

from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.transient import mark_final


class Breaker:
    """Opens after `limit` transient failures in a row, for `open_for` seconds. No lock is held during a call.

    `failures` and `is_open` are read without the lock on the happy path: both are single loads.
    """

    __slots__ = ("failures", "is_open", "limit", "lock", "open_for", "opened_at", "probe_at")

    def __init__(self, limit: int = 5, open_for: float = 30.0) -> None:
        self.limit = limit
        self.open_for = open_for
        self.failures = 0
        self.is_open = False
        self.opened_at = 0.0
        self.probe_at: float | None = None
        self.lock = Lock()

    def admit(self) -> None:
        """Let one probe through once the breaker was open long enough; else raise `CircuitOpenError`."""
        now = monotonic()
        with self.lock:
            if not self.is_open:
                return
            wait = self.opened_at + self.open_for - now
            probing = self.probe_at is not None and now - self.probe_at < self.open_for
            if wait <= 0 and not probing:
                self.probe_at = now
                return
        error = CircuitOpenError(
            f"circuit open after {self.failures} failures in a row; "
            + ("a probe is on its way" if wait <= 0 else f"next try in {wait:.1f} s")
        )
        mark_final(error)
        raise error

    def succeeded(self) -> None:
        """A call worked: close, and count from zero."""
        with self.lock:
            self.failures = 0
            self.is_open = False
            self.probe_at = None

    def failed(self) -> None:
        """A call failed in a way that passes by itself: count it, and open at the limit or after a failed probe."""
        now = monotonic()
        with self.lock:
            failures = self.failures + 1
            self.failures = failures
            if failures >= self.limit:
                self.is_open = True
                self.opened_at = now
                self.probe_at = None
