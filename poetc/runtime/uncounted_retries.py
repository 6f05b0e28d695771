"""Failures that cost the other side nothing: for a while they aren't counted as attempts."""

from __future__ import annotations

from poetc.runtime.lookups import looked_up
from poetc.runtime.transient import has_name

REFUSED_SECONDS = 2.0
"""how long a server may take to come back that refuses connections, as one does that is started again"""

LOCKED_SECONDS = 5.0
"""how long somebody else may hold a lock (what sqlite3 itself waits: `sqlite3.connect(timeout=5.0)`)"""

LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_LOCKED"})
"""SQLSTATE and SQLite's names of "somebody else holds it" """

STARTING = frozenset({"57P03", "57P01"})
"""SQLSTATE of a server that starts or stops"""

LOADING = frozenset({"redis.exceptions.BusyLoadingError"})


def uncounted_seconds(error: Exception) -> float:
    """Seconds for which failures like this one aren't counted; 0.0: they are."""
    inner: object = error
    for _ in range(5):
        if not isinstance(inner, BaseException):
            return 0.0
        found = uncounted_after(inner)
        if found:
            return found
        inner = looked_up(inner, "orig") or looked_up(inner, "reason") or inner.__cause__ or inner.__context__
    return 0.0


def uncounted_after(error: BaseException) -> float:
    """`uncounted_seconds` of one error, what it was made of left alone."""
    state = looked_up(error, "sqlstate") or looked_up(error, "sqlite_errorname")
    if state in LOCKED:
        return LOCKED_SECONDS
    if isinstance(error, ConnectionRefusedError) or state in STARTING:
        return REFUSED_SECONDS
    if isinstance(error, Exception) and has_name(error, LOADING):
        return REFUSED_SECONDS
    try:
        words = str(error)
    except Exception:  # the text of a user's own exception
        return 0.0
    return REFUSED_SECONDS if "Connection refused" in words or "the database system is " in words else 0.0
