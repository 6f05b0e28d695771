"""Writes are made again only if nothing of them was sent: real clients, real sockets, every request counted."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import redis
import redis.asyncio
import requests
from redis.backoff import NoBackoff

from poetc.runtime import attempts as attempts_module
from poetc.runtime.marks import is_final
from poetc.runtime.retry_forms import AnyRetry as Retry

ONCE = redis.retry.Retry(NoBackoff(), 0)
"""redis-py's own repetition, switched off"""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def original() -> None:
    """The function that the retries belong to."""


class Server:
    """Answers as its script says, and counts the requests that arrived; it may come up late, or die."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.seen: list[bytes] = []
        self.script: list[bytes | str] = []
        self.listener: socket.socket | None = None

    def start(self) -> None:
        """Listen, from now on."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def start_in(self, seconds: float) -> None:
        """Listen, after a while."""
        threading.Timer(seconds, self.start).start()

    def accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        """One connection: each request gets the next line of the script."""
        with suppress(OSError), connection:
            while data := connection.recv(65536):
                self.seen.append(data)
                answer = self.script.pop(0) if self.script else OK
                if answer in ("die", "reset"):
                    if answer == "die":
                        self.close()
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                connection.sendall(answer if isinstance(answer, bytes) else answer.encode())

    def close(self) -> None:
        """Refuse connections."""
        if self.listener is not None:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that isn't there yet."""
    server = Server()
    yield server
    server.close()


def sent(server: Server, start: bytes) -> int:
    """How many requests of that kind arrived."""
    return sum(data.startswith(start) for data in server.seen)


def quick() -> Retry:
    return Retry(original, attempts=3, first=0.02, most=0.1)


def by_requests(url: str, **options: Any) -> Any:
    return quick().unsent(requests.post)(url, **options)


def by_session(url: str, **options: Any) -> Any:
    with requests.Session() as session:
        return quick().unsent(session.request)("post", url, **options)


def by_httpx(url: str, **options: Any) -> Any:
    with httpx.Client() as client:
        return quick().unsent(client.post)(url, **options)


def by_httpx_async(url: str, **options: Any) -> Any:
    async def post() -> Any:
        async with httpx.AsyncClient() as client:
            return await quick().unsent_awaited(client.post)(url, **options)

    return asyncio.run(post())


CLIENTS: list[Callable[..., Any]] = [by_requests, by_session, by_httpx, by_httpx_async]


@pytest.mark.parametrize("post", CLIENTS)
def test_refused_until_the_server_is_up(server: Server, post: Callable[..., Any]) -> None:
    """A POST to a server that is being started arrives, once, with its parameters."""
    server.start_in(0.2)
    assert post(server.base + "/charge", params={"order": "1 2"}).status_code == 200
    assert sent(server, b"POST /charge?order=1") == 1


@pytest.mark.parametrize("post", CLIENTS)
@pytest.mark.parametrize("ending", ["reset", "die"])
def test_cut_off_after_it_was_sent(server: Server, post: Callable[..., Any], ending: str) -> None:
    """A POST whose answer doesn't come isn't made again, whether or not the server can still be reached."""
    server.start()
    server.script = [ending]
    with pytest.raises((requests.ConnectionError, httpx.TransportError)) as caught:
        post(server.base + "/charge")
    assert sent(server, b"POST") == 1
    assert not is_final(caught.value)


