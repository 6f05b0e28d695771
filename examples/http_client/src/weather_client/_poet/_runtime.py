# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from __future__ import annotations

from _collections_abc import Callable as CallableClass
from _collections_abc import Iterable as IterableClass
from abc import ABCMeta
from contextlib import suppress
from contextvars import Context, copy_context
from contextvars import ContextVar
from functools import partial
from heapq import heapify, heappop, heappush
from importlib import import_module
from itertools import islice
from os import environ
from os import getpid
from threading import Condition, Thread
from threading import RLock
from time import monotonic
from time import sleep
from types import CodeType, FunctionType
from types import FunctionType
from types import GenericAlias, UnionType
from types import ModuleType
from weakref import WeakSet
from weakref import WeakValueDictionary
from weakref import ref
import _signal
import builtins
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORK_AWARE: WeakSet[Any] = WeakSet()
"""what has a method `forked`, called in the child: only the thread that forked lives on there"""

FORK_HOOKS: list[Any] = []
"""the one function that was given to `os.register_at_fork`, which keeps it for ever"""


def fork_aware(thing: Any) -> None:
    """Have `thing.forked()` called in every child that is forked from now on, as long as `thing` lives."""
    if not FORK_HOOKS and hasattr(os, "register_at_fork"):
        FORK_HOOKS.append(after_fork)
        os.register_at_fork(after_in_child=after_fork)
    FORK_AWARE.add(thing)


def after_fork() -> None:
    """Tell everything that wants to know."""
    for thing in list(FORK_AWARE):
        try:
            thing.forked()
        except Exception:  # one that can't go on must not keep the others from being told
            continue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random


class Chance:
    """A generator that is seeded by the system at its first use, and anew in every child of a fork."""

    __slots__ = ("__weakref__", "generator")

    def __init__(self) -> None:
        self.generator: Random | None = None
        fork_aware(self)

    def __call__(self) -> float:
        """A number from 0 up to 1, without 1."""
        if self.generator is None:
            from random import Random

            self.generator = Random()
        return self.generator.random()

    def forked(self) -> None:
        """In the child of a fork: its numbers are not to be those of its parent."""
        self.generator = None


chance = Chance()
"""the one of this package"""

class PerceiveError(TypeError, ValueError):
    """An argument doesn't satisfy its annotation and can't be repaired (`strict`), or a domain can't use it."""


class EnforceError(ValueError):
    """A result breaks the output contract (`strict`, or a domain's contract)."""


class CircuitOpenError(ConnectionError):
    """The breaker of this function is open: the call was not made."""


class BudgetSpentError(TimeoutError):
    """The call's whole budget (`timeout=`) is spent."""


class PoetStaleError(ImportError):
    """The source changed since the build, and the project asked for an error (`stale = "error"`)."""


class PoetStaleWarning(UserWarning):
    """The source changed since the build; said once per function, at import."""


class PoetContractWarning(UserWarning):
    """A result or an argument broke its contract and was passed on; said once per function."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRANSIENT_TYPES = (ConnectionError, TimeoutError, InterruptedError)

TRANSIENT_NAMES = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "anthropic.APIConnectionError",
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "http.client.IncompleteRead",
        "httpcore.NetworkError",
        "httpcore.RemoteProtocolError",
        "httpcore.TimeoutException",
        "httpx.NetworkError",
        "httpx.RemoteProtocolError",
        "httpx.TimeoutException",
        "openai.APIConnectionError",
        "psycopg.OperationalError",
        "psycopg2.OperationalError",
        "redis.exceptions.BusyLoadingError",
        "redis.exceptions.ConnectionError",
        "redis.exceptions.TimeoutError",
        "requests.exceptions.ChunkedEncodingError",
        "requests.exceptions.ConnectionError",
        "requests.exceptions.Timeout",
        "smtplib.SMTPConnectError",
        "smtplib.SMTPServerDisconnected",
        "sqlalchemy.exc.TimeoutError",
        "urllib3.exceptions.ProtocolError",
        "urllib3.exceptions.TimeoutError",
    }
)
"""dotted names of exception classes, so that none of these libraries has to be imported to know them"""

TRANSIENT_ANYWAY = TRANSIENT_NAMES | {
    "aiohttp.ClientConnectionError",
    "aiohttp.ClientPayloadError",
    "anthropic.InternalServerError",
    "anthropic.RateLimitError",
    "builtins.ConnectionError",
    "builtins.InterruptedError",
    "builtins.TimeoutError",
    "grpc.RpcError",
    "http.client.RemoteDisconnected",
    "openai.InternalServerError",
    "openai.RateLimitError",
    "sqlalchemy.exc.OperationalError",
    "sqlite3.OperationalError",
    "urllib.error.URLError",
    "urllib3.exceptions.MaxRetryError",
}
"""names of which `is_transient` knows without being told, those included that it asks for a status or a reason"""

GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
"""gRPC's statuses that pass (its guide "Error Handling"; ABORTED: at a higher level, which an idempotent call is)"""

LASTING_NAMES = frozenset(
    {
        "redis.exceptions.AuthenticationError",
        "redis.exceptions.AuthorizationError",
        "requests.exceptions.InvalidProxyURL",
        "requests.exceptions.ProxyError",
        "requests.exceptions.SSLError",
        "ssl.SSLCertVerificationError",
    }
)
"""classes below transient ones whose cause doesn't pass by itself"""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which a request that may be repeated is worth it (RFC 9110 section 15, RFC 6585, RFC 8470)"""

LOCKED_STATES = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03")
"""beginnings of SQLSTATE codes of what passes: connection, serialization and deadlock, resources, locks, a restart"""


def is_transient(error: BaseException, names: tuple[str, ...] = (), idempotent: bool = True) -> bool:
    """Whether an error is of the kind that passes by itself: connection, time-out, overload, lock.

    `names` are further classes, dotted. What is not `idempotent` isn't repeated after a 500: it may have happened.
    A group of exceptions is transient if each of its members is. Errors that can't be looked at are not.
    """
    if not isinstance(error, Exception) or isinstance(error, CircuitOpenError):
        return False
    if isinstance(error, ExceptionGroup):
        return all(is_transient(inner, names, idempotent) for inner in error.exceptions)
    try:
        known = verdict(error, names, idempotent)
        if known is not None:
            return known
        return isinstance(error, TRANSIENT_TYPES) or has_name(error, TRANSIENT_NAMES) or is_named(error, names)
    except Exception:  # a property of the user's own exception failed: nothing is known of it
        return False


def verdict(error: Exception, names: tuple[str, ...], idempotent: bool) -> bool | None:
    """What the error says of itself - a status, an SQL state, a reason, its words - or None."""
    if has_name(error, LASTING_NAMES):
        return False
    status = error_status(error)
    if status is not None:
        return status in TRANSIENT_STATUSES and (idempotent or status != 500)
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str):
        return state.startswith(LOCKED_STATES)
    for name in ("orig", "reason"):  # of SQLAlchemy's errors, of urllib's
        inner = looked_up(error, name)
        if isinstance(inner, Exception) and inner is not error:
            return is_transient(inner, names, idempotent)
    if has_name(error, frozenset({"grpc.RpcError"})):
        code = looked_up(error, "code")
        return looked_up(code(), "name") in GRPC_CODES if callable(code) else None
    if has_name(error, frozenset({"sqlite3.OperationalError"})):
        return "locked" in str(error) or "busy" in str(error)
    return None


def has_name(error: Exception, names: frozenset[str]) -> bool:
    """Whether the class of `error`, or one above it, is called by one of `names`."""
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in type(error).__mro__)


def is_named(error: Exception, names: tuple[str, ...]) -> bool:
    """Whether `error` is of one of the classes that these dotted names stand for, re-exports included."""
    return bool(names) and any(isinstance(error, named_class(name)) for name in names)


def named_class(name: str) -> tuple[type, ...]:
    """The class of that dotted name in a tuple; () if its module isn't imported, for then nothing can be of it."""
    module, found = name, None
    while module and found is None:
        module = module.rpartition(".")[0]
        found = sys.modules.get(module)
    for part in name[len(module) + 1 :].split("."):
        found = looked_up(found, part)
    return (found,) if isinstance(found, type) else ()


def is_final(error: BaseException) -> bool:
    """Whether an enhanced call further in has already tried as often as it may: attempts must not multiply.

    What that call raised may have been wrapped (`raise Mine from error`), or gathered in a group.
    """
    inner: BaseException | None = error
    for _ in range(20):
        if inner is None:
            return False
        if looked_up(inner, "poet_final") is True or looked_up(looked_up(inner, "response"), "poet_final") is True:
            return True
        if isinstance(inner, BaseExceptionGroup) and any(is_final(each) for each in inner.exceptions):
            return True
        inner = inner.__cause__
    return False


def mark_final(error: object) -> None:
    """Say that an error, or a response, is the last word of an enhanced call; classes may refuse attributes."""
    try:
        object.__setattr__(error, "poet_final", True)
    except Exception:  # then an enhanced call further out may try once more
        return


def looked_up(holder: Any, name: str) -> Any:
    """`holder.name`, or None if there is none, or if looking it up fails: properties of errors may raise anything."""
    try:
        return getattr(holder, name, None)
    except Exception:  # it must never take the place of the error that is looked at
        return None


def error_status(error: BaseException) -> int | None:
    """The HTTP status that an error of some client carries, if any."""
    for holder in (error, looked_up(error, "response")):
        for name in ("status_code", "code", "status"):
            status = looked_up(holder, name)
            if type(status) is int and 100 <= status <= 599:
                return status
    answer = looked_up(error, "response")  # botocore's ClientError has a dict
    if type(answer) is dict:
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status if type(status) is int else None
    return None


PLAIN_TYPES = frozenset({type(None), bool, bytes, dict, float, int, list, str, tuple})
"""what most calls give that give no response"""


def has_transient_status(result: Any) -> bool:
    """Whether a response object says to try again: its status is one of `TRANSIENT_STATUSES`."""
    if type(result) in PLAIN_TYPES:
        return False
    try:
        status = getattr(result, "status_code", None)
        if status is None:
            status = getattr(result, "status", None)
    except Exception:  # whatever was returned, looking at it must not raise
        return False
    return type(status) is int and status in TRANSIENT_STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

VAR_KEYWORDS = 0x08
"""the flag of code objects of functions that take `**kwargs` (`inspect.CO_VARKEYWORDS`)"""

PARTS = ("connect", "read", "write", "pool")
"""the limits that a `Timeout` of httpx, openai and anthropic has"""


EACH_READ = frozenset({"anthropic", "botocore", "http", "httpx", "openai", "redis", "requests", "urllib", "urllib3"})
"""packages whose time limit holds for each read from the connection, not for the whole answer"""


def limits_each_read(function: Any) -> bool:
    """Whether a function's own time limit starts anew with every piece that comes in."""
    return str(looked_up(function, "__module__")).partition(".")[0] in EACH_READ


