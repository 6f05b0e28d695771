# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from __future__ import annotations

from _collections import _tuplegetter
from _collections_abc import Callable as CallableClass
from _collections_abc import Iterable as IterableClass
from _thread import _local
from _weakref import CallableProxyType, ProxyType
from abc import ABCMeta
from contextlib import suppress
from contextvars import Context, copy_context
from contextvars import ContextVar
from functools import partial
from heapq import heapify, heappop, heappush
from importlib import import_module
from itertools import islice
from opcode import opmap
from operator import getitem, is_
from os import environ
from os import getpid
from sys import is_finalizing
from threading import Condition, Thread
from threading import Lock, Thread, get_ident
from threading import RLock
from threading import get_ident
from time import sleep
from types import CellType, CodeType, FunctionType
from types import CodeType, FrameType, FunctionType
from types import CodeType, FunctionType
from types import FunctionType
from types import FunctionType, ModuleType
from types import GeneratorType
from types import GenericAlias, UnionType
from types import GetSetDescriptorType, MemberDescriptorType
from types import GetSetDescriptorType, MemberDescriptorType, MethodType
from types import ModuleType
from weakref import WeakSet
from weakref import WeakValueDictionary
from weakref import ref
import _signal
import _weakref
import builtins
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def breakers() -> dict[str, Any]:
        """For type checkers: the copy that is linked has no other annotations."""


BREAKERS = WeakValueDictionary()
"""dotted name of the function -> its breaker, as long as the function lives"""


def breakers():  # type: ignore[no-redef]
    """The breakers of all linked functions, by the function's dotted name:
    `breakers()["app.pay.receipt"].isolate()`."""
    return dict(BREAKERS)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORK_AWARE = WeakSet()
"""what has a method `forked`, called in the child: only the thread that forked lives on there"""

FORK_HOOKS = []
"""the one function that was given to `os.register_at_fork`, which keeps it for ever"""


def fork_aware(thing):
    """Have `thing.forked()` called in every child that is forked from now on, as long as `thing` lives."""
    if not FORK_HOOKS and hasattr(os, "register_at_fork"):
        FORK_HOOKS.append(after_fork)
        os.register_at_fork(after_in_child=after_fork)
    FORK_AWARE.add(thing)


def after_fork():
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

    def __init__(self):
        self.generator = None
        fork_aware(self)

    def __call__(self):
        """A number from 0 up to 1, without 1."""
        if self.generator is None:
            from random import Random

            self.generator = Random()
        return self.generator.random()

    def forked(self):
        """In the child of a fork: its numbers are not to be those of its parent."""
        self.generator = None


chance = Chance()
"""the one of this package"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def real_clocks():
    """A copy of the module `time`, with functions of its own."""
    spec = time.__spec__
    copy = spec.loader.create_module(spec)
    spec.loader.exec_module(copy)
    return copy


CLOCKS = real_clocks()
monotonic = CLOCKS.monotonic
perf_counter = CLOCKS.perf_counter
thread_time = CLOCKS.thread_time
now = CLOCKS.time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

CLEANUP_GRACE = 1.0
"""seconds that what cleans up gets, in all, once the budget is spent, or nearly"""

NEARLY = 0.25
"""share of the budget with which less than the grace counts as nearly nothing"""

LEAVING = frozenset({"__exit__", "__aexit__", "__del__"})
"""names of functions that the language calls when something is left"""

CLEANUP_LINES = {}
"""file, first line and name of a function -> first and last lines of its `finally` and `except` blocks"""

RUNTIME_HOME = __name__.rpartition(".")[0]
"""where the runtime's modules lie"""

IS_BUILT = "_poet." in __name__
"""whether this is the copy beside built functions"""

OUTPUT_HOME = __name__[: __name__.rfind("_poet.") + len("_poet.")] if IS_BUILT else RUNTIME_HOME + "."
"""what begins the names of all modules that a build wrote"""


def is_cleaning(deadline, frame, error = None):
    """Whether the code of that frame, which the deadline holds for, cleans up after what ended in it.

    That is so while it handles an exception (one that was raised inside of the call; `error` is the runtime's own to
    handle), and where a block of a `finally` or `except`, or an `__exit__`, is under way at any level of the call.
    """
    handled = sys.exception()
    if handled is not None and handled is not deadline.handled and handled is not error:
        return True
    return is_within_cleanup(deadline, frame)


def is_within_cleanup(deadline, frame):
    """Whether the frame, or one around it inside of the deadline's call, stands in code that cleans up."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(OUTPUT_HOME):
            if frame.f_code.co_name in LEAVING or cleans_up(frame):
                return True
        elif is_beginning(name) and any(value is deadline for value in frame.f_locals.values()):
            return False
        frame = frame.f_back
    return False


def is_beginning(module):
    """Whether the built functions of that module begin calls; the runtime's own only serve them."""
    return IS_BUILT and not f"{module}.".startswith(f"{OUTPUT_HOME}_runtime.")


def cleans_up(frame):
    """Whether the line that a frame is at stands in a `finally` or `except` block, as far as the source is there."""
    code, line = frame.f_code, frame.f_lineno
    if not code.co_exceptiontable or code.co_name.startswith("<") or line == code.co_firstlineno:
        return False  # as is also what stands around a body, all of which is at the first line
    key = code.co_filename, code.co_firstlineno, code.co_name
    blocks = CLEANUP_LINES.get(key)
    if blocks is None:
        if len(CLEANUP_LINES) > 1_000:
            CLEANUP_LINES.clear()
        blocks = CLEANUP_LINES[key] = cleanup_lines(code, frame.f_globals)
    return any(first <= (line or 0) <= last for first, last in blocks)


def cleanup_lines(code, home):
    """First and last lines of the blocks of a function that clean up; none where its source can't be read."""
    try:
        import ast
        import linecache

        first, last = code.co_firstlineno, max(end or 0 for _, end, _, _ in code.co_positions())
        lines = linecache.getlines(code.co_filename, home)[first - 1 : last]
        indented = lines[0][:1].isspace()
        tree = ast.parse("".join(["if 1:\n"] * indented + lines))
    except Exception:  # no source, another language, or the interpreter is shutting down
        return ()
    blocks = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            blocks += [node.finalbody, *(handler.body for handler in node.handlers)]
    shift = first - 1 - indented
    return tuple((block[0].lineno + shift, (block[-1].end_lineno or 0) + shift) for block in blocks if block)

class PerceiveError(TypeError, ValueError):
    """An argument doesn't satisfy its annotation and can't be repaired (`strict`), or a domain can't use it."""


class EnforceError(ValueError):
    """A result breaks the output contract (`strict`, or a domain's contract)."""


class CircuitOpenError(ConnectionError):
    """The breaker of this function is open: the call was not made."""


class BudgetSpentError(TimeoutError):
    """The call's whole budget (`timeout=`) is spent."""


class BudgetMissedWarning(RuntimeWarning):
    """A value came after its call's budget was spent; said once per function."""


class PoetStaleError(ImportError):
    """The source changed since the build, and the project asked for an error (`stale = "error"`)."""


class PoetStaleWarning(UserWarning):
    """The source changed since the build; said once per function, at import."""


class PoetContractWarning(UserWarning):
    """A result or an argument broke its contract and was passed on; said once per function."""


class PoetRepairWarning(UserWarning):
    """An argument was text and was made the number or date that it says; said once per function and parameter."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

READ_UP = ("read", "__next__", "__anext__", "__await__")
"""what a file, an iterator or a coroutine has"""

CONTAINERS = (list, tuple, dict, set, frozenset)

MOST_KINDS = 512
"""classes that are remembered"""

KINDS = {}


class Kind:
    """What is known of one class."""

    __slots__ = ("asks", "container", "is_left", "is_looped", "members", "own", "reads")

    def __init__(self, kind):
        self.reads = any(defines(kind, name) for name in READ_UP)
        self.asks = defines(kind, "__getattr__")
        self.is_looped = defines(kind, "__iter__") and not defines(kind, "__len__")
        self.is_left = kind.__module__ == "unittest.mock" or type in kind.__mro__
        """nothing is looked for in its objects"""
        self.container = next((each for each in CONTAINERS if each in kind.__mro__), None)
        own = next((cls.__dict__["__dict__"] for cls in kind.__mro__ if "__dict__" in cls.__dict__), None)
        self.own = own.__get__ if type(own) is GetSetDescriptorType else None
        """gives an object's own attributes, past whatever it has put in the place of its `__dict__`"""
        slotted = (cls for cls in kind.__mro__ if "__slots__" in cls.__dict__)
        values = [value for cls in slotted for value in tuple(cls.__dict__.values())]
        self.members = tuple(value.__name__ for value in values if type(value) is MemberDescriptorType)


def kind_of(value):
    """What is known of the class of a value."""
    cls = type(value)
    kind = KINDS.get(cls)
    if kind is None:
        kind = Kind(cls)
        if not kind.is_left:  # each mock has a class of its own
            if len(KINDS) >= MOST_KINDS:
                KINDS.clear()
            KINDS[cls] = kind
    return kind


def defines(kind, name):
    """Whether a class, or one above it, defines `name`; nothing is run for it."""
    return any(name in cls.__dict__ for cls in kind.__mro__)


def own_dict(value):
    """An object's own attributes."""
    get = kind_of(value).own
    own = None if get is None else get(value)
    return own if type(own) is dict else {}

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


SQLITE_CODES = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED; a table that isn't there, a full disk, a file that can't be opened don't pass"""

LIBPQ_NAMES = frozenset({"psycopg.OperationalError", "psycopg2.OperationalError"})

PASSING_REFUSALS = (
    "the database system is",  # starting up, shutting down, in recovery mode
    "too many clients already",
    "too many connections for",
    "remaining connection slots are reserved",
    "terminating connection due to",
)
"""with what PostgreSQL refuses a connection that it may accept a little later"""

MYSQL_NAMES = frozenset(
    {"pymysql.err.OperationalError", "MySQLdb.OperationalError", "mysql.connector.errors.OperationalError"}
)

MYSQL_CODES = frozenset({1040, 1053, 1203, 1205, 1213, 2002, 2003, 2006, 2013, 2055})
"""too many connections, shutdown, lock wait, deadlock, refused or lost connection; a wrong password (1045) lasts"""


def is_transient(error, names = (), idempotent = True):
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


def verdict(error, names, idempotent):
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
        code = looked_up(error, "sqlite_errorcode")
        return code & 0xFF in SQLITE_CODES if type(code) is int else str(error).endswith(" is locked")
    if has_name(error, MYSQL_NAMES):
        return bool(error.args) and error.args[0] in MYSQL_CODES
    if has_name(error, LIBPQ_NAMES):
        return is_passing_refusal(str(error))
    return None


def is_passing_refusal(words):
    """Whether PostgreSQL, which answered that it doesn't let in, may later; None: it didn't answer.

    There is no SQLSTATE in what libpq says of a connection that wasn't made: a wrong password, a database that isn't
    there and a server that is about to start differ by words alone. "FATAL" is in the answer in whatever language.
    """
    if "FATAL" not in words:
        return None
    return any(passing in words for passing in PASSING_REFUSALS)


def has_name(error, names):
    """Whether the class of `error`, or one above it, is called by one of `names`."""
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in type(error).__mro__)


def is_named(error, names):
    """Whether `error` is of one of the classes that these dotted names stand for, re-exports included."""
    return bool(names) and any(isinstance(error, named_class(name)) for name in names)


def named_class(name):
    """The class of that dotted name in a tuple; () if its module isn't imported, for then nothing can be of it."""
    module, found = name, None
    while module and found is None:
        module = module.rpartition(".")[0]
        found = sys.modules.get(module)
    for part in name[len(module) + 1 :].split("."):
        found = looked_up(found, part)
    return (found,) if isinstance(found, type) else ()


def looked_up(holder, name):
    """`holder.name`, or None if there is none, or if looking it up fails: properties of errors may raise anything."""
    try:
        return getattr(holder, name, None)
    except Exception:  # it must never take the place of the error that is looked at
        return None


def error_status(error):
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

LIMITING = frozenset(
    {
        "aiohttp",
        "anthropic",
        "botocore",
        "builtins",
        "grpc",
        "http",
        "httpcore",
        "httpx",
        "openai",
        "psycopg",
        "psycopg2",
    }
    | {"redis", "requests", "smtplib", "socket", "sqlalchemy", "sqlite3", "ssl", "subprocess", "urllib", "urllib3"}
)
"""packages whose code passes limits on as it gets them"""

CLIENT_BASES = LIMITING - {"builtins"}
"""those whose classes are subclassed for a limit of their own"""

UNKNOWN_LIMIT = -1.0
"""there is a limit, and nobody knows which"""

BEHIND = {"requests": (("requests.sessions", "Session"), ("requests.adapters", "HTTPAdapter"))}
"""package -> classes by which its functions call"""

CLASS_LIMITS = {}
"""what was found of a class, by it and the parameter's name"""

LIMITLESS = set()
"""classes of attributes that bring in no limit, as far as they were met"""

CALLED_LATER = ("partial", "partialmethod")

PATCHED = ("request", "send", "get", "urlopen", "handle_request")
"""methods that others are put in the place of for a limit"""

MOST_LIMITED_CLASSES = 256


class ClassLimit:
    """The limit that a class brings in, and the attributes that it had when that was found.

    What is added or taken away changes the sizes of its dictionaries, what is put in the place of a method is another.
    """

    __slots__ = ("dicts", "holders", "limit", "methods", "names", "sizes")

    def __init__(self, cls, limit):
        self.limit = limit
        self.dicts = [each.__dict__ for each in cls.__mro__[:-1]]
        self.sizes = list(map(len, self.dicts))
        found = [(own, name) for own in self.dicts for name in PATCHED if name in own]
        self.holders = [own for own, _ in found]
        self.names = [name for _, name in found]
        self.methods = [own[name] for own, name in found]

    def holds(self):
        """Whether the class is as it was."""
        try:
            is_same = all(map(is_, map(getitem, self.holders, self.names), self.methods))
        except KeyError:  # another method came in its place
            return False
        return is_same and list(map(len, self.dicts)) == self.sizes


def own_limit(function, name):
    """The smallest limit that would be overruled by passing `name`, `UNKNOWN_LIMIT`, or None if there is none."""
    return smallest(limits_behind(function, name))


def smallest(limits):
    """The smallest of some limits; `UNKNOWN_LIMIT` if none is known."""
    found = [limit for limit in limits if limit is not None]
    return min((limit for limit in found if limit != UNKNOWN_LIMIT), default=UNKNOWN_LIMIT if found else None)


def limits_behind(function, name):
    """What each part behind a function brings in: itself, what it wraps, its object, that object's adapters."""
    for _ in range(5):
        if type(function).__name__ != "partial":
            break
        yield number_of(function.keywords.get(name))
        function = function.func
    plain = looked_up(function, "__func__") or function
    owner = looked_up(function, "__self__")
    if type(plain) is FunctionType and owner is None:
        yield limit_of_function(plain, name, called=True)
        for cell in plain.__closure__ or ():
            yield limit_of_function(looked_up(cell, "cell_contents"), name)
        for module, cls in BEHIND.get(root_of(plain), ()):
            yield limit_of_class(looked_up(sys.modules.get(module), cls), name)
    if owner is not None and not isinstance(owner, type):
        own = own_dict(owner)
        yield limit_of_object(owner, name)
        if "_transport" in own:
            yield limit_of_object(own["_transport"], name)
        for each in (own.get("adapters"), own.get("_mounts")):
            for mounted in dict.values(each) if isinstance(each, dict) else ():
                yield limit_of_object(mounted, name)


def limit_of_object(thing, name):
    """The limit that an object's class, or what was set on the object itself, brings in."""
    if thing is None:
        return None
    own = own_dict(thing)
    of_class = limit_of_class(type(thing), name)
    if of_class is None and LIMITLESS.issuperset(map(type, own.values())):
        return None
    found = smallest([of_class, *(limit_of_attribute(value, name) for value in own.values())])
    if found is None:
        if len(LIMITLESS) >= MOST_LIMITED_CLASSES:
            LIMITLESS.clear()
        kinds = set(map(type, own.values()))
        LIMITLESS.update(each for each in kinds if each is not FunctionType and each.__name__ not in CALLED_LATER)
        return None
    return smallest([found, *(number_of(value) for key, value in own.items() if "timeout" in str(key).lower())])


def limit_of_class(cls, name):
    """The limit that methods bring in that no client's package has written: of subclasses, and patched in."""
    if not isinstance(cls, type):
        return None
    known = CLASS_LIMITS.get((cls, name))
    if known is not None and known.holds():
        return known.limit
    if len(CLASS_LIMITS) >= MOST_LIMITED_CLASSES:
        CLASS_LIMITS.clear()
    found = []
    if any(each.__module__.partition(".")[0] in CLIENT_BASES for each in cls.__mro__):
        found = [limit_of_attribute(value, name) for each in cls.__mro__ for value in tuple(each.__dict__.values())]
    known = CLASS_LIMITS[cls, name] = ClassLimit(cls, smallest(found))
    return known.limit


def limit_of_attribute(value, name):
    """The limit that one attribute brings in, if it is something to call."""
    kind = type(value)
    if kind is FunctionType:
        return limit_of_function(value, name)
    if kind.__name__ in CALLED_LATER:
        return number_of(value.keywords.get(name))
    return None


def limit_of_function(function, name, called = False):
    """The limit that a function brings in that no client's package has written; `called`: it gets the limit itself.

    A default in its signature then counts elsewhere.
    """
    if type(function) is not FunctionType or root_of(function) in LIMITING:
        return None
    code = function.__code__
    if name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        if called:
            return None
        named = (function.__kwdefaults__ or {}).get(name)
        defaults = function.__defaults__ or ()
        positional = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        return number_of(defaults[positional.index(name)] if name in positional else named) or UNKNOWN_LIMIT
    mentioned = any(name == each or (type(each) is tuple and name in each) for each in code.co_consts)
    return UNKNOWN_LIMIT if mentioned else None


def number_of(value):
    """A limit as a number; `UNKNOWN_LIMIT` for one of another form."""
    if value is None:
        return None
    return float(value) if type(value) in (int, float) and value > 0 else UNKNOWN_LIMIT


def root_of(function):
    """The package that a function was written in."""
    return str(looked_up(function, "__module__")).partition(".")[0]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

VAR_KEYWORDS = 0x08
"""the flag of code objects of functions that take `**kwargs` (`inspect.CO_VARKEYWORDS`)"""

PARTS = ("connect", "read", "write", "pool")
"""the limits that a `Timeout` of httpx, openai and anthropic has"""


def gave_up(function, result):
    """Whether a wait for another thread ended without what it waited for, which only its result tells: False, None,
    or what is not done."""
    owner = looked_up(function, "__self__")
    if owner is not None:
        return type(owner).__module__ in ("_thread", "threading") and not result
    return bool(looked_up(function, "__module__") == "concurrent.futures._base" and looked_up(result, "not_done"))


def says_nothing_of_time(error):
    """Whether a wait that was cut short failed with what elsewhere means something else: a queue is empty, or full."""
    return type(error).__module__ in ("queue", "_queue") and type(error).__name__ in ("Empty", "Full")


def limited(
    function, left, name, scale, kwargs
):
    """`kwargs` with `left` seconds as `name`, if the caller gave no limit and `function` takes one by that name.

    `scale`: the limit is a whole number of 1/scale seconds; None: it is a float of seconds.
    """
    if name in kwargs or not takes(function, name):
        return kwargs
    unit = 1.0 if scale is None else 1.0 / scale
    own = own_limit(function, name)
    if own is not None and (own == UNKNOWN_LIMIT or own * unit <= left):
        return kwargs
    limit = narrowed(usual_limit(function, name), left, unit)
    if limit is None:
        return kwargs
    if scale is not None and isinstance(limit, float):
        limit = max(1, int(limit * scale))
    return {**kwargs, name: limit}


def is_in_text(name, values):
    """Whether libpq has a limit that a parameter would overrule, from its connection string or the environment."""
    if name != "connect_timeout":
        return False
    return "PGCONNECT_TIMEOUT" in environ or any(type(each) is str and name in each for each in values)


def takes_all(function, name):
    """Whether all that is left may be passed as `name`: to a function that no client owns, and with no limit else."""
    if type(function) is not FunctionType or looked_up(function, "__self__") is not None:
        return False
    return takes(function, name) and usual_default(function, name) is None and own_limit(function, name) is None


def takes(function, name):
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


def usual_default(function, name):
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


def usual_limit(function, name):
    """The limit that holds if none is given: the default of the parameter, or the client's own setting."""
    usual = usual_default(getattr(function, "__func__", function), name)
    if type(usual) in (int, float) or is_composed(usual):
        return usual
    owner = looked_up(function, "__self__")
    pooled = looked_up(owner, "connection_pool_kw")  # urllib3's PoolManager
    settings = [looked_up(owner, "timeout"), looked_up(looked_up(owner, "_client"), "timeout")]
    for own in (*settings, pooled.get("timeout") if type(pooled) is dict else None):
        if type(own) in (int, float) or is_composed(own) or is_pooled(own):
            return own
    socket = sys.modules.get("socket")
    return socket.getdefaulttimeout() if socket is not None and usual is not None else None


def is_pooled(limit):
    """Whether a limit is urllib3's, of connecting and reading, that says something."""
    if not type(limit).__module__.startswith("urllib3."):
        return False
    return any(type(looked_up(limit, part)) in (int, float) for part in ("total", "_connect", "_read"))


