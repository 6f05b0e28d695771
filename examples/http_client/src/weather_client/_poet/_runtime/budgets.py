# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
import sys
from .calls import (
    CLEANUP_GRACE, NEARLY, OUTER_DEADLINE, limited_call, live_deadline, mark_final, named_class, own_dict, parts_of,
    running_task, running_trio, task_here
)
from .core import BudgetSpentError, KNOWN, Stays, checked_seconds, fork_aware, looked_up, monotonic, reached, root_of
from functools import partial
from heapq import heapify, heappop, heappush
from operator import getitem, is_
from os import environ
from sys import is_finalizing
from threading import Condition, Lock, Thread, get_ident
from time import sleep
from types import FunctionType, GeneratorType
from weakref import ref

# -- cleaning: Whether code is cleaning up: in `finally`, in `except`, in what leaves a `with`.

# names of functions that the language calls when something is left
LEAVING = frozenset({"__exit__", "__aexit__", "__del__"})

# file, first line and name of a function -> first and last lines of its `finally` and `except` blocks
CLEANUP_LINES = {}

RUNTIME_HOME = __name__.rpartition(".")[0]  # where the runtime's modules lie

IS_BUILT = "_poet." in __name__  # whether this is the copy beside built functions

# what begins the names of all modules that a build wrote
OUTPUT_HOME = __name__[: __name__.rfind("_poet.") + len("_poet.")] if IS_BUILT else RUNTIME_HOME + "."

def is_cleaning(deadline, frame, error=None):
    # Whether the code of that frame, which the deadline holds for, cleans up after what ended in it.
    handled = sys.exception()
    if handled is not None and handled is not deadline.handled and handled is not error:
        return True
    return is_within_cleanup(deadline, frame)

def is_within_cleanup(deadline, frame):
    # Whether the frame, or one around it inside of the deadline's call, stands in code that cleans up.
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(OUTPUT_HOME):
            if frame.f_code.co_name in LEAVING or cleans_up(frame):
                return True
        elif is_beginning(name) and any(value is deadline for value in frame.f_locals.values()):
            return False
        frame = frame.f_back
    return False

def is_beginning(module):  # Whether the built functions of that module begin calls; the runtime's own only serve them.
    return IS_BUILT and not f"{module}.".startswith(f"{OUTPUT_HOME}_runtime.")

def cleans_up(frame):
    # Whether the line that a frame is at stands in a `finally` or `except` block, as far as the source is there.
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
    # First and last lines of the blocks of a function that clean up; none where its source can't be read.
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

# -- own_limits: Limits of the user's own that a passed one would take the place of: in subclasses, adapters,
# wrappers, patches.

# packages of the standard library whose code passes limits on as it gets them; so do those in `Known.limits`
OF_LANGUAGE = frozenset({"builtins", "http", "smtplib", "socket", "ssl", "subprocess", "urllib"})

UNKNOWN_LIMIT = -1.0  # there is a limit, and nobody knows which

CLASS_LIMITS = {}  # what was found of a class, by it and the parameter's name

LIMITLESS = set()  # classes of attributes that bring in no limit, as far as they were met

CALLED_LATER = ("partial", "partialmethod")

MOST_LIMITED_CLASSES = 256

class ClassLimit:  # The limit that a class brings in, and the attributes that it had when that was found.
    __slots__ = ("dicts", "holders", "limit", "methods", "names", "sizes")

    def __init__(self, cls, limit):
        self.limit = limit
        self.dicts = [each.__dict__ for each in cls.__mro__[:-1]]
        self.sizes = list(map(len, self.dicts))
        found = [(own, name) for own in self.dicts for name in KNOWN.sends if name in own]
        self.holders = [own for own, _ in found]
        self.names = [name for _, name in found]
        self.methods = [own[name] for own, name in found]

    def holds(self):  # Whether the class is as it was.
        try:
            is_same = all(map(is_, map(getitem, self.holders, self.names), self.methods))
        except KeyError:  # another method came in its place
            return False
        return is_same and list(map(len, self.dicts)) == self.sizes

def own_limit(function, name):
    # The smallest limit that would be overruled by passing `name`, `UNKNOWN_LIMIT`, or None if there is none.
    return smallest(limits_behind(function, name))

def smallest(limits):  # The smallest of some limits; `UNKNOWN_LIMIT` if none is known.
    found = [limit for limit in limits if limit is not None]
    return min((limit for limit in found if limit != UNKNOWN_LIMIT), default=UNKNOWN_LIMIT if found else None)

