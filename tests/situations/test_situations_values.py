"""Values as they come: proxies, containers, text for numbers, results of the wrong class."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.built_projects import VERSIONS, build, python, said, write

ANSWERING = """
import weakref
from typing import Annotated, Literal, Protocol, runtime_checkable
from poetc import poet

class User:
    name = "ann"

@runtime_checkable
class Named(Protocol):
    name: str

@poet()
def label(name: str) -> int:
    return 1

@poet()
def later(user: User) -> int:
    return 2

@poet()
def number(n: int | float, *, flag: bool = False, kind: Literal["a", "b"] = "a") -> int:
    return 3

@poet()
def named(it: Named, kinds: type[User] = User) -> int:
    return 4

@poet()
def items(rows: list[User], table: dict[str, int] | None = None) -> int:
    return 5

@poet(perceive="strict")
def strictly(user: User, name: str) -> int:
    return 6

@poet(retries=1)
def guarded(user: User, name: str, n: float = 1.0) -> int:
    return 7

@poet()
async def awaited(user: User) -> int:
    return 8

@poet()
def iterated(user: User):
    yield 9
"""

ASK = """
import asyncio, sys, weakref
from app import m

asked = []

class Loud:
    '''Whatever is read of it is noted.'''
    def __getattribute__(self, name):
        asked.append(name)
        raise RuntimeError("read: " + name)

class Lazy:
    '''A proxy that looks for its object when it is asked for its class.'''
    @property
    def __class__(self):
        asked.append("__class__")
        return m.User

class Missing:
    @property
    def __class__(self):
        asked.append("__class__")
        raise RuntimeError("working outside of a request")

class Meta(type):
    def __getattr__(cls, name):
        asked.append(name)
        raise AttributeError(name)

class Gone: pass
gone = Gone()
dead = weakref.proxy(gone)
del gone
for value in (Loud(), Lazy(), Missing(), dead):
    answers = [
        m.label(value), m.later(value), m.number(value, flag=value, kind=value), m.named(value, value),
        m.items(value, value),
        m.strictly(value, value), m.guarded(value, value, value), asyncio.run(m.awaited(value)), *m.iterated(value),
    ]
    print(type(value).__name__, answers, asked)
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_values_are_not_asked_for_their_class(version: str, tmp_path: Path) -> None:
    """Dead weakrefs, lazy objects and whatever says by its own code what it is pass unread, as in plain code."""
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": ANSWERING, "src/ask.py": ASK})
    plain = said(python(version, "src/ask.py", cwd=root, src=f"{root}/src:{Path(__file__).parents[2]}"))
    assert "weakproxy" in plain or "ProxyType" in plain
    assert plain.count("[]") == 4
    build(root)
    assert said(python(version, "src/ask.py", cwd=root, src=root / "src")) == plain


def test_a_lazy_object_of_django_makes_no_query(load: Callable[[str], object]) -> None:
    """`request.user` that the body never looks at stays a query that was never made."""
    functional = pytest.importorskip("django.utils.functional")
    module = load("from poetc import poet\nclass User: ...\n@poet()\ndef f(user: User) -> int:\n    return 1\n")
    asked: list[int] = []
    assert module.f(functional.SimpleLazyObject(lambda: asked.append(1))) == 1  # type: ignore[attr-defined]
    assert asked == []


CONTAINERS = """
from collections import OrderedDict
from poetc import poet

CACHE = {}

@poet()
def joined(words: list[str]) -> str:
    if words not in CACHE:
        CACHE[words] = " ".join(words)
    return CACHE[words]

@poet()
def same(a: list, b: tuple = (), c: set = frozenset(), d: dict | None = None):
    return a, b, c, d

@poet(perceive="repair", depth="deep")
def watch(items: tuple[str, ...]):
    return lambda: len(items)

@poet(retries=1)
def guarded(items: tuple) -> object:
    return items
"""


def test_containers_keep_their_identity(load: Callable[[str], object]) -> None:
    """A list for a tuple, a tuple for a list and their like are passed on as they are."""
    module = load(CONTAINERS)
    assert module.joined(("a", "b")) == "a b"  # type: ignore[attr-defined]
    values: tuple[object, ...] = ((1,), [1], [2], (("k", 1),))
    assert all(one is other for one, other in zip(module.same(*values), values, strict=True))  # type: ignore[attr-defined]
    rows: list[object] = []
    count = module.watch(rows)  # type: ignore[attr-defined]
    rows.append(1)
    assert count() == 1
    assert module.guarded(rows) is rows  # type: ignore[attr-defined]


CONVERTED = """
import json
from datetime import date
from poetc import poet

def checked(n):
    if n is not None and type(n) is not int:
        raise ValueError("a whole number or None")
    return n or 0

@poet()
def limit(n: int | None) -> int:
    return checked(n)

@poet()
def body(timestamp: int) -> str:
    return json.dumps({"timestamp": timestamp})

@poet()
def tried(n: int) -> object:
    try:
        return n + 1
    except TypeError:
        return "no number"

@poet()
def kept(n: int):
    return lambda: n

@poet()
def first(n: int) -> object:
    if n < 0:
        raise ValueError(n)
    return checked(n)

@poet(retries=1)
def week(day: date, shift: int = 0) -> int:
    return day.isocalendar().week + 1 * shift - shift
"""


