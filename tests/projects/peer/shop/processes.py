from __future__ import annotations

import time

from poetc import poet

from shop import wire


@poet(retries=1)
def double(number: int) -> int:
    return number * 2


@poet(timeout=30)
def slow_double(number: int) -> int:
    time.sleep(0)
    return number * 2


@poet(timeout=0.2)
def naps(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


@poet()
def asks(key: str) -> str:
    return wire.fetch(key)


@poet(retries=0)
def posts(key: str) -> str:
    return wire.post(key)


@poet()
def deep(number: int) -> int:
    return number and 1 + deep(number - 1)


@poet(retries=2)
def deep_guarded(number: int) -> int:
    return number and 1 + deep_guarded(number - 1)


@poet(timeout=30)
def deep_timed(number: int) -> int:
    return number and 1 + deep_timed(number - 1)


class Counter:
    def __init__(self, start: int = 0) -> None:
        self.total = start

    @poet(retries=1)
    def add(self, number: int) -> int:
        self.total += number
        return self.total

    @classmethod
    @poet(retries=1)
    def of(cls, number: int) -> Counter:
        return cls(number)
