# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
import sys
from .core import (
    CircuitOpenError, KNOWN, Stays, add_note, chance, checked_count, checked_seconds, is_ours, looked_up, monotonic,
    name_of, notice, reached, root_of, testing_attempts
)
from contextvars import ContextVar
from functools import partial
from itertools import islice
from time import sleep
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType

# -- current: What holds for the current code, whoever has set it: its budget, and the block around it that is
# repeated as a whole.

# the budget of the innermost enhanced call around the current code; tasks and copied contexts inherit it, and
# are not bound by it (see `live_deadline`)
OUTER_DEADLINE = ContextVar("poet_outer_deadline", default=None)

# calls in a block that is repeated, and what they call, have one attempt less in each further run of it
AROUND = ContextVar("poet_around", default=None)

CLEANUP_GRACE = 1.0  # seconds that what cleans up gets, in all, once the budget is spent, or nearly

NEARLY = 0.25  # share of the budget with which less than the grace counts as nearly nothing

def live_deadline():  # The budget that holds for the current code, or None.
    deadline = OUTER_DEADLINE.get()
    while deadline is not None and not (deadline.is_live and deadline.is_here()):
        deadline = deadline.outer
    return deadline

def limited_call(deadline, function, name, scale, args, kwargs):
    # `function(*args, **kwargs)` with what is left of the budget as `name`, and no longer than that; raises
    # `BudgetSpentError` if nothing is.
    if name is None:
        return function(*args, **kwargs)
    if deadline is None or not deadline.is_live:
        deadline = live_deadline()
    if deadline is None:
        return function(*args, **kwargs)
    return deadline.call(function, name, scale, args, kwargs)

# -- pause: Waiting between attempts: not at all in tests, and with the library whose event loop runs.

def pause(seconds):  # Wait before another attempt.
    if testing_attempts() is None:
        sleep(seconds)

async def pause_async(seconds):  # Let other tasks run before another attempt: at least once, in tests too.
    if testing_attempts() is not None:
        seconds = 0.0
    trio = running_trio()
    if trio is not None:
        await trio.sleep(seconds)
        return
    from asyncio import sleep as wait

    await wait(seconds)

def loop_runs():  # Whether an event loop runs in this thread, which a wait that isn't awaited would hold up.
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return True
    return running_trio() is not None

def running_trio():  # The module trio if the current coroutine runs under it, else None; never imports it.
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        trio.lowlevel.current_task()
    except Exception:  # RuntimeError, or a trio that has no such function: then it isn't trio that runs this
        return None
    return trio

# -- loops: Who runs the current code: a task of an event loop, a greenlet.

def task_here():  # The task of asyncio or trio that runs the current code; None outside of any.
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

def running_task():
    # The loop of asyncio that runs the current coroutine, and the task, which can be cancelled; or None for them.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None, None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None, None
    return loop, asyncio.current_task(loop)

# -- kinds: What classes say of their objects, looked up once for each class: calls that work pay for it as
# well.

READ_UP = ("read", "__next__", "__anext__", "__await__")  # what a file, an iterator or a coroutine has

CONTAINERS = (list, tuple, dict, set, frozenset)

MOST_KINDS = 512  # classes that are remembered

KINDS = {}

class Kind:  # What is known of one class.
    __slots__ = ("asks", "container", "is_left", "is_looped", "members", "own", "reads")

    def __init__(self, kind):
        self.reads = any(defines(kind, name) for name in READ_UP)
        self.asks = defines(kind, "__getattr__")
        self.is_looped = defines(kind, "__iter__") and not defines(kind, "__len__")
        # nothing is looked for in its objects
        self.is_left = kind.__module__ == "unittest.mock" or type in kind.__mro__
        self.container = next((each for each in CONTAINERS if each in kind.__mro__), None)
        own = next((cls.__dict__["__dict__"] for cls in kind.__mro__ if "__dict__" in cls.__dict__), None)
        # gives an object's own attributes, past whatever it has put in the place of its `__dict__`
        self.own = own.__get__ if type(own) is GetSetDescriptorType else None
        slotted = (cls for cls in kind.__mro__ if "__slots__" in cls.__dict__)
        values = [value for cls in slotted for value in tuple(cls.__dict__.values())]
        self.members = tuple(value.__name__ for value in values if type(value) is MemberDescriptorType)

def kind_of(value):  # What is known of the class of a value.
    cls = type(value)
    kind = KINDS.get(cls)
    if kind is None:
        kind = Kind(cls)
        if not kind.is_left:  # each mock has a class of its own
            if len(KINDS) >= MOST_KINDS:
                KINDS.clear()
            KINDS[cls] = kind
    return kind

def defines(kind, name):  # Whether a class, or one above it, defines `name`; nothing is run for it.
    return any(name in cls.__dict__ for cls in kind.__mro__)

def own_dict(value):  # An object's own attributes.
    get = kind_of(value).own
    own = None if get is None else get(value)
    return own if type(own) is dict else {}

def parts_of(owner):  # What a client sends by, in its own attributes: adapters, transports.
    own = own_dict(owner)
    found = []
    for path in KNOWN.parts:
        name, _, each = path.partition(".")
        part = own.get(name)
        found += [part] if not each else dict.values(part) if isinstance(part, dict) else ()
    return [each for each in found if each is not None]

# -- transient: Which failures are worth another attempt, and which cost the other side nothing: those aren't
# counted for a while.

TRANSIENT_TYPES = (ConnectionError, TimeoutError, InterruptedError)

# HTTP statuses after which a request that may be repeated is worth it (RFC 9110 section 15, RFC 6585, RFC 8470)
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

# beginnings of SQLSTATE codes of what passes: connection, serialization and deadlock, resources, locks, a
# restart
TRANSIENT_STATES = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03")

