"""Promise 1: a call that worked keeps working, and promise 2: with nothing but the standard library.

Random arguments that satisfy the annotations go to the enhanced function and to the original: both must do the same.
"""

from __future__ import annotations

import copy
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from built_projects import VERSIONS, build, python, said, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SOURCE = """\
from __future__ import annotations

from typing import Any, Optional, Union

from poetc import poet


class Custom(Exception):
    pass


@poet()
def divided(x: int, y: int) -> float:
    return x / y


@poet()
def looked_up(table: dict, key: str, default: Optional[int] = None) -> Any:
    return table[key] if default is None else table.get(key, default)


@poet()
def cut(words: list, start: int = 0, *, step: int = 1) -> list:
    return words[start::step]


@poet()
def joined(first: str, *rest: str, sep: str = "-", **named: str) -> str:
    return sep.join([first, *rest, *sorted(named.values())])


@poet()
def kind_of(value: Union[int, str, None]) -> str:
    if value is None:
        raise Custom("nothing", value)
    return type(value).__name__


@poet()
def grown(into: list, item: Any) -> list:
    into.append(item)
    return into


@poet()
def not_annotated(a, b=2, *c):
    return [a, b, c]


@poet()
def floats(x: float, y: complex = 1j) -> complex:
    return x * y


@poet()
def raw(data: bytes, flag: bool = False) -> bytes:
    return data[::-1] if flag else data


@poet()
def pair(x: tuple, y: frozenset = frozenset()) -> tuple:
    return (*x, len(y))


@poet()
def broken_promise(x: int) -> int:
    return str(x) if x % 2 else x


@poet()
def recursive(n: int) -> int:
    return 1 if n < 2 else n * recursive(n - 1)


@poet()
def streamed(n: int, stop: int = 3):
    for i in range(n):
        if i == stop:
            raise Custom("stopped", i)
        yield i
    return "end"
"""


def guarded_source() -> str:
    """The same functions, each with a public function around it."""
    return SOURCE.replace("@poet()", "@poet(retries=1)")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ModuleType]]:
    """The built modules of both forms, imported into this process."""
    root = tmp_path_factory.mktemp("calls")
    write(root, {"promised/__init__.py": "", "promised/direct.py": SOURCE, "promised/guarded.py": guarded_source()})
    outcomes = build(root)
    assert {o.operate for o in outcomes.values()} == {"relocated"}
    sys.path.insert(0, str(root))
    try:
        yield {name: importlib.import_module(f"promised.{name}") for name in ("direct", "guarded")}
    finally:
        sys.path.remove(str(root))
        for name in [n for n in sys.modules if n.partition(".")[0] == "promised"]:
            del sys.modules[name]


class Text(str):
    """A subclass satisfies an annotation as well."""


class Number(int):
    """A subclass satisfies an annotation as well."""


