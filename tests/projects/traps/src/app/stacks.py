"""Decorators above @poet, and the function used before and after its module is complete."""

from __future__ import annotations

import functools
from contextlib import asynccontextmanager, contextmanager

from poetc import poet

calls: list[object] = []


def shout(function):
    @functools.wraps(function)
    def louder(*args, **kwargs):
        return function(*args, **kwargs).upper()

    return louder


@functools.lru_cache(maxsize=8)
@poet()  # relocated
def cached(x: int) -> int:
    calls.append(x)
    return x * 2


@contextmanager
@poet()  # relocated
def opened(name: str):
    calls.append(f"open {name}")
    try:
        yield name
    finally:
        calls.append(f"close {name}")


@contextmanager
@poet(retries=1)  # relocated guarded
def opened_guarded(name: str):
    calls.append(f"open {name}")
    try:
        yield name
    finally:
        calls.append(f"close {name}")


@asynccontextmanager
@poet()  # relocated
async def opened_async(name: str):
    calls.append(f"open {name}")
    try:
        yield name
    finally:
        calls.append(f"close {name}")


@shout
@poet()  # relocated
def said(text: str) -> str:
    """Said."""
    return text + "!"


@shout
@shout
@poet(retries=1)  # relocated guarded
def said_twice(text: str) -> str:
    return text + "?"


@poet()
@shout
def not_directly_above(text: str) -> str:
    return text + "..."


@functools.singledispatch
@poet()  # relocated
def shown(value) -> str:
    return f"something {value}"


@shown.register
@poet()  # relocated
def shown_int(value: int) -> str:
    return f"int {value}"


@shown.register(list)
@poet()  # relocated
def shown_list(value) -> str:
    return f"list of {len(value)}"


class Viewer:
    @functools.singledispatchmethod
    @poet()  # relocated
    def view(self, value) -> str:
        return f"any {value}"

    @view.register
    @poet()  # relocated
    def view_int(self, value: int) -> str:
        return f"int {value}"

    @functools.lru_cache(maxsize=None)  # noqa: B019
    @poet()  # relocated
    def cached(self, x: int) -> int:
        calls.append(("cached", x))
        return x


@poet()  # relocated
def twice(x: int) -> int:
    return x * 2


AT_IMPORT = twice(21)
REFERENCE = twice
PARTIAL = functools.partial(twice, 4)
TABLE = {"twice": twice}


@functools.total_ordering
class Version:
    def __init__(self, n: int) -> None:
        self.n = n

    @poet()  # relocated
    def __eq__(self, other: object) -> bool:
        return self.n == other.n

    @poet()  # relocated
    def __lt__(self, other: object) -> bool:
        return self.n < other.n
