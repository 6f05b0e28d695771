# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What happens inside a call, said to whoever listens: nobody, unless events are on."""

from contextlib import suppress


OBSERVERS = []
"""called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and what is
to be said"""


def name_of(function):
    """The dotted name of a function, "app.pay.receipt"."""
    return f"{function.__module__}.{function.__qualname__}"


def notice(kind, function, /, **said):
    """Tell the observers; what they raise never reaches the call. Not to be called with a lock held."""
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)


def shielded(listener, /, *args):
    """`listener(*args)`; an exception of it is logged and kept from the call."""
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)


def log_failure(message, about):
    """Log the exception that is being handled; a handler or filter of the program's that raises is kept from the call
    as well."""
    with suppress(Exception):
        from logging import getLogger

        getLogger("poet").exception(message, about)
