"""When a call that failed can't, or needn't, be made again as it was."""

from __future__ import annotations

from poetc.runtime.consumed import Place, is_spent
from poetc.runtime.transient import looked_up

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
    if owner is not None and repeats_by_itself(owner):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return "its connection or transaction can't go on"
    return USED_ONCE if is_spent(args, kwargs, places) else ""


def repeats_by_itself(owner: Any) -> bool:
    """Whether a client object is set up to repeat what fails: itself, its inner client, its adapters."""
    for holder in (owner, looked_up(owner, "_client"), looked_up(owner, "client")):
        if is_positive(looked_up(holder, "max_retries")):  # openai, anthropic
            return True
        adapters = looked_up(holder, "adapters")  # requests.Session
        mounted = adapters.values() if isinstance(adapters, dict) else ()
        totals = [looked_up(looked_up(adapter, "max_retries"), "total") for adapter in mounted]
        if any(is_positive(total) for total in totals):
            return True
    meta = looked_up(owner, "meta")  # boto3: retries unless it was told not to
    settings = looked_up(looked_up(meta, "config"), "retries")
    if looked_up(meta, "service_model") is not None:
        return not (isinstance(settings, dict) and settings.get("total_max_attempts") == 1)
    pool = looked_up(looked_up(owner, "connection_pool"), "connection_kwargs")  # redis
    return isinstance(pool, dict) and is_positive(looked_up(pool.get("retry"), "_retries"))


def is_positive(number: Any) -> bool:
    """Whether that is a number of further attempts."""
    return type(number) is int and number > 0


def is_stuck(owner: Any, error: Exception) -> bool:
    """Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended."""
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str) and state.startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False


def is_set(flag: Any) -> bool:
    """Whether that is a flag, and set; methods of that name are none."""
    return type(flag) in (bool, int) and bool(flag)
