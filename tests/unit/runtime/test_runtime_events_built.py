"""Events of functions that are really built: every kind is seen, each with the schema it has to have."""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from built_projects import build, run, said, write
from generated import Generated, linked_code

SETTINGS = """\
[project]
name = "shop"
version = "1.0"

[tool.poet]
events = true

[tool.poet.functions."shop.pay.charge"]
breaker = {failures = 2, open_for = 3600}
[tool.poet.functions."shop.pay.page"]
breaker = {failures = 1, open_for = 3600, per = "host"}
[tool.poet.functions."shop.pay.share"]
breaker = {rate = 0.5, calls = 2, open_for = 3600}
[tool.poet.functions."shop.pay.single"]
bulkhead = 1
[tool.poet.functions."shop.pay.rare"]
rate_limit = "1/h"
[tool.poet.functions."shop.pay.backed"]
fallback = {value = 0}
[tool.poet.functions."shop.pay.quote"]
hedge = 0.01
[tool.poet.functions."shop.pay.quiet"]
events = false
[tool.poet.functions."shop.pay.sampled"]
events = {sample = 0.5}
"""

SOURCE = """\
import asyncio
import urllib.request
from poetc import poet

WAITS = [5.0, 0.0]
ERRORS = [ConnectionError]


@poet()
def total(prices: int, secret: str = "") -> int:
    if prices < 0:
        raise ValueError(f"{secret} is below zero")
    return prices


@poet(retries=2)
def charge(order: str, down: list) -> str:
    if down:
        raise ConnectionError(down.pop())
    return order


@poet(retries=0)
def page(url: str) -> str:
    return urllib.request.urlopen(url).read()


@poet(retries=0)
def share(order: str) -> str:
    raise ERRORS[0](order)


@poet(timeout=0.05)
async def late(order: int) -> int:
    await asyncio.sleep(30)
    return order


@poet()
def single(depth: int) -> int:
    return single(depth - 1) if depth else 0


@poet()
def rare(order: int) -> int:
    return order


@poet()
def backed(order: int) -> int:
    raise ConnectionResetError(order)


@poet()
async def quote(order: int) -> int:
    await asyncio.sleep(WAITS[order])
    return order


@poet()
def quiet(order: int) -> int:
    return order


@poet()
def sampled(order: int) -> int:
    return order


@poet()
def outer(order: int) -> int:
    return total(order)
"""

HEAR = """\
import asyncio, contextlib, json, warnings
from shop import pay
from shop._poet._runtime import events, testing

heard = []
events.use(heard.append)

def tried(function, *args, **kwargs):
    with contextlib.suppress(Exception):
        result = function(*args, **kwargs)
        if asyncio.iscoroutine(result):
            asyncio.run(result)
"""

EVERYTHING = (
    HEAR
    + """
tried(pay.total, 5)
tried(pay.total, "7")
tried(pay.total, -1, secret="hunter2")
with testing(attempts=3):
    tried(pay.charge, "a", ["x"])
    for _ in range(3):
        tried(pay.charge, "a", ["x"] * 9)
def down(url, *args, **kwargs):
    raise ConnectionError(url)
pay.urllib.request.urlopen = down
for _ in range(2):
    tried(pay.page, "https://user:hunter2@api.example.com/x?key=hunter2")
for _ in range(3):
    tried(pay.share, "hunter2")
tried(pay.late, 1)
tried(pay.single, 1)
for _ in range(2):
    tried(pay.rare, 1)
tried(pay.backed, 1)

async def hedged():
    pay.WAITS[1:] = [30.0]
    first = asyncio.ensure_future(pay.quote(1))
    await asyncio.sleep(0.1)
    first.cancel()
asyncio.run(hedged())
tried(pay.quiet, 1)
tried(pay.outer, 3)
print(json.dumps(heard, allow_nan=False))
"""
)

SENT: dict[str, dict[str, type | tuple[type, ...]]] = {
    "function.execution": {
        "execution_id": str,
        "start_time": float,
        "end_time": float,
        "status": str,
        "metrics": dict,
    },
    "function.retry": {"attempt": int, "wait_ms": float, "error": str},
    "function.fallback": {"error": str},
    "function.hedge": {"after_ms": float},
    "function.refusal": {"by": str},
    "function.repair": {"parameter": str, "given": str, "made": str},
    "breaker.state": {"before": str, "state": str, "failures": int},
}
"""type of event -> what its payload has, beside function_name and version"""

