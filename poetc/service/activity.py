"""What the service is doing: whether it is idle, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Counts running requests; used from one event loop."""

    def __init__(self) -> None:
        self.running = 0
        self._last = self._born = time.monotonic()

    @contextmanager
    def request(self) -> Iterator[None]:
        """A request runs inside."""
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._last = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Since the last request ended; 0 while one runs."""
        return 0.0 if self.running else time.monotonic() - self._last

    @property
    def uptime_seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._born
