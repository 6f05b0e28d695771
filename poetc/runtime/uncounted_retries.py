"""Failures that cost the other side nothing: for a while they aren't counted as attempts."""

from __future__ import annotations

from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import looked_up
from poetc.runtime.transient import has_name, sql_state

REFUSED_SECONDS = 2.0
"""how long a server may take to come back that refuses connections, as one does that is started again"""

LOCKED_SECONDS = 5.0
"""how long somebody else may hold a lock (what sqlite3 itself waits: `sqlite3.connect(timeout=5.0)`)"""

LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_LOCKED"})
"""SQLSTATE and SQLite's names of "somebody else holds it" """

STARTING = frozenset({"57P03", "57P01"})
"""SQLSTATE of a server that starts or stops"""


def uncounted_seconds(error: Exception) -> float:
    """Seconds for which failures like this one aren't counted; 0.0: they are."""
    inner: object = error
    for _ in range(5):
        if not isinstance(inner, BaseException):
            return 0.0
        found = uncounted_after(inner)
        if found:
            return found
        made_of = (looked_up(inner, path) for path in KNOWN.causes)
        inner = next((each for each in made_of if each), None) or inner.__cause__ or inner.__context__
    return 0.0


def uncounted_after(error: BaseException) -> float:
    """`uncounted_seconds` of one error, what it was made of left alone."""
    state = sql_state(error) or looked_up(error, "sqlite_errorname")
    if state in LOCKED:
        return LOCKED_SECONDS
    if isinstance(error, ConnectionRefusedError) or state in STARTING or has_name(error, KNOWN.starting):
        return REFUSED_SECONDS
    try:
        words = str(error)
    except Exception:  # the text of a user's own exception
        return 0.0
    return REFUSED_SECONDS if any(each in words for each in ("Connection refused", *KNOWN.starting_words)) else 0.0
