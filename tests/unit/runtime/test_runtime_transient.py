"""Which errors pass by themselves, shown by the libraries' own exceptions; when the other side says to come back."""

from __future__ import annotations

import sqlite3
import ssl
import urllib.error
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import IncompleteRead, RemoteDisconnected
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.runtime.errors import BudgetSpentError, CircuitOpenError
from poetc.runtime.marks import is_final, mark_final
from poetc.runtime.responses import has_transient_status
from poetc.runtime.retry_after import retry_after, retry_after_seconds
from poetc.runtime.transient import TRANSIENT_STATUSES, is_transient, named_class

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")
redis = pytest.importorskip("redis")
aiohttp = pytest.importorskip("aiohttp")
psycopg = pytest.importorskip("psycopg")
sqlalchemy = pytest.importorskip("sqlalchemy")
grpc = pytest.importorskip("grpc")
openai = pytest.importorskip("openai")
botocore = pytest.importorskip("botocore.exceptions")
urllib3 = pytest.importorskip("urllib3")

REQUEST = httpx.Request("GET", "http://localhost")


def requests_error(status: int) -> Exception:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("no", response=response)


def httpx_error(status: int) -> Exception:
    return httpx.HTTPStatusError("no", request=REQUEST, response=httpx.Response(status))


class RpcError(grpc.RpcError):
    """As gRPC raises it: the status is a method."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def code(self) -> Any:
        return grpc.StatusCode[self.name]


class Deadlock(psycopg.OperationalError):
    sqlstate = "40P01"


class Refused(psycopg.OperationalError):
    sqlstate = "28P01"


def wrapped(error: Exception) -> Exception:
    """As SQLAlchemy hands on what a driver raises."""
    return sqlalchemy.exc.OperationalError("select 1", {}, error)


PASSING = {
    "reset": ConnectionResetError(),
    "timeout": TimeoutError(),
    "socket timeout": TimeoutError(),
    "interrupted": InterruptedError(),
    "http cut off": IncompleteRead(b""),
    "http closed": RemoteDisconnected(),
    "httpx connect": httpx.ConnectError("no"),
    "httpx pool": httpx.PoolTimeout("no"),
    "httpx protocol": httpx.RemoteProtocolError("no"),
    "httpx status": httpx_error(503),
    "requests connect": requests.ConnectionError("no"),
    "requests read": requests.ReadTimeout("no"),
    "requests cut off": requests.exceptions.ChunkedEncodingError("no"),
    "requests status": requests_error(429),
    "urllib status": urllib.error.HTTPError("u", 502, "no", {}, None),  # type: ignore[arg-type]
    "urllib reset": urllib.error.URLError(ConnectionResetError()),
    "urllib3": urllib3.exceptions.ProtocolError("no"),
    "urllib3 gave up": urllib3.exceptions.MaxRetryError(
        None, "u", urllib3.exceptions.ReadTimeoutError(None, "u", "no")
    ),
    "aiohttp closed": aiohttp.ServerDisconnectedError(),
    "aiohttp payload": aiohttp.ClientPayloadError(),
    "redis connect": redis.ConnectionError("no"),
    "redis loading": redis.BusyLoadingError("no"),
    "redis timeout": redis.TimeoutError("no"),
    "psycopg connect": psycopg.OperationalError("no"),
    "psycopg deadlock": Deadlock("no"),
    "sqlite locked": sqlite3.OperationalError("database is locked"),
    "sqlalchemy": wrapped(sqlite3.OperationalError("database is locked")),
    "sqlalchemy pool": sqlalchemy.exc.TimeoutError("no"),
    "grpc": RpcError("UNAVAILABLE"),
    "openai connect": openai.APIConnectionError(request=REQUEST),
    "openai status": openai.RateLimitError("no", response=httpx.Response(429, request=REQUEST), body=None),
    "boto3 connect": botocore.EndpointConnectionError(endpoint_url="u"),
    "boto3 status": botocore.ClientError({"ResponseMetadata": {"HTTPStatusCode": 503}}, "Get"),
}

LASTING = {
    "value": ValueError(),
    "os": FileNotFoundError(),
    "circuit": CircuitOpenError(),
    "httpx status": httpx_error(404),
    "httpx url": httpx.UnsupportedProtocol("no"),
    "requests status": requests_error(403),
    "requests certificate": requests.exceptions.SSLError("no"),
    "requests proxy": requests.exceptions.ProxyError("no"),
    "urllib status": urllib.error.HTTPError("u", 404, "no", {}, None),  # type: ignore[arg-type]
    "urllib certificate": urllib.error.URLError(ssl.SSLCertVerificationError()),
    "urllib text": urllib.error.URLError("unknown url type"),
    "redis password": redis.AuthenticationError("no"),
    "redis command": redis.ResponseError("no"),
    "psycopg password": Refused("no"),
    "psycopg syntax": psycopg.errors.SyntaxError("no"),
    "sqlite table": sqlite3.OperationalError("no such table: t"),
    "sqlalchemy table": wrapped(sqlite3.OperationalError("no such table: t")),
    "grpc": RpcError("INVALID_ARGUMENT"),
    "openai status": openai.BadRequestError("no", response=httpx.Response(400, request=REQUEST), body=None),
    "boto3 status": botocore.ClientError({"ResponseMetadata": {"HTTPStatusCode": 400}}, "Get"),
    "keyboard": KeyboardInterrupt(),
    "base group": BaseExceptionGroup("g", [KeyboardInterrupt(), TimeoutError()]),
}


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_passes_by_itself(error: Exception) -> None:
    """Connections, time-outs, overload and locks are worth another attempt."""
    assert is_transient(error)


@pytest.mark.parametrize("error", LASTING.values(), ids=LASTING)
def test_doesnt_pass_by_itself(error: Exception) -> None:
    """What another attempt wouldn't change isn't repeated, whatever the catalogue says of its base classes."""
    names = ("httpx.HTTPError", "grpc.RpcError", "sqlite3.OperationalError", "sqlalchemy.exc.OperationalError")
    if not isinstance(error, httpx.UnsupportedProtocol):
        assert not is_transient(error, names)
    assert not is_transient(error)


@pytest.mark.parametrize("make", [requests_error, httpx_error], ids=["requests", "httpx"])
def test_server_error_is_repeated_only_where_nothing_can_happen_twice(make: Any) -> None:
    """A 500 may come after the work was done: reads and idempotent writes are repeated, others are not."""
    assert is_transient(make(500))
    assert not is_transient(make(500), (), False)
    for status in TRANSIENT_STATUSES - {500}:
        assert is_transient(make(status), (), False)


def test_named_class_follows_reexports() -> None:
    """A catalogue says "aiohttp.ClientError", the class calls itself otherwise."""
    assert named_class("aiohttp.ClientConnectionError") == (aiohttp.client_exceptions.ClientConnectionError,)
    assert named_class("httpx.ConnectError") == (httpx.ConnectError,)
    for name in ("httpx.nothing", "nothing.at.all", "httpx.get", "x", "", ".", "httpx.", "builtins"):
        assert named_class(name) == ()


class Trap:
    """Every attribute raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def test_odd_results_are_results() -> None:
    """Whatever a call returns, looking whether it is a response raises nothing; only what a client made is one."""
    for result in (None, 503, "503", {"status": 503}, Trap(), type("R", (), {"status": 503})()):
        assert has_transient_status(result) is False
    assert has_transient_status(type("R", (), {"status": 503, "__module__": "urllib3.response"})())


