"""Failures before anything was sent: after those even a write may be made again."""

from __future__ import annotations

import sys

from poetc.runtime.transient import looked_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def is_unsent(error: Exception, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether `function(*args, **kwargs)` failed while it was still connecting, for clients that let that be seen.

    Not if it may be the connection to where a first request, which did arrive, was redirected to. What can't be
    looked at may have been sent.
    """
    try:
        kind = type(error)
        test = TESTS.get(f"{kind.__module__}.{kind.__qualname__}")
        return test is not None and test(error, function, args, kwargs)
    except Exception:  # stand-ins in tests, clients of another version
        return False


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
    """httpx: errors of that class come before anything is sent; a redirect is followed only where that was asked."""
    if looked_up(looked_up(function, "__self__"), "follow_redirects"):
        return kwargs.get("follow_redirects") is False
    return kwargs.get("follow_redirects", False) is False


def by_redis(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """redis-py: raised while the pool got a connection for the command."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == "get_connection" and str(trace.tb_frame.f_globals.get("__name__")).startswith("redis."):
            return True
        trace = trace.tb_next
    return False


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