def limits_behind(function, name):
    # What each part behind a function brings in: itself, what it wraps, its object, that object's adapters.
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
        for rule in KNOWN.behind:
            for cls in rule["classes"] if rule["root"] == root_of(plain) else ():
                yield from (limit_of_class(each, name) for each in named_class(cls))
    if owner is not None and not isinstance(owner, type):
        for part in (owner, *parts_of(owner)):
            yield limit_of_object(part, name)

def limit_of_object(thing, name):  # The limit that an object's class, or what was set on the object itself, brings in.
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
    # The limit that methods bring in that no client's package has written: of subclasses, and patched in.
    if not isinstance(cls, type):
        return None
    known = CLASS_LIMITS.get((cls, name))
    if known is not None and known.holds():
        return known.limit
    if len(CLASS_LIMITS) >= MOST_LIMITED_CLASSES:
        CLASS_LIMITS.clear()
    found = []
    if any(root_of(each) in OF_LANGUAGE.union(KNOWN.limits) - {"builtins"} for each in cls.__mro__):
        found = [limit_of_attribute(value, name) for each in cls.__mro__ for value in tuple(each.__dict__.values())]
    known = CLASS_LIMITS[cls, name] = ClassLimit(cls, smallest(found))
    return known.limit

def limit_of_attribute(value, name):  # The limit that one attribute brings in, if it is something to call.
    kind = type(value)
    if kind is FunctionType:
        return limit_of_function(value, name)
    if kind.__name__ in CALLED_LATER:
        return number_of(value.keywords.get(name))
    return None

def limit_of_function(function, name, called=False):
    # The limit that a function brings in that no client's package has written; `called`: it gets the limit itself.
    if type(function) is not FunctionType or root_of(function) in OF_LANGUAGE or root_of(function) in KNOWN.limits:
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

def number_of(value):  # A limit as a number; `UNKNOWN_LIMIT` for one of another form.
    if value is None:
        return None
    return float(value) if type(value) in (int, float) and value > 0 else UNKNOWN_LIMIT

# -- limits: What is left of a budget, passed to a call as its time limit; never in the place of a smaller one.

VAR_KEYWORDS = 0x08  # the flag of code objects of functions that take `**kwargs` (`inspect.CO_VARKEYWORDS`)

# the limits of the steps of a request, which a `Timeout` of some clients has
PARTS = ("connect", "read", "write", "pool")

WHOLE = ("total", "_connect", "_read")  # those of other clients'

def gave_up(function, result):
    # Whether a wait for another thread ended without what it waited for, which only its result tells:
    owner = looked_up(function, "__self__")
    if owner is not None:
        return type(owner).__module__ in ("_thread", "threading") and not result
    return bool(looked_up(function, "__module__") == "concurrent.futures._base" and looked_up(result, "not_done"))

def says_nothing_of_time(error):
    # Whether a wait that was cut short failed with what elsewhere means something else: a queue is empty, or full.
    return type(error).__module__ in ("queue", "_queue") and type(error).__name__ in ("Empty", "Full")

def limited(function, left, name, scale, kwargs):
    # `kwargs` with `left` seconds as `name`, if the caller gave no limit and `function` takes one by that name.
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
    # Whether a limit that a parameter would overrule stands in a connection string or the environment.
    return any(
        name == rule["parameter"]
        and (rule["environment"] in environ or any(type(each) is str and name in each for each in values))
        for rule in KNOWN.limit_texts
    )

def takes_all(function, name):
    # Whether all that is left may be passed as `name`: to a function that no client owns, and with no limit else.
    if type(function) is not FunctionType or looked_up(function, "__self__") is not None:
        return False
    return takes(function, name) and usual_default(function, name) is None and own_limit(function, name) is None

def takes(function, name):
    # Whether `function` takes a keyword argument `name`: what stands in for a client in a test may not.
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

def usual_default(function, name):  # The default of a parameter of a function in Python, or None.
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
    # The limit that holds if none is given: the default of the parameter, or the client's own setting.
    usual = usual_default(getattr(function, "__func__", function), name)
    if type(usual) in (int, float) or is_composed(usual):
        return usual
    owner = looked_up(function, "__self__")
    for own in (reached(owner, path) for path in ("timeout", *KNOWN.settings)):
        if type(own) in (int, float) or is_composed(own) or is_pooled(own):
            return own
    socket = sys.modules.get("socket")
    return socket.getdefaulttimeout() if socket is not None and usual is not None else None