def is_transient(error, names=(), idempotent=True):
    # Whether an error is of the kind that passes by itself: connection, time-out, overload, lock.
    if not isinstance(error, Exception) or isinstance(error, CircuitOpenError):
        return False
    if isinstance(error, ExceptionGroup):
        return all(is_transient(inner, names, idempotent) for inner in error.exceptions)
    try:
        known = verdict(error, names, idempotent)
        if known is not None:
            return known
        return isinstance(error, TRANSIENT_TYPES) or has_name(error, KNOWN.transient) or is_named(error, names)
    except Exception:  # a property of the user's own exception failed: nothing is known of it
        return False

def verdict(error, names, idempotent):
    # What the error says of itself - a status, an SQL state, a reason, its words - or None.
    if has_name(error, KNOWN.lasting):
        return False
    status = error_status(error)
    if status is not None:
        return status in TRANSIENT_STATUSES and (idempotent or status != 500)
    state = sql_state(error)
    if state:
        return state.startswith(TRANSIENT_STATES)
    for path in KNOWN.causes:
        inner = looked_up(error, path)
        if isinstance(inner, Exception) and inner is not error:
            return is_transient(inner, names, idempotent)
    for rule in KNOWN.verdicts:
        found = judged(error, rule) if has_name(error, rule["errors"]) else None
        if found is not None:
            return found
    return None

def judged(error, rule):  # What a rule of `Known.verdicts` says of an error of its; None: nothing.
    if rule["tells"] == "words":
        words = str(error)
        return any(each in words for each in rule["passing"]) if rule.get("among", "") in words else None
    found = reached(error, rule["tells"])
    if type(found) is str:
        return found.startswith(tuple(rule["passing"]))
    return None if found is None else found in rule["passing"]

def sql_state(error):  # The SQLSTATE of a database's error; "" if it has none.
    found = next((state for path in KNOWN.states if (state := looked_up(error, path))), None)
    return found if isinstance(found, str) else ""

def has_name(error, names):  # Whether the class of `error`, or one above it, is called by one of `names`.
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in type(error).__mro__)

def is_named(error, names):
    # Whether `error` is of one of the classes that these dotted names stand for, re-exports included.
    return bool(names) and any(isinstance(error, named_class(name)) for name in names)

def named_class(name):
    # The class of that dotted name in a tuple; () if its module isn't imported, for then nothing can be of it.
    module, found = name, None
    while module and found is None:
        module = module.rpartition(".")[0]
        found = sys.modules.get(module)
    for part in name[len(module) + 1 :].split("."):
        found = looked_up(found, part)
    return (found,) if isinstance(found, type) else ()

def error_status(error):  # The HTTP status that an error of some client carries, if any.
    for holder in (error, looked_up(error, "response")):
        for name in ("status_code", "code", "status"):
            status = looked_up(holder, name)
            if type(status) is int and 100 <= status <= 599:
                return status
    found = (reached(error, path) for path in KNOWN.statuses)
    return next((status for status in found if type(status) is int), None)

# how long a server may take to come back that refuses connections, as one does that is started again
REFUSED_SECONDS = 2.0

# how long somebody else may hold a lock (what sqlite3 itself waits: `sqlite3.connect(timeout=5.0)`)
LOCKED_SECONDS = 5.0

LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_LOCKED"})  # SQLSTATE and SQLite's names of "somebody else holds it"

STARTING = frozenset({"57P03", "57P01"})  # SQLSTATE of a server that starts or stops

def uncounted_seconds(error):  # Seconds for which failures like this one aren't counted; 0.0: they are.
    inner = error
    for _ in range(5):
        if not isinstance(inner, BaseException):
            return 0.0
        found = uncounted_after(inner)
        if found:
            return found
        made_of = (looked_up(inner, path) for path in KNOWN.causes)
        inner = next((each for each in made_of if each), None) or inner.__cause__ or inner.__context__
    return 0.0

def uncounted_after(error):  # `uncounted_seconds` of one error, what it was made of left alone.
    state = sql_state(error) or looked_up(error, "sqlite_errorname")
    if state in LOCKED:
        return LOCKED_SECONDS
    if isinstance(error, ConnectionRefusedError) or state in STARTING or has_name(error, KNOWN.starting):
        return REFUSED_SECONDS
    try:
        words = str(error)
    except Exception:  # the text of a user's own exception
        return 0.0
    return REFUSED_SECONDS if any(each in words for each in ("Connection refused", *KNOWN.starting_words)) else 0.0

# -- marks: The mark on an error or a response that a call has already done what it could.

# packages of the standard library that raise in one thread or task what was raised in another
CARRIERS = frozenset({"asyncio", "concurrent", "multiprocessing"})

def mark_final(thing):
    # Say that an error, or a response, is the last word of an enhanced call; classes may refuse attributes.
    try:
        mark = monotonic(), id(looked_up(thing, "__traceback__"))
        object.__setattr__(thing, "poet_final", mark)
    except Exception:  # then an enhanced call further out may try once more
        return

def is_final(error, since=None):
    # Whether an enhanced call further in has already tried as often as it may: attempts must not multiply.
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
    # Whether `thing` has a mark of the call that is under way; one of an earlier call is taken off, with its notes.
    mark = looked_up(thing, "poet_final") if thing is not None else None
    if type(mark) is not tuple or len(mark) != 2:
        return False
    if mark[0] < since if since is not None else was_raised_again(thing, mark):
        forget(thing)
        return False
    return True

def was_raised_again(thing, mark):  # Whether an error left the call that marked it, and was raised anew.
    entry = looked_up(thing, "__traceback__")
    if entry is None:
        return False
    running, frame = set(), sys._getframe(1)
    while frame is not None:
        running.add(id(frame))
        frame = frame.f_back
    before, entry = entry.tb_frame, entry.tb_next
    while entry is not None and id(entry) != mark[1]:
        frame = entry.tb_frame
        is_apart = frame is not before and (id(frame) in running or frame.f_back not in (None, before))
        if is_apart and str(before.f_globals.get("__name__")).partition(".")[0] not in CARRIERS.union(KNOWN.carriers):
            return True
        before, entry = frame, entry.tb_next
    return False