def is_composed(limit):
    """Whether a limit is made of several, like httpx's."""
    return limit is not None and not isinstance(limit, int | float) and all(hasattr(limit, part) for part in PARTS)


def narrowed(usual, left, unit):
    """The limit to pass, `left` seconds at most; None where the usual one ends no later. `unit` is that of numbers."""
    if is_composed(usual):
        parts = {part: getattr(usual, part) for part in PARTS}
        if all(value is not None and value <= left for value in parts.values()):
            return None
        try:
            return type(usual)(**{part: left if v is None else min(v, left) for part, v in parts.items()})
        except Exception:  # made in another way: the plain number says it as well
            return left
    if is_pooled(usual):
        total = left if type(usual.total) not in (int, float) else min(usual.total, left)
        return type(usual)(total=total, connect=usual._connect, read=usual._read)
    if type(usual) in (int, float) and 0 < usual * unit <= left:
        return None
    return left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_NOTES = 12
"""notes of ours on one error; the oldest go first"""

OURS = "poet: "
"""how they begin"""


CARRIERS = frozenset({"anyio", "asgiref", "asyncio", "concurrent", "gevent", "joblib", "multiprocessing", "trio"})
"""packages that raise in one thread or task what was raised in another"""


def mark_final(thing):
    """Say that an error, or a response, is the last word of an enhanced call; classes may refuse attributes.

    The mark is the moment, and how far the error had come: numbers, which can be pickled with it.
    """
    try:
        mark = monotonic(), id(looked_up(thing, "__traceback__"))
        object.__setattr__(thing, "poet_final", mark)
    except Exception:  # then an enhanced call further out may try once more
        return


def is_final(error, since = None):
    """Whether an enhanced call further in has already tried as often as it may: attempts must not multiply.

    What that call raised may have been wrapped (`raise Mine from error`), or gathered in a group. Marks from before
    `since` (monotonic seconds) are of earlier calls; where nobody knows when this one began, the traceback tells.
    """
    inner = error
    for _ in range(20):
        if inner is None:
            return False
        if is_marked(inner, since) or is_marked(looked_up(inner, "response"), since):
            return True
        if isinstance(inner, BaseExceptionGroup) and any(is_final(each, since) for each in inner.exceptions):
            return True
        inner = inner.__cause__
    return False


def is_marked(thing, since):
    """Whether `thing` has a mark of the call that is under way; one of an earlier call is taken off, with its notes."""
    mark = looked_up(thing, "poet_final") if thing is not None else None
    if type(mark) is not tuple or len(mark) != 2:
        return False
    if mark[0] < since if since is not None else was_raised_again(thing, mark):
        forget(thing)
        return False
    return True


def was_raised_again(thing, mark):
    """Whether an error left the call that marked it, and was raised anew.

    Its traceback is then put together of several: somewhere an entry's frame wasn't called by the one before it, or is
    one that still runs, which this error can't have passed through. What carries errors from one thread or task to
    another puts them together, too.
    """
    entry = looked_up(thing, "__traceback__")
    if entry is None:
        return False
    running, frame = set(), sys._getframe(1)
    while frame is not None:
        running.add(id(frame))
        frame = frame.f_back  # type: ignore[assignment]
    before, entry = entry.tb_frame, entry.tb_next
    while entry is not None and id(entry) != mark[1]:
        frame = entry.tb_frame
        is_apart = frame is not before and (id(frame) in running or frame.f_back not in (None, before))
        if is_apart and str(before.f_globals.get("__name__")).partition(".")[0] not in CARRIERS:
            return True
        before, entry = frame, entry.tb_next
    return False


def forget(thing):
    """Take off the mark and the notes of an earlier call."""
    try:
        del thing.poet_final
        thing.__notes__[:] = [note for note in thing.__notes__ if not is_ours(note)]
    except Exception:  # a response has no notes, and what is the user's own may refuse anything
        return


def is_ours(note):
    """Whether a note of an error is one of poet's."""
    return type(note) is str and note.startswith(OURS)


def add_note(error, *notes):
    """Add notes that it doesn't have yet to an exception that keeps its type and arguments; some classes refuse."""
    try:
        for note in notes:
            said = [each for each in looked_up(error, "__notes__") or () if is_ours(each)]
            if OURS + note in said:
                continue
            if len(said) >= MOST_NOTES:
                error.__notes__.remove(said[0])
            error.add_note(OURS + note)
    except Exception:
        return

def checked_count(name, value, least = 1):
    """`value` if it is a whole number of at least `least`; raises ValueError for anything else, bools included."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def checked_seconds(name, value, above = -1.0):
    """`value` if it is a finite number of seconds, 0 or more and above `above`; raises ValueError for others."""
    if type(value) not in (int, float) or not 0 <= value < 1e9 or value <= above:  # type: ignore[operator]
        least = "above 0" if above >= 0 else "of 0 or more"
        raise ValueError(f"{name} must be a finite number of seconds {least}, not {value!r}")
    return value  # type: ignore[return-value]


def checked_share(name, value, least = 0.0, most = 1.0):
    """`value` if it is a number from `least` to `most`; raises ValueError for others, for NaN and bools too."""
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value  # type: ignore[return-value]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TESTING_VARIABLE = "POET_TESTING"
"""environment variable: the number of attempts, for a whole process; empty or 0: no testing"""

LARGEST_NUMBER = 9
"""digits of that variable which are read; no test tries more often"""


CURRENT_TEST_VARIABLE = "PYTEST_CURRENT_TEST"
"""environment variable in which pytest says which test runs, and in brackets which part of it"""

CURRENT_TEST = [""]
"""the test that was under way when something was last looked at that a test must not leave behind"""

LEFT_BY_TESTS = WeakSet()
"""what a test may leave behind for the next one, and forgets by its method `forget`: breakers, rate limits"""


class AskedAttempts:
    """What one `with testing(...)` asks for, as long as it lasts; equal to nothing but itself."""

    __slots__ = ("attempts",)

    def __init__(self, attempts):
        self.attempts = attempts


TESTING_ATTEMPTS = []
"""what the `with testing(...)` around the current code asked for, innermost last; for all threads"""


class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Of several such blocks the one that was entered last counts, until it is left. Breakers and rate limits start anew
    when the outermost one is entered, and when it is left. Budgets still hold. Raises ValueError if `attempts` is no
    whole number of at least 1.
    """

    __slots__ = ("attempts", "entered")

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(self, attempts: int = 1) -> None: ...

    def __init__(self, attempts = 1):  # type: ignore[no-redef]
        self.attempts = checked_count("attempts", attempts)
        self.entered = []

    def __enter__(self):
        if not TESTING_ATTEMPTS:
            start_anew()
        asked = AskedAttempts(self.attempts)
        self.entered.append(asked)
        TESTING_ATTEMPTS.append(asked)

    def __exit__(self, *raised):
        TESTING_ATTEMPTS.remove(self.entered.pop())
        if not TESTING_ATTEMPTS:
            start_anew()


def testing_attempts():
    """The attempts that a test asks for, or None outside of tests; looked at only once something has failed."""
    for asked in reversed(TESTING_ATTEMPTS):
        return asked.attempts
    text = environ.get(TESTING_VARIABLE, "")
    return int(text[:LARGEST_NUMBER]) or None if text.isascii() and text.isdigit() else None


def start_anew():
    """Forget what failed, and how much was used up; not to be called with a lock held."""
    for thing in list(LEFT_BY_TESTS):
        thing.forget()


def look_for_new_test():
    """Start anew if another test of pytest is under way than at the last look, in a process with POET_TESTING.

    Called before something is counted or refused, so that good calls don't pay for it; never with a lock held.
    """
    if TESTING_VARIABLE in environ and testing_attempts() is not None:
        test = environ.get(CURRENT_TEST_VARIABLE, "").rpartition(" (")[0]
        if test and test != CURRENT_TEST[0]:
            CURRENT_TEST[0] = test
            start_anew()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pause(seconds):
    """Wait before another attempt."""
    if testing_attempts() is None:
        sleep(seconds)


async def pause_async(seconds):
    """Let other tasks run before another attempt: at least once, in tests too."""
    if testing_attempts() is not None:
        seconds = 0.0
    trio = running_trio()
    if trio is not None:
        await trio.sleep(seconds)
        return
    from asyncio import sleep as wait

    await wait(seconds)


def task_here():
    """The task of asyncio or trio that runs the current code; None outside of any."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no event loop runs in this thread
            task = None
        if task is not None:
            return task
    trio = running_trio()
    return None if trio is None else trio.lowlevel.current_task()


def loop_runs():
    """Whether an event loop runs in this thread, which a wait that isn't awaited would hold up."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return True
    return running_trio() is not None


def greenlet_here():
    """The greenlet that runs the current code; None where the program uses none."""
    ask = getattr(sys.modules.get("greenlet"), "getcurrent", None)  # None while it is being imported
    return None if ask is None else ask()


def running_trio():
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
    from typing import Any

IDLE_SECONDS = 5.0
"""after which the thread ends if there is nothing to watch"""

LEAST_PURGED = 1_000
"""entries, from which on those of calls that have ended are thrown out early"""


class Watcher:
    """Calls `end_comes` of each thing that it was given, once its `end` (monotonic seconds) has come, and again after
    so many seconds as that gives."""

    __slots__ = ("__weakref__", "changed", "entries", "is_running", "number", "purged_at")

    def __init__(self):
        self.entries = []
        """a heap of: end, number, reference to the deadline, which is dead once the call has ended"""
        self.changed = Condition()
        self.is_running = False
        self.number = 0
        self.purged_at = LEAST_PURGED
        fork_aware(self)

    def watch(self, deadline):
        """Tell the deadline of its end; False if no thread can be started for it."""
        return self.add(deadline, deadline.end)

    def add(self, deadline, when):
        """Tell the deadline at that moment; no thread runs, nor starts, any more while the interpreter ends."""
        if is_finalizing():
            return False
        with self.changed:
            if not self.is_running and not self.started():
                return False
            if len(self.entries) >= self.purged_at:
                self.purge()
            self.number += 1
            entry = (when, self.number, ref(deadline))
            heappush(self.entries, entry)
            if self.entries[0] is entry:
                self.changed.notify()
        return True

    def started(self):
        """Start the thread; False if the system has none left, or the interpreter is shutting down."""
        try:
            Thread(target=self.run, name="poet budgets", daemon=True).start()
        except RuntimeError:
            return False
        self.is_running = True
        return True

    def run(self):
        """What the thread does until there is nothing to do."""
        while True:
            with self.changed:
                due = self.taken()
                if not due:
                    left = self.entries[0][0] - monotonic() if self.entries else IDLE_SECONDS
                    if not self.changed.wait(min(max(left, 0.0), IDLE_SECONDS)) and not self.entries:
                        self.is_running = False
                        return
            while due:
                self.tell(due.pop())

    def taken(self):
        """What is due, in a list that the thread empties: it keeps nothing alive while it waits."""
        now, due = monotonic(), []
        while self.entries and self.entries[0][0] <= now:
            deadline = heappop(self.entries)[2]()
            if deadline is not None:
                due.append(deadline)
        return due

    def tell(self, deadline):
        """Tell of the end, with no lock held; what fails there must not end the thread."""
        try:
            again = deadline.end_comes()
        except Exception:  # what it found in another thread's frames was gone by then
            again = None
        if again is not None:
            self.add(deadline, monotonic() + again)

    def purge(self):
        """Throw out the entries of calls that have ended; call it with the lock held."""
        self.entries = [entry for entry in self.entries if entry[2]() is not None]
        heapify(self.entries)
        self.purged_at = max(LEAST_PURGED, 2 * len(self.entries))

    def forked(self):
        """In the child of a fork: the thread is gone, and who held the lock is."""
        self.changed = Condition()
        self.is_running = False
        self.purge()
        if self.entries:
            self.started()


WATCHERS = []
"""the process's one watcher, made when the first is needed"""


def watch(deadline):
    """Whether the process's watcher marks that deadline from now on."""
    if not WATCHERS:
        WATCHERS.append(Watcher())
    return WATCHERS[0].watch(deadline)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

SOCKET_CLIENTS = frozenset(
    {"anthropic", "botocore", "httpcore", "httpx", "openai", "pg8000", "pymysql", "redis", "requests"}
)
SOCKET_CLIENTS |= {"urllib", "urllib3"}
"""packages that wait for an answer in Python, at a socket, with a time limit that holds for each read at most"""

LAYERS = frozenset({"django", "sqlalchemy"})
"""packages that call a driver's cursor in their own frame"""

DRIVERS = frozenset({"psycopg", "psycopg_binary", "selectors"})
"""packages in whose frames a driver waits"""

READING = SOCKET_CLIENTS | {"socket", "ssl", "http"}
"""packages in whose frames such a wait takes place"""

STOPS = ("interrupt", "cancel")
"""methods with which a connection of a database ends what it is doing, from any thread"""

INNERMOST_FRAMES = 12
"""innermost frames of a thread that are looked at"""

STOP_EVERY = 0.05
"""seconds until what was not to be stopped is looked at again; doubled each time"""

STOP_GRACE = 0.25
"""seconds that a call gets to end after it was stopped, before an alarm tears it apart"""

SLOWEST_STOP = 1.0
"""seconds between two looks at most"""


class Stop:
    """The end of one call, at `end` (monotonic seconds): `stop` is called then, by another thread."""

    __slots__ = ("__weakref__", "end", "is_done", "lock", "stop", "stopped")

    def __init__(self, end, stop):
        self.end = end
        self.stop = stop
        self.lock = Lock()
        self.is_done = False
        self.stopped = False

    def end_comes(self):
        """Begin to stop the call, in a thread that may wait for a server."""
        Thread(target=self.run, name="poet stop", daemon=True).start()
        return None

    def run(self):
        """Stop the call if it still goes on."""
        with self.lock:
            if not self.is_done:
                self.stopped = True
                try:
                    self.stop()
                except Exception:  # a connection that is closed by now, a server that is gone: the call finds out
                    return

    def close(self):
        """Note that the call is over, so that the next one isn't stopped; whether it was."""
        got = self.lock.acquire(timeout=1.0)
        self.is_done = True
        if got:
            self.lock.release()
        return self.stopped


def stopped_call(
    deadline, end, how, function, args, kwargs
):
    """`function(*args, **kwargs)`, stopped at `end`; an error that comes of that is `BudgetSpentError`.

    `how`: "connection.cancel()" is a method of the object that the function is one of; "()": the driver's connection
    is looked for where the thread waits.
    """
    stop = stop_of(function, how) if how != "()" else partial(stop_statement, get_ident())
    if stop is None:
        return function(*args, **kwargs)
    stopping = Stop(end, stop)
    watch(stopping)
    deadline.allow(STOP_GRACE)
    try:
        return function(*args, **kwargs)
    except Exception as error:
        if stopping.close():
            raise deadline.spent() from error
        raise
    finally:
        stopping.close()


def stop_of(function, how):
    """The method "connection.cancel()" of the object that `function` is one of; None if there is none."""
    found = looked_up(function, "__self__")
    for name in how.removesuffix("()").split("."):
        found = looked_up(found, name)
    return found if callable(found) else None


def frame_of(thread):
    """The innermost frame of a thread; None once it has ended."""
    return sys._current_frames().get(thread)


def stop_statement(thread):
    """Have the database's driver stop what a thread waits for, if it does wait for one."""
    stop = cursor_stop(frame_of(thread))
    if stop is not None:
        stop()


def shut_down(connection):
    """End all waiting at a socket."""
    try:
        sys.modules["socket"].socket.shutdown(connection, 2)  # not an SSLSocket's own, which forgets its keys
    except OSError:  # it was closed in this moment
        return


def package_of(frame):
    """The package of a frame's code; of `http` only what asks, not what answers."""
    name = str(frame.f_globals.get("__name__", ""))
    return "" if name == "http.server" else name.partition(".")[0]


def awaited_socket(frame):
    """The socket that a frame waits at, if it is one of a known client, and nobody else's as well."""
    found, module = None, sys.modules.get("socket")
    for _ in range(INNERMOST_FRAMES):
        if frame is None or module is None:
            return None
        package = package_of(frame)
        if package not in READING or "HTTP2" in frame.f_code.co_qualname:  # one connection for many requests
            return None
        if found is None:
            found = socket_in(frame, module.socket)
        if found is not None and (package in SOCKET_CLIENTS or package == "http"):
            return found
        frame = frame.f_back
    return None


def socket_in(frame, kind):
    """A socket among the variables of a frame, or among the attributes of its `self`."""
    variables = dict(frame.f_locals)
    held = looked_up(variables.get("self"), "__dict__")
    for value in (*variables.values(), *(dict(held).values() if type(held) is dict else ())):
        if isinstance(value, kind):
            return value
    return None


def cursor_stop(frame):
    """What stops the statement that a driver in C executes for the innermost frame, if that is a known package's."""
    for _ in range(INNERMOST_FRAMES):
        if frame is None or package_of(frame) not in DRIVERS:
            break
        frame = frame.f_back
    if frame is None or package_of(frame) not in LAYERS:
        return None
    for value in dict(frame.f_locals).values():
        if hasattr(type(value), "execute"):
            connection = looked_up(value, "connection")
            stops = [stop for stop in (looked_up(connection, name) for name in STOPS) if callable(stop)]
            if stops:
                return stops[0]  # type: ignore[no-any-return]
    return None


def next_look(tries):
    """Seconds until a thread that could not be stopped is looked at again."""
    return min(STOP_EVERY * 2.0**tries, SLOWEST_STOP)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
    from contextvars import Token
    from typing import Any

OUTER_DEADLINE = ContextVar("poet_outer_deadline", default=None)
"""the budget of the innermost enhanced call around the current code; tasks and copied contexts inherit it, and are not
bound by it (see `live_deadline`)"""

WAIT = "*"
"""in the place of a parameter's name: the call does nothing but wait for so many seconds"""

SLEEP = sleep
"""`time.sleep` as it was when the program began: what stands in for it in a test needn't take any time"""

BY_CLOCK, BY_ALARM, BY_WAITER, BY_WATCHER = 0, 1, 2, 3
"""how loops notice the end: they read the clock; an alarm interrupts them; another thread leaves a mark, because it
waits for the call, or because it watches the budgets of all long loops"""

LOOKS = 50
"""steps after which a loop no longer reads the clock itself: about what it costs to have it watched"""


def live_deadline():
    """The budget that holds for the current code, or None.

    A budget binds the thread or task only in which its call runs: what that starts may outlive it. Tasks that it awaits
    are cancelled with it.
    """
    deadline = OUTER_DEADLINE.get()
    while deadline is not None and not (deadline.is_live and deadline.is_here()):
        deadline = deadline.outer
    return deadline


def limited_call(
    deadline,
    function,
    name,
    scale,
    args,
    kwargs,
):
    """`function(*args, **kwargs)` with what is left of the budget as `name` (see `limited`), and no longer than that;
    raises `BudgetSpentError` if nothing is.

    Without a deadline of its own, a call shares that of an enhanced call around it.
    """
    if deadline is None or not deadline.is_live:
        deadline = live_deadline()
    if deadline is None:
        return function(*args, **kwargs)
    left = deadline.left()
    if not name.isidentifier():
        return otherwise_limited(deadline, left, name, function, args, kwargs)
    given = kwargs
    if name not in kwargs and not is_in_text(name, (*args, *kwargs.values())):
        kwargs = limited(function, left, name, scale, kwargs)
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        if kwargs is not given and says_nothing_of_time(error) and deadline.left_now(error) <= 0:
            raise deadline.spent() from error
        raise
    if (result is None or result is False or isinstance(result, tuple)) and gave_up(function, result):
        deadline.left()
    return whole_steps(deadline, result) if kwargs is not given and type(result) is GeneratorType else result


def whole_steps(deadline, steps):
    """What a generator that got a time limit gives; its end is none if it comes of that limit."""
    result = yield from steps
    deadline.left()
    return result


def otherwise_limited(
    deadline,
    left,
    how,
    function,
    args,
    kwargs,
):
    """`function(*args, **kwargs)`, which takes no time limit: a wait that is cut short, or a call that another thread
    stops by `how` (see `stopped_call`)."""
    if how != WAIT:
        return stopped_call(deadline, monotonic() + left, how, function, args, kwargs)
    seconds = args[0] if len(args) == 1 and not kwargs else None
    is_ended = deadline.watch in (BY_ALARM, BY_WAITER)  # by what `except Exception` doesn't swallow
    if is_ended or function is not SLEEP or type(seconds) not in (int, float) or seconds <= left:
        return function(*args, **kwargs)
    function(left)
    raise deadline.spent()