def is_pooled(limit):  # Whether a limit is made of one in all, of connecting and of reading, and says something.
    own = own_dict(limit)
    return all(part in own for part in WHOLE) and any(type(own[part]) in (int, float) for part in WHOLE)

def is_composed(limit):  # Whether a limit is made of several, one for each step.
    return limit is not None and not isinstance(limit, int | float) and all(hasattr(limit, part) for part in PARTS)

def narrowed(usual, left, unit):
    # The limit to pass, `left` seconds at most; None where the usual one ends no later. `unit` is that of numbers.
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

# -- watcher: One thread that tells budgets and calls when their end has come.

IDLE_SECONDS = 5.0  # after which the thread ends if there is nothing to watch

LEAST_PURGED = 1_000  # entries, from which on those of calls that have ended are thrown out early

class Watcher:
    # Calls `end_comes` of each thing that it was given, once its `end` (monotonic seconds) has come, and again
    # after so many seconds as that gives.

    __slots__ = ("__weakref__", "changed", "entries", "is_running", "number", "purged_at")

    def __init__(self):
        self.entries = []  # a heap of: end, number, reference to the deadline, which is dead once the call has ended
        self.changed = Condition()
        self.is_running = False
        self.number = 0
        self.purged_at = LEAST_PURGED
        fork_aware(self)

    def watch(self, deadline):  # Tell the deadline of its end; False if no thread can be started for it.
        return self.add(deadline, deadline.end)

    def add(self, deadline, when):
        # Tell the deadline at that moment; no thread runs, nor starts, any more while the interpreter ends.
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

    def started(self):  # Start the thread; False if the system has none left, or the interpreter is shutting down.
        try:
            Thread(target=self.run, name="poet budgets", daemon=True).start()
        except RuntimeError:
            return False
        self.is_running = True
        return True

    def run(self):  # What the thread does until there is nothing to do.
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

    def taken(self):  # What is due, in a list that the thread empties: it keeps nothing alive while it waits.
        now, due = monotonic(), []
        while self.entries and self.entries[0][0] <= now:
            deadline = heappop(self.entries)[2]()
            if deadline is not None:
                due.append(deadline)
        return due

    def tell(self, deadline):  # Tell of the end, with no lock held; what fails there must not end the thread.
        try:
            again = deadline.end_comes()
        except Exception:  # what it found in another thread's frames was gone by then
            again = None
        if again is not None:
            self.add(deadline, monotonic() + again)

    def purge(self):  # Throw out the entries of calls that have ended; call it with the lock held.
        self.entries = [entry for entry in self.entries if entry[2]() is not None]
        heapify(self.entries)
        self.purged_at = max(LEAST_PURGED, 2 * len(self.entries))

    def forked(self):  # In the child of a fork: the thread is gone, and who held the lock is.
        self.changed = Condition()
        self.is_running = False
        self.purge()
        if self.entries:
            self.started()

WATCHERS = []  # the process's one watcher, made when the first is needed

def watch(deadline):  # Whether the process's watcher marks that deadline from now on.
    if not WATCHERS:
        WATCHERS.append(Watcher())
    return WATCHERS[0].watch(deadline)

# -- stopping: Calls that take no time limit, ended by another thread in the way that their own library offers.

STOPS = ("interrupt", "cancel")  # methods with which a connection of a database ends what it is doing, from any thread

INNERMOST_FRAMES = 12  # innermost frames of a thread that are looked at

STOP_GRACE = 0.25  # seconds that a call gets to end after it was stopped, before an alarm tears it apart

class Stop:  # The end of one call, at `end` (monotonic seconds): `stop` is called then, by another thread.
    __slots__ = ("__weakref__", "end", "is_done", "lock", "stop", "stopped")

    def __init__(self, end, stop):
        self.end = end
        self.stop = stop
        self.lock = Lock()
        self.is_done = False
        self.stopped = False

    def end_comes(self):  # Begin to stop the call, in a thread that may wait for a server.
        Thread(target=self.run, name="poet stop", daemon=True).start()
        return None

    def run(self):  # Stop the call if it still goes on.
        with self.lock:
            if not self.is_done:
                self.stopped = True
                try:
                    self.stop()
                except Exception:  # a connection that is closed by now, a server that is gone: the call finds out
                    return

    def close(self):  # Note that the call is over, so that the next one isn't stopped; whether it was.
        got = self.lock.acquire(timeout=1.0)
        self.is_done = True
        if got:
            self.lock.release()
        return self.stopped