def forget(thing):  # Take off the mark and the notes of an earlier call.
    try:
        del thing.poet_final
        thing.__notes__[:] = [note for note in thing.__notes__ if not is_ours(note)]
    except Exception:  # a response has no notes, and what is the user's own may refuse anything
        return

# -- responses: Responses of HTTP clients: which say to try again, and how they are thrown away for another
# attempt.

# what most calls give that give no response
PLAIN_TYPES = frozenset({type(None), bool, bytes, dict, float, int, list, str, tuple})

MOST_RESPONSES = 256

RESPONSES = {}  # class -> whether it is a response's

def is_response(kind):  # Whether one of the clients' packages has made a class, or one above it.
    known = RESPONSES.get(kind)
    if known is None:
        known = any(root_of(cls) in KNOWN.answers for cls in kind.__mro__)
        if len(RESPONSES) >= MOST_RESPONSES:
            RESPONSES.clear()
        RESPONSES[kind] = known
    return known

def has_transient_status(result):  # Whether a response says to try again: its status is one of `TRANSIENT_STATUSES`.
    kind = type(result)
    if kind in PLAIN_TYPES or not is_response(kind):
        return False
    status = looked_up(result, "status_code")
    if status is None:
        status = looked_up(result, "status")
    return type(status) is int and status in TRANSIENT_STATUSES

def is_read(result):
    # Whether a response has its whole body, as those of requests, httpx and urllib3 have unless they are streamed.
    own = own_dict(result)
    return type(own.get("_content")) is bytes or type(own.get("_body")) is bytes

# -- retry_after: When the other side says to come back: `Retry-After`.

RETRY_AFTER_MOST = 3600.0  # seconds; a server that asks for more is not waited for

def retry_after(thing):
    # Seconds that a response, or an error's, asks for in `Retry-After` (RFC 9110 section 10.2.3), or None.
    for holder in (thing, looked_up(thing, "response")):
        headers = looked_up(holder, "headers")
        asked = header(headers, "Retry-After")
        if asked:
            return retry_after_seconds(asked, header(headers, "Date"))
    return None

def header(headers, name):  # A header of some client's response; "" if there is none, or if its headers are none.
    try:
        return str(headers.get(name) or headers.get(name.lower()) or "").strip()
    except Exception:  # headers of any client: whatever they are, they must not break the retry
        return ""

def retry_after_seconds(text, date=""):
    # `Retry-After` as seconds from now, either form: delay-seconds or an HTTP date.
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MOST)
    until = http_date(text)
    if until is None:
        return None
    from datetime import UTC, datetime

    now = http_date(date) or datetime.now(UTC)
    return min(max(0.0, (until - now).total_seconds()), RETRY_AFTER_MOST)

def http_date(text):  # An HTTP date with its zone, or None.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)

# -- consumed: What an attempt reads up: files, iterators, coroutines, and whatever answers like one.

# classes whose objects are never read up
HARMLESS = frozenset({bool, bytearray, bytes, complex, float, int, range, str, type(None)})

CONTAINED = ([], (), {}, set(), "", b"", range(0), {}.keys(), {}.values(), {}.items())

# classes of the iterators of containers: what gives a new one of these each time isn't read up
STEPS = frozenset(type(iter(each)) for each in CONTAINED)

MOST_NOTED = 64  # objects looked at before the first attempt

MOST_LOOKED_AT = 1_000  # objects looked at after a failed one

DEEPEST = 5  # of `files=[("file", ("a.bin", upload))]`, and a form that holds it

class Place:  # A file among the arguments, and where it stood.
    __slots__ = ("at", "thing")

    def __init__(self, thing, at):
        self.thing = thing
        self.at = at

def standing(args, kwargs):
    # Where the files among the arguments of a call stand before its first attempt, as far as they can go back.
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

def is_harmless(value):  # Whether a value is never read up, nor what containers in it hold: what most calls are given.
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

def place_of(thing):  # Where a file stands, if it can be read and put back there.
    try:
        for able in ("readable", "seekable"):
            ask = looked_up(thing, able)
            if callable(ask) and not ask():
                return None
        at = thing.tell()
    except Exception:  # a pipe, a file that is closed, something else with a `read`
        return None
    return at if type(at) is int and callable(looked_up(thing, "seek")) else None

def is_spent(args, kwargs, places):  # Whether an attempt may have read up an argument that can't be put back.
    kept = {id(place.thing) for place in places}
    return any(id(thing) not in kept for thing in read_up((*args, *kwargs.values()), MOST_LOOKED_AT, asked=True))

def put_back(places):  # Whether every file stands again where it stood.
    try:
        for place in places:
            place.thing.seek(place.at)
    except Exception:  # the client has closed it
        return False
    return True

def read_up(values, most, asked):
    # What is there for one use among the values and in what they hold, `most` objects at most.
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

def contents_of(value):  # The items of a container, by its builtin class's own methods; what any other object holds.
    base = kind_of(value).container
    if base is None:
        return holdings_of(value)
    items = dict.values(value) if base is dict else base.__iter__(value)
    return items

def is_for_one_use(value, asked):
    # Whether an object is a file, an iterator or a coroutine, or passes on what one is; `asked`: it may be asked.
    if is_seen_to_be(value):
        return True
    if not asked:
        return False
    kind, own = kind_of(value), own_dict(value)
    if kind.asks and any(callable(looked_up(value, name)) for name in READ_UP):
        return True
    if any(own.get(flag) is True for flag in KNOWN.sent_flags):
        return True
    return kind.is_looped and not is_started_anew(value)

def is_seen_to_be(value, depth=4):
    # Whether the class of an object, its own attributes, or what it passes attributes on to, show one of `READ_UP`.
    kind = kind_of(value)
    if kind.reads or not own_dict(value).keys().isdisjoint(READ_UP):
        return True
    if not depth or not kind.asks:
        return False
    return any(is_seen_to_be(each, depth - 1) for each in holdings_of(value) if type(each) not in HARMLESS)

