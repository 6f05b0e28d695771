"""Functions that take something from around them: variables, the class, type parameters. Built, they do the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from built_projects import VERSIONS, build, python, said, write

from poetc.ir import Outcome

MARKER = "def poet(function=None, **asked):\n    return function if function else lambda given: given\n"


def both(root: Path, text: str, script: str, version: str) -> tuple[str, dict[str, Outcome]]:
    """What a script prints of module `app.m`, plain and built; that must be the same. And how each function ended."""
    write(root, {"src/app/__init__.py": "", "src/app/m.py": text, "marker/poetc.py": MARKER, "go.py": script})
    plain = said(python(version, "go.py", cwd=root, src=f"src{os.pathsep}marker"))
    outcomes = build(root)
    assert said(python(version, "-W", "error", "go.py", cwd=root)) == plain
    return plain, outcomes


def moved(outcomes: dict[str, Outcome]) -> set[str]:
    """Names, within the module, of the functions whose body was moved."""
    return {name.removeprefix("app.m.") for name, o in outcomes.items() if o.operate in ("relocated", "transformed")}


FACTORY = """
from poetc import poet

def factory(start, filter=None):
    count = start

    @poet()
    def step(by: int) -> int:
        nonlocal count
        count += by
        return count

    @poet(retries=2)
    def fact(n: int) -> int:
        return 1 if n < 2 else n * fact(n - 1)

    class Local:
        __kept = 5

        @property
        @poet()
        def name(self) -> str:
            return f"{__class__.__name__} {later()} {self.__kept}"

        @poet()
        async def go(self, x: int) -> int:
            return x + count

    @poet()
    def shown(x=filter):
        return [filter for y in range(x)]

    def later():
        return count

    return step, fact, Local, shown

class Maker:
    def __init__(self):
        self.__kept = 1

    def make(self):
        @poet()
        def inner(more: int = 0) -> int:
            return self.__kept + more + len(super.__name__) + len(__class__.__name__)
        return inner
"""
FACTORY_RUN = """
import asyncio
from app.m import Maker, factory
step, fact, Local, shown = factory(10, 2)
other, *_ = factory(100)
print(step(1), step(2), other(5), step(0), fact(6), Local().name, asyncio.run(Local().go(5)), shown(3))
print(step.__qualname__, Local.go.__qualname__, step.__name__, Maker().make()(3))
print([cell.cell_contents for cell in step.__wrapped__.__closure__] if hasattr(step, "__wrapped__") else [step(0)])
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_functions_inside_functions(tmp_path: Path, version: str) -> None:
    """Each call of the outer function makes one of its own, which sees and sets the very variables around it."""
    _, outcomes = both(tmp_path, FACTORY, FACTORY_RUN, version)
    names = ("factory.step", "factory.fact", "factory.Local.name", "factory.Local.go", "factory.shown")
    assert moved(outcomes) == {*names, "Maker.make.inner"}


