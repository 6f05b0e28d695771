"""Property: for any signature and any call, the enhanced function binds, fails and answers as the original does."""

from __future__ import annotations

import inspect
import sys
import types
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.generate import transpile
from poetc.link.compose import definitions, runtime_text
from poetc.wire import TranspileConfig, TranspileContext, TranspileRequest

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
NAMES = ["a", "b", "type", "isinstance", *ADDED]
DECORATORS = ["@poet()", "@poet(retries=1)", '@poet(perceive="strict", enforce="strict")', "@poet(timeout=30)"]


@pytest.fixture(scope="module", autouse=True)
def runtime() -> Any:
    """The composed runtime under the name that generated code imports it by."""
    package, module = types.ModuleType("_poet"), types.ModuleType("_poet._runtime")
    exec(compile(runtime_text(definitions()), "_runtime.py", "exec"), module.__dict__)
    package._runtime = module  # type: ignore[attr-defined]
    sys.modules.update({"_poet": package, "_poet._runtime": module})
    yield module
    del sys.modules["_poet"], sys.modules["_poet._runtime"]


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


def built(code: str, retries_module: dict[str, Any]) -> tuple[Any, Any]:
    """(original, enhanced) of a function's source."""
    request = TranspileRequest(
        function_code=code, context=TranspileContext(future_annotations=True), config=TranspileConfig()
    )
    answer = transpile(request)
    enhanced: dict[str, Any] = {"__name__": "enhanced"}
    exec(compile(answer.poet_implementation.code, "enhanced.py", "exec"), enhanced)
    exec("from __future__ import annotations\n" + code, retries_module)
    original = retries_module["f"]
    return original, enhanced["bind"](original)


def outcome(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """What a call gives: its value, or the type and arguments of what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ("value", function(*args, **kwargs))
    except Exception as error:
        return ("error", type(error), error.args)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=signatures(), decorator=st.sampled_from(DECORATORS), data=st.data())
def test_binding_and_errors_are_those_of_the_original(
    signature: tuple[str, dict[str, str], list[str], list[str]], decorator: str, data: st.DataObject
) -> None:
    """Random signature, random call with values of the annotated types: same value, or same error and arguments."""
    text, annotations, positional, keyword = signature
    kind = data.draw(st.sampled_from(["def", "async def"]), label="kind")
    names = [*positional, *keyword]
    body = f"return dict(sorted({{{', '.join(f'{n!r}: {n}' for n in names)}}}.items()))"
    if "dict" in names:
        body = "return None"
    code = f"{decorator}\n{kind} f({text}):\n    {body}\n"
    original, enhanced = built(code, {"poet": lambda *a, **k: lambda g: g, "__name__": "user"})
    given_positional = data.draw(st.integers(0, len(positional) + 1), label="positional")
    args = tuple(GOOD[annotations[n]] for n in positional[:given_positional])
    args += (99,) * (given_positional - len(args))
    extra = data.draw(st.lists(st.sampled_from([*names, "unknown"]), unique=True), label="keywords")
    kwargs = {n: GOOD[annotations.get(n, "")] for n in extra}
    assert inspect.signature(enhanced) == inspect.signature(original)
    assert inspect.iscoroutinefunction(enhanced) == inspect.iscoroutinefunction(original)
    expected, found = outcome(original, args, kwargs), outcome(enhanced, args, kwargs)
    if expected[0] == "value" and inspect.iscoroutine(expected[1]):
        import asyncio

        expected, found = (("value", asyncio.run(coroutine[1])) for coroutine in (expected, found))
    assert found == expected
    if expected[0] == "value" and isinstance(expected[1], dict):
        assert all(found[1][n] is expected[1][n] or found[1][n] == expected[1][n] for n in expected[1])
