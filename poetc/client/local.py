"""`poet serve status` and `poet serve stop`: the service that clients share on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from poetc.client.install_id import install_id
from poetc.client.lock import service_lock
from poetc.client.running import greet, read_running
from poetc.client.shutdown import shut_down
from poetc.client.state_file import find_state_files
from poetc.wire import Health

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """A local service that answers."""

    url: str
    pid: int
    started: float
    """seconds since the epoch"""
    current: bool
    """whether it runs the code that lies here; if not, the next build replaces it"""
    log: Path
    health: Health


def local_status() -> LocalStatus | None:
    """The running local service, or None; starts nothing. Raises ServiceDown POET306 when its folder can't be used."""
    files = find_state_files(os.environ)
    service = read_running(files.state)
    health = greet(service, _SECONDS) if service else None
    if service is None or health is None:
        return None
    return LocalStatus(service.url, service.pid, service.started, service.stamp == install_id(), files.log, health)


def stop_local() -> bool:
    """End the local service and remove its state file; whether one was running. Raises ServiceDown POET306."""
    files = find_state_files(os.environ)
    with service_lock(files.lock, _SECONDS):
        service = read_running(files.state)
        return service is not None and shut_down(service, files.state)