class Deadline:
    """The end of a budget of `seconds`; never later than that of an enhanced call around this one.

    `with deadline:` is the stretch of time in which calls further in share it.
    """

    __slots__ = (
        "__weakref__",
        "cleanup_end",
        "end",
        "handled",
        "is_alone",
        "is_live",
        "is_over",
        "looks",
        "outer",
        "owner",
        "seconds",
        "token",
        "watch",
    )

    def __init__(self, seconds):
        self.seconds = seconds
        self.end = monotonic() + seconds
        self.outer = outer = OUTER_DEADLINE.get()
        if outer is not None:
            self.outer = outer = live_deadline()
            if outer is not None and outer.end < self.end:
                self.end, self.seconds = monotonic() + outer.left_now(), outer.seconds
        self.is_live = True
        self.is_alone = False
        """entered, with nothing more to do for a call than to pass on what is left"""
        self.is_over = False
        self.looks = 0
        self.watch = BY_CLOCK
        self.token = None
        self.owner = None
        """the thread's number, or the task, that entered it"""
        self.handled = None
        """the exception that was being handled then: the call's caller, not the call, cleans up because of it"""
        self.cleanup_end = None
        """until when what cleans up may go on, once that has been asked for"""

    def __enter__(self):
        self.is_live = True
        self.is_alone = self.outer is None
        self.owner = get_ident()
        self.handled = sys.exception()
        self.token = OUTER_DEADLINE.set(self)

    def __exit__(self, kind, raised, trace):
        self.is_live = self.is_alone = False
        self.handled = None
        token, self.token = self.token, None
        if token is not None:
            try:
                OUTER_DEADLINE.reset(token)
            except ValueError:  # a coroutine that was thrown away is closed in another context than its own
                return

    def left(self):
        """Seconds left, more than 0; raises `BudgetSpentError` when there are none."""
        left = self.end - monotonic()
        if left < CLEANUP_GRACE:
            left = self.left_now()
            if left <= 0:
                raise self.spent()
        return left

    def left_now(self, error = None):
        """Seconds left; at least those of the grace where the current code cleans up. `error`: see `is_cleaning`."""
        left = self.end - monotonic()
        if left < min(CLEANUP_GRACE, NEARLY * self.seconds) and is_cleaning(self, sys._getframe(1), error):
            return self.grace_end() - monotonic()
        return left

    def grace_end(self):
        """When what cleans up is to be over: counted from when that first mattered."""
        if self.cleanup_end is None:
            self.cleanup_end = max(self.end, monotonic()) + CLEANUP_GRACE
        return self.cleanup_end

    def is_here(self):
        """Whether the current code runs in the thread or task that entered this."""
        owner = self.owner
        return bool(owner == get_ident() if type(owner) is int else owner is None or owner is task_here())

    def allow(self, seconds):
        """Let an alarm, of this budget or of one around it, ring so much later."""
        if self.outer is not None:
            self.outer.allow(seconds)

    def end_comes(self):
        """Hear from another thread that the end has come; seconds until it shall say so again, or None."""
        self.is_over = True
        return None

    def passed_to(self, function, name, scale = None):
        """`function`, called once, with what is left as its argument `name` if it is given none."""

        def timed(*args, **kwargs):
            return limited_call(self, function, name, scale, args, kwargs)

        return timed

    def lasts(self):
        """True while there is time left, for the head of a `while`; else raises `BudgetSpentError`."""
        if self.is_over or (not self.watch and self.ends()):
            self.left()
        return True

    def ends(self):
        """Whether the end has come, by the clock; who asks often has it watched."""
        self.looks += 1
        if self.looks == LOOKS:
            self.have_watched()
        return monotonic() >= self.end

    def have_watched(self):
        """Leave it to another thread to notice the end, if there can be one."""
        if self.watch == BY_CLOCK and watch(self):
            self.watch = BY_WATCHER

    def over(self, items):
        """`items`, for the head of a `for`; raises `BudgetSpentError` at the first step after the end.

        Where an alarm notices the end these are the very items, and cost nothing.
        """
        if self.watch == BY_ALARM:
            return items
        return (timed_steps if self.watch == BY_CLOCK else marked_steps)(self, iter(items).__next__)

    def over_async(self, items):
        """`over` for the head of an `async for`."""
        return AsyncSteps(self, items)

    def spent(self):
        """The error to raise when the budget is used up; it is never retried."""
        error = BudgetSpentError(f"the call's budget of {self.seconds:g} s is spent")
        mark_final(error)
        return error


def timed_steps(deadline, step):
    """What `step()` gives until it raises StopIteration, and as long as the clock allows."""
    try:
        while True:
            if deadline.is_over or (not deadline.watch and deadline.ends()):
                deadline.left()
            yield step()
    except StopIteration:
        return


def marked_steps(deadline, step):
    """`timed_steps`, for a deadline that another thread watches."""
    try:
        while True:
            if deadline.is_over:
                deadline.left()
            yield step()
    except StopIteration:
        return


class AsyncSteps:
    """`timed_steps` of an asynchronous iterable; what its `__anext__` gives is awaited by the loop itself."""

    __slots__ = ("deadline", "step")

    def __init__(self, deadline, items):
        self.deadline = deadline
        self.step = aiter(items).__anext__

    def __aiter__(self):
        return self

    def __anext__(self):
        self.deadline.lasts()
        return self.step()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OBSERVERS = []
"""called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and what is
to be said"""


def name_of(function):
    """The dotted name of a function, "app.pay.receipt"."""
    return f"{function.__module__}.{function.__qualname__}"


def notice(kind, function, /, **said):
    """Tell the observers; what they raise never reaches the call. Not to be called with a lock held."""
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)


def shielded(listener, /, *args):
    """`listener(*args)`; an exception of it is logged and kept from the call."""
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)


def log_failure(message, about):
    """Log the exception that is being handled; a handler or filter of the program's that raises is kept from the call
    as well."""
    with suppress(Exception):
        from logging import getLogger

        getLogger("poet").exception(message, about)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def made_by_value():
    """A function that can't be found in a module by its name, which is therefore pickled as it is."""

    def plain(thing, original):
        class Plain:
            active = is_open = stops = False
            failures = 0
            kind = None

            def __call__(self, *args, **named):
                if thing == "Perceive":
                    return original(*args, **named)
                if thing == "Fallback":
                    raise args[0]
                if thing in ("Enforce", "Retry"):
                    return args[0]
                return args[0](*args[1:], **named)

            awaited = iterated = iterated_async = __call__
            entered = entered_async = unsent = unsent_awaited = __call__

            def value(self, name, value):
                return value

            def explain(self, error, **values):
                return None

            def admits(self, value):
                return True

            def wait(self, error, deadline):
                return None

            def succeeded(self):
                return None

            def deadline(self):
                return self

            def within(self, deadline, function, *args):
                return function(*args)

            def within_async(self, deadline, coroutine):
                return coroutine

            def __enter__(self):
                return self

            def __exit__(self, *error):
                return None

            def passed_to(self, function, *limit):
                return function

            def over(self, items):
                return items

            over_async = over

            def lasts(self):
                return True

        return Plain()

    return plain


PLAIN = made_by_value()


class Stays:
    """An object of the runtime: it is not pickled, but replaced by one that does nothing."""

    __slots__ = ()

    def __reduce_ex__(self, protocol):
        """What pickle makes of it."""
        thing = type(self).__name__
        return PLAIN, (thing, getattr(self, "original", None) if thing == "Perceive" else None)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_OPEN = 3600.0
"""seconds that a breaker stays open at most, however much it has grown"""


class Breaker(Stays):
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
        original,
        limit = 5,
        open_for = 30.0,
        *,
        probes = 1,
        successes = None,
        growth = 1.0,
        jitter = 0.0,
        exclude = (),
        transient = (),
        clock = monotonic,
        name = None,
    ):
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
        self.listeners = []
        """called with the breaker, the state it left and the one it is in, outside of the lock"""
        self.changes = []
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
            LEFT_BY_TESTS.add(self)
        fork_aware(self)

    def now(self):
        """The clock, which never goes backwards here; call it with the lock held."""
        self.reached = max(self.reached, self.clock())
        return self.reached

    def __call__(self, function, /, *args, **kwargs):
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

    async def awaited(self, function, /, *args, **kwargs):
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

    def admit(self):
        """None if it is closed, a probe's mark for `ended`, or `CircuitOpenError`."""
        look_for_new_test()
        try:
            with self.lock:
                probe = self.admitted()
        except CircuitOpenError:
            self.refused()
            raise
        self.tell()
        return probe

    def refused(self):
        """Say that a call isn't let through; call it without the lock."""
        self.tell()
        notice("function.refusal", self.name, by="breaker")

    def admitted(self):
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

    def lets_probe(self, now):
        """Whether another probe may start; with all places taken for too long they are given anew."""
        if self.running < self.probes:
            return True
        if now - self.probed_at < self.time_open:
            return False
        self.forget_probes()
        return True

    def forget_probes(self):
        """Give up the probes under way for lost; call it with the lock held."""
        self.epoch += 1
        self.running = 0
        self.enter(self.state)

    def ended(self, probe, worked, error = None):
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

    def succeeded(self):
        """A call worked while it was closed: count from zero."""
        with self.lock:
            if self.state == "closed":
                self.failures = 0

    def failed(self, error):
        """A call failed while it was closed: count it if it counts, and open at the limit."""
        if not self.counts(error):
            return
        look_for_new_test()
        with self.lock:
            if self.state == "closed":
                self.failures += 1
                if self.failures >= self.limit:
                    self.trip()
        self.tell()

    def verdict_on(self, error):
        """False if an error is the failure of what is called, None if it says nothing about that."""
        if not isinstance(error, Exception):  # cancelled: a failure if it is because its time was up
            deadline = live_deadline()
            return False if deadline is not None and deadline.end <= monotonic() else None
        return False if self.counts(error) else None

    def counts(self, error):
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

    def trip(self):
        """Open, for a time that grows with every opening; call it with the lock held."""
        self.opened += 1
        grown = min(self.open_for * self.growth ** min(self.opened - 1, 100), LONGEST_OPEN)
        self.time_open = grown * (1.0 + self.jitter * (2.0 * chance() - 1.0))
        self.until = self.now() + self.time_open
        self.enter("open")

    def enter(self, state):
        """Change the state; call it with the lock held."""
        if state != self.state:
            self.changes.append((self.state, state))
        self.state = state
        self.generation += 1
        self.proved = 0
        if state == "closed":
            self.failures = self.opened = 0
        self.is_open = state != "closed"

    def isolate(self):
        """Refuse every call until `reset`."""
        look_for_new_test()
        with self.lock:
            self.enter("isolated")
        self.tell()

    def reset(self):
        """Close, and count from zero."""
        with self.lock:
            self.enter("closed")
        self.tell()

    def forget(self):
        """Close as if nothing had happened, for another test."""
        with self.lock:
            self.enter("closed")
            self.changes.clear()

    def tell(self):
        """Say what has changed; call it without the lock."""
        while self.changes:
            with self.lock:
                if not self.changes:
                    return
                before, state = self.changes.pop(0)
            for listener in tuple(self.listeners):
                shielded(listener, self, before, state)
            notice("breaker.state", self.name, before=before, state=state, failures=self.failures)

    def refusal(self, now):
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

    def why(self):
        """What opened it."""
        return f"{self.failures} failures in a row"

    def snapshot(self):
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

    def forked(self):
        """In the child of a fork: the other threads, their locks and their probes are gone."""
        self.lock = RLock()
        self.forget_probes()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Begun = tuple[int, tuple[int, int] | None, float]
    """the generation of a call, its mark if it is a probe, and when it began"""

NEVER = 2**63
"""a limit that no count of failures reaches"""

SLICES = 10
"""parts of a window of time; the oldest is forgotten as a whole"""


class CallTally:
    """The last `size` calls, one byte each."""

    __slots__ = ("at", "calls", "failed", "kept", "slow")

    def __init__(self, size):
        self.kept = bytearray(size)
        self.at = 0
        self.calls = self.failed = self.slow = 0

    def count(self, now, failed, slow):
        """One more call, in the place of the one before `size` calls."""
        size = len(self.kept)
        if self.calls == size:
            old = self.kept[self.at]
            self.failed -= old & 1
            self.slow -= old >> 1
        else:
            self.calls += 1
        self.kept[self.at] = failed | slow << 1
        self.at = (self.at + 1) % size
        self.failed += failed
        self.slow += slow

    def clear(self):
        """Forget every call."""
        self.at = self.calls = self.failed = self.slow = 0

    def settle(self, now):
        """Nothing: calls don't grow old here."""


class TimeTally:
    """The calls of the last `seconds`, in ten slices: between 90 and 100 % of that time is looked at."""

    __slots__ = ("calls", "failed", "newest", "slices", "slow", "width")

    def __init__(self, seconds):
        self.width = seconds / SLICES
        self.clear()

    def count(self, now, failed, slow):
        """One more call."""
        self.settle(now)
        part = self.slices[self.newest % SLICES]
        part[0] += 1
        part[1] += failed
        part[2] += slow
        self.calls += 1
        self.failed += failed
        self.slow += slow

    def clear(self):
        """Forget every call."""
        self.slices = [[0, 0, 0] for _ in range(SLICES)]
        self.newest = 0
        self.calls = self.failed = self.slow = 0

    def settle(self, now):
        """Forget what is too old; `now` never goes backwards."""
        number = int(now // self.width)
        for at in range(max(self.newest + 1, number - SLICES + 1), number + 1):
            part = self.slices[at % SLICES]
            self.calls -= part[0]
            self.failed -= part[1]
            self.slow -= part[2]
            part[:] = [0, 0, 0]
        self.newest = max(self.newest, number)


class WindowBreaker(Breaker):
    """A `Breaker` that every call goes through. It opens when, among the calls of the window,

        failed / calls >= rate    or    slow / calls >= slow_rate    (or, if `limit` is given, so many failed in a row)

    where a call is slow if it takes `slow` seconds or more, whatever its end. With `window` seconds these are the calls
    of that time, judged once there are at least `calls`; without, the last `calls` calls, judged once there are so
    many. Calls that end in an error that doesn't count are left out. A slow probe is a failed one.
    """

    __slots__ = ("calls", "rate", "slow", "slow_rate", "tally")

    def __init__(
        self,
        original,
        limit = None,
        open_for = 30.0,
        *,
        rate = None,
        slow = None,
        slow_rate = 0.5,
        window = None,
        calls = 20,
        probes = 1,
        successes = None,
        growth = 1.0,
        jitter = 0.0,
        exclude = (),
        transient = (),
        clock = monotonic,
        name = None,
    ):
        self.rate = None if rate is None else checked_share("rate", rate)
        self.slow = None if slow is None else checked_seconds("slow", slow, above=0.0)
        self.slow_rate = checked_share("slow_rate", slow_rate)
        self.calls = checked_count("calls", calls)
        self.tally = CallTally(calls) if window is None else TimeTally(checked_seconds("window", window, above=0.0))
        super().__init__(
            original,
            NEVER if limit is None else limit,
            open_for,
            probes=probes,
            successes=successes,
            growth=growth,
            jitter=jitter,
            exclude=exclude,
            transient=transient,
            clock=clock,
            name=name,
        )

    def __call__(self, function, /, *args, **kwargs):
        """`function(*args)` if it is let through, else `CircuitOpenError`; how it ends is taken note of."""
        call = self.begin()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    async def awaited(self, function, /, *args, **kwargs):
        """`__call__` for a coroutine function."""
        call = self.begin()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    def begin(self):
        """Let a call through; raises `CircuitOpenError`."""
        look_for_new_test()
        try:
            with self.lock:
                probe = self.admitted()
                generation = self.generation
        except CircuitOpenError:
            self.refused()
            raise
        self.tell()
        return generation, probe, self.clock()

    def finish(self, call, worked, error = None):
        """Take note of a call's end; None: it says nothing."""
        generation, probe, began = call
        is_slow = self.slow is not None and worked is not None and self.clock() - began >= self.slow
        if probe is not None:
            self.ended(probe, worked and not is_slow if worked is not None else None, error)
            return
        with self.lock:
            if generation != self.generation or worked is None:
                return
            self.judge(not worked, is_slow)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    def judge(self, failed, is_slow):
        """Count a call, and open if the window says so; call it with the lock held."""
        self.failures = self.failures + 1 if failed else 0
        tally = self.tally
        tally.count(self.now(), failed, is_slow)
        enough = tally.calls >= self.calls
        too_many = enough and self.rate is not None and tally.failed / tally.calls >= self.rate
        too_slow = enough and self.slow is not None and tally.slow / tally.calls >= self.slow_rate
        if too_many or too_slow or self.failures >= self.limit:
            self.trip()

    def enter(self, state):
        """Change the state; a closed breaker counts from zero."""
        super().enter(state)
        if state == "closed":
            self.tally.clear()

    def failed(self, error):
        """Nothing: every call's end is known already."""

    def succeeded(self):
        """Nothing: every call's end is known already."""

    def why(self):
        """What opened it."""
        tally = self.tally
        return f"{tally.failed} of {tally.calls} calls failed, {tally.slow} were slow"

    def snapshot(self):
        """That of `Breaker`, with `calls`, `failed` and `slow` of the window."""
        with self.lock:
            self.tally.settle(self.now())
            tally = self.tally
            return {**super().snapshot(), "calls": tally.calls, "failed": tally.failed, "slow": tally.slow}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

REFUSAL_CLASSES = {}
"""a client's own class of connection errors -> the class that is both"""


def refused_as(message, like):
    """A `CircuitOpenError` that is also of the class with the dotted name `like`, if its library is in use."""
    error = CircuitOpenError(message)
    for own in named_class(like) if like else ():
        kind = REFUSAL_CLASSES.get(own) or refusal_class(own, like)
        if kind is not None:
            error = kind(message)
    mark_final(error)
    return error


def refusal_class(own, like):
    """The class below `CircuitOpenError` and a client's class of errors; None if there can't be one."""

    def __init__(self, message):
        CircuitOpenError.__init__(self, message)
        prepare(self, own, message)
        self.args = (message,)

    def __str__(self):
        return str(self.args[0])

    def __repr__(self):
        return f"CircuitOpenError({self.args[0]!r})"

    def __reduce__(self):
        return refused_as, (self.args[0], like)

    names = {"__module__": CircuitOpenError.__module__, "__doc__": CircuitOpenError.__doc__}
    try:
        kind = type(
            "CircuitOpenError", (CircuitOpenError, own), {**names, **methods(__init__, __str__, __repr__, __reduce__)}
        )
        kind("")
    except Exception:  # a class that can't have another one beside it, or no object of its own like that
        return None
    return REFUSAL_CLASSES.setdefault(own, kind)


def methods(*functions):
    """Functions by their names."""
    return {function.__name__: function for function in functions}


def prepare(error, own, message):
    """Let the client's class set the attributes that its errors have; what it needs beside a message is None."""
    init = own.__init__  # type: ignore[misc]  # of this class, whatever is below it
    try:
        init(error, message)
    except Exception:
        code = getattr(init, "__code__", None)
        names = () if code is None else code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        try:
            init(error, **dict.fromkeys(names))
        except Exception:  # then they have what the classes themselves have
            return

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


MOST_HOSTS = 1000
"""breakers that one function keeps; beyond that the one asked for longest ago goes, a closed one if there is one"""

EVERY_HOST = ""
"""stands for all hosts, those included that can't be told"""


class HostBreaker(WindowBreaker):
    """The breaker of one host, which is among the `watched` ones from its first failure until it is whole again."""

    __slots__ = ("host", "watched")

    pass
    pass

    def enter(self, state):
        """Change the state; call it with the lock held."""
        super().enter(state)
        if state != "closed":
            self.watched.add(self.host)

    def failed(self, error):
        """Count a failed call that began when nothing was known of this host."""
        with self.lock:
            if self.state == "closed":
                self.judge(True, False)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    @property
    def is_whole(self):
        """Whether nothing has failed since a call worked."""
        return not (self.is_open or self.failures)


class HostBreakers(Stays):
    """A breaker for each host. Settings are those of `WindowBreaker`.

    Calls come here only while there is something to be asked: `watched`, which they look at first, has the hosts that
    failed since they last worked (and one more where each call counts, for shares of failed or slow ones). A call
    whose host can't be told isn't counted. With `answers` an HTTP status that passes by itself (503) counts as a
    failure, for the function makes errors of these; else it is an answer like any other.
    """

    __slots__ = (
        "__weakref__",
        "answers",
        "clock",
        "every",
        "hosts",
        "limit",
        "listeners",
        "lock",
        "name",
        "open_for",
        "original",
        "settings",
        "watched",
    )

    def __init__(
        self,
        original,
        limit = None,
        open_for = 30.0,
        *,
        answers = False,
        clock = monotonic,
        **settings,
    ):
        self.original = original
        self.name = name_of(original)
        self.limit = limit
        self.open_for = open_for
        self.answers = answers
        self.clock = clock
        self.settings = settings
        self.hosts = {}
        """host -> its breaker; the one that was asked for last comes last"""
        self.listeners = []
        """as `Breaker.listeners`, for the breakers of all hosts"""
        self.lock = RLock()
        self.watched = set()
        self.every = self.made(EVERY_HOST)
        """open only while all hosts are isolated by hand"""
        if self.counts_each:
            self.watched.add(EVERY_HOST)
        BREAKERS[self.name] = self
        LEFT_BY_TESTS.add(self)
        fork_aware(self)

    @property
    def counts_each(self):
        """Whether calls that work count as well."""
        return self.every.rate is not None or self.every.slow is not None

    def begin(self, host, like):
        """What `finish` is to be told of a call to a host, None if nothing. A refused call raises a `CircuitOpenError`
        that is also of the class `like`."""
        look_for_new_test()
        if self.every.is_open:
            asked = self.every
        elif host and (host in self.watched or self.counts_each):
            asked = self.of(host)
        else:
            return None
        try:
            return asked, asked.begin()
        except CircuitOpenError as error:
            refusal = refused_as(str(error), like)
        raise refusal

    def finish(self, call, worked, error = None):
        """Take note of the end of a call that has begun here; None: it says nothing."""
        breaker, begun = call
        breaker.finish(begun, worked, error)
        self.look_at(breaker)

    def failed(self, host, error):
        """Count a failed call to a host of which nothing was known when it began."""
        if host:
            look_for_new_test()
            breaker = self.of(host)
            breaker.failed(error)
            self.look_at(breaker)

    def look_at(self, breaker):
        """Ask no more for a host that works, and for every other one."""
        with self.lock:
            if breaker.is_whole:
                self.watched.discard(breaker.host)
            if not breaker.is_whole or (breaker is self.every and self.counts_each):
                self.watched.add(breaker.host)

    def verdict_on(self, error):
        """False if an error is the failure of the host, None if it says nothing about it, as that of a call for which
        there was no time left."""
        return None if isinstance(error, BudgetSpentError) else self.every.verdict_on(error)

    def of(self, host):
        """The breaker of a host, made when it is first asked for."""
        with self.lock:
            breaker = self.hosts.pop(host, None) or self.made(host)
            while len(self.hosts) >= MOST_HOSTS:
                oldest = next((h for h, each in self.hosts.items() if not each.is_open), next(iter(self.hosts)))
                del self.hosts[oldest]
                self.watched.discard(oldest)
            self.hosts[host] = breaker
            return breaker

    def made(self, host):
        """A new breaker."""
        name = f"{self.name}[{host}]" if host else self.name
        breaker = HostBreaker(self.original, self.limit, self.open_for, clock=self.clock, name=name, **self.settings)
        breaker.listeners, breaker.host, breaker.watched = self.listeners, host, self.watched
        return breaker

    @property
    def state(self):
        """ "closed" if those of all hosts are; else the state of the one that is furthest from it."""
        states = {breaker.state for breaker in self.all()}
        return next(state for state in ("isolated", "open", "half-open", "closed") if state in states)

    def all(self):
        """The breakers there are."""
        with self.lock:
            return [self.every, *self.hosts.values()]

    def isolate(self, host = None):
        """Refuse every call to a host until `reset`; without one, every call."""
        (self.of(host) if host else self.every).isolate()

    def reset(self, host = None):
        """Close the breaker of a host, or of all."""
        for breaker in [self.of(host)] if host else self.all():
            breaker.reset()
            self.look_at(breaker)

    def forget(self):
        """Close all as if nothing had happened, for another test."""
        for breaker in self.all():
            breaker.forget()
            self.look_at(breaker)

    def snapshot(self):
        """`name`, `state`, and `hosts`: host -> the snapshot of its breaker."""
        with self.lock:
            known = dict(self.hosts)
        hosts = {host: breaker.snapshot() for host, breaker in known.items()}
        return {"name": self.name, "state": self.state, "hosts": hosts}

    def forked(self):
        """In the child of a fork: the lock may have been held by a thread that is gone."""
        self.lock = RLock()

WEAK_PROXIES = (ProxyType, CallableProxyType)


def answers_for_its_class(kind):
    """Whether instances of `kind` say by code of their own which class they are of."""
    if issubclass(kind, WEAK_PROXIES):
        return True
    return any("__class__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])


def has_own_lookup(cls):
    """Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special."""
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import FrameType
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


def accepted_types(contract):
    """The classes that satisfy a contract such as "float | None"."""
    found = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)


def repaired(value, types):
    """`value` as a number of `types` if it is text that is just how that number is written, else `value` itself."""
    if type(value) is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    return value


LONGEST_NUMBER = 400
"""characters of a number as text; `int` itself refuses some thousands of digits"""


def written_as(parse, write, text):
    """Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't."""
    try:
        return write(parse(text)) == text
    except ValueError:
        return False


def is_excused(value, types):
    """Whether a value passes for one of `types` all the same: a proxy or a mock, which is not asked what it stands for,
    or a number of numpy's own."""
    kind = type(value)
    if answers_for_its_class(kind):
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

    def __init__(self, text):
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value):
        """Whether a value is of one of the types, by its type alone: no code of the value's runs."""
        return issubclass(type(value), self.types)

    def excuses(self, value):
        """Whether a value of another type is no reason to complain."""
        return is_excused(value, self.types)

    def repaired(self, value):
        """`value` as a number if it is one that is written as text, else `value` itself."""
        return repaired(value, self.types)

    def fault(self, value):
        """Nothing is wrong with a value but its type."""
        return ""