def is_started_anew(value):  # Whether looping over an object begins at its beginning each time.
    try:
        return type(iter(value)) in STEPS
    except Exception:  # nobody could loop over it, and so nobody has
        return True

def holdings_of(value):  # What an object holds in its attributes.
    found = list(own_dict(value).values())
    found += [looked_up(value, name) for name in kind_of(value).members]
    return found

def is_used_up(values):  # Whether a user's function may have read up one of its arguments.
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

def is_step(kind):  # Whether that is a class of Python's own iterators, generators and coroutines.
    return kind.__module__ in ("builtins", "itertools", "_csv") and any(defines(kind, name) for name in READ_UP[1:])

def is_file(value):  # Whether an object is a file that is open for reading, or passes on what one is.
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

# -- repeats: When a call that failed can't, or needn't, be made again as it was.

BY_ITSELF = "the client repeats by itself"

USED_ONCE = "an argument can be used once only"

def obstacle(function, args, kwargs, error, places=()):
    # Why `function(*args, **kwargs)` can't be made again after `error` (None: after a response), or "".
    owner = looked_up(function, "__self__")
    if (owner is not None and repeats_by_itself(owner, error)) or is_call_repeated(function, kwargs, error):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return STUCK
    return USED_ONCE if is_spent(args, kwargs, places) else ""

def repeats_by_itself(owner, error=None):
    # Whether a client object is set up to repeat what fails: itself, or one of the parts that it sends by.
    for holder in (owner, *parts_of(owner)):
        paths = [*KNOWN.repeats, *(r["path"] for r in KNOWN.repeats_after if error and has_name(error, r["errors"]))]
        if any(is_repeating(reached(holder, path)) for path in paths) or repeats_in_code(type(holder)):
            return True
    rules = (rule for rule in KNOWN.repeats_unless if reached(owner, rule["has"]) is not None)
    return any(reached(owner, rule["path"]) != rule["value"] for rule in rules)

COUNTS = ("connect", "read", "status", "other")  # what a `Retry` limits one by one where it has no total

def is_repeating(setting):  # Whether that is a number of further attempts, or a `Retry` that makes some.
    if type(setting) is int:
        return setting > 0
    if "total" not in own_dict(setting):
        return False
    total = looked_up(setting, "total")
    counts = [looked_up(setting, name) for name in COUNTS] if total is None else [total]
    return all(each is None for each in counts) or any(type(each) is int and each > 0 for each in counts)

def is_call_repeated(function, kwargs, error):
    # Whether a function repeats by itself: failures unless told not to, statuses only if told which.
    for rule in KNOWN.repeats_call:
        if root_of(function) != rule["root"]:
            continue
        owner = looked_up(function, "__self__")
        own = (reached(owner, path) for path in rule["paths"])
        setting = kwargs.get(rule["argument"], next((each for each in own if each is not None), None))
        if error is None:
            return bool(looked_up(setting, rule["statuses"])) and is_repeating(setting)
        return has_name(error, rule["errors"]) and (setting is None or is_repeating(setting))
    return False

def is_stuck(owner, error):
    # Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended.
    if sql_state(error).startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    if is_of_database(owner) and is_rolled_back(owner, error):
        return True
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False

STUCK = "its connection or transaction can't go on"

def is_consequence(error):
    # Whether a further attempt failed only because what the first one left behind can't be used: that says less.
    return has_name(error, KNOWN.consequences)

HALF_DONE = "what it has begun with a connection would be done twice in one transaction"

def whole_obstacle(args, kwargs, error):
    # Why a user's function can't be run again as a whole with the same arguments, or "".
    values = (*args, *kwargs.values())
    if is_used_up(values):
        return USED_ONCE
    held = [each for value in values[:20] if not is_of_database(value) for each in holdings_of(value)[:50]]
    databases = [each for each in (*values, *held) if is_of_database(each)]
    if any(is_stuck(each, error) for each in databases):
        return STUCK
    return HALF_DONE if any(is_half_done(each) for each in databases) else ""

def is_half_done(owner):
    # Whether a connection of sqlite3 or PostgreSQL, or the cursor's, is in the middle of a transaction.
    for holder in (owner, looked_up(owner, "connection")):
        if (
            looked_up(holder, "in_transaction") is True
            or looked_up(looked_up(holder, "info"), "transaction_status") == 2
        ):
            return True  # libpq's PQTRANS_INTRANS
    return False

def is_of_database(value):  # Whether a database's package has made the class of a value, or one above it.
    return any(root_of(cls) in KNOWN.databases for cls in type(value).__mro__)

def is_rolled_back(session, error):  # Whether a session of a database has to be rolled back by whoever began with it.
    if looked_up(session, "is_active") is False:
        return True
    ask = looked_up(session, "in_transaction")
    if not callable(ask) or not is_of_database(error):
        return False
    try:
        return ask() is True
    except Exception:  # a class of another version
        return False

def is_set(flag):  # Whether that is a flag, and set; methods of that name are none.
    return type(flag) in (bool, int) and bool(flag)

LOOPING = {}  # what was found of a method

MOST_LOOPING = 256

# instructions by which a method is looked up, in Python 3.11 to 3.13
METHOD_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})

def repeats_in_code(cls):  # Whether a class below a client's has such a method that calls one of them in a loop.
    own = []
    for each in cls.__mro__:
        if root_of(each) in KNOWN.subclassed:
            return any(loops_around_call(function.__code__) for function in own)
        own += [each.__dict__[name] for name in KNOWN.sends if type(each.__dict__.get(name)) is FunctionType]
    return False

