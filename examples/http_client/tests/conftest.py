"""A real server on the loopback interface that fails as networks do."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

DAYS = [{"station": "oslo", "celsius": str(degrees)} for degrees in range(7)]


class FlakyServer(ThreadingHTTPServer):
    """Answers each request with the next of `faults`, and properly once none is left.

    A fault is a status to answer with, "reset" to cut the connection, or "slow" to answer after the client's patience.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.faults: deque[int | str] = deque()
        self.requests: Counter[str] = Counter()
        self.closing = threading.Event()
        self.base = f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    """One connection to a FlakyServer."""

    server: FlakyServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.answer("GET", url.path, {name: values[0] for name, values in parse_qs(url.query).items()})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("POST", urlsplit(self.path).path, {})

    def answer(self, method: str, path: str, query: dict[str, str]) -> None:
        self.server.requests[f"{method} {path}"] += 1
        fault = self.server.faults.popleft() if self.server.faults else 200
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if fault == "slow":
            self.server.closing.wait(3)
            self.close_connection = True
            return
        self.send(int(fault), document(path, query) if fault == 200 else {"error": "try again"})

    def send(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: a test that fails says enough."""


def document(path: str, query: dict[str, str]) -> Any:
    """What the service has to say at a path."""
    if path == "/stations":
        first = query["page"] == "1"
        return {"names": ["oslo", "lima"] if first else ["cairo"], "next": 2 if first else None}
    if path.endswith("/forecast"):
        return DAYS[: int(query["days"])]
    if path.endswith("/alerts"):
        return ["wind", "rain"]
    if path.endswith("/readings"):
        return {"number": 17}
    return {"station": path.split("/")[2], "celsius": 21.5}


@pytest.fixture
def server() -> Iterator[FlakyServer]:
    """A server without faults; a test puts in those it wants."""
    with FlakyServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
