"""Each test has its own state folder, a real service with the fake engine, and ends what it started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from poetc.client.running import greet, read_running
from poetc.client.state_file import find_state_files
from poetc.client.transpiler import Transpiler
from poetc.wire import TranspileRequest

ENGINE_FOLDER = Path(__file__).parent.parent / "service"
COMMAND = [
    sys.executable,
    "-P",
    "-m",
    "poetc.service",
    "--engine",
    "poetc_fake_engine",
    "--workers",
    "1",
    "--port",
    "0",
]
DEF = "@poet()\ndef f(x):\n    return x\n"


@pytest.fixture(autouse=True)
def state_dir(tmp_path, monkeypatch):
    """A folder of its own; whatever service lives there at the end is ended."""
    folder = tmp_path / "state"
    monkeypatch.setenv("POET_STATE_DIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ENGINE_FOLDER))
    yield folder
    if folder.is_dir():
        _kill_service(folder)


def _kill_service(folder: Path) -> None:
    """Only what proves to be the service of this folder: process numbers are used again."""
    service = read_running(next(folder.glob("service-*.json"), folder / "none"))
    health = service and greet(service, 5)
    if health:
        os.kill(health.pid, signal.SIGKILL)


def started(folder: Path) -> list[int]:
    """The process numbers of every service that has begun to serve, in order, from their log."""
    log = folder / find_state_files({"POET_STATE_DIR": str(folder)}).log.name
    text = log.read_text() if log.exists() else ""
    return [int(line.split("pid ")[1].split(",")[0]) for line in text.splitlines() if "poetc service" in line]


@pytest.fixture
def transpiler():
    """Makes transpilers for the local service with the fake engine."""
    with contextlib.ExitStack() as stack:

        def make(command: list[str] | None = None, **settings) -> Transpiler:
            return stack.enter_context(Transpiler(command=command or COMMAND, **settings))

        yield make


@pytest.fixture
def ask() -> Callable[..., str]:
    """Transpiler, function text → the code that came back."""
    return lambda transpiler, code=DEF: transpiler.transpile(request(code)).poet_implementation.code


def request(code: str = DEF) -> TranspileRequest:
    return TranspileRequest(
        function_code=code,
        context={"module_path": "app.m", "qualname": "f", "source_file": "src/app/m.py", "first_line": 12},
    )


@contextlib.contextmanager
def tcp_server(talk: Callable[[socket.socket, bytes], None]) -> Iterator[int]:
    """A server that reads one request and then does whatever `talk` does with the connection; yields its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve_one(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(10)
            talk(peer, _read_request(peer))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listening.accept()
                threads.append(threading.Thread(target=serve_one, args=(peer,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listening.getsockname()[1]
    finally:
        # Closing alone doesn't wake a thread that is inside accept.
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        acceptor.join(5)


def _read_request(peer: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = peer.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        chunk = peer.recv(65536)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


def http(status: int, body: bytes = b"", *, kind: str = "application/json", **headers: str) -> bytes:
    """The bytes of a whole HTTP answer that closes its connection."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode() + body
