"""When a call that failed can't, or needn't, be made again as it was."""

from __future__ import annotations

from poetc.runtime.consumed import Place, holdings_of, is_spent, is_used_up
from poetc.runtime.kinds import own_dict
from poetc.runtime.lookups import looked_up
from poetc.runtime.ownloops import repeats_in_code
from poetc.runtime.transient import has_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BY_ITSELF = "the client repeats by itself"


USED_ONCE = "an argument can be used once only"


def obstacle(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    error: Exception | None,
    places: tuple[Place, ...] = (),
) -> str:
    """Why `function(*args, **kwargs)` can't be made again after `error` (None: after a response), or "".

    An argument that the first attempt used up would be sent empty by a second one, unless it can be put back to where
    it stood (`places`); the attempts of a client that repeats by itself would multiply; a connection may be closed, and
    a transaction has to be done from its beginning.
    """
    owner = looked_up(function, "__self__")
    if (owner is not None and repeats_by_itself(owner, error)) or repeated_by_urllib3(function, kwargs, error):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return STUCK
    return USED_ONCE if is_spent(args, kwargs, places) else ""


def repeats_by_itself(owner: Any, error: Exception | None = None) -> bool:
    """Whether a client object is set up to repeat what fails: itself, its inner client, its adapters or transports."""
    for holder in (owner, looked_up(owner, "_client"), looked_up(owner, "client")):
        if is_repeating(looked_up(holder, "max_retries")):  # openai, anthropic
            return True
    if any(is_repeating_transport(each, error) for each in transports_of(owner)) or repeats_in_code(type(owner)):
        return True
    meta = looked_up(owner, "meta")  # boto3: retries unless it was told not to
    settings = looked_up(looked_up(meta, "config"), "retries")
    if looked_up(meta, "service_model") is not None:
        return not (isinstance(settings, dict) and settings.get("total_max_attempts") == 1)
    pool = looked_up(looked_up(owner, "connection_pool"), "connection_kwargs")  # redis
    return isinstance(pool, dict) and is_repeating(looked_up(pool.get("retry"), "_retries"))


def transports_of(owner: Any) -> list[Any]:
    """What a client sends by: adapters of requests, transports of httpx."""
    own = own_dict(owner)
    found = [own.get("_transport")]
    for each in (own.get("adapters"), own.get("_mounts")):
        found += dict.values(each) if isinstance(each, dict) else ()
    return [each for each in found if each is not None]


def is_repeating_transport(transport: Any, error: Exception | None) -> bool:
    """Whether an adapter or transport is set up to repeat; httpx's own repeats only connecting."""
    if is_repeating(looked_up(transport, "max_retries")) or is_repeating(looked_up(transport, "retry")):
        return True
    connects = type(error).__name__ in ("ConnectError", "ConnectTimeout")
    return (connects and is_repeating(looked_up(looked_up(transport, "_pool"), "_retries"))) or repeats_in_code(
        type(transport)
    )


COUNTS = ("connect", "read", "status", "other")
"""what urllib3's Retry limits one by one where it has no total"""


def is_repeating(setting: Any) -> bool:
    """Whether that is a number of further attempts, or a `Retry` that makes some."""
    if type(setting) is int:
        return setting > 0
    if "total" not in own_dict(setting):
        return False
    total = looked_up(setting, "total")
    counts = [looked_up(setting, name) for name in COUNTS] if total is None else [total]
    return all(each is None for each in counts) or any(type(each) is int and each > 0 for each in counts)


def repeated_by_urllib3(function: Any, kwargs: dict[str, Any], error: Exception | None) -> bool:
    """Whether urllib3, called by itself, has repeated: failures unless told not to, statuses only if told which."""
    if str(looked_up(function, "__module__")).partition(".")[0] != "urllib3":
        return False
    owner = looked_up(function, "__self__")
    pooled = looked_up(owner, "connection_pool_kw")
    own = pooled.get("retries") if type(pooled) is dict else looked_up(owner, "retries")
    setting = kwargs.get("retries", own)
    if error is None:
        return bool(looked_up(setting, "status_forcelist")) and is_repeating(setting)
    return has_name(error, MAX_RETRY) and (setting is None or is_repeating(setting))


MAX_RETRY = frozenset({"urllib3.exceptions.MaxRetryError"})


def is_stuck(owner: Any, error: Exception) -> bool:
    """Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended."""
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str) and state.startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    if type(owner).__module__.startswith("sqlalchemy.") and is_rolled_back(owner, error):
        return True
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False


DATABASES = frozenset({"aiosqlite", "asyncpg", "psycopg", "psycopg2", "sqlalchemy", "sqlite3", "sqlmodel"})
"""packages whose connections and sessions keep the failure that ended their transaction"""

STUCK = "its connection or transaction can't go on"

CONSEQUENCES = frozenset(
    {
        "psycopg.InterfaceError",
        "psycopg.errors.InFailedSqlTransaction",
        "psycopg2.InterfaceError",
        "psycopg2.errors.InFailedSqlTransaction",
        "sqlalchemy.exc.PendingRollbackError",
        "sqlalchemy.exc.ResourceClosedError",
    }
)
"""what a further attempt fails with because the first one failed"""


def is_consequence(error: Exception) -> bool:
    """Whether a further attempt failed only because what the first one left behind can't be used: that says less."""
    return has_name(error, CONSEQUENCES)


HALF_DONE = "what it has begun with a connection would be done twice in one transaction"


def whole_obstacle(args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> str:
    """Why a user's function can't be run again as a whole with the same arguments, or ""."""
    values = (*args, *kwargs.values())
    if is_used_up(values):
        return USED_ONCE
    held = [each for value in values[:20] if not is_of_database(value) for each in holdings_of(value)[:50]]
    databases = [each for each in (*values, *held) if is_of_database(each)]
    if any(is_stuck(each, error) for each in databases):
        return STUCK
    return HALF_DONE if any(is_half_done(each) for each in databases) else ""


def is_half_done(owner: Any) -> bool:
    """Whether a connection of sqlite3 or PostgreSQL, or the cursor's, is in the middle of a transaction."""
    for holder in (owner, looked_up(owner, "connection")):
        if (
            looked_up(holder, "in_transaction") is True
            or looked_up(looked_up(holder, "info"), "transaction_status") == 2
        ):
            return True  # libpq's PQTRANS_INTRANS
    return False


def is_of_database(value: Any) -> bool:
    """Whether a database's package has made the class of a value, or one above it."""
    return any(cls.__module__.partition(".")[0] in DATABASES for cls in type(value).__mro__)


def is_rolled_back(session: Any, error: Exception) -> bool:
    """Whether a session of SQLAlchemy has to be rolled back by whoever began with it."""
    if looked_up(session, "is_active") is False:
        return True
    ask = looked_up(session, "in_transaction")
    if not callable(ask) or not is_of_database(error):
        return False
    try:
        return ask() is True
    except Exception:  # a class of another version
        return False


def is_set(flag: Any) -> bool:
    """Whether that is a flag, and set; methods of that name are none."""
    return type(flag) in (bool, int) and bool(flag)
