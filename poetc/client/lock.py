"""One process at a time starts or stops the local service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic

_POLL = 0.02
"""seconds"""


@contextmanager
def service_lock(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock inside the block; raises ServiceDown POET306 when somebody else holds it for `seconds`.

    The file stays: it lies in the state folder, beside the service's log.
    """
    lock = FileLock(path, mode=0o600, poll_interval=_POLL, fallback_to_soft=False)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        message = "another poet process has been starting the local service for too long"
        hint = f"end that process; it holds {path}"
        raise ServiceDown(Diagnostic(code="POET306", message=message, hint=hint)) from None
    try:
        yield
    finally:
        lock.release()
