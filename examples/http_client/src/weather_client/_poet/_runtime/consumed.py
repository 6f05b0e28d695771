# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What an attempt reads up: files, iterators, coroutines, and whatever answers like one.

An argument is asked, not its class: a temporary file, a progress bar and an upload of a framework pass on what they
wrap. What answers for itself is asked only after an attempt, which has used it anyway; before the first one nothing is
looked at but classes and what objects hold, so that nothing lazy is woken.
"""

from itertools import islice

from .kinds import CONTAINERS, READ_UP, defines, kind_of, own_dict
from .known import KNOWN
from .lookups import looked_up


HARMLESS = frozenset({bool, bytearray, bytes, complex, float, int, range, str, type(None)})
"""classes whose objects are never read up"""

CONTAINED = ([], (), {}, set(), "", b"", range(0), {}.keys(), {}.values(), {}.items())

STEPS = frozenset(type(iter(each)) for each in CONTAINED)
"""classes of the iterators of containers: what gives a new one of these each time isn't read up"""

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
    if any(own.get(flag) is True for flag in KNOWN.sent_flags):
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
