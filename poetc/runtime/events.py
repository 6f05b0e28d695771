"""Execution events: what ran, when, for how long and how it ended; never with what arguments or results.

    from app._poet._runtime import events
    events.use(print)                           # any callable that takes the event, a dict
    POET_EVENTS=jsonl:/var/log/poet.jsonl,logging,otel,prometheus       # or by name, in the environment

Every event is {id, type, timestamp, correlation_id, causation_id, metadata{version, environment, service}, payload}.
Times are seconds since the epoch, as `time.time()` has them. Types, with what the payload has beside function_name and
version:

    function.execution   execution_id, start_time, end_time, status, metrics, and for a failure error
    function.retry       attempt, wait_ms, error        another attempt is to be made
    function.late        late_ms                        a value came after the end of the budget
    function.fallback    error                          something stands in for the result
    function.hedge       after_ms                       a second call is made beside the first
    function.refusal     by                             the call wasn't made: "breaker", "bulkhead", "rate_limit"
    function.repair      parameter, given, made         an argument was converted: names of classes
    breaker.state        before, state, failures        and host, for a breaker of one host
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from weakref import WeakSet, WeakValueDictionary

from poetc.runtime.clock import now, perf_counter, thread_time
from poetc.runtime.hooks import OBSERVERS, log_failure, name_of
from poetc.runtime.rng import chance
from poetc.runtime.sinks import sinks_named
from poetc.runtime.transient import error_status
from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from typing import Any

    Sink = Callable[[dict[str, Any]], object]

EVENT_VERSION = "1.0"
"""of the events' schema, `metadata.version`"""

EVENTS_VARIABLE = "POET_EVENTS"

CURRENT_EXECUTION: ContextVar[Execution | None] = ContextVar("poet_current_execution", default=None)
"""the innermost execution around the current code that is reported; tasks and copied contexts inherit it"""

CORRELATION_ID: ContextVar[str | None] = ContextVar("poet_correlation_id", default=None)
"""what the program set by `events.correlate`"""

IN_SINK: ContextVar[bool] = ContextVar("poet_in_sink", default=False)
"""whether a sink runs: what it calls itself is not reported"""


class EventHub:
    """Where events go: to every sink in use. Without one, a call costs one test of an attribute."""

    def __init__(self) -> None:
        self.sinks: tuple[Sink, ...] = ()
        self.starting: tuple[tuple[Sink, Callable[..., Any]], ...] = ()
        """sinks that are told of the beginning of a call, with their methods; likewise the end"""
        self.ending: tuple[tuple[Sink, Callable[..., Any]], ...] = ()
        self.functions: WeakSet[Events] = WeakSet()
        self.named: WeakValueDictionary[str, Events] = WeakValueDictionary()
        """dotted name -> the reports of that function; after a reload, the newest"""
        self.complained: set[int] = set()
        self.is_configured = False
        self.messages = os.environ.get("POET_EVENTS_MESSAGES", "") not in ("", "0")
        """whether errors are reported with their full message, which may hold arguments; see `error_of`"""

    def use(self, sink: Sink) -> None:
        """Send every event to `sink`, in the thread of the call; what it raises is logged, once, and goes no further.

        A sink with methods `started(execution)` and `ended(execution)` is told of the beginning of a call as well.
        """
        if not callable(sink):
            raise TypeError(f"a sink must be callable, not {type(sink).__name__}")
        if sink not in self.sinks:
            self.changed((*self.sinks, sink))

    def drop(self, sink: Sink) -> None:
        """Send nothing to `sink` any more."""
        self.changed(tuple(s for s in self.sinks if s != sink))

    def clear(self) -> None:
        """Send nothing to anybody any more."""
        self.changed(())

    def changed(self, sinks: tuple[Sink, ...]) -> None:
        """Let every function know whether to report."""
        self.sinks = sinks
        self.starting = tuple((sink, sink.started) for sink in sinks if hasattr(sink, "started"))
        self.ending = tuple((sink, sink.ended) for sink in sinks if hasattr(sink, "ended"))
        for function in self.functions.copy():
            function.active = bool(sinks)
        if sinks and self.noticed not in OBSERVERS:
            OBSERVERS.append(self.noticed)
        elif not sinks and self.noticed in OBSERVERS:
            OBSERVERS.remove(self.noticed)

    def correlate(self, correlation_id: str | None) -> Token[str | None]:
        """Mark the events of the current context as belonging together, as those of one request; None: no more."""
        return CORRELATION_ID.set(correlation_id)

    def configure(self, asked: str | None = None) -> None:
        """Use the sinks that a text like "jsonl:/path,logging" names; None: the environment's. Once, at the first
        function; an entry that can't be used is warned of."""
        self.is_configured = True
        asked = os.environ.get(EVENTS_VARIABLE, "") if asked is None else asked
        if asked.strip():
            for sink in sinks_named(asked):
                self.use(sink)

    def emit(self, kind: str, function: str, payload: dict[str, Any], **ids: str | None) -> None:
        """One event, to every sink."""
        if IN_SINK.get():
            return
        event = {
            "id": new_id(),
            "type": kind,
            "timestamp": now(),
            **{name: value for name, value in ids.items() if value is not None},
            "metadata": {
                "version": EVENT_VERSION,
                "environment": os.environ.get("POET_ENVIRONMENT", "default"),
                "service": os.environ.get("POET_SERVICE") or function.partition(".")[0],
            },
            "payload": payload,
        }
        for sink in self.sinks:
            self.tell(sink, sink, event)

    def tell(self, sink: Sink, step: Callable[..., object], argument: Any) -> None:
        """`step(argument)`, kept from the call if it fails."""
        token = IN_SINK.set(True)
        try:
            step(argument)
        except Exception:
            if id(sink) not in self.complained:
                self.complained.add(id(sink))
                log_failure("an event sink failed, of which nothing more is said: %r", sink)
        finally:
            IN_SINK.reset(token)

    def noticed(self, kind: str, function: str, said: dict[str, Any]) -> None:
        """What retries, breakers and the like say, of functions whose events are on."""
        name, _, host = function.partition("[")
        known = self.named.get(name)
        execution = CURRENT_EXECUTION.get()
        if known is None:
            return
        if known.sample < 1.0 and kind != "breaker.state" and (execution is None or execution.function.name != name):
            return  # of a call that isn't reported
        payload = {"function_name": name, "version": known.version, **said}
        if host:
            payload["host"] = host[:-1]
        if execution is None:
            self.emit(kind, name, payload, correlation_id=CORRELATION_ID.get() or new_id())
        else:
            self.emit(kind, name, payload, correlation_id=execution.correlation_id, causation_id=execution.id)