def limited(
    function: Callable[..., Any], left: float, name: str, scale: int | None, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """`kwargs` with `left` seconds as `name`, if the caller gave no limit and `function` takes one by that name.

    `scale`: the limit is a whole number of 1/scale seconds; None: it is a float of seconds.
    """
    if name in kwargs or not takes(function, name):
        return kwargs
    limit = narrowed(usual_limit(function, name), left, 1.0 if scale is None else 1.0 / scale)
    if limit is None:
        return kwargs
    if scale is not None and isinstance(limit, float):
        limit = max(1, int(limit * scale))
    return {**kwargs, name: limit}


def takes_all(function: Any, name: str) -> bool:
    """Whether all that is left may be passed as `name`: to a function that no client owns, and with no limit else."""
    if type(function) is not FunctionType or looked_up(function, "__self__") is not None:
        return False
    return takes(function, name) and default_of(function, name) is None


def takes(function: Any, name: str) -> bool:
    """Whether `function` takes a keyword argument `name`: what stands in for a client in a test may not."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is not None:
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return bool(code.co_flags & VAR_KEYWORDS) or name in named
    if type(function).__name__ == "partial":
        return name not in function.keywords and takes(function.func, name)
    if type(function).__name__ in ("builtin_function_or_method", "method_descriptor", "cython_function_or_method"):
        return True
    code = getattr(type(function).__call__, "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def default_of(function: Any, name: str) -> Any:
    """The default of a parameter of a function in Python, or None."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    named = function.__kwdefaults__
    if named is not None and name in named:
        return named[name]
    defaults = function.__defaults__ or ()
    positional = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return defaults[positional.index(name)] if name in positional else None


def usual_limit(function: Callable[..., Any], name: str) -> Any:
    """The limit that holds if none is given: the default of the parameter, or the client's own setting."""
    usual = default_of(getattr(function, "__func__", function), name)
    if type(usual) in (int, float) or is_composed(usual):
        return usual
    owner = looked_up(function, "__self__")
    for holder in (owner, looked_up(owner, "_client")):
        own = looked_up(holder, "timeout")
        if type(own) in (int, float) or is_composed(own):
            return own
    socket = sys.modules.get("socket")
    return socket.getdefaulttimeout() if socket is not None and type(usual) is object else None


def is_composed(limit: Any) -> bool:
    """Whether a limit is made of several, like httpx's."""
    return limit is not None and not isinstance(limit, int | float) and all(hasattr(limit, part) for part in PARTS)


def narrowed(usual: Any, left: float, unit: float) -> Any:
    """The limit to pass, `left` seconds at most; None where the usual one ends no later. `unit` is that of numbers."""
    if is_composed(usual):
        parts = {part: getattr(usual, part) for part in PARTS}
        if all(value is not None and value <= left for value in parts.values()):
            return None
        try:
            return type(usual)(**{part: left if v is None else min(v, left) for part, v in parts.items()})
        except Exception:  # made in another way: the plain number says it as well
            return left
    if type(usual) in (int, float) and 0 < usual * unit <= left:
        return None
    return left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IDLE_SECONDS = 5.0
"""after which the thread ends if there is nothing to watch"""

LEAST_PURGED = 1_000
"""entries, from which on those of calls that have ended are thrown out early"""


class Watcher:
    """Sets `is_over` of each deadline that it was given, once its `end` (monotonic seconds) has come."""

    __slots__ = ("__weakref__", "changed", "entries", "is_running", "number", "purged_at")

    def __init__(self) -> None:
        self.entries: list[tuple[float, int, Any]] = []
        """a heap of: end, number, reference to the deadline, which is dead once the call has ended"""
        self.changed = Condition()
        self.is_running = False
        self.number = 0
        self.purged_at = LEAST_PURGED
        fork_aware(self)

    def watch(self, deadline: Any) -> bool:
        """Mark the deadline at its end; False if no thread can be started for it."""
        with self.changed:
            if not self.is_running and not self.started():
                return False
            if len(self.entries) >= self.purged_at:
                self.purge()
            self.number += 1
            entry = (deadline.end, self.number, ref(deadline))
            heappush(self.entries, entry)
            if self.entries[0] is entry:
                self.changed.notify()
        return True

    def started(self) -> bool:
        """Start the thread; False if the system has none left, or the interpreter is shutting down."""
        try:
            Thread(target=self.run, name="poet budgets", daemon=True).start()
        except RuntimeError:
            return False
        self.is_running = True
        return True

    def run(self) -> None:
        """What the thread does until there is nothing to do."""
        with self.changed:
            while True:
                now = monotonic()
                while self.entries and self.entries[0][0] <= now:
                    deadline = heappop(self.entries)[2]()
                    if deadline is not None:
                        deadline.is_over = True
                    del deadline
                left = self.entries[0][0] - now if self.entries else IDLE_SECONDS
                if not self.changed.wait(min(left, IDLE_SECONDS)) and not self.entries:
                    self.is_running = False
                    return

    def purge(self) -> None:
        """Throw out the entries of calls that have ended; call it with the lock held."""
        self.entries = [entry for entry in self.entries if entry[2]() is not None]
        heapify(self.entries)
        self.purged_at = max(LEAST_PURGED, 2 * len(self.entries))

    def forked(self) -> None:
        """In the child of a fork: the thread is gone, and who held the lock is."""
        self.changed = Condition()
        self.is_running = False
        self.purge()
        if self.entries:
            self.started()


WATCHERS: list[Watcher] = []
"""the process's one watcher, made when the first is needed"""


def watch(deadline: Any) -> bool:
    """Whether the process's watcher marks that deadline from now on."""
    if not WATCHERS:
        WATCHERS.append(Watcher())
    return WATCHERS[0].watch(deadline)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
    from contextvars import Token
    from typing import Any

OUTER_DEADLINE: ContextVar[Deadline | None] = ContextVar("poet_outer_deadline", default=None)
"""the budget of the innermost enhanced call around the current code; tasks and copied contexts inherit it"""

BY_CLOCK, BY_ALARM, BY_WAITER, BY_WATCHER = 0, 1, 2, 3
"""how loops notice the end: they read the clock; an alarm interrupts them; another thread leaves a mark, because it
waits for the call, or because it watches the budgets of all long loops"""

LOOKS = 50
"""steps after which a loop no longer reads the clock itself: about what it costs to have it watched"""


def live_deadline() -> Deadline | None:
    """The budget that holds for the current code, or None.

    A task that outlives the call that started it isn't bound by that call's budget any more.
    """
    deadline = OUTER_DEADLINE.get()
    while deadline is not None and not deadline.is_live:
        deadline = deadline.outer
    return deadline


def limited_call(
    deadline: Deadline | None,
    function: Callable[..., Any],
    name: str,
    scale: int | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """`function(*args, **kwargs)` with what is left of the budget as `name` (see `limited`), and no longer than that;
    raises `BudgetSpentError` if nothing is.

    Without a deadline of its own, a call shares that of an enhanced call around it.
    """
    if deadline is None or not deadline.is_live:
        deadline = live_deadline()
    if deadline is None:
        return function(*args, **kwargs)
    left = deadline.end - monotonic()
    if left <= 0:
        raise deadline.spent()
    if name not in kwargs:
        kwargs = limited(function, left, name, scale, kwargs)
    if deadline.outer is None and type(deadline) is Deadline:
        return function(*args, **kwargs)
    return deadline.called(function, args, kwargs)


class Deadline:
    """The end of a budget of `seconds`; never later than that of an enhanced call around this one.

    `with deadline:` is the stretch of time in which calls further in share it.
    """

    __slots__ = (
        "__weakref__",
        "end",
        "is_alone",
        "is_live",
        "is_over",
        "looks",
        "outer",
        "seconds",
        "token",
        "watch",
    )

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = monotonic() + seconds
        self.outer = outer = OUTER_DEADLINE.get()
        if outer is not None:
            self.outer = outer = live_deadline()
            if outer is not None and outer.end < self.end:
                self.end, self.seconds = outer.end, outer.seconds
        self.is_live = True
        self.is_alone = False
        """entered, with nothing more to do for a call than to pass on what is left"""
        self.is_over = False
        self.looks = 0
        self.watch = BY_CLOCK
        self.token: Token[Deadline | None] | None = None

    def __enter__(self) -> None:
        self.is_live = True
        self.is_alone = self.outer is None
        self.token = OUTER_DEADLINE.set(self)

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        self.is_live = self.is_alone = False
        token, self.token = self.token, None
        if token is not None:
            try:
                OUTER_DEADLINE.reset(token)
            except ValueError:  # a coroutine that was thrown away is closed in another context than its own
                return

    def left(self) -> float:
        """Seconds left, more than 0; raises `BudgetSpentError` when there are none."""
        left = self.end - monotonic()
        if left <= 0:
            raise self.spent()
        return left

    def passed_to(self, function: Callable[..., Any], name: str, scale: int | None = None) -> Callable[..., Any]:
        """`function`, called once, with what is left as its argument `name` if it is given none."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            return limited_call(self, function, name, scale, args, kwargs)

        return timed

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`function(*args, **kwargs)`; an enhanced call further out may have more to do to end it in time."""
        outer = self.outer
        if outer is None or not outer.is_live:
            return function(*args, **kwargs)
        return outer.called(function, args, kwargs)

    def lasts(self) -> bool:
        """True while there is time left, for the head of a `while`; else raises `BudgetSpentError`."""
        if self.is_over or (not self.watch and self.ends()):
            raise self.spent()
        return True

    def ends(self) -> bool:
        """Whether the end has come, by the clock; who asks often has it watched."""
        self.looks += 1
        if self.looks == LOOKS:
            self.have_watched()
        return monotonic() >= self.end

    def have_watched(self) -> None:
        """Leave it to another thread to notice the end, if there can be one."""
        if self.watch == BY_CLOCK and watch(self):
            self.watch = BY_WATCHER

    def over(self, items: Iterable[Any]) -> Iterable[Any]:
        """`items`, for the head of a `for`; raises `BudgetSpentError` at the first step after the end.

        Where an alarm notices the end these are the very items, and cost nothing.
        """
        if self.watch == BY_ALARM:
            return items
        return (timed_steps if self.watch == BY_CLOCK else marked_steps)(self, iter(items).__next__)

    def over_async(self, items: AsyncIterable[Any]) -> AsyncIterator[Any]:
        """`over` for the head of an `async for`."""
        return AsyncSteps(self, items)

    def spent(self) -> BudgetSpentError:
        """The error to raise when the budget is used up; it is never retried."""
        error = BudgetSpentError(f"the call's budget of {self.seconds:g} s is spent")
        mark_final(error)
        return error


def timed_steps(deadline: Deadline, step: Callable[[], Any]) -> Generator[Any, None, None]:
    """What `step()` gives until it raises StopIteration, and as long as the clock allows."""
    try:
        while not deadline.is_over:
            if not deadline.watch and deadline.ends():
                break
            yield step()
    except StopIteration:
        return
    raise deadline.spent()


def marked_steps(deadline: Deadline, step: Callable[[], Any]) -> Generator[Any, None, None]:
    """`timed_steps`, for a deadline that another thread watches."""
    try:
        while not deadline.is_over:
            yield step()
    except StopIteration:
        return
    raise deadline.spent()


class AsyncSteps:
    """`timed_steps` of an asynchronous iterable; what its `__anext__` gives is awaited by the loop itself."""

    __slots__ = ("deadline", "step")

    def __init__(self, deadline: Deadline, items: AsyncIterable[Any]) -> None:
        self.deadline = deadline
        self.step = aiter(items).__anext__

    def __aiter__(self) -> AsyncSteps:
        return self

    def __anext__(self) -> Awaitable[Any]:
        self.deadline.lasts()
        return self.step()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OBSERVERS: list[Callable[[str, str, dict[str, Any]], None]] = []
"""called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and what is
to be said"""


def name_of(function: Callable[..., Any]) -> str:
    """The dotted name of a function, "app.pay.receipt"."""
    return f"{function.__module__}.{function.__qualname__}"


def notice(kind: str, function: str, /, **said: Any) -> None:
    """Tell the observers; what they raise never reaches the call. Not to be called with a lock held."""
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)


def shielded(listener: Callable[..., Any], /, *args: Any) -> None:
    """`listener(*args)`; an exception of it is logged and kept from the call."""
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)


def log_failure(message: str, about: object) -> None:
    """Log the exception that is being handled; a handler or filter of the program's that raises is kept from the call
    as well."""
    with suppress(Exception):
        from logging import getLogger

        getLogger("poet").exception(message, about)

def checked_count(name: str, value: object, least: int = 1) -> int:
    """`value` if it is a whole number of at least `least`; raises ValueError for anything else, bools included."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def checked_seconds(name: str, value: object, above: float = -1.0) -> float:
    """`value` if it is a finite number of seconds, 0 or more and above `above`; raises ValueError for others."""
    if type(value) not in (int, float) or not 0 <= value < 1e9 or value <= above:  # type: ignore[operator]
        least = "above 0" if above >= 0 else "of 0 or more"
        raise ValueError(f"{name} must be a finite number of seconds {least}, not {value!r}")
    return value  # type: ignore[return-value]


def checked_share(name: str, value: object, least: float = 0.0, most: float = 1.0) -> float:
    """`value` if it is a number from `least` to `most`; raises ValueError for others, for NaN and bools too."""
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value  # type: ignore[return-value]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_OPEN = 3600.0
"""seconds that a breaker stays open at most, however much it has grown"""

BREAKERS: WeakValueDictionary[str, Any] = WeakValueDictionary()
"""dotted name of the function -> its breaker, as long as the function lives"""


def breakers() -> dict[str, Any]:
    """The breakers of all linked functions, by the function's dotted name:
    `breakers()["app.pay.receipt"].isolate()`."""
    return dict(BREAKERS)


class Breaker:
    """Opens after `limit` failures in a row. What counts is what passes by itself (see `is_transient`, which also gets
    the dotted names in `transient`) and isn't in `exclude`.

    It stays open for `open_for * growth ** (n - 1)` seconds, at most 3600, where n counts the openings since it was
    last closed; times a uniform share of 1 ± `jitter`. Then at most `probes` calls at a time are let through;
    `successes` of them in a row close it, one failure opens it again. A probe that ends in an error that doesn't
    count, or whose caller dies, says nothing and frees its place; one that isn't heard of for as long as the breaker
    was open counts as lost.

    Calls don't come here while it is closed: generated code reads `is_open` before a call and `failures` behind it,
    both without the lock, which is never held during a call. Late results of calls from before it opened are ignored.
    """

    __slots__ = (
        "__weakref__",
        "changes",
        "clock",
        "epoch",
        "exclude",
        "failures",
        "generation",
        "growth",
        "is_open",
        "jitter",
        "limit",
        "listeners",
        "lock",
        "name",
        "open_for",
        "opened",
        "probed_at",
        "probes",
        "proved",
        "reached",
        "running",
        "state",
        "successes",
        "time_open",
        "transient",
        "until",
    )

    def __init__(
        self,
        original: Callable[..., Any],
        limit: int = 5,
        open_for: float = 30.0,
        *,
        probes: int = 1,
        successes: int | None = None,
        growth: float = 1.0,
        jitter: float = 0.0,
        exclude: tuple[str, ...] = (),
        transient: tuple[str, ...] = (),
        clock: Callable[[], float] = monotonic,
        name: str | None = None,
    ) -> None:
        self.name = name_of(original) if name is None else name
        self.limit = checked_count("limit", limit)
        self.open_for = checked_seconds("open_for", open_for, above=0.0)
        self.probes = checked_count("probes", probes)
        self.successes = self.probes if successes is None else checked_count("successes", successes)
        self.growth = checked_share("growth", growth, 1.0, 10.0)
        self.jitter = checked_share("jitter", jitter)
        self.exclude = frozenset(exclude)
        self.transient = transient
        self.clock = clock
        self.listeners: list[Callable[[Breaker, str, str], None]] = []
        """called with the breaker, the state it left and the one it is in, outside of the lock"""
        self.changes: list[tuple[str, str]] = []
        """of state, not yet told"""
        self.lock = RLock()
        self.state = "closed"
        """ "closed", "open", "half-open" or "isolated" """
        self.is_open = False
        """whether calls have to ask: in every state but "closed" """
        self.failures = 0
        """in a row"""
        self.generation = 0
        """counts the changes of state, so that what began before one is known after it"""
        self.opened = 0
        """openings since it was last closed"""
        self.until = 0.0
        self.time_open = 0.0
        self.running = 0
        """probes, those from before the last change of state included"""
        self.epoch = 0
        """counts how often the probes under way were given up for lost"""
        self.proved = 0
        self.probed_at = 0.0
        self.reached = self.clock()
        if name is None:
            BREAKERS[self.name] = self
        fork_aware(self)

    def now(self) -> float:
        """The clock, which never goes backwards here; call it with the lock held."""
        self.reached = max(self.reached, self.clock())
        return self.reached

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)` if it is let through, else `CircuitOpenError`; a probe's end is taken note of."""
        probe = self.admit()
        if probe is None:
            return function(*args, **kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.ended(probe, self.verdict_on(error), error)
            raise
        self.ended(probe, True)
        return result

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        probe = self.admit()
        if probe is None:
            return await function(*args, **kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            self.ended(probe, self.verdict_on(error), error)
            raise
        self.ended(probe, True)
        return result

    def admit(self) -> tuple[int, int] | None:
        """None if it is closed, a probe's mark for `ended`, or `CircuitOpenError`."""
        try:
            with self.lock:
                probe = self.admitted()
        except CircuitOpenError:
            self.refused()
            raise
        self.tell()
        return probe

    def refused(self) -> None:
        """Say that a call isn't let through; call it without the lock."""
        self.tell()
        notice("function.refusal", self.name, by="breaker")

    def admitted(self) -> tuple[int, int] | None:
        """`admit`, to be called with the lock held."""
        if self.state == "closed":
            return None
        now = self.now()
        if self.state == "open" and now >= self.until:
            self.enter("half-open")
        if self.state != "half-open" or not self.lets_probe(now):
            raise self.refusal(now)
        self.running += 1
        self.probed_at = now
        return self.generation, self.epoch

    def lets_probe(self, now: float) -> bool:
        """Whether another probe may start; with all places taken for too long they are given anew."""
        if self.running < self.probes:
            return True
        if now - self.probed_at < self.time_open:
            return False
        self.forget_probes()
        return True

    def forget_probes(self) -> None:
        """Give up the probes under way for lost; call it with the lock held."""
        self.epoch += 1
        self.running = 0
        self.enter(self.state)

    def ended(self, probe: tuple[int, int], worked: bool | None, error: BaseException | None = None) -> None:
        """Take note of a probe's end; None: it says nothing."""
        generation, epoch = probe
        with self.lock:
            self.running -= epoch == self.epoch
            if generation != self.generation:
                return
            if worked:
                self.proved += 1
                if self.proved >= self.successes:
                    self.enter("closed")
            elif worked is False:
                self.trip()
        self.tell()
        if worked is False and error is not None:
            mark_final(error)  # it is open: a further attempt would only be refused

    def succeeded(self) -> None:
        """A call worked while it was closed: count from zero."""
        with self.lock:
            if self.state == "closed":
                self.failures = 0

    def failed(self, error: BaseException) -> None:
        """A call failed while it was closed: count it if it counts, and open at the limit."""
        if not self.counts(error):
            return
        with self.lock:
            if self.state == "closed":
                self.failures += 1
                if self.failures >= self.limit:
                    self.trip()
        self.tell()

    def verdict_on(self, error: BaseException) -> bool | None:
        """False if an error is the failure of what is called, None if it says nothing about that."""
        if not isinstance(error, Exception):  # cancelled: a failure if it is because its time was up
            deadline = live_deadline()
            return False if deadline is not None and deadline.end <= monotonic() else None
        return False if self.counts(error) else None

    def counts(self, error: BaseException) -> bool:
        """Whether an error passes by itself, and none of its classes is in `exclude`, by its dotted name; builtins go
        by their bare name too."""
        if not is_transient(error, self.transient):
            return False
        if not self.exclude:
            return True
        classes = type(error).__mro__
        names = {f"{c.__module__}.{c.__qualname__}" for c in classes}
        names |= {c.__qualname__ for c in classes if c.__module__ == "builtins"}
        return self.exclude.isdisjoint(names)

    def trip(self) -> None:
        """Open, for a time that grows with every opening; call it with the lock held."""
        self.opened += 1
        grown = min(self.open_for * self.growth ** min(self.opened - 1, 100), LONGEST_OPEN)
        self.time_open = grown * (1.0 + self.jitter * (2.0 * chance() - 1.0))
        self.until = self.now() + self.time_open
        self.enter("open")

    def enter(self, state: str) -> None:
        """Change the state; call it with the lock held."""
        if state != self.state:
            self.changes.append((self.state, state))
        self.state = state
        self.generation += 1
        self.proved = 0
        if state == "closed":
            self.failures = self.opened = 0
        self.is_open = state != "closed"

    def isolate(self) -> None:
        """Refuse every call until `reset`."""
        with self.lock:
            self.enter("isolated")
        self.tell()

    def reset(self) -> None:
        """Close, and count from zero."""
        with self.lock:
            self.enter("closed")
        self.tell()

    def tell(self) -> None:
        """Say what has changed; call it without the lock."""
        while self.changes:
            with self.lock:
                if not self.changes:
                    return
                before, state = self.changes.pop(0)
            for listener in tuple(self.listeners):
                shielded(listener, self, before, state)
            notice("breaker.state", self.name, before=before, state=state, failures=self.failures)

    def refusal(self, now: float) -> CircuitOpenError:
        """Why a call isn't let through; never retried."""
        if self.state == "isolated":
            why = "isolated by hand, until it is reset"
        elif self.state == "half-open":
            why = f"{self.running} of {self.probes} probes under way"
        else:
            why = f"{self.why()}; next try in {self.until - now:.1f} s"
        error = CircuitOpenError(f"circuit of {self.name} open: {why}")
        mark_final(error)
        return error

    def why(self) -> str:
        """What opened it."""
        return f"{self.failures} failures in a row"

    def snapshot(self) -> dict[str, Any]:
        """What it knows: `name`, `state`, `failures` in a row, `opened` times since it was closed, `running` probes,
        and `retry_in` seconds until the next one may start."""
        with self.lock:
            left = max(0.0, self.until - self.now()) if self.state == "open" else 0.0
            return {
                "name": self.name,
                "state": self.state,
                "failures": self.failures,
                "opened": self.opened,
                "running": self.running,
                "retry_in": left,
            }

    def forked(self) -> None:
        """In the child of a fork: the other threads, their locks and their probes are gone."""
        self.lock = RLock()
        self.forget_probes()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

CHECKED = {
    "int": int,
    "float": (float, int),
    "complex": (complex, float, int),
    "bool": bool,
    "str": str,
    "bytes": (bytes, bytearray, memoryview),
    "bytearray": bytearray,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "frozenset": frozenset,
    "None": type(None),
}
"""contract name -> what `isinstance` accepts; the numeric tower is PEP 484's"""


def accepted_types(contract: str) -> tuple[type, ...]:
    """The classes that satisfy a contract such as "float | None"."""
    found: list[type] = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)


def repaired(value: Any, types: tuple[type, ...]) -> Any:
    """`value` in a type of `types` if that loses nothing ("5" -> 5, [1] -> (1,)), else `value` itself."""
    kind = type(value)
    if kind is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    elif kind is list and tuple in types:
        return tuple(value)
    elif kind is tuple and list in types:
        return list(value)
    return value


LONGEST_NUMBER = 400
"""characters of a number as text; `int` itself refuses some thousands of digits"""


def written_as(parse: Callable[[str], Any], write: Callable[[Any], str], text: str) -> bool:
    """Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't."""
    try:
        return write(parse(text)) == text
    except ValueError:
        return False


def is_excused(value: Any, types: tuple[type, ...]) -> bool:
    """Whether a value passes for one of `types` all the same: a mock of a test, a number of numpy's own."""
    kind = type(value)
    mock = getattr(sys.modules.get("unittest.mock"), "NonCallableMock", None)
    if isinstance(mock, type) and issubclass(kind, mock):
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None or not types:
        return False
    pairs = ((int, "integer"), (float, "floating"), (complex, "complexfloating"), (bool, "bool_"))
    numbers = (getattr(numpy, name, None) for builtin, name in pairs if builtin in types)
    return any(isinstance(number, type) and issubclass(kind, number) for number in numbers)


class BuiltinTypes:
    """A contract of builtin types, "int | None", asked in the way in which a `Hint` is asked."""

    __slots__ = ("text", "types")

    basis = "its annotation says"

    def __init__(self, text: str) -> None:
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value: Any) -> bool:
        """Whether a value is of one of the types; one that raises when it is asked isn't."""
        try:
            return isinstance(value, self.types)
        except Exception:  # what `__class__` of a proxy raises
            return False

    def excuses(self, value: Any) -> bool:
        """Whether a value of another type is no reason to complain."""
        return is_excused(value, self.types)

    def repaired(self, value: Any) -> Any:
        """`value` in one of the types if that loses nothing, else `value` itself."""
        return repaired(value, self.types)

    def fault(self, value: Any) -> str:
        """Nothing is wrong with a value but its type."""
        return ""