def stopped_call(deadline, end, how, function, args, kwargs):
    # `function(*args, **kwargs)`, stopped at `end`; an error that comes of that is `BudgetSpentError`.
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
    # The method "connection.cancel()" of the object that `function` is one of; None if there is none.
    found = looked_up(function, "__self__")
    for name in how.removesuffix("()").split("."):
        found = looked_up(found, name)
    return found if callable(found) else None

def frame_of(thread):  # The innermost frame of a thread; None once it has ended.
    return sys._current_frames().get(thread)

def stop_statement(thread):  # Have the database's driver stop what a thread waits for, if it does wait for one.
    stop = cursor_stop(frame_of(thread))
    if stop is not None:
        stop()

def package_of(frame):  # The package of a frame's code; of `http` only what asks, not what answers.
    name = str(frame.f_globals.get("__name__", ""))
    return "" if name == "http.server" else name.partition(".")[0]

def cursor_stop(frame):
    # What stops the statement that a driver in C executes for the innermost frame, if that is a known package's.
    for _ in range(INNERMOST_FRAMES):
        if frame is None or package_of(frame) not in ("selectors", *KNOWN.drivers):
            break
        frame = frame.f_back
    if frame is None or package_of(frame) not in KNOWN.layers:
        return None
    for value in dict(frame.f_locals).values():
        if hasattr(type(value), "execute"):
            connection = looked_up(value, "connection")
            stops = [stop for stop in (looked_up(connection, name) for name in STOPS) if callable(stop)]
            if stops:
                return stops[0]
    return None

# -- deadline: One budget of time for a whole call, shared by everything the call does.

OUTER = OUTER_DEADLINE  # under a name that isn't imported: calls of its methods are quicker for that (Python 3.11)

WAIT = "*"  # in the place of a parameter's name: the call does nothing but wait for so many seconds

SLEEP = sleep  # `time.sleep` as it was when the program began: what stands in for it in a test needn't take any time

# how loops notice the end: they read the clock; an alarm interrupts them; another thread leaves a mark, because
# it waits for the call, or because it watches the budgets of all long loops
BY_CLOCK, BY_ALARM, BY_WAITER, BY_WATCHER = 0, 1, 2, 3

LOOKS = 50  # steps after which a loop no longer reads the clock itself: about what it costs to have it watched

def whole_steps(deadline, steps):
    # What a generator that got a time limit gives; its end is none if it comes of that limit.
    result = yield from steps
    deadline.left()
    return result

