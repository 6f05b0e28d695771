"""An HTTP server that fails on purpose, on loopback: 503, resets, `Retry-After`, slow bodies, silence."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DRIP_SECONDS, DRIPS = 0.2, 20


class FaultyServer:
    """`/charge/N` counts a side effect; `/receipt/N` fails as `scenario` says, `fails` times for each N."""

    def __init__(self, scenario: str, fails: int = 2) -> None:
        self.scenario, self.fails = scenario, fails
        self.charges: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.random = random.Random(7)
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                faulty.charges[self.path] += 1
                if faulty.scenario == "charge reset" and faulty.charges[self.path] <= faulty.fails:
                    reset(self)
                else:
                    answer(self, 200, b"{}")

            def do_GET(self) -> None:
                faulty.asked[self.path] += 1
                faulty.fail_or_answer(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    def duplicates(self) -> int:
        """How many side effects happened more than once."""
        return sum(times - 1 for times in self.charges.values())

    def fail_or_answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One GET."""
        early = self.asked[handler.path] <= self.fails
        match self.scenario:
            case "503" if early:
                answer(handler, 503, b"busy")
            case "reset" if early:
                reset(handler)
            case "429 Retry-After seconds" if early:
                answer(handler, 429, b"slow down", {"Retry-After": "1"})
            case "503 Retry-After date" if early:
                answer(handler, 503, b"later", {"Retry-After": formatdate(time.time() + 1.5, usegmt=True)})
            case "three in ten fail" if self.random.random() < 0.3:
                reset(handler) if self.random.random() < 0.5 else answer(handler, 502, b"bad gateway")
            case "cut" if early:
                cut(handler)
            case "slow drip":
                drip(handler)
            case "silence":
                time.sleep(DRIP_SECONDS * DRIPS)
                answer(handler, 200, b'{"paid": true}')
            case _:
                answer(handler, 200, b'{"paid": true}')


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    """A complete answer; the client may be gone."""
    try:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        return


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection with a reset instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Headers that promise more than comes behind them."""
    handler.send_response(200)
    handler.send_header("Content-Length", "14")
    handler.end_headers()
    handler.wfile.write(b'{"paid"')
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A body that comes a byte at a time: no single read is ever late."""
    try:
        handler.send_response(200)
        handler.send_header("Content-Length", str(DRIPS))
        handler.end_headers()
        for byte in b'{"paid": true}      '[:DRIPS]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(DRIP_SECONDS)
    except OSError:
        return
