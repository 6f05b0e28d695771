"""Events in a file, one line of JSON each."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from time import sleep

from poetc.runtime.clock import monotonic
from poetc.runtime.forks import fork_aware

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST_EVENT = 1_000_000
"""bytes of one event; a larger one is left out"""

LOCK_PATIENCE = 1.0
"""seconds that a call waits at most for another process to let go of the file"""

DEEPEST_EVENT = 50
"""levels of lists and dicts in each other; what is deeper is shown as text"""

LONGEST_SHOWN = 1_000
"""characters of what is shown as text because JSON has nothing for it"""


class JsonLines:
    """Appends each event to a file, one line of JSON each; readable by its owner only.

    Before the file grows beyond `most` bytes it becomes `path.1`, that one `path.2` and so on; the last of `keep` goes.
    Several processes may write to one file: lines are written whole or, on a full disk, not at all, and only one of
    them moves the file. If the file is removed or moved by somebody else, a new one is begun.
    """

    __slots__ = ("__weakref__", "file", "keep", "lock", "most", "path", "patience")

    def __init__(self, path: str, most: int = 10_000_000, keep: int = 5) -> None:
        if not path:
            raise ValueError('a path is missing: "jsonl:/path"')
        self.path = os.path.abspath(path)  # noqa: PTH100 - pathlib costs an import
        self.most = most
        self.keep = keep
        self.file = -1
        """-1: to be opened"""
        self.patience = LOCK_PATIENCE
        """seconds; none after the file could not be had, until it can be had again"""
        self.lock = Lock()
        self.opened()
        fork_aware(self)

    def __call__(self, event: dict[str, Any]) -> None:
        """Write one event; raises OSError if that can't be done."""
        line = (json_of(event) + "\n").encode()
        if len(line) > LARGEST_EVENT:
            return
        with self.lock:
            try:
                self.locked()
                self.rotate(len(line))
                self.written(line)
            finally:
                self.unlocked()

    def opened(self) -> None:
        """Open the file; call it with the lock held."""
        self.closed()
        # not to hang on a named pipe that nobody reads
        flags = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | flags, 0o600)
        if hasattr(os, "O_NONBLOCK"):
            os.set_blocking(self.file, True)

    def closed(self) -> None:
        """Close the file if it is open."""
        if self.file >= 0:
            file, self.file = self.file, -1
            os.close(file)

    def locked(self) -> None:
        """Have the file to this process alone, where the system can do that; it must be the one of that name still."""
        for _ in range(10):
            if self.file < 0:
                self.opened()
            self.patient_lock()
            try:
                there, here = os.stat(self.path), os.fstat(self.file)  # noqa: PTH116
                if (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev):
                    return
            except FileNotFoundError:
                pass
            self.closed()
        raise FileNotFoundError(f"{self.path} is replaced again and again")

    def patient_lock(self) -> None:
        """Lock the file against other processes; raises OSError if one of them doesn't let go of it in time."""
        end = monotonic() + self.patience
        while True:
            try:
                lock_file(self.file, True)
            except BlockingIOError:
                if monotonic() >= end:
                    self.patience = 0.0
                    raise
                sleep(0.0005)
            else:
                self.patience = LOCK_PATIENCE
                return

    def unlocked(self) -> None:
        """Let other processes write."""
        if self.file >= 0:
            lock_file(self.file, False)

    def rotate(self, more: int) -> None:
        """Move the file aside if `more` bytes are too many for it."""
        size = os.fstat(self.file).st_size
        if size == 0 or size + more <= self.most:
            return
        if os.name == "nt":  # where no open file can be moved
            self.closed()
        for number in range(self.keep - 1, 0, -1):
            if os.path.exists(f"{self.path}.{number}"):  # noqa: PTH110
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")  # noqa: PTH105
        os.replace(self.path, f"{self.path}.1")  # noqa: PTH105
        self.closed()
        self.locked()

    def written(self, line: bytes) -> None:
        """Append a line whole; what was written of it is taken back if the rest can't be."""
        before, done = os.fstat(self.file).st_size, 0
        try:
            while done < len(line):
                done += os.write(self.file, line[done:])
        except BaseException:
            if done:
                with suppress(OSError):
                    os.ftruncate(self.file, before)
            raise

    def forked(self) -> None:
        """In the child of a fork: a lock and, at the next event, an opened file of its own."""
        self.lock = Lock()
        with suppress(OSError):
            self.closed()


def lock_file(file: int, wanted: bool) -> None:
    """Lock an open file against other processes, or unlock it; nothing where the system has no such locks. Raises
    BlockingIOError if another one has it."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if wanted else fcntl.LOCK_UN)


def json_of(event: dict[str, Any]) -> str:
    """An event as JSON (RFC 8259) whatever is in it: NaN and infinities become null, unknown objects text."""
    import json

    try:
        return json.dumps(event, separators=(",", ":"), allow_nan=False, default=text_of)
    except (ValueError, TypeError, RecursionError):
        return json.dumps(plain(event), separators=(",", ":"), allow_nan=False)


def plain(value: Any, depth: int = 0) -> Any:
    """A value made of what JSON has."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is float:
        return value if value - value == 0.0 else None
    if kind is int and value.bit_length() < 4_000:
        return value
    if depth < DEEPEST_EVENT and kind is dict:
        return {key if type(key) is str else text_of(key): plain(inner, depth + 1) for key, inner in value.items()}
    if depth < DEEPEST_EVENT and kind in (list, tuple):
        return [plain(inner, depth + 1) for inner in value]
    return text_of(value)


def text_of(value: Any) -> str:
    """A value as text, for what JSON has nothing for; its class if it can't be printed."""
    try:
        return str(value)[:LONGEST_SHOWN]
    except Exception:
        return f"<{type(value).__name__}>"
