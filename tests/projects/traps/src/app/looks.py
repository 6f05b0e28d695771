"""Signatures and looks of every kind."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Optional, overload

from poetc import poet

SHARED: list[int] = []
SENTINEL = object()


@poet()  # relocated
def every_kind(a: int, /, b: str = "b", *args: int, c: Optional[int] = None, d=SENTINEL, **kwargs: Any) -> tuple:
    """Every kind of parameter.

    >>> every_kind(1)
    (1, 'b', (), None, True, {})
    """
    return a, b, args, c, d is SENTINEL, kwargs


@poet(retries=1)  # relocated guarded
def every_kind_guarded(
    a: int, /, b: str = "b", *args: int, c: Optional[int] = None, d=SENTINEL, **kwargs: Any
) -> tuple:
    """Every kind of parameter, guarded.

    >>> every_kind_guarded(1)
    (1, 'b', (), None, True, {})
    """
    return a, b, args, c, d is SENTINEL, kwargs


@poet()  # relocated
def shared_default(x: int, into: list = SHARED) -> list:
    """The default is one object for all."""
    into.append(x)
    return into


@poet(retries=1)  # relocated guarded
def shared_default_guarded(x: int, into: list = SHARED) -> list:
    """The default is one object for all."""
    into.append(x)
    return into


@poet()  # relocated
def private_kwarg(value, __hidden=1, *, _k: int = 2):
    return value, __hidden, _k


@poet  # relocated
def bare(x: int) -> int:
    "Bare."
    return x


@overload
def either(x: int) -> int: ...
@overload
def either(x: str) -> str: ...
@poet()  # relocated
def either(x):
    return x


@poet()  # relocated
def only_doc():
    """Nothing but a docstring."""


@poet()  # relocated
def one_line(x: int) -> int: return x + 1


@poet()  # relocated
def where() -> tuple:
    frame = sys._getframe()
    return frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno, frame.f_globals["__name__"]


@poet()  # relocated
def caller() -> str:
    return sys._getframe(1).f_code.co_name


@poet(retries=1)  # relocated
def caller_guarded() -> str:
    return sys._getframe(1).f_code.co_name


@poet()  # relocated
def stack_names() -> list:
    return [frame.function for frame in inspect.stack()[:2]]


def tag(name):
    def set_it(function):
        function.tag = name
        return function

    return set_it


@tag("above")
@poet()  # relocated
def tagged(x: int) -> int:
    return x


def final(function):
    """By its name the build takes it for `typing.final`, which gives back the function itself; it does, under new names."""
    function.__name__ = "renamed"
    function.__module__ = "elsewhere"
    return function


@poet()  # relocated
@final
def called_otherwise(x: int) -> int:
    return x


@poet(retries=1)  # relocated guarded
@final
def called_otherwise_guarded(x: int) -> int:
    return x


@poet()  # relocated
def compiles() -> dict:
    found: dict = {}
    exec("def f(x: undefined_name): ...", found)
    return found["f"].__annotations__