def test_text_is_converted_only_where_the_body_fails_for_it(load: Callable[[str], object]) -> None:
    """A check one call further down sees the text, JSON has it as it was; said once where it is converted."""
    module = load(CONVERTED)
    with pytest.raises(ValueError, match="a whole number"):
        module.limit("5")  # type: ignore[attr-defined]
    assert module.body("1628633089") == '{"timestamp": "1628633089"}'  # type: ignore[attr-defined]
    assert module.tried("5") == "no number"  # type: ignore[attr-defined]
    assert module.kept("5")() == "5"  # type: ignore[attr-defined]
    with pytest.warns(UserWarning, match=r"first\(\) argument 'n' was str") as warned:
        assert [module.first("5"), module.first("6")] == [5, 6]  # type: ignore[attr-defined]
    assert [(each.category.__name__, each.filename) for each in warned] == [("PoetRepairWarning", __file__)]
    with pytest.warns(UserWarning) as warned:
        assert module.week("2024-01-31") == 5  # type: ignore[attr-defined]
    assert [each.filename for each in warned] == [__file__]


CONTRACTS = """
from poetc import poet
from app import other

class Order: ...

class A:
    @poet()
    def text(self, how: int) -> str:
        if how:
            return other.nothing()
        return None

@poet()
def order() -> Order:
    return other.Order()

@poet(retries=1)
def guarded() -> Order:
    return other.Order()
"""


def test_contract_warnings_name_the_users_line_and_the_modules(load: Callable[..., object]) -> None:
    """The place is that of the `return`, or of the function; classes of one name are told apart; filters work."""
    import warnings

    module = load(CONTRACTS, **{"other.py": "class Order: ...\ndef nothing(): return None\n"})
    with pytest.warns(UserWarning) as warned:
        module.A().text(1)  # type: ignore[attr-defined]
        module.A().text(0)  # type: ignore[attr-defined]
        module.order()  # type: ignore[attr-defined]
        module.guarded()  # type: ignore[attr-defined]
    lines = CONTRACTS.split("\n")
    at = [
        lines.index(text) + 1
        for text in ("            return other.nothing()", "    return other.Order()", "@poet(retries=1)")
    ]
    assert [(each.filename, each.lineno) for each in warned] == [(module.__file__, line) for line in at]  # type: ignore[attr-defined]
    texts = [str(each.message) for each in warned]
    assert texts[0] == "A.text() returned NoneType, its annotation says str"
    assert texts[1] == "order() returned app.other.Order, its annotation says Order (app.m.Order)"
    again = load(CONTRACTS, **{"other.py": "class Order: ...\ndef nothing(): return None\n"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module=r"app(\.|$)")
        again.order()  # type: ignore[attr-defined]


STRICT = """
from typing import Generator
from poetc import poet

@poet(perceive="strict")
def f(x: int = None) -> int:
    return x or 0

@poet(enforce="strict")
def g(n: int) -> Generator[int, None, str]:
    yield n
    return "done"
"""


def test_strict_refuses_nothing_that_is_right(load: Callable[[str], object]) -> None:
    """A default of None for `x: int = None`, and what a generator returns, are as their authors meant them."""
    module = load(STRICT)
    assert module.f() == module.f(None) == 0  # type: ignore[attr-defined]
    assert list(module.g(1)) == [1]  # type: ignore[attr-defined]


DEEP = """
from typing import Union
from poetc import poet

Json = Union[list["Json"], dict[str, "Json"], int]

@poet(depth="deep")
def handed(rows: list[dict[str, int]], n: int) -> list[dict[str, int]]:
    return handed(rows, n - 1) if n else rows

@poet(depth="deep")
def walked(x: "Json") -> int:
    return x if type(x) is int else sum(walked(each) for each in x)

@poet(depth="deep")
def made(n: int) -> "Json":
    return [made(n - 1)] if n else 1

@poet(depth="deep", retries=1)
def guarded(rows: list[dict[str, int]], n: int) -> int:
    return guarded(rows, n - 1) if n else 0

@poet(depth="deep", perceive="strict")
def strict(rows: list[int], inner: bool = True) -> int:
    if inner:
        rows[1:2] = ["x", 2]
        return strict(rows, False)
    return 0
"""


def test_deep_checks_of_nested_calls_are_not_quadratic(load: Callable[[str], object]) -> None:
    """800 nested calls over one object take some hundredths of a second; they took six. Changes are still seen."""
    module = load(DEEP)
    rows = [{"a": n} for n in range(400)]
    chain: object = 1
    for _ in range(200):
        chain = [chain]
    begun = time.process_time()
    assert module.handed(rows, 300) is rows  # type: ignore[attr-defined]
    assert module.walked(chain) == 1  # type: ignore[attr-defined]
    assert module.made(200)  # type: ignore[attr-defined]
    assert module.guarded(rows, 150) == 0  # type: ignore[attr-defined]
    assert time.process_time() - begun < 3
    with pytest.raises(TypeError, match="something doesn't"):
        module.strict([1, 2, 3])  # type: ignore[attr-defined]
    changed = [1, 2, 3]
    assert module.strict(changed, False) == 0  # type: ignore[attr-defined]
    changed[1] = "x"  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        module.strict(changed, False)  # type: ignore[attr-defined]