class Deadline:  # The end of a budget of `seconds`; never later than that of an enhanced call around this one.
    __slots__ = (
        "__weakref__", "cleanup_end", "end", "handled", "is_alone", "is_live", "is_over", "looks", "outer", "owner",
        "seconds", "token", "watch"
    )

    def __init__(self, seconds):
        self.seconds = seconds
        self.end = monotonic() + seconds
        self.outer = outer = OUTER.get()
        if outer is not None:
            self.outer = outer = live_deadline()
            if outer is not None and outer.end < self.end:
                self.end, self.seconds = monotonic() + outer.left_now(), outer.seconds
        self.is_live = True
        self.is_alone = False  # entered, with nothing more to do for a call than to pass on what is left
        self.is_over = False
        self.looks = 0
        self.watch = BY_CLOCK
        self.token = None
        self.owner = None  # the thread's number, or the task, that entered it
        # the exception that was being handled then: the call's caller, not the call, cleans up because of it
        self.handled = None
        self.cleanup_end = None  # until when what cleans up may go on, once that has been asked for

    def __enter__(self):
        self.is_live = True
        self.is_alone = self.outer is None
        self.owner = get_ident()
        self.handled = sys.exception()
        self.token = OUTER.set(self)

    def __exit__(self, kind, raised, trace):
        self.is_live = self.is_alone = False
        self.handled = None
        token, self.token = self.token, None
        if token is not None:
            try:
                OUTER.reset(token)
            except ValueError:  # a coroutine that was thrown away is closed in another context than its own
                return

    def left(self):  # Seconds left, more than 0; raises `BudgetSpentError` when there are none.
        left = self.end - monotonic()
        if left < CLEANUP_GRACE:
            left = self.left_now()
            if left <= 0:
                raise self.spent()
        return left

    def left_now(self, error=None):
        # Seconds left; at least those of the grace where the current code cleans up. `error`: see `is_cleaning`.
        left = self.end - monotonic()
        if left < min(CLEANUP_GRACE, NEARLY * self.seconds) and is_cleaning(self, sys._getframe(1), error):
            return self.grace_end() - monotonic()
        return left

    def grace_end(self):  # When what cleans up is to be over: counted from when that first mattered.
        if self.cleanup_end is None:
            self.cleanup_end = max(self.end, monotonic()) + CLEANUP_GRACE
        return self.cleanup_end

    def is_here(self):  # Whether the current code runs in the thread or task that entered this.
        owner = self.owner
        return bool(owner == get_ident() if type(owner) is int else owner is None or owner is task_here())

    def allow(self, seconds):  # Let an alarm, of this budget or of one around it, ring so much later.
        if self.outer is not None:
            self.outer.allow(seconds)

    def end_comes(self):
        # Hear from another thread that the end has come; seconds until it shall say so again, or None.
        self.is_over = True
        return None

    def passed_to(self, function, name, scale=None):
        # `function`, called once, with what is left as its argument `name` if it is given none.

        def timed(*args, **kwargs):
            return limited_call(self, function, name, scale, args, kwargs)

        return timed

    def call(self, function, name, scale, args, kwargs):
        # `function(*args, **kwargs)` with what is left as `name` (see `limited`), and no longer than that.
        left = self.left()
        if not name.isidentifier():
            return self.otherwise_limited(left, name, function, args, kwargs)
        given = kwargs
        if name not in kwargs and not is_in_text(name, (*args, *kwargs.values())):
            kwargs = limited(function, left, name, scale, kwargs)
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            if kwargs is not given and says_nothing_of_time(error) and self.left_now(error) <= 0:
                raise self.spent() from error
            raise
        if (result is None or result is False or isinstance(result, tuple)) and gave_up(function, result):
            self.left()
        return whole_steps(self, result) if kwargs is not given and type(result) is GeneratorType else result

    def otherwise_limited(self, left, how, function, args, kwargs):
        # `function(*args, **kwargs)`, which takes no time limit: a wait that is cut short, or a call that another
        # thread stops by `how` (see `stopped_call`).
        if how != WAIT:
            return stopped_call(self, monotonic() + left, how, function, args, kwargs)
        seconds = args[0] if len(args) == 1 and not kwargs else None
        is_ended = self.watch in (BY_ALARM, BY_WAITER)  # by what `except Exception` doesn't swallow
        if is_ended or function is not SLEEP or type(seconds) not in (int, float) or seconds <= left:
            return function(*args, **kwargs)
        function(left)
        raise self.spent()

    def is_all_for(self, function, name):  # Whether all that is left may be passed to `function` as `name`.
        return takes_all(function, name)

    def lasts(self):  # True while there is time left, for the head of a `while`; else raises `BudgetSpentError`.
        if self.is_over or (not self.watch and self.ends()):
            self.left()
        return True

    def ends(self):  # Whether the end has come, by the clock; who asks often has it watched.
        self.looks += 1
        if self.looks == LOOKS:
            self.have_watched()
        return monotonic() >= self.end

    def have_watched(self):  # Leave it to another thread to notice the end, if there can be one.
        if self.watch == BY_CLOCK and watch(self):
            self.watch = BY_WATCHER

    def over(self, items):
        # `items`, for the head of a `for`; raises `BudgetSpentError` at the first step after the end.
        if self.watch == BY_ALARM:
            return items
        return (timed_steps if self.watch == BY_CLOCK else marked_steps)(self, iter(items).__next__)

    def over_async(self, items):  # `over` for the head of an `async for`.
        return AsyncSteps(self, items)

    def run(self, function, /, *args, **kwargs):  # `function(*args)` within the budget.
        with self:
            return function(*args, **kwargs)

    def spent(self):  # The error to raise when the budget is used up; it is never retried.
        error = BudgetSpentError(f"the call's budget of {self.seconds:g} s is spent")
        mark_final(error)
        return error

class Budget(Stays):  # `seconds` for each call of a function: its calls and loops look at what is left.
    __slots__ = ("deadline", "original")

    def __init__(self, original, seconds):
        self.original = original
        # `deadline()` is the end of a call's budget, counted from now
        self.deadline = self.made(checked_seconds("budget", seconds, above=0.0))

    def made(self, seconds):  # What makes the deadlines.
        return partial(Deadline, seconds)

