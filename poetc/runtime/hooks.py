"""What happens inside a call, said to whoever listens: nobody, unless events are on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OBSERVERS: list[Callable[[str, str, dict[str, Any]], None]] = []
"""called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and what is
to be said"""


def name_of(function: Callable[..., Any]) -> str:
    """The dotted name of a function, "app.pay.receipt"."""
    return f"{function.__module__}.{function.__qualname__}"


def notice(kind: str, function: str, /, **said: Any) -> None:
    """Tell the observers; what they raise never reaches the call. Not to be called with a lock held."""
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)


def shielded(listener: Callable[..., Any], /, *args: Any) -> None:
    """`listener(*args)`; an exception of it is logged and kept from the call."""
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)


def log_failure(message: str, about: object) -> None:
    """Log the exception that is being handled; a handler or filter of the program's that raises is kept from the call
    as well."""
    try:
        from logging import getLogger

        getLogger("poet").exception(message, about)
    except Exception:
        return
