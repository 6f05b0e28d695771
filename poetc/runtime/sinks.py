"""Where events can be sent by name: a file of JSON lines, logging, OpenTelemetry, Prometheus."""

from __future__ import annotations

from poetc.runtime.jsonlines import JsonLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def sinks_named(text: str) -> Iterator[Callable[[dict[str, Any]], object]]:
    """The sinks of "jsonl:/path,logging,otel,prometheus"; one that can't be had is warned of, and left out."""
    import warnings

    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, rest = entry.partition(":")
        if name not in NAMED_SINKS:
            known = ", ".join(NAMED_SINKS)
            warnings.warn(f"POET_EVENTS: no sink is called {name!r}; known: {known}", RuntimeWarning, stacklevel=2)
            continue
        try:
            sink = NAMED_SINKS[name](rest)
        except Exception as error:  # whatever a library raises, the user's module has to be imported all the same
            warnings.warn(f"POET_EVENTS: {entry!r} can't be used: {error}", RuntimeWarning, stacklevel=2)
        else:
            yield sink


class LoggedEvents:
    """Logs each event as "poet.events" at INFO, failures at WARNING; the event itself is the record's `poet_event`."""

    __slots__ = ("logger",)

    def __init__(self, name: str = "") -> None:
        from logging import getLogger

        self.logger = getLogger(name or "poet.events")

    def __call__(self, event: dict[str, Any]) -> None:
        """Log one event."""
        payload = event["payload"]
        level = 30 if payload.get("status") == "failure" else 20
        said = " ".join(f"{key}={value}" for key, value in told(event).items())
        self.logger.log(level, "%s %s %s", event["type"], payload["function_name"], said, extra={"poet_event": event})


def told(event: dict[str, Any]) -> dict[str, Any]:
    """What is worth a place on the line."""
    payload = event["payload"]
    if event["type"] != "function.execution":
        return {key: value for key, value in payload.items() if key not in ("function_name", "version")}
    error = payload.get("error", {}).get("type")
    found = {"status": payload["status"], "duration_ms": f"{payload['metrics']['duration_ms']:.3f}"}
    return {**found, "error": error} if error else found


class OtelEvents:
    """A span for each execution, around what the function does, and the metrics `poet.executions` (a counter),
    `poet.duration` (a histogram of seconds) and `poet.incidents` (every other event; the current span has it too).

    Uses whatever providers the program has set up; raises ImportError without the package opentelemetry-api.
    """

    __slots__ = ("context", "duration", "executions", "incidents", "spans", "trace", "tracer")

    def __init__(self, name: str = "") -> None:
        from opentelemetry import context, metrics, trace

        self.spans: dict[str, Any] = {}
        """execution -> its span, between `ended` and the event"""
        self.context: Any = context
        self.trace: Any = trace
        self.tracer: Any = trace.get_tracer(name or "poet")
        meter = metrics.get_meter(name or "poet")
        self.executions = meter.create_counter("poet.executions", "1", "Calls of enhanced functions")
        self.duration = meter.create_histogram("poet.duration", "s", "Duration of calls of enhanced functions")
        self.incidents = meter.create_counter("poet.incidents", "1", "Retries, fallbacks, refusals and the like")

    def started(self, execution: Any) -> None:
        """The span begins, and is the current one for what the function does."""
        span = self.tracer.start_span(execution.function.name)
        execution.notes[self] = span, self.context.attach(self.trace.set_span_in_context(span))

    def ended(self, execution: Any) -> None:
        """The span isn't the current one any more; the event closes it."""
        span, token = execution.notes.pop(self, (None, None))
        if span is not None:
            self.context.detach(token)
            self.spans[execution.id] = span

    def __call__(self, event: dict[str, Any]) -> None:
        """Count one event, and close its span."""
        payload = event["payload"]
        name = payload["function_name"]
        if event["type"] != "function.execution":
            self.incidents.add(1, {"type": event["type"], "function": name})
            self.trace.get_current_span().add_event(event["type"], attributes_of(payload))
            return
        labels = {"function": name, "status": payload["status"]}
        self.executions.add(1, labels)
        self.duration.record(payload["metrics"]["duration_ms"] / 1000.0, labels)
        span = self.spans.pop(payload["execution_id"], None)
        if span is None:
            return
        span.set_attribute("poet.version", payload["version"])
        span.set_attribute("poet.correlation_id", event["correlation_id"])
        if payload["status"] == "failure":
            error = payload["error"]
            span.set_attribute("error.type", error["type"])
            span.set_status(self.trace.Status(self.trace.StatusCode.ERROR, error["message"] or error["type"]))
        span.end()


def attributes_of(payload: dict[str, Any]) -> dict[str, Any]:
    """What of a payload a span's event can carry."""
    return {f"poet.{key}": value for key, value in payload.items() if isinstance(value, str | int | float | bool)}


class PrometheusEvents:
    """`poet_executions_total` and `poet_duration_seconds` by function and status, `poet_incidents_total` by function
    and type. Raises ImportError without the package prometheus_client, in whose default registry they are."""

    __slots__ = ("metrics",)

    def __init__(self, name: str = "") -> None:
        import prometheus_client

        registry: Any = prometheus_client.REGISTRY
        if not hasattr(registry, "poet_metrics"):  # every linked package has its own runtime, but names count once
            try:
                registry.poet_metrics = prometheus_metrics()
            except ValueError as error:
                if not hasattr(registry, "poet_metrics"):  # or else another thread has just registered them
                    raise ValueError(f"metrics of these names are there already: {error}") from error
        self.metrics = registry.poet_metrics

    def __call__(self, event: dict[str, Any]) -> None:
        """Count one event."""
        executions, duration, incidents = self.metrics
        payload = event["payload"]
        name = payload["function_name"]
        if event["type"] == "function.execution":
            executions.labels(name, payload["status"]).inc()
            duration.labels(name, payload["status"]).observe(payload["metrics"]["duration_ms"] / 1000.0)
        else:
            incidents.labels(name, event["type"]).inc()


def prometheus_metrics() -> tuple[Any, Any, Any]:
    """The metrics, in the default registry."""
    from prometheus_client import Counter, Histogram

    by_status, by_type = ("function", "status"), ("function", "type")
    return (
        Counter("poet_executions", "Calls of enhanced functions", by_status),
        Histogram("poet_duration_seconds", "Duration of calls of enhanced functions", by_status),
        Counter("poet_incidents", "Retries, fallbacks, refusals and the like", by_type),
    )


NAMED_SINKS: dict[str, Callable[[str], Any]] = {
    "jsonl": JsonLines,
    "logging": LoggedEvents,
    "otel": OtelEvents,
    "prometheus": PrometheusEvents,
}
