"""A server on the loopback whose answers are written down beforehand, and which remembers what it got."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Action = Callable[[Any, bytes], None] | tuple[int, bytes]


class Scripted:
    """Each request gets the next of `actions`, the last one again and again; `got`: (method, length of the body)."""

    def __init__(self, *actions: Action) -> None:
        waiting, got = list(actions), []
        self.got: list[tuple[str, int]] = got

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = body_of(self)
                got.append((self.command, len(body)))
                action = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                if callable(action):
                    action(self, body)
                else:
                    answer(self, *action)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

            def log_message(self, *arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *arguments: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.server.server_port}/x"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def body_of(handler: Any) -> bytes:
    """The whole body of a request, whichever way it comes."""
    if "chunked" not in handler.headers.get("Transfer-Encoding", ""):
        return bytes(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)))
    body = b""
    while length := int(handler.rfile.readline().strip() or b"0", 16):
        body += handler.rfile.read(length)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def answer(handler: Any, status: int, body: bytes = b"") -> None:
    """A plain answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def reset(handler: Any, body: bytes) -> None:
    """The connection is cut off: what came is done, or not; nobody can tell."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def late(seconds: float) -> Action:
    """An answer that takes its time."""

    def act(handler: Any, body: bytes) -> None:
        time.sleep(seconds)
        answer(handler, 200)

    return act


def tried(work: Callable[[], Any]) -> Any:
    """What a call gives, or the name of what it raises."""
    try:
        return work()
    except Exception as error:
        return type(error).__name__
