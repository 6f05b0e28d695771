"""Which failures are worth another attempt, and which cost the other side nothing: those aren't counted for a while."""

from __future__ import annotations

import sys

from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import looked_up, reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

TRANSIENT_TYPES = (ConnectionError, TimeoutError, InterruptedError)

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which a request that may be repeated is worth it (RFC 9110 section 15, RFC 6585, RFC 8470)"""

TRANSIENT_STATES = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03")
"""beginnings of SQLSTATE codes of what passes: connection, serialization and deadlock, resources, locks, a restart"""


def is_transient(error: BaseException, names: tuple[str, ...] = (), idempotent: bool = True) -> bool:
    """Whether an error is of the kind that passes by itself: connection, time-out, overload, lock.

    `names` are further classes, dotted. What is not `idempotent` isn't repeated after a 500: it may have happened.
    A group of exceptions is transient if each of its members is. Errors that can't be looked at are not.
    """
    if not isinstance(error, Exception) or isinstance(error, CircuitOpenError):
        return False
    if isinstance(error, ExceptionGroup):
        return all(is_transient(inner, names, idempotent) for inner in error.exceptions)
    try:
        known = verdict(error, names, idempotent)
        if known is not None:
            return known
        return isinstance(error, TRANSIENT_TYPES) or has_name(error, KNOWN.transient) or is_named(error, names)
    except Exception:  # a property of the user's own exception failed: nothing is known of it
        return False


def verdict(error: Exception, names: tuple[str, ...], idempotent: bool) -> bool | None:
    """What the error says of itself - a status, an SQL state, a reason, its words - or None."""
    if has_name(error, KNOWN.lasting):
        return False
    status = error_status(error)
    if status is not None:
        return status in TRANSIENT_STATUSES and (idempotent or status != 500)
    state = sql_state(error)
    if state:
        return state.startswith(TRANSIENT_STATES)
    for path in KNOWN.causes:
        inner = looked_up(error, path)
        if isinstance(inner, Exception) and inner is not error:
            return is_transient(inner, names, idempotent)
    for rule in KNOWN.verdicts:
        found = judged(error, rule) if has_name(error, rule["errors"]) else None
        if found is not None:
            return found
    return None


def judged(error: Exception, rule: dict[str, Any]) -> bool | None:
    """What a rule of `Known.verdicts` says of an error of its; None: nothing."""
    if rule["tells"] == "words":
        words = str(error)
        return any(each in words for each in rule["passing"]) if rule.get("among", "") in words else None
    found = reached(error, rule["tells"])
    if type(found) is str:
        return found.startswith(tuple(rule["passing"]))
    return None if found is None else found in rule["passing"]


def sql_state(error: BaseException) -> str:
    """The SQLSTATE of a database's error; "" if it has none."""
    found = next((state for path in KNOWN.states if (state := looked_up(error, path))), None)
    return found if isinstance(found, str) else ""


def has_name(error: Any, names: Collection[str]) -> bool:
    """Whether the class of `error`, or one above it, is called by one of `names`."""
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in type(error).__mro__)


def is_named(error: Exception, names: tuple[str, ...]) -> bool:
    """Whether `error` is of one of the classes that these dotted names stand for, re-exports included."""
    return bool(names) and any(isinstance(error, named_class(name)) for name in names)


def named_class(name: str) -> tuple[type, ...]:
    """The class of that dotted name in a tuple; () if its module isn't imported, for then nothing can be of it."""
    module, found = name, None
    while module and found is None:
        module = module.rpartition(".")[0]
        found = sys.modules.get(module)
    for part in name[len(module) + 1 :].split("."):
        found = looked_up(found, part)
    return (found,) if isinstance(found, type) else ()


def error_status(error: BaseException) -> int | None:
    """The HTTP status that an error of some client carries, if any."""
    for holder in (error, looked_up(error, "response")):
        for name in ("status_code", "code", "status"):
            status = looked_up(holder, name)
            if type(status) is int and 100 <= status <= 599:
                return status
    found = (reached(error, path) for path in KNOWN.statuses)
    return next((status for status in found if type(status) is int), None)


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