def contract_named(contract):
    """What answers for a contract: itself if it is a `Hint`."""
    return BuiltinTypes(contract) if type(contract) is str else contract


class Passed:
    """Stands in the place of the checks, for a call whose arguments have been looked at."""

    stops = False

    def __call__(self, value):
        """The result as it is: of arguments that aren't what the annotations say, nothing is promised."""
        return value


PASSED = Passed()


class Perceive(Stays):
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts: builtin types ("int | None"), or a `Hint`; text is `converted` for
    those parameters alone of which the body can make nothing else. In mode "repair" what doesn't satisfy its contract
    goes on as it is, and is named in the notes of whatever the function raises; in "strict" it raises `PerceiveError`.
    """

    __slots__ = ("body", "contracts", "converted", "enhanced", "mode", "original", "positions", "said")

    stops = True
    """what generated code asks behind its tests: False where the checks have been made (`Passed`)"""

    passed = PASSED

    def __init__(
        self, original, mode = "repair", /, *converted, **contracts
    ):
        self.original = original
        self.enhanced = original
        self.body = original
        """the function without its checks, or the `partial` that makes it once it is needed"""
        self.mode = mode
        self.converted = converted
        self.contracts = contracts
        self.said = set()
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name, value):
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value) if name in self.converted else value
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            self.repaired(name, type(value).__name__, type(new).__name__)
        return new

    def repaired(self, name, given, made):
        """Say that an argument was converted: each time as an event, once for each parameter as a warning."""
        notice("function.repair", name_of(self.original), parameter=name, given=given, made=made)
        if name in self.said:
            return
        self.said.add(name)
        import warnings

        text = f"{self.original.__qualname__}() argument {name!r} was {given}, and was made the {made} that it says"
        warnings.warn(text, PoetRepairWarning, stacklevel=frames_to_caller())

    def complaint(self, name, value):
        """What is wrong with an argument, in a line; nothing of the value is shown but its class."""
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(
        self, args, kwargs
    ):
        """The arguments, repaired where possible, the function to call with them, and complaints about the others.

        That is the function without its checks unless all arguments are now as the inline tests want them: those would
        come here again.
        """
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.unchecked()
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def unchecked(self):
        """The function without its checks, made when it is needed first: a definition in a loop needn't pay for it."""
        if type(self.body) is partial:
            self.body = self.body()
        return self.body

    def complaints(self, wrong):
        """A line for each argument that isn't excused."""
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name):
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name, value):
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args, **kwargs):
        """Call again with repaired arguments; what can't be repaired goes on to the body."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args, **kwargs):
        """`__call__` for a coroutine function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args, **kwargs):
        """`__call__` for a generator function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error, /, **values):
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce(Stays):
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    passed = PASSED

    def __init__(self, original, contract, mode = "repair", /):
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value):
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if is_asked_of_class(self.original, sys._getframe(1)):
            return value
        if self.mode == "strict":
            raise EnforceError(self.complaint(contract, value))
        if not self.warned:
            self.warned = True
            self.warn(self.complaint(contract, value))
        return value

    def complaint(self, contract, value):
        """What is wrong with a result, in a line; nothing of the value is shown but its class."""
        fault = contract.fault(value)
        given, wanted = names_told_apart(type(value), contract)
        return f"{self.original.__qualname__}() returned {given}, {contract.basis} {wanted}{': ' * bool(fault)}{fault}"

    def warn(self, message):
        """Warn at the user's own line: the return's where the function's own frame is in sight, else the function's.

        The module is the user's as well, so that a filter of `warnings` by module can be about a package.
        """
        import warnings

        code = self.original.__code__
        frame = sys._getframe(2)
        in_sight = frame.f_code.co_filename == code.co_filename and frame.f_code.co_name == code.co_name
        line = frame.f_lineno if in_sight else code.co_firstlineno
        space = self.original.__globals__
        registry = space.setdefault("__warningregistry__", {})
        module = self.original.__module__
        warnings.warn_explicit(message, PoetContractWarning, code.co_filename, line or 1, module, registry)


def is_asked_of_class(original, frame):
    """Whether a descriptor has called a method with its class in the place of an object, as hybrid properties of ORMs
    do to get an expression: the annotation is about objects. `frame`: where the result is looked at."""
    code = frame.f_code
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    if type not in type(first).__mro__ or code.co_name != original.__name__:
        return False
    classes = first.__mro__
    found = [each.__dict__[code.co_name] for each in classes if code.co_name in each.__dict__]
    return bool(found) and type(found[0]) not in (classmethod, staticmethod)


def names_told_apart(kind, contract):
    """How a value's class and what a contract asks for are called, with their modules where the names are the same."""
    given, wanted = kind.__name__, contract.text
    same = [each for each in classes_of(contract) if each.__name__ == given and each is not kind]
    if not same:
        return given, wanted
    full, other = f"{kind.__module__}.{kind.__qualname__}", f"{same[0].__module__}.{same[0].__qualname__}"
    if full == other:
        return f"another class {full} than is there now", wanted
    return full, wanted if wanted == other else f"{wanted} ({other})"


def classes_of(contract):
    """The classes that a contract names."""
    found = getattr(contract, "types", ()) or getattr(getattr(contract, "check", None), "classes", ())
    return found


def frames_to_caller():
    """The `stacklevel`, for what calls this, of the caller of the function whose checks these are."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is globals():
        level, frame = level + 1, frame.f_back
    return level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def has_affinity(values, depth = 1):
    """Whether one of the values, or what it holds (items of a tuple or dict, attributes), belongs to its thread.

    These are connections and cursors of sqlite3; nothing is imported to know.
    """
    sqlite = sys.modules.get("sqlite3")
    if sqlite is None:
        return False
    named = (getattr(sqlite, name, None) for name in ("Connection", "Cursor"))  # not there yet while it is imported
    kinds = tuple(kind for kind in named if isinstance(kind, type))
    return any(issubclass(type(v), kinds) or (depth and has_affinity(held_by(v), depth - 1)) for v in values)


def held_by(value):
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

ORPHANS = []
"""process, and lock held by work that was left behind, until it ends; `orphan_count` prunes and counts them"""

MOST_ORPHANS = 64


def within_thread(deadline, function):
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
    outcome = [None, None, None]  # worked, value, error
    deadline.watch = BY_WAITER
    running = Lock()
    running.acquire()

    def work():
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


def entered(deadline, function):
    """`function()` inside the deadline."""
    with deadline:
        return function()


def result_of(outcome, context, deadline):
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


def orphan_count():
    """How many calls that ran out of time still run in daemon threads."""
    here = getpid()
    ORPHANS[:] = [(process, running) for process, running in ORPHANS if process == here and running.locked()]
    return len(ORPHANS)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

BY_PYTEST = "@pytest_ar"
"""a name that no source can spell: pytest's rewriting of assertions puts it into code, to tell why one failed"""


def is_importing():
    """Whether the current code runs because a module is imported, directly or through calls.

    This thread then holds the lock of that module: another one that needs the module would wait until the import ends.
    """
    machinery = (sys.modules or {}).get("_frozen_importlib")
    if machinery is None:  # the interpreter has taken its modules down
        return False
    home = machinery.__dict__
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals is home:
            return True
        frame = frame.f_back
    return False


def imported_alike(name, code):
    """Have pytest rewrite the assertions of a module that is going to be imported, if it did so with `code`."""
    pytest = sys.modules.get("pytest")
    if pytest is not None and name not in sys.modules and is_rewritten(code):
        pytest.register_assert_rewrite(name)


def is_rewritten(code):
    """Whether pytest has rewritten assertions in a function, or in one inside of it."""
    return BY_PYTEST in code.co_names or any(is_rewritten(each) for each in code.co_consts if type(each) is type(code))

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

ALARM_REPEAT = 0.05
"""seconds until another alarm, in case that the first was swallowed (in a `__del__`, by a bare `except`)"""

ALARM_GRACE = 0.02
"""share of the budget, at most half a second, that calls get to end by their own time limit, which says more"""

SLIGHT = 0.1
"""seconds after the end, behind the same share of it, of which nothing is said"""


class AlarmRang(BaseException):
    """Unwinds the interrupted code. No Exception, so that the code's own `except Exception` doesn't swallow it;
    it leaves the enhanced call as `BudgetSpentError`."""


class AlarmedDeadline(Deadline):
    """A deadline that interrupts what runs inside `with deadline:`, a little after its end.

    The handler and timer that were set before are put back; if that timer runs out first, its handler is called then.
    Off the main thread, and where there is no SIGALRM, it interrupts no code: another thread ends what a known client
    or a driver of a database waits for. What goes on after its end is then said, once for each function. Nor does it
    interrupt greenlets: they may have been left for others, and who runs then has nothing to do with the call.
    """

    __slots__ = (
        "armed",
        "due",
        "grace",
        "is_cut",
        "original",
        "outer_due",
        "outer_every",
        "outer_handler",
        "rang",
        "strand",
        "tries",
    )

    def __init__(self, seconds, original = None):
        Deadline.__init__(self, seconds)
        self.grace = min(self.seconds * ALARM_GRACE, 0.5)
        self.original = original
        self.armed = False
        self.tries = 0
        """how often it was looked at what the thread waits for, after the end"""
        self.is_cut = False
        """an answer may have been cut short"""
        self.strand = None
        """the greenlet that entered it, where there are any"""
        self.rang = None
        self.outer_handler = None
        self.outer_due = None
        self.outer_every = 0.0

    def __enter__(self):
        Deadline.__enter__(self)
        self.strand = greenlet_here()
        if can_ring():
            try:
                self.take_over()
            except BaseException:  # Ctrl-C in just this moment
                self.__exit__(None, None, None)
                raise
        else:
            self.have_watched()

    def take_over(self):
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
        self.wind()

    def wind(self):
        """Set the timer to what is due first: this alarm's end, or what was to ring before."""
        due = self.due if self.outer_due is None else min(self.due, self.outer_due)
        _signal.setitimer(_signal.ITIMER_REAL, max(due - monotonic(), 1e-6))

    def ring(self, number, frame):
        """The handler; raises only in the interrupted code, never while that is being left."""
        now = monotonic()
        if self.outer_due is not None and now >= self.outer_due:
            self.outer_due = now + self.outer_every if self.outer_every else None
            if self.armed:
                self.wind()
            pass_on(self.outer_handler, number, frame)
        elif self.armed:
            is_due = now >= self.due
            is_early = is_due and (self.is_elsewhere(now) or self.puts_off(now, frame))
            self.wind()
            if is_due and not is_early and (frame is None or frame.f_code not in ALARM_CODES):
                self.rang = AlarmRang()
                raise self.rang

    def is_elsewhere(self, now):
        """Whether another greenlet than the call's own runs just now; the alarm then rings again a little later."""
        here = greenlet_here()
        if here is self.strand or (self.strand is None and looked_up(here, "parent") is None):
            return False
        self.due = now + ALARM_REPEAT
        self.is_over = True
        return True

    def puts_off(self, now, frame):
        """Set when the alarm rings next; whether it is put off, since what runs cleans up and may do so for a while."""
        if not is_cleaning(self, frame):
            self.due = now + ALARM_REPEAT
            return False
        was_put_off = self.cleanup_end is not None and now >= self.cleanup_end + self.grace
        if was_put_off:
            self.cleanup_end = None  # what is left because of this alarm gets as much again
        self.due = now + ALARM_REPEAT if was_put_off else self.grace_end() + self.grace
        return not was_put_off

    def __exit__(self, kind, raised, trace):
        was_armed, self.armed = self.armed, False
        was_watched, self.watch = self.watch, BY_CLOCK
        self.strand = None
        if was_armed:
            self.put_back()
        Deadline.__exit__(self, kind, raised, trace)
        if was_armed:
            rang, self.rang = self.rang, None
            if raised is not None and raised is rang:
                raise self.spent() from None
        if was_watched != BY_WAITER and self.is_over:
            self.end_was_missed(raised)

    def allow(self, seconds):
        """See `Deadline.allow`; however often it is asked for, it is granted once."""
        if self.armed:
            self.due = max(self.due, self.end + self.grace + seconds)
        Deadline.allow(self, seconds)

    def end_was_missed(self, raised):
        """Off the main thread the call went on after its end: an answer that was cut short is none, another one comes
        too late, which is said."""
        if self.is_cut and (raised is None or isinstance(raised, Exception)):
            raise self.spent() from raised
        late = monotonic() - (self.cleanup_end or self.end)
        if raised is None and late > self.grace + SLIGHT and self.original is not None:
            notice("function.late", name_of(self.original), late_ms=late * 1000.0)
            warn_of(self.original, self.seconds, late)

    def end_comes(self):
        """See `Deadline.end_comes`: mark it for loops, then end what the thread waits for, again and again."""
        if not self.is_over:
            self.is_over = True
            return self.grace
        thread = self.owner
        if not self.is_live or type(thread) is not int:
            return None
        if looked_up(self.strand, "gr_frame") is not None:  # it was left: the thread waits for something of another's
            self.tries += 1
            return next_look(self.tries)
        if is_within_cleanup(self, frame_of(thread)) or self.cleanup_end is not None:
            early = self.grace_end() + self.grace - monotonic()
            if early > 0:
                return early
        self.tries += 1
        self.stop_waiting(thread)
        return next_look(self.tries)

    def stop_waiting(self, thread):
        """End what the thread waits for, in the way that this offers."""
        frame = frame_of(thread)
        connection = awaited_socket(frame)
        if not self.is_live:
            return
        if connection is not None:
            self.is_cut = True
            shut_down(connection)
        elif (stop := cursor_stop(frame)) is not None:
            Stop(self.end, stop).end_comes()

    def put_back(self):
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
        AlarmedDeadline.puts_off,
        AlarmedDeadline.__exit__,
        AlarmedDeadline.put_back,
    )
)
"""where an alarm must not raise: there would be nobody left to put things back"""


def within(deadline, function):
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


def can_ring():
    """Whether this is the main thread and no greenlet in it, and the alarm is for Python code to set."""
    try:
        import threading
    except Exception:  # in a finalizer, when the interpreter has taken its modules down: import fails in many ways
        return False
    if threading.current_thread() is not threading.main_thread() or not hasattr(_signal, "setitimer"):
        return False
    if looked_up(greenlet_here(), "parent") is not None:
        return False
    return _signal.getsignal(_signal.SIGALRM) is not None


def pass_on(handler, number, frame):
    """Do what the handler that was set before would have done."""
    if handler == _signal.SIG_DFL:
        import os

        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    elif callable(handler):
        handler(number, frame)


WARNED = set()
"""names of functions that were warned of"""


def warn_of(function, seconds, late):
    """Warn, once for each function, that a budget couldn't be kept."""
    name = name_of(function)
    if name in WARNED:
        return
    WARNED.add(name)
    import warnings

    code = function.__code__
    text = f"{name} came back {late:.2f} s after the end of its budget of {seconds:g} s: off the main thread and in"
    text += " greenlets nothing interrupts code that never looks at a clock (`poet explain` names the calls)"
    warnings.warn_explicit(text, BudgetMissedWarning, code.co_filename, code.co_firstlineno, function.__module__, {})

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

    def __init__(self):
        self.limits = set()
        self.ring_at = float("inf")
        self.timer = None

    def wind(self, loop, when):
        """Set the timer to that moment, which is before any that it was set to."""
        if self.timer is not None:
            self.timer.cancel()
        self.ring_at = when
        self.timer = loop.call_at(when, self.ring, loop)

    def ring(self, loop):
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

    def __init__(self, loop, task, left):
        self.task = task
        self.cancelling = task.cancelling()
        self.rang = False
        self.when = when = loop.time() + left
        self.alarm = alarm = alarm_of(loop)
        alarm.limits.add(self)
        if when < alarm.ring_at:
            alarm.wind(loop, when)

    def ring(self):
        """Cancel the task."""
        self.alarm.limits.discard(self)
        self.rang = True
        self.task.cancel()

    def ended(self, error):
        """Take note that the call is over; whether it ended with `error` because its time was up, and only for that."""
        self.alarm.limits.discard(self)
        if not self.rang:
            return False
        is_only_reason = self.task.uncancel() <= self.cancelling
        if isinstance(error, TimeoutError):  # what the call made of being cancelled
            return True
        return is_only_reason and isinstance(error, sys.modules["asyncio"].CancelledError)


def alarm_of(loop):
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


async def within_async(deadline, awaitable):
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
        deadline.owner = task_here() if task is None else task
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


def running_task():
    """The loop of asyncio that runs the current coroutine, and the task, which can be cancelled; or None for them."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None, None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None, None
    return loop, asyncio.current_task(loop)


def in_asyncio_task():
    """Whether the current coroutine runs in a task of asyncio, which can be cancelled."""
    return running_task()[1] is not None


async def within_trio(deadline, left, awaitable):
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


def retry_after(thing):
    """Seconds that a response, or an error's, asks for in `Retry-After` (RFC 9110 section 10.2.3), or None."""
    for holder in (thing, looked_up(thing, "response")):
        headers = looked_up(holder, "headers")
        asked = header(headers, "Retry-After")
        if asked:
            return retry_after_seconds(asked, header(headers, "Date"))
    return None


def header(headers, name):
    """A header of some client's response; "" if there is none, or if its headers are none."""
    try:
        return str(headers.get(name) or headers.get(name.lower()) or "").strip()
    except Exception:  # headers of any client: whatever they are, they must not break the retry
        return ""


def retry_after_seconds(text, date = ""):
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


def http_date(text):
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
    from collections.abc import Iterable, Iterator
    from typing import Any

HARMLESS = frozenset({bool, bytearray, bytes, complex, float, int, range, str, type(None)})
"""classes whose objects are never read up"""