@pytest.mark.parametrize("post", CLIENTS)
def test_refused_then_cut_off(server: Server, post: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempt that arrives is the last, and the error says why."""
    server.script = ["reset"]

    def pause(seconds: float) -> None:
        if server.listener is None:
            server.start()

    async def pause_async(seconds: float) -> None:
        pause(seconds)

    monkeypatch.setattr(attempts_module, "pause", pause)
    monkeypatch.setattr(attempts_module, "pause_async", pause_async)
    with pytest.raises((requests.ConnectionError, httpx.TransportError)) as caught:
        post(server.base + "/charge")
    assert sent(server, b"POST") == 1
    assert "for it may have been done" in caught.value.__notes__[-1]


@pytest.mark.parametrize("status", [303, 307, 308])
@pytest.mark.parametrize("post", CLIENTS)
def test_redirected_to_nobody(server: Server, post: Callable[..., Any], status: int) -> None:
    """A POST that was redirected to a host that refuses was sent: the first host gets no second one."""
    nobody = Server().base
    server.start()
    redirect = f"HTTP/1.1 {status} There\r\nLocation: {nobody}/charge\r\nContent-Length: 0\r\n\r\n"
    server.script = [redirect] * 9
    options = {} if post in (by_requests, by_session) else {"follow_redirects": True}
    with pytest.raises((requests.ConnectionError, httpx.TransportError)):
        post(server.base + "/charge", **options)
    assert sent(server, b"POST") == 1


def test_client_that_follows_redirects(server: Server) -> None:
    """That the first connection was refused can be seen, whether redirects would be followed or not."""
    with httpx.Client(follow_redirects=True) as client:
        server.start_in(0.15)
        assert quick().unsent(client.post)(server.base).status_code == 200


def test_kept_connection_whose_server_is_gone(server: Server) -> None:
    """A POST on a connection kept from before is either seen to be unsent or not made again."""
    server.start()
    with requests.Session() as session:
        session.get(server.base)
        server.script = ["die"]
        with pytest.raises(requests.ConnectionError):
            quick().unsent(session.post)(server.base + "/charge")
    assert sent(server, b"POST") == 1


def test_nobody_ever_listens(server: Server) -> None:
    """A server that stays away is given up, with the client's own error."""
    with pytest.raises(requests.ConnectionError) as caught:
        quick().unsent(requests.post)(server.base)
    assert " attempts in " in caught.value.__notes__[0]
    assert is_final(caught.value)


def test_response_that_says_try_again(server: Server) -> None:
    """A 503 after a POST is the caller's: it may have been done."""
    server.start()
    server.script = ["HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"]
    assert by_requests(server.base).status_code == 503
    assert len(server.seen) == 1


def test_other_errors_pass_untouched() -> None:
    """Errors of the call itself, refusals of clients that aren't known, and BaseExceptions are never repeated."""
    raised: list[BaseException] = []

    def post(error: BaseException) -> None:
        raised.append(error)
        raise error

    for error in (ValueError("x"), ConnectionRefusedError(), KeyboardInterrupt(), SystemExit(3)):
        with pytest.raises(type(error)) as caught:
            quick().unsent(post)(error)
        assert caught.value is error
        assert not hasattr(error, "__notes__")
    assert len(raised) == 4


def counting(port: int, retry: Any = ONCE) -> Any:
    return redis.Redis("127.0.0.1", port, retry=retry, protocol=2, driver_info=None)


def increments(server: Server) -> int:
    return sum(data.count(b"INCR") for data in server.seen)


@pytest.fixture
def store(server: Server) -> Server:
    """The same server, speaking as much of Redis's protocol as one INCR takes."""

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while data := connection.recv(65536):
                server.seen.append(data)
                if b"INCR" in data and server.script:
                    ending = server.script.pop(0)
                    if ending == "die":
                        server.close()
                    return
                commands = data.count(b"*")
                connection.sendall(b":1\r\n" if b"INCR" in data else b"+OK\r\n" * commands)

    server.talk = talk  # type: ignore[method-assign]
    return server


def test_redis_refused(store: Server) -> None:
    """INCR on a server that is being started counts once."""
    store.start_in(0.2)
    with counting(store.port) as client:
        assert quick().unsent(client.incr)("orders") == 1
    assert increments(store) == 1


def test_redis_refused_in_a_coroutine(store: Server) -> None:
    """The same with redis.asyncio."""
    store.start_in(0.2)

    async def count() -> Any:
        retry = redis.asyncio.retry.Retry(NoBackoff(), 0)
        async with redis.asyncio.Redis(
            host="127.0.0.1", port=store.port, retry=retry, protocol=2, driver_info=None
        ) as client:
            return await quick().unsent_awaited(client.incr)("orders")

    assert asyncio.run(count()) == 1
    assert increments(store) == 1


@pytest.mark.parametrize("ending", ["cut", "die"])
def test_redis_cut_off(store: Server, ending: str) -> None:
    """INCR whose reply doesn't come isn't sent again."""
    store.start()
    store.script = [ending]
    with counting(store.port) as client, pytest.raises(redis.ConnectionError):
        quick().unsent(client.incr)("orders")
    assert increments(store) == 1


def test_redis_that_repeats_by_itself(store: Server) -> None:
    """A client with retries of its own may have sent the command before it was refused: it is left alone."""
    store.start()
    store.script = ["die"]
    with counting(store.port, redis.retry.Retry(NoBackoff(), 2)) as client, pytest.raises(redis.ConnectionError):
        quick().unsent(client.incr)("orders")
    assert increments(store) == 1