def contract_named(contract: Any) -> Any:
    """What answers for a contract: itself if it is a `Hint`."""
    return BuiltinTypes(contract) if type(contract) is str else contract


class Perceive:
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts: builtin types ("int | None"), or a `Hint`. In mode "repair" what
    can't be repaired goes on to the original, and is named in the notes of whatever that raises; in "strict" it raises
    `PerceiveError`.
    """

    __slots__ = ("contracts", "enhanced", "mode", "original", "positions")

    def __init__(self, original: Callable[..., Any], mode: str = "repair", /, **contracts: Any) -> None:
        self.original = original
        self.enhanced: Callable[..., Any] = original
        self.mode = mode
        self.contracts = contracts
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name: str, value: Any) -> Any:
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value)
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            classes = {"given": type(value).__name__, "made": type(new).__name__}
            notice("function.repair", name_of(self.original), parameter=name, **classes)
        return new

    def complaint(self, name: str, value: Any) -> str:
        """What is wrong with an argument, in a line; nothing of the value is shown but its class."""
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Callable[..., Any], list[str]]:
        """The arguments, repaired where possible, the function to call with them, and complaints about the others.

        That is the original unless all of them are now as the inline tests want them: those would come here again.
        """
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.original
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def complaints(self, wrong: Iterable[tuple[str, Any]]) -> list[str]:
        """A line for each argument that isn't excused."""
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name: str) -> bool:
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name: str, value: Any) -> bool:
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call again with repaired arguments; what can't be repaired goes to the original."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """`__call__` for a generator function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error: BaseException, /, **values: Any) -> None:
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce:
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    def __init__(self, original: Callable[..., Any], contract: Any, mode: str = "repair", /) -> None:
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value: Any) -> Any:
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if self.warned and self.mode != "strict":
            return value
        fault = contract.fault(value)
        message = (
            f"{self.original.__qualname__}() returned {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )
        if self.mode == "strict":
            raise EnforceError(message)
        self.warned = True
        import warnings

        warnings.warn(message, PoetContractWarning, stacklevel=2)
        return value


def add_note(error: BaseException, *notes: str) -> None:
    """Add notes to an exception if it takes them (some classes have slots and no dict)."""
    for note in notes:
        try:
            error.add_note(f"poet: {note}")
        except Exception:  # a note must never replace the user's own error
            return

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def has_affinity(values: Iterable[Any], depth: int = 1) -> bool:
    """Whether one of the values, or what it holds (items of a tuple or dict, attributes), belongs to its thread.

    These are connections and cursors of sqlite3; nothing is imported to know.
    """
    sqlite = sys.modules.get("sqlite3")
    if sqlite is None:
        return False
    named = (getattr(sqlite, name, None) for name in ("Connection", "Cursor"))  # not there yet while it is imported
    kinds = tuple(kind for kind in named if isinstance(kind, type))
    return any(issubclass(type(v), kinds) or (depth and has_affinity(held_by(v), depth - 1)) for v in values)


def held_by(value: Any) -> Iterable[Any]:
    """What a value holds, as far as looking runs no code of its own."""
    if type(value) is tuple:
        return value
    if type(value) is dict:
        return tuple(value.values())
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or its class makes one up
        return ()
    return tuple(attributes.values()) if type(attributes) is dict else ()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ORPHANS: list[tuple[int, Any]] = []
"""process, and lock held by work that was left behind, until it ends; `orphan_count` prunes and counts them"""

MOST_ORPHANS = 64


def within_thread(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` in a daemon thread with a copy of the context; left behind when the deadline passes.

    What it sets in context variables is carried over, as if it had run here. Where no thread can be started any more
    (the interpreter is shutting down, the system has none left) it runs here.
    """
    left = deadline.left()
    try:
        from threading import Lock, Thread
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return entered(deadline, function)
    if orphan_count() >= MOST_ORPHANS:
        error = BudgetSpentError(
            f"{MOST_ORPHANS} calls that ran out of time still run in the background: no further one is started"
        )
        mark_final(error)
        raise error
    context = copy_context()
    outcome: list[Any] = [None, None, None]  # worked, value, error
    deadline.watch = BY_WAITER
    running = Lock()
    running.acquire()

    def work() -> None:
        try:
            outcome[1] = context.run(entered, deadline, function)
            outcome[0] = True
        except BaseException as error:  # carried over to the caller's thread, whatever it is
            outcome[2] = error
            outcome[0] = False
        finally:
            running.release()

    thread = Thread(target=work, name="poet call with a budget", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        deadline.watch = BY_CLOCK
        return entered(deadline, function)
    try:
        running.acquire(timeout=left)  # not `join`: interrupted by Ctrl-C, Python 3.11 takes the thread for ended
    finally:  # an exception here is the caller's own, KeyboardInterrupt: the call is left behind then, too
        if outcome[0] is None:
            deadline.is_over = True
            ORPHANS.append((getpid(), running))
    return result_of(outcome, context, deadline)


def entered(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()` inside the deadline."""
    with deadline:
        return function()


def result_of(outcome: list[Any], context: Context, deadline: Deadline) -> Any:
    """What the thread gave or raised; raises `BudgetSpentError` if it has not done either."""
    worked, value, error = outcome
    if worked is None:
        raise deadline.spent()
    for variable, setting in context.items():
        if variable is not OUTER_DEADLINE and variable.get(outcome) is not setting:
            variable.set(setting)
    if worked:
        return value
    try:
        raise error
    finally:
        outcome.clear()  # no circle of error, traceback and frames
        del error


def orphan_count() -> int:
    """How many calls that ran out of time still run in daemon threads."""
    here = getpid()
    ORPHANS[:] = [(process, running) for process, running in ORPHANS if process == here and running.locked()]
    return len(ORPHANS)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def is_importing() -> bool:
    """Whether the current code runs because a module is imported, directly or through calls.

    This thread then holds the lock of that module: another one that needs the module would wait until the import ends.
    """
    machinery = (sys.modules or {}).get("_frozen_importlib")
    if machinery is None:  # the interpreter has taken its modules down
        return False
    home = machinery.__dict__
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is home:
            return True
        frame = frame.f_back
    return False

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

ALARM_REPEAT = 0.05
"""seconds until another alarm, in case that the first was swallowed (in a `__del__`, by a bare `except`)"""

ALARM_GRACE = 0.02
"""share of the budget, at most half a second, that calls get to end by their own time limit, which says more"""


class AlarmRang(BaseException):
    """Unwinds the interrupted code. No Exception, so that the code's own `except Exception` doesn't swallow it;
    it leaves the enhanced call as `BudgetSpentError`."""


class AlarmedDeadline(Deadline):
    """A deadline that interrupts what runs inside `with deadline:`, a little after its end.

    The handler and timer that were set before are put back; if that timer runs out first, its handler is called then.
    Off the main thread, and where there is no SIGALRM, it interrupts nothing; only calls whose own limit holds for
    each read, so that what drips in never meets it, are then made in a thread of their own.
    """

    __slots__ = ("armed", "due", "grace", "outer_due", "outer_every", "outer_handler", "rang")

    def __init__(self, seconds: float) -> None:
        Deadline.__init__(self, seconds)
        self.grace = min(self.seconds * ALARM_GRACE, 0.5)
        self.armed = False
        self.rang: AlarmRang | None = None
        self.outer_handler: Any = None
        self.outer_due: float | None = None
        self.outer_every = 0.0

    def __enter__(self) -> None:
        Deadline.__enter__(self)
        self.is_alone = False
        if can_ring():
            try:
                self.take_over()
            except BaseException:  # Ctrl-C in just this moment
                self.__exit__(None, None, None)
                raise

    def take_over(self) -> None:
        """Stop the timer, put this handler in the place of the one that was set, and set the timer anew."""
        self.armed = True
        left, self.outer_every = _signal.setitimer(_signal.ITIMER_REAL, 0)
        self.outer_due = monotonic() + left if left else None
        try:
            self.outer_handler = _signal.signal(_signal.SIGALRM, self.ring)
        except ValueError:  # another interpreter than the process's first one: those get no signals
            _signal.setitimer(_signal.ITIMER_REAL, left, self.outer_every)
            self.armed = False
            return
        self.due = self.end + self.grace
        self.watch = BY_ALARM
        self.is_alone = self.outer is None
        self.wind()

    def wind(self) -> None:
        """Set the timer to what is due first: this alarm's end, or what was to ring before."""
        due = self.due if self.outer_due is None else min(self.due, self.outer_due)
        _signal.setitimer(_signal.ITIMER_REAL, max(due - monotonic(), 1e-6))

    def ring(self, number: int, frame: FrameType | None) -> None:
        """The handler; raises only in the interrupted code, never while that is being left."""
        now = monotonic()
        if self.outer_due is not None and now >= self.outer_due:
            self.outer_due = now + self.outer_every if self.outer_every else None
            if self.armed:
                self.wind()
            pass_on(self.outer_handler, number, frame)
        elif self.armed:
            is_due = now >= self.due
            if is_due:
                self.due = now + ALARM_REPEAT
            self.wind()
            if is_due and not is_handled(self.rang) and (frame is None or frame.f_code not in ALARM_CODES):
                self.rang = AlarmRang()
                raise self.rang

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        was_armed, self.armed = self.armed, False
        self.watch = BY_CLOCK
        if was_armed:
            self.put_back()
        Deadline.__exit__(self, kind, raised, trace)
        rang, self.rang = self.rang, None
        if raised is not None and raised is rang:
            raise self.spent() from None

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """See `Deadline.called`."""
        if self.watch not in (BY_CLOCK, BY_WATCHER) or not limits_each_read(function):
            return Deadline.called(self, function, args, kwargs)
        return within_thread(Deadline(self.left()), partial(function, *args, **kwargs))

    def put_back(self) -> None:
        """The handler and timer of before, unless the interrupted code has set others of its own."""
        if _signal.getsignal(_signal.SIGALRM) != self.ring:
            return
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, self.outer_handler)
        if self.outer_due is not None:
            _signal.setitimer(_signal.ITIMER_REAL, max(self.outer_due - monotonic(), 1e-6), self.outer_every)


ALARM_CODES = frozenset(
    function.__code__
    for function in (
        AlarmedDeadline.__enter__,
        AlarmedDeadline.take_over,
        AlarmedDeadline.wind,
        AlarmedDeadline.ring,
        AlarmedDeadline.__exit__,
        AlarmedDeadline.put_back,
    )
)
"""where an alarm must not raise: there would be nobody left to put things back"""


def within(deadline: Deadline, function: Callable[[], Any]) -> Any:
    """`function()`, given up at the deadline even if it never looks at a clock.

    On the main thread an alarm signal interrupts it; elsewhere it runs in a daemon thread that is left behind if it
    does not end in time (counted by `orphan_count`). While a module is imported it stays where it is: a thread that
    needs that module would wait for the import, which waits for it; and with an argument that may not change threads.
    """
    if isinstance(deadline, AlarmedDeadline) and can_ring():
        deadline.grace = 0.0
    elif not (is_importing() or (isinstance(function, partial) and has_affinity((*function.args, function.keywords)))):
        return within_thread(deadline, function)
    deadline.left()
    return entered(deadline, function)


def can_ring() -> bool:
    """Whether this is the main thread, and the alarm is for Python code to set."""
    try:
        import threading
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return False
    if threading.current_thread() is not threading.main_thread() or not hasattr(_signal, "setitimer"):
        return False
    return _signal.getsignal(_signal.SIGALRM) is not None


def pass_on(handler: Any, number: int, frame: FrameType | None) -> None:
    """Do what the handler that was set before would have done."""
    if handler == _signal.SIG_DFL:
        import os

        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    elif callable(handler):
        handler(number, frame)


def is_handled(rang: AlarmRang | None) -> bool:
    """Whether that exception is on its way out: the code's `finally` and `except` blocks run undisturbed."""
    error = sys.exception()
    for _ in range(50):
        if error is None or rang is None:
            return False
        if error is rang:
            return True
        error = error.__context__
    return False

TESTING_VARIABLE = "POET_TESTING"
"""environment variable: the number of attempts, for a whole process; empty or 0: no testing"""

LARGEST_NUMBER = 9
"""digits of that variable which are read; no test tries more often"""


class AskedAttempts:
    """What one `with testing(...)` asks for, as long as it lasts; equal to nothing but itself."""

    __slots__ = ("attempts",)

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts


TESTING_ATTEMPTS: list[AskedAttempts] = []
"""what the `with testing(...)` around the current code asked for, innermost last; for all threads"""


class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Of several such blocks the one that was entered last counts, until it is left. Budgets still hold. Raises
    ValueError if `attempts` is no whole number of at least 1.
    """

    __slots__ = ("attempts", "entered")

    def __init__(self, attempts: int = 1) -> None:
        self.attempts = checked_count("attempts", attempts)
        self.entered: list[AskedAttempts] = []

    def __enter__(self) -> None:
        asked = AskedAttempts(self.attempts)
        self.entered.append(asked)
        TESTING_ATTEMPTS.append(asked)

    def __exit__(self, *raised: object) -> None:
        TESTING_ATTEMPTS.remove(self.entered.pop())


def testing_attempts() -> int | None:
    """The attempts that a test asks for, or None outside of tests; looked at only once something has failed."""
    for asked in reversed(TESTING_ATTEMPTS):
        return asked.attempts
    text = environ.get(TESTING_VARIABLE, "")
    return int(text[:LARGEST_NUMBER]) or None if text.isascii() and text.isdigit() else None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pause(seconds: float) -> None:
    """Wait before another attempt."""
    if testing_attempts() is None:
        sleep(seconds)


async def pause_async(seconds: float) -> None:
    """Let other tasks run before another attempt: at least once, in tests too."""
    if testing_attempts() is not None:
        seconds = 0.0
    trio = running_trio()
    if trio is not None:
        await trio.sleep(seconds)
        return
    from asyncio import sleep as wait

    await wait(seconds)


def running_trio() -> Any:
    """The module trio if the current coroutine runs under it, else None; never imports it."""
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        trio.lowlevel.current_task()
    except Exception:  # RuntimeError, or a trio that has no such function: then it isn't trio that runs this
        return None
    return trio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any


class LoopAlarm:
    """The budgets of all calls under way in one event loop, watched with one timer.

    `asyncio.timeout` sets and cancels a timer for every call, which is half of what it costs, and almost none is ever
    needed. Here the timer stays when a call ends: it finds nothing due, and is set for what ends next.
    """

    __slots__ = ("limits", "ring_at", "timer")

    def __init__(self) -> None:
        self.limits: set[LoopLimit] = set()
        self.ring_at = float("inf")
        self.timer: Any = None

    def wind(self, loop: Any, when: float) -> None:
        """Set the timer to that moment, which is before any that it was set to."""
        if self.timer is not None:
            self.timer.cancel()
        self.ring_at = when
        self.timer = loop.call_at(when, self.ring, loop)

    def ring(self, loop: Any) -> None:
        """Cancel what is over its time, and set the timer for what is over next."""
        now = max(self.ring_at, loop.time())  # loops let timers run a little early
        self.ring_at, self.timer = float("inf"), None
        for limit in list(self.limits):
            if limit.when <= now:
                limit.ring()
        if self.limits:
            self.wind(loop, min(limit.when for limit in list(self.limits)))


class LoopLimit:
    """The end of one call's budget on the clock of its event loop; the rules of cancelling are `asyncio.timeout`'s."""

    __slots__ = ("alarm", "cancelling", "rang", "task", "when")

    def __init__(self, loop: Any, task: Any, left: float) -> None:
        self.task = task
        self.cancelling = task.cancelling()
        self.rang = False
        self.when = when = loop.time() + left
        self.alarm = alarm = alarm_of(loop)
        alarm.limits.add(self)
        if when < alarm.ring_at:
            alarm.wind(loop, when)

    def ring(self) -> None:
        """Cancel the task."""
        self.alarm.limits.discard(self)
        self.rang = True
        self.task.cancel()

    def ended(self, error: BaseException | None) -> bool:
        """Take note that the call is over; whether it ended with `error` because its time was up, and only for that."""
        self.alarm.limits.discard(self)
        if not self.rang:
            return False
        is_only_reason = self.task.uncancel() <= self.cancelling
        if isinstance(error, TimeoutError):  # what the call made of being cancelled
            return True
        return is_only_reason and isinstance(error, sys.modules["asyncio"].CancelledError)


def alarm_of(loop: Any) -> LoopAlarm:
    """The alarm of an event loop, kept with the loop itself, for as long as that lives."""
    alarm = getattr(loop, "poet_alarm", None)
    if alarm.__class__ is LoopAlarm:
        return alarm
    alarm = LoopAlarm()
    try:
        loop.poet_alarm = alarm
    except Exception:  # a loop that takes no attributes: then every call has its own
        return alarm
    return alarm


async def within_async(deadline: Deadline, awaitable: Awaitable[Any]) -> Any:
    """`await awaitable`, cancelled at the deadline, by asyncio or trio; under any other loop only entered."""
    try:
        left = deadline.left()
    except BaseException:
        close = getattr(awaitable, "close", None)
        if close is not None:  # never started: no warning that it was never awaited
            close()
        raise
    with deadline:
        loop, task = running_task()
        if task is None:
            return await within_trio(deadline, left, awaitable)
        limit = LoopLimit(loop, task, left)
        try:
            result = await awaitable
        except BaseException as error:
            if limit.ended(error):
                raise deadline.spent() from None
            raise
        limit.ended(None)
        return result


def running_task() -> tuple[Any, Any]:
    """The loop of asyncio that runs the current coroutine, and the task, which can be cancelled; or None for them."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None, None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None, None
    return loop, asyncio.current_task(loop)


def in_asyncio_task() -> bool:
    """Whether the current coroutine runs in a task of asyncio, which can be cancelled."""
    return running_task()[1] is not None


async def within_trio(deadline: Deadline, left: float, awaitable: Awaitable[Any]) -> Any:
    """`within_async` under trio, or under a loop that is known to nobody."""
    trio = running_trio()
    if trio is None:
        return await awaitable
    with trio.move_on_after(left) as scope:
        return await awaitable
    if scope.cancelled_caught:
        raise deadline.spent()
    return None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

RETRY_AFTER_MOST = 3600.0
"""seconds; a server that asks for more is not waited for"""


def retry_after(thing: Any) -> float | None:
    """Seconds that a response, or an error's, asks for in `Retry-After` (RFC 9110 section 10.2.3), or None."""
    for holder in (thing, looked_up(thing, "response")):
        headers = looked_up(holder, "headers")
        asked = header(headers, "Retry-After")
        if asked:
            return retry_after_seconds(asked, header(headers, "Date"))
    return None


def header(headers: Any, name: str) -> str:
    """A header of some client's response; "" if there is none, or if its headers are none."""
    try:
        return str(headers.get(name) or headers.get(name.lower()) or "").strip()
    except Exception:  # headers of any client: whatever they are, they must not break the retry
        return ""


def retry_after_seconds(text: str, date: str = "") -> float | None:
    """`Retry-After` as seconds from now, either form: delay-seconds or an HTTP date.

    A date is compared with the `Date` of the same response, if there is one: the two clocks need not agree.
    """
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MOST)
    until = http_date(text)
    if until is None:
        return None
    from datetime import UTC, datetime

    now = http_date(date) or datetime.now(UTC)
    return min(max(0.0, (until - now).total_seconds()), RETRY_AFTER_MOST)


