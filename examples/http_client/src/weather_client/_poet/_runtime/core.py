# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
import os
import sys
import time
from functools import partial
from opcode import opmap
from os import environ
from types import CellType, CodeType, FunctionType, ModuleType
from weakref import WeakSet, WeakValueDictionary, ref

# -- shared: What all copies of the runtime in a process have in common, by identity: the classes that programs
# catch, and the state of `testing`.

SHARED_HOME = "poet_shared_1"

def shared(name, made):  # What the first copy has made of that name; `made`, if this is the first.
    home = sys.modules.setdefault(SHARED_HOME, ModuleType(SHARED_HOME))
    found = home.__dict__.setdefault(name, made)
    return found

def public(kind):  # The class of that name that programs know.
    return shared(kind.__name__, kind)

# -- validate: Numbers that `bind` hands to the runtime, refused at import if nothing could be done with them.

def checked_count(name, value, least=1):
    # `value` if it is a whole number of at least `least`; raises ValueError for anything else, bools included.
    if type(value) is not int or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value

def checked_seconds(name, value, above=-1.0):
    # `value` if it is a finite number of seconds, 0 or more and above `above`; raises ValueError for others.
    if type(value) not in (int, float) or not 0 <= value < 1e9 or value <= above:
        least = "above 0" if above >= 0 else "of 0 or more"
        raise ValueError(f"{name} must be a finite number of seconds {least}, not {value!r}")
    return value

def checked_share(name, value, least=0.0, most=1.0):
    # `value` if it is a number from `least` to `most`; raises ValueError for others, for NaN and bools too.
    if type(value) not in (int, float) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value

# -- errors: What linked functions raise and warn of, on top of what the user's own code raises; of all packages
# the same.

@public
class PerceiveError(TypeError, ValueError):
    """An argument doesn't satisfy its annotation and can't be repaired (`strict`), or a domain can't use it."""

@public
class EnforceError(ValueError):
    """A result breaks the output contract (`strict`, or a domain's contract)."""

@public
class CircuitOpenError(ConnectionError):
    """The breaker of this function is open: the call was not made."""

@public
class BudgetSpentError(TimeoutError):
    """The call's whole budget (`timeout=`) is spent."""

@public
class BudgetMissedWarning(RuntimeWarning):
    """A value came after its call's budget was spent; said once per function."""

@public
class PoetStaleError(ImportError):
    """The source changed since the build, and the project asked for an error (`stale = "error"`)."""

@public
class PoetStaleWarning(UserWarning):
    """The source changed since the build; said once per function, at import."""

@public
class PoetContractWarning(UserWarning):
    """A result or an argument broke its contract and was passed on; said once per function."""

@public
class PoetRepairWarning(UserWarning):
    """An argument was text and was made the number or date that it says; said once per function and parameter."""

# -- testing: Tests of linked code, of all packages: no waits, no more attempts than asked for, nothing of the
# test before.

TYPE_CHECKING = False

# environment variable: the number of attempts, for a whole process; empty or 0: no testing
TESTING_VARIABLE = "POET_TESTING"

LARGEST_NUMBER = 9  # digits of that variable which are read; no test tries more often

# environment variable in which pytest says which test runs, and in brackets which part of it
CURRENT_TEST_VARIABLE = "PYTEST_CURRENT_TEST"

# the test that was under way when something was last looked at that a test must not leave behind
CURRENT_TEST = shared("CURRENT_TEST", [""])

# what a test may leave behind for the next one, and forgets by its method `forget`: breakers, rate limits
LEFT_BY_TESTS = shared("LEFT_BY_TESTS", WeakSet())

class AskedAttempts:  # What one `with testing(...)` asks for, as long as it lasts; equal to nothing but itself.
    __slots__ = ("attempts",)

    def __init__(self, attempts):
        self.attempts = attempts

# what the `with testing(...)` around the current code asked for, innermost last; for all threads
TESTING_ATTEMPTS = shared("TESTING_ATTEMPTS", [])

