"""Failures before anything was sent: after those even a write may be made again."""

from __future__ import annotations

import sys

from poetc.runtime.lookups import looked_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def is_unsent(error: Exception, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether `function(*args, **kwargs)` failed while it was still connecting, for clients that let that be seen.

    Not if it may be the connection of a further request, after a first one did arrive: where that was redirected to,
    what a hook, an authentication or a transport of the user's sent. What can't be looked at may have been sent.
    """
    try:
        kind = type(error)
        test = TESTS.get(f"{kind.__module__}.{kind.__qualname__}")
        return test is not None and is_clients_own(error) and test(error, function, args, kwargs)
    except Exception:  # stand-ins in tests, clients of another version
        return False


def frames_of(error: BaseException) -> Iterator[Any]:
    """The frames that an error came through, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def is_clients_own(error: BaseException) -> bool:
    """Whether an error came from a client's code to the runtime's through nobody else's, and out of no hook."""
    home = __name__.rpartition(".")[0] + "."
    for frame in frames_of(error):
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in CLIENTS_CODE and not module.startswith(home):
            return False
        if module == "requests.hooks":
            return False
    return True


def by_requests(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """requests: urllib3 had no connection yet, and the request is the one that was asked for, not a redirected one."""
    reason = looked_up(error.args[0], "reason") if error.args else None
    if type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
        return False
    method = function.__name__.upper()
    if method == "REQUEST":
        method, *args = args if args else (kwargs["method"],)  # type: ignore[assignment]
    url = args[0] if args else kwargs["url"]
    asked = sys.modules["requests"].Request(method.upper(), url, params=kwargs.get("params")).prepare()
    return bool(asked.method == error.request.method and asked.url == error.request.url)


def by_httpx(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """httpx: errors of that class come before anything is sent, unless it is a further request that fails."""
    sending = [frame for frame in frames_of(error) if frame.f_code.co_name == "_send_handling_redirects"]
    return bool(sending) and all(frame.f_locals.get("history") == [] for frame in sending)


def by_redis(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """redis-py: raised while the pool got a connection for the command."""
    return any(
        frame.f_code.co_name == "get_connection" and str(frame.f_globals.get("__name__")).startswith("redis.")
        for frame in frames_of(error)
    )


CLIENTS_CODE = frozenset(
    {
        "anyio",
        "async_timeout",
        "asyncio",
        "contextlib",
        "httpcore",
        "httpx",
        "redis",
        "requests",
        "socket",
        "ssl",
        "urllib3",
    }
)
"""packages whose code stands between the runtime and where a client's own error is raised"""

TESTS = {
    "httpx.ConnectError": by_httpx,
    "httpx.ConnectTimeout": by_httpx,
    "httpx.PoolTimeout": by_httpx,
    "redis.exceptions.ConnectionError": by_redis,
    "redis.exceptions.TimeoutError": by_redis,
    "requests.exceptions.ConnectTimeout": by_requests,
    "requests.exceptions.ConnectionError": by_requests,
}
"""class of an error -> what finds out whether anything had been sent"""
