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
from _thread import _local
from _weakref import CallableProxyType, ProxyType
from abc import ABCMeta
from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from datetime import time as time_of_day
from functools import partial
from importlib import import_module
from math import erfc, exp, lgamma, log, pi, sqrt
from math import isfinite
from numbers import Real
from opcode import opmap
from os import environ
from random import Random
from types import CellType, CodeType, FunctionType
from types import CodeType, FrameType, FunctionType
from types import CodeType, FunctionType
from types import GenericAlias, UnionType
from types import ModuleType
from weakref import WeakSet
from weakref import WeakValueDictionary
from zlib import crc32
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
    from collections.abc import Callable, Iterable
    from typing import Any


def drift_is_missing(value):
    """True for None, NaN, NaT and pandas' NA: what has no value, or isn't equal to itself."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - the definition of NaN
    except TypeError:  # pandas.NA has no truth value
        return True
    except Exception:  # an array as an element: a value
        return False


def drift_columns(data, name):
    """`data` as columns: column name -> values, row by row, missing ones included.

    Takes a mapping or data frame of columns, rows (mappings, or sequences of one length), a one- or two-dimensional
    array, or plain values (one column, "value"). `name` is the parameter's, for the error.

    Raises:
        PerceiveError: it is none of these, or has no rows.
    """
    columns = _drift_read(data)
    if columns is None:
        raise PerceiveError(f"{name} is {type(data).__name__}, which can't be read as rows, columns or values")
    if not any(columns.values()):
        raise PerceiveError(f"{name} has no rows")
    return columns


def _drift_read(data):
    if data is None or isinstance(data, (str, bytes, bytearray, memoryview)):
        return None
    if hasattr(data, "items") and (hasattr(data, "columns") or hasattr(data, "keys")) and not _drift_is_series(data):
        return _drift_named(data.items())
    if hasattr(data, "iter_columns"):  # a polars frame
        return _drift_named((column.name, column) for column in data.iter_columns())
    dimensions = getattr(data, "ndim", 1)
    if dimensions not in {1, 2} or not hasattr(data, "__iter__"):
        return None
    values = _drift_values(data)
    if values and all(hasattr(row, "keys") and hasattr(row, "get") for row in values):
        return _drift_records(values)
    if values and all(_drift_is_row(row) for row in values):
        return _drift_rows(values)
    return {"value": values}


def _drift_is_series(data):
    return getattr(data, "ndim", 0) == 1 and hasattr(data, "tolist")


def _drift_values(column):
    """The values as Python's own types, where the container knows how (`tolist`, `to_list`)."""
    if getattr(getattr(column, "dtype", None), "kind", "") in {"m", "M"} and not hasattr(column, "items"):
        unit = "datetime64[us]" if column.dtype.kind == "M" else "timedelta64[us]"
        column = column.astype(unit)  # in nanoseconds, numpy's tolist would give bare ints
    listed = getattr(column, "tolist", None) or getattr(column, "to_list", None)
    values = list(listed()) if listed is not None else list(column)
    return [value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value for value in values]


def _drift_named(columns):
    """Columns under distinct names: of two called "a" the second is "a.1", as pandas reads a file."""
    found = {}
    for label, column in columns:
        name = free = str(label)
        again = 0
        while free in found:
            again += 1
            free = f"{name}.{again}"
        is_column = hasattr(column, "__iter__") and not isinstance(column, (str, bytes))
        found[free] = _drift_values(column) if is_column else [column]
    return found


def _drift_records(rows):
    names = dict.fromkeys(name for row in rows for name in row)
    return {str(name): [row.get(name) for row in rows] for name in names}


def _drift_is_row(row):
    return isinstance(row, (list, tuple)) or getattr(row, "ndim", 0) == 1


def _drift_rows(rows):
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        return None
    return {str(index): list(values) for index, values in enumerate(zip(*map(_drift_values, rows), strict=True))}


def drift_size(data):
    """Rows of `data` if that can be told without consuming or computing anything, else None."""
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return shape[0]
    if type(data) is dict:
        return max((drift_size(column) or 0 for column in data.values()), default=0)
    known = isinstance(data, (list, tuple, range)) or type(data).__name__ in {"array", "deque", "set", "frozenset"}
    return len(data) if known else None


