"""The `typing` vocabulary: annotations with values that satisfy them, that don't, and that are repaired."""

from __future__ import annotations

from typing import NamedTuple

PRELUDE = """\
import collections
import datetime as dt
import enum
import io
import re
import uuid
from collections import abc
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from typing import (
    IO, Annotated, Any, Generic, List, Literal, NamedTuple, NewType, NotRequired, Optional, Protocol, Required, Self,
    SupportsInt, Type, TypedDict, TypeVar, Union, runtime_checkable,
)

import annotated_types as at
import numpy as np
import numpy.typing as npt
import pandas as pd
import pydantic
from pydantic import PositiveInt

from poetc import poet


@dataclass
class Order:
    number: int


class Special(Order):
    pass


class Row(TypedDict):
    name: str
    size: NotRequired[int]


class Loose(TypedDict, total=False):
    name: Required[str]
    size: int


class Point(NamedTuple):
    x: int
    y: int


class Color(enum.Enum):
    RED = "red"
    BLUE = 2
    GREEN = "BLUE"


class Level(enum.IntEnum):
    LOW = 1


class Item(pydantic.BaseModel):
    name: str
    size: int = 0


class Page(pydantic.BaseModel, Generic[(T := TypeVar("T"))]):
    of: T


@runtime_checkable
class Named(Protocol):
    name: str

    def rename(self, name: str) -> None: ...


class Unsaid(Protocol):
    def anything(self) -> None: ...


class Dog:
    def __init__(self): self.name = "Rex"
    def rename(self, name): self.name = name


class Dynamic:
    def __getattr__(self, name): return name


class Refusing(type):
    def __instancecheck__(cls, value): raise RuntimeError("ask me not")


class Hostile(metaclass=Refusing):
    pass


class Masked:
    @property
    def __class__(self): raise RuntimeError("behind a proxy")


class Counted:
    def __getitem__(self, index):
        if index > 2: raise IndexError
        return index


UserId = NewType("UserId", int)
Bound = TypeVar("Bound", bound=Order)
Either = TypeVar("Either", int, str)
Free = TypeVar("Free")
Number = int | float
Json = Union[dict[str, "Json"], list["Json"], str, int, float, bool, None]
Positive = at.Gt(0)
Same = Literal["a", 1, None]
LOOP = []
LOOP.append(LOOP)
UNSET = object()
"""
"""a module's beginning: what the annotations below are made of"""


class Construct(NamedTuple):
    """An annotation with expressions for good and bad values, and for repairable ones with what they become."""

    annotation: str
    good: str
    bad: str = ""
    repaired: str = ""
    deep_bad: str = ""
    """good, unless containers are looked into"""


