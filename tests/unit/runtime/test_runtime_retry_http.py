"""Retries and budgets against a real server on loopback, through real clients."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest

from poetc.runtime.alarm import AlarmedDeadline
from poetc.runtime.cancel import AsyncDeadline
from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.retry_forms import AnyRetry as Retry

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")
aiohttp = pytest.importorskip("aiohttp")


class Server(ThreadingHTTPServer):
    """Answers as its script says; then with 200. `seen` are method, path and body of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Any] = []
        self.seen: list[tuple[str, str, bytes]] = []
        self.times: list[float] = []

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what is tested."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, body))
        self.server.times.append(time.monotonic())
        step = self.server.script.pop(0) if self.server.script else 200
        if step == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif step == "cut":
            self.reply(200, b"half", length=100)
            self.close_connection = True
        elif step == "hang":
            time.sleep(3)
        elif step == "drip":
            self.reply(200, b"", length=1000)
            for _ in range(100):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.03)
        else:
            status, headers = step if isinstance(step, tuple) else (step, {})
            self.reply(status, f"answer {len(self.server.seen)}".encode(), headers)

    do_GET = do_PUT = do_POST = answer

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def original() -> None:
    """What a retry belongs to."""


def quick(attempts: int = 3, budget: float = 10.0, transient: tuple[str, ...] = ()) -> Retry:
    """Waits too short to matter."""
    return Retry(original, attempts, 0.001, 0.002, budget, transient)


def by_httpx(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    return retry(httpx.get, deadline, "timeout")(url).status_code


def by_requests(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    return retry(requests.get, deadline, "timeout")(url).status_code


def by_urllib(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    with retry(urlopen, deadline, "timeout")(url) as response:
        return response.status


def by_stream(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    with httpx.Client() as client, retry.entered(client.stream, deadline, "timeout")("GET", url) as response:
        return response.status_code


def by_aiohttp(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    async def main() -> int:
        async with aiohttp.ClientSession() as session, retry.entered_async(session.get)(url) as response:
            await response.read()
            return response.status

    return asyncio.run(main())


def by_async_httpx(retry: Retry, url: str, deadline: Deadline | None = None) -> int:
    async def main() -> int:
        async with httpx.AsyncClient() as client:
            return (await retry.awaited(client.get)(url)).status_code

    return asyncio.run(main())


CLIENTS = [by_httpx, by_requests, by_urllib, by_stream, by_aiohttp, by_async_httpx]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", [503, 429, 500, "reset"])
def test_faults_that_pass(client: Any, fault: Any, server: Server) -> None:
    """Two failures, then an answer: three requests, and the answer comes back."""
    server.script = [fault, fault]
    assert client(quick(), server.url()) == 200
    assert len(server.seen) == 3


@pytest.mark.parametrize("client", CLIENTS)
def test_fault_that_stays(client: Any, server: Server) -> None:
    """A server that goes on saying 503: after three requests its last answer, or the client's own error, comes back."""
    server.script = [503] * 9
    try:
        assert client(quick(), server.url()) == 503
    except Exception as error:
        assert getattr(error, "code", None) == 503, error
        assert "3 attempts" in error.__notes__[0]
    assert len(server.seen) == 3


@pytest.mark.parametrize("client", [by_httpx, by_requests])
def test_answer_cut_off_is_asked_for_again(client: Any, server: Server) -> None:
    """A body that breaks off counts as a failure of the connection."""
    server.script = ["cut"]
    assert client(quick(), server.url()) == 200
    assert len(server.seen) == 2


@pytest.mark.parametrize("client", CLIENTS)
def test_client_errors_arent_asked_again(client: Any, server: Server) -> None:
    """404 is an answer."""
    server.script = [404]
    try:
        assert client(quick(), server.url()) == 404
    except Exception as error:
        assert getattr(error, "code", None) == 404, error
    assert len(server.seen) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("client", [by_httpx, by_urllib, by_aiohttp])
def test_retry_after_is_kept_to(client: Any, form: str, server: Server) -> None:
    """The next request comes no sooner than the server asked, whether it asked by number or by date."""
    until = datetime.now(UTC) + timedelta(seconds=1)
    asked = "1" if form == "seconds" else format_datetime(until, usegmt=True)
    server.script = [(503, {"Retry-After": asked})]
    assert client(quick(), server.url()) == 200
    waited = server.times[1] - server.times[0]
    assert waited >= (1.0 if form == "seconds" else 0.0)


def test_retry_after_beyond_the_budget(server: Server) -> None:
    """Who is asked to come back after the budget's end returns the answer at once."""
    server.script = [(429, {"Retry-After": "60"})]
    assert by_httpx(quick(), server.url(), Deadline(0.5)) == 429
    assert len(server.seen) == 1


@pytest.mark.parametrize("client", [by_httpx, by_requests, by_urllib])
def test_server_that_hangs(client: Any, server: Server) -> None:
    """What is left of the budget is the limit of the read; the client's own error comes, with its notes."""
    server.script = ["hang"]
    with pytest.raises(Exception, match=r"(?i)timed? ?out") as caught:
        client(quick(), server.url(), Deadline(0.2))
    assert "1 attempt in 0." in caught.value.__notes__[0]


@pytest.mark.parametrize("client", [by_httpx, by_requests])
def test_server_that_drips(client: Any, server: Server) -> None:
    """A byte now and then never exceeds a read's limit: the alarm behind the calls ends it."""
    server.script = ["drip"]
    deadline = AlarmedDeadline(0.3)
    with pytest.raises(BudgetSpentError), deadline:
        client(quick(), server.url(), deadline)


def test_event_loop_ends_a_drip(server: Server) -> None:
    """A coroutine's budget ends it wherever it waits."""
    server.script = ["drip"]

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await AsyncDeadline(0.2).within(quick().awaited(client.get)(server.url()))

    with pytest.raises(BudgetSpentError):
        asyncio.run(main())


def test_idempotent_write_is_sent_again_whole(server: Server) -> None:
    """PUT with a body that can be read twice arrives whole at every attempt."""
    server.script = [503, "reset"]
    assert quick()(httpx.put)(server.url("/x"), json={"a": 1}).status_code == 200
    assert {body for _, _, body in server.seen} == {b'{"a":1}'}
    assert len(server.seen) == 3


def test_body_from_a_file_isnt_sent_empty(server: Server, tmp_path: Any) -> None:
    """A file that the first attempt has read is sent again from where it stood."""
    (tmp_path / "body").write_bytes(b"all of it")
    server.script = [503]
    with (tmp_path / "body").open("rb") as file:
        assert quick()(httpx.put)(server.url("/x"), content=file).status_code == 200
    assert len(server.seen) == 2
    assert server.seen[0][2] == server.seen[1][2]


def test_nobody_listens() -> None:
    """A refused connection is tried for longer than others; then the client's own error comes out, with its notes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(httpx.ConnectError) as caught:
        by_httpx(quick(), f"http://127.0.0.1:{port}/")
    (note,) = caught.value.__notes__
    assert note.startswith("poet: httpx.get, called at ")
    assert "test_runtime_retry_http.py:" in note
    (attempts,) = re.findall(r": (\d+) attempts in ", note)
    assert 3 < int(attempts) <= 20


def test_session_that_repeats_by_itself_isnt_multiplied(server: Server) -> None:
    """urllib3's own retries and ours don't multiply."""
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry as Own

    server.script = [503] * 20
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Own(2, status_forcelist=[503], backoff_factor=0)))
        with pytest.raises(requests.exceptions.RetryError):
            quick()(session.get)(server.url())
    assert len(server.seen) == 3