CONTAINED = ([], (), {}, set(), "", b"", range(0), {}.keys(), {}.values(), {}.items())

STEPS = frozenset(type(iter(each)) for each in CONTAINED)
"""classes of the iterators of containers: what gives a new one of these each time isn't read up"""

USED_FLAGS = ("_is_processed", "_is_stream_consumed", "is_stream_consumed")
"""attributes by which clients' own bodies say that they were sent (aiohttp's FormData, httpx's streams)"""

MOST_NOTED = 64
"""objects looked at before the first attempt"""

MOST_LOOKED_AT = 1_000
"""objects looked at after a failed one"""

DEEPEST = 5
"""of `files=[("file", ("a.bin", upload))]`, and a form that holds it"""


class Place:
    """A file among the arguments, and where it stood."""

    __slots__ = ("at", "thing")

    def __init__(self, thing, at):
        self.thing = thing
        self.at = at


def standing(args, kwargs):
    """Where the files among the arguments of a call stand before its first attempt, as far as they can go back."""
    values = (*args, *kwargs.values()) if kwargs else args
    for value in values:
        if type(value) not in HARMLESS and not is_harmless(value):
            break
    else:
        return ()
    found = []
    for thing in read_up(values, MOST_NOTED, asked=False):
        at = place_of(thing)
        if at is not None:
            found.append(Place(thing, at))
    return tuple(found)


def is_harmless(value):
    """Whether a value is never read up, nor what containers in it hold: what most calls are given."""
    waiting = [value]
    for _ in range(MOST_NOTED):
        if not waiting:
            return True
        value = waiting.pop()
        kind = type(value)
        if kind in HARMLESS:
            continue
        if kind not in CONTAINERS:
            return False
        items = tuple(islice(value.values() if kind is dict else value, MOST_NOTED))
        if not HARMLESS.issuperset(map(type, items)):
            waiting += items
    return False


def place_of(thing):
    """Where a file stands, if it can be read and put back there."""
    try:
        for able in ("readable", "seekable"):
            ask = looked_up(thing, able)
            if callable(ask) and not ask():
                return None
        at = thing.tell()
    except Exception:  # a pipe, a file that is closed, something else with a `read`
        return None
    return at if type(at) is int and callable(looked_up(thing, "seek")) else None


def is_spent(args, kwargs, places):
    """Whether an attempt may have read up an argument that can't be put back."""
    kept = {id(place.thing) for place in places}
    return any(id(thing) not in kept for thing in read_up((*args, *kwargs.values()), MOST_LOOKED_AT, asked=True))


def put_back(places):
    """Whether every file stands again where it stood."""
    try:
        for place in places:
            place.thing.seek(place.at)
    except Exception:  # the client has closed it
        return False
    return True


def read_up(values, most, asked):
    """What is there for one use among the values and in what they hold, `most` objects at most."""
    waiting = [(value, DEEPEST) for value in islice(values, most)]
    seen = set[int]()
    while waiting and len(seen) < most:
        value, depth = waiting.pop()
        if type(value) in HARMLESS or id(value) in seen:
            continue
        seen.add(id(value))
        if kind_of(value).is_left:
            continue
        if type(value) not in CONTAINERS and is_for_one_use(value, asked):
            yield value
        elif depth:
            waiting += [(each, depth - 1) for each in islice(contents_of(value), most)]


def contents_of(value):
    """The items of a container, by its builtin class's own methods; what any other object holds."""
    base = kind_of(value).container
    if base is None:
        return holdings_of(value)
    items = dict.values(value) if base is dict else base.__iter__(value)
    return items


def is_for_one_use(value, asked):
    """Whether an object is a file, an iterator or a coroutine, or passes on what one is; `asked`: it may be asked."""
    if is_seen_to_be(value):
        return True
    if not asked:
        return False
    kind, own = kind_of(value), own_dict(value)
    if kind.asks and any(callable(looked_up(value, name)) for name in READ_UP):
        return True
    if any(own.get(flag) is True for flag in USED_FLAGS):
        return True
    return kind.is_looped and not is_started_anew(value)


def is_seen_to_be(value, depth = 4):
    """Whether the class of an object, its own attributes, or what it passes attributes on to, show one of `READ_UP`."""
    kind = kind_of(value)
    if kind.reads or not own_dict(value).keys().isdisjoint(READ_UP):
        return True
    if not depth or not kind.asks:
        return False
    return any(is_seen_to_be(each, depth - 1) for each in holdings_of(value) if type(each) not in HARMLESS)


def is_started_anew(value):
    """Whether looping over an object begins at its beginning each time."""
    try:
        return type(iter(value)) in STEPS
    except Exception:  # nobody could loop over it, and so nobody has
        return True


def holdings_of(value):
    """What an object holds in its attributes."""
    found = list(own_dict(value).values())
    found += [looked_up(value, name) for name in kind_of(value).members]
    return found


def is_used_up(values):
    """Whether a user's function may have read up one of its arguments.

    Iterators of Python's own, coroutines, and what is a file: with objects of its own classes that merely have a
    `read` or `__next__`, a function may do what it likes.
    """
    waiting = [(value, 3) for value in values]
    while waiting:
        value, depth = waiting.pop()
        kind = type(value)
        if kind in HARMLESS or kind_of(value).is_left:
            continue
        if kind in CONTAINERS or defines(kind, "__dataclass_fields__"):
            if depth:
                waiting += [(each, depth - 1) for each in islice(contents_of(value), MOST_LOOKED_AT)]
        elif is_for_one_use(value, asked=False) and (is_step(kind) or is_file(value)):
            return True
    return False


def is_step(kind):
    """Whether that is a class of Python's own iterators, generators and coroutines."""
    return kind.__module__ in ("builtins", "itertools", "_csv") and any(defines(kind, name) for name in READ_UP[1:])


def is_file(value):
    """Whether an object is a file that is open for reading, or passes on what one is."""
    if looked_up(value, "closed") is True or not callable(looked_up(value, "read")):
        return False
    ask = looked_up(value, "readable")
    if callable(ask):
        try:
            return bool(ask())
        except Exception:  # closed, in its own way
            return False
    if any(callable(looked_up(value, name)) for name in ("tell", "seek", "readinto", "readline")):
        return True
    code = looked_up(looked_up(value, "read"), "__code__")
    defaults = looked_up(looked_up(value, "read"), "__defaults__") or ()
    return code is not None and code.co_argcount == 1 + len(defaults) > 1  # `read(self, size=-1)`

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

CLIENT_ROOTS = frozenset({"aiohttp", "httpcore", "httpx", "redis", "requests", "urllib3"})
"""packages whose classes are subclassed for attempts of one's own"""

PASSED_ON = frozenset(
    {
        "execute_command",
        "get",
        "handle_async_request",
        "handle_request",
        "head",
        "options",
        "put",
        "delete",
        "patch",
        "post",
    }
    | {"_request", "request", "send", "urlopen"}
)
"""methods that such a class has in front of the client's"""

LOOPING = {}
"""what was found of a method"""

MOST_LOOPING = 256

METHOD_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
"""instructions by which a method is looked up, in Python 3.11 to 3.13"""


def repeats_in_code(cls):
    """Whether a class below a client's has such a method that calls one of them in a loop."""
    own = []
    for each in cls.__mro__:
        if each.__module__.partition(".")[0] in CLIENT_ROOTS:
            return any(loops_around_call(function.__code__) for function in own)
        own += [each.__dict__[name] for name in PASSED_ON if type(each.__dict__.get(name)) is FunctionType]
    return False


def loops_around_call(code):
    """Whether the compiled code jumps back over a call of one of `PASSED_ON`."""
    if code not in LOOPING:
        from dis import get_instructions  # takes its time, and few programs come here

        if len(LOOPING) > MOST_LOOPING:
            LOOPING.clear()
        steps = list(get_instructions(code))
        calls = [step.offset for step in steps if step.opname in METHOD_LOADS and step.argval in PASSED_ON]
        backs = [(step.argval, step.offset) for step in steps if step.opname.startswith("JUMP_BACKWARD")]
        LOOPING[code] = any(start <= call < end for start, end in backs for call in calls)
    return LOOPING[code]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BY_ITSELF = "the client repeats by itself"


USED_ONCE = "an argument can be used once only"


def obstacle(
    function,
    args,
    kwargs,
    error,
    places = (),
):
    """Why `function(*args, **kwargs)` can't be made again after `error` (None: after a response), or "".

    An argument that the first attempt used up would be sent empty by a second one, unless it can be put back to where
    it stood (`places`); the attempts of a client that repeats by itself would multiply; a connection may be closed, and
    a transaction has to be done from its beginning.
    """
    owner = looked_up(function, "__self__")
    if (owner is not None and repeats_by_itself(owner, error)) or repeated_by_urllib3(function, kwargs, error):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return STUCK
    return USED_ONCE if is_spent(args, kwargs, places) else ""


def repeats_by_itself(owner, error = None):
    """Whether a client object is set up to repeat what fails: itself, its inner client, its adapters or transports."""
    for holder in (owner, looked_up(owner, "_client"), looked_up(owner, "client")):
        if is_repeating(looked_up(holder, "max_retries")):  # openai, anthropic
            return True
    if any(is_repeating_transport(each, error) for each in transports_of(owner)) or repeats_in_code(type(owner)):
        return True
    meta = looked_up(owner, "meta")  # boto3: retries unless it was told not to
    settings = looked_up(looked_up(meta, "config"), "retries")
    if looked_up(meta, "service_model") is not None:
        return not (isinstance(settings, dict) and settings.get("total_max_attempts") == 1)
    pool = looked_up(looked_up(owner, "connection_pool"), "connection_kwargs")  # redis
    return isinstance(pool, dict) and is_repeating(looked_up(pool.get("retry"), "_retries"))


def transports_of(owner):
    """What a client sends by: adapters of requests, transports of httpx."""
    own = own_dict(owner)
    found = [own.get("_transport")]
    for each in (own.get("adapters"), own.get("_mounts")):
        found += dict.values(each) if isinstance(each, dict) else ()
    return [each for each in found if each is not None]


def is_repeating_transport(transport, error):
    """Whether an adapter or transport is set up to repeat; httpx's own repeats only connecting."""
    if is_repeating(looked_up(transport, "max_retries")) or is_repeating(looked_up(transport, "retry")):
        return True
    connects = type(error).__name__ in ("ConnectError", "ConnectTimeout")
    return (connects and is_repeating(looked_up(looked_up(transport, "_pool"), "_retries"))) or repeats_in_code(
        type(transport)
    )


COUNTS = ("connect", "read", "status", "other")
"""what urllib3's Retry limits one by one where it has no total"""


def is_repeating(setting):
    """Whether that is a number of further attempts, or a `Retry` that makes some."""
    if type(setting) is int:
        return setting > 0
    if "total" not in own_dict(setting):
        return False
    total = looked_up(setting, "total")
    counts = [looked_up(setting, name) for name in COUNTS] if total is None else [total]
    return all(each is None for each in counts) or any(type(each) is int and each > 0 for each in counts)


def repeated_by_urllib3(function, kwargs, error):
    """Whether urllib3, called by itself, has repeated: failures unless told not to, statuses only if told which."""
    if str(looked_up(function, "__module__")).partition(".")[0] != "urllib3":
        return False
    owner = looked_up(function, "__self__")
    pooled = looked_up(owner, "connection_pool_kw")
    own = pooled.get("retries") if type(pooled) is dict else looked_up(owner, "retries")
    setting = kwargs.get("retries", own)
    if error is None:
        return bool(looked_up(setting, "status_forcelist")) and is_repeating(setting)
    return has_name(error, MAX_RETRY) and (setting is None or is_repeating(setting))


MAX_RETRY = frozenset({"urllib3.exceptions.MaxRetryError"})


def is_stuck(owner, error):
    """Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended."""
    state = looked_up(error, "sqlstate") or looked_up(error, "pgcode")
    if isinstance(state, str) and state.startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    if type(owner).__module__.startswith("sqlalchemy.") and is_rolled_back(owner, error):
        return True
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False


DATABASES = frozenset({"aiosqlite", "asyncpg", "psycopg", "psycopg2", "sqlalchemy", "sqlite3", "sqlmodel"})
"""packages whose connections and sessions keep the failure that ended their transaction"""

STUCK = "its connection or transaction can't go on"

CONSEQUENCES = frozenset(
    {
        "psycopg.InterfaceError",
        "psycopg.errors.InFailedSqlTransaction",
        "psycopg2.InterfaceError",
        "psycopg2.errors.InFailedSqlTransaction",
        "sqlalchemy.exc.PendingRollbackError",
        "sqlalchemy.exc.ResourceClosedError",
    }
)
"""what a further attempt fails with because the first one failed"""


def is_consequence(error):
    """Whether a further attempt failed only because what the first one left behind can't be used: that says less."""
    return has_name(error, CONSEQUENCES)


HALF_DONE = "what it has begun with a connection would be done twice in one transaction"


def whole_obstacle(args, kwargs, error):
    """Why a user's function can't be run again as a whole with the same arguments, or ""."""
    values = (*args, *kwargs.values())
    if is_used_up(values):
        return USED_ONCE
    held = [each for value in values[:20] if not is_of_database(value) for each in holdings_of(value)[:50]]
    databases = [each for each in (*values, *held) if is_of_database(each)]
    if any(is_stuck(each, error) for each in databases):
        return STUCK
    return HALF_DONE if any(is_half_done(each) for each in databases) else ""


def is_half_done(owner):
    """Whether a connection of sqlite3 or PostgreSQL, or the cursor's, is in the middle of a transaction."""
    for holder in (owner, looked_up(owner, "connection")):
        if (
            looked_up(holder, "in_transaction") is True
            or looked_up(looked_up(holder, "info"), "transaction_status") == 2
        ):
            return True  # libpq's PQTRANS_INTRANS
    return False


def is_of_database(value):
    """Whether a database's package has made the class of a value, or one above it."""
    return any(cls.__module__.partition(".")[0] in DATABASES for cls in type(value).__mro__)


def is_rolled_back(session, error):
    """Whether a session of SQLAlchemy has to be rolled back by whoever began with it."""
    if looked_up(session, "is_active") is False:
        return True
    ask = looked_up(session, "in_transaction")
    if not callable(ask) or not is_of_database(error):
        return False
    try:
        return ask() is True
    except Exception:  # a class of another version
        return False


def is_set(flag):
    """Whether that is a flag, and set; methods of that name are none."""
    return type(flag) in (bool, int) and bool(flag)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CLIENTS = frozenset({"aiohttp", "curl_cffi", "http", "httpx", "niquests", "requests", "urllib", "urllib3"})
"""packages whose objects with a status are answers of a server"""

PLAIN_TYPES = frozenset({type(None), bool, bytes, dict, float, int, list, str, tuple})
"""what most calls give that give no response"""


MOST_RESPONSES = 256

RESPONSES = {}
"""class -> whether it is a response's"""


def is_response(kind):
    """Whether one of the clients' packages has made a class, or one above it."""
    known = RESPONSES.get(kind)
    if known is None:
        known = any(cls.__module__.partition(".")[0] in CLIENTS for cls in kind.__mro__)
        if len(RESPONSES) >= MOST_RESPONSES:
            RESPONSES.clear()
        RESPONSES[kind] = known
    return known


def has_transient_status(result):
    """Whether a response says to try again: its status is one of `TRANSIENT_STATUSES`."""
    kind = type(result)
    if kind in PLAIN_TYPES or not is_response(kind):
        return False
    status = looked_up(result, "status_code")
    if status is None:
        status = looked_up(result, "status")
    return type(status) is int and status in TRANSIENT_STATUSES


def is_read(result):
    """Whether a response has its whole body, as those of requests, httpx and urllib3 have unless they are streamed."""
    own = own_dict(result)
    return type(own.get("_content")) is bytes or type(own.get("_body")) is bytes


def discard(result):
    """Give back what a response holds that is thrown away for another attempt: its connection."""
    close = looked_up(result, "close")
    if callable(close):
        try:
            close()
        except Exception:  # it is thrown away either way
            return


async def discard_async(result):
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
    from typing import Any

REPEATING = frozenset({"backoff", "opnieuw", "redo", "retry", "retrying", "riprova", "stamina", "tenacity"})
"""packages that repeat what they call"""

REPEATING_MODULES = frozenset({"celery.app.autoretry", "dramatiq.worker"})
"""modules of others that stand on the stack only where something is repeated"""

ATTEMPTS = ("AttemptManager", "Attempt")
"""what `for attempt in ...: with attempt:` of tenacity and stamina goes through"""

FURTHEST = 60
"""frames that are looked at"""


def repeated_outside():
    """What further out repeats the code that runs now; "" if nothing is known to."""
    found = any(name in sys.modules for name in (*REPEATING, *REPEATING_MODULES, "huey.api"))
    frame = sys._getframe(1) if found else None
    for _ in range(FURTHEST):
        if frame is None:
            break
        by = repeated_by(frame)
        if by:
            return f"{by} repeats it already"
        frame = frame.f_back
    return "celery repeats it already" if is_celery_task() else ""


def repeated_by(frame):
    """What repeats the code that `frame` runs; "" if nothing is known to."""
    module = str(frame.f_globals.get("__name__"))
    root = module.partition(".")[0]
    if module in REPEATING_MODULES or root in REPEATING:
        return root
    if module == "huey.api" and frame.f_code.co_name == "_execute":
        retries = looked_up(frame.f_locals.get("task"), "retries")
        return "huey" if type(retries) is int and retries > 0 else ""
    if names_repeating(frame):
        for value in tuple(frame.f_locals.values()):
            if type(value).__name__ in ATTEMPTS and is_open(value):
                return "tenacity"
    return ""


def names_repeating(frame):
    """Whether a frame's code names something of a repeating package. The variables of others aren't looked at: up to
    Python 3.12 each look leaves a copy in the frame, which keeps what a failed attempt held."""
    return any(home_of(frame.f_globals.get(name)) in REPEATING for name in frame.f_code.co_names)


def home_of(value):
    """The package that a module, class or function is from, or else the value's class; nothing of it is asked."""
    if type(value) is ModuleType:
        home = value.__dict__.get("__name__")
    elif type(value) is FunctionType:
        home = value.__module__
    else:
        home = (value if type(value) is type else type(value)).__dict__.get("__module__")
    return home.partition(".")[0] if type(home) is str else ""


def is_open(attempt):
    """Whether an attempt of tenacity or stamina is under way."""
    state = looked_up(looked_up(attempt, "_t_attempt") or attempt, "retry_state")
    return state is not None and looked_up(state, "outcome") is None


def is_celery_task():
    """Whether a task runs whose own code calls its `retry`."""
    current = looked_up(sys.modules.get("celery._state"), "get_current_task")
    task = current() if callable(current) else None
    run = looked_up(task, "run")
    for function in (run, looked_up(run, "__func__"), looked_up(run, "__wrapped__")):
        names = looked_up(looked_up(function, "__code__"), "co_names")
        if type(names) is tuple and "retry" in names:
            return True
    return False

REFUSED_SECONDS = 2.0
"""how long a server may take to come back that refuses connections, as one does that is started again"""

LOCKED_SECONDS = 5.0
"""how long somebody else may hold a lock (what sqlite3 itself waits: `sqlite3.connect(timeout=5.0)`)"""

LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_LOCKED"})
"""SQLSTATE and SQLite's names of "somebody else holds it" """

STARTING = frozenset({"57P03", "57P01"})
"""SQLSTATE of a server that starts or stops"""

LOADING = frozenset({"redis.exceptions.BusyLoadingError"})


def patience_after(error):
    """Seconds for which failures like this one aren't counted; 0.0: they are."""
    inner = error
    for _ in range(5):
        if not isinstance(inner, BaseException):
            return 0.0
        found = patience_with(inner)
        if found:
            return found
        inner = looked_up(inner, "orig") or looked_up(inner, "reason") or inner.__cause__ or inner.__context__
    return 0.0


def patience_with(error):
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
    from collections.abc import Callable, Iterator
    from typing import Any


def is_unsent(error, function, args, kwargs):
    """Whether `function(*args, **kwargs)` failed while it was still connecting, for clients that let that be seen.

    Not if it may be the connection of a further request, after a first one did arrive: where that was redirected to,
    what a hook, an authentication or a transport of the user's sent. What can't be looked at may have been sent.
    """
    try:
        kind = type(error)
        test = TESTS.get(f"{kind.__module__}.{kind.__qualname__}")
        return test is not None and is_clients_own(error) and test(error, function, args, kwargs)
    except Exception:  # stand-ins in tests, clients of another version
        return False


def frames_of(error):
    """The frames that an error came through, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def is_clients_own(error):
    """Whether an error came from a client's code to the runtime's through nobody else's, and out of no hook."""
    home = __name__.rpartition(".")[0] + "."
    for frame in frames_of(error):
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in CLIENTS_CODE and not module.startswith(home):
            return False
        if module == "requests.hooks":
            return False
    return True


def by_requests(error, function, args, kwargs):
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


def by_httpx(error, function, args, kwargs):
    """httpx: errors of that class come before anything is sent, unless it is a further request that fails."""
    sending = [frame for frame in frames_of(error) if frame.f_code.co_name == "_send_handling_redirects"]
    return bool(sending) and all(frame.f_locals.get("history") == [] for frame in sending)


def by_redis(error, function, args, kwargs):
    """redis-py: raised while the pool got a connection for the command."""
    return any(
        frame.f_code.co_name == "get_connection" and str(frame.f_globals.get("__name__")).startswith("redis.")
        for frame in frames_of(error)
    )


