"""What an event says of an error: nothing that could hold an argument or a secret."""

from __future__ import annotations

import os

from poetc.runtime.transient import error_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST_MESSAGE = 1000
"""characters"""

OWN_MESSAGES = frozenset({"BulkheadFullError", "RateLimitedError", "BudgetSpentError", "CircuitOpenError"})
"""names of the runtime's own errors whose messages hold names and numbers only"""


def error_of(error: BaseException, in_full: bool) -> dict[str, Any]:
    """`type` and `message`. The message of an exception may hold anything, so that unless `in_full` is asked for only
    what can be said without it is: the runtime's own words, the system's for an errno, an HTTP status; else ""."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "message": shown_message(error, in_full)}


def shown_message(error: BaseException, in_full: bool) -> str:
    """The message, or what can be said in its place; it never raises."""
    try:
        if in_full or type(error).__name__ in OWN_MESSAGES:
            return str(error)[:LONGEST_MESSAGE]
        if isinstance(error, OSError) and type(error.errno) is int:
            return f"[Errno {error.errno}] {os.strerror(error.errno)}"
        status = error_status(error)
        return f"HTTP {status}" if status is not None else ""
    except Exception:  # the user's own exception can't be printed
        return ""
