"""What counts as the same value: stricter than `==`, and never stricter than what a caller can see."""

from __future__ import annotations

import array
import datetime
import decimal
import functools
import re
import threading
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from copy import deepcopy
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.behaviour.inside.equality import Comparer

NAN = float("nan")


class Number(IntEnum):
    ONE = 1


class Named(NamedTuple):
    x: float


class Tagged(list[int]):
    """A list with an attribute."""

    tag = ""


class Slotted:
    __slots__ = ("__hidden", "shown")

    def __init__(self, shown: int, hidden: int) -> None:
        self.shown = shown
        self.__hidden = hidden


class Late(datetime.datetime):
    """A subclass of an extension type, with attributes of its own."""


@dataclass
class Node:
    value: Any
    next: Any = None


def tagged(tag: str) -> Tagged:
    found = Tagged([1])
    found.tag = tag
    return found


def late(year: int, note: str = "") -> Late:
    found = Late(year, 1, 1)
    found.note = note  # type: ignore[attr-defined]
    return found


def caused(cause: BaseException | None) -> ValueError:
    error = ValueError("x")
    error.__cause__ = cause
    return error


def closure(value: int) -> Any:
    return lambda: value


def moved(*names: str) -> OrderedDict[str, int]:
    found = OrderedDict.fromkeys(("a", "b"), 0)
    for name in names:
        found.move_to_end(name)
    return found


DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    (1, 1.0),
    (1, Number.ONE),
    (0.0, -0.0),
    (0.1, 0.1 + 1e-17 * 2),
    (complex(0.0, 0.0), complex(0.0, -0.0)),
    ("1", b"1"),
    ([1], (1,)),
    ([1, 2], [2, 1]),
    ([1], [1, 1]),
    ((1.0,), Named(1.0)),
    (tagged("a"), tagged("b")),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: 0}, {True: 0}),
    (moved("a"), moved("b")),
    (defaultdict(list), defaultdict(dict)),
    ({1}, {True}),
    ({1, 2}, {1, 3}),
    (frozenset(), set()),
    ({0.0}, {-0.0}),
    (Node(1), Node(2)),
    (Node([1.0]), Node([1])),
    (Slotted(1, 2), Slotted(1, 3)),
    (datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
    (datetime.datetime(2020, 1, 1, fold=0), datetime.datetime(2020, 1, 1, fold=1)),
    (late(2020), late(2021)),
    (late(2020, "a"), late(2020, "b")),
    (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    (Fraction(1, 2), Fraction(1, 3)),
    (uuid.UUID(int=1), uuid.UUID(int=2)),
    (re.compile("a"), re.compile("a", re.IGNORECASE)),
    (deque([1], 2), deque([1], 3)),
    (array.array("f", [1]), array.array("d", [1])),
    (Path("a"), Path("b")),
    (PurePosixPath("a"), Path("a")),
    (functools.partial(int, base=2), functools.partial(int, base=3)),
    (closure(1), closure(2)),
    ([1].append, [2].append),
    (ValueError("a"), ValueError("b")),
    (ValueError("a"), TypeError("a")),
    (ValueError(1), ValueError(True)),
    (OSError(2, "no", "a"), OSError(2, "no", "b")),
    (caused(None), caused(KeyError("a"))),
    (caused(KeyError("a")), caused(KeyError("b"))),
    (np.array([1, 2]), np.array([1, 3])),
    (np.array([1]), np.array([1], dtype=np.int32)),
    (np.array([[1, 2]]), np.array([1, 2])),
    (np.float64(0.0), np.float64(-0.0)),
    (pd.Series([1, 2]), pd.Series([1, 3])),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}, index=[7])),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=lambda value: type(value).__name__)
def test_a_difference_is_seen(one: Any, other: Any) -> None:
    """Each pair differs, alone and deep inside of something else, both ways round."""
    assert Comparer().difference(one, other) is not None
    assert Comparer().difference(other, one) is not None
    assert Comparer().difference([{"k": Node((one,))}], [{"k": Node((other,))}]) is not None


