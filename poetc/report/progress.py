"""How far a long run is: one bar on standard error, only on a terminal, only once the run has turned out to be long."""

from __future__ import annotations

import contextlib
import os
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import threading

    from rich.progress import Progress as Bar

SHOWN_AFTER = 0.7
"""seconds"""


class Progress:
    """A context in which `plan` says how many functions there are to do and `advance` that one is done.

    Nothing is imported, and no thread started, unless the stream is a terminal and there is something to do. The bar
    starts from a timer, since the first answer can take longer than everything after it.
    """

    def __init__(self, stream: TextIO | None, *, wanted: bool) -> None:
        self._stream = stream if wanted and stream is not None and _can_show(stream) else None
        self._timer: threading.Timer | None = None
        self._lock: threading.Lock | None = None
        self._bar: Bar | None = None
        self._done = 0
        self._closed = False

    def plan(self, total: int) -> None:
        """There are `total` functions to do."""
        if self._stream is None or total <= 0 or self._timer is not None:
            return
        import threading

        self._lock = threading.Lock()
        self._timer = threading.Timer(SHOWN_AFTER, self._show, (total,))
        self._timer.daemon = True
        self._timer.start()

    def advance(self) -> None:
        """One more function is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed = True
        if self._timer is None or self._lock is None:
            return
        self._timer.cancel()
        # A terminal that is gone is no reason to fail a build that is done.
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self._bar is not None:
                self._bar.stop()

    def _show(self, total: int) -> None:
        """Start the bar; runs in the timer's thread, so nothing may escape it onto the user's screen."""
        assert self._lock is not None
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self._closed or self._stream is None:
                return
            bar = _new_bar(self._stream)
            bar.add_task("poet", total=total, completed=self._done)
            bar.start()
            self._bar = bar


def _can_show(stream: TextIO) -> bool:
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def _new_bar(stream: TextIO) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=stream), transient=True, redirect_stdout=False)