CLASSES = """
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, singledispatchmethod
from typing import NamedTuple
from poetc import poet

class Base:
    def __init_subclass__(cls, **named):
        super().__init_subclass__()
        cls.named = sorted(named)
    def area(self, x: int) -> int: return x
    async def later(self, x): return x
    def items(self): yield 1
    @classmethod
    def made(cls): return cls.__name__

class Child(Base, a=1):
    __rate = 3
    def __new__(cls, *given):
        return super().__new__(cls)
    @poet()
    def area(self, x: int) -> int:
        return super().area(x) + self.__rate + self.__more(1)
    @poet(retries=1)
    def again(self, __x: int, *, __y: int = 2) -> int:
        return super().area(__x) + __y
    @poet()
    def __more(self, x: int) -> int:
        return [__class__.__rate for _ in range(x)][0]
    @poet()
    async def later(self, x: int) -> int:
        return await super().later(x)
    @poet()
    def items(self):
        yield from super().items()
        yield self.__rate
    @classmethod
    @poet()
    def made(cls) -> str:
        return super().made() + cls.__name__
    @staticmethod
    @poet()
    def free(x: int) -> type:
        return __class__
    @cached_property
    @poet()
    def kept(self) -> int:
        return super().area(7)
    @property
    @poet()
    def rate(self) -> int:
        return self.__rate
    @rate.setter
    @poet()
    def rate(self, value: int) -> None:
        super().__setattr__("_Child__rate", value)
    @poet()
    def one_line(self, x: int) -> int: return super().area(x)

class Grand(Child): pass

@dataclass(slots=True)
class Slots(Base):
    b: int = 2
    @poet()
    def area(self, x: int) -> int:
        return x + self.b

class Colour(Enum):
    RED = 1
    @poet()
    def shown(self) -> str:
        return super().__str__() + __class__.__name__

class Meta(type):
    def __new__(mcls, name, bases, space):
        return super().__new__(mcls, name, bases, dict(space))

class Made(metaclass=Meta):
    @poet()
    def __repr__(self) -> str:
        return super().__repr__()[:10]

class Row(NamedTuple):
    x: int
    @poet()
    def twice(self, by: int = 2) -> int:
        return self.x * by

class Sorter:
    @singledispatchmethod
    @poet()
    def sort(self, x): return "any", super().__hash__() == hash(self)
    @sort.register
    @poet()
    def _(self, x: int): return "int", super().__hash__() == hash(self)

class _:
    @poet()
    def nobody(self): return self.__x, __class__.__name__
_.__x = 1

def nested(x: int):
    def inner(a: int, b: "str" = "") -> int: return a
    class K:
        z: int = 3
    return inner.__annotations__, K.__annotations__
annotated = poet_annotated = nested

@poet()
def live(x: int) -> int:
    def inner(a: Late, b: "str" = "") -> int: return a
    class K:
        z: Late = 3
        def m(self) -> Late: return __class__.__name__
    return inner(x) + len(inner.__annotations__) + (inner.__annotations__["a"] is int) + (K.__annotations__["z"] is int)
Late = int
"""
CLASSES_RUN = """
import asyncio, pickle
from app.m import *
from app.m import _ as Nobody
for cls in Child, Grand:
    c = cls()
    print(c.area(4), c.again(4), c.again(1, _Child__y=5), c._Child__more(1), asyncio.run(c.later(3)), list(c.items()))
    print(cls.made(), cls.free(1), c.kept, c.rate, c.one_line(3), cls.named)
    c.rate = 9
    print(c.rate, c.area(0))
print(Slots().area(3), Colour.RED.shown(), Made(), Row(3).twice(), Sorter().sort("a"), Sorter().sort(1))
nobody = Nobody(); nobody.__x = 2
print(nobody.nobody(), live(1))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_methods_that_need_their_class(tmp_path: Path, version: str) -> None:
    """`super()`, `__class__`, private names, every kind of method: all are moved, none means anything else."""
    _, outcomes = both(tmp_path, CLASSES, CLASSES_RUN, version)
    assert {name for name, o in outcomes.items() if o.operate == "wrapped"} == set()
    assert len(moved(outcomes)) == 19


TABS = (
    "from poetc import poet\nclass Base:\n\tdef f(self, x): return x\nclass A(Base):\n"
    '\t@poet()\n\tdef f(self, x: int) -> str:\n\t\t"""doc"""\n\t\tif x:\n\t\t\treturn str(super().f(x))\n'
    '\t\treturn ""\n'
    '\t@poet()\n\tdef g(self, x: int) -> str:\n\t\treturn str(super().f(x)) + """\n\t\ttext"""\n'
)


@pytest.mark.parametrize("version", VERSIONS)
def test_little_room_to_the_left(tmp_path: Path, version: str) -> None:
    """A body that is indented by two tabs has room for one block around it, not two; then it moves to the right, unless
    that would change a string."""
    _, outcomes = both(
        tmp_path, TABS, "from app.m import A\nprint(A().f(3), A().f(0), A().f.__doc__, A().g(1))\n", version
    )
    assert moved(outcomes) == {"A.f"}
    assert "indented" in outcomes["app.m.A.g"].reason


SHADOWED = """
from poetc import poet
import json as dumps
from json import dumps as encode

def make(json, int=len, locals=dict, code="c", open=None):
    def dumps(x): return ("own", x)
    encode = dumps
    @poet(retries=2)
    def f(x: "int" = ()) -> "int":
        return int(x), encode(x), locals(a=1), code, open
    @poet()
    def g(x: str) -> str:
        return json(dumps(x))
    return f, g

def make_more(str, type):
    @poet()
    def f(x: bytes) -> object:
        return str(type(x))
    return f

@poet()
def own(eval):
    return eval("1")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_variables_that_hide_what_the_module_or_python_has(tmp_path: Path, version: str) -> None:
    """A variable of the function around is that, not the module's import nor Python's builtin of the same name."""
    script = "from app.m import make, make_more, own\nf, g = make(repr)\nprint(f('ab'), g('x'))\n"
    script += "print(make_more(repr, list)(b'ab'), own(int))\n"
    _, outcomes = both(tmp_path, SHADOWED, script, version)
    assert {"make.g", "own"} <= moved(outcomes)
    assert "a name that generated code can't declare" in outcomes["app.m.make_more.f"].reason