def http_date(text: str) -> datetime | None:
    """An HTTP date with its zone, or None."""
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

USED_UP = ("__next__", "__anext__", "__await__", "read")
"""what an argument has that a first attempt may have used up: an iterator, a coroutine, a file"""

MOST_LOOKED_AT = 1_000
"""items of one list, tuple or dict among the arguments"""

BY_ITSELF = "the client repeats by itself"


def obstacle(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception | None
) -> str:
    """Why `function(*args, **kwargs)` can't be made again after `error` (None: after a response), or "".

    An argument that the first attempt used up would be sent empty by a second one; the attempts of a client that
    repeats by itself would multiply; a connection may be closed, and a transaction has to be done from its beginning.
    """
    owner = looked_up(function, "__self__")
    if owner is not None and repeats_by_itself(owner):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return "its connection or transaction can't go on"
    return "an argument can be used once only" if has_used_up((*args, *kwargs.values())) else ""


def has_used_up(values: Iterable[Any], depth: int = 3) -> bool:
    """Whether one of the values, or one in their lists, tuples and dicts, is there for one use only."""
    for value in values:
        kind = type(value)
        if kind in (str, bytes, int, float, bool, type(None)):
            continue
        if any(hasattr(kind, name) for name in USED_UP):
            return True
        if depth and kind in (list, tuple, dict):
            inner = value.values() if kind is dict else value
            if has_used_up(islice(inner, MOST_LOOKED_AT), depth - 1):
                return True
    return False


def is_used_up(values: Iterable[Any]) -> bool:
    """`has_used_up` for arguments of a user's function, which may do with objects of their own classes what they like.

    Iterators of Python's own, coroutines, and files that are read are used up; whatever else has a `read` isn't.
    """
    for value in values:
        kind = type(value)
        if kind.__module__ in ("builtins", "itertools") and any(hasattr(kind, name) for name in USED_UP):
            return True
        if kind.__module__ == "_io" and hasattr(kind, "readable") and not value.closed and value.readable():
            return True
    return False


def repeats_by_itself(owner: Any) -> bool:
    """Whether a client object is set up to repeat what fails: itself, its inner client, its adapters."""
    for holder in (owner, looked_up(owner, "_client"), looked_up(owner, "client")):
        if is_positive(looked_up(holder, "max_retries")):  # openai, anthropic
            return True
        adapters = looked_up(holder, "adapters")  # requests.Session
        mounted = adapters.values() if isinstance(adapters, dict) else ()
        totals = [looked_up(looked_up(adapter, "max_retries"), "total") for adapter in mounted]
        if any(is_positive(total) for total in totals):
            return True
    meta = looked_up(owner, "meta")  # boto3: retries unless it was told not to
    settings = looked_up(looked_up(meta, "config"), "retries")
    if looked_up(meta, "service_model") is not None:
        return not (isinstance(settings, dict) and settings.get("total_max_attempts") == 1)
    pool = looked_up(looked_up(owner, "connection_pool"), "connection_kwargs")  # redis
    return isinstance(pool, dict) and is_positive(looked_up(pool.get("retry"), "_retries"))


def is_positive(number: Any) -> bool:
    """Whether that is a number of further attempts."""
    return type(number) is int and number > 0


def is_stuck(owner: Any, error: Exception) -> bool:
    """Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended."""
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str) and state.startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False


def is_set(flag: Any) -> bool:
    """Whether that is a flag, and set; methods of that name are none."""
    return type(flag) in (bool, int) and bool(flag)

REFUSED_SECONDS = 2.0
"""how long a server may take to come back that refuses connections, as one does that is started again"""

LOCKED_SECONDS = 5.0
"""how long somebody else may hold a lock (what sqlite3 itself waits: `sqlite3.connect(timeout=5.0)`)"""

LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_LOCKED"})
"""SQLSTATE and SQLite's names of "somebody else holds it" """

STARTING = frozenset({"57P03", "57P01"})
"""SQLSTATE of a server that starts or stops"""

LOADING = frozenset({"redis.exceptions.BusyLoadingError"})


def patience_after(error: Exception) -> float:
    """Seconds for which failures like this one aren't counted; 0.0: they are."""
    inner: object = error
    for _ in range(5):
        if not isinstance(inner, BaseException):
            return 0.0
        found = patience_with(inner)
        if found:
            return found
        inner = looked_up(inner, "orig") or looked_up(inner, "reason") or inner.__cause__ or inner.__context__
    return 0.0