def drift_missing_shares(data):
    """Column name -> share of missing values, in [0, 1]; vectorised where the container can do it."""
    mark = getattr(data, "isna", None)
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    if callable(mark):
        return _drift_named_shares(mark().mean())
    if kind in {"i", "u", "b"}:
        return {}
    if kind == "f":
        return _drift_named_shares((data != data).mean(axis=0))  # noqa: PLR0124
    columns = _drift_read(data) or {}
    return {name: sum(map(drift_is_missing, values)) / len(values) for name, values in columns.items() if values}


def _drift_named_shares(means):
    if hasattr(means, "items"):
        return {str(name): float(share) for name, share in means.items()}
    if getattr(means, "ndim", 0) == 1:
        return {str(index): float(share) for index, share in enumerate(means.tolist())}
    return {"value": float(means)}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DRIFT_EXACT_STEPS = 250_000
"""most cells of the lattice for which the exact Kolmogorov-Smirnov p-value is worth its time (about 40 ms)"""
_DRIFT_PERMUTATIONS = 1999
_DRIFT_EXCEEDANCES = 20
_DRIFT_EXPECTED = 5.0
"""least expected count of a cell for which the chi-square approximation is taken (Cochran 1954)"""


def drift_kolmogorov_smirnov(current, reference):
    """(statistic in [0, 1], p-value, "exact" or "asymptotic") of the two-sided two-sample test.

    Exact given the ties of the pooled sample where that is affordable; else the limit distribution, which at such sizes
    is as good as exact and, the more ties there are, errs the more on the side of fewer alarms.
    """
    if len(current) > len(reference):
        current, reference = reference, current
    n, m = len(current), len(reference)
    gap, ties = _drift_largest_gap(sorted(current), sorted(reference))
    distance = gap / (n * m)
    width = min(2 * gap // (n + m), n) + 1
    if sum(tie * (width + min(tie, n)) for tie in ties) <= _DRIFT_EXACT_STEPS:
        return distance, drift_exact_tail(n, m, gap, ties), "exact"
    return distance, drift_kolmogorov_tail(distance * sqrt(n * m / (n + m))), "asymptotic"


def _drift_largest_gap(left, right):
    """max |i*m - j*n| over the pooled values (i, j: how many are at or below), and the sizes of the groups of ties."""
    n, m = len(left), len(right)
    i = j = gap = 0
    ties = []
    while i < n or j < m:
        value = min(left[i] if i < n else right[j], right[j] if j < m else left[i])
        below = i + j
        i, j = bisect_right(left, value, i), bisect_right(right, value, j)
        ties.append(i + j - below)
        gap = max(gap, abs(i * m - j * n))
    return gap, ties


def drift_exact_tail(n, m, gap, ties):
    """P(max |i*m - j*n| >= gap) if every way to deal the pooled values into n and m is equally likely, given the ties.

    A lattice path count (Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för Matematik 3,
    1958) that looks at the gap only behind each group of tied values (Schröer & Trenkler, "Exact and randomization
    distributions of Kolmogorov-Smirnov tests for two or three samples", CSDA 20, 1995). Done as a walk of probabilities
    whose mass outside the band is summed as it leaves, so that small p-values lose no digits.
    """
    if gap <= 0:
        return 1.0
    total, seen, low, beyond = n + m, 0, 0, 0.0
    alive = [1.0]  # alive[k]: probability that low + k of the values seen so far are of the first sample
    for tie in ties:
        for _ in range(tie):
            left, ours = total - seen, n - low  # values to deal, and of them (less k) to the first sample
            taken = [mass * (ours - k) / left for k, mass in enumerate(alive)]
            kept = [mass * (left - ours + k) / left for k, mass in enumerate(alive)]
            alive = [kept[0], *[stay + come for stay, come in zip(kept[1:], taken, strict=False)], taken[-1]]
            seen += 1
        first = max((seen * n - gap) // total + 1, seen - m, 0)
        last = min((seen * n + gap - 1) // total, seen, n)
        beyond += sum(alive[: max(first - low, 0)]) + sum(alive[last - low + 1 :])
        alive, low = alive[max(first - low, 0) : last - low + 1], max(first, low)
        if not alive:
            return 1.0
    return min(max(beyond, 0.0), 1.0)


def drift_kolmogorov_tail(scaled):
    """P(K >= scaled) of Kolmogorov's distribution.

    Smirnov's series in the tail, Jacobi's theta form near zero, where that one converges slowly (Marsaglia, Tsang &
    Wang, "Evaluating Kolmogorov's distribution", Journal of Statistical Software 8(18), 2003).
    """
    if scaled <= 0.04:  # 1 to more digits than a float has
        return 1.0
    if scaled < 1.18:
        terms = (exp(-((2 * k - 1) ** 2) * pi * pi / (8 * scaled * scaled)) for k in range(1, 6))
        return 1.0 - sqrt(2 * pi) / scaled * sum(terms)
    return 2.0 * sum((-1.0) ** (k - 1) * exp(-2.0 * k * k * scaled * scaled) for k in range(1, 6))


def drift_homogeneity(
    current, reference, level = 0.05
):
    """(largest difference of probabilities in [0, 1], p-value, how) of: are these counts of one distribution?

    `current` and `reference` are counts, category by category, in an order that has nothing to do with the data; both
    are taken as the samples they are. "chi-square" where every expected count is at least 5; else "permutation"
    (p-values down to 1/2000), and where `level`, the level the p-value is to be compared with, lies below that or it
    would take too long, "grouped chi-square": rare categories of similar frequency are added up.
    """
    pairs = [(a, b) for a, b in zip(current, reference, strict=True) if a + b]
    n, m = sum(current), sum(reference)
    distance = sum(abs(a / n - b / m) for a, b in pairs) / 2
    small = [pair[0] if n <= m else pair[1] for pair in pairs]
    totals = [a + b for a, b in pairs]
    if len(totals) < 2:
        return distance, 1.0, "chi-square"
    if min(totals) * min(n, m) >= _DRIFT_EXPECTED * (n + m):
        return distance, _drift_chi_square(small, totals), "chi-square"
    if min(n, m) * _DRIFT_PERMUTATIONS <= 1_000_000 and level * (_DRIFT_PERMUTATIONS + 1) >= 1:
        return distance, _drift_permuted(small, totals), "permutation"
    return distance, _drift_chi_square(*_drift_grouped(small, totals)), "grouped chi-square"


def _drift_chi_square(small, totals):
    """Pearson's test of homogeneity for a table of two rows: `small` one row, `totals` the sums of both."""
    share = sum(small) / sum(totals)
    statistic = sum((got - total * share) ** 2 / total for got, total in zip(small, totals, strict=True))
    return drift_chi_square_tail(statistic / (share * (1 - share)), len(totals) - 1)


def drift_chi_square_tail(statistic, freedom):
    """P(X >= statistic) for `freedom` degrees of freedom: the finite sums of Abramowitz & Stegun 26.4.4 and 26.4.5."""
    if statistic <= 0 or freedom < 1:
        return 1.0
    half = statistic / 2
    offset = 0.0 if freedom % 2 == 0 else 0.5
    terms = (exp((k + offset) * log(half) - half - lgamma(k + offset + 1)) for k in range(freedom // 2))
    return min(1.0, sum(terms) + (erfc(sqrt(half)) if offset else 0.0))


def _drift_permuted(small, totals):
    """Permutation p-value of the chi-square statistic, the same for the same table.

    Sequential, so that it is quick where there is nothing to find, and valid at every level (Besag & Clifford,
    "Sequential Monte Carlo p-values", Biometrika 78, 1991).
    """
    labels = [category for category, total in enumerate(totals) for _ in range(total)]
    chance = Random(repr((small, totals)))
    size = sum(small)
    observed = sum(got * got / total for got, total in zip(small, totals, strict=True)) * (1 - 1e-12)
    reached = 0
    for drawn in range(1, _DRIFT_PERMUTATIONS + 1):
        dealt = Counter(chance.sample(labels, size))
        reached += sum(got * got / totals[category] for category, got in dealt.items()) >= observed
        if reached == _DRIFT_EXCEEDANCES:
            return reached / drawn
    return (reached + 1) / (_DRIFT_PERMUTATIONS + 1)


def _drift_grouped(small, totals):
    """Categories added up, rarest first, until each group's expected count allows the approximation; which ones go
    together depends on the pooled counts alone, so that it can't favour either sample."""
    size, everything = sum(small), sum(totals)
    need = _DRIFT_EXPECTED * everything / min(size, everything - size)
    groups = [[0, 0]]
    for index in sorted(range(len(totals)), key=lambda category: totals[category]):
        if groups[-1][1] >= need:
            groups.append([0, 0])
        groups[-1][0] += small[index]
        groups[-1][1] += totals[index]
    if len(groups) > 1 and groups[-1][1] < need:
        got, total = groups.pop()
        groups[-1][0] += got
        groups[-1][1] += total
    return [got for got, _ in groups], [total for _, total in groups]


def drift_holm(p_values, weights):
    """Adjusted p-values: all compared with one level, the chance of any false alarm stays below it, however the tests
    hang together (Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979, in its
    weighted form).
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index] / weights[index])
    adjusted = [1.0] * len(p_values)
    open_weight, largest = sum(weights), 0.0
    for index in order:
        largest = max(largest, min(1.0, p_values[index] / weights[index] * open_weight))
        adjusted[index] = largest
        open_weight -= weights[index]
    return adjusted


def drift_divergences(current, reference):
    """(population stability index, Kullback-Leibler divergence of current from reference in nats) of counts by bin.

    Half a count is added to every bin, so that an empty one gives no infinity. Both grow with the number of bins and
    shrink with the sample even if nothing has changed: they say how much, never whether.
    """
    n, m, bins = sum(current), sum(reference), len(current)
    shares = [((a + 0.5) / (n + bins / 2), (b + 0.5) / (m + bins / 2)) for a, b in zip(current, reference, strict=True)]
    stability = sum((p - q) * log(p / q) for p, q in shares)
    return stability, sum(p * log(p / q) for p, q in shares)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

_DRIFT_FEW_VALUES = 5
"""numeric columns of at most so many distinct values (flags, grades) are compared as categories"""
_DRIFT_WINDOW_ROWS = 500
"""fewest rows of a window of the most recent data"""
_DRIFT_WINDOWS = 3


def drift_test(
    original,
    current = "current_data",
    reference = "reference_data",
    *,
    alpha = 0.05,
    min_effect = 0.0,
    extra = None,
):
    """The domain's own test, in place of the body of the stub `original`: `test(current data, reference data)`.

    `current` and `reference` are the names of the parameters, for errors. A result has the keys of `drift_between` and
    every key of the stub's (`extra`: the constants of those that the test knows nothing of).
    """
    names = tuple(f"{original.__qualname__}() argument {name!r}" for name in (current, reference))
    level = alpha

    def test(
        current, reference, *, alpha = None, importance = None
    ):
        given = level if alpha is None else alpha
        found = drift_between(
            current, reference, alpha=given, min_effect=min_effect, importance=importance, names=(names[0], names[1])
        )
        if extra:
            from copy import deepcopy

            return {**deepcopy(dict(extra)), **found}  # a caller may change what a list or dict in it holds
        return found

    return test


def drift_between(
    current,
    reference,
    *,
    alpha = 0.05,
    min_effect = 0.0,
    importance = None,
    names = ("current", "reference"),
):
    """Compares two samples, column by column, and says whether any column has drifted.

    A column is tested by what it holds: numbers by Kolmogorov-Smirnov, categories (text, bools, at most 5 distinct
    numbers) by chi-square or permutation. Missing values are left out, columns of dates and times are not compared. If
    the current data have one column of dates and 1000 rows or more, the latest half and quarter are tested too. All
    p-values are adjusted together (Holm), so `alpha` is the chance of any false alarm in the call. `importance`
    (column -> weight >= 0; 1 where not said) shares `alpha` out unevenly; weight 0 leaves a column out.

    Returns:
        drift_detected: p_value <= alpha and score >= min_effect, for some column.
        score: in [0, 1], the largest difference between the two distribution functions (for categories: between the
            probabilities of any set of them) in the column with the strongest evidence.
        p_value, test, column: of that column; the p-value is the adjusted one.
        severity: "none", or by the population stability index "minor" < 0.1 <= "moderate" < 0.25 <= "major".
        columns: name -> the same for each, with psi, kl (current from reference, nats) and window (rows tested).
        skipped: name -> why it was not compared. alpha: as given.

    Raises:
        PerceiveError: the data can't be read, or there is no column to compare.
    """
    latest, in_time_order = _drift_by_time(drift_columns(current, names[0]))
    pairs, skipped = _drift_pairs(latest, drift_columns(reference, names[1]))
    weights = {name: float((importance or {}).get(name, 1.0)) for name in pairs}
    for name in [name for name in pairs if not weights[name] > 0]:
        skipped[name] = "importance 0"
        del pairs[name]
    if not pairs:
        why = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise PerceiveError(f"{names[0]} and {names[1].rsplit(' ', 1)[-1]} have no column that can be compared ({why})")
    columns = _drift_compared(pairs, weights, alpha, windows=_DRIFT_WINDOWS if in_time_order else 1)
    for column in columns.values():
        column["drifted"] = column["p_value"] <= alpha and column["score"] >= min_effect
        column["severity"] = _drift_severity(column) if column["drifted"] else "none"
    worst, leading = min(
        columns.items(), key=lambda item: (not item[1]["drifted"], item[1]["p_value"], -item[1]["score"])
    )
    return {
        "drift_detected": leading["drifted"],
        "score": leading["score"],
        "p_value": leading["p_value"],
        "test": leading["test"],
        "column": worst,
        "severity": max((column["severity"] for column in columns.values()), key=_DRIFT_SEVERITIES.index),
        "alpha": alpha,
        "columns": columns,
        "skipped": skipped,
    }


_DRIFT_SEVERITIES = ("none", "minor", "moderate", "major")


def _drift_severity(column):
    return "minor" if column["psi"] < 0.1 else "moderate" if column["psi"] < 0.25 else "major"


def _drift_by_time(columns):
    """The rows in order of their one column of dates, and whether there is one.

    Without it nothing says in what order rows come: the latest part of data that were sorted by something else differs
    from the whole though nothing has changed.
    """
    dated = [values for values in columns.values() if values and _drift_all(date, values)]
    if len(dated) != 1 or any(len(values) != len(dated[0]) for values in columns.values()):
        return columns, False
    try:
        order = sorted(range(len(dated[0])), key=dated[0].__getitem__)
    except TypeError:  # dates with and without a time zone have no order
        return columns, False
    return {name: [values[row] for row in order] for name, values in columns.items()}, True


def _drift_pairs(
    current, reference
):
    """Column name -> (current, reference) values without missing ones; and why the other columns are skipped."""
    if len(current) == len(reference) == 1 and set(current) != set(reference):
        name = next(iter(reference))
        current = {name: next(iter(current.values()))}
    pairs, skipped = {}, {}
    for name in dict.fromkeys([*reference, *current]):
        if name not in current or name not in reference:
            skipped[name] = f"only in the {'reference' if name in reference else 'current'} data"
            continue
        left, right = ([value for value in side[name] if not drift_is_missing(value)] for side in (current, reference))
        if not left or not right:
            skipped[name] = "no values"
        elif _drift_all(date | time_of_day | timedelta, left, right):
            skipped[name] = "dates and times"
        else:
            pairs[name] = _drift_numbers(left, right)
    return pairs, skipped


def _drift_numbers(current, reference):
    """Numbers for numbers written as text, if some values of the column are numbers and all others read as one."""
    types = {*map(type, current), *map(type, reference)}
    if str not in types or types == {str}:
        return current, reference
    try:
        left, right = ([float(v) if type(v) is str else v for v in side] for side in (current, reference))
    except ValueError:
        return current, reference
    return left, right


def _drift_all(kind, *sides):
    """Whether every value is of `kind`; Decimal counts as real, bool doesn't."""
    types = {each for side in sides for each in map(type, side)}
    return bool not in types and all(
        issubclass(each, kind) or (kind is Real and each.__name__ == "Decimal") for each in types
    )


def _drift_compared(
    pairs, weights, alpha, windows
):
    """Each column's strongest finding over its windows, its p-value adjusted for all columns and windows."""
    family = [
        (name, rows, weights[name] * share)
        for name, (left, _) in pairs.items()
        for rows, share in _drift_windows(len(left), windows)
    ]
    total = sum(weight for _, _, weight in family)
    found = [_drift_column(pairs[name], rows, alpha * weight / total) for name, rows, weight in family]
    adjusted = drift_holm([each["p_value"] for each in found], [weight for _, _, weight in family])
    columns = {}
    for (name, _, _), each, p_value in zip(family, found, adjusted, strict=True):
        if name not in columns or p_value < columns[name]["p_value"]:
            columns[name] = {**each, "p_value": p_value}
    return columns


def _drift_windows(rows, most):
    """(rows from the end, share of the column's weight): all rows, and of long data the latest half, quarter ...

    A change that began late is thinned out by the rows before it. All rows keep half of the weight.
    """
    sizes = [rows >> halvings for halvings in range(1, most) if rows >> halvings >= _DRIFT_WINDOW_ROWS]
    return [(rows, 0.5 if sizes else 1.0), *((size, 0.5 / len(sizes)) for size in sizes)]


def _drift_column(pair, rows, level):
    """One test of the last `rows` current values of a column, to be compared with `level`."""
    current, reference = pair[0][-rows:], pair[1]
    if _drift_all(Real, *pair) and len({*pair[0], *pair[1]}) > _DRIFT_FEW_VALUES:
        score, p_value, how = drift_kolmogorov_smirnov(current, reference)
        test = f"kolmogorov-smirnov ({how})"
        counts = _drift_binned(current, reference)
    else:
        labels = {_drift_label(value) for values in pair for value in values}
        order = {label: index for index, label in enumerate(sorted(labels, key=_drift_place))}
        counts = _drift_counted(current, order), _drift_counted(reference, order)
        score, p_value, test = drift_homogeneity(*counts, level)
    psi, kl = drift_divergences(*counts)
    return {"score": score, "p_value": p_value, "test": test, "psi": psi, "kl": kl, "window": rows}


def _drift_label(value):
    """What tells categories apart: 1, 1.0 and True are one category, 1 and "1" are two."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _drift_place(label):
    """A place among the categories that has nothing to do with the data: names in sequence (ids) are not neighbours."""
    said = repr(label)
    return crc32(said.encode("utf-8", "surrogatepass")), said


def _drift_counted(values, order):
    counts = [0] * len(order)
    for value in values:
        counts[order[_drift_label(value)]] += 1
    return counts


def _drift_binned(current, reference):
    """Counts in ten bins that hold a tenth of the reference each (fewer where values repeat)."""
    ordered = sorted(reference)
    edges = sorted({ordered[len(ordered) * tenth // 10] for tenth in range(1, 10)})
    sides = []
    for values in (current, reference):
        counts = [0] * (len(edges) + 1)
        for value in values:
            counts[bisect_right(edges, value)] += 1
        sides.append(counts)
    return sides[0], sides[1]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class DriftInput:
    """Checks the data parameters of one function, and hands them on as they are.

    Looked at: no data at all, fewer than `min_rows` rows, columns with a share of missing values above `max_missing`.
    With `supplied` (the domain's own test will run) data that can't be tested raise `PerceiveError`. A user's own body
    may know better: there, everything is a `PoetContractWarning`, once per function and complaint. In mode "strict" all
    of it raises.
    """

    __slots__ = ("max_missing", "min_rows", "mode", "names", "original", "said", "supplied")

    def __init__(
        self,
        original,
        current,
        reference = None,
        *,
        min_rows = 30,
        max_missing = 0.5,
        mode = "repair",
        supplied = False,
    ):
        self.original = original
        self.names = (current,) if reference is None else (current, reference)
        self.min_rows = min_rows
        self.max_missing = max_missing
        self.mode = mode
        self.supplied = supplied
        self.said = set()

    def __call__(self, *data):
        """The very objects given (one, or a tuple of two); warns or raises `PerceiveError`, see the class."""
        for name, value in zip(self.names, data, strict=True):
            for complaint, fatal in self.complaints(name, value):
                message = f"{self.original.__qualname__}() argument {name!r} {complaint}"
                if self.mode == "strict" or (fatal and self.supplied):
                    raise PerceiveError(message)
                if complaint not in self.said:
                    self.said.add(complaint)
                    import warnings

                    warnings.warn(message, PoetContractWarning, stacklevel=3)
        return data[0] if len(data) == 1 else data

    def complaints(self, name, value):
        """What is wrong with one argument, and whether that makes a test impossible. Iterators are not consumed."""
        if value is None:
            return [("is None: there are no data", True)]
        try:
            return list(self.measured(value))
        except Exception:  # data of a kind nobody foresaw: whoever uses them has to say what is wrong with them
            return []

    def measured(self, value):
        """Complaints about the number of rows and about missing values."""
        rows = drift_size(value)
        if rows is None:
            return
        if rows == 0:
            yield "has no rows", True
            return
        if rows < self.min_rows:
            yield f"has {rows} rows, fewer than {self.min_rows}: only a large change can be found", False
        shares = drift_missing_shares(value)
        hopeless = bool(shares) and min(shares.values()) >= 1.0
        for column, share in shares.items():
            if share > self.max_missing:
                where = "" if column == "value" else f" in column {column!r}"
                yield f"has {share:.0%} missing values{where}, more than {self.max_missing:.0%}", hopeless


class DriftResult:
    """The contract of a drift result: a mapping with the keys `required` ("a, b"); `drift_detected` true or false,
    `score` a finite number, `p_value`, where there is one, in [0, 1]. A result that satisfies it is returned itself.

    In mode "repair" a `drift_detected` of 0 or 1 becomes a bool, and a `p_value` that rounding has put just outside
    [0, 1] is put back, in a copy. Whatever else breaks the contract raises `EnforceError`.
    """

    __slots__ = ("mode", "original", "required")

    def __init__(
        self,
        original,
        required = "drift_detected, score",
        *,
        mode = "repair",
    ):
        self.original = original
        self.required = tuple(required.split(", "))
        self.mode = mode

    def __call__(self, result):
        """`result` itself, or repaired; raises `EnforceError`."""
        if not hasattr(result, "keys") or not hasattr(result, "__getitem__"):
            raise self.error(f"{type(result).__name__}, not a mapping with {', '.join(self.required)}")
        missing = [key for key in self.required if key not in result]
        if missing:
            raise self.error(f"a result without {', '.join(missing)}")
        mended = {}
        for key, check in _DRIFT_CONTRACT.items():
            if key in result:
                good, better = check(result[key])
                if better is None or (not good and (self.mode == "strict" or type(result) is not dict)):
                    raise self.error(f"{key} = {result[key]!r}, which is not {_DRIFT_MEANING[key]}")
                if not good:
                    mended[key] = better
        return {**result, **mended} if mended else result

    def error(self, what):
        """The error that says `what` was returned."""
        return EnforceError(f"{self.original.__qualname__}() returned {what}")


def _drift_flag(value):
    """(good as it is, what to make of it or None): bool and numpy's bool are good, 0 and 1 can be read as one."""
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return True, value
    return False, bool(value) if isinstance(value, int) and value in {0, 1} else None


def _drift_score(value):
    number = _drift_finite(value)
    return number is not None, number


def _drift_p_value(value):
    if value is None:  # how a detector says that it has none
        return True, True
    number = _drift_finite(value)
    if number is None or not -1e-9 <= number <= 1 + 1e-9:
        return False, None
    return 0 <= number <= 1, min(max(number, 0.0), 1.0)


def _drift_finite(value):
    try:
        return float(value) if isfinite(value) else None
    except Exception:  # whatever an odd object raises: it is no number
        return None


_DRIFT_CONTRACT = {"drift_detected": _drift_flag, "score": _drift_score, "p_value": _drift_p_value}
_DRIFT_MEANING = {"drift_detected": "a bool", "score": "a finite number", "p_value": "a probability"}

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
