"""Globals, helpers and builtins that a test may patch, and module state that functions change."""

from __future__ import annotations

from poetc import poet

FACTOR = 2
count = 0
seen: list[str] = []


def helper(x):
    return x + 1


@poet()  # relocated
def scaled(x: int) -> int:
    return helper(x) * FACTOR


@poet(retries=1)  # relocated guarded
def scaled_guarded(x: int) -> int:
    return helper(x) * FACTOR


class Box:
    factor = 10

    @poet()  # relocated
    def scaled(self, x: int) -> int:
        return helper(x) * self.factor


@poet()  # relocated
def counted(step: int = 1) -> int:
    global count
    count += step
    return count


@poet  # relocated
def made_global():
    global born
    born = "yes"
    return born


@poet(retries=1)  # relocated guarded
def counted_guarded(step: int = 1) -> int:
    global count
    count += step
    return count


@poet()  # relocated
def length(x) -> int:
    return len(x)


@poet()  # relocated
def outer(x: int) -> int:
    return inner(x) + inner(x)


@poet()  # relocated
def inner(x: int) -> int:
    return x * 2


@poet()  # relocated
def defined_later(x: int) -> int:
    return _later(x)


def _later(x):
    return x + 100
