"""What can go wrong with a service, as errors for people; whether it is worth another try is known here too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from poetc.errors import (
    AnswerUnreadable,
    ServiceDown,
    ServiceError,
    ServiceFailed,
    ServiceRefused,
    ServiceSlow,
)
from poetc.ir import Diagnostic

_BUSY = (429, 502, 503, 504)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\u2027\u202f-\u2065\u2070-\ufffd]+")


class ExchangeFailed(Exception):
    """One exchange failed: `error` is for people, `again` says whether the same request may yet succeed."""

    def __init__(self, error: ServiceError, *, again: bool, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.pause = pause
        """seconds that the service asked to wait"""


def printable(text: str, limit: int = 500) -> str:
    """Foreign text made safe for a terminal: one line, no control characters, at most `limit` characters."""
    clean = _UNPRINTABLE.sub(" ", text).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def unreachable(url: str, why: str) -> ExchangeFailed:
    """Nothing answers at `url`."""
    hint = "start it, or set AITOMATIC_API_URL: `local` for a service on this machine, or the address of yours"
    return ExchangeFailed(
        _error(ServiceDown, "POET301", f"the service at {url} cannot be reached: {printable(why)}", hint), again=True
    )


def too_slow(url: str, seconds: float) -> ExchangeFailed:
    """No whole answer in time."""
    message = f"the service at {url} gave no answer in {seconds:g} s"
    hint = "look at its load and its log, or let AITOMATIC_API_TIMEOUT be more seconds; then build again"
    return ExchangeFailed(_error(ServiceSlow, "POET302", message, hint), again=False)


def unreadable(url: str, why: str, *, again: bool = False) -> ExchangeFailed:
    """It answered, but not as agreed."""
    hint = "is AITOMATIC_API_URL the address of a poetc service, of this version?"
    message = f"the answer of {url} was not understood: {printable(why)}"
    return ExchangeFailed(_error(AnswerUnreadable, "POET305", message, hint), again=again)


def refusal(url: str, status: int, headers: Mapping[str, str], body: bytes) -> ExchangeFailed:
    """An answer other than 200 → its trouble, with what the service says about it."""
    if 300 <= status < 400:
        return unreadable(url, f"it answered {status}, a redirection, and those are not followed")
    if status < 400:
        return unreadable(url, f"it answered {status} where 200 was due")
    message, code, hint = _told(status, body)
    kind, poet_code, own_hint = _kind(status, code)
    error = _error(kind, poet_code, f"the service at {url} answered {message}", hint or own_hint)
    # A generation that took too long will take as long again.
    again = status in _BUSY and code != "GENERATION_TIMEOUT"
    return ExchangeFailed(error, again=again, pause=retry_after(headers.get("retry-after", "")) if again else None)


def retry_after(value: str) -> float | None:
    """A Retry-After header, in seconds or as a date → seconds from now; None where there is none to understand."""
    import time
    from email.utils import parsedate_to_datetime

    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _kind(status: int, code: str) -> tuple[type[ServiceError], str, str]:
    if status in (401, 403):
        return (
            ServiceRefused,
            "POET304",
            "set AITOMATIC_API_KEY, in the environment or in .env, to a key this service accepts",
        )
    if status in (408, 504):
        return ServiceSlow, "POET302", "the function may be too large; or the service is under load: build again"
    if status >= 500:
        return ServiceFailed, "POET303", "look at the service's log; build again when it is well"
    if status == 429:
        return (
            ServiceRefused,
            "POET307",
            "the service limits how often it may be asked: build again later, or with fewer --jobs",
        )
    if code in ("", "NOT_FOUND"):
        return ServiceRefused, "POET307", "is AITOMATIC_API_URL the address of a poetc service?"
    return ServiceRefused, "POET307", ""


def _told(status: int, body: bytes) -> tuple[str, str, str]:
    """The service's message with its code, the code, and its hint if it gives one."""
    try:
        told: Any = json.loads(body)
        message, code, details = told["error"], told["code"], told.get("details")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return str(status), "", ""
    if not isinstance(message, str) or not isinstance(code, str):
        return str(status), "", ""
    hint = details.get("hint", "") if isinstance(details, dict) else ""
    return (
        f"{status} {printable(code, 60)}: {printable(message)}",
        code,
        printable(hint) if isinstance(hint, str) else "",
    )


def _error(kind: type[ServiceError], code: str, message: str, hint: str) -> ServiceError:
    return kind(Diagnostic(code=code, message=message, hint=hint))