VOCABULARY = [
    Construct("Order", "Order(1), Special(2)", "1, None, 'x', {'number': 1}, Order"),
    Construct("Optional[Order]", "Order(1), None, Special(1)", "1, ''"),
    Construct("Order | int | None", "Order(1), None, 1, True", "1.5, 'x'", "('5', 5)"),
    Construct("Union[Order, Literal['none']]", "Order(1), 'none'", "'other', 1"),
    Construct("'Order'", "Order(1)", "1"),
    Construct("Optional['Order']", "Order(1), None", "1"),
    Construct("Number", "1, 1.5, True, np.float64(1), np.int64(1)", "'x', None, 1j", "('5', 5), ('0.25', 0.25)"),
    Construct("Literal['a', 'b']", "'a', 'b'", "'c', 1, None, ['a']"),
    Construct("Literal[1, 2] | None", "1, 2, None, True", "3, '1', 1.0"),
    Construct("Literal[Color.RED]", "Color.RED", "Color.BLUE, 'red'"),
    Construct("Same", "'a', 1, None", "'b', 2"),
    Construct("Row", "{'name': 'x'}, {'name': 'x', 'size': 1}", "{}, {'size': 1}, [], None", deep_bad="{'name': 1}"),
    Construct("Loose", "{'name': 'x'}", "{}, {'size': 1}", deep_bad="{'name': 'x', 'size': 's'}"),
    Construct("Point", "Point(1, 2)", "(1, 2), [1, 2]"),
    Construct("Color", "Color.RED", "'blue', 2.0, None, 'BLUE', []", "('red', Color.RED), (2, Color.BLUE)"),
    Construct("Level", "Level.LOW", "2", "(1, Level.LOW)"),
    Construct("Item", "Item(name='x')", "{}, {'name': 'x', 'more': 1}, 1", "({'name': 'x'}, Item(name='x'))"),
    Construct("Page[int]", "Page[int](of=1), Page(of=1)", "1"),
    Construct("Named", "Dog(), Dynamic()", "1, Order(1)"),
    Construct("Unsaid", "1, Dog()"),
    Construct("SupportsInt", "1, 1.5, Decimal(1)", "'x', []"),
    Construct("UserId", "UserId(1), 1", "'x'", "('7', 7)"),
    Construct("Bound", "Order(1), Special(1)", "1"),
    Construct("Either", "1, 'x'", "1.5, None"),
    Construct("Free", "1, None, 'x', Order(1)"),
    Construct("Any", "1, None, Order(1)"),
    Construct("object", "1, None"),
    Construct("Order | Any", "1, Order(1)"),
    Construct("Annotated[int, at.Gt(0)]", "1, True", "0, -1, 'x', '-5'", "('5', 5)"),
    Construct("Annotated[int, Positive]", "1", "0"),
    Construct("Annotated[float, at.Interval(ge=0, lt=1)]", "0, 0.5, np.float64(0.5)", "1, -0.1, float('nan')"),
    Construct("Annotated[int, at.MultipleOf(5)] | None", "10, None", "7"),
    Construct("Annotated[str, at.MinLen(1), at.MaxLen(3)]", "'a', 'abc'", "'', 'abcd', 1"),
    Construct("Annotated[list[int], at.Len(2)]", "[1, 2]", "[1]", "((1, 2), [1, 2])"),
    Construct("Annotated[str, at.Predicate(str.islower)]", "'a'", "'A', 1"),
    Construct("Annotated[Iterator[int], at.Predicate(list)]", "iter([])", "1"),
    Construct("Annotated[int, 'the size', object()]", "1, 0", "'x'"),
    Construct("Annotated[int, pydantic.Field(gt=3)]", "4", "3"),
    Construct("PositiveInt", "1", "0"),
    Construct("list[int]", "[], [1]", "1, None, {}", "((1,), [1])", "['a'], [1, None]"),
    Construct("List['Order']", "[], [Order(1)]", "1", deep_bad="[1]"),
    Construct("dict[str, Order]", "{}, {'a': Order(1)}", "[]", deep_bad="{'a': 1}, {1: Order(1)}"),
    Construct("tuple[int, ...]", "(), (1, 2)", "1", "([1], (1,))", "('a',)"),
    Construct("tuple[int, str]", "(1, 'a')", "1", deep_bad="(1,), ('a', 1), (1, 'a', 2)"),
    Construct("set[int] | None", "{1}, None", "[1]", deep_bad="{'a'}"),
    Construct("list[Annotated[int, at.Gt(0)]]", "[1]", "1", deep_bad="[0]"),
    Construct("collections.OrderedDict[str, int]", "collections.OrderedDict(a=1)", "{}"),
    Construct("collections.deque[int]", "collections.deque([1])", "[1]", deep_bad="collections.deque(['a'])"),
    Construct("Json", "LOOP, {'a': [1, None]}, 'x', None", "Order(1)", deep_bad="{'a': [Order(1)]}, {1: 1}"),
    Construct("Sequence[int]", "[1], (1,), range(3), 'abc'", "1, {}", deep_bad="['a']"),
    Construct("Mapping[str, int]", "{'a': 1}, collections.Counter('a')", "[]", deep_bad="{'a': 'b'}"),
    Construct("Iterable[int]", "[1], iter([1]), range(3), Counted(), (i for i in 'a')", "1", deep_bad="['a']"),
    Construct("Callable[[int], str]", "len, Order, lambda: 1", "1, None"),
    Construct("Hashable", "1, 'x', ()", "[]"),
    Construct("abc.Sized", "[], 'x', {}", "1"),
    Construct("type[Order]", "Order, Special, list[int]", "int, Order(1)"),
    Construct("Type[Any]", "Order, int", "1"),
    Construct("type", "int", "1"),
    Construct("IO[str]", "io.StringIO(), open, 1"),
    Construct("re.Pattern[str]", "re.compile('a')", "'a'"),
    Construct("Hostile", "1, None, Order(1)"),
    Construct("np.ndarray", "np.zeros(2)", "[0.0]"),
    Construct("npt.NDArray[np.float64]", "np.zeros(2)", "[0.0], 1", deep_bad="np.zeros(2, dtype=int)"),
    Construct("npt.ArrayLike", "[1], 1, np.zeros(2), 'x'"),
    Construct("np.floating[Any]", "np.float64(1)", "1.5"),
    Construct("pd.DataFrame", "pd.DataFrame({'a': [1]})", "{'a': [1]}"),
    Construct("pd.Series | None", "pd.Series([1]), None", "[1]"),
    Construct(
        "dt.date",
        "dt.date(2024, 1, 31), dt.datetime(2024, 1, 31)",
        "'31.1.2024', '20240131', 5",
        "('2024-01-31', dt.date(2024, 1, 31))",
    ),
    Construct(
        "dt.datetime",
        "dt.datetime(2024, 1, 31)",
        "dt.date(2024, 1, 31), '2024-01-31', 'x'",
        "('2024-01-31T10:00:00', dt.datetime(2024, 1, 31, 10)), ('2024-01-31 10:00:00', dt.datetime(2024, 1, 31, 10)),"
        " ('2024-01-31T10:00:00Z', dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC))",
    ),
    Construct("dt.time", "dt.time(1)", "'1'", "('10:30:00', dt.time(10, 30))"),
    Construct("dt.timedelta", "dt.timedelta(1)", "'1', 1"),
    Construct("Decimal", "Decimal(1)", "'NaN', '1e5', 1.5, '1 '", "('1.50', Decimal('1.50')), (5, Decimal(5))"),
    Construct("Fraction", "Fraction(1, 2)", "'2/4'", "('1/2', Fraction(1, 2))"),
    Construct("int | Decimal", "1, Decimal(1)", "'5'"),
    Construct(
        "uuid.UUID",
        "uuid.UUID(int=5)",
        "'x'",
        "('12345678-1234-5678-1234-567812345678', uuid.UUID('12345678123456781234567812345678')),"
        " ('12345678-1234-5678-1234-56781234567A', uuid.UUID('1234567812345678123456781234567A'))",
    ),
    Construct("Path", "Path('a')", "'a/', './a', 1, b'a'", "('a/b', Path('a/b'))"),
    Construct("str | Path", "'a', Path('a')", "1"),
    Construct("PurePath | None", "PurePath('a'), None", "1", "('a', PurePath('a'))"),
    Construct("bytes | Order", "b'a', bytearray(), memoryview(b''), Order(1)", "'a'"),
    Construct("float | Order", "1, 1.5, Order(1)", "'x'"),
]
"""shadowed names, classes of the function's own class and the like are in tests of their own"""
