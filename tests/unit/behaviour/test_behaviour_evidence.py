"""Nothing is called the same without evidence, and nothing different that isn't the enhanced function's doing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from behaviour_projects import QUICK, built, compared, opened, tamper

from poetc.behaviour import trials
from poetc.errors import ConfigError
from poetc.ir import Diagnostic
from poetc.ir.comparison import Verdict
from poetc.pipeline.verification import verify_behaviour

SOURCE = """from __future__ import annotations

import enum
import functools
import random
import shutil
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypedDict

from poetc import poet

if TYPE_CHECKING:
    from decimal import Decimal

    from nowhere import Nothing


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Row(TypedDict):
    name: str
    size: int


class Pair(NamedTuple):
    left: int
    right: str = "r"


@dataclass
class Tree:
    value: int
    children: list[Tree] = field(default_factory=list)


class Guarded:
    def __init__(self, secret):
        if secret != "never drawn":
            raise ValueError("wrong")

    @poet()
    def get(self) -> int:
        return 1


class Base(ABC):
    @abstractmethod
    def size(self) -> int: ...

    @poet()
    def twice(self) -> int:
        return 2 * self.size()


@functools.cache
def helper(x: int) -> int:
    return x


@poet()
def all_hints(
    colour: Colour,
    row: Row,
    pair: Pair,
    tree: Tree,
    mode: Literal["a", "b"],
    either: int | str | None,
    key: Callable[[int], str],
    many: Iterable[float],
    table: Mapping[str, list[int]],
    /,
    *rest: int,
    option: bytes = b"",
    **others: Any,
) -> str:
    return repr((colour, row, pair, tree, mode, either, key(1), list(many), table, rest, option, others))


@poet()
def checked_import(x: Decimal) -> str:
    return str(x)


@poet()
def unresolved(x: Nothing) -> int:
    return 1


@poet()
def unannotated(a, b=2):
    return a + b


@poet()
def never_works(a, b):
    return {} + a + b


@poet()
def always_raises(x: int) -> int:
    raise ValueError(x)


@poet()
def mostly_raises(x: int) -> int:
    if x != 5:
        raise KeyError(x)
    return x


@poet()
def few_inputs(flag: bool, colour: Colour) -> str:
    return f"{flag} {colour}"


@poet()
def no_inputs() -> int:
    return 7


@poet()
def seeded(x: int) -> float:
    return random.random() + x


@poet()
def clock(x: int) -> float:
    return time.perf_counter()


@poet()
def fresh(x: int) -> str:
    return str(uuid.uuid4())


@poet()
def cached(x: int) -> int:
    return helper(x)


@poet()
def deep(n: int) -> int:
    return 0 if n <= 0 else 1 + deep(n - 1)


@poet(retries=2)
def faulty(x: int) -> int:
    if x < 0:
        raise ConnectionError("reset")
    return x


@poet(enforce="strict")
def breaks_contract(x: int) -> int:
    return "five" if x < 0 else x


@poet()
def warns_only(x: int) -> int:
    return "five"


@poet()
def makes_lock(x: int) -> object:
    import threading

    return threading.Lock()


@poet()
def removes(path: str) -> None:
    shutil.rmtree(path)


def traced(function):
    @functools.wraps(function)
    def inner(*args, **keywords):
        return function(*args, **keywords)

    return inner


@traced
@poet()
def stacked(x: int) -> int:
    return x + 10
"""

SAME = (
    "all_hints",
    "checked_import",
    "unannotated",
    "few_inputs",
    "no_inputs",
    "seeded",
    "cached",
    "deep",
    "faulty",
    "breaks_contract",
    "warns_only",
    "stacked",
)
NOT_COMPARABLE = {
    "Guarded.get": "0 of",
    "Base.twice": "Base is abstract",
    "unresolved": "Nothing",
    "never_works": "TypeError",
    "always_raises": "ValueError",
    "mostly_raises": "where 20 are needed",
    "clock": "equal inputs give unequal results",
    "fresh": "equal inputs give unequal results",
    "makes_lock": "lock",
    "removes": "--allow-effects",
}
"""function -> what its reason names"""


def test_verdicts_rest_on_evidence(tmp_path: Path) -> None:
    """Each kind of annotation, of failure and of chance has its verdict, with how many inputs it rests on."""
    found = compared(built(tmp_path, {"app.py": SOURCE}))
    assert found.keys() == {*SAME, *NOT_COMPARABLE}
    assert not {n: c for n, c in found.items() if (c.verdict is Verdict.SAME) != (n in SAME)}
    assert not {n: c.reason for n, c in found.items() if n not in SAME and NOT_COMPARABLE[n] not in c.reason}
    assert not [c for c in found.values() if c.verdict is Verdict.SAME and c.values < 20 and not c.exhausted]
    assert (found["no_inputs"].values, found["no_inputs"].exhausted) == (1, True)
    assert found["few_inputs"].exhausted
    assert dict(found["faulty"].left_out).keys() == {"raised what the enhanced function is there to absorb"}
    assert dict(found["breaks_contract"].left_out).keys() == {"broke a contract that was asked for"}
    assert found["removes"].tried == 0


def test_the_same_seed_gives_the_same_result(tmp_path: Path) -> None:
    """A run is repeatable, down to the counterexample; another seed draws other inputs."""
    source = "from poetc import poet\n\n\n@poet()\ndef f(a: int, b: str) -> str:\n    return b * (a % 7) + 'x'\n"
    built(tmp_path, {"app.py": source})
    first, again = (compared(opened(tmp_path)) for _ in range(2))
    assert first == again
    tamper(tmp_path, "f", "a % 7", "a % 5")
    first, again = (compared(opened(tmp_path))["f"] for _ in range(2))
    assert first == again
    assert first.counterexample is not None
    assert len(first.counterexample.call) <= len("f(a=-1, b='x')")


def test_what_is_not_built_or_stale_is_said(tmp_path: Path) -> None:
    """A function that runs as it was written, since it is new, changed or unlinked, has nothing to be compared with."""
    source = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
    built(tmp_path, {"app.py": source, "other.py": source})
    changed = tmp_path / "app.py"
    text = changed.read_text("utf-8").replace("return x", "return x + 1")
    changed.write_text(text + "\n\n@poet()\ndef new(x: int) -> int:\n    return x\n", encoding="utf-8")
    (tmp_path / "other.py").write_text(source, encoding="utf-8")
    items = list(verify_behaviour(opened(tmp_path), None, QUICK))
    reasons = {c.name: c.reason for c in items if not isinstance(c, Diagnostic)}
    assert reasons == {
        "app.f": "source changed: run `poet build`",
        "app.new": "never built: run `poet build`",
        "other.f": "its module isn't linked: run `poet build`",
    }


def test_import_that_fails_is_said(tmp_path: Path) -> None:
    """A module that the sandbox can't import says why, for each of its functions."""
    functions = "".join(f"\n\n@poet()\ndef {name}():\n    return 1\n" for name in "fg")
    source = f"from poetc import poet\n\nopen('data.csv')\n{functions}"
    found = compared(built(tmp_path, {"app.py": source}))
    assert [c.verdict for c in found.values()] == [Verdict.NOT_COMPARABLE] * 2
    assert all("importing app failed: FileNotFoundError" in c.reason for c in found.values())


