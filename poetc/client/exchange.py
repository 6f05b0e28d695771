"""One HTTP request and its whole answer: limited in time and size, no redirections, no compression."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from poetc.client.bounded import Admit, bound_client, more_time, total_time
from poetc.client.errors import ExchangeFailed, refusal, too_slow, unreachable, unreadable
from poetc.wire import LIMITS

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Requests to one service over kept connections; may be used from several threads. Times are in seconds."""

    def __init__(
        self,
        url: str,
        *,
        connect_seconds: float,
        read_seconds: float,
        connections: int = 64,
        admit: Admit | None = None,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        parts = urlsplit(url)
        loopback = parts.hostname in _LOOPBACK
        client = httpx.Client(
            # Loading the certificate authorities takes longer than everything else here.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if parts.scheme == "http" else True,
            # A proxy from the environment can't reach this machine's own loopback.
            trust_env=not loopback,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
        # Cookies of one answer have no business in the next request.
        client.event_hooks["response"].append(lambda response: client.cookies.clear())
        self._client = client
        self._end_connections = bound_client(client, admit)

    def close(self) -> None:
        """Close every connection; one that another thread waits for ends with ExchangeFailed."""
        self._end_connections()
        self._client.close()

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float | None = None
    ) -> HttpAnswer:
        """One request → its answer of any status, within `seconds` (default: the read timeout); or ExchangeFailed."""
        with self._response(method, url, headers, content, seconds or self._read_seconds) as response:
            return HttpAnswer(response.status_code, dict(response.headers), _read(response, _without_path(url)))

    def lines(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Iterator[bytes]:
        """A POST → the lines of its answer, each within the read timeout; or ExchangeFailed, also for a status other
        than 200."""
        where = _without_path(url)
        with self._response("POST", url, headers, content, self._read_seconds) as response:
            if response.status_code != 200:
                raise refusal(where, response.status_code, response.headers, _read(response, where))
            _require_plain(response, where)
            rest = b""
            for chunk in response.iter_raw():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    more_time(self._read_seconds)
                    yield line
                if len(rest) > LIMITS.response_bytes:
                    raise unreadable(where, f"it has a line of more than {LIMITS.response_bytes} bytes")

    @contextmanager
    def _response(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, seconds: float
    ) -> Iterator[httpx.Response]:
        """The answer as far as its body; what goes wrong, then and inside the block, is ExchangeFailed."""
        where = _without_path(url)
        if self._client.is_closed:
            raise unreachable(where, "the connection was closed")
        timeout = httpx.Timeout(seconds, connect=min(self._connect_seconds, seconds))
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        begun: list[httpx.Response] = []
        try:
            with (
                total_time(seconds),
                self._client.stream(method, url, headers=sent, content=content, timeout=timeout) as response,
            ):
                begun.append(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise _translate(error, where, seconds, begun=bool(begun)) from None


def _read(response: httpx.Response, where: str) -> bytes:
    _require_plain(response, where)
    chunks: list[bytes] = []
    total = 0
    for chunk in response.iter_raw():
        total += len(chunk)
        if total > LIMITS.response_bytes:
            raise unreadable(where, f"it is larger than {LIMITS.response_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _require_plain(response: httpx.Response, where: str) -> None:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise unreadable(where, f"it is compressed ({encoding}), which was not asked for")


def _translate(error: Exception, where: str, seconds: float, *, begun: bool) -> ExchangeFailed:
    """Whatever httpx raises → ExchangeFailed."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
        return unreachable(where, str(error) or "connection timed out")
    if isinstance(error, httpx.TimeoutException):
        return too_slow(where, seconds)
    if isinstance(error, httpx.RemoteProtocolError):
        if begun:
            return unreadable(where, "it broke off in the middle", again=True)
        if "disconnected" in str(error):
            return unreachable(where, "it closed the connection without a whole answer")
        return unreadable(where, f"it is not HTTP: {error}")
    if isinstance(error, httpx.NetworkError):
        return unreachable(where, f"the connection broke: {error}")
    return unreadable(where, f"{type(error).__name__}: {error}")


def _without_path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
