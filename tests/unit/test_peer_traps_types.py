"""What users of run-time type checkers report, tried on built functions: see PEER_TRAPS.md for who reported what."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import typing
import warnings
from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from peer_shop import Shop, caught, the_shop


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The project; a warning of its checks is an error."""
    shop = the_shop(tmp_path_factory)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield shop


@pytest.fixture
def app(shop: Shop) -> Any:
    """The functions of this file's tests."""
    return shop.module("hints")


@pytest.mark.parametrize("name", ["filled", "filled_deep"])
def test_arguments_are_not_copied(name: str, app: Any) -> None:
    """What a function does to a list or dict it was given, its caller sees; it gives back that very list."""
    rows: list[int] = []
    table: dict[str, list[int]] = {"k": rows}
    assert getattr(app, name)(rows, table) is rows
    assert (rows, table["k"]) == ([1, 1], rows)


def test_checks_do_not_depend_on_chance(shop: Shop, app: Any) -> None:
    """Deep finds one bad item wherever it is, every time; shallow looks at none, ever."""
    for place in (0, 1, 499, 998, 999):
        rows: list[Any] = [1] * 1000
        rows[place] = "x"
        assert {type(caught(app.all_ints, rows)) for _ in range(20)} == {shop.runtime.PerceiveError}
        assert {app.a_list(rows) for _ in range(20)} == {1000}


def test_containers_are_asked_nothing(app: Any) -> None:
    """A list is neither iterated, indexed nor measured by a shallow check."""

    class Watched(list[int]):
        asked: typing.ClassVar[list[str]] = []

        def __iter__(self) -> Any:
            self.asked.append("iter")
            return super().__iter__()

        def __getitem__(self, at: Any) -> Any:
            self.asked.append("item")
            return super().__getitem__(at)

        def __bool__(self) -> bool:
            self.asked.append("bool")
            return True

    assert app.a_list(Watched([1, 2])) == 2
    assert Watched.asked == []


def test_names_for_type_checkers_only(app: Any) -> None:
    """Names that exist for type checkers, or nowhere at all, are no error; what there is of them is checked."""
    assert app.for_checkers_only(Decimal(1)) == Decimal(1)
    assert app.for_checkers_only(Decimal(1), object()) == Decimal(1)


def test_classes_that_name_themselves_and_later_ones(shop: Shop, app: Any) -> None:
    """A class in its own methods, in `type[...]`, and one that is defined further down."""
    node = app.Node.of("a").beside(app.Node("b"), app.Node, app.Later())
    assert (type(node), node.name) == (app.Node, "ab")
    assert isinstance(caught(app.Node("a").beside, "b", app.Node), shop.runtime.PerceiveError)


def test_reloaded_modules(shop: Shop, app: Any) -> None:
    """After a reload the class of the same name is another one: its own methods know it."""
    old = app.Node
    again = importlib.reload(app)
    assert again.Node is not old
    assert type(again.Node.of("a").beside(again.Node("b"), again.Node)) is again.Node
    assert isinstance(caught(again.Node("a").beside, old("b"), again.Node), shop.runtime.PerceiveError)


def test_streams_are_not_taken_for_their_items(app: Any) -> None:
    """Annotated generators are generators, give their items and their end, and nothing is taken from them before."""
    assert inspect.isgeneratorfunction(app.counted)
    stream = app.counted(2)
    assert inspect.isgenerator(stream)
    assert [next(stream), next(stream)] == [0, 1]
    assert caught(next, stream).args == ("end",)
    assert list(app.counted_iterator(3)) == [0, 1, 2]
    assert list(app.expression(3)) == [0, 1, 2]
    assert [list(each) for each in app.nested(3)] == [[], [0], [0, 1]]

    async def collected() -> list[int]:
        assert inspect.isasyncgen(app.ticks(3))
        return [n async for n in app.ticks(3)]

    assert asyncio.run(collected()) == [0, 1, 2]


def test_iterators_come_whole(app: Any) -> None:
    """A generator that is passed as `Iterable[int]` loses no item to a check, however deep."""
    assert app.consumed(n for n in range(4)) == [0, 1, 2, 3]
    assert app.consumed(iter([5, 6])) == [5, 6]


def test_good_values_keep_their_type(app: Any) -> None:
    """An int for a float, a bool for an int, numpy's numbers, an enum: passed on as they are."""
    size = IntEnum("size", ["S"])
    for value in (1, True, np.float64(2.5), np.int32(3), size.S):
        assert app.number(value) is value
    assert app.loose(1, True, "5", None) == (1, True, "5", None)
    assert app.loose(True, size.S, 5)[1] is size.S


def test_no_coercion_that_loses(app: Any) -> None:
    """No "yes" for True, no 2.5 for 2, no number where a text is as good, or is handed on: the body may look at it."""
    assert app.loose("yes", 2.5, "5", 7) == ("yes", 2.5, "5", 7)
    assert app.loose(True, "5", "5")[1:3] == ("5", "5")


def test_arrays_have_no_truth(app: Any) -> None:
    """Values that can't be compared or asked for their truth go through as they are."""
    array = np.zeros(3)
    assert app.loose(array, 1, array, array)[0] is array


def test_defaults_are_good_by_definition(app: Any) -> None:
    """`count: int = None` may be left out, and may be passed None."""
    assert app.odd_default() is None
    assert app.odd_default(None) is None
    assert app.odd_default(3) == 3


def test_stars_and_any_names(shop: Shop, app: Any) -> None:
    """`*values: int` speaks of each value; parameters may be called whatever Python allows."""
    assert app.starred(1, 2, a="x") == ((1, 2), {"a": "x"})
    assert app.any_name(*range(8)) == list(range(8))
    names = list(inspect.signature(app.any_name).parameters)
    assert app.any_name(**{name: at for at, name in enumerate(names)}) == list(range(8))


def test_methods_of_all_kinds_of_classes(shop: Shop, app: Any) -> None:
    """Named tuples, frozen dataclasses with slots, protocols: made, compared and called as ever."""
    assert app.Point(1, 2).moved(3) == app.Point(4, 2)
    assert app.Money(1).plus(app.Money(2)) == app.Money(3)
    assert isinstance(caught(app.Money(1).plus, 2), shop.runtime.PerceiveError)
    assert app.heard(app.Parrot(), ["a"]) == ["a"]
    assert app.with_options({"depth": -2}) == 2
    assert app.with_options({}, lambda n: n + 1) == 1


def test_overloads_are_kept(app: Any) -> None:
    """Each overload is registered, and the implementation takes what they take."""
    assert app.doubled(2) == 4
    assert app.doubled("a") == "aa"
    assert len(typing.get_overloads(app.doubled)) == 2


def test_super_without_arguments(app: Any) -> None:
    """`super()` and `__class__` mean the class in whose body they stand, for subclasses and borrowers too."""

    class Sub(app.Derived):  # type: ignore[name-defined, misc]
        pass

    assert Sub().name() == "derived of base"
    assert Sub().own_class() is app.Derived


def test_errors_can_be_caught_as_either(shop: Shop, app: Any) -> None:
    """What `strict` raises is a TypeError, as Python's own, and a ValueError, as that of validators."""
    error = caught(app.number, "x")
    assert isinstance(error, TypeError)
    assert isinstance(error, ValueError)
    assert isinstance(error, shop.runtime.PerceiveError)