CLIENTS_CODE = frozenset(
    {
        "anyio",
        "async_timeout",
        "asyncio",
        "contextlib",
        "httpcore",
        "httpx",
        "redis",
        "requests",
        "socket",
        "ssl",
        "urllib3",
    }
)
"""packages whose code stands between the runtime and where a client's own error is raised"""

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


    Asked = tuple[HostBreaker, Begun] | None
    """what a call has to tell the breaker of its host when it ends; None: nothing, unless it fails"""


MOST_PATIENT = 20
"""attempts in all where failures aren't counted: a clock may stand still"""


class Trial:
    """What has failed so far of one call, which `began` at that moment (monotonic seconds)."""

    __slots__ = ("arguments", "asked", "began", "deadline", "function", "kept", "places", "retry", "tried")

    blocks = True
    """whether waiting holds up an event loop that runs in this thread; long waits are then not made"""

    def __init__(
        self,
        retry,
        function,
        deadline,
        arguments,
        began,
        asked = None,
        places = None,
    ):
        self.retry = retry
        self.function = function
        self.deadline = deadline if deadline is not None and deadline.is_live else live_deadline()
        self.arguments = arguments
        self.began = began
        self.asked = asked
        self.places = standing(*arguments) if places is None else places
        """where files among the arguments stood before the first attempt"""
        self.tried = 0
        self.kept = None
        """the last response that was thrown away, if all of it is there: what comes of failures after it"""

    def left(self, error = None):
        """Seconds left for waiting and trying, while `error` is being handled."""
        left = self.began + self.retry.budget - monotonic()
        return left if self.deadline is None else min(left, self.deadline.left_now(error))

    def after(self, error):
        """Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes."""
        self.tried += 1
        wait = None if is_final(error, self.began) else self.wait_after(error)
        if wait is None:
            self.end(error)
        return wait

    def end(self, error):
        """Let the breaker hear of the last word."""
        self.retry.ended(self.asked, self.function, *self.arguments, error)

    def wait_after(self, error):
        """`after` an error that no enhanced call further in has tried to overcome."""
        if not is_transient(error, self.retry.transient):
            if self.tried > 1:
                self.tell(error)
            return None
        why = obstacle(self.function, *self.arguments, error, self.places) or repeated_outside()
        if why:
            self.tell(error, why)
            return None
        patient = self.tried < MOST_PATIENT and 0.0 <= monotonic() - self.began < patience_after(error)
        hurried = self.blocks and loop_runs()
        wait = self.retry.wait(self.tried, retry_after(error), self.left(error), patient, hurried)
        if wait is None:
            self.tell(error)
        elif not put_back(self.places):
            self.tell(error, USED_ONCE)
            return None
        return wait

    def after_write(self, error):
        """`after` for a call that must not be made twice: it is made again only if nothing of it was sent."""
        if is_unsent(error, self.function, *self.arguments):
            return self.after(error)
        self.tried += 1
        if self.tried > 1 and not is_final(error, self.began):
            self.tell(error, "it may have been done")
        self.end(error)
        return None

    def tell(self, error, why = ""):
        """Note in `error` how often and how long this call was tried, and where it stands.

        It is then the last word, unless only this call, as it was made, could not be repeated.
        """
        attempts = f"{self.tried} attempt" + "s" * (self.tried > 1)
        reason = f", for {why}" if why else ""
        spent = monotonic() - self.began
        add_note(error, f"{called_name(self.function)}, called {place()}: {attempts} in {spent:.2f} s{reason}")
        if why in ("", BY_ITSELF):
            mark_final(error)

    def after_result(self, result):
        """Seconds to wait if `result`, a response that says to try again, may be thrown away; None: it is returned."""
        self.tried += 1
        is_once = bool(obstacle(self.function, *self.arguments, None, self.places) or repeated_outside())
        asked, hurried = retry_after(result), self.blocks and loop_runs()
        wait = None if is_once else self.retry.wait(self.tried, asked, self.left(), False, hurried)
        if wait is not None and not put_back(self.places):
            is_once, wait = True, None
        if wait is None:
            self.end(None)
            if not is_once:
                mark_final(result)  # what `raise_for_status` makes of it is not tried again further out
        elif is_read(result):
            mark_final(result)
            self.kept = result
        return wait


class AwaitedTrial(Trial):
    """The attempts of one call that is awaited: the event loop goes on meanwhile."""

    __slots__ = ()

    blocks = False


def called_name(function):
    """What a function is called, for people."""
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except Exception:  # a callable object: any of the two may be missing, or raise
        return type(function).__qualname__


def place():
    """Where the innermost code that isn't the runtime's own stands: "at app/pay.py:12"."""
    home = __name__.rpartition(".")[0] + "."
    frame = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(home):
        frame = frame.f_back
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "somewhere"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Entering:
    """A manager that makes another by `function(*args, **kwargs)`, enters it, and tries again if either fails."""

    __slots__ = ("args", "deadline", "function", "kwargs", "manager", "retry", "scale", "timeout")

    def __init__(
        self,
        retry,
        function,
        deadline,
        timeout,
        scale,
        args,
        kwargs,
    ):
        self.retry = retry
        self.function = function
        self.deadline = deadline
        self.timeout = timeout
        self.scale = scale
        self.args = args
        self.kwargs = kwargs
        self.manager = None

    def made(self):
        """One more manager, with what is left of the budget."""
        if self.timeout is None:
            return self.function(*self.args, **self.kwargs)
        return limited_call(self.deadline, self.function, self.timeout, self.scale, self.args, self.kwargs)

    def __enter__(self):
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = Trial(retry, self.function, self.deadline, (self.args, self.kwargs), began, asked)
        while True:
            try:
                self.manager = self.made()
                result = entrance(self.manager, "__enter__", "__exit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    retry.worked(asked)
                    return result
                wait = trial.after_result(result)
                if wait is None:
                    return result
                type(self.manager).__exit__(self.manager, None, None, None)
            pause(wait)

    def __exit__(self, *raised):
        return type(self.manager).__exit__(self.manager, *raised)


class AsyncEntering:
    """`Entering` for an `async with`."""

    __slots__ = ("args", "function", "kwargs", "manager", "retry")

    def __init__(
        self, retry, function, args, kwargs
    ):
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.manager = None

    async def __aenter__(self):
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = AwaitedTrial(retry, self.function, None, (self.args, self.kwargs), began, asked)
        while True:
            try:
                self.manager = self.function(*self.args, **self.kwargs)
                result = await entrance(self.manager, "__aenter__", "__aexit__")(self.manager)
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    retry.worked(asked)
                    return result
                wait = trial.after_result(result)
                if wait is None:
                    return result
                await type(self.manager).__aexit__(self.manager, None, None, None)
            await pause_async(wait)

    async def __aexit__(self, *raised):
        return await type(self.manager).__aexit__(self.manager, *raised)


def entrance(manager, enter, leave):
    """The type's own `enter`, found as `with` finds it; raises TypeError for what is no manager."""
    found = getattr(type(manager), enter, None)
    if found is None or not hasattr(type(manager), leave):
        kind = "asynchronous context manager" if enter == "__aenter__" else "context manager"
        missed = "" if found is None else f" (missed {leave} method)"
        raise TypeError(f"'{type(manager).__qualname__}' object does not support the {kind} protocol{missed}")
    return found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_HOST = 255
"""characters; what is longer is no host's name, and isn't kept"""

DEFAULT_PORTS = {"http": 80, "https": 443}

PLACES = (MemberDescriptorType, GetSetDescriptorType, _tuplegetter)
"""attributes of a class that are places in its objects, read by C code: slots, `__dict__`, fields of a namedtuple"""

CLASSES_ABOVE = type.__dict__["__mro__"].__get__
ATTRIBUTES_OF = type.__dict__["__dict__"].__get__
"""of a class, whatever its metaclass makes of these names"""


def host_called(
    ways, function, args, kwargs
):
    """The host that `function(*args, **kwargs)` goes to, with its port if that is told; "" if it can't be told."""
    for way in ways:
        path, colon, port = way.partition(":")
        found = followed(path, function, args, kwargs)
        if colon:
            beside = port if "@" in port else f"{path.rpartition('.')[0]}.{port}"
            host = host_named(found, followed(beside, function, args, kwargs) if port else None)
        else:
            host = host_of(found) if type(found) is str and "://" in found else ""
        if host:
            return host
    return ""


def followed(path, function, args, kwargs):
    """What a path leads to; None if it leads nowhere."""
    start, *steps = path.split(".")
    if start == "self":
        found = function.__self__ if type(function) is MethodType else None
    else:
        name, _, at = start.partition("@")
        found = kwargs[name] if name in kwargs else args[int(at)] if at and int(at) < len(args) else None
    for step in steps:
        found = held(found, step)
    return found


def held(holder, name):
    """What `holder` holds under a name; None if that can't be read without running code of its class."""
    kind = type(holder)
    if kind is dict:
        return holder.get(name)
    if kind is tuple or kind is list:
        return holder[int(name)] if name.isdecimal() and int(name) < len(holder) else None
    found = first_of(kind, name)
    if type(found) in PLACES:
        return stored(found, holder)
    if has(found, "__set__"):
        return None
    values = stored(first_of(kind, "__dict__"), holder)
    own = values.get(name) if type(values) is dict else None
    return found if own is None and not has(found, "__get__") else own


def first_of(kind, name):
    """What a class, or the first one above it that has such an attribute, has under a name; None if none has."""
    return next(
        (attributes[name] for attributes in map(ATTRIBUTES_OF, CLASSES_ABOVE(kind)) if name in attributes), None
    )


def has(value, method):
    """Whether the class of a value has a method."""
    return first_of(type(value), method) is not None


def stored(place, holder):
    """What stands in a place of an object; None if nothing does."""
    try:
        return place.__get__(holder) if type(place) in PLACES else None
    except AttributeError:
        return None


def host_named(host, port):
    """ "db.example:5432" of a host's name (or "user@host:port", or a socket's path) and its port, if there is one."""
    if type(host) is bytes and host.isascii():
        host = host.decode()
    if type(host) is not str or not host.isprintable() or not 0 < len(host) <= LONGEST_HOST:
        return ""
    host = host.rpartition("@")[2].lower()
    return f"{host}:{port}" if type(port) is int or (type(port) is str and port.isdecimal()) else host


def host_of(url):
    """ "api.example.com:8080" of a URL, without user, password and the port that its scheme implies; "" if it has no
    host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host.isprintable() or len(host) > LONGEST_HOST:  # it stands in messages and logs
        return ""
    return f"{host}:{port}" if host and port not in (None, DEFAULT_PORTS.get(parts.scheme)) else host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from typing import Any


def started(
    retry,
    function,
    deadline,
    timeout,
    scale,
    args,
    kwargs,
):
    """What `function(*args, **kwargs)` gives, item by item."""
    began, asked = monotonic(), retry.begin(function, args, kwargs)
    trial = Trial(retry, function, deadline, (args, kwargs), began, asked)
    while True:
        try:
            if timeout is None:
                items = function(*args, **kwargs)
            else:
                items = limited_call(deadline, function, timeout, scale, args, kwargs)
            step = iter(items).__next__
            first = step()
        except StopIteration:
            retry.worked(asked)
            return
        except Exception as error:
            wait = trial.after(error)
            if wait is None:
                raise
            pause(wait)
            continue
        except BaseException as error:
            retry.ended(asked, function, args, kwargs, error)
            raise
        break
    retry.worked(asked)
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
        self, retry, function, args, kwargs
    ):
        self.retry = retry
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.step = None

    def __aiter__(self):
        return self

    def __anext__(self):
        if self.step is None:
            return self.first()
        return self.step()  # type: ignore[no-any-return]

    async def first(self):
        """The first item, from as many starts as it takes."""
        retry, began, asked = self.retry, monotonic(), self.retry.begin(self.function, self.args, self.kwargs)
        trial = AwaitedTrial(retry, self.function, None, (self.args, self.kwargs), began, asked)
        while True:
            try:
                step = aiter(self.function(*self.args, **self.kwargs)).__anext__
                item = await step()
            except StopAsyncIteration:
                retry.worked(asked)
                raise
            except Exception as error:
                wait = trial.after(error)
                if wait is None:
                    raise
            except BaseException as error:
                retry.ended(asked, self.function, self.args, self.kwargs, error)
                raise
            else:
                retry.worked(asked)
                self.step = step
                return item
            await pause_async(wait)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any


class Retry(Stays):
    """How often and how long to try: `attempts` in all; waits of `first` seconds doubling to `most`, with full jitter
    (a uniform share of it; Brooker, "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.

    `transient` names further exceptions that pass by themselves. `breaker` counts by the host that a call goes to: the
    ways in `host` lead there (see `host_called`). A call that it refuses fails like `refusal`, the client's own class
    of errors. Raises ValueError for impossible numbers.
    """

    __slots__ = (
        "attempts",
        "breaker",
        "budget",
        "first",
        "host",
        "most",
        "original",
        "refusal",
        "simple",
        "simple_timeout",
        "transient",
        "watched",
    )

    def __init__(
        self,
        original,
        attempts = 3,
        first = 0.1,
        most = 5.0,
        budget = 45.0,
        transient = (),
        breaker = None,
        host = (),
        refusal = "",
    ):
        self.original = original
        self.attempts = checked_count("attempts", attempts)
        self.first = checked_seconds("first", first)
        self.most = checked_seconds("most", most)
        self.budget = checked_seconds("budget", budget, above=0.0)
        self.transient = transient
        self.breaker = breaker
        self.host = host
        self.refusal = refusal
        self.watched = () if breaker is None else breaker.watched
        """empty as long as no call has to ask the breaker"""
        self.simple = self
        """the function that was last found to take all that is left of a budget (see `takes_all`), ..."""
        self.simple_timeout = ""
        """... and its parameter"""

    def wait(
        self, tried, asked, left, patient = False, hurried = False
    ):
        """Seconds to wait after `tried` attempts, or None if there is to be no further one.

        `asked` is what `Retry-After` said: at least that is waited or, if it doesn't fit into `left`, nothing tried.
        `patient`: there is to be a further one although so many were made, if any are. `hurried`: no wait may be longer
        than the first one.
        """
        if hurried:
            left, patient = min(left, self.first), False
        tests = testing_attempts()
        most = tried + 1 if patient and self.attempts > 1 and tests is None else self.attempts
        if tried >= most or tried >= (tests or most) or left <= 0:
            return None
        if asked is None:
            asked = chance() * min(self.most, self.first * 2.0 ** min(tried - 1, 60), left if hurried else self.most)
        elif asked < left:  # not all that were refused at once come back at once
            asked += chance() * min(self.first, (left - asked) / 2)
        if asked >= left:
            return None
        error = sys.exception()
        kind = {} if error is None else {"error": type(error).__qualname__}
        notice("function.retry", name_of(self.original), attempt=tried, wait_ms=asked * 1000.0, **kind)
        return asked

    def begin(self, function, args, kwargs):
        """Ask the breaker of the host that a call goes to: raises `CircuitOpenError`, or gives what `ended` is told."""
        if self.breaker is None or not self.watched:
            return None
        return self.breaker.begin(host_called(self.host, function, args, kwargs), self.refusal)

    def ended(
        self,
        asked,
        function,
        args,
        kwargs,
        error,
    ):
        """Tell the breaker that a call has finally failed, or, where there is no error, that it has answered with a
        status that passes by itself."""
        breaker = self.breaker
        if breaker is None:
            return
        verdict = not breaker.answers if error is None else breaker.verdict_on(error)
        if asked is not None:
            breaker.finish(asked, verdict, error)
        elif verdict is False:
            breaker.failed(host_called(self.host, function, args, kwargs), error)

    def worked(self, asked):
        """Tell the breaker that a call which had to ask has worked."""
        if asked is not None and self.breaker is not None:
            self.breaker.finish(asked, True)

    def written(
        self, asked, function, args, kwargs, result
    ):
        """Tell the breaker what a write has answered."""
        if self.breaker is not None and self.breaker.answers and has_transient_status(result):
            self.ended(asked, function, args, kwargs, None)
        else:
            self.worked(asked)

    def __call__(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
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

    def is_simple(self, function, timeout):
        """Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered."""
        if not takes_all(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def once(self, function, deadline, timeout, /, *args, **kwargs):
        """The first attempt, where all that is left is passed on; the others are left to `repeated`."""
        began = monotonic()
        left = deadline.end - began
        is_near = left < CLEANUP_GRACE and left < NEARLY * deadline.seconds
        if timeout in kwargs or is_near or not deadline.is_alone or self.watched:
            return self.repeated(function, deadline, timeout, None, None, *args, **kwargs)
        places = standing(args, kwargs)
        kwargs[timeout] = left
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began, None, places)
            wait = trial.after(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(None, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                return result
            del kwargs[timeout]
            trial = Trial(self, function, deadline, (args, kwargs), began, None, places)
            wait = trial.after_result(result)
            if wait is None:
                return result
            discard(result)
        pause(wait)
        return self.repeated(function, deadline, timeout, None, trial, *args, **kwargs)

    def repeated(
        self,
        function,
        deadline,
        timeout,
        scale,
        trial,
        /,
        *args,
        **kwargs,
    ):
        """All attempts, with all that they may need; `trial` knows of those that were made already."""
        began, places = monotonic(), standing(args, kwargs) if trial is None else ()
        asked = self.begin(function, args, kwargs) if self.watched and trial is None else None
        while True:
            try:
                if timeout is None:
                    result = function(*args, **kwargs)
                else:
                    result = limited_call(deadline, function, timeout, scale, args, kwargs)
            except Exception as error:
                trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                wait = trial.after(error)
                if wait is None:
                    if trial.kept is not None:
                        return trial.kept
                    raise
            except BaseException as error:
                self.ended(asked, function, args, kwargs, error)
                raise
            else:
                if not has_transient_status(result):
                    if asked is not None:
                        self.worked(asked)
                    return result
                trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                wait = trial.after_result(result)
                if wait is None:
                    return result
                discard(result)
            pause(wait)

    def unsent(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
        """`function`, a write, made again only after failures before anything was sent (see `is_unsent`)."""

        def attempt(*args, **kwargs):
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    if timeout is None:
                        result = function(*args, **kwargs)
                    else:
                        result = limited_call(deadline, function, timeout, scale, args, kwargs)
                except Exception as error:
                    trial = trial or Trial(self, function, deadline, (args, kwargs), began, asked, places)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    self.written(asked, function, args, kwargs, result)
                    return result
                pause(wait)

        return attempt

    def unsent_awaited(self, function):
        """`unsent` for a function whose result is awaited."""

        async def attempt(*args, **kwargs):
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    result = await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after_write(error)
                    if wait is None:
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    self.written(asked, function, args, kwargs, result)
                    return result
                await pause_async(wait)

        return attempt

    def awaited(self, function):
        """`__call__` for a function whose result is awaited; an event loop keeps its budget."""

        async def attempt(*args, **kwargs):
            began, trial, places = monotonic(), None, standing(args, kwargs)
            asked = self.begin(function, args, kwargs) if self.watched else None
            while True:
                try:
                    result = await function(*args, **kwargs)
                except Exception as error:
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after(error)
                    if wait is None:
                        if trial.kept is not None:
                            return trial.kept
                        raise
                except BaseException as error:
                    self.ended(asked, function, args, kwargs, error)
                    raise
                else:
                    if not has_transient_status(result):
                        self.worked(asked)
                        return result
                    trial = trial or AwaitedTrial(self, function, None, (args, kwargs), began, asked, places)
                    wait = trial.after_result(result)
                    if wait is None:
                        return result
                    await discard_async(result)
                await pause_async(wait)

        return attempt

    def entered(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
        """`function`, which makes the manager of a `with`: making and entering it are repeated together."""

        def attempt(*args, **kwargs):
            return Entering(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def entered_async(self, function):
        """`entered` for an `async with`."""

        def attempt(*args, **kwargs):
            return AsyncEntering(self, function, args, kwargs)

        return attempt

    def iterated(
        self,
        function,
        deadline = None,
        timeout = None,
        scale = None,
    ):
        """`function`, whose result is looped over: started anew while it fails before its first item, never after."""

        def attempt(*args, **kwargs):
            return started(self, function, deadline, timeout, scale, args, kwargs)

        return attempt

    def iterated_async(self, function):
        """`iterated` for an `async for`."""

        def attempt(*args, **kwargs):
            return AsyncStarting(self, function, args, kwargs)

        return attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any


class Wait(float):
    """Seconds, and the error after which they are waited."""

    __slots__ = ("error",)

    pass

    def __new__(cls, seconds, error):
        wait = float.__new__(cls, seconds)
        wait.error = error
        return wait


class Guard(Stays):
    """`attempts` of the whole function in all, a `budget` of seconds or None, and a breaker or None.

    `alarm`: the budget is kept by SIGALRM on the main thread. What is not `idempotent` isn't repeated after a 500.
    Raises ValueError for impossible numbers.
    """

    __slots__ = ("breaker", "budget", "deadline", "idempotent", "original", "retry")

    def __init__(
        self,
        original,
        attempts = 1,
        budget = None,
        breaker = None,
        first = 0.1,
        most = 5.0,
        total = 45.0,
        alarm = False,
        idempotent = True,
    ):
        self.original = original
        self.budget = None if budget is None else checked_seconds("budget", budget, above=0.0)
        self.breaker = breaker
        self.retry = Retry(original, attempts, first, most, total if budget is None else budget)
        self.deadline = (
            partial(AlarmedDeadline, self.retry.budget, original) if alarm else partial(Deadline, self.retry.budget)
        )
        """`deadline()` is the end of a call's budget, counted from now"""
        self.idempotent = idempotent

    def within(self, deadline, function, /, *args, **kwargs):
        """`function(*args)`, given up at the deadline (see `within`)."""
        return within(deadline, partial(function, *args, **kwargs))

    within_async = staticmethod(within_async)
    """`await awaitable`, cancelled at the deadline: the function itself, for every coroutine between costs its share"""

    def wait(self, error, deadline = None):
        """Seconds until another attempt after the first one's `error`, or None if that stands."""
        since = None if deadline is None else deadline.end - deadline.seconds
        seconds = self.wait_after(error, deadline, 1, monotonic(), since)
        return None if seconds is None else Wait(seconds, error)

    def wait_after(
        self, error, deadline, tried, began, since
    ):
        """Seconds until another attempt after `tried` of them, the further ones since `began` (monotonic seconds), or
        None if `error` stands; the breaker hears of it. `since`: when the call began, if that is known."""
        if self.breaker is not None:
            self.breaker.failed(error)
            if self.breaker.is_open:
                return None
        if not is_transient(error, (), self.idempotent) or is_final(error, since):
            return None
        left = self.retry.budget - (monotonic() - began)
        deadline = deadline or live_deadline()
        if deadline is not None:
            left = min(left, deadline.end - monotonic())
        return self.retry.wait(tried, retry_after(error), left)

    def again(
        self, wait, deadline, function, /, *args, **kwargs
    ):
        """Further attempts of `function(*args)` after a first one failed, the next in `wait` seconds."""
        tried, began = 1, monotonic()
        first = self.check_arguments(wait, args, kwargs)
        while True:
            pause(wait)
            tried += 1
            try:
                if deadline is None or getattr(function, "__self__", None) is self:  # `within` enters the deadline
                    return function(*args, **kwargs)
                with deadline:
                    return function(*args, **kwargs)
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    if first is None or not is_consequence(error):
                        raise
            if next_wait is None and first is not None:
                self.note(first, tried, monotonic() - began)
                raise first
            wait = next_wait or 0.0

    async def again_async(
        self, wait, deadline, function, /, *args, **kwargs
    ):
        """`again` for a coroutine function."""
        tried, began = 1, monotonic()
        first = self.check_arguments(wait, args, kwargs)
        while True:
            await pause_async(wait)
            tried += 1
            try:
                call = function(*args, **kwargs)
                return await (call if deadline is None else within_async(deadline, call))
            except Exception as error:
                next_wait = self.wait_after(error, deadline, tried, began, began)
                if next_wait is None:
                    self.note(error, tried, monotonic() - began)
                    if first is None or not is_consequence(error):
                        raise
            if next_wait is None and first is not None:
                self.note(first, tried, monotonic() - began)
                raise first
            wait = next_wait or 0.0

    def check_arguments(self, wait, args, kwargs):
        """The first attempt's error; raised if that attempt used up an argument, or left one that is of no use."""
        if not isinstance(wait, Wait):
            return None
        error = wait.error
        del wait.error  # no circle of error, traceback and frames
        why = whole_obstacle(args, kwargs, error)
        if why:
            add_note(error, f"{self.original.__qualname__}: 1 attempt, for {why}")
            raise error
        return error

    def note(self, error, tried, seconds):
        """Say in the error's notes how often and how long it was tried."""
        mark_final(error)
        add_note(error, f"{self.original.__qualname__}: {tried} attempts in {seconds:.2f} s")

    def iterated(self, function, /, *args, **kwargs):
        """The generator `function(*args)`, started anew while it fails before its first item; never after it."""
        tried, began = 0, monotonic()
        while True:
            inner, tried = function(*args, **kwargs), tried + 1
            try:
                first = next(inner)
            except StopIteration as stop:
                return stop.value
            except Exception as error:
                wait = self.wait_after(error, None, tried, began, began)
                if wait is None or is_used_up((*args, *kwargs.values())):
                    if tried > 1:
                        self.note(error, tried, monotonic() - began)
                    raise
                pause(wait)
            else:
                return (yield from resumed(inner, first))


def resumed(inner, item):
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

    `classes`: `test` is no more than `issubclass(type(value), classes)`. `by_type`: what is said of one value is said
    of all of its class. `repair(value)` gives another value or `value` itself, `fault(value)` what is wrong beyond the
    class. `inside(value)` gives the parts of a container, those of one annotation together, with that annotation (None:
    it has other parts); `either` are the members of a union. Both are for `deep` alone.
    """

    __slots__ = ("by_type", "classes", "either", "fault", "inside", "repair", "test")

    def __init__(
        self,
        test,
        classes = (),
        *,
        by_type = False,
        repair = None,
        fault = None,
        inside = None,
        either = (),
    ):
        self.test = test
        self.classes = classes
        self.by_type = by_type
        self.repair = repair
        self.fault = fault
        self.inside = inside
        self.either = either


def anything(value):
    """The test of what isn't checked."""
    return True


EVERYTHING = Check(anything, by_type=True)
"""the check of an annotation that says nothing, or nothing that can be checked"""


def instances(
    *classes, repair = None, inside = None, by_type = True
):
    """Instances of some classes, which are asked about a value's type, never about the value."""

    def test(value):
        return issubclass(type(value), classes)

    return Check(test, classes, by_type=by_type, repair=repair, inside=inside)


def has_plain_instances(cls):
    """Whether `isinstance(value, cls)` depends on the value's class alone."""
    method = type(cls).__instancecheck__
    return method is type.__instancecheck__ or method is ABCMeta.__instancecheck__


def any_of(parts):
    """A union; a member that can't be checked makes the whole of it unchecked."""
    if any(part is EVERYTHING for part in parts):
        return EVERYTHING
    if len(parts) == 1:
        return parts[0]
    classes = tuple(dict.fromkeys(each for part in parts for each in part.classes))
    tests = [part.test for part in parts if not part.classes]
    by_type = all(part.by_type for part in parts)

    def test(value):
        return issubclass(type(value), classes) or any(each(value) for each in tests)

    def repair(value):
        found = [new for part in parts if (new := repaired_by(part, value)) is not value]
        first = found[0] if found else value
        same = all(type(each) is type(first) and each == first for each in found)
        return first if same else value  # two readings are none

    def fault(value):
        return next((text for part in parts if part.fault is not None and (text := part.fault(value))), "")

    alone = instances(*classes, by_type=by_type) if classes and not tests else Check(test, by_type=by_type)
    alone.repair, alone.fault, alone.either = repair, fault, tuple(parts)
    return alone


def repaired_by(check, value):
    """What a check's repair makes of a value, if that satisfies the check; else `value` itself."""
    if check.repair is None:
        return value
    try:
        new = check.repair(value)
        return new if new is not value and check.test(new) else value
    except Exception:  # what can't be converted is passed on as it is
        return value


def one_of(values):
    """`Literal[...]`: equal to one of the values, and of its class or of one derived from it."""
    known = frozenset(values)
    classes = tuple({type(value) for value in values})

    def test(value):
        return issubclass(type(value), classes) and value in known

    def fault(value):
        return "it is none of these values" if issubclass(type(value), classes) else ""

    return Check(test, fault=fault)


def with_keys(required, inside = None):
    """A `TypedDict`: a dict that has the required keys; one whose class looks keys up in its own way isn't judged."""

    def test(value):
        kind = type(value)
        return issubclass(kind, dict) and (required <= dict.keys(value) or is_own_dict(kind))

    def fault(value):
        missing = sorted(required - dict.keys(value)) if issubclass(type(value), dict) else []
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, fault=fault, inside=inside)


def is_own_dict(kind):
    """Whether a class of dicts finds keys in a way of its own."""
    ways = ("keys", "__getitem__", "__contains__", "__missing__")
    own = (each for each in kind.__mro__ if each.__module__ not in ("builtins", "collections"))
    return any(way in vars(each) for each in own for way in ways)


def class_of(bound):
    """`type[X]`: X or a class derived from it; what stands for a class in another way isn't judged."""
    classes = bound.classes or (object,)

    def test(value):
        kind = type(value)
        return issubclass(value, classes) if issubclass(kind, type) else kind.__module__ in ("types", "typing")

    return Check(test)


def with_members(protocol, names):
    """A protocol whose instances can be told: each member is looked up in the class, so that no property runs."""
    wanted = frozenset(names)
    known = set()

    def test(value):
        kind = type(value)
        if kind in known:
            return True
        good = protocol in kind.__mro__ or is_dynamic(kind) or wanted <= members(value)
        if good and len(known) < MOST_CLASSES:
            known.add(kind)
        return good

    def fault(value):
        missing = sorted(wanted - members(value))
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, by_type=True, fault=fault)