ints = st.one_of(st.integers(-5, 5), st.booleans(), st.integers().map(Number))
texts = st.one_of(st.text(max_size=4), st.text(max_size=4).map(Text))
anything = st.one_of(ints, texts, st.none(), st.floats(), st.lists(ints, max_size=3))
ARGUMENTS: dict[str, st.SearchStrategy[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "divided": st.tuples(st.tuples(ints, ints), st.just({})),
    "looked_up": st.tuples(
        st.tuples(st.dictionaries(texts, anything, max_size=3), texts), st.sampled_from([{}, {"default": 3}])
    ),
    "cut": st.tuples(
        st.tuples(st.lists(anything, max_size=4), ints), st.fixed_dictionaries({}, optional={"step": ints})
    ),
    "joined": st.tuples(
        st.lists(texts, min_size=1, max_size=3).map(tuple),
        st.fixed_dictionaries({}, optional={"sep": texts, "first_name": texts, "rest": texts}),
    ),
    "kind_of": st.tuples(st.tuples(st.one_of(ints, texts, st.none())), st.just({})),
    "grown": st.tuples(st.just(()), st.fixed_dictionaries({"into": st.lists(ints, max_size=2), "item": anything})),
    "not_annotated": st.tuples(st.lists(anything, max_size=4).map(tuple), st.just({})),
    "floats": st.tuples(
        st.tuples(st.one_of(ints, st.floats())),
        st.fixed_dictionaries({}, optional={"y": st.one_of(ints, st.floats(), st.complex_numbers())}),
    ),
    "raw": st.tuples(
        st.tuples(st.one_of(st.binary(max_size=4), st.binary(max_size=4).map(bytearray)), st.booleans()), st.just({})
    ),
    "pair": st.tuples(
        st.tuples(st.tuples(ints, texts)), st.fixed_dictionaries({}, optional={"y": st.frozensets(ints, max_size=2)})
    ),
    "broken_promise": st.tuples(st.tuples(ints), st.just({})),
    "recursive": st.tuples(st.tuples(st.integers(-3, 30)), st.just({})),
    "streamed": st.tuples(st.tuples(st.integers(-1, 6)), st.just({})),
}


def outcome_of(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """What a call did: its value with its exact type, or its exception; and what became of its arguments."""
    args, kwargs = copy.deepcopy((args, kwargs))
    try:
        value = function(*args, **kwargs)
        if hasattr(value, "send"):
            value = list(steps(value))
        done: tuple[Any, ...] = ("returned", type(value), repr(value))
    except Exception as error:
        cause = type(error.__cause__), type(error.__context__), error.__suppress_context__
        done = ("raised", type(error), repr(error.args), getattr(error, "__notes__", []), cause)
    return (*done, repr(args), repr(kwargs))


def steps(generator: Any) -> Iterator[Any]:
    """Every item of a generator, its return value or its exception."""
    try:
        end = yield from generator
    except Exception as error:
        yield type(error), error.args
    else:
        yield end


@pytest.mark.parametrize("form", ["direct", "guarded"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_satisfy_the_annotations(name: str, form: str, modules: dict[str, ModuleType]) -> None:
    """The enhanced function returns and raises what the original does, and does the same to its arguments."""
    enhanced = getattr(modules[form], name)
    original = enhanced.__wrapped__
    assert enhanced.__code__ is not original.__code__

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(ARGUMENTS[name])
    def compare(given_: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert outcome_of(enhanced, *given_) == outcome_of(original, *given_)

    compare()


@pytest.mark.parametrize("form", ["direct", "guarded"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(value=st.one_of(anything, st.builds(object), st.binary(), st.functions(like=lambda: None, pure=True)))
def test_values_are_passed_through_untouched(form: str, modules: dict[str, ModuleType], value: Any) -> None:
    """The object that goes in comes out: no copy, no wrapper, whatever the annotation says of it."""
    module = modules[form]
    result = module.not_annotated(value, value)
    assert result[0] is value
    assert result[1] is value
    into: list[Any] = []
    assert module.grown(into, value) is into
    assert into[0] is value


def test_repairs_lose_nothing(modules: dict[str, ModuleType]) -> None:
    """What breaks its annotation is repaired where that loses nothing, and passed on as it is where it would."""
    for module in modules.values():
        with pytest.warns(UserWarning, match="was made the int that it says"):
            assert module.divided("6", "3") == 2.0
        items = [1, 2]
        assert module.pair(items)[:2] == (1, 2)
        for value in ("6.0", " 6", "६", "6_0", "+6", None, b"6"):
            with pytest.raises(TypeError) as caught:
                module.divided(value, 3)
            assert any("'x'" in note for note in caught.value.__notes__), value


QUIET = """\
import sys
before = set(sys.modules)
import promised.direct as d
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert d.divided("6", 3) == 2.0
heavy = new & {"socket", "ssl", "asyncio", "http", "urllib", "subprocess", "threading", "logging", "poetc", "tempfile"}
heavy |= new & {"_hashlib", "inspect", "dataclasses"}
assert not heavy, heavy
print("ok")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_pure_functions_bring_no_machinery(version: str, tmp_path: Path) -> None:
    """A linked pure function needs no network, no threads, no event loop and no poetc to be imported and called."""
    root = write(tmp_path, {"promised/__init__.py": "", "promised/direct.py": SOURCE})
    build(root)
    assert said(python(version, "-c", QUIET, cwd=root, src=root)) == "ok\n"


OFFLINE = """\
import sys


def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
        raise RuntimeError(f"{event} {arguments}")


sys.addaudithook(refuse)
import promised.direct as d, promised.guarded as g
for module in (d, g):
    assert module.divided("6", 3) == 2.0
    assert list(module.streamed(2)) == [0, 1]
    try:
        module.kind_of(None)
    except module.Custom as error:
        assert error.args == ("nothing", None)
print("ok")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_no_network_and_no_process_at_run_time(version: str, tmp_path: Path) -> None:
    """Nothing that is linked opens a socket or starts a process of its own accord."""
    files = {"promised/__init__.py": "", "promised/direct.py": SOURCE, "promised/guarded.py": guarded_source()}
    root = write(tmp_path, files)
    build(root)
    assert said(python(version, "-c", OFFLINE, cwd=root, src=root)) == "ok\n"
