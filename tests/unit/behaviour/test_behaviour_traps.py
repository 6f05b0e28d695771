"""A linked copy that was tampered with is found out: each difference is one that a weaker comparison misses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from behaviour_projects import QUICK, built, compared, tamper

from poetc.ir.comparison import Verdict

SOURCE = '''from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from helpers import note, twice
from poetc import poet

CALLS: list[int] = []
TOTAL = 0


class Box:
    """Has no __eq__."""

    __slots__ = ("content", "label")

    def __init__(self, content: int) -> None:
        self.content = content
        self.label = "box"


class Plain:
    def __init__(self, content: int) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


@dataclass
class Point:
    x: float
    y: float = 0.0


class Counter:
    made = 0

    def __init__(self, start: int = 0) -> None:
        self.count = start

    @poet()
    def add(self, by: int) -> int:
        self.count += by
        return by

    @property
    @poet()
    def half(self) -> float:
        return self.count / 2

    @half.setter
    def half(self, value: float) -> None:
        self.count = int(value * 2)

    @classmethod
    @poet()
    def make(cls, start: int) -> Counter:
        cls.made += 1
        return cls(start)

    @staticmethod
    @poet()
    def triple(x: int) -> int:
        return x * 3


@poet()
def value(x: int) -> int:
    return x + 10


@poet()
def close(x: int) -> float:
    return 0.1


@poet()
def zero(x: int) -> float:
    return 0.0


@poet()
def truth(x: int):
    return 1


@poet()
def message(text: str) -> str:
    if len(text) > 12:
        raise ValueError("too long")
    return text


@poet()
def kind_of_error(text: str) -> str:
    if len(text) > 12:
        raise KeyError(text)
    return text


@poet()
def cause(text: str) -> str:
    if len(text) > 12:
        raise ValueError(text) from KeyError("inner")
    return text


@poet()
def order(x: int) -> dict[str, int]:
    return {"a": x, "b": x}


@poet()
def boxed(x: int) -> Box:
    return Box(x + 10)


@poet()
def all_equal(x: int) -> Plain:
    return Plain(x + 10)


@poet()
def members(x: int) -> set[float]:
    return {1.0, 2.0}


@poet()
def items(xs: list[int]) -> Iterator[int]:
    for x in xs:
        yield x + 10


@poet()
def ends(xs: list[int]) -> Iterator[int]:
    yield 1
    return 77


@poet()
async def later(x: int) -> int:
    return x + 10


@poet()
async def stream(xs: list[int]) -> AsyncIterator[int]:
    for x in xs:
        yield x + 10


@poet()
def mutates(xs: list[int]) -> None:
    xs.append(10)


@poet()
def gives_back(xs: list[int]) -> list[int]:
    return (xs)


@poet()
def prints(x: int) -> None:
    print("ten", x)


@poet()
def complains(x: int) -> None:
    sys.stderr.write("ten")


@poet()
def warns(x: int) -> None:
    warnings.warn("ten", UserWarning, stacklevel=2)


@poet()
def logs(x: int) -> None:
    logging.getLogger("sample").warning("ten")


@poet()
def changes(x: int) -> None:
    CALLS.append(10)


@poet()
def rebinds(x: int) -> None:
    global TOTAL
    TOTAL = TOTAL + 10


@poet()
def skips_effect(x: int) -> int:
    note(x)
    return x


@poet()
def skips_pure(x: int) -> int:
    twice(x)
    return x


@poet()
def rare(x: int) -> int:
    return -1 if x == 1234 else x


@poet()
def point(p: Point) -> Point:
    return Point(p.y, p.x)
'''
HELPERS = "NOTED = []\n\ndef note(x):\n    NOTED.append(x)\n\ndef twice(x):\n    return 2 * x\n"

TAMPERED = {
    "Counter.add": ("self.count += by", "self.count += 1", "arguments afterwards"),
    "Counter.half": ("self.count / 2", "self.count / 3", "returned"),
    "Counter.make": ("cls.made += 1", "cls.made += 2", "variables of the module"),
    "Counter.triple": ("x * 3", "x * 4", "returned"),
    "value": ("x + 10", "x + 11", "the original returned 10, the enhanced function returned 11"),
    "close": ("0.1", "0.10000000000000002", "0.10000000000000002"),
    "zero": ("0.0", "-0.0", "-0.0"),
    "truth": ("return 1", "return True", "True"),
    "message": ('"too long"', '"too  long"', "ValueError('too  long',)"),
    "kind_of_error": ("KeyError(text)", "LookupError(text)", "LookupError"),
    "cause": ('KeyError("inner")', 'KeyError("other")', "__cause__"),
    "order": ('{"a": x, "b": x}', '{"b": x, "a": x}', "key 0"),
    "boxed": ("Box(x + 10)", "Box(x + 11)", ".content: 10 and 11"),
    "all_equal": ("Plain(x + 10)", "Plain(x + 11)", ".content: 10 and 11"),
    "members": ("{1.0, 2.0}", "{1.0, 3.0}", "returned {1.0, 3.0}"),
    "items": ("x + 10", "x + 11", "yielded [10], the enhanced function yielded [11]"),
    "ends": ("return 77", "return 78", "returned 78"),
    "later": ("x + 10", "x + 11", "returned 11"),
    "stream": ("x + 10", "x + 11", "yielded [11]"),
    "mutates": ("append(10)", "append(11)", "arguments afterwards"),
    "gives_back": ("_out = (xs)", "_out = [*xs]", "a new object"),
    "prints": ('"ten"', '"net"', "standard output"),
    "complains": ('"ten"', '"net"', "standard error"),
    "warns": ("stacklevel=2", "stacklevel=1", "warnings"),
    "logs": ('"ten"', '"net"', "standard error"),
    "changes": ("append(10)", "append(11)", "variables of the module"),
    "rebinds": ("TOTAL + 10", "TOTAL + 11", "TOTAL"),
    "skips_effect": ("    note(x)\n", "    x\n", "calls of the project's functions"),
    "skips_pure": ("    twice(x)\n", "    x\n", "calls of the project's functions"),
    "rare": ("-1 if x == 1234", "-1 if x == 1234567", "returned 1234"),
    "point": ("Point(p.y, p.x)", "Point(p.y, p.y)", "returned Point"),
}
"""function -> what is changed into what, and what has to be said of it"""


def test_what_is_built_is_the_same_until_it_is_tampered_with(tmp_path: Path) -> None:
    """As built, each function is the same, on inputs that gave a value; tampered with, the difference is named."""
    project = built(tmp_path, {"app.py": SOURCE, "helpers.py": HELPERS})
    untouched = compared(project, limits=replace(QUICK, examples=24, enough=10, allow_effects=True))
    assert untouched.keys() == TAMPERED.keys()
    assert not [c for c in untouched.values() if c.verdict is not Verdict.SAME]
    assert not [c for c in untouched.values() if c.values < 10 and not c.exhausted]
    for name, (before, after, _) in TAMPERED.items():
        tamper(tmp_path, name, before, after)
    tampered = compared(project, limits=replace(QUICK, allow_effects=True))
    assert not [c for c in tampered.values() if c.verdict is not Verdict.DIFFERENT]
    said = {name: "\n".join(c.counterexample.differences) for name, c in tampered.items() if c.counterexample}
    assert not {name: text for name, text in said.items() if TAMPERED[name][2] not in text}
    assert not [c.counterexample for c in tampered.values() if not c.counterexample or not c.counterexample.runnable]