MOST_CLASSES = 64
"""classes that are remembered as having a protocol's members"""


def is_dynamic(kind):
    """Whether instances may have attributes that can't be looked up without asking them."""
    if issubclass(kind, type | ModuleType):
        return True
    return answers_for_its_class(kind) or any("__getattr__" in vars(each) for each in kind.__mro__[:-1])


def members(value):
    """The names of a value's own attributes and of those of its class."""
    return {*getattr(value, "__dict__", ()), *(name for each in type(value).__mro__ for name in vars(each))}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

BOUNDS = {
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


def limits_in(metadata):
    """The constraints among the metadata of an annotation; what is none of them is passed over."""
    found = []
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


def limits_of(constraint):
    """One limit for each attribute that is set."""
    found = []
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


def named(name, bound):
    """`Gt(0)`; a bound that isn't a plain short number stays unsaid, for its `repr` may be anything."""
    plain = type(bound) is int and -(10**18) < bound < 10**18
    return f"{name}({bound})" if plain or type(bound) is float else name


def multiple(step):
    """Whether a whole number is a multiple; of others it isn't asked, for 0.3 % 0.1 is not 0."""
    return lambda value: type(value) is not int or type(step) is not int or value % step == 0


def sized(least, most):
    """The length of what has one at once."""
    return lambda value: (
        not issubclass(type(value), SIZED) or (len(value) >= least and (most is None or len(value) <= most))
    )


def predicate(function):
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


def repair_for(cls):
    """The repair of values for a class, or None. Nothing is imported: a class that there is has its module loaded."""
    home, name = cls.__module__.partition(".")[0], cls.__qualname__
    if home == "builtins" and name in ("int", "float"):
        return builtin_repair(name)
    method = WRITTEN_AS.get((home, name))
    if method is not None and getattr(sys.modules.get(home), name, None) is cls:
        return text_repair(cls, method, whole=home in ("decimal", "fractions"))
    return None


def builtin_repair(name):
    """What `Perceive` itself does for the builtin types."""
    types = accepted_types(name)

    def repair(value):
        return repaired(value, types)

    return repair


def text_repair(cls, method, *, whole):
    """Text -> the value that is written just so. `whole`: an int, which loses nothing either, is taken as well."""
    parse = getattr(cls, "fromisoformat", cls)

    def repair(value):
        if whole and type(value) is int:
            return cls(value)
        if type(value) is not str or not value or len(value) > LONGEST_TEXT:
            return value
        found = parse(value)
        return found if same_text(getattr(found, method)(), value) and is_finite(found) else value

    return repair


def same_text(written, given):
    """Whether two texts say the same: but for an UTC offset written Z, a space before the time, capital hex digits."""
    if written == given:
        return True
    if given.endswith("Z") and written.endswith("+00:00"):
        given = given[:-1] + "+00:00"
    if len(given) > 10 and given[10] == " " and written[10] == "T":
        given = given[:10] + "T" + given[11:]
    return written == given or (len(written) == 36 and written.count("-") == 4 and written == given.lower())


def is_finite(value):
    """Whether a value is not a NaN or infinity that text names."""
    method = getattr(value, "is_finite", None)
    return method is None or bool(method())

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

    def __init__(self, scope):
        self.scope = scope
        self.known = {}

    def check(self, annotation):
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

    def read(self, annotation):
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

    def written(self, text, module):
        """A forward reference; only one that stands in the annotation itself is known to be meant for this module."""
        if module is None and not self.scope.is_written_here(text):
            return EVERYTHING
        return self.check(self.scope.meaning(text, module))

    def limited(self, annotation):
        """`Annotated[X, ...]`: X, and the constraints among the rest."""
        inner, limits = self.check(annotation.__origin__), limits_in(annotation.__metadata__)
        if not limits:
            return inner
        plain, classes, tests = inner.test, inner.classes, [test for _, test in limits]
        first = tests[0]

        def test_one(value):
            return issubclass(type(value), classes) and first(value)

        def test_all(value):
            return plain(value) and (answers_for_its_class(type(value)) or all(test(value) for test in tests))

        def fault(value):
            if not plain(value):
                return inner.fault(value) if inner.fault is not None else ""
            return "it is not " + next((name for name, test in limits if not test(value)), "what it has to be")

        def inside(value):
            return [((value,), annotation.__origin__)]

        opened = inside if inner.inside is not None or inner.either else None
        return Check(
            test_one if classes and len(tests) == 1 else test_all, repair=inner.repair, fault=fault, inside=opened
        )

    def special(self, annotation):
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

    def generic(self, annotation, origin):
        """`X[...]`: what X asks for, and for `deep` what stands in the brackets."""
        args = getattr(annotation, "__args__", ())
        if not isinstance(origin, type):
            return self.special_generic(origin, args)
        if origin is type:
            return class_of(self.check(args[0])) if args else instances(type)
        if origin is CallableClass:
            return Check(callable, by_type=True)
        return self.of_class(origin, inside_of(origin, args))

    def special_generic(self, origin, args):
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

    def of_class(self, cls, inside = None):
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
            return instances(cls.__pydantic_generic_metadata__["origin"] or cls)
        if not has_plain_instances(cls):  # it would have to be asked about the value itself
            return EVERYTHING
        return instances(*PROMOTED.get(cls, (cls,)), repair=repair_for(cls), inside=inside)

    def required_of(self, cls):
        """The keys that a `TypedDict` requires.

        Where its annotations are text, Python (up to 3.13) doesn't see their `Required` and `NotRequired`.
        """
        said = {key: self.qualifier(annotation) for key, annotation in cls.__annotations__.items()}
        return frozenset(
            key for key, how in said.items() if how == "Required" or (not how and key in cls.__required_keys__)
        )

    def qualifier(self, annotation):
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


def fields_of(cls):
    """The values of a `TypedDict` that are there, with their annotations."""
    return lambda value: [((value[key],), wanted) for key, wanted in cls.__annotations__.items() if key in value]


def members_of(protocol):
    """What an instance of a protocol has to have."""
    found = getattr(protocol, "__protocol_attrs__", None)  # from Python 3.12 on
    listed = getattr(sys.modules["typing"], "_get_protocol_attrs", vars)
    return listed(protocol) if found is None else found


def is_iterable(value):
    """Whether `iter` takes it, by `__iter__` or by items that are counted from 0."""
    return issubclass(type(value), IterableClass) or hasattr(type(value), "__getitem__")


def is_model(cls):
    """Whether a class is a model of pydantic 2, which is loaded if there is one."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base) and hasattr(cls, "__pydantic_generic_metadata__")


def inside_of(origin, args):
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


def is_unpacked(argument):
    """Whether an argument stands for any number of them: `*Ts`, `*tuple[int, ...]`, `Unpack[...]`."""
    origin = getattr(argument, "__origin__", None)
    return bool(getattr(argument, "__unpacked__", False)) or getattr(origin, "_name", None) == "Unpack"


def items_of(wanted):
    """Each item of a list, tuple, set or deque; the keys of a dict."""
    return lambda value: [(value, wanted)] if is_walked(value, WALKED + WALKED_MAPPINGS) else ()


def is_walked(value, names):
    """Whether a value's class is one of these, itself."""
    kind = type(value)
    return kind.__module__ in ("builtins", "collections") and kind.__qualname__ in names


def pairs_of(key, value):
    """Each key and each value of a dict."""

    def inside(mapping):
        return [(mapping, key), (mapping.values(), value)] if is_walked(mapping, WALKED_MAPPINGS) else ()

    return inside


def fixed_items(wanted):
    """The items of a tuple, one by one; None for one of another length."""

    def inside(value):
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

    def __init__(self, original, text, imports):
        self.space = original.__globals__
        self.owner = owner_of(original)
        self.inner = vars(self.owner) if self.owner is not None else {}
        self.text = text
        self.imports = imports
        self.texts = {}

    def meaning(self, text, module = None):
        """What a text stands for, always the same object; raises `HintUnresolved`."""
        if text not in self.texts:
            here = module is None or module == self.space.get("__name__")
            space = self.space if here else vars(sys.modules[module or ""])
            self.texts[text] = evaluated(text, space, self.locals_for if here else nothing_more)
        return self.texts[text]

    def is_written_here(self, text):
        """Whether a forward reference stands in the annotation itself, not in an alias from elsewhere."""
        return text in self.text

    def locals_for(self, code):
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


def nothing_more(code):
    """The further names of a text from another module."""
    return {}


def evaluated(text, space, further):
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


def would_load(names, space):
    """Whether reading attributes of a module named here might import something."""
    modules = [value for name in names if isinstance(value := space.get(name), ModuleType)]
    if any(type(module) is not ModuleType for module in modules):
        return True
    if not any("__getattr__" in vars(module) for module in modules):
        return False
    there = {*space, *dir(builtins), *(key for module in modules for key in vars(module))}
    return not there.issuperset(names)


def asks_objects(names, space):
    """Whether attributes may be read of something that is neither a class nor a module: of a proxy, perhaps, that does
    anything when it is asked."""
    values = [space[name] for name in names if name in space]
    return not all(issubclass(type(v), type | ModuleType) or type(v).__module__ in KNOWN for v in values)


KNOWN = ("builtins", "types", "typing", "typing_extensions", "annotated_types")
"""modules of the classes whose instances may be asked"""


def loaded(dotted):
    """The object of a dotted name, if its module is loaded; else None."""
    module, _, name = dotted.rpartition(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    return vars(sys.modules[module]).get(name) if module in sys.modules else None


def owner_of(original):
    """The class in whose body a function was defined, if it can be found under its name."""
    found = None
    for name in original.__qualname__.split(".")[:-1]:
        space = original.__globals__ if found is None else vars(found)
        found = space.get(name)
        if not isinstance(found, type):
            return None
    return found if found is None or found.__module__ == original.__module__ else None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

Good = dict[tuple[int, int], tuple[object, ...]]
"""(id of a value, id of a check) -> what else the value is known by"""

MOST_FRAMES = 40
"""how many frames up a call that has asked is looked for"""

MOST_AROUND = 6
"""how many frames up a call is remembered to have been made in"""

MOST_CALLS = 64
"""of how many calls around the present one it is known what they have looked at"""


class Asked:
    """One call that has asked, and what was found good in it."""

    __slots__ = ("around", "at", "code", "frame", "good")

    def __init__(self, frame):
        self.frame = id(frame)
        self.code = frame.f_code
        self.at = frame.f_lasti
        self.around = around(frame)
        self.good = {}

    def is_of(self, frame):
        """Whether that is the call's frame."""
        return id(frame) == self.frame and frame.f_code is self.code


def around(frame):
    """The frames that a frame was called in, as far as they count."""
    found = []
    while (frame := frame.f_back) is not None and len(found) < MOST_AROUND:
        found.append((id(frame), frame.f_code))
    return found


class Calls(_local):
    """The calls of this thread that have asked, the outermost first."""

    def __init__(self):
        self.stack = []


CALLS = Calls()


class LookedAt:
    """What is known to be good in the present call, which is that of `frame`, or of a frame near above it."""

    __slots__ = ("good", "known")

    def __init__(self, frame):
        stack = CALLS.stack
        at = place_in(stack, frame)
        rest = stack[at:]
        own = rest.pop(0) if rest and goes_on(rest[0], frame) else Asked(frame)
        own.at = frame.f_lasti
        ended = [each for each in rest[:1] if (id(frame), frame.f_code) in each.around]
        stack[at:] = [own]
        self.good = own.good
        self.known = [each.good for each in (*ended, *stack[-MOST_CALLS:])]

    def is_known(self, key, mark):
        """Whether a value was found good and is as it was then."""
        if any(good.get(key) == mark for good in reversed(self.known)):
            self.good[key] = mark
            return True
        return False


def place_in(stack, frame):
    """How many of the calls in the stack are around the one of `frame`; 0 where none is seen."""
    last = len(stack)
    above = frame.f_back
    by_frame = {each.frame: number for number, each in enumerate(stack[-MOST_CALLS:], max(0, last - MOST_CALLS))}
    for _ in range(MOST_FRAMES):
        if above is None:
            break
        number = by_frame.get(id(above), -1)
        if number >= 0 and stack[number].is_of(above):
            return number + 1
        above = above.f_back
    return 0


def goes_on(asked, frame):
    """Whether a call has asked before and has come further since; a frame's id may be that of one that is gone."""
    return asked.is_of(frame) and frame.f_lasti > asked.at


def mark_of(value):
    """What a container is known by beside its id."""
    kind = type(value)
    if kind is list or kind is tuple:
        return (kind, len(value), id(value[0]), id(value[-1])) if value else (kind, 0)
    if kind is dict and value:
        return kind, len(value), id(next(iter(value.values())))
    return (kind,)


def frame_of_call():
    """The frame of the function that asks: the first above that is not of a module of this runtime."""
    here, frame = sys._getframe(1), sys._getframe(1)
    package = here.f_globals["__name__"].rpartition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame = frame.f_back
    return frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

TRIES = 4
"""how many calls look for a name that isn't there, once the module is complete; then the annotation isn't checked"""


class Hint(Stays):
    """The annotation of one parameter (or of "return"), as `text` shows it; in `depth` "deep" with all that it holds.

    `imports`: names that the module imports -> dotted names, for those that it imports for type checkers only.
    """

    __slots__ = ("admits", "check", "deep", "imports", "kind", "name", "original", "reader", "text", "tries")

    basis = "its annotation says"

    def __init__(
        self, original, name, text, depth = "shallow", /, **imports
    ):
        self.original = original
        self.name = name
        self.text = text
        self.deep = depth == "deep"
        self.imports = imports
        self.kind = None
        self.check = EVERYTHING
        self.reader = None
        self.tries = 0
        self.admits = self.first

    def first(self, value):
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

    def read(self):
        """The check of the annotation; raises `HintUnresolved`, or whatever its evaluation raises."""
        annotations = self.original.__annotations__
        if self.name not in annotations:
            return EVERYTHING
        annotation = annotations[self.name]
        scope = HintScope(self.original, self.text, self.imports)
        self.reader = reader = HintReader(scope)
        return reader.check(scope.meaning(annotation) if type(annotation) is str else annotation)

    def opens(self, check):
        """Whether containers are looked into."""
        return self.deep and (check.inside is not None or any(self.opens(each) for each in check.either))

    def holds(self, value):
        """Whether the annotation is satisfied, to its whole depth if that was asked for; may raise."""
        if self.deep and self.reader is not None:
            return fits_deep(self.reader, self.check, value, LookedAt(frame_of_call()))
        return bool(self.check.test(value))

    def excuses(self, value):
        """Whether a value that doesn't satisfy the annotation is let pass: the default itself, or a test's stand-in."""
        return is_excused(value, self.check.classes) or value is default_of(self.original, self.name)

    def repaired(self, value):
        """`value` as what the annotation asks for if that loses nothing, else `value` itself."""
        new = repaired_by(self.check, value)
        return new if new is value or self.admits(new) else value

    def fault(self, value):
        """What is wrong with a value beyond its class, in a few words; "" if that is all."""
        try:
            found = self.check.fault(value) if self.check.fault is not None else ""
            return found or ("of what it holds, something doesn't" if self.deep and self.check.test(value) else "")
        except Exception:  # what can't be asked needn't be said
            return ""


def by_class(hint):
    """`admits` for an annotation that is satisfied by classes: the class of a good value is the next `kind`."""
    test, classes = hint.check.test, hint.check.classes

    def admits_class(value):
        try:
            if issubclass(type(value), classes):
                hint.kind = type(value)
                return True
        except Exception:  # a class that raises when it is asked isn't asked
            return True
        return hint.excuses(value)

    def admits_kind(value):
        try:
            if test(value):
                hint.kind = type(value)
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_class if classes else admits_kind


def by_value(hint):
    """`admits` for an annotation that has to be asked about each value."""
    holds = hint.holds if hint.deep else hint.check.test

    def admits_value(value):
        try:
            if holds(value):
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_value


def fits_deep(reader, check, value, looked):
    """Whether a value and all that it holds satisfy a check; what is known to do so isn't looked into again."""
    if not check.either and check.inside is None:
        return bool(check.test(value))
    key, mark = (id(value), id(check)), mark_of(value)
    if looked.is_known(key, mark):
        return True
    looked.good[key] = mark  # what holds itself is looked at once
    if not fits(reader, check, value, looked):
        del looked.good[key]
        return False
    return True


def fits(reader, check, value, looked):
    """`fits_deep` for a value that is new."""
    if check.either:
        return any(fits_deep(reader, each, value, looked) for each in check.either)
    if check.inside is None or not check.test(value):
        return False
    groups = check.inside(value)
    return groups is not None and all(all_fit(reader, reader.check(wanted), parts, looked) for parts, wanted in groups)


def all_fit(reader, check, parts, looked):
    """`fits_deep` for all parts of one annotation, quickly where they hold nothing themselves."""
    if check.inside is not None or check.either:
        return all(fits_deep(reader, check, part, looked) for part in parts)
    test, classes = check.test, check.classes
    return all(issubclass(type(part), classes) if classes else test(part) for part in parts)


def is_complete(original):
    """Whether the function's module has run to its end."""
    spec = original.__globals__.get("__spec__")
    return not getattr(spec, "_initializing", False)


def default_of(original, name):
    """A parameter's default, or an object that nothing else is."""
    code, defaults = original.__code__, original.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    if name in positional[code.co_argcount - len(defaults) :]:
        return defaults[positional.index(name) - code.co_argcount]
    return (original.__kwdefaults__ or {}).get(name, EVERYTHING)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOADS, COPIES = opmap["LOAD_DEREF"], opmap["COPY_FREE_VARS"]
FURTHER = opmap["EXTENDED_ARG"]


def settled(function, original):
    """`function` without a closure, if all of it is generated and read by the function's own code alone.

    Not where the function is made anew at each call of another one: the collector of garbage doesn't look into code.
    """
    code, cells = function.__code__, function.__closure__
    if not cells or original.__code__.co_freevars or "<locals>" in original.__qualname__:
        return function
    inner = {name for each in code.co_consts if type(each) is CodeType for name in each.co_freevars}
    first, known = len(code.co_consts), {*code.co_varnames}
    index = len(code.co_varnames) + sum(name not in known for name in code.co_cellvars)
    if not inner.isdisjoint(code.co_freevars) or first + len(cells) > 256 or index + len(cells) > 256:
        return function
    constants = (*code.co_consts, *(cell.cell_contents for cell in cells))
    code = code.replace(co_code=with_constants(code.co_code, index, first), co_consts=constants, co_freevars=())
    return FunctionType(code, function.__globals__)


def with_constants(text, index, first):
    """Bytecode that loads constants, numbered from `first`, where it loaded variables numbered from `index`."""
    found = bytearray(text)
    for at in range(0, len(found), 2):
        if found[at] == COPIES:
            found[at : at + 2] = bytes((opmap["NOP"], 0))
        elif found[at] == LOADS and found[at + 1] >= index and (at == 0 or found[at - 2] != FURTHER):
            found[at : at + 2] = bytes((opmap["LOAD_CONST"], found[at + 1] - index + first))
    return bytes(found)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


FUTURES = 0x1FE0000
"""the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them on"""
NESTED = 0x10
"""the flag of code inside of a function (`CO_NESTED`), which beartype looks at"""


SAME_LINE = 0x80 | 13 << 3
"""begins an entry of `co_linetable` (Python 3.11 and later) that has no columns; by how many lines it is further down
follows, and it counts up to eight instructions, less one, in its last bits"""


def moved_code(code, home, lines, old, new):
    """`code` and all code inside it, `lines` further down in the file of `home`, its names under `new`, not `old`.

    A class body keeps its qualified name as a string constant; those are renamed as well.
    """
    inside = old + ".<locals>."
    constants = []
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


MADE = {}
"""by the identity of a generated code object: that object, the original's, and what was made for it; a function that is
defined again and again is made of the same code"""


class Unfit(Exception):
    """The function that is to be enhanced isn't made like the one that was built: its variables are others."""


def relocate(function, original, perceive = None):
    """`function` with the globals, variables, file, lines, defaults and looks of `original`.

    The first line of `function` becomes the first line of `original` (its first decorator); generated code is laid out
    so that the lines that follow are the user's own. Raises Unfit.
    """
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        check_variables(function, original)
        lines = home.co_firstlineno - code.co_firstlineno
        moved = moved_code(code, home, lines, code.co_qualname, home.co_qualname)
        made = MADE[id(code)] = (code, home, moved.replace(co_name=home.co_name, co_flags=nested_like(moved, home)))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    if perceive is not None:
        perceive.body = partial(without_checks, function, original)
    return look(settled(function, original), original, perceive)


def without_checks(function, original):
    """`function` for arguments that have been looked at: what stands for its checks lets everything pass."""
    own = original.__code__.co_freevars
    names, closure = function.__code__.co_freevars, function.__closure__ or ()
    passed = [
        cell if name in own or not hasattr(cell.cell_contents, "passed") else CellType(cell.cell_contents.passed)
        for name, cell in zip(names, closure, strict=True)
    ]
    unchecked = FunctionType(function.__code__, function.__globals__, None, None, tuple(passed))
    return look(settled(unchecked, original), original)


def dress(function, original, perceive = None):
    """`function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals."""
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        made = MADE[id(code)] = (code, home, code_at_first_line(code, home))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    return look(settled(function, original), original, perceive)


def code_at_first_line(code, home):
    """`code` under the name of `home`, all of it at the first line of that: its decorator, for which it stands.

    So profilers, `inspect` and who looks at a generator's frame are led to the user's file.
    """
    units = len(code.co_code) // 2
    pieces = [min(8, units - at) for at in range(0, units, 8)]
    return code.replace(
        co_name=home.co_name,
        co_qualname=home.co_qualname,
        co_flags=nested_like(code, home) & ~FUTURES | home.co_flags & FUTURES,
        co_filename=home.co_filename,
        co_firstlineno=home.co_firstlineno,
        co_linetable=b"".join(bytes((SAME_LINE | (size - 1), 0)) for size in pieces),
    )


def nested_like(code, home):
    """The flags of `code`, but that it is inside of a function if `home` is."""
    return code.co_flags & ~NESTED | home.co_flags & NESTED


def cells(function, original):
    """The cells of `function`; for variables that are the original's, its own ones: both see the same values."""
    closure, names = function.__closure__, original.__code__.co_freevars
    if not names or closure is None:
        return closure
    own = dict(zip(names, original.__closure__, strict=True))
    return tuple(own.get(name, cell) for name, cell in zip(function.__code__.co_freevars, closure, strict=True))


def check_variables(function, original):
    """Raise Unfit unless the variables that `bind` declares, but leaves empty, are just the original's."""
    wanted = set(original.__code__.co_freevars)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name in wanted:
            wanted.remove(name)
        elif name == "__class__" or is_empty(cell):
            raise Unfit(name)
    if wanted:
        raise Unfit(min(wanted))


def is_empty(cell):
    """Whether a variable has no value yet."""
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True


def in_place_of(before, function):
    """`function`, not built, which a reload has defined in the place of `before`, so that its code can be put into that
    older object (as IPython's autoreload does): with as many cells, at which it doesn't look.

    Code that has cells of its own must keep their number; putting it into another object fails, aloud.
    """
    code = function.__code__
    if before is None or code.co_freevars or not before.__code__.co_freevars:
        return function
    code = code.replace(co_freevars=before.__code__.co_freevars)
    made = FunctionType(code, function.__globals__, None, None, before.__closure__)
    resemble(made, function)
    return made


def look(function, original, perceive = None):
    """`function` with the looks of `original`, which it leads to."""
    resemble(function, original)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function


def resemble(function, original):
    """Give `function` the names, defaults, docs and attributes of `original`."""
    function.__module__ = original.__module__
    function.__name__ = original.__name__
    function.__qualname__ = original.__qualname__
    function.__doc__ = original.__doc__
    function.__defaults__ = original.__defaults__
    function.__kwdefaults__ = original.__kwdefaults__
    function.__annotations__ = {**original.__annotations__}  # beartype writes into it what only it understands
    if hasattr(original, "__type_params__"):
        function.__type_params__ = original.__type_params__
    function.__dict__.update(original.__dict__)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal, TypeVar, overload

    LinkedF = TypeVar("LinkedF")

HOME = __name__.rpartition(".")[0]
"""the link package that this runtime lies in"""


class Choice:
    """What was chosen for the function of one name, as long as it has this code: a function inside of another one is
    defined anew by each call of that."""

    __slots__ = ("bind", "code", "latest", "made")

    def __init__(self, code, bind):
        self.code = code
        self.bind = bind
        self.made = None
        """the code of the functions that `bind` has made"""
        self.latest = None
        """a weak reference to the last of them"""


class Link:
    """Called as the decorator `poet`; gives back the built function if it is fresh.

    `entries` maps a qualified name inside the module to (module of the version, number of source lines, sha256 of
    those lines). The module is None for a function that the build found and left as it is: that is stale only once its
    lines change. The whole entry is None for a mark that isn't one function.
    """

    __slots__ = (
        *("choices", "complained", "entries", "filename", "getters", "lines", "module", "others", "package", "stale"),
        "stamp",
    )

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(
            self, package: str, entries: Mapping[str, tuple[str | None, int, str] | None], /, *, stale: str = "original"
        ) -> None: ...

    def __init__(  # type: ignore[no-redef]
        self, package, entries, /, *, stale = "original"
    ):
        self.package = package
        self.module = linked_module(package)
        self.others = {}
        self.entries = entries
        self.stale = stale
        self.filename = None
        self.stamp = None
        self.lines = None
        self.getters = {}
        self.choices = {}
        self.complained = set()

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
            own_thread: bool | None = None,
            enable_training: bool | None = None,
        ) -> Callable[[LinkedF], LinkedF]: ...

    def __call__(self, function = None, /, **asked):  # type: ignore[misc]
        """The decorator; its arguments were read at build time."""
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing):
        """The built function for a function, or for the functions inside a static method, class method or property."""
        if type(thing) is FunctionType:
            return self.table_of(thing).bind(thing)
        if type(thing) in (staticmethod, classmethod):
            return type(thing)(self.enhanced(thing.__func__))
        if type(thing) is property:
            first = next((f for f in (thing.fget, thing.fset, thing.fdel) if type(f) is FunctionType), None)
            return (self if first is None else self.table_of(first)).with_accessors(thing)
        if (self.entries.get(getattr(thing, "__qualname__", "")) or (None,))[0] is not None:
            self.complain_of_compiled(thing)
        return thing

    def table_of(self, function):
        """The link table of the module that `function` is from.

        That may be another's: `from .util import *` puts the `poet` of `util` in the place of the module's own. What a
        decorator of a library has put in a function's place is from where that function is.
        """
        while type(wrapped := function.__dict__.get("__wrapped__")) is FunctionType:
            function = wrapped
        space = function.__globals__
        name = space.get("__name__")
        if name == self.module or not self.module:
            return self
        if name == "__main__":
            name = getattr(space.get("__spec__"), "name", None) or scripts_module(function.__code__.co_filename)
        if name == self.module:
            return self
        if name not in self.others:
            self.others[name] = loaded_table(str(name)) or self.beside(str(name)) or self.at(function)
        return self.others[name]

    def at(self, function):
        """This table for its own file, whatever name that was loaded by; one without entries for another file."""
        folder, file = os.path.split(function.__code__.co_filename)
        stem = os.path.basename(folder) if file.startswith("__init__.") else os.path.splitext(file)[0]  # noqa: PTH119, PTH122
        # a file whose name is no identifier (`train-model.py`) is known by the digest that its module's name ends with
        digest = "_" + sha256_of(stem.encode("utf-8", "surrogateescape"))[:8]
        named = self.module.rpartition(".")[2]
        return self if named == stem or named.endswith(digest) else Link(self.package, {}, stale=self.stale)

    def beside(self, name):
        """The table of a further module of the same link package; None if there is none."""
        outer = HOME.rpartition(".")[0]
        if outer and not f"{name}.".startswith(f"{outer}."):
            return None
        try:
            found = import_module(f"{HOME}.{name[len(outer) :].lstrip('.') or '_init'}")
        except ImportError:
            return None
        table = getattr(found, "poet", None)
        return table if type(table) is Link and table.module == name else None

    def with_accessors(self, thing):
        """A property with each accessor that was built in place of its own; the others needn't be decorated at all."""
        own = (thing.fget, thing.fset, thing.fdel)
        given = [f for f in own if type(f) is FunctionType]
        fget, fset, fdel = map(self.accessor, own, ("", ".setter", ".deleter"))
        made = [choice.made for choice in self.choices.values()]
        if given and not any(f.__code__ is code for f in given for code in made) and (fget, fset, fdel) == own:
            names = (f.__qualname__ + role for f in given for role in ("", ".setter", ".deleter"))
            if not any(name in self.entries for name in names):
                self.complain(given[-1], "is not in")
        return property(fget, fset, fdel, thing.__doc__)

    def accessor(self, function, role):
        """The built function for an accessor of a property."""
        known = type(function) is FunctionType and function.__qualname__ + role in self.entries
        return self.bind(function, role) if known else function

    def bind(self, function, role = None):
        """The built function for `function`, or `function` itself if there is none or it is stale."""
        name = self.named(function) if role is None else function.__qualname__ + role
        code = function.__code__
        choice = before = self.choices.get(name)
        if choice is None or (choice.code is not code and choice.made is not code):
            choice = self.choices[name] = Choice(code, self.chosen(function, name))
        if choice.made is code:
            return function
        linked = function
        if choice.bind is not None:
            try:
                linked = choice.bind(function)
            except Unfit:
                choice.bind = None
                self.complain(function, "is defined in another way than at")
        if before is not None and before is not choice and choice.bind is None and before.latest is not None:
            linked = in_place_of(before.latest(), linked)
        choice.made, choice.latest = linked.__code__, _weakref.ref(linked)
        return linked

    def chosen(self, function, name):
        """What makes the built function of `function`; None: there is none, or it is stale."""
        if name not in self.entries:
            if is_marked_itself(function.__code__):
                self.complain(function, "is not in")
            return None
        entry = self.entries[name]
        if entry is None:
            return None
        if not self.is_fresh(function, entry):
            built = entry[0] is not None and self.stale == "enhanced"
            self.complain(function, "changed since", "built" if built else "original")
            if not built:
                return None
        if entry[0] is None:
            return None
        imported_alike(f"{self.package}.{entry[0]}", function.__code__)
        try:
            return import_module(f"{self.package}.{entry[0]}").bind
        except ModuleNotFoundError as error:
            if error.name != f"{self.package}.{entry[0]}":
                raise
            self.complain(function, "is missing from")
            return None

    def named(self, function):
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

    def is_fresh(self, function, entry):
        """Whether the function's own lines are those it was built from.

        Without a source file they are, unless a decorator has put another function in the place of the one built.
        """
        lines = self.source(function)
        if lines is None:
            return bool(function.__code__.co_qualname == function.__qualname__)
        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256_of(text.encode("utf-8", "surrogatepass")) == entry[2]

    def source(self, function):
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

    def complain_of_compiled(self, thing):
        """Say that what `poet build` made isn't used, since there is no Python function to put it in the place of."""
        what = f"{self.module}.{thing.__qualname__} is compiled"
        if self.stale == "error":
            raise PoetStaleError(f"{what}, so what `poet build` made of it can't run; leave its module as Python")
        if thing.__qualname__ not in self.complained:
            self.complained.add(thing.__qualname__)
            import warnings

            text = f"{what}: it runs without what `poet build` made of it; leave its module as Python"
            warnings.warn_explicit(text, PoetStaleWarning, self.module, 1, self.module, {})

    def complain(self, function, how, runs = "original"):
        """Warn, once per function, or raise if the project asked for that."""
        what = f"{function.__module__}.{function.__qualname__} {how} the last `poet build`"
        if self.stale == "error":
            raise PoetStaleError(f"{what}; run `poet build`")
        if function.__qualname__ in self.complained:
            return
        self.complained.add(function.__qualname__)
        import warnings

        code = function.__code__
        text = f"{what}: the {runs} function runs until `poet build` is run again"
        warnings.warn_explicit(text, PoetStaleWarning, code.co_filename, code.co_firstlineno, function.__module__, {})