def timed_steps(deadline, step):  # What `step()` gives until it raises StopIteration, and as long as the clock allows.
    try:
        while True:
            if deadline.is_over or (not deadline.watch and deadline.ends()):
                deadline.left()
            yield step()
    except StopIteration:
        return

def marked_steps(deadline, step):  # `timed_steps`, for a deadline that another thread watches.
    try:
        while True:
            if deadline.is_over:
                deadline.left()
            yield step()
    except StopIteration:
        return

class AsyncSteps:
    # `timed_steps` of an asynchronous iterable; what its `__anext__` gives is awaited by the loop itself.

    __slots__ = ("deadline", "step")

    def __init__(self, deadline, items):
        self.deadline = deadline
        self.step = aiter(items).__anext__

    def __aiter__(self):
        return self

    def __anext__(self):
        self.deadline.lasts()
        return self.step()

# -- cancel: A budget for a coroutine: cancelled at its end by the event loop that runs it.

class LoopAlarm:  # The budgets of all calls under way in one event loop, watched with one timer.
    __slots__ = ("limits", "ring_at", "timer")

    def __init__(self):
        self.limits = set()
        self.ring_at = float("inf")
        self.timer = None

    def wind(self, loop, when):  # Set the timer to that moment, which is before any that it was set to.
        if self.timer is not None:
            self.timer.cancel()
        self.ring_at = when
        self.timer = loop.call_at(when, self.ring, loop)

    def ring(self, loop):  # Cancel what is over its time, and set the timer for what is over next.
        now = max(self.ring_at, loop.time())  # loops let timers run a little early
        self.ring_at, self.timer = float("inf"), None
        for limit in list(self.limits):
            if limit.when <= now:
                limit.ring()
        if self.limits:
            self.wind(loop, min(limit.when for limit in list(self.limits)))

class LoopLimit:
    # The end of one call's budget on the clock of its event loop; the rules of cancelling are `asyncio.timeout`'s.

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

    def ring(self):  # Cancel the task.
        self.alarm.limits.discard(self)
        self.rang = True
        self.task.cancel()

    def ended(self, error):
        # Take note that the call is over; whether it ended with `error` because its time was up, and only for that.
        self.alarm.limits.discard(self)
        if not self.rang:
            return False
        is_only_reason = self.task.uncancel() <= self.cancelling
        if isinstance(error, TimeoutError):  # what the call made of being cancelled
            return True
        return is_only_reason and isinstance(error, sys.modules["asyncio"].CancelledError)

def alarm_of(loop):  # The alarm of an event loop, kept with the loop itself, for as long as that lives.
    alarm = getattr(loop, "poet_alarm", None)
    if alarm.__class__ is LoopAlarm:
        return alarm
    alarm = LoopAlarm()
    try:
        loop.poet_alarm = alarm
    except Exception:  # a loop that takes no attributes: then every call has its own
        return alarm
    return alarm

class AsyncDeadline(Deadline):  # A deadline at which what is awaited is cancelled.
    __slots__ = ()

    async def within(self, awaitable):
        # `await awaitable`, cancelled at the end by asyncio or trio; under any other loop the end is only known.
        try:
            left = self.left()
        except BaseException:
            close = getattr(awaitable, "close", None)
            if close is not None:  # never started: no warning that it was never awaited
                close()
            raise
        with self:
            loop, task = running_task()
            self.owner = task_here() if task is None else task
            if task is None:
                return await within_trio(self, left, awaitable)
            limit = LoopLimit(loop, task, left)
            try:
                result = await awaitable
            except BaseException as error:
                if limit.ended(error):
                    raise self.spent() from None
                raise
            limit.ended(None)
            return result

class AsyncBudget(Budget):  # A `Budget` of a coroutine function.
    __slots__ = ()

    def made(self, seconds):  # See `Budget.made`.
        return partial(AsyncDeadline, seconds)

async def within_trio(deadline, left, awaitable):
    # `AsyncDeadline.within` under trio, or under a loop that is known to nobody.
    trio = running_trio()
    if trio is None:
        return await awaitable
    with trio.move_on_after(left) as scope:
        return await awaitable
    if scope.cancelled_caught:
        raise deadline.spent()
    return None