def loops_around_call(code):  # Whether the compiled code jumps back over a call of a method that sends.
    if code not in LOOPING:
        from dis import get_instructions  # takes its time, and few programs come here

        if len(LOOPING) > MOST_LOOPING:
            LOOPING.clear()
        steps = list(get_instructions(code))
        calls = [step.offset for step in steps if step.opname in METHOD_LOADS and step.argval in KNOWN.sends]
        backs = [(step.argval, step.offset) for step in steps if step.opname.startswith("JUMP_BACKWARD")]
        LOOPING[code] = any(start <= call < end for start, end in backs for call in calls)
    return LOOPING[code]

# -- outer: Who further out repeats already what an enhanced call is part of: a retrying decorator, a queue of
# tasks.

FURTHEST = 60  # frames that are looked at

def repeated_outside():  # What further out repeats the code that runs now; "" if nothing is known to.
    homes = (*KNOWN.repeaters, *(rule["module"] for rule in KNOWN.repeating_frames))
    frame = sys._getframe(1) if any(name in sys.modules for name in homes) else None
    for _ in range(FURTHEST):
        if frame is None:
            break
        by = repeated_by(frame)
        if by:
            return f"{by} repeats it already"
        frame = frame.f_back
    return next((f"{rule['module'].partition('.')[0]} repeats it already" for rule in KNOWN.tasks if runs(rule)), "")

def repeated_by(frame):  # What repeats the code that `frame` runs; "" if nothing is known to.
    module = str(frame.f_globals.get("__name__"))
    root = module.partition(".")[0]
    if module in KNOWN.repeaters or root in KNOWN.repeaters:
        return root
    for rule in KNOWN.repeating_frames:
        if module == rule["module"] and frame.f_code.co_name == rule["function"]:
            number = reached(dict(frame.f_locals), rule["path"])
            return root if type(number) is int and number > 0 else ""
    if names_repeating(frame):
        for value in tuple(frame.f_locals.values()):
            for rule in KNOWN.attempts:
                if type(value).__name__ in rule["classes"] and is_open(value, rule):
                    return str(rule["by"])
    return ""

def names_repeating(frame):  # Whether a frame's code names something of a repeating package.
    return any(home_of(frame.f_globals.get(name)) in KNOWN.repeaters for name in frame.f_code.co_names)

def home_of(value):
    # The package that a module, class or function is from, or else the value's class; nothing of it is asked.
    if type(value) is ModuleType:
        home = value.__dict__.get("__name__")
    elif type(value) is FunctionType:
        home = value.__module__
    else:
        home = (value if type(value) is type else type(value)).__dict__.get("__module__")
    return home.partition(".")[0] if type(home) is str else ""

def is_open(attempt, rule):  # Whether an attempt of a loop is under way.
    states = (reached(attempt, path) for path in rule["paths"])
    state = next((each for each in states if each is not None), None)
    return state is not None and looked_up(state, "outcome") is None

def runs(rule):  # Whether a task runs whose own code calls what asks for another run.
    run = looked_up(reached(sys.modules.get(rule["module"]), rule["path"]), "run")
    for function in (run, looked_up(run, "__func__"), looked_up(run, "__wrapped__")):
        names = reached(function, "__code__.co_names")
        if type(names) is tuple and rule["by"] in names:
            return True
    return False

# -- unsent: Failures before anything was sent: after those even a write may be made again.

# packages of the standard library through which clients connect
OF_PYTHON = frozenset({"asyncio", "contextlib", "socket", "ssl"})

def is_unsent(error):  # Whether a call failed while it was still connecting, for clients that let that be seen.
    try:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = list(frames_of(error))
        rules = [rule for rule in KNOWN.unsent if name in rule["errors"]]
        return any(shows(rule, error, frames) for rule in rules) and is_clients_own(frames)
    except Exception:  # stand-ins in tests, clients of another version
        return False

def frames_of(error):  # The frames that an error came through, outermost first.
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next

def is_clients_own(frames):  # Whether an error came from a client's code to the runtime's through nobody else's.
    home = __name__.rpartition(".")[0] + "."
    known = OF_PYTHON.union(KNOWN.frames)
    return all(
        package_named(frame) in known or str(frame.f_globals.get("__name__")).startswith(home) for frame in frames
    )

def package_named(frame):  # The package of a frame's code.
    return str(frame.f_globals.get("__name__")).partition(".")[0]

def shows(rule, error, frames):  # Whether a rule of `Known.unsent` shows that nothing was sent.
    passed = [frame.f_code.co_name for frame in frames]
    if "reason" in rule and type(reached(error, rule["reason"])).__name__ not in rule["reasons"]:
        return False
    if not set(passed).isdisjoint(rule.get("never", ())):
        return False
    through = [frame for frame in frames if frame.f_code.co_name == rule["through"]]
    through = [frame for frame in through if package_named(frame) == root_of(type(error))]
    return bool(through) and ("empty" not in rule or all(f.f_locals.get(rule["empty"]) == [] for f in through))

# -- attempts: The one loop of attempts: whether there is another one, and when, is decided by a state; here it
# is made.

def repeat(state, attempt, wait=None):
    # What the first good `attempt()` gives, or the last word on it; `wait`: seconds before the first one made here.
    while True:
        if wait is not None:
            pause(wait)
        try:
            result = attempt()
        except Exception as error:
            wait = state.failed(error)
            if wait is None and not state.has_better:
                raise
        except BaseException as error:
            state.interrupted(error)
            raise
        else:
            wait = state.answered(result)
            if wait is None:
                return result
            state.discard(result)
        if wait is None:
            return state.better()

async def repeat_async(state, attempt, wait=None):  # `repeat` for what is awaited.
    while True:
        if wait is not None:
            await pause_async(wait)
        try:
            result = await attempt()
        except Exception as error:
            wait = state.failed(error)
            if wait is None and not state.has_better:
                raise
        except BaseException as error:
            state.interrupted(error)
            raise
        else:
            wait = state.answered(result)
            if wait is None:
                return result
            await state.discard_async(result)
        if wait is None:
            return state.better()

