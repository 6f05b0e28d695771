"""Whatever settings meet at one function, what the generator writes for them is what verification expects."""

from __future__ import annotations

import ast
from itertools import product
from typing import Any

import pytest
from generated import Generated
from verify_answers import Case, code_of, setting, verify

from poetc.ir import BreakerPolicy, BulkheadPolicy, FallbackPolicy, Policy, RatePolicy
from poetc.source.site import ModuleContext

SOURCES = {
    "opaque": "@poet({})\ndef it(x: int, *rest, y: str = 'y', **more) -> str:\n    return g(x, *rest, y, **more)\n",
    "timed": "import requests\n@poet({})\ndef it(x: int):\n    return requests.get(x), requests.post(x)\n",
    "frames": "import sys\n@poet({})\ndef it(x: int):\n    return sys._getframe(1), g(x)\n",
    "wrapped": "@poet({})\ndef it(x: int, type=None) -> int:\n    return locals(), g(x)\n",
    "coroutine": "@poet({})\nasync def it(x: int) -> str:\n    return await g(x)\n",
    "generator": "@poet({})\ndef it(x: int):\n    yield g(x)\n",
    "async generator": "@poet({})\nasync def it(x: int):\n    yield g(x)\n",
}
WRITTEN: list[dict[str, Any]] = [{}, {"timeout": 5.0}, {"retries": 2}, {"timeout": 5.0, "retries": 2}]
BREAKERS = [
    None,
    False,
    BreakerPolicy(),
    BreakerPolicy(rate=0.5, slow=1.0, failures=9),
    BreakerPolicy(per="host", rate=1.0, window=60.0, jitter=0.0),
]
AROUND: list[dict[str, Any]] = [
    {},
    {
        "bulkhead": BulkheadPolicy(9, 1.0),
        "rate_limit": RatePolicy(9, 9, 1.0, 1.0),
        "events": 1.0,
        "fallback": FallbackPolicy(literal="null"),
    },
]
MODES: list[dict[str, Any]] = [{}, {"perceive": "strict", "enforce": "strict", "depth": "deep"}]


def asked(source: str, written: dict[str, Any], policy: Policy) -> Case:
    """A function whose decorator says `written`, under that policy."""
    arguments = ", ".join(f"{key}={value!r}" for key, value in written.items())
    imports = tuple(line for line in source.split("\n") if line.startswith("import"))
    return Case(source.format(arguments), policy, ModuleContext(imports))


@pytest.mark.parametrize("breaker", BREAKERS, ids=["unsaid", "off", "plain", "windowed", "by host"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_combination_of_settings_passes(source: str, breaker: Any) -> None:
    """Budget, attempts, breaker, limits, modes: each with each, for every kind of function."""
    for written, around, modes in product(WRITTEN, AROUND, MODES):
        verify(asked(source, written, Policy(breaker=breaker, **written, **around, **modes)).draft)


@pytest.mark.parametrize("breaker", [False, *BREAKERS[2:]], ids=["off", "plain", "windowed", "by host"])
@pytest.mark.parametrize("written", WRITTEN[1::2], ids=["budget", "budget and attempts"])
def test_a_way_around_the_budget_is_refused(written: dict[str, Any], breaker: Any) -> None:
    """Opaque code runs within its budget on every way that leads to it: first, by the breaker, and again."""
    case = asked(SOURCES["opaque"], written, Policy(breaker=breaker, **written, own_thread=True))
    verify(case.draft)
    found = Generated(case.code)
    (budget,) = found.made("ThreadBudget")
    calls = [n for n in ast.walk(found.public) if isinstance(n, ast.Call) and mentions(n, "operate")]
    assert calls and budget["seconds"] == 5.0
    for call in calls:
        assert mentions(call, "deadline") or mentions(call, "again"), f"{ast.unparse(call)} runs without the budget"
    assert code_of(case.planned(setting(budget=None))) == "POET408"


def mentions(node: ast.AST, name: str) -> bool:
    """Whether a name stands in a call, be it with underscores."""
    return name in {n.id.rstrip("_") for n in ast.walk(node) if isinstance(n, ast.Name)}
