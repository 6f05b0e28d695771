"""A library to read from whose replies may tear: each opening and each read is an event, and some events fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Torn(Exception):
    """A reply that could not be opened, or read to its end."""


EVENTS: list[str] = []
"""what was asked for, in order"""
WRITES: list[Any] = []
"""what was written, in order"""
FAILING: set[int] = set()
"""numbers of the events that fail"""


def happens(what: str) -> None:
    """Count an event; raises Torn if it is one of those that fail."""
    EVENTS.append(what)
    if len(EVENTS) - 1 in FAILING:
        raise Torn(what)


class Reply:
    """What was opened: read once, piece by piece, never from its beginning again."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.left = [f"{key}{number}" for number in range(3)]

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *raised: object) -> None:
        self.left.clear()

    def read(self) -> str:
        """The next piece, "" behind the last."""
        happens("read")
        return self.left.pop(0) if self.left else ""

    def parts(self) -> Iterator[str]:
        """All pieces that are left."""
        while self.left:
            yield self.read()


def get(key: str) -> Reply:
    """Open something."""
    happens("get")
    return Reply(key)


def put(value: object) -> None:
    """Write, which must not be done twice."""
    WRITES.append(value)
