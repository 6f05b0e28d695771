"""A type hint → a Hypothesis strategy for values that satisfy it, and no others.

Hypothesis's own, but for: `float` takes `int` and `int` takes `bool`, as PEP 484 says; text from a short alphabet with
all kinds of traps in it (Hypothesis's table of all characters costs each process a second); callables that give the
same for the same; abstract collections that can be copied; a mixture where nothing is said.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import sys
import typing
from collections.abc import Iterator
from types import CodeType
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from poetc.behaviour.inside.hints import return_hint

Strategy = st.SearchStrategy[Any]

ALPHABET: Final = "0a1Ab B9-._5zZx/\\\"'{}%,;:@#+*\n\t\r\x00\x1b\x7f\xa0éßİıſµ²٣ऽ\u0301\u200b\u202e\u2028\ufeff漢😀"
"""simplest first; whitespace, controls, quotes, what changes its length with its case, digits that aren't ASCII"""
LONGEST_TEXT: Final = 24

INTEGERS = st.one_of(st.integers(-9, 99), st.integers(), st.booleans())
SPECIAL: Final = (-0.0, math.inf, -math.inf, math.nan)
FLOATS = st.one_of(
    st.floats(-10.0, 1000.0), st.floats(), st.integers(-(2**53), 2**53), st.booleans(), st.sampled_from(SPECIAL)
)
COMPLEX = st.one_of(st.complex_numbers(), FLOATS)
TEXT = st.one_of(
    st.text(st.sampled_from(ALPHABET), max_size=LONGEST_TEXT),
    st.integers(-9, 9999).map(str),
    st.floats(-100, 100, width=16).map(repr),
)
BYTES = st.binary(max_size=32)

KINDS: dict[str, Strategy] = {
    "int": INTEGERS,
    "float": st.floats(),
    "text": TEXT,
    "None": st.none(),
    "bool": st.booleans(),
    "ints": st.lists(st.integers(-9, 99), max_size=6),
    "floats": st.lists(st.floats(), max_size=6),
    "texts": st.lists(TEXT, max_size=4),
    "dict": st.dictionaries(TEXT, st.one_of(st.integers(-9, 99), TEXT), max_size=4),
    "rows": st.lists(st.dictionaries(st.sampled_from(("id", "name", "value")), st.integers(-9, 99)), max_size=4),
}
"""what a parameter may be of which nothing is said, simplest first"""

MIXED = st.one_of(*KINDS.values())


class Unmakeable(Exception):
    """No value can be made for a parameter; the message says why."""


class Constant:
    """A callable that gives equal values for whatever it is called with; each time a new one."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        from copy import deepcopy

        return deepcopy(self.value)

    def __repr__(self) -> str:
        return f"lambda *args, **keywords: {self.value!r}"


def constants_of(code: CodeType) -> Iterator[Any]:
    """Numbers and texts that stand in a function, and the numbers beside them: where it decides between cases."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from constants_of(constant)
        for one in constant if isinstance(constant, tuple | frozenset) else (constant,):
            if isinstance(one, str | bytes | float):
                yield one
            elif isinstance(one, int) and not isinstance(one, bool):
                yield from (one, one - 1, one + 1)


def register(code: CodeType | None = None) -> None:
    """Tell Hypothesis of the differences, for values inside of other values, too; with the constants of a function."""
    own = [] if code is None else sorted({*constants_of(code)}, key=repr)
    for kind, strategy in ((int, INTEGERS), (float, FLOATS), (complex, COMPLEX), (str, TEXT), (bytes, BYTES)):
        mine = [one for one in own if type(one) is kind or (kind is float and type(one) is int)]
        st.register_type_strategy(kind, strategy | st.sampled_from(mine) if mine else strategy)
    for one in (collections.abc.Callable, typing.Callable):
        st.register_type_strategy(one, lambda thing: of_hint(return_hint(thing)).map(Constant))  # type: ignore[arg-type]
    for many in ("Iterable", "Collection", "Sequence", "MutableSequence", "Reversible"):
        st.register_type_strategy(getattr(collections.abc, many), listed)
    for mapping in ("Mapping", "MutableMapping"):
        st.register_type_strategy(getattr(collections.abc, mapping), mapped)
    register_pandas()


def register_pandas() -> None:
    """Columns and tables of numbers, if the user's code has imported pandas."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    numbers = st.lists(st.floats(-1000, 1000) | st.just(float("nan")), max_size=8)
    st.register_type_strategy(pandas.Series, numbers.map(lambda values: pandas.Series(values, dtype=float)))
    rows = st.lists(st.tuples(st.integers(-9, 99), st.floats(-1000, 1000)), max_size=8)
    st.register_type_strategy(pandas.DataFrame, rows.map(lambda r: pandas.DataFrame(r, columns=["a", "b"])))


def listed(thing: Any) -> Strategy:
    """A list or a tuple for `Iterable[T]` and its like."""
    items = of_hint(*(typing.get_args(thing) or (Any,)))
    return (
        st.lists(items, max_size=8)
        if issubclass(typing.get_origin(thing) or thing, collections.abc.MutableSequence)
        else (st.lists(items, max_size=8) | st.lists(items, max_size=8).map(tuple))
    )


def mapped(thing: Any) -> Strategy:
    """A dict for `Mapping[K, V]`."""
    key, value = typing.get_args(thing) or (str, Any)
    return st.dictionaries(of_hint(key), of_hint(value), max_size=6)


def of_hint(hint: Any) -> Strategy:
    """Values that satisfy one annotation; raises Unmakeable."""
    if hint is inspect.Parameter.empty or hint is Any or hint is object:
        return MIXED
    try:
        strategy = st.from_type(hint)
        strategy.validate()
    except (HypothesisException, TypeError, ValueError, NameError, AttributeError) as error:
        name = getattr(hint, "__qualname__", None) or str(hint)
        raise Unmakeable(f"no {name} can be made: {str(error).splitlines()[0] if str(error) else error!r}") from error
    return strategy
