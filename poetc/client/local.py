"""`poet serve status` and `poet serve stop`: the service that clients share on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from poetc.client.ending import end
from poetc.client.lock import exclusive
from poetc.client.place import find_place
from poetc.client.running import greet, read_running
from poetc.client.stamp import code_stamp
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
    place = find_place(os.environ)
    service = read_running(place.state)
    health = greet(service, _SECONDS) if service else None
    if service is None or health is None:
        return None
    return LocalStatus(service.url, service.pid, service.started, service.stamp == code_stamp(), place.log, health)


def stop_local() -> bool:
    """End the local service and remove its state file; whether one was running. Raises ServiceDown POET306."""
    place = find_place(os.environ)
    with exclusive(place.lock, _SECONDS):
        service = read_running(place.state)
        return service is not None and end(service, place.state)