@public
class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Of several such blocks the one that was entered last counts, until it is left. Breakers and rate limits start anew
    when the outermost one is entered, and when it is left. Budgets still hold. Raises ValueError if `attempts` is no
    whole number of at least 1.
    """

    __slots__ = ("attempts", "entered")

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(self, attempts: int = 1) -> None: ...

    def __init__(self, attempts=1):
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
    # The attempts that a test asks for, or None outside of tests; looked at only once something has failed.
    for asked in reversed(TESTING_ATTEMPTS):
        return asked.attempts
    text = environ.get(TESTING_VARIABLE, "")
    return int(text[:LARGEST_NUMBER]) or None if text.isascii() and text.isdigit() else None

def start_anew():  # Forget what failed, and how much was used up; not to be called with a lock held.
    for thing in list(LEFT_BY_TESTS):
        thing.forget()

def look_for_new_test():
    # Start anew if another test of pytest is under way than at the last look, in a process with POET_TESTING.
    if TESTING_VARIABLE in environ and testing_attempts() is not None:
        test = environ.get(CURRENT_TEST_VARIABLE, "").rpartition(" (")[0]
        if test and test != CURRENT_TEST[0]:
            CURRENT_TEST[0] = test
            start_anew()

# -- breakers_by_name: The breakers of a package, for programs that look at them or set them by hand.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def breakers() -> dict[str, Any]:
        """For type checkers: the copy that is linked has no other annotations."""

BREAKERS = WeakValueDictionary()  # dotted name of the function -> its breaker, as long as the function lives

def breakers():
    """The breakers of all linked functions, by the function's dotted name:
    `breakers()["app.pay.receipt"].isolate()`."""
    return dict(BREAKERS)

# -- known: What is known of libraries: facts of poetc's catalogue, which `poet build` writes beside these
# files.

class Known:
    # The facts, each a tuple of names or of rules, all libraries' together; one that nobody has set says nothing.

    def __getattr__(self, fact):
        return ()

KNOWN = Known()

# -- notes: What is left on an error for people to read.

MOST_NOTES = 12  # notes of ours on one error; the oldest go first

OURS = "poet: "  # how they begin

def is_ours(note):  # Whether a note of an error is one of poet's.
    return type(note) is str and note.startswith(OURS)

def add_note(error, *notes):
    # Add notes that it doesn't have yet to an exception that keeps its type and arguments; some classes refuse.
    try:
        for note in notes:
            said = [each for each in getattr(error, "__notes__", ()) if is_ours(each)]
            if OURS + note in said:
                continue
            if len(said) >= MOST_NOTES:
                error.__notes__.remove(said[0])
            error.add_note(OURS + note)
    except Exception:
        return

# -- hooks: What happens inside a call, said to whoever listens: nobody, unless events are on.

# called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and
# what is to be said
OBSERVERS = []

def name_of(function):  # The dotted name of a function, "app.pay.receipt".
    return f"{function.__module__}.{function.__qualname__}"

def notice(kind, function, /, **said):  # Tell the observers; what they raise never reaches the call.
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)

def shielded(listener, /, *args):  # `listener(*args)`; an exception of it is logged and kept from the call.
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)

def log_failure(message, about):
    # Log the exception that is being handled; a handler or filter of the program's that raises is kept from the
    # call as well.
    try:
        from logging import getLogger

        getLogger("poet").exception(message, about)
    except Exception:
        return

# -- lookups: Reading what others have made, none of which may break the call that it is read for.

def looked_up(holder, name):
    # `holder.name`, or None if there is none, or if looking it up fails: properties of errors may raise anything.
    try:
        return getattr(holder, name, None)
    except Exception:  # it must never take the place of the error that is looked at
        return None

def reached(holder, path):
    # What a path like "response.headers" leads to, by attributes, keys of dicts and positions in tuples and lists;
    # a name that ends in "()" is called.
    for step in path.split("."):
        if type(holder) is dict:
            holder = holder.get(step)
        elif type(holder) in (tuple, list):
            holder = holder[int(step)] if step.isdecimal() and int(step) < len(holder) else None
        elif step.endswith("()"):
            ask = looked_up(holder, step[:-2])
            holder = ask() if callable(ask) else None
        else:
            holder = looked_up(holder, step)
        if holder is None:
            return None
    return holder

def root_of(thing):  # The package that a function or class was written in; "" if it doesn't say.
    home = looked_up(thing, "__module__")
    return home.partition(".")[0] if type(home) is str else ""

# -- travel: What stands in for objects of the runtime where a function is run that was pickled by value
# (cloudpickle, dill).

def made_by_value():  # A function that can't be found in a module by its name, which is therefore pickled as it is.

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
                if thing == "Enforce" or thing.endswith("Retry"):
                    return args[0]
                return args[0](*args[1:], **named)

            awaited = iterated = iterated_async = __call__
            entered = entered_async = unsent = unsent_awaited = fresh = fresh_awaited = __call__

            admits = lasts = lambda self, *given: True
            explain = on_failure = failed = succeeded = __exit__ = lambda self, *given, **named: None
            deadline = __enter__ = lambda self: self
            within = over = over_async = passed_to = lambda self, given, *limit: given

            def value(self, name, value):
                return value

            def run(self, function, *args):
                return function(*args)

        return Plain()

    return plain

PLAIN = made_by_value()

class Stays:  # An object of the runtime: it is not pickled, but replaced by one that does nothing.
    __slots__ = ()

    def __reduce_ex__(self, protocol):  # What pickle makes of it.
        thing = type(self).__name__
        return PLAIN, (thing, getattr(self, "original", None) if thing == "Perceive" else None)

# -- clock: The clocks that budgets and waits go by: the real ones, also while a test holds the user's still or
# moves it.

def real_clocks():  # A copy of the module `time`, with functions of its own.
    spec = time.__spec__
    copy = spec.loader.create_module(spec)
    spec.loader.exec_module(copy)
    return copy

CLOCKS = real_clocks()
monotonic = CLOCKS.monotonic

# -- forks: Objects with locks and counts that must not survive a fork as they are.

FORK_AWARE = WeakSet()  # what has a method `forked`, called in the child: only the thread that forked lives on there

FORK_HOOKS = []  # the one function that was given to `os.register_at_fork`, which keeps it for ever

def fork_aware(thing):
    # Have `thing.forked()` called in every child that is forked from now on, as long as `thing` lives.
    if not FORK_HOOKS and hasattr(os, "register_at_fork"):
        FORK_HOOKS.append(after_fork)
        os.register_at_fork(after_in_child=after_fork)
    FORK_AWARE.add(thing)

def after_fork():  # Tell everything that wants to know.
    for thing in list(FORK_AWARE):
        try:
            thing.forked()
        except Exception:  # one that can't go on must not keep the others from being told
            continue

# -- rng: Random numbers of the runtime's own: the program's sequence, which it may have seeded, goes on
# untouched.

class Chance:  # A generator that is seeded by the system at its first use, and anew in every child of a fork.
    __slots__ = ("__weakref__", "generator")

    def __init__(self):
        self.generator = None
        fork_aware(self)

    def __call__(self):  # A number from 0 up to 1, without 1.
        if self.generator is None:
            from random import Random

            self.generator = Random()
        return self.generator.random()

    def forked(self):  # In the child of a fork: its numbers are not to be those of its parent.
        self.generator = None

chance = Chance()  # the one of this package

# -- relocate: Making a generated function stand where the user's stood: globals, file, lines, names, everything
# visible.

# the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them
# on
FUTURES = 0x1FE0000

NESTED = 0x10  # the flag of code inside of a function (`CO_NESTED`), which beartype looks at

# begins an entry of `co_linetable` (Python 3.11 and later) that has no columns; by how many lines it is further
# down follows, and it counts up to eight instructions, less one, in its last bits
SAME_LINE = 0x80 | 13 << 3

def moved_code(code, home, lines, old, new):
    # `code` and all code inside it, `lines` further down in the file of `home`, its names under `new`, not `old`.
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

# by the identity of a generated code object: that object, the original's, and what was made for it; a function
# that is defined again and again is made of the same code
MADE = {}

class Unfit(Exception):
    # The function that is to be enhanced isn't made like the one that was built: its variables are others.
    pass

def relocate(function, original, perceive=None, lines=None):
    # `function` with the globals, variables, file, lines, defaults and looks of `original`.
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        check_variables(function, original)
        below = home.co_firstlineno - code.co_firstlineno
        moved = moved_code(code if lines is None else lines(code), home, below, code.co_qualname, home.co_qualname)
        made = MADE[id(code)] = (code, home, moved.replace(co_name=home.co_name, co_flags=nested_like(moved, home)))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    if perceive is not None:
        perceive.body = partial(without_checks, function, original)
    return look(settled(function, original), original, perceive)

def without_checks(function, original):
    # `function` for arguments that have been looked at: what stands for its checks lets everything pass.
    own = original.__code__.co_freevars
    names, closure = function.__code__.co_freevars, function.__closure__ or ()
    passed = [
        cell if name in own or not hasattr(cell.cell_contents, "passed") else CellType(cell.cell_contents.passed)
        for name, cell in zip(names, closure, strict=True)
    ]
    unchecked = FunctionType(function.__code__, function.__globals__, None, None, tuple(passed))
    return look(settled(unchecked, original), original)

def copy_metadata(function, original, perceive=None):
    # `function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals.
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        made = MADE[id(code)] = (code, home, code_at_first_line(code, home))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    return look(settled(function, original), original, perceive)

def code_at_first_line(code, home):
    # `code` under the name of `home`, all of it at the first line of that: its decorator, for which it stands.
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

def nested_like(code, home):  # The flags of `code`, but that it is inside of a function if `home` is.
    return code.co_flags & ~NESTED | home.co_flags & NESTED

def cells(function, original):
    # The cells of `function`; for variables that are the original's, its own ones: both see the same values.
    closure, names = function.__closure__, original.__code__.co_freevars
    if not names or closure is None:
        return closure
    own = dict(zip(names, original.__closure__, strict=True))
    return tuple(own.get(name, cell) for name, cell in zip(function.__code__.co_freevars, closure, strict=True))

def check_variables(function, original):
    # Raise Unfit unless the variables that `bind` declares, but leaves empty, are just the original's.
    wanted = set(original.__code__.co_freevars)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name in wanted:
            wanted.remove(name)
        elif name == "__class__" or is_empty(cell):
            raise Unfit(name)
    if wanted:
        raise Unfit(min(wanted))

def is_empty(cell):  # Whether a variable has no value yet.
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True

def in_place_of(before, function):
    # `function`, not built, which a reload has defined in the place of `before`, so that its code can be put into
    # that older object (as IPython's autoreload does): with as many cells, at which it doesn't look.
    code = function.__code__
    if before is None or code.co_freevars or not before.__code__.co_freevars:
        return function
    code = code.replace(co_freevars=before.__code__.co_freevars)
    made = FunctionType(code, function.__globals__, None, None, before.__closure__)
    resemble(made, function)
    return made

def look(function, original, perceive=None):  # `function` with the looks of `original`, which it leads to.
    resemble(function, original)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function

def resemble(function, original):  # Give `function` the names, defaults, docs and attributes of `original`.
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

LOADS, COPIES = opmap["LOAD_DEREF"], opmap["COPY_FREE_VARS"]
FURTHER = opmap["EXTENDED_ARG"]

def settled(function, original):
    # `function` without a closure, if all of it is generated and read by the function's own code alone.
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
    # Bytecode that loads constants, numbered from `first`, where it loaded variables numbered from `index`.
    found, steps = bytearray(text), text[::2]
    copies = steps.find(COPIES)
    if copies >= 0:
        found[2 * copies : 2 * copies + 2] = bytes((opmap["NOP"], 0))
    at = steps.find(LOADS)  # an import that went through all of it would take twice as long
    while at >= 0:
        number = found[2 * at + 1]
        if number >= index and (at == 0 or steps[at - 1] != FURTHER):
            found[2 * at : 2 * at + 2] = bytes((opmap["LOAD_CONST"], number - index + first))
        at = steps.find(LOADS, at + 1)
    return bytes(found)

# -- link: The link table of one module: what `poet` is there once the module is linked.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypeVar, overload

    LinkedF = TypeVar("LinkedF")
    Entry = tuple[Callable[[Any], Any] | None, int, str]
    """what makes the built function, number of its source lines, their sha256"""

HOME = __name__.rpartition(".")[0].rpartition(".")[0]  # the link package that this runtime lies in

class Choice:
    # What was chosen for the function of one name, as long as it has this code: a function inside of another one is
    # defined anew by each call of that.

    __slots__ = ("bind", "code", "latest", "made")

    def __init__(self, code, bind):
        self.code = code
        self.bind = bind
        self.made = None  # the code of the functions that `bind` has made
        self.latest = None  # a weak reference to the last of them

class Link:  # Called as the decorator `poet`; gives back the built function if it is fresh.
    __slots__ = (
        *("alike", "choices", "complained", "entries", "filename", "getters", "lines", "module", "others", "package"),
        *("stale", "stamp", "versions"),
    )

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(self, package: str, /, *, stale: str = "original") -> None: ...

    def __init__(self, package, /, *, stale="original"):
        self.package = package
        self.module = linked_module(package)
        self.others = {}
        self.entries = {}
        self.versions = {}
        self.alike = None
        self.stale = stale
        self.filename = None
        self.stamp = None
        self.lines = None
        self.getters = {}
        self.choices = {}
        self.complained = set()

    def built(self, name, bind, /, *, version, lines, sha256):
        # `bind` makes the built function of the one of that name, as long as its source lines have that hash.
        self.entries[name] = (bind, lines, sha256)
        self.versions[name] = version

    def left(self, name, /, *, lines, sha256):
        # A function that the build found and left as it is: it is stale only once its lines change.
        self.entries[name] = (None, lines, sha256)

    def skipped(self, name, /):  # A mark that isn't one function.
        self.entries[name] = None

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

    def __call__(self, function=None, /, **asked):  # The decorator; its arguments were read at build time.
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing):
        # The built function for a function, or for the functions inside a static method, class method or property.
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

    def table_of(self, function):  # The link table of the module that `function` is from.
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
        # This table for its own file, whatever name that was loaded by; one without entries for another file.
        folder, file = os.path.split(function.__code__.co_filename)
        stem = os.path.basename(folder) if file.startswith("__init__.") else os.path.splitext(file)[0]
        # a file whose name is no identifier (`train-model.py`) is known by the digest that its module's name ends with
        digest = "_" + sha256_of(stem.encode("utf-8", "surrogateescape"))[:8]
        named = self.module.rpartition(".")[2]
        return self if named == stem or named.endswith(digest) else Link(self.package, stale=self.stale)

    def beside(self, name):  # The table of a further module of the same link package; None if there is none.
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
        # A property with each accessor that was built in place of its own; the others needn't be decorated at all.
        own = (thing.fget, thing.fset, thing.fdel)
        given = [f for f in own if type(f) is FunctionType]
        fget, fset, fdel = map(self.accessor, own, ("", ".setter", ".deleter"))
        made = [choice.made for choice in self.choices.values()]
        if given and not any(f.__code__ is code for f in given for code in made) and (fget, fset, fdel) == own:
            names = (f.__qualname__ + role for f in given for role in ("", ".setter", ".deleter"))
            if not any(name in self.entries for name in names):
                self.complain(given[-1], "is not in")
        return property(fget, fset, fdel, thing.__doc__)

    def accessor(self, function, role):  # The built function for an accessor of a property.
        known = type(function) is FunctionType and function.__qualname__ + role in self.entries
        return self.bind(function, role) if known else function

    def bind(self, function, role=None):
        # The built function for `function`, or `function` itself if there is none or it is stale.
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
        choice.made, choice.latest = linked.__code__, ref(linked)
        return linked

    def chosen(self, function, name):
        # What makes the built function of `function`; None: there is none, or it is stale.
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
        if entry[0] is None or not is_rewritten(function.__code__):
            return entry[0]
        if self.alike is None:
            self.alike = imported_by_pytest(self.package).poet
        return (self.alike.entries.get(name) or entry)[0]

    def version_of(self, function):  # The number of the version that is bound to `function`; 0 if there is none.
        name, code = function.__qualname__, function.__code__
        for each in (name, f"{name}.setter", f"{name}.deleter"):
            choice = self.choices.get(each)
            if choice is not None and choice.code is code:
                return self.versions.get(each, 0)
        return 0

    def named(self, function):  # The entry's name for `function`; accessors of one property share a qualified name.
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

    def is_fresh(self, function, entry):  # Whether the function's own lines are those it was built from.
        lines = self.source(function)
        if lines is None:
            return bool(function.__code__.co_qualname == function.__qualname__)
        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256_of(text.encode("utf-8", "surrogatepass")) == entry[2]

    def source(self, function):
        # The lines of the file `function` is from, read once while it stays as it is; None if there is no such file
        # (zip, pyc only).
        filename = function.__code__.co_filename
        try:
            status = os.stat(filename)
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if filename != self.filename or stamp != self.stamp:  # a module that is reloaded may have been edited
            self.filename, self.stamp, self.lines = filename, stamp, source_lines(filename)
        return self.lines

    def complain_of_compiled(self, thing):
        # Say that what `poet build` made isn't used, since there is no Python function to put it in the place of.
        what = f"{self.module}.{thing.__qualname__} is compiled"
        if self.stale == "error":
            raise PoetStaleError(f"{what}, so what `poet build` made of it can't run; leave its module as Python")
        if thing.__qualname__ not in self.complained:
            self.complained.add(thing.__qualname__)
            import warnings

            text = f"{what}: it runs without what `poet build` made of it; leave its module as Python"
            warnings.warn_explicit(text, PoetStaleWarning, self.module, 1, self.module, {})

    def complain(self, function, how, runs="original"):
        # Warn, once per function, or raise if the project asked for that.
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

def is_marked_itself(code):  # Whether a function stands below the mark that is applied now: what runs defines it.
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
    # The name of the module whose link table is `package`; "" for one that isn't in this link package.
    if not package.startswith(HOME + "."):
        return ""
    outer, inner = HOME.rpartition(".")[0], package[len(HOME) + 1 :]
    first, dot, rest = inner.partition(".")
    if first == "_init":
        return outer
    inner = (first[:-1] if first in ("_runtime_", "_init_") else first) + dot + rest
    return f"{outer}.{inner}" if outer else inner

def loaded_table(name):  # The link table of that module, of whatever link package, if it is loaded.
    for key, module in list(sys.modules.items()):
        if "_poet" in key:
            table = getattr(module, "poet", None)
            if type(table).__name__ == "Link" and getattr(table, "module", None) == name:
                return table
    return None

def scripts_module(filename):
    # The module that runs as a script: of the linked ones, whose tables are loaded by now, that with such a path.
    path = "." + os.path.splitext(filename)[0].replace(os.sep, ".")
    named = (getattr(getattr(m, "poet", None), "module", None) for k, m in list(sys.modules.items()) if "_poet" in k)
    ending = (str(name) for name in named if name and path.endswith(f".{name}"))
    return max(ending, key=len, default=path.rpartition(".")[2])

def sha256_of(data):  # The SHA-256 of some bytes, in hexadecimal.
    try:
        module = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:  # an interpreter that was built to have OpenSSL's only
        module = __import__("hashlib")
    return str(module.sha256(data).hexdigest())

def import_module(name):  # A module by its name; `importlib` loads more than the rest of this file.
    __import__(name)
    return sys.modules[name]

def source_lines(filename):  # A source file's lines as the build read them, whatever its encoding and newlines.
    try:
        with open(filename, "rb") as file:
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

# a name that no source can spell: pytest's rewriting of assertions puts it into code, to tell why one failed
BY_PYTEST = "@pytest_ar"

def imported_by_pytest(name):
    # A module, imported once more, its assertions rewritten by pytest; what is imported already stays so.
    first, pytest = sys.modules[name], sys.modules.get("pytest")
    if pytest is None:
        return first
    parent, _, last = name.rpartition(".")
    del sys.modules[name]
    try:
        pytest.register_assert_rewrite(name)
        return import_module(name)
    finally:
        sys.modules[name] = first
        if parent in sys.modules:
            setattr(sys.modules[parent], last, first)

def is_rewritten(code):  # Whether pytest has rewritten assertions in a function, or in one inside of it.
    return BY_PYTEST in code.co_names or any(is_rewritten(each) for each in code.co_consts if type(each) is type(code))