def test_marks_hold_on_any_class() -> None:
    """The mark of a last word can be put on classes that forbid attributes."""

    class Frozen(Exception):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            raise TypeError

    for error in (Frozen(), ValueError(), BudgetSpentError()):
        mark_final(error)
        assert is_final(error)
    assert not is_final(ValueError())


def test_circle_of_causes_ends() -> None:
    """Errors that are each other's cause are looked at a few times only."""
    one, two = ValueError(1), ValueError(2)
    one.__cause__, two.__cause__ = two, one
    assert not is_final(one)


class Headers:
    """A response, or an error's, with headers."""

    def __init__(self, headers: Any, response: Any = None) -> None:
        self.headers = headers
        self.response = response


def test_retry_after_in_both_forms_and_places() -> None:
    """Seconds or a date, in a response or in an error's response, in any spelling of the name."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after(Headers({"Retry-After": "7"})) == 7.0
    assert retry_after(Headers({"retry-after": " 7 "})) == 7.0
    assert 25 < (retry_after(Headers({"Retry-After": soon})) or 0) <= 30
    assert retry_after(Headers(None, Headers({"Retry-After": "7"}))) == 7.0
    assert retry_after(requests_error(503)) is None
    assert (
        retry_after(
            httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(503, headers={"retry-after": "3"}))
        )
        == 3.0
    )


def test_retry_after_date_by_the_servers_clock() -> None:
    """A server whose clock is a year off still means the seconds between its two dates."""
    headers = {"Date": "Thu, 01 Jan 2015 00:00:00 GMT", "Retry-After": "Thu, 01 Jan 2015 00:00:09 GMT"}
    assert retry_after(Headers(headers)) == 9.0


def test_odd_headers_say_nothing() -> None:
    """Headers of any make: nothing is raised."""
    for headers in (None, 7, {}, {"Retry-After": None}, {"Retry-After": ""}, Trap(), [("Retry-After", "7")]):
        assert retry_after(Headers(headers)) is None
    assert retry_after(Trap()) is None


@given(text=st.one_of(st.text(max_size=40), st.from_regex(r"\A-?[0-9.e]{1,400}\Z"), st.datetimes().map(str)))
def test_any_text_is_seconds_or_nothing(text: str) -> None:
    """Retry-After never raises, and never asks for less than nothing or more than an hour."""
    seconds = retry_after_seconds(text)
    assert seconds is None or 0 <= seconds <= 3600
