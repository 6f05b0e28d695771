"""A call that takes too long → `GivenUp`, raised where the call is, sleeping or not."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

SIGNAL: Final = getattr(signal, "SIGUSR1", signal.SIGINT)
"""not SIGALRM: that one is the enhanced function's own"""
BEAT = 0.05
"""seconds between two looks at the clock"""


class GivenUp(BaseException):
    """A call took longer than it may. No Exception, so that no `except Exception` of the user's takes it."""


class Patience:
    """Watches the calls of the main thread from another one. A loop in C, deaf to signals, is the parent's to end."""

    def __init__(self) -> None:
        self.until: float | None = None
        self.main = threading.main_thread().ident
        signal.signal(SIGNAL, self.interrupt)
        threading.Thread(target=self.watch, daemon=True, name="poet verify").start()

    def interrupt(self, *_: Any) -> None:
        """Raises GivenUp in the main thread if the time is really up."""
        if self.until is not None and monotonic() > self.until:
            raise GivenUp

    def watch(self) -> None:
        """Wake the main thread for as long as its call is overdue."""
        beat = threading.Event()
        while True:
            beat.wait(BEAT)  # not `time.sleep`, an audit event from Python 3.13 on: it would count as the call's
            until = self.until
            if until is not None and monotonic() > until:
                self.wake()

    def wake(self) -> None:
        """Send the signal; where threads can't be sent one, have it handled after the next instruction."""
        if hasattr(signal, "pthread_kill") and self.main is not None:
            signal.pthread_kill(self.main, SIGNAL)
        else:
            import _thread

            _thread.interrupt_main(SIGNAL)

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raises GivenUp in the body of the `with` once it takes longer."""
        self.until = monotonic() + seconds
        try:
            yield
        finally:
            self.until = None
