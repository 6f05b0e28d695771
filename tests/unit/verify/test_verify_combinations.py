"""Whatever settings meet at one function, what the generator writes for them is what verification expects."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from verify_drafts import unit_of

from poetc.client.request import to_draft, to_request
from poetc.errors import VerifyError
from poetc.ir import BreakerPolicy, BulkheadPolicy, Draft, FallbackPolicy, Policy, RatePolicy
from poetc.service.generation import transpile
from poetc.source.site import ModuleContext
from poetc.verify import verify

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


def answered(source: str, written: dict[str, Any], policy: Policy) -> Draft:
    """The answer for a function whose decorator says `written`, under that policy."""
    arguments = ", ".join(f"{key}={value!r}" for key, value in written.items())
    imports = tuple(line for line in source.split("\n") if line.startswith("import"))
    unit = unit_of(source.format(arguments), policy, ModuleContext(imports))
    return to_draft(unit, transpile(to_request(unit)))


@pytest.mark.parametrize("breaker", BREAKERS, ids=["unsaid", "off", "plain", "windowed", "by host"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_combination_of_settings_passes(source: str, breaker: Any) -> None:
    """Budget, attempts, breaker, limits, modes: each with each, for every kind of function."""
    for written, around, modes in product(WRITTEN, AROUND, MODES):
        verify(answered(source, written, Policy(breaker=breaker, **written, **around, **modes)))


@pytest.mark.parametrize("breaker", [False, *BREAKERS[2:]], ids=["off", "plain", "windowed", "by host"])
@pytest.mark.parametrize("written", WRITTEN[1::2], ids=["budget", "budget and attempts"])
def test_a_way_around_the_budget_is_refused(written: dict[str, Any], breaker: Any) -> None:
    """Opaque code runs within its budget on every way that leads to it: first, by the breaker, and again."""
    draft = answered(SOURCES["opaque"], written, Policy(breaker=breaker, **written))
    verify(draft)
    for kept in ("guard.within, deadline, ", "guard.within(deadline, operate, x"):
        parts = draft.code.split(kept)
        for at in range(1, len(parts)):
            without = "" if kept.endswith(" ") else "operate(x"
            code = kept.join(parts[:at]) + without + kept.join(parts[at:])
            with pytest.raises(VerifyError) as raised:
                verify(replace(draft, code=code))
            assert raised.value.diagnostic.code in ("POET406", "POET407"), code