# -- backoff: How often something is tried, and how long is waited between two attempts.

class Backoff(Stays):
    # `attempts` in all; waits of `first` seconds doubling to `most`, with full jitter (a uniform share of it;
    # Brooker, "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.

    __slots__ = ("attempts", "budget", "first", "most", "original")

    def __init__(self, original, attempts, first, most, budget):
        self.original = original
        self.attempts = checked_count("attempts", attempts)
        self.first = checked_seconds("first", first)
        self.most = checked_seconds("most", most)
        self.budget = checked_seconds("budget", budget, above=0.0)

    def pause_after(self, tried, asked, left, patient=False, hurried=False):
        # Seconds to wait after `tried` attempts, or None if there is to be no further one.
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

# -- retry_state: The attempts of one call, from its first failure on: counted, timed, and told in the notes of
# the last error.

MOST_UNCOUNTED = 20  # attempts in all where failures aren't counted: a clock may stand still

class RetryState:  # What has failed so far of one call, which `began` at that moment (monotonic seconds).
    __slots__ = (
        "args", "asked", "began", "blocks", "deadline", "function", "kept", "kwargs", "places", "retry", "tried"
    )

    def __init__(self, retry, function, deadline, args, kwargs, began, asked, places, blocks=True):
        self.retry = retry
        self.function = function
        self.deadline = deadline if deadline is not None and deadline.is_live else live_deadline()
        self.args = args
        self.kwargs = kwargs
        self.began = began
        self.asked = asked
        self.places = places  # where files among the arguments stood before the first attempt
        self.blocks = blocks
        around = AROUND.get()
        self.tried = 0 if around is None else around.tried
        # the last response that was thrown away, if all of it is there: what comes of failures after it
        self.kept = None

    @classmethod
    def of(cls, retry, function, deadline, args, kwargs, blocks=True):
        # The state of a call that begins now; raises `CircuitOpenError`.
        began, asked = monotonic(), retry.begin(function, args, kwargs)
        return cls(retry, function, deadline, args, kwargs, began, asked, standing(args, kwargs), blocks)

    @property
    def has_better(self):  # Whether a response that was thrown away is better than the last error.
        return self.kept is not None

    def better(self):  # That response.
        return self.kept

    def left(self, error=None):  # Seconds left for waiting and trying, while `error` is being handled.
        left = self.began + self.retry.budget - monotonic()
        return left if self.deadline is None else min(left, self.deadline.left_now(error))

    def failed(self, error):
        # Seconds to wait before another attempt, or None when `error` is the last word; it then gets its notes.
        self.tried += 1
        wait = None if is_final(error, self.began) else self.wait_after(error)
        if wait is None:
            self.interrupted(error)
        return wait

    def interrupted(self, error):  # Let the breaker hear of the last word.
        self.retry.ended(self.asked, self.function, self.args, self.kwargs, error)

    def wait_after(self, error):  # `failed` after an error that no enhanced call further in has tried to overcome.
        if not is_transient(error, self.retry.transient):
            if self.tried > 1:
                self.tell(error)
            return None
        why = self.obstacle(error) or repeated_outside()
        if why:
            self.tell(error, why)
            return None
        patient = self.tried < MOST_UNCOUNTED and 0.0 <= monotonic() - self.began < uncounted_seconds(error)
        hurried = self.blocks and loop_runs()
        wait = self.retry.pause_after(self.tried, retry_after(error), self.left(error), patient, hurried)
        if wait is None:
            self.tell(error)
        elif not put_back(self.places):
            self.tell(error, USED_ONCE)
            return None
        return wait

    def obstacle(self, error):  # Why the call can't, or needn't, be made again after `error`, or "".
        return obstacle(self.function, self.args, self.kwargs, error, self.places)

    def what(self):  # What is repeated, for people, and where it stands.
        return f"{called_name(self.function)}, called {place(self.retry.original)}"

    def tell(self, error, why=""):  # Note in `error` how often and how long this call was tried, and where it stands.
        attempts = f"{self.tried} attempt" + "s" * (self.tried > 1)
        reason = f", for {why}" if why else ""
        spent = monotonic() - self.began
        add_note(error, f"{self.what()}: {attempts} in {spent:.2f} s{reason}")
        if why in ("", BY_ITSELF):
            mark_final(error)

    def answered(self, result):
        # Seconds to wait if `result` is a response that says to try again and may be thrown away; None: it counts.
        if not has_transient_status(result):
            self.retry.worked(self.asked)
            return None
        self.tried += 1
        is_once = bool(obstacle(self.function, self.args, self.kwargs, None, self.places) or repeated_outside())
        asked, hurried = retry_after(result), self.blocks and loop_runs()
        wait = None if is_once else self.retry.pause_after(self.tried, asked, self.left(), False, hurried)
        if wait is not None and not put_back(self.places):
            is_once, wait = True, None
        if wait is None:
            self.interrupted(None)
            if not is_once:
                mark_final(result)  # what `raise_for_status` makes of it is not tried again further out
        elif is_read(result):
            mark_final(result)
            self.kept = result
        return wait

    def discard(self, result):
        # Give back what a response holds that is thrown away for another attempt: its connection.
        close = looked_up(result, "close")
        if callable(close):
            try:
                close()
            except Exception:  # it is thrown away either way
                return

    async def discard_async(self, result):  # `discard` for a response that is closed by a coroutine.
        close = looked_up(result, "aclose")
        if not callable(close):
            self.discard(result)
            return
        try:
            await close()
        except Exception:  # it is thrown away either way
            return

def called_name(function):  # What a function is called, for people.
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except Exception:  # a callable object: any of the two may be missing, or raise
        return type(function).__qualname__

def place(original):
    # Where the innermost code that isn't the runtime's own stands, "at app/pay.py:12"; "in app.pay.charge" for a
    # call of that function that a task or a thread makes.
    home = __name__.rpartition(".")[0] + "."
    frame = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(home):
        frame = frame.f_back
    if frame is None or str(frame.f_globals.get("__name__")).partition(".")[0] in sys.stdlib_module_names:
        return f"in {called_name(original)}"
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}"

