"""The hub of events and its sinks, as a program uses them: nothing that a sink does reaches the call."""

from __future__ import annotations

import contextvars
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from poetc.runtime import events as module
from poetc.runtime import sinks
from poetc.runtime.events import CURRENT_EXECUTION, IN_SINK, EventHub, Events
from poetc.runtime.hooks import OBSERVERS, notice, shielded
from poetc.runtime.rng import chance


def target(order: int) -> int:
    """What is reported."""
    return order


NAME = f"{target.__module__}.target"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventHub]:
    """A hub of the test's own, configured with nothing."""
    made = EventHub()
    made.is_configured = True
    monkeypatch.setattr(module, "events", made)
    for number in (1, 2, 12):
        link = SimpleNamespace(version_of=lambda function, number=number: number)
        monkeypatch.setitem(sys.modules, f"x._v{number}", SimpleNamespace(poet=link))
    yield made
    made.clear()
    assert not OBSERVERS


def call(reports: Events, error: BaseException | None = None) -> None:
    """A call as generated code makes it."""
    execution = reports.start() if reports.active else None
    if execution is not None and error is None:
        execution.succeeded()
    elif execution is not None and error is not None:
        execution.failed(error)


def test_sinks_come_and_go(hub: EventHub) -> None:
    """Functions made before and after `use` hear of it; without a sink they are off."""
    before, heard = Events(target, "x._v1"), []
    assert not before.active
    hub.use(heard.append)
    hub.use(heard.append)
    after = Events(target, "x._v12")
    assert before.active and after.active
    call(before), call(after)
    assert [event["payload"]["version"] for event in heard] == ["v1", "v12"]
    hub.drop(heard.append)
    assert not before.active and not after.active
    assert not OBSERVERS


@pytest.mark.parametrize("sink", [None, "logging", 5])
def test_what_cannot_be_called_is_no_sink(hub: EventHub, sink: Any) -> None:
    """It is refused where it is given, not at the first event."""
    with pytest.raises(TypeError, match="a sink must be callable, not "):
        hub.use(sink)


class Angry:
    """Raises whatever it is asked."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, event: object) -> None:
        raise self.error

    started = ended = __call__


def test_a_sink_that_raises_is_logged_once_and_goes_no_further(hub: EventHub, caplog: pytest.LogCaptureFixture) -> None:
    """Calls go on, the other sinks hear of them, and the log isn't filled."""
    heard: list[Any] = []
    hub.use(Angry(RuntimeError("bad sink")))
    hub.use(heard.append)
    reports = Events(target, "x._v1")
    for _ in range(3):
        call(reports)
    assert len(heard) == 3
    assert [record.name for record in caplog.records] == ["poet"]
    assert "an event sink failed" in caplog.text and "bad sink" in caplog.text
    assert CURRENT_EXECUTION.get() is None and IN_SINK.get() is False


def test_a_log_that_raises_goes_no_further_either(hub: EventHub) -> None:
    """A handler of the program's that raises, in the sink and again when that is logged, doesn't break the call."""

    class Broken(logging.Handler):
        asked = 0

        def handle(self, record: logging.LogRecord) -> bool:
            Broken.asked += 1
            raise RuntimeError("broken handler")

    handler = Broken()
    logging.getLogger().addHandler(handler)
    logging.getLogger("poet").setLevel("INFO")
    try:
        hub.use(sinks.LoggedEvents())
        call(Events(target, "x._v1"))
        shielded(Angry(ValueError()), "x")
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger("poet").setLevel("NOTSET")
    assert Broken.asked >= 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_what_ends_the_program_passes(hub: EventHub, error: BaseException) -> None:
    """A Ctrl-C while a sink runs is the program's, and leaves nothing behind."""

    def interrupted(event: object) -> None:
        raise error

    hub.use(interrupted)
    with pytest.raises(type(error)):
        call(Events(target, "x._v1"))
    assert CURRENT_EXECUTION.get() is None and IN_SINK.get() is False


def test_what_a_sink_calls_is_not_reported(hub: EventHub) -> None:
    """A sink that uses an enhanced function doesn't report itself for ever."""
    reports, heard = Events(target, "x._v1"), []

    def curious(event: dict[str, Any]) -> None:
        heard.append(event)
        call(reports)
        notice("function.retry", NAME, attempt=1)

    hub.use(curious)
    call(reports)
    assert len(heard) == 1


