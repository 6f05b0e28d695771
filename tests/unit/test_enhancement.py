"""The plan crosses HTTP without loss: what is written of it on either side is the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from poetc.emit import emit
from poetc.generate import plan
from poetc.ir import Policy
from poetc.service.app import create_app
from poetc.service.openapi import describe
from poetc.service.settings import ServiceSettings
from poetc.source.function import parse_function
from poetc.wire import Enhancement, TranspileContext, TranspileRequest, policy_of

SOURCES = {
    "calls": "@poet()\ndef load(url: str, n: int = 3) -> dict:\n    return requests.get(url, params={'n': n}).json()\n",
    "budget": "@poet(timeout=2.5, retries=1)\ndef load(urls: list):\n    for u in urls:\n        requests.get(u)\n",
    "literals": (
        "@poet()\ndef pick(a: Literal[True, False], b: Literal[1, 2], c: Literal['1', 'é'] = '1') -> int | None:\n"
        "    return b\n"
    ),
    "wrapped": "@poet()\ndef names(a: int) -> list:\n    return list(locals())\n",
    "stub": "@poet(domain='ml_monitoring')\ndef detect_drift(current, reference, alpha=0.05) -> dict:\n    ...\n",
    "coroutine": "@poet(timeout=3)\nasync def load(url: str) -> bytes:\n    return await client.get(url)\n",
}
ASKED = policy_of(
    {"bulkhead": {"limit": 3}, "events": 0.5, "breaker": {"failures": 2}, "fallback": {"literal": '{"a": [1.0]}'}}
)


def request(name: str, config: Policy | None = None) -> TranspileRequest:
    """A request for one of the sources."""
    context = TranspileContext(
        imports=["import requests", "from typing import Literal"],
        qualname="load",
        module_path="app",
        things={"app.client": "httpx.AsyncClient"},
    )
    domain = "ml_monitoring" if name == "stub" else None
    config = replace(config or Policy(), domain=domain)
    return TranspileRequest(function_code=SOURCES[name], context=context, config=config)


@pytest.mark.parametrize("config", [None, ASKED], ids=["default", "much asked"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_plan_that_was_sent_is_written_as_it_was_made(name: str, config: Policy | None) -> None:
    """Values keep their types through JSON, and equal plans have equal bytes."""
    asked = request(name, config)
    made = plan(asked)
    sent = Enhancement.model_validate_json(made.canonical())
    assert sent == made
    assert sent.canonical() == made.canonical() == plan(asked).canonical()
    source = parse_function(asked)
    assert emit(sent, source) == emit(made, source)


def test_a_plan_of_a_later_schema_or_with_more_in_it_is_no_plan() -> None:
    """What nobody here knows can't be believed."""
    told = json.loads(plan(request("calls")).canonical())
    for changed in ({**told, "schema_version": 2}, {**told, "code": "print(1)"}, {**told, "form": "other"}):
        with pytest.raises(ValidationError):
            Enhancement.model_validate(changed)


def test_the_service_publishes_the_schema_of_plans() -> None:
    """Who writes an engine, or a client, finds what a plan is in /openapi.json."""
    schemas = describe(create_app(ServiceSettings()))["components"]["schemas"]
    assert schemas["Enhancement"]["properties"].keys() == Enhancement.model_fields.keys()
    assert schemas["TranspileResponse"]["properties"]["enhancement"]["$ref"].endswith("/Enhancement")
