"""Services on loopback that speak the protocol, and then do what no service should."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import poetc
from poetc.service.generation import engines, template_identities, transpile
from poetc.wire import Health, TranspileRequest

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Reply:
    """What goes back over the wire; `length` is the one that is announced."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    length: int | None = None
    raw: bool = False
    """the body instead of an HTTP answer"""


class Fake:
    """A running service: its address, what it was asked, and an event that a slow one waits for."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, bytes]] = []
        self.broken: list[Exception] = []
        self.begun = threading.Event()
        self.over = threading.Event()

    def wait(self) -> Reply:
        """Hold the request until the test is over."""
        self.begun.set()
        self.over.wait(60)
        return Reply(status=503)


Answer = Callable[[Fake, bytes], Reply]


def healthy(_: Fake, __: bytes = b"") -> Reply:
    """The identity that the service of this installation has."""
    health = Health(
        status="ok", version=poetc.__version__, engines=engines(), templates=template_identities(), uptime_seconds=1.0
    )
    return Reply(health.model_dump_json().encode())


def honest(asked: bytes) -> dict[str, Any]:
    """What the real generator answers; the real service has a process for each, since threads may meet in a parser."""
    with _ONE_AT_A_TIME:
        return transpile(TranspileRequest.model_validate_json(asked)).model_dump(mode="json")


def tampering(tamper: Callable[[dict[str, Any]], dict[str, Any] | None], only: str = "") -> Answer:
    """The real generator's answers; those for the function called `only` (all, if "") as `tamper` changes them."""

    def answer(_: Fake, asked: bytes) -> Reply:
        told = honest(asked)
        if only in ("", json.loads(asked)["context"]["qualname"]):
            told = tamper(told) or told
        return Reply(json.dumps(told).encode())

    return answer


@contextmanager
def serving(answer: Answer, health: Answer = healthy) -> Iterator[Fake]:
    """Serve until the block ends."""
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.go(health, b"")

        def do_POST(self) -> None:
            self.go(answer, self.rfile.read(int(self.headers["Content-Length"])))

        def go(self, what: Answer, asked: bytes) -> None:
            self.close_connection = True
            many = self.path.endswith("/batch")
            reply = self.lines(what, asked) if many else self.one(what, asked)
            with suppress(OSError):
                self.send(reply)

        def one(self, what: Answer, asked: bytes) -> Reply:
            fake.asked.append((self.path.replace("/api/v1/transpile/batch", "/poet/transpile"), asked))
            try:
                return what(fake, asked)
            except Exception as error:
                fake.broken.append(error)
                raise

        def lines(self, what: Answer, asked: bytes) -> Reply:
            """A line for each function; nothing more from the first reply on that isn't a whole one."""
            lines = []
            for index, request in enumerate(json.loads(asked)["requests"]):
                reply = self.one(what, json.dumps(request).encode())
                if reply.raw or reply.length is not None or b"\n" in reply.body or not reply.body:
                    fake.asked.pop()  # it will be asked for alone
                    break
                field = "answer" if reply.status == 200 else "error"
                lines.append(b'{"index":%d,"status":%d,"%s":%s}\n' % (index, reply.status, field.encode(), reply.body))
            return Reply(b"".join(lines), kind="application/x-ndjson")

        def send(self, reply: Reply) -> None:
            if reply.raw:
                self.wfile.write(reply.body)
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
    if fake.broken:
        raise fake.broken[0]