SAME: list[tuple[Any, Any]] = [
    (NAN, -NAN),
    ([NAN], [float("nan")]),
    ({NAN, 1.0}, {1.0, float("nan")}),
    (decimal.Decimal("NaN"), decimal.Decimal("NaN")),
    ({3, 1, 2}, {2, 3, 1}),
    ({"a", "b"}, {"b", "a"}),
    (Counter("ab"), Counter("ab")),
    (closure(1), closure(1)),
    (np.array([NAN, 1]), np.array([NAN, 1])),
    (pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]}), pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]})),
    (pd.Series([1], name="s"), pd.Series([1], name="s")),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=lambda value: type(value).__name__)
def test_what_is_alike_is_the_same(one: Any, other: Any) -> None:
    """Equal content in other objects is no difference, and can be looked into."""
    comparer = Comparer()
    assert comparer.difference(one, other) is None
    assert not comparer.opaque


def is_copied_whole(value: Any) -> bool:
    """Whether `deepcopy` keeps all of a value: it drops attributes of `Late`, and what an exception was raised from."""
    return not isinstance(value, Late) and getattr(value, "__cause__", None) is None


@pytest.mark.parametrize(
    "value",
    [one for pair in DIFFERENT for one in pair if is_copied_whole(one)],
    ids=lambda value: type(value).__name__,
)
def test_a_copy_is_the_same(value: Any) -> None:
    """Whatever can differ is the same as its own deep copy, so that no difference is seen where none is."""
    assert Comparer().difference(value, deepcopy(value)) is None


def test_notes_do_not_count() -> None:
    """The enhanced function adds notes to what it raises; that is no difference."""
    one, other = ValueError("a"), ValueError("a")
    other.add_note("poet: 3 attempts in 0.30 s")
    assert Comparer().difference(one, other) is None


def test_an_exception_attribute_counts() -> None:
    """What the user's own code hangs on an exception does."""
    one, other = ValueError("a"), ValueError("a")
    other.code = 7  # type: ignore[attr-defined]
    assert str(Comparer().difference(one, other)).startswith(".code: ")


def test_order_of_attributes_does_not_count() -> None:
    """In which order attributes were set can't be seen by a caller who reads them."""
    one, other = Node(1), Node(1)
    vars(one).clear()
    vars(one).update(next=None, value=1)
    assert Comparer().difference(one, other) is None


def test_circles_end() -> None:
    """Values that contain themselves are compared once around."""
    one, other = Node(1), Node(1)
    one.next, other.next = one, other
    assert Comparer().difference(one, other) is None
    other.next = Node(2, other)
    assert Comparer().difference(one, other) == ".next.value: 1 and 2"


def test_temporary_values_do_not_shadow_one_another() -> None:
    """A value made while comparing, and gone, is never taken for another at the same place in memory."""
    ones = [late(2000 + n) for n in range(200)]
    others = [late(2000 + n) for n in range(199)] + [late(1999)]
    assert Comparer().difference(ones, others) is not None


def test_what_cannot_be_looked_into_is_named() -> None:
    """Locks are taken for equal, but the caller hears of it."""
    comparer = Comparer()
    assert comparer.difference([threading.Lock()], [threading.Lock()]) is None
    assert comparer.opaque == {"_thread.lock"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.builds(Node, inner)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_any_value_is_the_same_as_its_copy(value: Any) -> None:
    """No false alarm on any nesting of builtin values and objects."""
    assert Comparer().difference(value, deepcopy(value)) is None


@settings(deadline=None)
@given(VALUES, VALUES)
def test_never_weaker_than_equality(one: Any, other: Any) -> None:
    """What `==` tells apart is told apart."""
    if one != other and not contains_nan(one):
        assert Comparer().difference(one, other) is not None


def contains_nan(value: Any) -> bool:
    """Whether `==` is of no use for a value, which isn't even equal to itself."""
    if isinstance(value, float | complex):
        return value != value
    if isinstance(value, dict):
        return any(map(contains_nan, value.values()))
    if isinstance(value, Node):
        return contains_nan(value.value)
    return any(map(contains_nan, value)) if isinstance(value, list | tuple) else False