def is_marked_itself(code):
    """Whether a function stands below the mark that is applied now: what runs defines it.

    Else a decorator between them has made it, which a build leaves alone (POET209).
    """
    frame = sys._getframe()
    while frame is not None:
        for each in frame.f_code.co_consts:
            if each is code:
                return True
            if type(each) is CodeType and each.co_name.startswith("<generic parameters") and code in each.co_consts:
                return True
        frame = frame.f_back
    return False


def linked_module(package):
    """The name of the module whose link table is `package`; "" for one that isn't in this link package."""
    if not package.startswith(HOME + "."):
        return ""
    outer, inner = HOME.rpartition(".")[0], package[len(HOME) + 1 :]
    first, dot, rest = inner.partition(".")
    if first == "_init":
        return outer
    inner = (first[:-1] if first in ("_runtime_", "_init_") else first) + dot + rest
    return f"{outer}.{inner}" if outer else inner


def loaded_table(name):
    """The link table of that module, of whatever link package, if it is loaded."""
    for key, module in list(sys.modules.items()):
        if "_poet" in key:
            table = getattr(module, "poet", None)
            if type(table).__name__ == "Link" and getattr(table, "module", None) == name:
                return table
    return None


def scripts_module(filename):
    """The module that runs as a script: of the linked ones, whose tables are loaded by now, that with such a path."""
    path = "." + os.path.splitext(filename)[0].replace(os.sep, ".")  # noqa: PTH122 - pathlib costs an import
    named = (getattr(getattr(m, "poet", None), "module", None) for k, m in list(sys.modules.items()) if "_poet" in k)
    ending = (str(name) for name in named if name and path.endswith(f".{name}"))
    return max(ending, key=len, default=path.rpartition(".")[2])


def sha256_of(data):
    """The SHA-256 of some bytes, in hexadecimal.

    By the interpreter's own module, as `random` does it: `hashlib` loads OpenSSL, 4 ms and 4 MB.
    """
    try:
        module = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:  # an interpreter that was built to have OpenSSL's only
        module = import_module("hashlib")
    return str(module.sha256(data).hexdigest())


def source_lines(filename):
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
