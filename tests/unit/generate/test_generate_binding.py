"""Property: for any signature and any call, the enhanced function binds, fails and answers as the original does."""

from __future__ import annotations

import asyncio
import inspect
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from generated import whole_runtime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.ir import Policy
from poetc.service.generation import transpile
from poetc.wire import TranspileContext, TranspileRequest

ANNOTATIONS = ["", ": int", ": str | None", ": float", ": list", ": Unknown", ": 'tuple[int, ...]'"]
GOOD = {
    "": 7,
    ": int": 1,
    ": str | None": "s",
    ": float": 2.5,
    ": list": [1],
    ": Unknown": 8,
    ": 'tuple[int, ...]'": (1,),
}
ADDED = ["perceive", "enforce", "operate", "original", "_out", "rt", "deadline", "result"]
FOREIGN = ["unknown", "zeta", "alpha", "self", "rest", "options"]
NAMES = ["a", "b", "type", "isinstance", *ADDED]
DECORATORS = ["@poet()", "@poet(retries=1)", '@poet(perceive="strict", enforce="strict")', "@poet(timeout=30)"]


@pytest.fixture(scope="module", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The copied runtime under the name that generated code imports it by."""
    with whole_runtime(tmp_path_factory.mktemp("runtime")) as module:
        yield module


@st.composite
def signatures(draw: st.DrawFn) -> tuple[str, dict[str, str], list[str], list[str]]:
    """A parameter list: its text, annotation by name, positional names, keyword-only names."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    only = draw(st.integers(0, len(names)))
    positional, keyword = names[:only], names[only:]
    slash = draw(st.integers(0, len(positional)))
    defaults_from = draw(st.integers(0, len(positional)))
    annotations = {n: draw(st.sampled_from(ANNOTATIONS)) for n in names}
    parts = [
        f"{n}{annotations[n]}" + (f" = {GOOD[annotations[n]]!r}" if i >= defaults_from else "")
        for i, n in enumerate(positional)
    ]
    if slash:
        parts.insert(slash, "/")
    star = draw(st.sampled_from(["*rest", "*"])) if keyword else draw(st.sampled_from(["*rest", ""]))
    parts += [star] if star else []
    parts += [f"{n}{annotations[n]}" + (f" = {GOOD[annotations[n]]!r}" if draw(st.booleans()) else "") for n in keyword]
    if draw(st.booleans()):
        parts.append("**options")
    return ", ".join(parts), annotations, positional, keyword


def built(code: str, holder: str, module: dict[str, Any]) -> tuple[Any, Any]:
    """(original, enhanced) of a function's source."""
    request = TranspileRequest(function_code=code, context=TranspileContext(future_annotations=True), config=Policy())
    answer = transpile(request)
    enhanced: dict[str, Any] = {"__name__": "enhanced"}
    exec(compile(answer.poet_implementation.code, "enhanced.py", "exec"), enhanced)
    exec("from __future__ import annotations\n" + code, module)
    original = module["f"]
    if holder != "module":
        original.__qualname__ = "C.f"
    return original, enhanced["bind"](original)


KINDS = {
    "plain": ("def", "return {found}"),
    "coroutine": ("async def", "return {found}"),
    "generator": ("def", "yield from {found}"),
    "async generator": ("async def", "for item in {found}: yield item"),
}
"""kind -> how its definition begins, and its body"""
HOLDERS: dict[str, Any] = {"module": None, "method": lambda f: f, "class": classmethod, "static": staticmethod}


def materialized(value: Any) -> Any:
    """What a call gives in the end: a coroutine's result, the items of a generator."""
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    if inspect.isasyncgen(value):

        async def collected() -> list[Any]:
            return [item async for item in value]

        return asyncio.run(collected())
    return list(value) if inspect.isgenerator(value) else value


def outcome(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """What a call gives: its value, or the type, arguments, notes and surroundings of what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ("value", materialized(function(*args, **kwargs)))
    except Exception as error:
        depth = len(list(traceback.walk_tb(error.__traceback__)))
        return ("error", type(error), error.args, getattr(error, "__notes__", []), error.__context__, depth)


def held(function: Any, holder: str, made: list[type]) -> Any:
    """The function as its callers reach it: of the module, or of an object of a class called C."""
    if HOLDERS[holder] is None:
        return function
    made.append(type("C", (), {"f": HOLDERS[holder](function)}))
    return made[-1]().f


def is_same(one: Any, other: Any) -> bool:
    """Equal, of the same types, dicts in the same order, and defaults and arguments the very same objects."""
    if isinstance(one, list | tuple) and type(one) is type(other) and one and isinstance(one[0], list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str):
        return bool(one[0] == other[0]) and (one[1] is other[1] or is_same_shallow(one[1], other[1]))
    return is_same_shallow(one, other)


def is_same_shallow(one: Any, other: Any) -> bool:
    """Equal and of the same type: containers that Python makes anew for each call, and objects of the two classes."""
    return type(one).__name__ == type(other).__name__ and (one == other or type(one).__name__ in ("C", "type"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=signatures(), decorator=st.sampled_from(DECORATORS), data=st.data())
def test_binding_and_errors_are_those_of_the_original(
    signature: tuple[str, dict[str, str], list[str], list[str]], decorator: str, data: st.DataObject
) -> None:
    """Random signature, kind and holder, random call with values of the annotated types: the same value - `*rest`, the
    order of `**options`, the very objects of the defaults - or the same error, from as many frames."""
    text, annotations, positional, keyword = signature
    kind = data.draw(st.sampled_from(sorted(KINDS)), label="kind")
    holder = data.draw(st.sampled_from(sorted(HOLDERS)), label="holder")
    if holder in ("method", "class"):
        text = f"self, {text}" if text else "self"
    names = [*(["self"] if holder in ("method", "class") else []), *positional, *keyword]
    names += [name for name in ("rest", "options") if f"*{name}" in text]
    start, body = KINDS[kind]
    values = {name: "[*options.items()]" if name == "options" else name for name in names}
    found = f"[{', '.join(f'({name!r}, {value})' for name, value in values.items())}]"
    code = f"{decorator}\n{start} f({text}):\n    {body.format(found=found)}\n"
    original, enhanced = built(code, holder, {"poet": lambda *a, **k: lambda g: g, "__name__": "user"})
    assert inspect.signature(enhanced) == inspect.signature(original)
    for predicate in (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        assert predicate(enhanced) == predicate(original)
    own, theirs = original.__defaults__ or (), enhanced.__defaults__ or ()
    assert [*map(id, own)] == [*map(id, theirs)]
    assert {n: id(v) for n, v in (original.__kwdefaults__ or {}).items()} == {
        n: id(v) for n, v in (enhanced.__kwdefaults__ or {}).items()
    }
    given_positional = data.draw(st.integers(0, len(positional) + 2), label="positional")
    args = tuple(GOOD[annotations[n]] for n in positional[:given_positional])
    args += (99,) * (given_positional - len(args))
    extra = data.draw(st.lists(st.sampled_from([*positional, *keyword, *FOREIGN]), unique=True), label="keywords")
    kwargs = {n: GOOD[annotations.get(n, "")] for n in extra}
    made: list[type] = []
    expected = outcome(held(original, holder, made), args, kwargs)
    got = outcome(held(enhanced, holder, made), args, kwargs)
    assert got[0] == expected[0], (expected, got)
    if expected[0] == "error":
        assert got[:5] == expected[:5]
        assert got[5] == expected[5] or kind != "plain"
    else:
        assert is_same(expected[1], got[1]), (expected, got)