PARAMETERS = """
from poetc import poet

class Box[T]:
    @poet()
    def kind(self, x: int) -> str:
        return T.__name__ * x
    @poet()
    def shown[U](self, x: U = None) -> str:
        return f"{T} {U} {type(U).__name__}"

T = "module"
U = "module, too"

class Quiet[T]:
    @poet()
    def shown(self) -> str:
        return str(T)
    @poet(retries=1)
    def listed[*Ts, **P](self, x: int) -> str:
        def inner[V](x: V) -> list[V]: return [T, Ts, P, V]
        return repr(inner(x))

@poet()
def first[T: (int, str)](x: T) -> tuple:
    return (x, T, T.__constraints__)

def outer[W](x):
    @poet()
    def inner(y: int) -> str:
        type Alias = list[W]
        return f"{W} {Alias.__value__} {x} {y}"
    return inner
"""
PARAMETERS_RUN = """
from app.m import Box, Quiet, first, outer
print(Quiet().shown(), Box().kind(2), Box().shown(1), Quiet().listed(1), first(3), outer(5)(6))
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
@pytest.mark.parametrize("version", VERSIONS[1:])
def test_type_parameters(tmp_path: Path, version: str) -> None:
    """A type parameter of the class, the function or the function around is what a body sees, not the module's name."""
    text, outcomes = both(tmp_path, PARAMETERS, PARAMETERS_RUN, version)
    assert text.startswith("T TT T U TypeVar")
    assert moved(outcomes) == {"Box.kind", "Box.shown", "Quiet.shown", "Quiet.listed", "first", "outer.inner"}


MANY = """
import gc, os, sys, warnings, weakref
from app import m
count = 0
os_stat = os.stat
def counted(*given, **named):
    global count
    count += 1
    return os_stat(*given, **named)
os.stat = counted
first = m.make(1)
seen = [weakref.ref(m.make(i)) for i in range(1000)]
gc.collect()
print(first("2"), count, sum(ref() is not None for ref in seen), m.make(3).__code__ is m.make(4).__code__)
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_many_definitions(tmp_path: Path, version: str) -> None:
    """The source is looked at once, all definitions share a code object, and none is kept alive."""
    text = 'from poetc import poet\ndef make(n):\n    @poet(perceive="repair")\n    def add(x: int) -> int:\n'
    text += "        return int(x) + n\n    return add\n"
    write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": text, "go.py": MANY})
    build(tmp_path)
    assert said(python(version, "go.py", cwd=tmp_path)) == "3 1 0 True\n"


OTHERS = """
import warnings
warnings.simplefilter("always")
from app import m
print(m.make(2)(3), m.make(4)(5))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_with_other_variables_than_the_built_one(tmp_path: Path, version: str) -> None:
    """What a tool has made of the function (here: a variable more) runs as it is, which is said once."""
    text = "from poetc import poet\ndef make(n):\n    @poet()\n    def add(x: int) -> int:\n        return x + n\n"
    text += "    return add\n"
    write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": text, "go.py": OTHERS})
    build(tmp_path)
    hook = "import sys, pathlib, importlib.abc, importlib.machinery\n"
    hook += "class Hook(importlib.machinery.SourceFileLoader):\n    def source_to_code(self, data, path, **k):\n"
    hook += "        return compile(data.replace(b'def make(n):', b'def make(n, m=100):')"
    hook += ".replace(b'x + n', b'x + n + m'), path, 'exec', dont_inherit=True)\n"
    hook += "class Finder(importlib.abc.MetaPathFinder):\n    def find_spec(self, name, path, target=None):\n"
    hook += "        if name == 'app.m':\n            file = 'src/app/m.py'\n"
    hook += "            return importlib.util.spec_from_file_location(name, file, loader=Hook(name, file))\n"
    hook += "import importlib.util\nsys.dont_write_bytecode = True\nsys.meta_path.insert(0, Finder())\n"
    write(tmp_path, {"go.py": hook + OTHERS})
    done = python(version, "go.py", cwd=tmp_path)
    assert said(done) == "105 109\n"
    assert done.stderr.count("PoetStaleWarning") == 1
    assert "is defined in another way than at the last `poet build`" in done.stderr