def patience_with(error: BaseException) -> float:
    """`patience_after` of one error, what it was made of left alone."""
    state = looked_up(error, "sqlstate") or looked_up(error, "sqlite_errorname")
    if state in LOCKED:
        return LOCKED_SECONDS
    if isinstance(error, ConnectionRefusedError) or state in STARTING:
        return REFUSED_SECONDS
    if isinstance(error, Exception) and has_name(error, LOADING):
        return REFUSED_SECONDS
    try:
        words = str(error)
    except Exception:  # the text of a user's own exception
        return 0.0
    return REFUSED_SECONDS if "Connection refused" in words or "the database system is " in words else 0.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def is_unsent(error: Exception, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether `function(*args, **kwargs)` failed while it was still connecting, for clients that let that be seen.

    Not if it may be the connection to where a first request, which did arrive, was redirected to. What can't be
    looked at may have been sent.
    """
    try:
        kind = type(error)
        test = TESTS.get(f"{kind.__module__}.{kind.__qualname__}")
        return test is not None and test(error, function, args, kwargs)
    except Exception:  # stand-ins in tests, clients of another version
        return False


def by_requests(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """requests: urllib3 had no connection yet, and the request is the one that was asked for, not a redirected one."""
    reason = looked_up(error.args[0], "reason") if error.args else None
    if type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
        return False
    method = function.__name__.upper()
    if method == "REQUEST":
        method, *args = args if args else (kwargs["method"],)  # type: ignore[assignment]
    url = args[0] if args else kwargs["url"]
    asked = sys.modules["requests"].Request(method.upper(), url, params=kwargs.get("params")).prepare()
    return bool(asked.method == error.request.method and asked.url == error.request.url)


def by_httpx(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """httpx: errors of that class come before anything is sent; a redirect is followed only where that was asked."""
    if looked_up(looked_up(function, "__self__"), "follow_redirects"):
        return kwargs.get("follow_redirects") is False
    return kwargs.get("follow_redirects", False) is False


def by_redis(error: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """redis-py: raised while the pool got a connection for the command."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == "get_connection" and str(trace.tb_frame.f_globals.get("__name__")).startswith("redis."):
            return True
        trace = trace.tb_next
    return False


TESTS = {
    "httpx.ConnectError": by_httpx,
    "httpx.ConnectTimeout": by_httpx,
    "httpx.PoolTimeout": by_httpx,
    "redis.exceptions.ConnectionError": by_redis,
    "redis.exceptions.TimeoutError": by_redis,
    "requests.exceptions.ConnectTimeout": by_requests,
    "requests.exceptions.ConnectionError": by_requests,
}
"""class of an error -> what finds out whether anything had been sent"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


MOST_PATIENT = 20
"""attempts in all where failures aren't counted: a clock may stand still"""


class Trial:
    """What has failed so far of one call, which `began` at that moment (monotonic seconds)."""

    __slots__ = ("arguments", "began", "deadline", "function", "retry", "tried")

    def __init__(
        self,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        arguments: tuple[tuple[Any, ...], dict[str, Any]],
        began: float,
    ) -> None:
        self.retry = retry
        self.function = function
        self.deadline = deadline if deadline is not None and deadline.is_live else live_deadline()
        self.arguments = arguments
        self.began = began
        self.tried = 0

    def left(self) -> float:
        """Seconds left for waiting and trying."""
        now = monotonic()
        left = self.began + self.retry.budget - now
        return left if self.deadline is None else min(left, self.deadline.end - now)

    def after(self, error: Exception) -> float | None:
        """Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes."""
        self.tried += 1
        if is_final(error):
            return None
        if not is_transient(error, self.retry.transient):
            if self.tried > 1:
                self.tell(error)
            return None
        why = obstacle(self.function, *self.arguments, error)
        if why:
            self.tell(error, why)
            return None
        patient = self.tried < MOST_PATIENT and 0.0 <= monotonic() - self.began < patience_after(error)
        wait = self.retry.wait(self.tried, retry_after(error), self.left(), patient)
        if wait is None:
            self.tell(error)
        return wait

    def after_write(self, error: Exception) -> float | None:
        """`after` for a call that must not be made twice: it is made again only if nothing of it was sent."""
        if is_unsent(error, self.function, *self.arguments):
            return self.after(error)
        self.tried += 1
        if self.tried > 1 and not is_final(error):
            self.tell(error, "it may have been done")
        return None

    def tell(self, error: Exception, why: str = "") -> None:
        """Note in `error` how often and how long this call was tried, and where it stands.

        It is then the last word, unless only this call, as it was made, could not be repeated.
        """
        attempts = f"{self.tried} attempt" + "s" * (self.tried > 1)
        reason = f", for {why}" if why else ""
        spent = monotonic() - self.began
        add_note(error, f"{called_name(self.function)}, called {place()}: {attempts} in {spent:.2f} s{reason}")
        if why in ("", BY_ITSELF):
            mark_final(error)

    def after_result(self, result: Any) -> float | None:
        """Seconds to wait if `result`, a response that says to try again, may be thrown away; None: it is returned."""
        self.tried += 1
        if obstacle(self.function, *self.arguments, None):
            return None
        wait = self.retry.wait(self.tried, retry_after(result), self.left())
        if wait is None:
            mark_final(result)  # what `raise_for_status` makes of it is not tried again further out
        return wait


def called_name(function: Callable[..., Any]) -> str:
    """What a function is called, for people."""
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except Exception:  # a callable object: any of the two may be missing, or raise
        return type(function).__qualname__


def place() -> str:
    """Where the innermost code that isn't the runtime's own stands: "at app/pay.py:12"."""
    home = __name__.rpartition(".")[0] + "."
    frame: Any = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(home):
        frame = frame.f_back
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "somewhere"


def discard(result: Any) -> None:
    """Give back what a response holds that is thrown away for another attempt: its connection."""
    close = looked_up(result, "close")
    if callable(close):
        try:
            close()
        except Exception:  # it is thrown away either way
            return


async def discard_async(result: Any) -> None:
    """`discard` for a response that is closed by a coroutine."""
    close = looked_up(result, "aclose")
    if not callable(close):
        discard(result)
        return
    try:
        await close()
    except Exception:  # it is thrown away either way
        return

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Entering:
    """A manager that makes another by `function(*args, **kwargs)`, enters it, and tries again if either fails."""

    __slots__ = ("args", "deadline", "function", "kwargs", "manager", "retry", "scale", "timeout")

    def __init__(
        self,
        retry: Retry,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.retry = retry
        self.function = function
        self.deadline = deadline
        self.timeout = timeout
        self.scale = scale
        self.args = args
        self.kwargs = kwargs
        self.manager: Any = None

    def made(self) -> Any:
        """One more manager, with what is left of the budget."""
        if self.timeout is None:
            return self.function(*self.args, **self.kwargs)
        return limited_call(self.deadline, self.function, self.timeout, self.scale, self.args, self.kwargs)

    def __enter__(self) -> Any:
        trial = Trial(self.retry, self.function, self.deadline, (self.args, self.kwargs), monotonic())
        while True:
            try:
                self.manager = self.made()
                result = entrance(self.manager, "__enter__", "__exit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            else:
                wait = trial.after_result(result) if has_transient_status(result) else None
                if wait is None:
                    return result
                type(self.manager).__exit__(self.manager, None, None, None)
            pause(wait)

    def __exit__(self, *raised: Any) -> Any:
        return type(self.manager).__exit__(self.manager, *raised)


class AsyncEntering:
    """`Entering` for an `async with`."""

    __slots__ = ("args", "function", "kwargs", "manager", "retry")

    def __init__(
        self, retry: Retry, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.manager: Any = None

    async def __aenter__(self) -> Any:
        trial = Trial(self.retry, self.function, None, (self.args, self.kwargs), monotonic())
        while True:
            try:
                self.manager = self.function(*self.args, **self.kwargs)
                result = await entrance(self.manager, "__aenter__", "__aexit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            else:
                wait = trial.after_result(result) if has_transient_status(result) else None
                if wait is None:
                    return result
                await type(self.manager).__aexit__(self.manager, None, None, None)
            await pause_async(wait)

    async def __aexit__(self, *raised: Any) -> Any:
        return await type(self.manager).__aexit__(self.manager, *raised)


def entrance(manager: Any, enter: str, leave: str) -> Any:
    """The type's own `enter`, found as `with` finds it; raises TypeError for what is no manager."""
    found = getattr(type(manager), enter, None)
    if found is None or not hasattr(type(manager), leave):
        kind = "asynchronous context manager" if enter == "__aenter__" else "context manager"
        missed = "" if found is None else f" (missed {leave} method)"
        raise TypeError(f"'{type(manager).__qualname__}' object does not support the {kind} protocol{missed}")
    return found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import Any


def started(
    retry: Retry,
    function: Callable[..., Any],
    deadline: Deadline | None,
    timeout: str | None,
    scale: int | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Generator[Any, None, None]:
    """What `function(*args, **kwargs)` gives, item by item."""
    trial = Trial(retry, function, deadline, (args, kwargs), monotonic())
    while True:
        try:
            if timeout is None:
                items = function(*args, **kwargs)
            else:
                items = limited_call(deadline, function, timeout, scale, args, kwargs)
            step = iter(items).__next__
            first = step()
        except StopIteration:
            return
        except Exception as error:
            wait = trial.after(error)
            if wait is None:
                raise
            pause(wait)
            continue
        break
    yield first
    del first
    try:
        while True:
            yield step()
    except StopIteration:
        return


class AsyncStarting:
    """`started` for an `async for`."""

    __slots__ = ("args", "function", "kwargs", "retry", "step")

    def __init__(
        self, retry: Retry, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.step: Any = None

    def __aiter__(self) -> AsyncStarting:
        return self

    def __anext__(self) -> Awaitable[Any]:
        if self.step is None:
            return self.first()
        return self.step()  # type: ignore[no-any-return]

    async def first(self) -> Any:
        """The first item, from as many starts as it takes."""
        trial = Trial(self.retry, self.function, None, (self.args, self.kwargs), monotonic())
        while True:
            try:
                step = aiter(self.function(*self.args, **self.kwargs)).__anext__
                item = await step()
            except StopAsyncIteration:
                raise
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            else:
                self.step = step
                return item
            await pause_async(wait)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Retry:
    """How often and how long to try: `attempts` in all; waits of `first` seconds doubling to `most`, with full jitter
    (a uniform share of it; Brooker, "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.

    `transient` names further exceptions that pass by themselves. Raises ValueError for impossible numbers.
    """

    __slots__ = ("attempts", "budget", "first", "most", "original", "simple", "simple_timeout", "transient")

    def __init__(
        self,
        original: Callable[..., Any],
        attempts: int = 3,
        first: float = 0.1,
        most: float = 5.0,
        budget: float = 45.0,
        transient: tuple[str, ...] = (),
    ) -> None:
        self.original = original
        self.attempts = checked_count("attempts", attempts)
        self.first = checked_seconds("first", first)
        self.most = checked_seconds("most", most)
        self.budget = checked_seconds("budget", budget, above=0.0)
        self.transient = transient
        self.simple: Any = self
        """the function that was last found to take all that is left of a budget (see `takes_all`), ..."""
        self.simple_timeout = ""
        """... and its parameter"""

    def wait(self, tried: int, asked: float | None, left: float, patient: bool = False) -> float | None:
        """Seconds to wait after `tried` attempts, or None if there is to be no further one.

        `asked` is what `Retry-After` said: at least that is waited or, if it doesn't fit into `left`, nothing tried.
        `patient`: there is to be a further one although so many were made, if any are.
        """
        tests = testing_attempts()
        most = tried + 1 if patient and self.attempts > 1 and tests is None else self.attempts
        if tried >= most or tried >= (tests or most) or left <= 0:
            return None
        if asked is None:
            asked = chance() * min(self.most, self.first * 2.0 ** min(tried - 1, 60))
        elif asked < left:  # not all that were refused at once come back at once
            asked += chance() * min(self.first, (left - asked) / 2)
        if asked >= left:
            return None
        error = sys.exception()
        kind = {} if error is None else {"error": type(error).__qualname__}
        notice("function.retry", name_of(self.original), attempt=tried, wait_ms=asked * 1000.0, **kind)
        return asked

    def __call__(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, repeated while it fails in a way that passes.

        `timeout` names the parameter that takes what is left of `deadline` (see `limited` for `scale`). Where it takes
        just that, the first attempt does as little as can be done.
        """
        if (
            timeout is not None
            and scale is None
            and deadline is not None
            and deadline.is_alone
            and ((function is self.simple and timeout == self.simple_timeout) or self.is_simple(function, timeout))
        ):
            return partial(self.once, function, deadline, timeout)
        return partial(self.repeated, function, deadline, timeout, scale, None)

    def is_simple(self, function: Callable[..., Any], timeout: str) -> bool:
        """Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered."""
        if not takes_all(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def once(self, function: Callable[..., Any], deadline: Deadline, timeout: str, /, *args: Any, **kwargs: Any) -> Any:
        """The first attempt, where all that is left is passed on; the others are left to `repeated`."""
        began = monotonic()
        if timeout in kwargs or began >= deadline.end or not deadline.is_alone:
            return self.repeated(function, deadline, timeout, None, None, *args, **kwargs)
        kwargs[timeout] = deadline.end - began
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began)
            wait = trial.after(error)
            if wait is None:
                raise
        else:
            if not has_transient_status(result):
                return result
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began)
            wait = trial.after_result(result)
            if wait is None:
                return result
            discard(result)
        pause(wait)
        return self.repeated(function, deadline, timeout, None, trial, *args, **kwargs)

    def repeated(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None,
        timeout: str | None,
        scale: int | None,
        trial: Trial | None,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """All attempts, with all that they may need; `trial` knows of those that were made already."""
        began = monotonic()
        while True:
            try:
                if timeout is None:
                    result = function(*args, **kwargs)
                else:
                    result = limited_call(deadline, function, timeout, scale, args, kwargs)
            except Exception as error:
                trial = trial or Trial(self, function, deadline, (args, kwargs), began)
                wait = trial.after(error)
                if wait is None:
                    raise
            else:
                if not has_transient_status(result):
                    return result
                trial = trial or Trial(self, function, deadline, (args, kwargs), began)
                wait = trial.after_result(result)
                if wait is None:
                    return result
                discard(result)
            pause(wait)

    def unsent(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, a write, made again only after failures before anything was sent (see `is_unsent`)."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial = monotonic(), None
            while True:
                try:
                    if timeout is None:
                        return function(*args, **kwargs)
                    return limited_call(deadline, function, timeout, scale, args, kwargs)
                except Exception as error:
                    trial = trial or Trial(self, function, deadline, (args, kwargs), began)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                pause(wait)

        return attempt

    def unsent_awaited(self, function: Callable[..., Any]) -> Any:
        """`unsent` for a function whose result is awaited."""

        async def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial = monotonic(), None
            while True:
                try:
                    return await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or Trial(self, function, None, (args, kwargs), began)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                await pause_async(wait)

        return attempt

    def awaited(self, function: Callable[..., Any]) -> Any:
        """`__call__` for a function whose result is awaited; an event loop keeps its budget."""

        async def attempt(*args: Any, **kwargs: Any) -> Any:
            began, trial = monotonic(), None
            while True:
                try:
                    result = await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or Trial(self, function, None, (args, kwargs), began)
                    wait = trial.after(error)
                    if wait is None:
                        raise
                else:
                    if not has_transient_status(result):
                        return result
                    trial = trial or Trial(self, function, None, (args, kwargs), began)
                    wait = trial.after_result(result)
                    if wait is None:
                        return result
                    await discard_async(result)
                await pause_async(wait)

        return attempt

    def entered(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, which makes the manager of a `with`: making and entering it are repeated together."""

        def attempt(*args: Any, **kwargs: Any) -> Entering:
            return Entering(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def entered_async(self, function: Callable[..., Any]) -> Any:
        """`entered` for an `async with`."""

        def attempt(*args: Any, **kwargs: Any) -> AsyncEntering:
            return AsyncEntering(self, function, args, kwargs)

        return attempt

    def iterated(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, whose result is looped over: started anew while it fails before its first item, never after."""

        def attempt(*args: Any, **kwargs: Any) -> Any:
            return started(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def iterated_async(self, function: Callable[..., Any]) -> Any:
        """`iterated` for an `async for`."""

        def attempt(*args: Any, **kwargs: Any) -> AsyncStarting:
            return AsyncStarting(self, function, args, kwargs)

        return attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any


class Wait(float):
    """Seconds, and the error after which they are waited."""

    __slots__ = ("error",)

    error: Exception

    def __new__(cls, seconds: float, error: Exception) -> Wait:
        wait = float.__new__(cls, seconds)
        wait.error = error
        return wait


class Guard:
    """`attempts` of the whole function in all, a `budget` of seconds or None, and a breaker or None.

    `alarm`: the budget is kept by SIGALRM on the main thread. What is not `idempotent` isn't repeated after a 500.
    Raises ValueError for impossible numbers.
    """

    __slots__ = ("breaker", "budget", "deadline", "idempotent", "original", "retry")

    def __init__(
        self,
        original: Callable[..., Any],
        attempts: int = 1,
        budget: float | None = None,
        breaker: Breaker | None = None,
        first: float = 0.1,
        most: float = 5.0,
        total: float = 45.0,
        alarm: bool = False,
        idempotent: bool = True,
    ) -> None:
        self.original = original
        self.budget = None if budget is None else checked_seconds("budget", budget, above=0.0)
        self.breaker = breaker
        self.retry = Retry(original, attempts, first, most, total if budget is None else budget)
        self.deadline: Callable[[], Deadline] = partial(AlarmedDeadline if alarm else Deadline, self.retry.budget)
        """`deadline()` is the end of a call's budget, counted from now"""
        self.idempotent = idempotent

    def within(self, deadline: Deadline, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)`, given up at the deadline (see `within`)."""
        return within(deadline, partial(function, *args, **kwargs))

    within_async = staticmethod(within_async)
    """`await awaitable`, cancelled at the deadline: the function itself, for every coroutine between costs its share"""

    def wait(self, error: Exception, deadline: Deadline | None = None) -> Wait | None:
        """Seconds until another attempt after the first one's `error`, or None if that stands."""
        seconds = self.wait_after(error, deadline, 1, monotonic())
        return None if seconds is None else Wait(seconds, error)

    def wait_after(self, error: Exception, deadline: Deadline | None, tried: int, began: float) -> float | None:
        """Seconds until another attempt after `tried` of them, the further ones since `began` (monotonic seconds), or
        None if `error` stands; the breaker hears of it."""
        if self.breaker is not None:
            self.breaker.failed(error)
            if self.breaker.is_open:
                return None
        if not is_transient(error, (), self.idempotent) or is_final(error):
            return None
        left = self.retry.budget - (monotonic() - began)
        deadline = deadline or live_deadline()
        if deadline is not None:
            left = min(left, deadline.end - monotonic())
        return self.retry.wait(tried, retry_after(error), left)

    def again(
        self, wait: float, deadline: Deadline | None, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        """Further attempts of `function(*args)` after a first one failed, the next in `wait` seconds."""
        tried, began = 1, monotonic()
        self.check_arguments(wait, args, kwargs)
        while True:
            pause(wait)
            tried += 1
            try:
                if deadline is None or getattr(function, "__self__", None) is self:  # `within` enters the deadline
                    return function(*args, **kwargs)
                with deadline:
                    return function(*args, **kwargs)
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    raise
                wait = next_wait

    async def again_async(
        self, wait: float, deadline: Deadline | None, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        """`again` for a coroutine function."""
        tried, began = 1, monotonic()
        self.check_arguments(wait, args, kwargs)
        while True:
            await pause_async(wait)
            tried += 1
            try:
                call = function(*args, **kwargs)
                return await (call if deadline is None else within_async(deadline, call))
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    raise
                wait = next_wait

    def check_arguments(self, wait: float, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise the first attempt's error if that attempt used up an argument."""
        if not isinstance(wait, Wait):
            return
        error = wait.error
        del wait.error  # no circle of error, traceback and frames
        if is_used_up((*args, *kwargs.values())):
            add_note(error, f"{self.original.__qualname__}: 1 attempt, for an argument can be used once only")
            raise error

    def note(self, error: Exception, tried: int, seconds: float) -> None:
        """Say in the error's notes how often and how long it was tried."""
        mark_final(error)
        add_note(error, f"{self.original.__qualname__}: {tried} attempts in {seconds:.2f} s")

    def iterated(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """The generator `function(*args)`, started anew while it fails before its first item; never after it."""
        tried, began = 0, monotonic()
        while True:
            inner, tried = function(*args, **kwargs), tried + 1
            try:
                first = next(inner)
            except StopIteration as stop:
                return stop.value
            except Exception as error:
                wait = self.wait_after(error, None, tried, began)
                if wait is None or is_used_up((*args, *kwargs.values())):
                    if tried > 1:
                        self.note(error, tried, monotonic() - began)
                    raise
                pause(wait)
            else:
                return (yield from resumed(inner, first))


def resumed(inner: Any, item: Any) -> Any:
    """`yield from inner` for a generator whose first item was already taken (PEP 380's expansion)."""
    while True:
        try:
            sent = yield item
        except GeneratorExit:
            inner.close()
            raise
        except BaseException as error:  # thrown in by the consumer: the user's generator decides
            step, argument = inner.throw, error
        else:
            step, argument = inner.send, sent
        try:
            item = step(argument)
        except StopIteration as stop:
            return stop.value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any


class Check:
    """`test(value)` says whether a value will do; it may raise, which counts as yes.

    `classes`: `test` is no more than `isinstance(value, classes)`. `by_type`: what is said of one value is said of all
    of its class. `repair(value)` gives another value or `value` itself, `fault(value)` what is wrong beyond the class.
    `inside(value)` gives the parts of a container, those of one annotation together, with that annotation (None: it has
    other parts); `either` are the members of a union. Both are for `deep` alone.
    """

    __slots__ = ("by_type", "classes", "either", "fault", "inside", "repair", "test")

    def __init__(
        self,
        test: Callable[[Any], Any],
        classes: tuple[type, ...] = (),
        *,
        by_type: bool = False,
        repair: Callable[[Any], Any] | None = None,
        fault: Callable[[Any], str] | None = None,
        inside: Callable[[Any], Iterable[tuple[Iterable[Any], Any]] | None] | None = None,
        either: tuple[Check, ...] = (),
    ) -> None:
        self.test = test
        self.classes = classes
        self.by_type = by_type
        self.repair = repair
        self.fault = fault
        self.inside = inside
        self.either = either


def anything(value: Any) -> bool:
    """The test of what isn't checked."""
    return True


EVERYTHING = Check(anything, by_type=True)
"""the check of an annotation that says nothing, or nothing that can be checked"""


def instances(
    *classes: type, repair: Callable[[Any], Any] | None = None, inside: Any = None, by_type: bool | None = None
) -> Check:
    """Instances of some classes; the answer is kept by class unless one of the classes decides in its own way."""
    if by_type is None:
        by_type = all(has_plain_instances(each) for each in classes)

    def test(value: Any) -> bool:
        return isinstance(value, classes)

    return Check(test, classes, by_type=by_type, repair=repair, inside=inside)


def has_plain_instances(cls: type) -> bool:
    """Whether `isinstance(value, cls)` depends on the value's class alone."""
    method = type(cls).__instancecheck__
    return method is type.__instancecheck__ or method is ABCMeta.__instancecheck__


def any_of(parts: Sequence[Check]) -> Check:
    """A union; a member that can't be checked makes the whole of it unchecked."""
    if any(part is EVERYTHING for part in parts):
        return EVERYTHING
    if len(parts) == 1:
        return parts[0]
    classes = tuple(dict.fromkeys(each for part in parts for each in part.classes))
    tests = [part.test for part in parts if not part.classes]
    by_type = all(part.by_type for part in parts)

    def test(value: Any) -> bool:
        return isinstance(value, classes) or any(each(value) for each in tests)

    def repair(value: Any) -> Any:
        found = [new for part in parts if (new := repaired_by(part, value)) is not value]
        first = found[0] if found else value
        same = all(type(each) is type(first) and each == first for each in found)
        return first if same else value  # two readings are none

    def fault(value: Any) -> str:
        return next((text for part in parts if part.fault is not None and (text := part.fault(value))), "")

    alone = instances(*classes, by_type=by_type) if classes and not tests else Check(test, by_type=by_type)
    alone.repair, alone.fault, alone.either = repair, fault, tuple(parts)
    return alone


def repaired_by(check: Check, value: Any) -> Any:
    """What a check's repair makes of a value, if that satisfies the check; else `value` itself."""
    if check.repair is None:
        return value
    try:
        new = check.repair(value)
        return new if new is not value and check.test(new) else value
    except Exception:  # what can't be converted is passed on as it is
        return value


def one_of(values: tuple[Any, ...]) -> Check:
    """`Literal[...]`: equal to one of the values, and of its class or of one derived from it."""
    known = frozenset(values)
    classes = tuple({type(value) for value in values})

    def test(value: Any) -> bool:
        return isinstance(value, classes) and value in known

    def fault(value: Any) -> str:
        return "it is none of these values" if isinstance(value, classes) else ""

    return Check(test, fault=fault)


def with_keys(required: frozenset[str], inside: Any = None) -> Check:
    """A `TypedDict`: a dict that has the required keys."""

    def test(value: Any) -> bool:
        return isinstance(value, dict) and required <= value.keys()

    def fault(value: Any) -> str:
        missing = sorted(required - value.keys()) if isinstance(value, dict) else []
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, fault=fault, inside=inside)


def class_of(bound: Check) -> Check:
    """`type[X]`: X or a class derived from it; what stands for a class in another way isn't judged."""
    classes = bound.classes or (object,)

    def test(value: Any) -> bool:
        return issubclass(value, classes) if isinstance(value, type) else hasattr(value, "__origin__")

    return Check(test)


def with_members(protocol: type, names: Iterable[str]) -> Check:
    """A protocol whose instances can be told: each member is looked up in the class, so that no property runs."""
    wanted = frozenset(names)
    known: set[type] = set()

    def test(value: Any) -> bool:
        kind = type(value)
        if kind in known:
            return True
        good = protocol in kind.__mro__ or is_dynamic(kind) or wanted <= members(value)
        if good and len(known) < MOST_CLASSES:
            known.add(kind)
        return good

    def fault(value: Any) -> str:
        missing = sorted(wanted - members(value))
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, by_type=True, fault=fault)


MOST_CLASSES = 64
"""classes that are remembered as having a protocol's members"""


def is_dynamic(kind: type) -> bool:
    """Whether instances may have attributes that can't be looked up without asking them."""
    if issubclass(kind, type | ModuleType):
        return True
    return any("__getattr__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])


def has_own_lookup(cls: type) -> bool:
    """Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special."""
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names


def members(value: Any) -> set[str]:
    """The names of a value's own attributes and of those of its class."""
    return {*getattr(value, "__dict__", ()), *(name for each in type(value).__mro__ for name in vars(each))}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

BOUNDS: dict[str, tuple[str, Callable[[Any], Callable[[Any], Any]]]] = {
    "gt": ("Gt", lambda bound: lambda value: value > bound),
    "ge": ("Ge", lambda bound: lambda value: value >= bound),
    "lt": ("Lt", lambda bound: lambda value: value < bound),
    "le": ("Le", lambda bound: lambda value: value <= bound),
}
"""attribute -> (name of the constraint, bound -> test of a value)"""

LIMITED = frozenset({"Gt", "Ge", "Lt", "Le", "Interval", "MultipleOf", "MinLen", "MaxLen", "Len"})
"""classes of `annotated_types` whose attributes are read"""

SIZED = (str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, range)
"""what `len` is asked of: of anything else it may be a query of a database"""

Limit = tuple[str, "Callable[[Any], Any]"]
"""a constraint's name, as it is said to people, and its test, which may raise"""


def limits_in(metadata: Iterable[Any]) -> list[Limit]:
    """The constraints among the metadata of an annotation; what is none of them is passed over."""
    found: list[Limit] = []
    for each in metadata:
        kind = type(each)
        home, name = kind.__module__.partition(".")[0], kind.__name__
        if name == "FieldInfo" and home == "pydantic":
            found.extend(limits_in(each.metadata))
        elif name in LIMITED or (name == "Meta" and home == "msgspec"):
            found.extend(limits_of(each))
        elif name == "Predicate" and callable(getattr(each, "func", None)):
            found.append(predicate(each.func))
    return found


def limits_of(constraint: Any) -> list[Limit]:
    """One limit for each attribute that is set."""
    found: list[Limit] = []
    for attribute, (name, test) in BOUNDS.items():
        bound = getattr(constraint, attribute, None)
        if bound is not None:
            found.append((named(name, bound), test(bound)))
    step = getattr(constraint, "multiple_of", None)
    if step is not None:
        found.append((named("MultipleOf", step), multiple(step)))
    least, most = getattr(constraint, "min_length", None), getattr(constraint, "max_length", None)
    if least:
        found.append((named("MinLen", least), sized(least, None)))
    if most is not None:
        found.append((named("MaxLen", most), sized(0, most)))
    return found


def named(name: str, bound: Any) -> str:
    """`Gt(0)`; a bound that isn't a plain short number stays unsaid, for its `repr` may be anything."""
    plain = type(bound) is int and -(10**18) < bound < 10**18
    return f"{name}({bound})" if plain or type(bound) is float else name


def multiple(step: Any) -> Callable[[Any], Any]:
    """Whether a whole number is a multiple; of others it isn't asked, for 0.3 % 0.1 is not 0."""
    return lambda value: type(value) is not int or type(step) is not int or value % step == 0


def sized(least: Any, most: Any) -> Callable[[Any], Any]:
    """The length of what has one at once."""
    return lambda value: not isinstance(value, SIZED) or (len(value) >= least and (most is None or len(value) <= most))


def predicate(function: Callable[[Any], Any]) -> Limit:
    """A function of the user's; what an iterator holds would be gone after it, so it isn't asked about one."""
    name = getattr(function, "__qualname__", None)
    said = f"Predicate({name})" if type(name) is str and len(name) <= 60 else "Predicate"
    return said, lambda value: hasattr(type(value), "__next__") or function(value)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_TEXT = 10_000
"""characters of a text that is looked at; the longest that any of these classes writes is a path"""

WRITTEN_AS = {
    ("datetime", "date"): "isoformat",
    ("datetime", "time"): "isoformat",
    ("datetime", "datetime"): "isoformat",
    ("decimal", "Decimal"): "__str__",
    ("fractions", "Fraction"): "__str__",
    ("ipaddress", "IPv4Address"): "__str__",
    ("ipaddress", "IPv6Address"): "__str__",
    ("pathlib", "Path"): "__str__",
    ("pathlib", "PurePath"): "__str__",
    ("uuid", "UUID"): "__str__",
}
"""(module, class) -> the method that writes its values as text"""


def repair_for(cls: type) -> Callable[[Any], Any] | None:
    """The repair of values for a class, or None. Nothing is imported: a class that there is has its module loaded."""
    home, name = cls.__module__.partition(".")[0], cls.__qualname__
    if home == "builtins" and name in ("int", "float", "tuple", "list"):
        return builtin_repair(name)
    method = WRITTEN_AS.get((home, name))
    if method is not None and getattr(sys.modules.get(home), name, None) is cls:
        return text_repair(cls, method, whole=home in ("decimal", "fractions"))
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(cls, enum.EnumMeta):
        return None if issubclass(cls, enum.Flag) else member_repair(cls)
    return None


def builtin_repair(name: str) -> Callable[[Any], Any]:
    """What `Perceive` itself does for the builtin types."""
    types = accepted_types(name)

    def repair(value: Any) -> Any:
        return repaired(value, types)

    return repair


def text_repair(cls: Any, method: str, *, whole: bool) -> Callable[[Any], Any]:
    """Text -> the value that is written just so. `whole`: an int, which loses nothing either, is taken as well."""
    parse = getattr(cls, "fromisoformat", cls)

    def repair(value: Any) -> Any:
        if whole and type(value) is int:
            return cls(value)
        if type(value) is not str or not value or len(value) > LONGEST_TEXT:
            return value
        found = parse(value)
        return found if same_text(getattr(found, method)(), value) and is_finite(found) else value

    return repair


def same_text(written: str, given: str) -> bool:
    """Whether two texts say the same: but for an UTC offset written Z, a space before the time, capital hex digits."""
    if written == given:
        return True
    if given.endswith("Z") and written.endswith("+00:00"):
        given = given[:-1] + "+00:00"
    if len(given) > 10 and given[10] == " " and written[10] == "T":
        given = given[:10] + "T" + given[11:]
    return written == given or (len(written) == 36 and written.count("-") == 4 and written == given.lower())


def is_finite(value: Any) -> bool:
    """Whether a value is not a NaN or infinity that text names."""
    method = getattr(value, "is_finite", None)
    return method is None or bool(method())


def member_repair(cls: Any) -> Callable[[Any], Any]:
    """The value of an enumeration's member -> the member, unless it is another member's name as well."""

    def repair(value: Any) -> Any:
        member = cls._value2member_map_.get(value)
        if member is None or type(member._value_) is not type(value):
            return value
        return member if cls.__members__.get(value, member) is member else value

    return repair


def model_repair(cls: Any) -> Callable[[Any], Any]:
    """A dict -> the pydantic model that validates it, unless keys of it would be dropped."""

    def repair(value: Any) -> Any:
        if type(value) is not dict:
            return value
        if cls.model_config.get("extra", "ignore") == "ignore":
            fields = cls.model_fields.items()
            names = {name for key, field in fields for name in (key, field.alias, field.validation_alias)}
            if not names >= value.keys():
                return value
        return cls.model_validate(value)

    return repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


TYPING_MODULES = ("typing", "typing_extensions", "types", "collections.abc", "_collections_abc")
"""where the classes of annotations come from; an object of any other class is no annotation that is known"""

PROMOTED = {float: (float, int), complex: (complex, float, int), bytes: (bytes, bytearray, memoryview)}
"""PEP 484's numeric tower, and bytes"""

TRANSPARENT = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
"""qualifiers that say nothing of the value itself"""

WALKED = ("list", "tuple", "set", "frozenset", "deque")
WALKED_MAPPINGS = ("dict", "OrderedDict", "defaultdict")
"""classes of `builtins` and `collections` whose items are looked at on request; in others iterating may do anything"""


class HintReader:
    """Reads annotations, each object once; `scope` looks up those that are text."""

    __slots__ = ("known", "scope")

    def __init__(self, scope: HintScope) -> None:
        self.scope = scope
        self.known: dict[int, tuple[Any, Check]] = {}

    def check(self, annotation: Any) -> Check:
        """The check of an annotation; raises `HintUnresolved` for a name that isn't there."""
        key = id(annotation)
        if key not in self.known:
            self.known[key] = annotation, EVERYTHING  # where an alias is made of itself, that is where it ends
            try:
                self.known[key] = annotation, self.read(annotation)
            except BaseException:
                del self.known[key]
                raise
        return self.known[key][1]

    def read(self, annotation: Any) -> Check:
        """`check` for an annotation that is new."""
        kind = type(annotation)
        if annotation is None:
            return instances(type(None))
        if kind is str:
            return self.written(annotation, None)
        if issubclass(kind, type) and not issubclass(kind, GenericAlias):
            return self.of_class(annotation)
        if kind.__module__ not in TYPING_MODULES:
            return EVERYTHING
        if kind is UnionType:
            return any_of([self.check(each) for each in annotation.__args__])
        if hasattr(annotation, "__metadata__"):
            return self.limited(annotation)
        origin = getattr(annotation, "__origin__", None)
        return self.special(annotation) if origin is None else self.generic(annotation, origin)

    def written(self, text: str, module: str | None) -> Check:
        """A forward reference; only one that stands in the annotation itself is known to be meant for this module."""
        if module is None and not self.scope.is_written_here(text):
            return EVERYTHING
        return self.check(self.scope.meaning(text, module))

    def limited(self, annotation: Any) -> Check:
        """`Annotated[X, ...]`: X, and the constraints among the rest."""
        inner, limits = self.check(annotation.__origin__), limits_in(annotation.__metadata__)
        if not limits:
            return inner
        plain, classes, tests = inner.test, inner.classes, [test for _, test in limits]
        first = tests[0]

        def test_one(value: Any) -> Any:
            return isinstance(value, classes) and first(value)

        def test_all(value: Any) -> Any:
            return plain(value) and all(test(value) for test in tests)

        def fault(value: Any) -> str:
            if not plain(value):
                return inner.fault(value) if inner.fault is not None else ""
            return "it is not " + next((name for name, test in limits if not test(value)), "what it has to be")

        def inside(value: Any) -> list[tuple[Any, Any]]:
            return [((value,), annotation.__origin__)]

        opened = inside if inner.inside is not None or inner.either else None
        return Check(
            test_one if classes and len(tests) == 1 else test_all, repair=inner.repair, fault=fault, inside=opened
        )

    def special(self, annotation: Any) -> Check:
        """`NewType`, `TypeVar`, forward references, aliases of PEP 695, and names of `typing` that stand alone."""
        name = type(annotation).__name__
        if name == "ForwardRef":
            return self.written(annotation.__forward_arg__, annotation.__forward_module__)
        if name == "NewType":
            return self.check(annotation.__supertype__)
        if name == "TypeAliasType":
            return self.check(annotation.__value__)
        if name == "TypeVar":
            if annotation.__constraints__:
                return any_of([self.check(each) for each in annotation.__constraints__])
            return EVERYTHING if annotation.__bound__ is None else self.check(annotation.__bound__)
        alone = getattr(annotation, "_name", None)
        if alone == "LiteralString":
            return instances(str)
        if alone == "Self" and self.scope.owner is not None:
            return instances(self.scope.owner)
        return EVERYTHING

    def generic(self, annotation: Any, origin: Any) -> Check:
        """`X[...]`: what X asks for, and for `deep` what stands in the brackets."""
        args = getattr(annotation, "__args__", ())
        if not isinstance(origin, type):
            return self.special_generic(origin, args)
        if origin is type:
            return class_of(self.check(args[0])) if args else instances(type)
        if origin is CallableClass:
            return Check(callable, by_type=True)
        return self.of_class(origin, inside_of(origin, args))

    def special_generic(self, origin: Any, args: tuple[Any, ...]) -> Check:
        """`Optional[X]`, `Union[X, Y]`, `Literal[...]`, qualifiers, and generic aliases of PEP 695."""
        name = getattr(origin, "_name", None)
        if name in ("Union", "Optional"):
            return any_of([self.check(each) for each in args])
        if name == "Literal":
            return one_of(args)
        if name in TRANSPARENT:
            return self.check(args[0])
        if name in ("TypeGuard", "TypeIs"):
            return instances(bool)
        return self.check(origin.__value__) if type(origin).__name__ == "TypeAliasType" else EVERYTHING

    def of_class(self, cls: Any, inside: Callable[[Any], Any] | None = None) -> Check:
        """A class, bare or with brackets."""
        if cls is object:
            return EVERYTHING
        if hasattr(cls, "__required_keys__") and issubclass(cls, dict):
            return with_keys(self.required_of(cls), fields_of(cls))
        if getattr(cls, "_is_protocol", False):
            return with_members(cls, members_of(cls)) if getattr(cls, "_is_runtime_protocol", False) else EVERYTHING
        if cls.__module__ in TYPING_MODULES[:2]:  # Any, IO, and what else is a class for type checkers alone
            return EVERYTHING
        if cls is IterableClass:
            return Check(is_iterable, by_type=True, inside=inside)
        if is_model(cls):
            cls = cls.__pydantic_generic_metadata__["origin"] or cls
            return instances(cls, repair=model_repair(cls), by_type=True)
        return instances(*PROMOTED.get(cls, (cls,)), repair=repair_for(cls), inside=inside)

    def required_of(self, cls: Any) -> frozenset[str]:
        """The keys that a `TypedDict` requires.

        Where its annotations are text, Python (up to 3.13) doesn't see their `Required` and `NotRequired`.
        """
        said = {key: self.qualifier(annotation) for key, annotation in cls.__annotations__.items()}
        return frozenset(
            key for key, how in said.items() if how == "Required" or (not how and key in cls.__required_keys__)
        )

    def qualifier(self, annotation: Any) -> str | None:
        """ "Required" or "NotRequired" where a key's annotation, being text, says so; "?" where that can't be known."""
        text = getattr(annotation, "__forward_arg__", "")
        if "[" not in text:
            return None
        try:
            meaning = self.scope.meaning(text, annotation.__forward_module__)
        except Exception:  # a name that isn't there, or anything else that evaluating raises
            return "?"
        name = getattr(getattr(meaning, "__origin__", None), "_name", None)
        return name if name in ("Required", "NotRequired") else None


def fields_of(cls: Any) -> Callable[[Any], Any]:
    """The values of a `TypedDict` that are there, with their annotations."""
    return lambda value: [((value[key],), wanted) for key, wanted in cls.__annotations__.items() if key in value]


def members_of(protocol: Any) -> Iterable[str]:
    """What an instance of a protocol has to have."""
    found: Iterable[str] | None = getattr(protocol, "__protocol_attrs__", None)  # from Python 3.12 on
    listed: Callable[[Any], Iterable[str]] = getattr(sys.modules["typing"], "_get_protocol_attrs", vars)
    return listed(protocol) if found is None else found


def is_iterable(value: Any) -> bool:
    """Whether `iter` takes it, by `__iter__` or by items that are counted from 0."""
    return isinstance(value, IterableClass) or hasattr(type(value), "__getitem__")


def is_model(cls: Any) -> bool:
    """Whether a class is a model of pydantic 2, which is loaded if there is one."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base) and hasattr(cls, "__pydantic_generic_metadata__")


def inside_of(origin: Any, args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
    """What gives the parts of a container of the standard library with their annotations; None: it isn't opened."""
    if any(is_unpacked(each) for each in args):
        return None
    home = origin.__module__.partition(".")[0]
    if origin is tuple:
        return items_of(args[0]) if len(args) == 2 and args[1] is ... else fixed_items(args)
    if home == "numpy" and origin.__name__ == "ndarray" and len(args) == 2:
        kind = GenericAlias(type, getattr(args[1], "__args__", (object,))[0])
        return lambda value: [((value.dtype.type,), kind)]
    if home not in ("builtins", "collections", "_collections_abc"):
        return None
    if len(args) == 2:
        return pairs_of(*args)
    return items_of(args[0]) if len(args) == 1 else None


def is_unpacked(argument: Any) -> bool:
    """Whether an argument stands for any number of them: `*Ts`, `*tuple[int, ...]`, `Unpack[...]`."""
    origin = getattr(argument, "__origin__", None)
    return bool(getattr(argument, "__unpacked__", False)) or getattr(origin, "_name", None) == "Unpack"


def items_of(wanted: Any) -> Callable[[Any], Any]:
    """Each item of a list, tuple, set or deque; the keys of a dict."""
    return lambda value: [(value, wanted)] if is_walked(value, WALKED + WALKED_MAPPINGS) else ()


def is_walked(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a value's class is one of these, itself."""
    kind = type(value)
    return kind.__module__ in ("builtins", "collections") and kind.__qualname__ in names


def pairs_of(key: Any, value: Any) -> Callable[[Any], Any]:
    """Each key and each value of a dict."""

    def inside(mapping: Any) -> Any:
        return [(mapping, key), (mapping.values(), value)] if is_walked(mapping, WALKED_MAPPINGS) else ()

    return inside


def fixed_items(wanted: tuple[Any, ...]) -> Callable[[Any], Any]:
    """The items of a tuple, one by one; None for one of another length."""

    def inside(value: Any) -> Any:
        if type(value) is not tuple:
            return ()
        return (
            [((item,), kind) for item, kind in zip(value, wanted, strict=True)] if len(value) == len(wanted) else None
        )

    return inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any


class HintUnresolved(Exception):
    """A name of an annotation isn't there, or not yet."""


class HintScope:
    """Where the annotations of one function are looked up: its module, its class, and modules that are loaded anyway.

    `imports` maps names that the module imports (perhaps for type checkers only) to what they are.
    """

    __slots__ = ("imports", "inner", "owner", "space", "text", "texts")

    def __init__(self, original: Callable[..., Any], text: str, imports: Mapping[str, str]) -> None:
        self.space: dict[str, Any] = original.__globals__
        self.owner = owner_of(original)
        self.inner: Mapping[str, Any] = vars(self.owner) if self.owner is not None else {}
        self.text = text
        self.imports = imports
        self.texts: dict[str, Any] = {}

    def meaning(self, text: str, module: str | None = None) -> Any:
        """What a text stands for, always the same object; raises `HintUnresolved`."""
        if text not in self.texts:
            here = module is None or module == self.space.get("__name__")
            space = self.space if here else vars(sys.modules[module or ""])
            self.texts[text] = evaluated(text, space, self.locals_for if here else nothing_more)
        return self.texts[text]

    def is_written_here(self, text: str) -> bool:
        """Whether a forward reference stands in the annotation itself, not in an alias from elsewhere."""
        return text in self.text

    def locals_for(self, code: CodeType) -> dict[str, Any]:
        """Names that aren't the module's: of the class around the function, and imports meant for type checkers."""
        found = {}
        for name in code.co_names:
            known = name in self.space or hasattr(builtins, name)
            if name in self.inner:
                if known:
                    raise HintUnresolved(name)  # it may mean either
                found[name] = self.inner[name]
            elif not known and name in self.imports:
                value = loaded(self.imports[name])
                if value is not None:
                    found[name] = value
        return found


def nothing_more(code: CodeType) -> dict[str, Any]:
    """The further names of a text from another module."""
    return {}


def evaluated(text: str, space: dict[str, Any], further: Callable[[CodeType], dict[str, Any]]) -> Any:
    """The value of an annotation's text; raises `HintUnresolved`, or what evaluating raises."""
    code = compile(f"({text.strip()}\n)", "<annotation>", "eval")
    inner = further(code)
    if would_load(code.co_names, space) or ("." in text and asks_objects(code.co_names, space)):
        raise HintUnresolved(text)
    try:
        value = eval(code, space, inner)
    except (NameError, AttributeError):  # a class further down, a module half loaded, a name for type checkers only
        raise HintUnresolved(text) from None
    if value is None and text.strip() != "None":
        raise ValueError(text)  # what stands in for a library that isn't installed
    return value


def would_load(names: tuple[str, ...], space: dict[str, Any]) -> bool:
    """Whether reading attributes of a module named here might import something."""
    modules = [value for name in names if isinstance(value := space.get(name), ModuleType)]
    if any(type(module) is not ModuleType for module in modules):
        return True
    if not any("__getattr__" in vars(module) for module in modules):
        return False
    there = {*space, *dir(builtins), *(key for module in modules for key in vars(module))}
    return not there.issuperset(names)


def asks_objects(names: tuple[str, ...], space: dict[str, Any]) -> bool:
    """Whether attributes may be read of something that is neither a class nor a module: of a proxy, perhaps, that does
    anything when it is asked."""
    values = [space[name] for name in names if name in space]
    return not all(issubclass(type(v), type | ModuleType) or type(v).__module__ in KNOWN for v in values)


KNOWN = ("builtins", "types", "typing", "typing_extensions", "annotated_types")
"""modules of the classes whose instances may be asked"""


def loaded(dotted: str) -> Any:
    """The object of a dotted name, if its module is loaded; else None."""
    module, _, name = dotted.rpartition(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    return vars(sys.modules[module]).get(name) if module in sys.modules else None


def owner_of(original: Callable[..., Any]) -> type | None:
    """The class in whose body a function was defined, if it can be found under its name."""
    found: Any = None
    for name in original.__qualname__.split(".")[:-1]:
        space = original.__globals__ if found is None else vars(found)
        found = space.get(name)
        if not isinstance(found, type):
            return None
    return found if found is None or found.__module__ == original.__module__ else None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

TRIES = 4
"""how many calls look for a name that isn't there, once the module is complete; then the annotation isn't checked"""


class Hint:
    """The annotation of one parameter (or of "return"), as `text` shows it; in `depth` "deep" with all that it holds.

    `imports`: names that the module imports -> dotted names, for those that it imports for type checkers only.
    """

    __slots__ = ("admits", "check", "deep", "imports", "kind", "name", "original", "reader", "text", "tries")

    basis = "its annotation says"

    def __init__(
        self, original: Callable[..., Any], name: str, text: str, depth: str = "shallow", /, **imports: str
    ) -> None:
        self.original = original
        self.name = name
        self.text = text
        self.deep = depth == "deep"
        self.imports = imports
        self.kind: type | None = None
        self.check = EVERYTHING
        self.reader: HintReader | None = None
        self.tries = 0
        self.admits: Callable[[Any], bool] = self.first

    def first(self, value: Any) -> bool:
        """Read the annotation, and answer from then on by what it says."""
        try:
            check = self.read()
        except HintUnresolved:
            if is_complete(self.original):
                self.tries += 1
            if self.tries < TRIES:
                return True
            check = EVERYTHING
        except Exception:  # an annotation that can't be evaluated says nothing
            check = EVERYTHING
        self.check = check
        self.admits = by_class(self) if check.by_type and not self.opens(check) else by_value(self)
        return self.admits(value)

    def read(self) -> Check:
        """The check of the annotation; raises `HintUnresolved`, or whatever its evaluation raises."""
        annotations = self.original.__annotations__
        if self.name not in annotations:
            return EVERYTHING
        annotation = annotations[self.name]
        scope = HintScope(self.original, self.text, self.imports)
        self.reader = reader = HintReader(scope)
        return reader.check(scope.meaning(annotation) if type(annotation) is str else annotation)

    def opens(self, check: Check) -> bool:
        """Whether containers are looked into."""
        return self.deep and (check.inside is not None or any(self.opens(each) for each in check.either))

    def holds(self, value: Any) -> bool:
        """Whether the annotation is satisfied, to its whole depth if that was asked for; may raise."""
        if self.deep and self.reader is not None:
            return fits_deep(self.reader, self.check, value, {})
        return bool(self.check.test(value))

    def excuses(self, value: Any) -> bool:
        """Whether a value that doesn't satisfy the annotation is let pass: the default itself, or a test's stand-in."""
        return is_excused(value, self.check.classes) or value is default_of(self.original, self.name)

    def repaired(self, value: Any) -> Any:
        """`value` as what the annotation asks for if that loses nothing, else `value` itself."""
        new = repaired_by(self.check, value)
        return new if new is value or self.admits(new) else value

    def fault(self, value: Any) -> str:
        """What is wrong with a value beyond its class, in a few words; "" if that is all."""
        try:
            found = self.check.fault(value) if self.check.fault is not None else ""
            return found or ("of what it holds, something doesn't" if self.deep and self.check.test(value) else "")
        except Exception:  # what can't be asked needn't be said
            return ""


def by_class(hint: Hint) -> Callable[[Any], bool]:
    """`admits` for an annotation that is satisfied by classes: the class of a good value is the next `kind`."""
    test, classes = hint.check.test, hint.check.classes

    def admits_class(value: Any) -> bool:
        try:
            if isinstance(value, classes):
                hint.kind = type(value)
                return True
        except Exception:  # a class that raises when it is asked isn't asked
            return True
        return hint.excuses(value)

    def admits_kind(value: Any) -> bool:
        try:
            if test(value):
                hint.kind = type(value)
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_class if classes else admits_kind


def by_value(hint: Hint) -> Callable[[Any], bool]:
    """`admits` for an annotation that has to be asked about each value."""
    holds = hint.holds if hint.deep else hint.check.test

    def admits_value(value: Any) -> bool:
        try:
            if holds(value):
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_value


def fits_deep(reader: HintReader, check: Check, value: Any, seen: dict[tuple[int, int], bool]) -> bool:
    """Whether a value and all that it holds satisfy a check; what holds itself is looked at once."""
    key = id(value), id(check)
    if key in seen:
        return seen[key]
    seen[key] = True
    if check.either:
        seen[key] = any(fits_deep(reader, each, value, seen) for each in check.either)
    elif not check.test(value):
        seen[key] = False
    elif check.inside is not None:
        groups = check.inside(value)
        seen[key] = groups is not None and all(
            all_fit(reader, reader.check(wanted), parts, seen) for parts, wanted in groups
        )
    return seen[key]


def all_fit(reader: HintReader, check: Check, parts: Iterable[Any], seen: dict[tuple[int, int], bool]) -> bool:
    """`fits_deep` for all parts of one annotation, quickly where they hold nothing themselves."""
    if check.inside is not None or check.either:
        return all(fits_deep(reader, check, part, seen) for part in parts)
    test, classes = check.test, check.classes
    return all(isinstance(part, classes) for part in parts) if classes else all(test(part) for part in parts)


def is_complete(original: Callable[..., Any]) -> bool:
    """Whether the function's module has run to its end."""
    spec = original.__globals__.get("__spec__")
    return not getattr(spec, "_initializing", False)


def default_of(original: Any, name: str) -> Any:
    """A parameter's default, or an object that nothing else is."""
    code, defaults = original.__code__, original.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    if name in positional[code.co_argcount - len(defaults) :]:
        return defaults[positional.index(name) - code.co_argcount]
    return (original.__kwdefaults__ or {}).get(name, EVERYTHING)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal, TypeVar, overload

    LinkedF = TypeVar("LinkedF")


class Link:
    """Called as the decorator `poet`; gives back the built function if it is fresh.

    `entries` maps a qualified name inside the module to (module of the version, number of source lines, sha256 of
    those lines), or to None for a function that the build left as it is.
    """

    __slots__ = ("bound", "complained", "entries", "filename", "getters", "lines", "package", "stale", "stamp")

    def __init__(
        self, package: str, entries: Mapping[str, tuple[str, int, str] | None], /, *, stale: str = "original"
    ) -> None:
        self.package = package
        self.entries = entries
        self.stale = stale
        self.filename: str | None = None
        self.stamp: tuple[int, int] | None = None
        self.lines: list[str] | None = None
        self.getters: dict[str, int] = {}
        self.bound: set[Any] = set()
        self.complained: set[str] = set()

    if TYPE_CHECKING:

        @overload
        def __call__(self, function: LinkedF, /) -> LinkedF: ...
        @overload
        def __call__(
            self,
            *,
            domain: str | None = None,
            optimize_for: str | None = None,
            retries: int | None = None,
            timeout: float | None = None,
            perceive: Literal["repair", "strict", "off"] | None = None,
            enforce: Literal["repair", "strict", "off"] | None = None,
            depth: Literal["shallow", "deep"] | None = None,
            enable_training: bool | None = None,
        ) -> Callable[[LinkedF], LinkedF]: ...

    def __call__(self, function: Any = None, /, **asked: Any) -> Any:  # type: ignore[misc]
        """The decorator; its arguments were read at build time."""
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing: Any) -> Any:
        """The built function for a function, or for the functions inside a static method, class method or property."""
        if type(thing) is FunctionType:
            return self.bind(thing)
        if type(thing) in (staticmethod, classmethod):
            return type(thing)(self.enhanced(thing.__func__))
        return self.with_accessors(thing) if type(thing) is property else thing

    def with_accessors(self, thing: property) -> property:
        """A property with each accessor that was built in place of its own; the others needn't be decorated at all."""
        own = (thing.fget, thing.fset, thing.fdel)
        given = [f for f in own if type(f) is FunctionType]
        fget, fset, fdel = map(self.accessor, own, ("", ".setter", ".deleter"))
        if given and not self.bound.intersection(given) and (fget, fset, fdel) == own:
            names = (f.__qualname__ + role for f in given for role in ("", ".setter", ".deleter"))
            if not any(name in self.entries for name in names):
                self.complain(given[-1], "is not in")
        return property(fget, fset, fdel, thing.__doc__)

    def accessor(self, function: Any, role: str) -> Any:
        """The built function for an accessor of a property."""
        known = type(function) is FunctionType and function.__qualname__ + role in self.entries
        return self.bind(function, role) if known else function

    def bind(self, function: Any, role: str | None = None) -> Any:
        """The built function for `function`, or `function` itself if there is none or it is stale."""
        if function in self.bound or "<locals>" in function.__qualname__:
            return function
        name = self.named(function) if role is None else function.__qualname__ + role
        entry = self.entries.get(name, ())
        if entry is None:
            return function
        if not entry or not self.is_fresh(function, entry):
            self.complain(function, "changed since" if entry else "is not in")
            if not entry or self.stale != "enhanced":
                return function
        try:
            version = import_module(f"{self.package}.{entry[0]}")
        except ModuleNotFoundError as error:
            if error.name != f"{self.package}.{entry[0]}":
                raise
            self.complain(function, "is missing from")
            return function
        linked = version.bind(function)
        self.bound.add(linked)
        return linked

    def named(self, function: Any) -> str:
        """The entry's name for `function`; accessors of one property share a qualified name."""
        name, code = function.__qualname__, function.__code__
        if name + ".setter" not in self.entries and name + ".deleter" not in self.entries:
            return str(name)
        # a getter stands above the deleter, which takes as much as it does
        getter = self.getters.setdefault(name, code.co_firstlineno) if code.co_argcount != 2 else 0
        if self.source(function) is not None:
            for candidate in (name, name + ".setter", name + ".deleter"):
                entry = self.entries.get(candidate)
                if entry and self.is_fresh(function, entry):
                    return str(candidate)
        if code.co_argcount == 2:
            return f"{name}.setter"
        return str(name) if name in self.entries and code.co_firstlineno <= getter else f"{name}.deleter"

    def is_fresh(self, function: Any, entry: tuple[str, int, str]) -> bool:
        """Whether the function's own lines are those it was built from.

        Without a source file they are, unless a decorator has put another function in the place of the one built.
        """
        lines = self.source(function)
        if lines is None:
            return bool(function.__code__.co_qualname == function.__qualname__)
        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256_of(text.encode("utf-8", "surrogatepass")) == entry[2]

    def source(self, function: Any) -> list[str] | None:
        """The lines of the file `function` is from, read once while it stays as it is; None if there is no such file
        (zip, pyc only)."""
        filename = function.__code__.co_filename
        try:
            status = os.stat(filename)  # noqa: PTH116 - pathlib costs an import
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if filename != self.filename or stamp != self.stamp:  # a module that is reloaded may have been edited
            self.filename, self.stamp, self.lines = filename, stamp, source_lines(filename)
        return self.lines

    def complain(self, function: Any, how: str) -> None:
        """Warn, once per function, or raise if the project asked for that."""
        what = f"{function.__module__}.{function.__qualname__} {how} the last `poet build`"
        if self.stale == "error":
            raise PoetStaleError(f"{what}; run `poet build`")
        if function.__qualname__ in self.complained:
            return
        self.complained.add(function.__qualname__)
        import warnings

        code = function.__code__
        runs = "built" if self.stale == "enhanced" and how == "changed since" else "original"
        text = f"{what}: the {runs} function runs until `poet build` is run again"
        warnings.warn_explicit(text, PoetStaleWarning, code.co_filename, code.co_firstlineno, function.__module__, {})


def sha256_of(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal.

    By the interpreter's own module, as `random` does it: `hashlib` loads OpenSSL, 4 ms and 4 MB.
    """
    try:
        module = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:  # an interpreter that was built to have OpenSSL's only
        module = import_module("hashlib")
    return str(module.sha256(data).hexdigest())


def source_lines(filename: str) -> list[str] | None:
    """A source file's lines as the build read them, whatever its encoding and newlines."""
    try:
        with open(filename, "rb") as file:  # noqa: PTH123 - pathlib costs an import
            data = file.read()
    except (OSError, ValueError):
        return None
    try:
        if b"coding" in data[:300]:
            from io import BytesIO
            from tokenize import detect_encoding

            text = data.decode(detect_encoding(BytesIO(data).readline)[0])
        else:
            text = data.decode("utf-8")
    except (SyntaxError, ValueError, LookupError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


FUTURES = 0x1FE0000
"""the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them on"""


def moved_code(code: CodeType, home: CodeType, lines: int, old: str, new: str) -> CodeType:
    """`code` and all code inside it, `lines` further down in the file of `home`, its names under `new`, not `old`.

    A class body keeps its qualified name as a string constant; those are renamed as well.
    """
    inside = old + ".<locals>."
    constants: list[Any] = []
    for constant in code.co_consts:
        if type(constant) is CodeType:
            constants.append(moved_code(constant, home, lines, old, new))
        elif type(constant) is str and constant.startswith(inside):
            constants.append(new + constant[len(old) :])
        else:
            constants.append(constant)
    return code.replace(
        co_filename=home.co_filename,
        co_flags=code.co_flags & ~FUTURES | home.co_flags & FUTURES,
        co_firstlineno=code.co_firstlineno + lines,
        co_qualname=new + code.co_qualname[len(old) :] if code.co_qualname.startswith(old) else code.co_qualname,
        co_consts=tuple(constants),
    )


def relocate(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with the globals, file, lines, defaults and looks of `original`.

    The first line of `function` becomes the first line of `original` (its first decorator); generated code is laid out
    so that the lines that follow are the user's own.
    """
    code, home = function.__code__, original.__code__
    lines = home.co_firstlineno - code.co_firstlineno
    code = moved_code(code, home, lines, code.co_qualname, home.co_qualname).replace(co_name=home.co_name)
    return dress(FunctionType(code, original.__globals__, None, None, function.__closure__), original, perceive)


def dress(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals."""
    if function.__globals__ is not original.__globals__:
        code, home = function.__code__, original.__code__
        code = code.replace(co_name=home.co_name, co_qualname=home.co_qualname)
        function = FunctionType(code, original.__globals__, None, None, function.__closure__)
    function.__module__ = original.__module__
    function.__name__ = original.__name__
    function.__qualname__ = original.__qualname__
    function.__doc__ = original.__doc__
    function.__defaults__ = original.__defaults__
    function.__kwdefaults__ = original.__kwdefaults__
    function.__annotations__ = original.__annotations__
    if hasattr(original, "__type_params__"):
        function.__type_params__ = original.__type_params__
    function.__dict__.update(original.__dict__)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function
