"""Exceptions of any make, and clocks of any mood, inside built functions: the error of the user comes through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peer_shop import Shop, caught, the_shop

FORMS = ["site", "whole", "asite", "awhole", "timed", "direct", "stream"]


class Slotted(ConnectionError):
    """Has no room for notes or marks, and can't be compared."""

    __slots__ = ("why",)

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = ConnectionError.__hash__


class Frozen(ConnectionError):
    """Refuses every attribute, as frozen dataclasses do."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is read only")


class Constant(ConnectionError):
    """Its arguments and notes are properties, the notes of a kind that nothing can be added to."""

    @property
    def args(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("constant",)

    @property
    def __notes__(self) -> tuple[str, ...]:
        return ()


class Mute(ConnectionError):
    """Raises whatever it is asked."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    def __repr__(self) -> str:  # event loops want to show it
        return "Mute()"

    def add_note(self, note: str) -> None:
        raise ZeroDivisionError

    def __bool__(self) -> bool:
        raise ZeroDivisionError

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)


class Demanding(ConnectionError):
    """Can't be made again from its arguments; its status, headers and cause are odd."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(one)
        self.status_code, self.headers, self.response = float("nan"), 7, self


ODD = [Slotted("x"), Frozen("x"), Constant(), Mute(), Demanding(1, 2)]


@pytest.fixture
def waiting_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The project with an empty script."""
    shop = the_shop(tmp_path_factory)
    shop.module("odd")
    shop.plays()
    return shop


@pytest.fixture
def shop(waiting_shop: Shop) -> Iterator[Shop]:
    """It makes at most three attempts, without waits."""
    with waiting_shop.runtime.testing(3):
        yield waiting_shop


def whole(function: Any) -> Any:
    """A generator function as one that goes through all it gives."""
    return (lambda key: list(function(key))) if function.__name__ == "stream" else function


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
def test_the_users_error_comes_through(error: Exception, form: str, shop: Shop) -> None:
    """The very object that was raised last, whatever it refuses; never an error about it."""
    shop.plays(*[error] * 3, "never asked for")
    assert caught(whole(getattr(shop.module("odd"), form)), "k") is error
    assert shop.wire.SCRIPT[-1:] == ["never asked for"]


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
def test_behind_all_protection(error: Exception, shop: Shop) -> None:
    """A breaker counts it, a bulkhead frees its place, a fallback stands in or lets it pass - and says nothing else."""
    shop.plays(*[error] * 9)
    for _ in range(5):
        try:
            assert shop.module("odd").kept("k") == "kept"
        except ConnectionError as raised:
            assert raised is error
    shop.plays("fine")
    assert shop.module("odd").kept("k") == "fine"


@pytest.mark.parametrize("asked", ["0", "-1", "nan", "x", "9" * 5_000, "²", " "])
def test_odd_wishes_in_the_environment(asked: str, waiting_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """`POET_TESTING` is read while an error is on its way: whatever it says must not take its place."""
    shop = waiting_shop
    shop.patch(monkeypatch, "sleep", lambda seconds: None)
    monkeypatch.setenv("POET_TESTING", asked)
    shop.plays(*[shop.wire.Busy] * 3, ValueError("the end"))
    assert isinstance(caught(shop.module("odd").site, "k"), shop.wire.Busy | ValueError)


class Clock:
    """A monotonic clock that isn't: it goes through `steps`, and on by the last of them."""

    def __init__(self, *steps: float) -> None:
        self.now, self.steps = 1_000_000.0, list(steps)

    def __call__(self) -> float:
        self.now += self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        return self.now


@pytest.mark.parametrize("step", [-1.0, -1e9, 0.0], ids=["back", "far back", "still"])
@pytest.mark.parametrize("form", ["site", "whole", "timed", "kept"])
def test_clocks_that_go_backwards(form: str, step: float, waiting_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts stay counted, waits are never negative, budgets don't end early and nobody is locked out."""
    shop, slept = waiting_shop, list[float]()
    clock = Clock(step)
    shop.patch(monkeypatch, "monotonic", clock)
    shop.patch(monkeypatch, "sleep", slept.append)
    breakers = [b for name, b in shop.runtime.breakers().items() if name.startswith("shop.odd.")]
    for breaker in breakers:
        monkeypatch.setattr(breaker, "clock", clock)
    function = getattr(shop.module("odd"), form)
    shop.plays(*["fine"] * 3)
    assert [function("k") for _ in range(3)] == ["fine"] * 3
    shop.plays(*[shop.wire.Busy] * 50)
    try:
        function("k")
    except shop.wire.Busy:
        assert form != "kept"
    assert 47 <= len(shop.wire.SCRIPT) <= 49
    assert all(0 <= seconds <= 5 for seconds in slept)


def test_clocks_that_jump_ahead(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a jump the budget is spent: what has failed is not tried again, what has worked is given."""
    shop.patch(monkeypatch, "monotonic", Clock(0.0, 1e9, 0.0))
    odd = shop.module("odd")
    shop.plays(shop.wire.Busy, "never asked for")
    assert isinstance(caught(odd.site, "k"), shop.wire.Busy)
    assert shop.wire.SCRIPT == ["never asked for"]
    shop.plays("fine")
    assert odd.timed("k") == "fine"
