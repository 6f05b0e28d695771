"""Property: whatever fails, what is evaluated is evaluated in the user's order, once, but for the repeated call."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from generated import whole_runtime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.ir import Policy
from poetc.service.generation import transpile
from poetc.wire import TranspileContext, TranspileRequest

CALLS = {
    "mine.call": {"effect": "read", "timeout": "timeout", "transient": ["mine.Busy"]},
    "mine.put": {"effect": "idempotent", "transient": ["mine.Busy"]},
    "mine.post": {"effect": "write", "timeout": "timeout", "transient": ["mine.Busy"]},
    "mine.enter": {"effect": "read", "form": "context", "transient": ["mine.Busy"]},
    "mine.rows": {"effect": "read", "form": "iterate", "transient": ["mine.Busy"]},
    "mine.Client": {"effect": "pure", "returns": "mine.Client"},
    "mine.Client.get": {"effect": "read", "timeout": "timeout_ms", "unit": 0.001, "transient": ["mine.Busy"]},
}
WRITES = ("post",)


class Busy(Exception):
    """Passes by itself."""


class World:
    """The library `mine`: its calls leave a trace and fail as the script says."""

    def __init__(self, script: list[bool]) -> None:
        self.script = [*script]
        self.trace: list[Any] = []

    def step(self, name: str, *given: Any) -> Any:
        """One attempt of a call; the script says whether it fails."""
        self.trace.append((name, *given))
        if self.script and self.script.pop(0):
            raise Busy(name)
        return given[-1] if given else name

    def say(self, value: Any) -> Any:
        """An argument that shows when it is evaluated."""
        self.trace.append(("say", value))
        return value

    def module(self) -> dict[str, Any]:
        """The names of `mine`."""
        world = self

        class Client:
            def __init__(self) -> None:
                world.trace.append(("client",))

            def get(self, *given: Any, timeout_ms: int | None = None) -> Any:
                return world.step("get", *given)

        class Enter:
            def __init__(self, *given: Any) -> None:
                self.given = given

            def __enter__(self) -> Any:
                return world.step("enter", *self.given)

            def __exit__(self, *raised: Any) -> None:
                world.trace.append(("exit", raised[0] is not None))

        def rows(*given: Any) -> Iterator[Any]:
            yield world.step("rows", *given)
            yield "second"

        def call(*given: Any, timeout: float | None = None) -> Any:
            return world.step("call", *given)

        def put(*given: Any) -> Any:
            return world.step("put", *given)

        def post(*given: Any, timeout: float | None = None) -> Any:
            return world.step("post", *given)

        return {"Busy": Busy, "Client": Client, "enter": Enter, "rows": rows, "call": call, "put": put, "post": post}


EXPRESSIONS = st.recursive(
    st.integers(0, 9).map(lambda n: f"say({n})"),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["mine.call", "mine.put", "mine.post", "mine.Client().get"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} and {t[1]})"),
        inner.map(lambda e: f"[{e} for _ in range(2)]"),
        inner.map(lambda e: f"(lambda x: x)({e})"),
        inner.map(lambda e: f"f'{{{e}}}'" if "'" not in e else e),
        inner.map(lambda e: f"sum(bool({e}) for _ in (1, 2))"),
        inner.map(lambda e: f"str(mine.call({e})).upper()"),
    ),
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn, depth: int = 1) -> list[str]:
    """Statements of a function's body."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["assign", "with", "for", "while", "try", "if", "plain"] if depth else ["assign"]))
        first = draw(EXPRESSIONS)
        inner = ["    " + line for line in draw(bodies(depth=depth - 1))] if depth else []
        if kind == "with":
            lines += [f"with mine.enter({first}) as x, mine.enter(say(1)):", *inner]
        elif kind == "for":
            lines += [f"for x in mine.rows({first}):", *inner, "else:", "    say('else')"]
        elif kind == "plain":
            lines += [f"for x in ({first}, 2):", *inner, "    if x == 2: break"]
        elif kind == "while":
            lines += ["turns = 0", f"while turns < 2 and ({first}, True)[1]:", "    turns += 1", *inner]
        elif kind == "try":
            lines += ["try:", *inner, "except KeyError:", "    pass", "finally:", f"    done = {first}"]
        elif kind == "if":
            lines += [f"if {first}:", *inner]
        else:
            lines.append(f"x = {first}")
    return lines