OPTIONAL = {"function.execution": {"error"}, "breaker.state": {"host"}, "function.refusal": {"host"}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built."""
    root = write(
        tmp_path_factory.mktemp("events"),
        {"pyproject.toml": SETTINGS, "shop/__init__.py": "", "shop/pay.py": SOURCE},
    )
    assert len(build(root)) == 12
    return root


def program(root: Path, code: str, **env: str) -> str:
    """Standard output of a program in the project."""
    return said(run([sys.executable, "-c", code], cwd=root, env=env))


@pytest.fixture(scope="module")
def heard(shop: Path) -> list[dict[str, Any]]:
    """The events of a program in which everything happens."""
    return list(json.loads(program(shop, EVERYTHING, POET_ENVIRONMENT="staging", POET_SERVICE="till")))


def of(heard: list[dict[str, Any]], kind: str, function: str) -> list[dict[str, Any]]:
    """Payloads of one kind and function."""
    return [
        e["payload"] for e in heard if e["type"] == kind and e["payload"]["function_name"] == f"shop.pay.{function}"
    ]


def test_every_event_has_the_schema(heard: list[dict[str, Any]]) -> None:
    """No field is missing, none is of another type, and there is none beyond."""
    assert {event["type"] for event in heard} == set(SENT)
    for event in heard:
        assert set(event) - {"causation_id"} == {"id", "type", "timestamp", "correlation_id", "metadata", "payload"}
        assert event["metadata"] == {"version": "1.0", "environment": "staging", "service": "till"}
        assert type(event["timestamp"]) is float
        for key in ("id", "correlation_id", "causation_id"):
            assert uuid.UUID(event.get(key, event["id"])).version == 4
        wanted, payload = SENT[event["type"]], event["payload"]
        assert set(payload) - OPTIONAL.get(event["type"], set()) == {"function_name", "version", *wanted}, event
        assert payload["version"] == "v1"
        assert all(isinstance(payload[key], kind) for key, kind in wanted.items()), event
    assert len({event["id"] for event in heard}) == len(heard)


def test_executions_have_the_schema(heard: list[dict[str, Any]]) -> None:
    """Status, metrics and error are as the schema wants them, for coroutines as well."""
    executions = [event["payload"] for event in heard if event["type"] == "function.execution"]
    assert {p["function_name"] for p in executions} >= {"shop.pay.late", "shop.pay.total"}
    for payload in executions:
        assert set(payload["metrics"]) == {"duration_ms", "memory_mb", "cpu_percent"}
        assert all(type(value) is float and value >= 0 for value in payload["metrics"].values())
        assert payload["metrics"]["memory_mb"] > 1
        assert payload["end_time"] >= payload["start_time"] > 1e9
        assert payload["status"] in ("success", "failure")
        assert ("error" in payload) == (payload["status"] == "failure")
        assert set(payload.get("error", {})) <= {"type", "message"}


def test_success_and_failure(heard: list[dict[str, Any]]) -> None:
    """A call that gives a value succeeds, one that raises fails, with the class of what it raised."""
    ends = of(heard, "function.execution", "total")
    assert [p["status"] for p in ends] == ["success", "success", "failure", "success"]
    assert ends[2]["error"] == {"type": "ValueError", "message": ""}


def test_nothing_of_arguments_and_results(heard: list[dict[str, Any]]) -> None:
    """Neither an argument nor the text of an error nor credentials in a URL are in any event."""
    assert "hunter2" not in json.dumps(heard)


def test_repair_retry_fallback_hedge(heard: list[dict[str, Any]]) -> None:
    """What poet does for a call is said, each with its own numbers."""
    assert of(heard, "function.repair", "total")[0] | {"version": ""} == {
        "function_name": "shop.pay.total",
        "version": "",
        "parameter": "prices",
        "given": "str",
        "made": "int",
    }
    retries = of(heard, "function.retry", "charge")
    assert [(p["attempt"], p["error"]) for p in retries][:2] == [(1, "ConnectionError"), (1, "ConnectionError")]
    assert [p["error"] for p in of(heard, "function.fallback", "backed")] == ["ConnectionResetError"]
    assert of(heard, "function.execution", "backed")[0]["status"] == "success"
    assert [p["after_ms"] for p in of(heard, "function.hedge", "quote")] == [10.0]
    assert of(heard, "function.execution", "quote")[0]["error"]["type"].endswith("CancelledError")


def test_breakers_and_refusals(heard: list[dict[str, Any]]) -> None:
    """Changes of state, and calls that a breaker, a bulkhead or a rate limit didn't let through."""
    changes = of(heard, "breaker.state", "charge")
    assert [(p["before"], p["state"], p["failures"]) for p in changes] == [("closed", "open", 2)]
    for name, by in (("charge", "breaker"), ("share", "breaker"), ("single", "bulkhead"), ("rare", "rate_limit")):
        refused = of(heard, "function.refusal", name)
        assert refused, name
        assert {p["by"] for p in refused} == {by}
    errors = {name: of(heard, "function.execution", name)[-1]["error"] for name in ("single", "rare", "share")}
    assert [error["type"].rpartition(".")[2] for error in errors.values()] == [
        "BulkheadFullError",
        "RateLimitedError",
        "CircuitOpenError",
    ]
    assert errors["single"]["message"] == "shop.pay.single: 1 calls are running"


def test_hosts_stand_apart_from_names(heard: list[dict[str, Any]]) -> None:
    """The host of a breaker is a field of its own: names stay those of functions."""
    assert [p["host"] for p in of(heard, "breaker.state", "page")] == ["api.example.com"]
    assert [p["host"] for p in of(heard, "function.refusal", "page")] == ["api.example.com"]
    assert not [e for e in heard if "[" in e["payload"]["function_name"]]


def test_a_spent_budget(heard: list[dict[str, Any]]) -> None:
    """A call whose time is up has failed, with the runtime's own error and words."""
    error = of(heard, "function.execution", "late")[0]["error"]
    assert error["type"].endswith("BudgetSpentError")
    assert "0.05" in error["message"]


def test_what_happens_inside_a_call_names_it(heard: list[dict[str, Any]]) -> None:
    """`causation_id` leads to the call around, `correlation_id` is the same for all of a request."""
    ends = {e["payload"]["execution_id"]: e for e in heard if e["type"] == "function.execution"}
    outer = next(e for e in ends.values() if e["payload"]["function_name"] == "shop.pay.outer")
    inner = next(e for e in ends.values() if e.get("causation_id") == outer["payload"]["execution_id"])
    assert inner["payload"]["function_name"] == "shop.pay.total"
    assert inner["correlation_id"] == outer["correlation_id"]
    assert "causation_id" not in outer
    inside = [e for e in heard if e["type"] != "function.execution"]
    for event in inside:
        around = ends[event["causation_id"]]
        assert around["payload"]["function_name"] == event["payload"]["function_name"]
        assert around["correlation_id"] == event["correlation_id"]


def test_off_means_no_code_at_all(shop: Path, tmp_path: Path) -> None:
    """A function without events is generated as if there were none; without any, the runtime doesn't hold them."""
    quiet, loud = linked_code(shop, "shop.pay.quiet"), linked_code(shop, "shop.pay.total")
    assert "Events" in Generated(loud).used and re.search(r"events|execution", loud)
    assert not re.search(r"[Ee]vent|execution", quiet)
    silent = write(
        tmp_path,
        {"shop/__init__.py": "", "shop/pay.py": SOURCE, "pyproject.toml": SETTINGS.replace("events = true", "")},
    )
    build(silent)
    assert linked_code(silent, "shop.pay.quiet") == quiet
    without = write(tmp_path / "none", {"shop/__init__.py": "", "shop/pay.py": SOURCE})
    build(without)
    for path in (without / "shop/_poet").rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"EventHub|events\.|Execution\(|POET_EVENTS|JsonLines|prometheus|opentelemetry", text), (
            path
        )