events = EventHub()
"""the one of this package"""


class Events(Stays):
    """The reports of one function; `sample` is the share of its calls that are reported, by chance."""

    __slots__ = ("__weakref__", "active", "name", "sample", "version")

    def __init__(self, original: Callable[..., Any], module: str, sample: float = 1.0) -> None:
        self.name = name_of(original)
        self.version = version_of(module, original)
        self.sample = sample
        self.active = False
        events.functions.add(self)
        events.named[self.name] = self
        self.active = bool(events.sinks)
        if not events.is_configured:
            events.configure()

    def start(self) -> Execution | None:
        """A call begins; None if it isn't reported."""
        if IN_SINK.get():
            return None
        if self.sample < 1.0 and chance() >= self.sample:
            return None
        return Execution(self)


class Execution:
    """One call that is reported, from its beginning to its end."""

    __slots__ = ("began", "causation_id", "correlation_id", "cpu", "function", "id", "notes", "started", "token")

    def __init__(self, function: Events) -> None:
        outer = CURRENT_EXECUTION.get()
        self.function = function
        self.id = new_id()
        self.causation_id = outer.id if outer is not None else None
        self.correlation_id: str = CORRELATION_ID.get() or (outer.correlation_id if outer is not None else new_id())
        self.notes: dict[Any, Any] = {}
        """what a sink keeps from `started` to `ended`"""
        self.token = CURRENT_EXECUTION.set(self)
        for sink, told in events.starting:
            events.tell(sink, told, self)
        self.started = now()
        self.cpu = thread_time()
        self.began = perf_counter()

    def succeeded(self) -> None:
        """The call has a result."""
        self.end("success", None)

    def failed(self, error: BaseException) -> None:
        """The call ends in an exception."""
        self.end("failure", error)

    def end(self, status: str, error: BaseException | None) -> None:
        """Report it."""
        seconds = perf_counter() - self.began
        with suppress(ValueError):  # a coroutine that was thrown away is closed in another context than its own
            CURRENT_EXECUTION.reset(self.token)
        for sink, told in events.ending:
            events.tell(sink, told, self)
        payload: dict[str, Any] = {
            "function_name": self.function.name,
            "version": self.function.version,
            "execution_id": self.id,
            "start_time": self.started,
            "end_time": self.started + seconds,
            "status": status,
            "metrics": self.metrics(seconds),
        }
        if error is not None:
            payload["error"] = error_of(error, events.messages)
        events.emit(
            "function.execution",
            self.function.name,
            payload,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
        )

    def metrics(self, seconds: float) -> dict[str, float]:
        """`duration_ms`; `memory_mb`: the most memory that the process has held so far, 0 where the system doesn't
        tell; `cpu_percent`: of the calling thread during the call. For a coroutine that is the event loop's thread,
        with what other tasks did in it meanwhile."""
        cpu = (thread_time() - self.cpu) / seconds * 100.0 if seconds > 0 else 0.0
        return {"duration_ms": seconds * 1000.0, "memory_mb": peak_memory(), "cpu_percent": max(0.0, cpu)}


def version_of(module: str, original: Any) -> str:
    """ "v3" of what the linked module of that name binds to `original` now."""
    link = getattr(sys.modules.get(module), "poet", None)
    return f"v{link.version_of(original)}" if link is not None else "v0"


def new_id() -> str:
    """A random identifier, in the form of a UUID of version 4 (RFC 9562)."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def peak_memory() -> float:
    """Megabytes that the process has held at most; 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000.0


LONGEST_MESSAGE = 1000
"""characters"""

OWN_MESSAGES = frozenset({"BulkheadFullError", "RateLimitedError", "BudgetSpentError", "CircuitOpenError"})
"""names of the runtime's own errors whose messages hold names and numbers only"""


def error_of(error: BaseException, in_full: bool) -> dict[str, Any]:
    """`type` and `message`. The message of an exception may hold anything, so that unless `in_full` is asked for only
    what can be said without it is: the runtime's own words, the system's for an errno, an HTTP status; else ""."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "message": shown_message(error, in_full)}


def shown_message(error: BaseException, in_full: bool) -> str:
    """The message, or what can be said in its place; it never raises."""
    try:
        if in_full or type(error).__name__ in OWN_MESSAGES:
            return str(error)[:LONGEST_MESSAGE]
        if isinstance(error, OSError) and type(error.errno) is int:
            return f"[Errno {error.errno}] {os.strerror(error.errno)}"
        status = error_status(error)
        return f"HTTP {status}" if status is not None else ""
    except Exception:  # the user's own exception can't be printed
        return ""
