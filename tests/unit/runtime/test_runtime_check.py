"""Perceive and Enforce: what is repaired, what goes on, what is said; nothing of a value but its class is shown."""

from __future__ import annotations

import asyncio
import datetime
import warnings
import weakref
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.runtime.check import Enforce, Perceive, accepted_types, answers_for_its_class, repaired
from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning, PoetRepairWarning


class Masked:
    """A proxy whose class can't be asked for."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("working outside of a request")


class Unreadable:
    """What may never be shown."""

    def __repr__(self) -> str:
        raise AssertionError("shown")

    __str__ = __format__ = __repr__  # type: ignore[assignment]


def add(number: int, *, more: int = 0) -> int:
    return number + more


@pytest.mark.parametrize(
    ("value", "contract", "expected"),
    [
        ("5", "int", 5),
        ("-5", "int", -5),
        ("0.25", "float", 0.25),
        ("5", "float", 5),
    ],
)
def test_repaired_without_loss(value: object, contract: str, expected: object) -> None:
    """Text that is just how a number is written."""
    found = repaired(value, accepted_types(contract))
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    "value",
    [[1], (1,), "--5", "-", "+5", "5 ", "05", "1_000", "٣", "9" * 5000, "1" * 401, "5.0", "", "inf", b"5", 5.5, None],
)
def test_not_an_int_just_so(value: object) -> None:
    """What `int` would refuse, or read as something that is written in another way, stays as it is."""
    assert repaired(value, (int,)) is value


@given(st.text() | st.integers() | st.floats() | st.binary())
def test_a_repair_is_undone_by_writing(value: object) -> None:
    """Whatever is repaired is written as it was."""
    found = repaired(value, (int, float))
    assert found is value or str(found) == value


def test_the_enhanced_function_is_called_only_with_what_it_was_missing() -> None:
    """Repaired arguments go to the enhanced function; without a repair it would come back for ever."""
    perceive = Perceive(add, "repair", "number", "more", number="int", more="int")
    calls: list[Any] = []
    perceive.enhanced = lambda *args, **kwargs: calls.append((args, kwargs)) or add(*args, **kwargs)  # type: ignore[func-returns-value]
    with pytest.warns(PoetRepairWarning) as said:
        assert [perceive("5", more="1"), perceive("6", more="1")] == [6, 7]
    assert [str(each.message) for each in said] == [
        f"add() argument {name!r} was str, and was made the int that it says" for name in ("number", "more")
    ], "once for each parameter"
    assert calls == [((5,), {"more": 1}), ((6,), {"more": 1})]
    assert perceive(5, more=1) == 6
    assert perceive(2.5) == 2.5
    assert len(calls) == 2


def test_nothing_is_converted_unless_the_parameter_is_named() -> None:
    """The generator names parameters with which the body can do nothing if they are text; of others text is kept."""
    perceive = Perceive(add, "repair", "more", number="int", more="int")
    assert perceive.value("number", "5") == "5"
    with pytest.raises(PerceiveError):
        Perceive(add, "strict", "more", number="int", more="int").value("number", "5")


def test_what_answers_for_its_class_is_not_asked() -> None:
    """A proxy that raises when its class is asked for reaches the body as it is, in strict mode too."""
    value: Any = Masked()
    assert Perceive(add, "strict", number="int").value("number", value) is value
    with pytest.raises(TypeError, match="unsupported operand") as caught:
        Perceive(add, number="int")(value)
    assert not hasattr(caught.value, "__notes__")


def test_proxies_are_known_by_their_type() -> None:
    """What looks attributes up by code of its own; classes of the standard library do nothing special."""

    class Thing:
        pass

    class Asked:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

    thing = Thing()
    proxies = [Masked(), Mock(), Asked(), weakref.proxy(thing), weakref.proxy(add)]
    assert all(answers_for_its_class(type(each)) for each in proxies)
    plain = [1, "x", thing, Decimal(1), datetime.datetime.min, np.zeros(1), super(Thing, thing), Thing]
    assert not any(answers_for_its_class(type(each)) for each in plain)


def test_nothing_of_a_value_is_shown() -> None:
    """Messages of errors, notes and warnings have the value's class only."""
    with pytest.raises(PerceiveError, match=r"^add\(\) argument 'number' is Unreadable, its annotation says int$"):
        Perceive(add, "strict", number="int")(Unreadable())
    with pytest.raises(EnforceError, match=r"^add\(\) returned Unreadable, its annotation says int$"):
        Enforce(add, "int", "strict")(Unreadable())
    with pytest.warns(PoetContractWarning, match=r"add\(\) returned Unreadable"):
        Enforce(add, "int")(Unreadable())


@pytest.mark.parametrize("value", [Mock(), Mock(spec=str), np.int64(5)], ids=["mock", "specified mock", "numpy"])
def test_excused(value: Any) -> None:
    """A test's mock and a number of numpy's are no reason to complain, and come back themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Enforce(add, "int")(value) is value
        assert Enforce(add, "int | None", "strict")(value) is value
    assert Perceive(add, "strict", number="int").value("number", value) is value


def test_a_numpy_float_is_no_int() -> None:
    """Numbers of numpy's are excused for their own kind only."""
    with pytest.raises(PerceiveError):
        Perceive(add, "strict", number="int").value("number", np.float32(5))


def test_results_are_complained_of_once() -> None:
    """One warning a function; NotImplemented is a result like any other's."""
    enforce = Enforce(add, "int")
    with pytest.warns(PoetContractWarning) as said:
        assert [enforce(each) for each in ("a", "b", 3, NotImplemented)] == ["a", "b", 3, NotImplemented]
    assert len(said) == 1


def test_coroutines_and_generators() -> None:
    """The same for what is awaited and what is iterated: repaired, or to the original with a note."""

    async def later(number: int) -> int:
        return number + 1

    def items(number: int) -> Any:
        yield number + 1

    one, two = (Perceive(each, "repair", "number", number="int") for each in (later, items))
    one.enhanced, two.enhanced = later, items
    with pytest.warns(PoetRepairWarning):
        assert asyncio.run(one.awaited("5")) == 6
        assert list(two.iterated("5")) == [6]
    for call in (lambda: asyncio.run(one.awaited([])), lambda: list(two.iterated([]))):
        with pytest.raises(TypeError) as caught:
            call()
        assert len(caught.value.__notes__) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_the_program_passes(error: type[BaseException]) -> None:
    """Only exceptions get notes; nothing is held up."""

    def ends(number: int) -> None:
        raise error

    with pytest.raises(error) as caught:
        Perceive(ends, number="int")("x")
    assert not hasattr(caught.value, "__notes__")
