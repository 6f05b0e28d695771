"""Neighbours of what the trackers of databases and queues report: the kinds, without a library."""

from __future__ import annotations

import queue
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.repeats import whole_obstacle

DECORATED = """\
import contextlib
import functools
from unittest import mock
from poetc import poet


class Block(contextlib.ContextDecorator):
    def __enter__(self): return self
    def __exit__(self, *raised): return None


@poet()
def good(x: int) -> int:
    return x


@poet()
@Block()
def below(x: int) -> int:
    return x


@poet()
@Block()
@mock.patch.dict("os.environ", {"A": "1"})
def twice(x: int) -> int:
    return x


@poet()
@contextlib.contextmanager
def scope(x: int):
    yield x
"""

HYBRID = """\
from poetc import poet


class hybrid:
    def __init__(self, get): self.get = get
    def __get__(self, thing, owner): return self.get(owner if thing is None else thing)


class Note:
    size = "column"

    @hybrid
    @poet(enforce="strict")
    def twice(self) -> int:
        return self.size

    @classmethod
    @poet(enforce="strict")
    def of_class(cls) -> int:
        return cls.size

    @poet(enforce="strict")
    def method(self) -> int:
        return self.size


class Wide(Note):
    pass


@poet(enforce="strict")
def named(kind: type) -> int:
    return kind.size
"""


def test_library_decorators_below_the_marker_are_not_stale(load: Callable[..., ModuleType]) -> None:
    """What they put in the function's place is from another module; the build said that it leaves it, the import says
    nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = load(DECORATED)
        assert [module.good(1), module.below(2), module.twice(3)] == [1, 2, 3]
        with module.scope(4) as four:
            assert four == 4


def test_results_of_descriptors_that_ask_the_class(load: Callable[..., ModuleType]) -> None:
    """Strict results: a descriptor may ask the class, or one below it; all else is checked."""
    module = load(HYBRID)
    assert (module.Note.twice, module.Wide.twice) == ("column", "column")
    for wrong in (
        lambda: module.Note().twice,
        module.Note.of_class,
        module.Note().method,
        lambda: module.named(module.Note),
    ):
        with pytest.raises(Exception, match="its annotation says int"):
            wrong()


@pytest.mark.parametrize("given", [{"block": False}, {"timeout": 0.01}])
def test_queues_that_are_asked_without_waiting(given: dict[str, Any]) -> None:
    """A queue that is empty says so, as long as the budget isn't spent."""
    deadline = Deadline(5.0)
    with deadline, pytest.raises(queue.Empty):
        deadline.passed_to(queue.Queue[int]().get, "timeout")(**given)
    deadline = Deadline(0.05)
    with deadline, pytest.raises(BudgetSpentError):
        deadline.passed_to(queue.Queue[int]().get, "timeout")()


def test_generators_that_end_with_the_budget() -> None:
    """A generator that got the limit and ends with it is cut short; one that ends before it is whole."""

    def waited(timeout: float | None = None) -> Any:
        yield 1
        if timeout is not None and timeout < 1:
            queue_empty = queue.Queue[int]()
            try:
                queue_empty.get(timeout=timeout)
            except queue.Empty:
                return "late"
        return "whole"

    deadline = Deadline(5.0)
    with deadline:
        assert list(deadline.passed_to(waited, "timeout")()) == [1]
    deadline = Deadline(0.05)
    with deadline, pytest.raises(BudgetSpentError):
        list(deadline.passed_to(waited, "timeout")())


def test_connections_inside_a_transaction(tmp_path: Path) -> None:
    """As an argument, as a cursor, or held by one; what is committed or was never begun is no obstacle."""
    connection = sqlite3.connect(tmp_path / "a.db")
    holder = type("Store", (), {})()
    holder.connection = connection
    given = (connection, connection.cursor(), holder)
    connection.execute("CREATE TABLE t (n)")
    assert [whole_obstacle((each,), {}, ConnectionError()) for each in given] == [""] * 3
    connection.execute("INSERT INTO t VALUES (1)")
    assert all("twice" in whole_obstacle((each,), {}, ConnectionError()) for each in given)
    connection.commit()
    assert [whole_obstacle((), {"c": each}, ConnectionError()) for each in given] == [""] * 3
    connection.close()
