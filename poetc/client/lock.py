"""One process at a time: an advisory file lock that the system releases when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic

_PAUSE_SECONDS = 0.02


@contextmanager
def exclusive(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock inside the block; raises ServiceDown POET306 when somebody else holds it for `seconds`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        _acquire(descriptor, path, time.monotonic() + seconds)
        yield
    finally:
        # Closing releases; the file stays, for removing it would let two processes lock two files of one name.
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, until: float) -> None:
    while not _try(descriptor):
        if time.monotonic() > until:
            raise ServiceDown(
                Diagnostic(
                    code="POET306",
                    message="another poet process has been starting the local service for too long",
                    hint=f"end that process; it holds {path}",
                )
            )
        time.sleep(_PAUSE_SECONDS)


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
