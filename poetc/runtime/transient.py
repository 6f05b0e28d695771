"""Which failures are worth another attempt, and when the other side says to come back."""

from __future__ import annotations

from contextlib import suppress

from poetc.runtime.errors import CircuitOpenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRANSIENT_TYPES = (ConnectionError, TimeoutError, InterruptedError)

TRANSIENT_NAMES = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "aiohttp.client_exceptions.ServerDisconnectedError",
        "anthropic.APIConnectionError",
        "asyncpg.exceptions._base.InterfaceError",
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "http.client.IncompleteRead",
        "httpcore.NetworkError",
        "httpcore.RemoteProtocolError",
        "httpcore.TimeoutException",
        "httpx.NetworkError",
        "httpx.RemoteProtocolError",
        "httpx.TimeoutException",
        "openai.APIConnectionError",
        "psycopg.OperationalError",
        "psycopg.errors.SerializationFailure",
        "psycopg2.OperationalError",
        "redis.exceptions.BusyLoadingError",
        "redis.exceptions.ConnectionError",
        "redis.exceptions.TimeoutError",
        "requests.exceptions.ChunkedEncodingError",
        "requests.exceptions.ConnectionError",
        "requests.exceptions.Timeout",
        "urllib3.exceptions.ProtocolError",
        "urllib3.exceptions.TimeoutError",
    }
)
"""dotted names of exception classes, so that none of these libraries has to be imported to know them"""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which an idempotent request may be repeated (RFC 9110 section 15, RFC 6585, RFC 8470)"""

RETRY_AFTER_MOST = 3600.0
"""seconds; a server that asks for more is not waited for"""


def is_transient(error: BaseException) -> bool:
    """Whether an error is of the kind that passes by itself: connection, time-out, overload, lock."""
    if isinstance(error, CircuitOpenError):
        return False
    if isinstance(error, TRANSIENT_TYPES):
        return True
    status = error_status(error)
    if status is not None:
        return status in TRANSIENT_STATUSES
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}
    if not names.isdisjoint(TRANSIENT_NAMES):
        return True
    if "sqlite3.OperationalError" in names:
        return "locked" in str(error) or "busy" in str(error)
    if "urllib.error.URLError" in names:
        reason = getattr(error, "reason", None)
        return isinstance(reason, BaseException) and is_transient(reason)
    return False


def is_final(error: BaseException) -> bool:
    """Whether an enhanced call further in has already tried as often as it may: attempts must not multiply."""
    return getattr(error, "poet_final", False) is True


def mark_final(error: BaseException) -> None:
    """Say that an error is the last word of an enhanced call."""
    with suppress(Exception):  # classes with slots can't be marked; then the outer call may try once more
        error.poet_final = True  # type: ignore[attr-defined]


def error_status(error: BaseException) -> int | None:
    """The HTTP status that an error of some client carries, if any."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code", "status"):
            status = getattr(holder, name, None)
            if type(status) is int and 100 <= status <= 599:
                return status
    return None


def has_transient_status(result: Any) -> bool:
    """Whether a response object says to try again: its status is one of `TRANSIENT_STATUSES`."""
    status = getattr(result, "status_code", None)
    if status is None:
        status = getattr(result, "status", None)
    return type(status) is int and status in TRANSIENT_STATUSES


def retry_after(thing: Any) -> float | None:
    """Seconds that a response, or an error's, asks for in `Retry-After` (RFC 9110 section 10.2.3), or None."""
    for holder in (thing, getattr(thing, "response", None)):
        headers = getattr(holder, "headers", None)
        try:
            asked = headers.get("Retry-After") or headers.get("retry-after")  # type: ignore[union-attr]
        except Exception:  # headers of any client: whatever they are, they must not break the retry
            continue
        if asked:
            return retry_after_seconds(str(asked).strip())
    return None


def retry_after_seconds(text: str) -> float | None:
    """`Retry-After` as seconds from now, either form: delay-seconds or an HTTP date."""
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MOST)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0.0, (until - datetime.now(UTC)).total_seconds()), RETRY_AFTER_MOST)