def test_an_error_that_cannot_be_shown(hub: EventHub) -> None:
    """An exception whose text or class is broken is reported by what can be said of it."""

    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    hub.messages = True
    heard: list[Any] = []
    hub.use(heard.append)
    reports = Events(target, "x._v1")
    call(reports, Odd())
    call(reports, ValueError("x" * 5000))
    assert heard[0]["payload"]["error"]["message"] == ""
    assert heard[1]["payload"]["error"]["message"] == "x" * 1000
    json.dumps(heard)


def test_nobody_hears_of_functions_without_events(hub: EventHub) -> None:
    """Retries of a function whose events are off are not reported, although a sink is in use."""
    heard: list[Any] = []
    hub.use(heard.append)
    notice("function.retry", "other.function", attempt=1)
    assert not heard
    reports = Events(target, "x._v1")
    notice("function.retry", NAME, attempt=1)
    assert [event["type"] for event in heard] == ["function.retry"]
    assert "causation_id" not in heard[0]
    assert reports.name == NAME


@pytest.mark.parametrize(("drawn", "reported"), [(0.0, True), (0.2999, True), (0.3, False), (0.99, False)])
def test_sampling_is_a_threshold(hub: EventHub, monkeypatch: pytest.MonkeyPatch, drawn: float, reported: bool) -> None:
    """The share that is asked for is reported: with a drawn number below it, and only then."""
    monkeypatch.setattr(module, "chance", lambda: drawn)
    heard: list[Any] = []
    hub.use(heard.append)
    call(Events(target, "x._v1", 0.3))
    assert bool(heard) is reported
    heard.clear()
    call(Events(target, "x._v1", 1.0))
    assert heard


def test_what_happens_in_a_call_that_is_not_reported(hub: EventHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a sampled function neither retries outside of a report nor those inside of another function's are told;
    changes of its breaker always are."""
    heard: list[Any] = []
    hub.use(heard.append)
    sampled = Events(target, "x._v1", 0.5)
    outer = Events(call, "x._v1")
    notice("function.retry", sampled.name, attempt=1)
    execution = outer.start()
    assert execution is not None
    notice("function.retry", sampled.name, attempt=1)
    notice("breaker.state", sampled.name, before="closed", state="open", failures=5)
    execution.succeeded()
    assert [event["type"] for event in heard] == ["breaker.state", "function.execution"]
    monkeypatch.setattr(module, "chance", lambda: 0.0)
    execution = sampled.start()
    notice("function.retry", sampled.name, attempt=1)
    assert heard[-1]["type"] == "function.retry"
    assert execution is not None
    execution.succeeded()


def test_an_end_in_another_context(hub: EventHub) -> None:
    """A coroutine that is thrown away is closed in another context than its own: it is reported, and nothing raises."""
    heard: list[Any] = []
    hub.use(heard.append)
    execution = contextvars.copy_context().run(Events(target, "x._v1").start)
    assert execution is not None
    execution.failed(GeneratorExit())
    assert heard[0]["payload"]["error"]["type"] == "GeneratorExit"


def test_configured_once_from_the_environment(hub: EventHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is read at the first function, and a second one doesn't read it again."""
    hub.is_configured = False
    monkeypatch.setenv("POET_EVENTS", "logging")
    Events(target, "x._v1")
    assert [type(sink).__name__ for sink in hub.sinks] == ["LoggedEvents"]
    hub.clear()
    Events(target, "x._v1")
    assert not hub.sinks


def test_the_metrics_where_the_system_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the module `resource` memory is 0, a number as the schema wants it."""
    monkeypatch.setitem(__import__("sys").modules, "resource", None)
    assert module.peak_memory() == 0.0


def test_chance_is_the_runtimes_own() -> None:
    """It draws from [0, 1), differs from number to number, and leaves the program's sequence alone."""
    import random

    random.seed(3)
    state = random.getstate()
    drawn = {chance() for _ in range(100)}
    assert len(drawn) == 100 and all(0 <= number < 1 for number in drawn)
    assert random.getstate() == state


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_children_of_forks_draw_other_numbers() -> None:
    """A pool of forked workers doesn't sample the same calls in each."""
    chance()
    reader, writer = os.pipe()
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os.write(writer, f"{chance()}\n".encode())
            os._exit(0)
        os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as told:
        drawn = [*told.read().split(), str(chance())]
    assert len(set(drawn)) == 3


def execution(status: str = "success", **payload: Any) -> dict[str, Any]:
    """An event of a call that is over."""
    metrics = {"duration_ms": 1500.0, "memory_mb": 1.0, "cpu_percent": 1.0}
    said = {"function_name": "app.f", "version": "v1", "execution_id": "e1", "status": status, "metrics": metrics}
    return {"type": "function.execution", "correlation_id": "c1", "payload": said | payload}


def test_logging_says_the_line_and_carries_the_event(caplog: pytest.LogCaptureFixture) -> None:
    """A call at INFO, a failure at WARNING, in the logger that is named; the event is on the record."""
    caplog.set_level("INFO")
    failed = execution("failure", error={"type": "ValueError", "message": "hidden"})
    retry = {"type": "function.retry", "payload": {"function_name": "app.f", "version": "v1", "attempt": 1}}
    for event in (execution(), failed, retry):
        sinks.LoggedEvents()(event)
        sinks.LoggedEvents("mine.log")(event)
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records[::2]] == [
        ("poet.events", "INFO", "function.execution app.f status=success duration_ms=1500.000"),
        ("poet.events", "WARNING", "function.execution app.f status=failure duration_ms=1500.000 error=ValueError"),
        ("poet.events", "INFO", "function.retry app.f attempt=1"),
    ]
    assert caplog.records[1].name == "mine.log"
    assert caplog.records[2].poet_event is failed
    assert "hidden" not in caplog.text


