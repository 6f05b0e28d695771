"""Ends a local service, if what runs under its process number is really it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from poetc.client.running import RunningService, greet, read_running

_GREET_SECONDS = 2.0
_PATIENCE_SECONDS = 4.0
_PAUSE_SECONDS = 0.02


def shut_down(service: RunningService, state: Path) -> bool:
    """Service, state file → whether it was running; afterwards neither it nor its state file is there.

    A process is only signalled when it has just proved that it knows the token of the state file: process numbers
    are used again, and a stale file may name anybody's.
    """
    health = greet(service, _GREET_SECONDS)
    proven = health is not None and health.pid == service.pid
    if proven:
        _signal(service.pid, signal.SIGTERM)
        if not _withdrawn(service, state) and greet(service, _GREET_SECONDS) is not None:
            _signal(service.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    if read_running(state) == service:
        state.unlink(missing_ok=True)
    return proven


def _withdrawn(service: RunningService, state: Path) -> bool:
    """Whether the service has removed its state file, the last thing it does."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if read_running(state) != service:
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
