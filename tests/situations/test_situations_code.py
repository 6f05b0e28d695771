"""Those who look at code: attrs at cells, cloudpickle at all of it, autoreload swaps it, decorators compile it anew."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from built_projects import VERSIONS, build, python, run, said, write

from poetc.ir import Ending

IMPORT = "from poetc import poet\n"
IMPORT_LATER = re.compile(r"^((?:from __future__ import annotations\n)?)")
LOCAL = {"PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}


def here(root: Path, *arguments: str) -> str:
    """What this Python prints, with the libraries that are installed for the tests."""
    return said(run([sys.executable, *arguments], cwd=root, env=LOCAL))


def project(root: Path, text: str, script: str) -> Path:
    """A package with one module, `app.m`, and a script."""
    return write(root, {"src/app/__init__.py": "", "src/app/m.py": text, "go.py": script})


ATTRS = """
import attrs
from poetc import poet

@attrs.define
class Base:
    a: int = 1
    def area(self, x: int) -> int:
        return self.a * x

@attrs.define
class Child(Base):
    b: int = 2
    @poet()
    def area(self, x: int) -> int:
        return super().area(x) + self.b
    @poet(retries=1)
    def guarded(self, x: int) -> int:
        return super().area(x) + self.b
    @poet(retries=1)
    def wrapped(self, x: int) -> int:
        return super().area(x) + len(locals())
    @classmethod
    @poet()
    def made(cls) -> str:
        return super().__name__ if False else __class__.__name__
    @property
    @poet()
    def twice(self) -> int:
        return super().area(2)
    @poet(retries=1)
    async def later(self, x: int) -> int:
        return super().area(x)
"""
ATTRS_RUN = """
import asyncio
from app.m import Child
c = Child()
print(c.area(3), c.guarded(3), c.wrapped(3), Child.made(), c.twice, asyncio.run(c.later(4)))
"""


def test_attrs_makes_the_class_anew(tmp_path: Path) -> None:
    """A class with slots is another one than the body's: attrs corrects its cell, in whatever form the method is."""
    pytest.importorskip("attrs")
    project(tmp_path, ATTRS, ATTRS_RUN)
    plain = here(tmp_path, "go.py")
    build(tmp_path)
    assert here(tmp_path, "go.py") == plain


BY_VALUE = """
from poetc import poet

@poet()
def direct(x: int) -> int:
    return x + 1

@poet(retries=1, timeout=5)
def guarded(x: int) -> int:
    return direct(x) + 1

@poet(retries=1)
async def awaited(x: int) -> int:
    return x + 3

@poet()
def items(x: int):
    yield from range(x)

def factory(start):
    @poet()
    def step(by: int) -> int:
        return start + by
    return step

class K:
    @classmethod
    @poet(retries=1)
    def c(cls, x: int) -> int:
        return x
"""
PROTECTED = """
[project]
name = "app"
version = "1"
[tool.poet.functions."app.m.guarded"]
breaker = {failures = 3}
rate_limit = "100/s"
bulkhead = 4
fallback = -1
events = true
"""
BY_VALUE_RUN = """
import asyncio, cloudpickle, os, subprocess, sys
from app import m
print(cloudpickle.loads(cloudpickle.dumps(m.K.c))(3), cloudpickle.loads(cloudpickle.dumps(m.direct)) is m.direct)
cloudpickle.register_pickle_by_value(m)
print(cloudpickle.loads(cloudpickle.dumps(m.guarded))(3))
sent = cloudpickle.dumps((m.direct, m.guarded, m.awaited, m.items, m.factory(10)))
worker = '''
import asyncio, pickle, sys
direct, guarded, awaited, items, step = pickle.load(sys.stdin.buffer)
print(direct(3), direct("3" if False else 3.0), guarded(3), asyncio.run(awaited(3)), list(items(3)), step(4))
try: direct([])
except TypeError as error: print(type(error).__name__)
'''
env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
done = subprocess.run([sys.executable, "-c", worker], input=sent, capture_output=True, env=env, cwd="/")
print(done.stdout.decode() or done.stderr.decode())
"""


def test_cloudpickle_by_value(tmp_path: Path) -> None:
    """What is sent by value runs in a process that has neither the project nor poetc, as the original does."""
    pytest.importorskip("cloudpickle")
    project(tmp_path, BY_VALUE, BY_VALUE_RUN)
    plain = here(tmp_path, "go.py")
    write(tmp_path, {"pyproject.toml": PROTECTED})
    build(tmp_path)
    assert here(tmp_path, "go.py") == plain


