"""Connections of the service: a request's head has to arrive in time, and half requests keep nobody else out."""

from __future__ import annotations

import asyncio
import sys
from typing import Final, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
_MOST: Final = 1000
BACKLOG: Final = 32
"""connections that the event loop takes at once, before any of them can be looked at"""
_OTHER_FILES: Final = 96
"""open files that are no connections, and connections that are about to end"""


def most_connections() -> int:
    """How many connections may be open at once: always fewer than the system lets this process have."""
    if sys.platform == "win32":
        return _MOST
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else max(8, min(_MOST, soft - _OTHER_FILES - BACKLOG))


class BoundedProtocol(H11Protocol):
    """Ends a connection that waits for the rest of a request too long; when there are too many, the longest waiting."""

    most = most_connections()
    waiting_since = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._make_room()
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_busy:
            self._stop_waiting()
        elif self._timer is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def is_busy(self) -> bool:
        """Whether a request of this connection is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self.waiting_since = self.loop.time()
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make_room(self) -> None:
        others = [cast("BoundedProtocol", each) for each in self.connections if each is not self]
        idle = [each for each in others if not each.is_busy and not each.transport.is_closing()]
        oldest = min(idle, key=lambda each: each.waiting_since, default=self)
        oldest.transport.abort()