def test_module_with_threads_has_processes_for_each_function(tmp_path: Path) -> None:
    """Functions of a module whose import starts a thread don't share a process, and are compared all the same."""
    source = (
        "import threading\nfrom poetc import poet\n\nSTOP = threading.Event()\n"
        "threading.Thread(target=STOP.wait, daemon=True).start()\n\n\n"
        "@poet()\ndef f(x: int) -> int:\n    return x\n\n\n@poet()\ndef g(x: int) -> int:\n    return x\n"
    )
    found = compared(built(tmp_path, {"app.py": source}))
    assert [c.verdict for c in found.values()] == [Verdict.SAME] * 2, found


def test_modules_in_packages_and_with_odd_names(tmp_path: Path) -> None:
    """A module is imported as its project imports it; one that can't be imported is loaded from its file."""
    source = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
    files = {"src/app/__init__.py": source, "src/app/inner.py": source, "tool-1.py": source}
    items = list(verify_behaviour(built(tmp_path, files), None, QUICK))
    said = {c.path: c.verdict for c in items if not isinstance(c, Diagnostic)}
    assert said == dict.fromkeys(files, Verdict.SAME), items


def test_time_for_all_is_shared(tmp_path: Path) -> None:
    """Once the time for all functions is over, the others say so."""
    source = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
    found = compared(built(tmp_path, {"app.py": source}), limits=replace(QUICK, total=0.0))
    assert found["f"].reason == "the 0 s for all functions were over"


def test_crosshair_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for and not installed, the second pass says so, and the first one stands."""
    source = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
    project = built(tmp_path, {"app.py": source})
    monkeypatch.setattr(trials, "has_crosshair", lambda: False)
    found = compared(project, limits=replace(QUICK, crosshair=True))["f"]
    assert (found.verdict, found.second_pass) == (Verdict.SAME, "isn't installed: pip install 'poetc[crosshair]'")


def test_crosshair_finds_what_chance_does_not(tmp_path: Path) -> None:
    """A difference that only solving finds is confirmed by running both, and is the verdict."""
    pytest.importorskip("crosshair")
    body = "return -1 if x * x == 15241578750190521 else x"
    source = f"from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    {body}\n"
    project = built(tmp_path, {"app.py": source})
    tamper(tmp_path, "f", "-1 if", "-2 if")
    found = compared(project, limits=replace(QUICK, crosshair=True, second_pass=4.0))["f"]
    assert found.verdict is Verdict.DIFFERENT
    assert found.counterexample is not None
    assert found.counterexample.differences == ("the original returned -1, the enhanced function returned -2",)


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """A name that no decorated function has is an error with what comes near."""
    source = "from poetc import poet\n\n\n@poet()\ndef slug(x: int) -> int:\n    return x\n"
    project = built(tmp_path, {"app.py": source})
    with pytest.raises(ConfigError, match="no decorated function is called 'slog'"):
        list(verify_behaviour(project, "slog", QUICK))


def test_hypothesis_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Hypothesis the command says what to install, before it does anything."""
    source = "from poetc import poet\n\n\n@poet()\ndef slug(x: int) -> int:\n    return x\n"
    project = built(tmp_path, {"app.py": source})
    monkeypatch.setattr(trials, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as raised:
        list(verify_behaviour(project, None, QUICK))
    assert raised.value.diagnostic.code == "POET701"
    assert "poetc[verify]" in raised.value.diagnostic.hint