# -- retry: Repeating one call where it stands; work before it isn't done again.

def bound(attempt, function, *limit):
    # `attempt` of `function`; of a partial, what it was made of, so that its client and its arguments are seen.
    if type(function) is partial:
        return partial(attempt, function.func, *limit, *function.args, **function.keywords)
    return partial(attempt, function, *limit)

class Retry(Backoff):  # `attempts`, waits and a budget as `Backoff` has them, for calls where they stand.
    __slots__ = ("breaker", "host", "refusal", "simple", "simple_timeout", "transient", "watched")

    def __init__(
        self, original, attempts=3, first=0.1, most=5.0, budget=45.0, transient=(), breaker=None, host=(), refusal=""
    ):
        super().__init__(original, attempts, first, most, budget)
        self.transient = transient
        self.breaker = breaker
        self.host = host
        self.refusal = refusal
        self.watched = () if breaker is None else breaker.watched  # empty as long as no call has to ask the breaker
        self.simple = self  # the function that was last found to take all that is left of a budget, ...
        self.simple_timeout = ""  # ... and its parameter

    def begin(self, function, args, kwargs):
        # Ask the breaker of the host that a call goes to: raises `CircuitOpenError`, or gives what `ended` is told.
        if self.breaker is None or not self.watched:
            return None
        return self.breaker.begin(self.breaker.host_of(self.host, function, args, kwargs), self.refusal)

    def ended(self, asked, function, args, kwargs, error):
        # Tell the breaker that a call has finally failed, or, where there is no error, that it has answered with a
        # status that passes by itself.
        breaker = self.breaker
        if breaker is None:
            return
        verdict = not breaker.answers if error is None else breaker.verdict_on(error)
        if asked is not None:
            breaker.finish(asked, verdict, error)
        elif verdict is False:
            breaker.failed(breaker.host_of(self.host, function, args, kwargs), error)

    def worked(self, asked):  # Tell the breaker that a call which had to ask has worked.
        if asked is not None and self.breaker is not None:
            self.breaker.finish(asked, True)

    def __call__(self, function, deadline=None, timeout=None, scale=None):
        # `function`, repeated while it fails in a way that passes.
        simple = (
            timeout is not None
            and scale is None
            and deadline is not None
            and deadline.is_alone
            and (
                (function is self.simple and timeout == self.simple_timeout)
                or self.is_simple(function, deadline, timeout)
            )
        )
        if type(function) is partial:
            return bound(self.attempted, function, deadline, timeout, scale, simple)
        return partial(self.attempted, function, deadline, timeout, scale, simple)

    def is_simple(self, function, deadline, timeout):
        # Whether all that is left of a budget may be passed as `timeout`; if so, it is remembered.
        if type(function) is partial or not deadline.is_all_for(function, timeout):
            return False
        self.simple, self.simple_timeout = function, timeout
        return True

    def attempted(self, function, deadline, timeout, scale, simple, /, *args, **kwargs):
        # The first attempt, and all others once it has failed; `simple`: all that is left of the budget is passed.
        began, places = monotonic(), standing(args, kwargs)
        asked = self.begin(function, args, kwargs) if self.watched else None
        left = 0.0
        try:
            if (
                simple
                and timeout not in kwargs
                and deadline.is_alone
                and ((left := deadline.end - began) >= CLEANUP_GRACE or left >= NEARLY * deadline.seconds)
            ):
                kwargs[timeout] = left
                result = function(*args, **kwargs)
            elif timeout is None:
                result = function(*args, **kwargs)
            else:
                left = 0.0
                result = limited_call(deadline, function, timeout, scale, args, kwargs)
        except Exception as error:
            if left:
                del kwargs[timeout]
            state = RetryState(self, function, deadline, args, kwargs, began, asked, places)
            wait = state.failed(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(asked, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                if asked is not None:
                    self.worked(asked)
                return result
            if left:
                del kwargs[timeout]
            state = RetryState(self, function, deadline, args, kwargs, began, asked, places)
            wait = state.answered(result)
            if wait is None:
                return result
            state.discard(result)
        return repeat(state, partial(limited_call, deadline, function, timeout, scale, args, kwargs), wait)

# -- retry_async: `Retry` for calls that are awaited; an event loop keeps their budget.

class AsyncRetry(Retry):  # A `Retry` for calls that are awaited as well.
    __slots__ = ()

    def awaited(self, function):  # `__call__` for a function whose result is awaited.
        if type(function) is partial:
            return bound(self.attempted_async, function)
        return partial(self.attempted_async, function)

    async def attempted_async(self, function, /, *args, **kwargs):
        # `attempted` for a function whose result is awaited.
        began, places = monotonic(), standing(args, kwargs)
        asked = self.begin(function, args, kwargs) if self.watched else None
        try:
            result = await function(*args, **kwargs)
        except Exception as error:
            state = RetryState(self, function, None, args, kwargs, began, asked, places, blocks=False)
            wait = state.failed(error)
            if wait is None:
                raise
        except BaseException as error:
            self.ended(asked, function, args, kwargs, error)
            raise
        else:
            if not has_transient_status(result):
                self.worked(asked)
                return result
            state = RetryState(self, function, None, args, kwargs, began, asked, places, blocks=False)
            wait = state.answered(result)
            if wait is None:
                return result
            await state.discard_async(result)
        return await repeat_async(state, partial(function, *args, **kwargs), wait)

# -- retry_unsent: Repeating a write: only after failures before anything of it was sent.

class WriteState(RetryState):
    # What has failed so far of a call that must not be made twice: it is made again only if nothing of it was sent.

    __slots__ = ()

    def failed(self, error):  # See `RetryState.failed`.
        if is_unsent(error):
            return super().failed(error)
        self.tried += 1
        if self.tried > 1 and not is_final(error, self.began):
            self.tell(error, "it may have been done")
        self.interrupted(error)
        return None

    def answered(self, result):  # Whatever a write has answered is its result; the breaker hears of it.
        breaker = self.retry.breaker
        if breaker is not None and breaker.answers and has_transient_status(result):
            self.interrupted(None)
        else:
            self.retry.worked(self.asked)

class WriteRetry(Retry):  # A `Retry` for writes as well.
    __slots__ = ()

    def unsent(self, function, deadline=None, timeout=None, scale=None):
        # `function`, a write, made again only after failures before anything was sent (see `is_unsent`).

        def attempt(function, /, *args, **kwargs):
            state = WriteState.of(self, function, deadline, args, kwargs, blocks=True)
            return repeat(state, partial(limited_call, deadline, function, timeout, scale, args, kwargs))

        return bound(attempt, function)

# -- guard: Repeating a whole function.

class GuardState:  # What has failed so far of one call of a function; `since`: when it began, if that is known.
    __slots__ = ("began", "deadline", "first", "guard", "has_better", "since", "tried", "wait")

    def __init__(self, guard, deadline, since):
        self.guard = guard
        self.deadline = deadline
        self.since = since
        self.began = monotonic()
        self.tried = 0
        self.wait = None
        self.first = None  # the first error, while further attempts are made
        self.has_better = False

    def failed(self, error):
        # Seconds until another attempt, or None if `error` stands, or the first one does; that gets its notes.
        self.tried += 1
        self.wait = self.guard.wait_after(error, self.deadline, self.tried, self.began, self.since)
        if self.wait is None and self.first is not None:
            self.note(error)
            self.has_better = is_consequence(error)
            self.first = self.first if self.has_better else None
        elif self.first is None:
            self.first = error
        return self.wait

    def interrupted(self, error):  # It isn't repeated.
        self.first = None

    def answered(self, result):  # It has worked.
        self.first = None

    def discard(self, result):  # Nothing: results aren't judged here.
        pass

    async def discard_async(self, result):  # Nothing.
        pass

    def better(self):  # The first error, of which the last one is only a consequence.
        first, self.first = self.first, None  # no circle of error, traceback and frames
        assert first is not None
        self.note(first)
        raise first

    def __call__(self, function, /, *args, **kwargs):
        # Further attempts of `function(*args)`, each within the deadline.
        self.look_at(args, kwargs)
        run = function if self.deadline is None else partial(self.deadline.run, function)
        return repeat(self, partial(run, *args, **kwargs), self.wait)

    async def awaited(self, function, /, *args, **kwargs):  # `__call__` for a coroutine function.
        self.look_at(args, kwargs)
        call, deadline = partial(function, *args, **kwargs), self.deadline
        attempt = call if deadline is None else (lambda: deadline.within(call()))
        return await repeat_async(self, attempt, self.wait)

    def note(self, error):  # Say in the error's notes how often and how long it was tried.
        mark_final(error)
        attempts = f"{self.tried} attempts in {monotonic() - self.began:.2f} s"
        add_note(error, f"{self.guard.original.__qualname__}: {attempts}")

    def look_at(self, args, kwargs):
        # Raise the first error if its attempt used up an argument, or left one that is of no use.
        error = self.first
        why = "" if error is None else whole_obstacle(args, kwargs, error)
        if error is not None and why:
            self.first = None
            add_note(error, f"{self.guard.original.__qualname__}: 1 attempt, for {why}")
            raise error
        self.since = self.began = monotonic()

class Guard(Backoff):
    # `attempts` of the whole function in all, with waits as `Backoff` has them. `breaker` is that around the
    # function, `perceive` explains what fails.

    __slots__ = ("breaker", "idempotent", "perceive")

    def __init__(
        self, original, attempts=1, first=0.1, most=5.0, budget=45.0, *, idempotent=True, breaker=None, perceive=None
    ):
        super().__init__(original, attempts, first, most, budget)
        self.breaker = breaker
        self.idempotent = idempotent
        self.perceive = perceive

    def on_failure(self, error, deadline=None, /, **arguments):
        # What makes further attempts after the first one's `error`, or None if that stands; the breaker hears of it,
        # and in the error's notes stand the arguments that don't satisfy their annotations.
        if self.perceive is not None:
            self.perceive.explain(error, **arguments)
        state = GuardState(self, deadline, None if deadline is None else deadline.end - deadline.seconds)
        return None if state.failed(error) is None else state

    def wait_after(self, error, deadline, tried, began, since):
        # Seconds until another attempt after `tried` of them, the further ones since `began` (monotonic seconds), or
        # None if `error` stands; the breaker hears of it.
        if self.breaker is not None:
            self.breaker.failed(error)
            if self.breaker.is_open:
                return None
        if not is_transient(error, (), self.idempotent) or is_final(error, since):
            return None
        left = self.budget - (monotonic() - began)
        deadline = deadline or live_deadline()
        if deadline is not None:
            left = min(left, deadline.end - monotonic())
        return self.pause_after(tried, retry_after(error), left)

    def iterated(self, function, /, *args, **kwargs):
        # The generator `function(*args)`, started anew while it fails before its first item; never after it.
        inner = None

        def attempt():
            nonlocal inner
            inner = function(*args, **kwargs)
            try:
                return True, next(inner)
            except StopIteration as stop:
                return False, stop.value

        state = GuardState(self, None, monotonic())
        try:
            goes_on, first = attempt()
        except Exception as error:
            if state.failed(error) is None:
                raise
        else:
            return (yield from resumed(inner, first)) if goes_on else first
        state.look_at(args, kwargs)
        goes_on, first = repeat(state, attempt, state.wait)
        return (yield from resumed(inner, first)) if goes_on else first

def resumed(inner, item):
    # `yield from inner` for a generator whose first item was already taken (PEP 380's expansion).
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