def test_nobody_listens(shop: Path) -> None:
    """With events built in and no sink in use, nothing begins an execution and nothing is heard."""
    code = """
from shop import pay
from shop._poet._runtime.events import Execution
Execution.__init__ = None
assert pay.total(5) == 5 and pay.total("7") == 7 and pay.outer(3) == 3
"""
    program(shop, code)


def test_half_of_the_calls(shop: Path) -> None:
    """With `sample = 0.5` about half of the calls are reported; the program's own chance isn't touched."""
    code = (
        HEAR
        + """
import random
random.seed(7)
expected = [random.random() for _ in range(3)]
random.seed(7)
for number in range(1000):
    assert pay.sampled(number) == number
print(len(heard), [random.random() for _ in range(3)] == expected)
"""
    )
    number, untouched = program(shop, code).split()
    assert 300 < int(number) < 700  # 12 standard deviations
    assert untouched == "True"


def test_messages_only_if_asked_for(shop: Path) -> None:
    """`POET_EVENTS_MESSAGES=1` reports errors with their text."""
    code = HEAR + "tried(pay.total, -1, secret='hunter2')\nprint(heard[0]['payload']['error']['message'])"
    assert program(shop, code, POET_EVENTS_MESSAGES="1") == "hunter2 is below zero\n"


