"""A counterexample as code makes the same values again."""

from __future__ import annotations

import datetime
import decimal
import enum
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.behaviour.inside.equality import Comparer
from poetc.behaviour.inside.expression import Writer
from poetc.behaviour.inside.values import ALPHABET


class Colour(enum.Enum):
    RED = 1


class Named(NamedTuple):
    x: float


@dataclass
class Point:
    x: float
    tags: list[str] = field(default_factory=list)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.sampled_from(ALPHABET))
    | st.binary()
    | st.sampled_from(Colour)
    | st.just(int)
    | st.builds(PurePosixPath, st.just("a/b"))
    | st.datetimes(timezones=st.just(datetime.UTC) | st.none())
    | st.decimals(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(st.sampled_from(ALPHABET)), inner)
        | st.frozensets(st.integers())
        | st.sets(st.booleans())
        | st.builds(Named, inner)
        | st.builds(Point, inner, st.just(["t"]))
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_code_makes_the_value_again(value: Any) -> None:
    """Run, with its imports, the code gives a value that can't be told from the first."""
    writer = Writer()
    code = writer.code(value)
    names: dict[str, Any] = {}
    exec("\n".join(sorted(writer.imports)), names)
    assert writer.exact
    assert Comparer().difference(eval(code, names), value) is None


def test_iterators_keep_what_they_have_left() -> None:
    """An iterator is written as one over its remaining items, and isn't used up by that."""
    items = iter([1, 2, 3])
    next(items)
    assert Writer().code(items) == "iter([2, 3])"
    assert list(items) == [2, 3]


@pytest.mark.parametrize("value", [object(), (i for i in "ab"), [object()], lambda x: x, decimal.getcontext()])
def test_what_cannot_be_written_is_said(value: Any) -> None:
    """Code that wouldn't run is never called exact."""
    writer = Writer()
    writer.code(value)
    assert not writer.exact