SWAP = """
import importlib, pathlib, sys, warnings
warnings.simplefilter("ignore")
from app import m
def swapped(old, new):  # as IPython's autoreload does
    for name in ("__code__", "__defaults__", "__doc__", "__closure__", "__globals__", "__dict__"):
        try: setattr(old, name, getattr(new, name))
        except (AttributeError, TypeError): pass
source = pathlib.Path(m.__file__)
text = source.read_text()
def edited(before, after):
    source.write_text(text.replace(before, after))
    importlib.invalidate_caches()
    importlib.reload(m)
f, g, area = m.f, m.g, m.Child.area
print(f(1), list(g(1)), m.Child().area(1))
edited("x + 1", "x + 100")
refused = []
for old, new in ((f, m.f), (g, m.g), (area, m.Child.area)):
    try: swapped(old, new)
    except ValueError as error: refused.append(error)
print(f(1), m.f(1), list(g(1)), list(m.g(1)), hasattr(m.f, "__wrapped__"))
print(f.__name__, m.f.__kwdefaults__, m.Child().area(1), len(refused))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_code_that_is_replaced_in_place(tmp_path: Path, version: str) -> None:
    """After an edit, the older object follows if its code is replaced; with `super()` in it that fails, aloud."""
    text = IMPORT + "@poet()\ndef f(x: int, *, y: int = 0) -> int:\n    return x + 1\n"
    text += "@poet()\ndef g(x: int):\n    yield x + 1\n"
    text += "class Base:\n    def area(self, x: int) -> int: return x\n"
    text += "class Child(Base):\n    @poet()\n    def area(self, x: int) -> int:\n        return super().area(x + 1)\n"
    project(tmp_path, text, SWAP)
    build(tmp_path)
    lines = said(python(version, "go.py", cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1")).split("\n")
    assert lines[:2] == ["2 [2] 2", "101 101 [101] [101] False"]
    assert lines[2] == "f {'y': 0} 101 1"


READ = {
    "numba": ("import numba\n@numba.njit\n{poet}\ndef f(x: int) -> int:\n    return x + 1\n", "f(1)"),
    "numba by name": ("from numba import jit as fast\n@fast(nopython=True)\n{poet}\ndef f(x): return x\n", "f(1)"),
    "typeguard": ("from typeguard import typechecked\n@typechecked\n{poet}\ndef f(x: int): return x\n", "f('a')"),
    "typeguard of a class": (
        "import typeguard\n@typeguard.typechecked\nclass A:\n    {poet}\n    def f(self, x: int): ...\nf = A().f\n",
        "f('a')",
    ),
}
TRIED = "from app.m import *\ntry: print({call})\nexcept Exception as error: print(type(error).__name__)\n"


@pytest.mark.parametrize(("text", "call"), READ.values(), ids=READ)
def test_decorators_that_read_code(tmp_path: Path, text: str, call: str) -> None:
    """They get the function as it was, which the build says; where they are installed, they do what they did."""
    text = IMPORT_LATER.sub(r"\1" + IMPORT, text.format(poet="@poet()"), count=1)
    project(tmp_path, text, TRIED.format(call=call))
    library = next(name for name in ("numba", "typeguard") if name in text)
    plain = here(tmp_path, "go.py") if importlib.util.find_spec(library) else ""
    (outcome,) = build(tmp_path).values()
    assert outcome.ending is Ending.SKIPPED
    assert [said.code for said in outcome.diagnostics] == ["POET218"]
    assert not plain or here(tmp_path, "go.py") == plain


BESIDE = {
    "beartype": "from beartype import beartype\n@beartype\n@poet()\ndef f(x: int) -> int: return x\n",
    "beartype of text": "from __future__ import annotations\nfrom beartype import beartype\n@beartype\n@poet()\n"
    "def f(x: int, y: A | None = None) -> int:\n    return x\nclass A: ...\nassert f(1, A()) == 1\n",
    "beartype of a quoted name": "from beartype import beartype\n@beartype\n@poet(retries=1)\n"
    "def f(x: 'A') -> 'A':\n    return x\nclass A: ...\nf(A())\n",
    "its own decorator of that name": "def njit(f): return f\n@njit\n@poet()\ndef f(x: int) -> int: return x\n",
    "below a class's": "from functools import total_ordering as jit\n@jit\nclass A:\n    __lt__ = id\n"
    "    @poet()\n    def f(self, x: int) -> int: return x\n",
}


@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE)
def test_decorators_that_only_call(tmp_path: Path, text: str) -> None:
    """A decorator that calls what it is given costs a function nothing, whatever it is called."""
    project(tmp_path, IMPORT_LATER.sub(r"\1" + IMPORT, text, count=1), "from app.m import *\n")
    (outcome,) = build(tmp_path).values()
    assert outcome.operate == "relocated"
    if importlib.util.find_spec("beartype"):
        here(tmp_path, "-W", "error", "go.py")