def test_reloading_the_module_reports_each_call_once(shop: Path) -> None:
    """After `importlib.reload` there is one event a call, from old and new functions."""
    code = (
        HEAR
        + """
import importlib
old = pay.total
importlib.reload(pay)
assert pay.total is not old
pay.total(1)
assert len(heard) == 1
pay.total("1")
assert [e["type"] for e in heard[1:]] == ["function.repair", "function.execution"]
old("1")
assert [e["type"] for e in heard[3:]] == ["function.repair", "function.execution"]
events.clear()
pay.total(1), old(1)
assert len(heard) == 5
"""
    )
    program(shop, code)


def test_sinks_by_name_in_the_environment(shop: Path, tmp_path: Path) -> None:
    """POET_EVENTS names sinks; every one works at once, and one that can't be had is warned of and left out."""
    file = tmp_path / "events.jsonl"
    code = """
import logging, sys, warnings
logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
logging.getLogger("poet").setLevel("INFO")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from shop import pay
for warned in caught:
    print(warned.message)
assert pay.total("5") == 5
import prometheus_client
print(prometheus_client.generate_latest().decode())
"""
    names = f"jsonl:{file},logging,otel,prometheus,kafka,jsonl,jsonl:{tmp_path}/none/x.jsonl"
    out = program(shop, code, POET_EVENTS=names)
    assert "no sink is called 'kafka'; known: jsonl, logging, otel, prometheus" in out
    assert "'jsonl' can't be used: a path is missing" in out
    assert "none/x.jsonl' can't be used: [Errno 2]" in out
    assert re.search(r"poet.events INFO function.execution shop.pay.total status=success duration_ms=\d", out)
    assert 'poet_executions_total{function="shop.pay.total",status="success"} 1.0' in out
    assert 'poet_incidents_total{function="shop.pay.total",type="function.repair"} 1.0' in out
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["type"] for line in lines] == ["function.repair", "function.execution"]


def test_two_packages_share_the_metrics(shop: Path, tmp_path: Path) -> None:
    """Each linked package has a runtime of its own; the Prometheus metrics are registered once all the same."""
    other = write(
        tmp_path,
        {
            "pyproject.toml": SETTINGS.replace("shop", "till"),
            "till/__init__.py": "",
            "till/pay.py": SOURCE,
        },
    )
    build(other)
    code = """
import warnings
warnings.simplefilter("error")
from shop import pay
from till import pay as other
assert pay.total(1) == other.total(1) == 1
import prometheus_client
print(prometheus_client.generate_latest().decode())
"""
    out = program(shop, code, POET_EVENTS="prometheus", PYTHONPATH=str(other))
    for name in ("shop", "till"):
        assert f'poet_executions_total{{function="{name}.pay.total",status="success"}} 1.0' in out


def test_threads_and_tasks_keep_their_own_executions(shop: Path) -> None:
    """Calls at the same time, in threads and in tasks, are never taken for causes of one another."""
    code = (
        HEAR
        + """
import threading
gate = threading.Barrier(8)
def one(number):
    gate.wait()
    events.correlate(f"request-{number}")
    for _ in range(20):
        pay.outer(number)
threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]

async def several():
    async def task(number):
        events.correlate(f"task-{number}")
        with contextlib.suppress(TimeoutError):
            await pay.late(number)
        pay.outer(number)
    await asyncio.gather(*(task(n) for n in range(8)))
asyncio.run(several())

ends = {e["payload"]["execution_id"]: e for e in heard}
assert len(ends) == len(heard) == 8 * 40 + 8 * 3
for e in heard:
    name = e["payload"]["function_name"]
    if name == "shop.pay.total":
        outer = ends[e["causation_id"]]
        assert outer["payload"]["function_name"] == "shop.pay.outer" and outer["correlation_id"] == e["correlation_id"]
    else:
        assert "causation_id" not in e
assert len({e["correlation_id"] for e in heard}) == 16
"""
    )
    program(shop, code)
