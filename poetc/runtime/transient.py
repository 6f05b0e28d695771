"""Which failures are worth another attempt."""

from __future__ import annotations

import sys

from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.lookups import looked_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

TRANSIENT_TYPES = (ConnectionError, TimeoutError, InterruptedError)

TRANSIENT_NAMES = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "anthropic.APIConnectionError",
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
        "psycopg2.OperationalError",
        "redis.exceptions.BusyLoadingError",
        "redis.exceptions.ConnectionError",
        "redis.exceptions.TimeoutError",
        "requests.exceptions.ChunkedEncodingError",
        "requests.exceptions.ConnectionError",
        "requests.exceptions.Timeout",
        "smtplib.SMTPConnectError",
        "smtplib.SMTPServerDisconnected",
        "sqlalchemy.exc.TimeoutError",
        "urllib3.exceptions.ProtocolError",
        "urllib3.exceptions.TimeoutError",
    }
)
"""dotted names of exception classes, so that none of these libraries has to be imported to know them"""

TRANSIENT_ANYWAY = TRANSIENT_NAMES | {
    "aiohttp.ClientConnectionError",
    "aiohttp.ClientPayloadError",
    "anthropic.InternalServerError",
    "anthropic.RateLimitError",
    "builtins.ConnectionError",
    "builtins.InterruptedError",
    "builtins.TimeoutError",
    "grpc.RpcError",
    "http.client.RemoteDisconnected",
    "openai.InternalServerError",
    "openai.RateLimitError",
    "sqlalchemy.exc.OperationalError",
    "sqlite3.OperationalError",
    "urllib.error.URLError",
    "urllib3.exceptions.MaxRetryError",
}
"""names of which `is_transient` knows without being told, those included that it asks for a status or a reason"""

GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
"""gRPC's statuses that pass (its guide "Error Handling"; ABORTED: at a higher level, which an idempotent call is)"""

LASTING_NAMES = frozenset(
    {
        "redis.exceptions.AuthenticationError",
        "redis.exceptions.AuthorizationError",
        "requests.exceptions.InvalidProxyURL",
        "requests.exceptions.ProxyError",
        "requests.exceptions.SSLError",
        "ssl.SSLCertVerificationError",
    }
)
"""classes below transient ones whose cause doesn't pass by itself"""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which a request that may be repeated is worth it (RFC 9110 section 15, RFC 6585, RFC 8470)"""

LOCKED_STATES = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03")
"""beginnings of SQLSTATE codes of what passes: connection, serialization and deadlock, resources, locks, a restart"""


SQLITE_CODES = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED; a table that isn't there, a full disk, a file that can't be opened don't pass"""

LIBPQ_NAMES = frozenset({"psycopg.OperationalError", "psycopg2.OperationalError"})

PASSING_REFUSALS = (
    "the database system is",  # starting up, shutting down, in recovery mode
    "too many clients already",
    "too many connections for",
    "remaining connection slots are reserved",
    "terminating connection due to",
)
"""with what PostgreSQL refuses a connection that it may accept a little later"""

MYSQL_NAMES = frozenset(
    {"pymysql.err.OperationalError", "MySQLdb.OperationalError", "mysql.connector.errors.OperationalError"}
)

MYSQL_CODES = frozenset({1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055})
"""too many connections, shutdown, lock wait, deadlock, refused or lost connection; a wrong password (1045) lasts"""


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
        return isinstance(error, TRANSIENT_TYPES) or has_name(error, TRANSIENT_NAMES) or is_named(error, names)
    except Exception:  # a property of the user's own exception failed: nothing is known of it
        return False


def verdict(error: Exception, names: tuple[str, ...], idempotent: bool) -> bool | None:
    """What the error says of itself - a status, an SQL state, a reason, its words - or None."""
    if has_name(error, LASTING_NAMES):
        return False
    status = error_status(error)
    if status is not None:
        return status in TRANSIENT_STATUSES and (idempotent or status != 500)
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str):
        return state.startswith(LOCKED_STATES)
    for name in ("orig", "reason"):  # of SQLAlchemy's errors, of urllib's
        inner = looked_up(error, name)
        if isinstance(inner, Exception) and inner is not error:
            return is_transient(inner, names, idempotent)
    if has_name(error, frozenset({"grpc.RpcError"})):
        code = looked_up(error, "code")
        return looked_up(code(), "name") in GRPC_CODES if callable(code) else None
    if has_name(error, frozenset({"sqlite3.OperationalError"})):
        code = looked_up(error, "sqlite_errorcode")
        return code & 0xFF in SQLITE_CODES if type(code) is int else str(error).endswith(" is locked")
    if has_name(error, MYSQL_NAMES):
        return bool(error.args) and error.args[0] in MYSQL_CODES
    if has_name(error, LIBPQ_NAMES):
        return is_passing_refusal(str(error))
    return None


def is_passing_refusal(words: str) -> bool | None:
    """Whether PostgreSQL, which answered that it doesn't let in, may later; None: it didn't answer.

    There is no SQLSTATE in what libpq says of a connection that wasn't made: a wrong password, a database that isn't
    there and a server that is about to start differ by words alone. "FATAL" is in the answer in whatever language.
    """
    if "FATAL" not in words:
        return None
    return any(passing in words for passing in PASSING_REFUSALS)


def has_name(error: Exception, names: frozenset[str]) -> bool:
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
    answer = looked_up(error, "response")  # botocore's ClientError has a dict
    if type(answer) is dict:
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status if type(status) is int else None
    return None