@pytest.fixture(scope="module", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The copied runtime under the name that generated code imports it by, its waits cut short."""
    mine = types.ModuleType("mine")
    mine.Busy = Busy  # type: ignore[attr-defined]
    sys.modules["mine"] = mine
    with whole_runtime(tmp_path_factory.mktemp("runtime")) as module:
        module.pause.sleep = lambda seconds: None
        yield module
    del sys.modules["mine"]


def two_functions(folder: Path, decorator: str, body: list[str]) -> tuple[Any, Any]:
    """A function from a file, and what the generator makes of it."""
    code = "\n".join([decorator, "def f():", "    x = None", *("    " + line for line in body), "    return x", ""])
    path = folder / "traced.py"
    path.write_text(f"poet = lambda **options: lambda function: function\nx = None\n{code}", encoding="utf-8")
    module = types.ModuleType("traced")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    context = TranspileContext(imports=["import mine"], calls=CALLS, module_path="traced")
    answer = transpile(TranspileRequest(function_code=code, context=context, config=Policy()))
    space: dict[str, Any] = {}
    exec(compile(answer.poet_implementation.code, "generated.py", "exec"), space)
    return module, space["bind"](module.f)


def outcome(function: Any, module: Any, world: World) -> Any:
    """What a call gives or raises."""
    names = types.SimpleNamespace(**world.module())
    module.mine, module.say = names, world.say
    try:
        return ("gave", function())
    except Exception as error:
        return ("raised", type(error), error.args)


def without_repetition(trace: list[Any], script: list[bool]) -> tuple[list[Any], int | None]:
    """A trace without the failed attempts that were followed by another of the same call, and where one remains."""
    steps, marked = [*script], []
    for entry in trace:
        is_attempt = entry[0] in ("call", "put", "post", "get", "enter", "rows")
        marked.append((entry, is_attempt and bool(steps) and steps.pop(0)))
    kept = [pair for number, pair in enumerate(marked) if not (pair[1] and is_repeated(marked, number))]
    remains = next((number for number, (_, failed) in enumerate(kept) if failed), None)
    return [entry for entry, _ in kept], remains


def is_repeated(marked: list[tuple[Any, bool]], number: int) -> bool:
    """Whether the entry behind a failed attempt is the same attempt again."""
    entry = marked[number][0]
    return entry[0] not in WRITES and number + 1 < len(marked) and marked[number + 1][0] == entry


@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    body=bodies(),
    script=st.lists(st.booleans(), max_size=12),
    decorator=st.sampled_from(["@poet()", "@poet(timeout=60)"]),
)
def test_trace_is_the_users_but_for_repeated_calls(
    body: list[str], script: list[bool], decorator: str, tmp_path: Path
) -> None:
    """Without failures the traces are equal; with failures, only attempts that failed and were repeated are added."""
    module, enhanced = two_functions(tmp_path, decorator, body)
    plain, same = World([]), World([])
    assert outcome(module.f, module, plain) == outcome(enhanced, module, same)
    assert plain.trace == same.trace
    world = World(script)
    ended = outcome(enhanced, module, world)
    reduced, remains = without_repetition(world.trace, script)
    if remains is None:
        assert (ended[0], reduced) == ("gave", plain.trace)
    else:
        assert ended[:2] == ("raised", Busy)
        assert reduced[: remains + 1] == plain.trace[: remains + 1]
    for name in WRITES:
        sent, once = ([entry for entry in each.trace if entry[0] == name] for each in (world, plain))
        assert len(sent) <= len(once), "a write was repeated"


def test_three_failures_in_a_row_are_the_end(tmp_path: Path) -> None:
    """The call's own error comes out after three attempts, and nothing behind it was evaluated."""
    module, enhanced = two_functions(tmp_path, "@poet()", ["x = [say(1), mine.call(say(2)), say(3)]"])
    world = World([True] * 9)
    assert outcome(enhanced, module, world) == ("raised", Busy, ("call",))
    assert world.trace == [("say", 1), ("say", 2), ("call", 2), ("call", 2), ("call", 2)]
