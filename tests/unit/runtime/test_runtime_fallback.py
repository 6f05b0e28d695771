"""What stands in when a call has finally failed."""

from __future__ import annotations

import asyncio
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from poetc.runtime.bulkhead import BulkheadFullError
from poetc.runtime.errors import BudgetSpentError, CircuitOpenError
from poetc.runtime.fallback import Fallback
from poetc.runtime.ratelimit import RateLimitedError


def target(order: int, *, currency: str = "EUR") -> Any:
    """What fallbacks are made for here."""


def stand_in(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency} from the cache"


async def stand_in_async(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency} awaited"


class Holder:
    """Its ways of holding functions."""

    def method(self, order: int) -> tuple[Any, int]:
        return self, order

    @classmethod
    def of_class(cls, order: int) -> tuple[Any, int]:
        return cls, order

    @staticmethod
    def static(order: int) -> int:
        return order


def after(made: Fallback, error: Exception, *args: Any, **kwargs: Any) -> Any:
    """The fallback as generated code calls it: in the handler."""
    try:
        raise error
    except Exception as caught:
        return made(caught, *args, **kwargs)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        BudgetSpentError(),
        CircuitOpenError(),
        BulkheadFullError(),
        RateLimitedError("", 1.0),
    ],
)
def test_stands_in_for_what_passes_by_itself(error: Exception) -> None:
    """Transient errors once they are final, and everything that kept the call from being made."""
    assert after(Fallback(target, value="later"), error) == "later"


@pytest.mark.parametrize("error", [ValueError("x"), TypeError(), AssertionError(), FileNotFoundError(2, "x")])
def test_errors_of_the_program_pass(error: Exception) -> None:
    """The very same error, as if there were no fallback."""
    with pytest.raises(type(error)) as caught:
        after(Fallback(target, value="later"), error)
    assert caught.value is error and caught.value.__context__ is None


def test_literals_are_fresh() -> None:
    """A caller may change what it gets."""
    made = Fallback(target, value={"rows": [1, {"a": 2}]})
    after(made, TimeoutError())["rows"][1]["a"] = 3
    assert after(made, TimeoutError()) == {"rows": [1, {"a": 2}]}
    assert after(Fallback(target), TimeoutError()) is None


def test_function_gets_the_same_arguments() -> None:
    """By position and by name."""
    made = Fallback(target, call=f"{__name__}.stand_in")
    assert after(made, TimeoutError(), 7, currency="USD") == "7 USD from the cache"


def test_function_is_looked_up_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and applications may replace it."""
    made = Fallback(target, call=f"{__name__}.stand_in")
    monkeypatch.setitem(globals(), "stand_in", lambda order: "patched")
    assert after(made, TimeoutError(), 7) == "patched"


def test_function_of_another_module_is_imported_at_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before, so that no circle of imports can arise."""
    (tmp_path / "poet_shop").mkdir()
    (tmp_path / "poet_shop/__init__.py").write_text("")
    cache = "class Store:\n    @staticmethod\n    def last(order): return order + 1\n"
    (tmp_path / "poet_shop/cache.py").write_text(cache)
    monkeypatch.syspath_prepend(str(tmp_path))
    made = Fallback(target, call="poet_shop.cache.Store.last")
    assert "poet_shop" not in sys.modules
    assert after(made, TimeoutError(), 7) == 8
    for name in ("poet_shop", "poet_shop.cache"):
        monkeypatch.delitem(sys.modules, name)


def test_methods_get_self_and_class_methods_their_class() -> None:
    """The arguments are those of the plain functions, as the enhanced function has them."""
    at, name = Holder(), f"{__name__}.Holder"
    assert after(Fallback(target, call=f"{name}.method"), TimeoutError(), at, 1) == (at, 1)
    assert after(Fallback(target, call=f"{name}.of_class"), TimeoutError(), Holder, 1) == (Holder, 1)
    assert after(Fallback(target, call=f"{name}.static"), TimeoutError(), 1) == 1


def test_function_of_a_script_is_the_scripts_own() -> None:
    """What runs as `__main__` isn't imported a second time under its name."""
    script = types.ModuleType("__main__")
    code = "def job(n): pass\ndef cached(n): return ('script', n)"
    exec(compile(code, "/somewhere/tools/nightly.py", "exec"), script.__dict__)
    made = Fallback(script.job, call="tools.nightly.cached")
    assert after(made, TimeoutError(), 3) == ("script", 3)


@pytest.mark.parametrize("call", [f"{__name__}.missing", "no_such_module_here.f", f"{__name__}.Holder.missing"])
def test_missing_function_says_so_with_the_error_before_it(call: str) -> None:
    """A name that isn't there is an error of its own, and what had failed is its context."""
    first = TimeoutError("first")
    with pytest.raises(LookupError, match="fallback") as caught:
        after(Fallback(target, call=call), first, 1)
    context = caught.value.__context__
    while context is not None and context is not first:
        context = context.__context__
    assert context is first


def test_fallback_that_fails_has_the_first_error_as_context() -> None:
    """Both are in the traceback."""
    first = TimeoutError("first")
    with pytest.raises(TypeError) as caught:
        after(Fallback(target, call=f"{__name__}.stand_in"), first, 1, 2, 3)
    assert caught.value.__context__ is first


def test_coroutines_await_either_kind() -> None:
    """An ordinary function may stand in for a coroutine function; not the other way round."""

    async def both() -> list[str]:
        found = []
        for name in ("stand_in", "stand_in_async"):
            try:
                raise TimeoutError
            except TimeoutError as error:
                found.append(await Fallback(target, call=f"{__name__}.{name}").awaited(error, 1, currency="CHF"))
        return found

    assert asyncio.run(both()) == ["1 CHF from the cache", "1 CHF awaited"]
    with pytest.raises(TypeError, match="is a coroutine function"):
        after(Fallback(target, call=f"{__name__}.stand_in_async"), TimeoutError(), 1)


def test_awaited_passes_errors_of_the_program() -> None:
    """As the other one does; literals stand in as well."""

    async def one(error: Exception) -> Any:
        try:
            raise error
        except Exception as caught:
            return await Fallback(target, value=[]).awaited(caught, 1)

    assert asyncio.run(one(TimeoutError())) == []
    with pytest.raises(KeyError):
        asyncio.run(one(KeyError()))