def test_unknown_and_unusable_names_are_warned_of() -> None:
    """Each is named with the reason; the others are used."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = list(sinks.sinks_named(" logging:a , ,Logging,jsonl:,,"))
    assert [type(sink).__name__ for sink in found] == ["LoggedEvents"]
    assert found[0].logger.name == "a"
    assert [str(w.message) for w in caught] == [
        "POET_EVENTS: no sink is called 'Logging'; known: jsonl, logging, otel, prometheus",
        "POET_EVENTS: 'jsonl:' can't be used: a path is missing: \"jsonl:/path\"",
    ]


@pytest.mark.parametrize("name", ["opentelemetry", "prometheus_client"])
def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its sink is warned of and left out; nothing raises."""
    monkeypatch.setitem(__import__("sys").modules, name, None)
    sink = {"opentelemetry": "otel", "prometheus_client": "prometheus"}[name]
    with pytest.warns(RuntimeWarning, match=f"'{sink}' can't be used"):
        assert list(sinks.sinks_named(sink)) == []


@pytest.mark.parametrize("error", [KeyError("jsonl"), RuntimeError("broken"), AttributeError("half installed")])
def test_a_library_that_breaks_when_it_is_set_up(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Importing the user's module doesn't fail because of a sink."""

    def broken(rest: str) -> Any:
        raise error

    monkeypatch.setitem(sinks.NAMED_SINKS, "otel", broken)
    with pytest.warns(RuntimeWarning, match="'otel' can't be used"):
        assert list(sinks.sinks_named("otel")) == []


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """OpenTelemetry with its SDK, keeping everything in memory; not the process's own providers."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracing, metering = TracerProvider(), MeterProvider(metric_readers=[reader])
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", tracing.get_tracer)
    monkeypatch.setattr(metrics, "get_meter", metering.get_meter)

    def numbers() -> dict[tuple[str, ...], Any]:
        data = reader.get_metrics_data()
        found: dict[tuple[str, ...], Any] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        value = point.value if hasattr(point, "value") else point.sum
                        found[(metric.name, metric.unit, *sorted(map(str, point.attributes.values())))] = value
        return found

    yield SimpleNamespace(spans=exporter.get_finished_spans, numbers=numbers, tracer=tracing.get_tracer("test"))
    tracing.shutdown()
    metering.shutdown()


def test_opentelemetry_spans_nest_as_the_calls_do(hub: EventHub, telemetry: Any) -> None:
    """A span for each call, the inner one a child of the outer one's, both below the program's own."""
    from opentelemetry.trace import get_current_span

    sink = sinks.OtelEvents()
    hub.use(sink)
    outer, inner = Events(call, "x._v2"), Events(target, "x._v1")
    with telemetry.tracer.start_as_current_span("request") as request:
        around = outer.start()
        assert around is not None
        during = get_current_span()
        assert during is not request
        call(inner)
        notice("function.retry", outer.name, attempt=1, wait_ms=2.5, error="ConnectionError")
        around.succeeded()
        assert get_current_span() is request
    spans = {span.name: span for span in telemetry.spans()}
    assert spans[inner.name].parent.span_id == spans[outer.name].context.span_id
    assert spans[outer.name].parent.span_id == spans["request"].context.span_id
    assert spans[outer.name].attributes["poet.version"] == "v2"
    assert spans[outer.name].attributes["poet.correlation_id"] == spans[inner.name].attributes["poet.correlation_id"]
    said = spans[outer.name].events
    assert [(e.name, e.attributes["poet.attempt"], e.attributes["poet.error"]) for e in said] == [
        ("function.retry", 1, "ConnectionError")
    ]
    assert not sink.spans


def test_opentelemetry_failures_carry_no_message(hub: EventHub, telemetry: Any) -> None:
    """A failure has its class and status; what the error says stays out of the span."""
    hub.use(sinks.OtelEvents())
    call(Events(target, "x._v1"), ValueError("hunter2"))
    (span,) = telemetry.spans()
    assert span.status.status_code.name == "ERROR"
    assert span.attributes["error.type"] == "ValueError"
    assert "hunter2" not in span.to_json()


def test_opentelemetry_counts(hub: EventHub, telemetry: Any) -> None:
    """`poet.executions`, `poet.duration` in seconds and `poet.incidents`, by function and status or type."""
    sink = sinks.OtelEvents()
    sink(execution())
    sink(execution())
    sink(execution("failure", error={"type": "X", "message": ""}))
    sink({"type": "function.refusal", "payload": {"function_name": "app.f", "version": "v1", "by": "bulkhead"}})
    assert telemetry.numbers() == {
        ("poet.executions", "1", "app.f", "success"): 2,
        ("poet.executions", "1", "app.f", "failure"): 1,
        ("poet.duration", "s", "app.f", "success"): 3.0,
        ("poet.duration", "s", "app.f", "failure"): 1.5,
        ("poet.incidents", "1", "app.f", "function.refusal"): 1,
    }


def test_prometheus_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that Prometheus scrapes has the counters and the histogram; making the sink again registers nothing
    twice."""
    client = pytest.importorskip("prometheus_client")
    registry = client.CollectorRegistry()
    monkeypatch.setattr(client, "REGISTRY", registry)
    for name in ("Counter", "Histogram"):
        kind = getattr(client, name)
        monkeypatch.setattr(client, name, lambda *a, kind=kind, **k: kind(*a, registry=registry, **k))
    sinks.PrometheusEvents()(execution())
    sinks.PrometheusEvents()(execution())
    sinks.PrometheusEvents()(execution("failure", error={"type": "X", "message": ""}))
    sinks.PrometheusEvents()({"type": "function.hedge", "payload": {"function_name": "app.f", "version": "v1"}})
    text = client.generate_latest(registry).decode()
    for line in (
        'poet_executions_total{function="app.f",status="success"} 2.0',
        'poet_executions_total{function="app.f",status="failure"} 1.0',
        'poet_duration_seconds_count{function="app.f",status="success"} 2.0',
        'poet_duration_seconds_sum{function="app.f",status="success"} 3.0',
        'poet_incidents_total{function="app.f",type="function.hedge"} 1.0',
    ):
        assert line in text.splitlines()


def test_prometheus_names_taken_by_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the program has metrics of these names of its own, the sink is warned of and left out."""
    client = pytest.importorskip("prometheus_client")

    def taken(*args: Any, **options: Any) -> Any:
        raise ValueError("Duplicated timeseries in CollectorRegistry")

    monkeypatch.setattr(client, "REGISTRY", client.CollectorRegistry())
    monkeypatch.setattr(client, "Counter", taken)
    with pytest.warns(RuntimeWarning, match="'prometheus' can't be used: .*names"):
        assert list(sinks.sinks_named("prometheus")) == []
