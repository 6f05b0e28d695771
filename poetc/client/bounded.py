"""A total deadline for an HTTP exchange, and a way to end exchanges that other threads wait in.

httpx limits each read, so a peer that drips bytes could hold it for ever; and closing it wakes nobody.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore
import httpx

_PIECE = 1 << 16
_deadline = threading.local()


@contextmanager
def total_time(seconds: float) -> Iterator[None]:
    """Every network operation of this thread inside the block ends `seconds` after its beginning."""
    more_time(seconds)
    try:
        yield
    finally:
        _deadline.at = None


def more_time(seconds: float) -> None:
    """Inside `total_time`: the end is `seconds` from now."""
    _deadline.at = time.monotonic() + seconds


Admit = Callable[[httpcore.NetworkStream, int], None]
"""is given each new connection and its port before anything is sent; raises httpcore.ConnectError to refuse it"""


def bound_client(client: httpx.Client, admit: Admit | None = None) -> Callable[[], None]:
    """Make every transport of `client`, those of proxies too, heed `total_time`, and ask `admit` of each connection.

    Returns what ends all connections, those that other threads are reading from at once, and those to come.
    """
    transports: list[Any] = [client._transport, *client._mounts.values()]
    connections = _Connections()
    for transport in transports:
        if transport is not None:
            # httpx has no public way to give its pool another network; a test shows that this one works.
            transport._pool._network_backend = _Backend(transport._pool._network_backend, connections, admit)
    return connections.end


def _left(timeout: float | None) -> float | None:
    at: float | None = getattr(_deadline, "at", None)
    if at is None:
        return timeout
    left = max(at - time.monotonic(), 0.001)
    return left if timeout is None else min(timeout, left)


class _Connections:
    """The open connections of one client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[httpcore.NetworkStream] = weakref.WeakSet()
        self._ended = False

    def add(self, stream: httpcore.NetworkStream) -> None:
        with self._lock:
            self._open.add(stream)
            if self._ended:
                _shut(stream)

    def end(self) -> None:
        with self._lock:
            self._ended = True
            for stream in self._open:
                _shut(stream)


def _shut(stream: httpcore.NetworkStream) -> None:
    """Unlike closing, this wakes a thread that waits for the other side."""
    with suppress(OSError):
        stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, connections: _Connections, admit: Admit | None) -> None:
        self._inner = inner
        self._connections = connections
        self._admit = admit

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options)
        stream = _Stream(inner, self._connections)
        if self._admit is not None:
            try:
                self._admit(stream, port)
            except BaseException:
                stream.close()
                raise
        return stream


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, connections: _Connections) -> None:
        self._inner = inner
        self._connections = connections
        connections.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)), self._connections)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
