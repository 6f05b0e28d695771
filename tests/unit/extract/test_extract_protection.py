"""A fallback or a hedge that a function can't have is refused at the function, with the reason; the others pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from built_projects import build, write

from poetc.config import Options
from poetc.errors import ConfigError
from poetc.extract import extract_unit
from poetc.extract.effects import ProjectEffects
from poetc.ir import Diagnostic, FallbackPolicy, Severity, Site
from poetc.pipeline.modules import Modules

TOP = "import asyncio\nfrom poetc import poet\n"
PLAIN = "@poet()\ndef f(order: int, *, currency: str = 'EUR') -> dict:\n    return load(order)\n"


def said_of(root: Path, sites: Callable[..., list[Site]], text: str, relative: str, **asked: Any) -> list[Diagnostic]:
    """What is wrong with the last site of a file, with settings asked of every function."""
    options = Options(root=root, functions=(("*", tuple(asked.items())),))
    site = sites(text, relative, options)[-1]
    try:
        extract_unit(site, options, {}, ProjectEffects(options, Modules(options)))
    except ConfigError as error:
        return [each for each in error.diagnostics if each.severity is Severity.ERROR]  # type: ignore[attr-defined]
    return []


HEDGES = {
    "of an ordinary function": ("@poet()\ndef f() -> int:\n    return 1\n", {}, "is for coroutine functions"),
    "of a generator": ("@poet()\ndef f():\n    yield 1\n", {}, "is for coroutine functions"),
    "of an async generator": ("@poet()\nasync def f():\n    yield 1\n", {}, "is for coroutine functions"),
    "of a write": (
        "X = []\n@poet()\nasync def f(x) -> None:\n    X.append(x)\n",
        {},
        "would run `f` twice at the same time, and it writes",
    ),
    "of something unknown": (
        "from mystery import call\n@poet()\nasync def f(x) -> None:\n    await call(x)\n",
        {},
        "twice at the same time, and its effects are unknown",
    ),
    "behind the end of the budget": (
        "@poet(timeout=2)\nasync def f() -> None:\n    await asyncio.sleep(1)\n",
        {"hedge": 2.0},
        "would begin after 2 s, and the whole call is given 2 s",
    ),
}


@pytest.mark.parametrize("case", HEDGES)
def test_hedges_that_make_no_sense(root: Path, sites: Callable[..., list[Site]], case: str) -> None:
    """Each is refused where the function is, and the reason is in the message."""
    text, asked, why = HEDGES[case]
    (root / "app").mkdir()
    (root / "app/__init__.py").write_text("")
    (said,) = said_of(root, sites, TOP + text, "app/pay.py", **{"hedge": 0.1, **asked})
    assert (said.code, said.path, said.unit) == ("POET203", "app/pay.py", "app.pay.f")
    line = (TOP + text).split("\n")[said.line - 1]
    assert line.startswith("@poet") and said.column == 2 and said.excerpt == line
    assert why in said.message
    assert "`[tool.poet.functions" in said.hint


def test_a_hedge_of_a_read(root: Path, sites: Callable[..., list[Site]]) -> None:
    """A coroutine function that only reads may have one, within its budget."""
    text = "@poet(timeout=2)\nasync def f() -> None:\n    await asyncio.sleep(1)\n"
    assert not said_of(root, sites, TOP + text, "app/pay.py", hedge=0.5)


CALLS: dict[str, tuple[str, str, str]] = {
    # what the module has beside f; the fallback; why it can't be ("": it can)
    "itself": ("", "app.pay.f", "is the function itself"),
    "nothing there": ("", "app.pay.cahced", "names `cahced`, which app/pay.py doesn't define"),
    "no such method": (
        "class C:\n    pass\n",
        "app.pay.C.cached",
        "names `cached`, which C in app/pay.py doesn't define",
    ),
    "perhaps inherited": ("class C(B):\n    pass\n", "app.pay.C.cached", ""),
    "no such module": ("", "app.cache.get", "names `cache.get`, which app/__init__.py doesn't define"),
    "compiled module": ("", "app.fast.get", ""),
    "module of another package": ("", "somewhere.cache.get", ""),
    "other file": ("", "app.other.cached", ""),
    "missing in other file": ("", "app.other.cahced", "which app/other.py doesn't define"),
    "wrong in other file": ("", "app.other.short", "takes 0 positional arguments, and would get 1"),
    "star import": ("from x import *\n", "app.pay.anything", ""),
    "module attribute": ("def __getattr__(name): ...\n", "app.pay.anything", ""),
    "imported": ("from x import cached\n", "app.pay.cached", ""),
    "assigned": ("cached = print\n", "app.pay.cached", ""),
    "class": ("class cached: ...\n", "app.pay.cached", ""),
    "alike": ("def cached(order, *, currency='EUR'): ...\n", "app.pay.cached", ""),
    "other names": ("def cached(x, /, *, currency): ...\n", "app.pay.cached", ""),
    "anything": ("def cached(*args, **kwargs): ...\n", "app.pay.cached", ""),
    "further defaults": ("def cached(order, extra=1, *, currency, more=2): ...\n", "app.pay.cached", ""),
    "by position or name": ("def cached(order, currency): ...\n", "app.pay.cached", ""),
    "no arguments": ("def cached(): ...\n", "app.pay.cached", "takes 0 positional arguments, and would get 1"),
    "one too many": ("def cached(a, b, *, currency): ...\n", "app.pay.cached", "needs an argument `b`"),
    "no keyword": ("def cached(order): ...\n", "app.pay.cached", "doesn't take the argument `currency=`"),
    "keyword by position only": (
        "def cached(order, currency=1, /): ...\n",
        "app.pay.cached",
        "take the argument `curr",
    ),
    "needed keyword": ("def cached(order, *, currency, key): ...\n", "app.pay.cached", "needs an argument `key=`"),
    "twice": ("def cached(currency): ...\n", "app.pay.cached", "would get `currency` twice"),
    "coroutine": ("async def cached(*a, **k): ...\n", "app.pay.cached", "is a coroutine function, which `f` isn't"),
    "decorated": ("@wraps\ndef cached(): ...\n", "app.pay.cached", ""),
    "defined twice": ("def cached(): ...\ndef cached(o, *, currency): ...\n", "app.pay.cached", ""),
    "static method": ("class C:\n    @staticmethod\n    def g(o, *, currency): ...\n", "app.pay.C.g", ""),
    "wrong method": ("class C:\n    def g(self, o, *, currency): ...\n", "app.pay.C.g", "needs an argument `o`"),
    "enhanced itself": ("@poet()\ndef cached(): ...\n", "app.pay.cached", "takes 0 positional arguments"),
}


@pytest.mark.parametrize("case", CALLS)
def test_functions_that_stand_in(root: Path, sites: Callable[..., list[Site]], case: str) -> None:
    """What isn't there or can't be called like this is refused; what can't be told is left to be."""
    around, call, why = CALLS[case]
    (root / "app").mkdir()
    (root / "app/__init__.py").write_text("")
    (root / "app/other.py").write_text("def cached(*args, **options): ...\ndef short(*, currency): ...\n")
    (root / "app/fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    said = said_of(root, sites, TOP + around + PLAIN, "app/pay.py", fallback=FallbackPolicy(call=call))
    if not why:
        assert not said
        return
    assert [d.code for d in said] == ["POET203"]
    assert why in said[0].message
    assert said[0].excerpt == "@poet()" and said[0].hint


METHOD = (
    "class Shop:\n    def cached(self, order): ...\n    @poet()\n    def f(self, order):\n        return load(order)\n"
)
SIGNATURES = [
    (METHOD, "app.pay.Shop.cached", ""),
    (METHOD.replace("cached(self, order)", "cached(order)"), "app.pay.Shop.cached", "takes 1 positional argument,"),
    ("def g(a): ...\n@poet()\ndef f(a, *rest): return load(a)\n", "app.pay.g", ""),
    ("def g(a, b): ...\n@poet()\ndef f(a, *rest): return load(a)\n", "app.pay.g", ""),
    ("def g(a, *, key): ...\n@poet()\ndef f(a, **options): return load(a)\n", "app.pay.g", ""),
    ("async def g(): ...\n@poet()\nasync def f(): return await load()\n", "app.pay.g", ""),
    ("def g(): ...\n@poet()\nasync def f(): return await load()\n", "app.pay.g", ""),
    ("def g(): ...\n@poet()\ndef f():\n    yield load()\n", "app.pay.g", "gives bit by bit"),
]


@pytest.mark.parametrize(("text", "call", "why"), SIGNATURES)
def test_shapes_of_functions(root: Path, sites: Callable[..., list[Site]], text: str, call: str, why: str) -> None:
    """Methods get `self`; what `*rest` and `**options` may bring is no reason to refuse; generators have none."""
    said = said_of(root, sites, TOP + text, "app/pay.py", fallback=FallbackPolicy(call=call))
    assert [why in d.message for d in said] == [True] * bool(why)


LITERALS = [
    ("int", "0", True),
    ("float", "0", True),
    ("str", "0", False),
    ("int", '"x"', False),
    ("int", "null", False),
    ("int", "1.5", False),
    ("int", "true", True),
    ("int | None", "null", True),
    ("Optional[int]", "null", True),
    ("Optional[int]", "[]", False),
    ("'int'", "[]", False),
    ("list[int]", "[1]", True),
    ("List[int]", "{}", False),
    ("dict[str, int]", "{}", True),
    ("tuple[int, ...]", "[]", False),
    ("None", "null", True),
    ("Order", "[]", True),
    ("int | Order", "[]", True),
    ("'int |'", "[]", True),
    ("Literal['a']", '"b"', True),
    ("Literal['a']", "1", False),
]


@pytest.mark.parametrize(("annotation", "literal", "fits"), LITERALS)
def test_literals_that_stand_in(
    root: Path, sites: Callable[..., list[Site]], annotation: str, literal: str, fits: bool
) -> None:
    """A value of another type than the annotation's is refused; annotations beyond builtins aren't judged."""
    imports = "from typing import List, Literal, Optional\n"
    text = f"{TOP}@poet()\ndef f() -> {annotation}:\n    return load()\n"
    fallback = FallbackPolicy(literal=literal)
    said = said_of(root, sites, imports + text, "app.py", fallback=fallback)
    assert (not said) is fits
    if said:
        assert "its annotation says" in said[0].message
    assert not said_of(root, sites, text, "app.py", fallback=fallback, enforce="off")
    hiding = f"{imports}int = list = List = str = tuple = Optional = Literal = 1\n"
    assert not said_of(root, sites, hiding + text, "app.py", fallback=fallback)


DECORATED = ["breaker=True", "bulkhead=8", 'rate_limit="1/s"', "fallback=None", "hedge=0.1", "events=True"]


@pytest.mark.parametrize("argument", DECORATED)
def test_not_in_the_decorator(root: Path, sites: Callable[..., list[Site]], argument: str) -> None:
    """What belongs into pyproject.toml is unknown to the decorator, and the hint says where it goes."""
    text = f"{TOP}@poet({argument})\ndef f():\n    return load()\n"
    (said,) = said_of(root, sites, text, "app.py")
    name = argument.partition("=")[0]
    assert (said.code, said.line, said.column) == ("POET201", 3, 7)
    assert said.hint == f'`{name}` is set in pyproject.toml, below `[tool.poet.functions."app.f"]`.'


def test_a_fallback_that_goes_away_is_noticed(tmp_path: Path) -> None:
    """The file of a fallback is watched: without the function in it, the next build complains although nothing else
    changed."""
    text = '[tool.poet.functions."app.pay.f"]\nfallback = "app.other.cached"\n'
    root = write(
        tmp_path,
        {
            "pyproject.toml": text,
            "app/__init__.py": "",
            "app/pay.py": TOP + PLAIN,
            "app/other.py": "def cached(order, *, currency): ...\n",
        },
    )
    assert build(root)["app.pay.f"].version
    build(root)
    (root / "app/other.py").write_text("def cache(order, *, currency): ...\n")
    said = [d for d in build(root, sound=False)["app.pay.f"].diagnostics if d.severity is Severity.ERROR]
    assert ["doesn't define" in d.message for d in said] == [True]


EXCLUDES = """\
[tool.poet]
breaker = {exclude = ["ValueError", "app.pay.Busy", "json.JSONDecodeError"]}

[tool.poet.functions."app.pay.f".breaker]
failures = 3
exclude = ["app.pay.Bussy", "app.payments.Busy", "nosuchlibrary.errors.E"]
"""


def test_excluded_exceptions_that_are_not_there(tmp_path: Path) -> None:
    """A misspelt exception would go on counting: it is warned of at its line; those that are there aren't."""
    from poetc.pipeline.project import open_project
    from poetc.pipeline.staleness import check_project

    files = {
        "pyproject.toml": EXCLUDES,
        "app/__init__.py": "",
        "app/pay.py": f"{TOP}class Busy(Exception): ...\n{PLAIN}",
    }
    project = open_project((), root=write(tmp_path, files), env={})
    try:
        said = [item for item in check_project(project) if isinstance(item, Diagnostic) and item.code == "POET220"]
    finally:
        project.close()
    assert [(d.line, d.column, d.severity) for d in said] == [(6, 1, Severity.WARNING)] * 3
    assert ["there is no" in d.message for d in said] == [True] * 3
    assert [name in d.message for d, name in zip(said, ("Bussy", "payments", "nosuchlibrary"), strict=True)] == [
        True
    ] * 3
