# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Limits of the user's own that a passed one would take the place of: in subclasses, adapters, wrappers, patches.

An adapter that sets its 0.5 s where a call has no limit doesn't if `timeout=9.2` is passed. Where code that isn't the
client's stands in the way and mentions the parameter, nothing is passed, unless the number itself can be seen.
"""

from operator import getitem, is_
from types import FunctionType

from .kinds import own_dict, parts_of
from .known import KNOWN
from .lookups import looked_up, root_of
from .transient import named_class


OF_LANGUAGE = frozenset({"builtins", "http", "smtplib", "socket", "ssl", "subprocess", "urllib"})
"""packages of the standard library whose code passes limits on as it gets them; so do those in `Known.limits`"""

UNKNOWN_LIMIT = -1.0
"""there is a limit, and nobody knows which"""

CLASS_LIMITS = {}
"""what was found of a class, by it and the parameter's name"""

LIMITLESS = set()
"""classes of attributes that bring in no limit, as far as they were met"""

CALLED_LATER = ("partial", "partialmethod")

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
        found = [(own, name) for own in self.dicts for name in KNOWN.sends if name in own]
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
        for rule in KNOWN.behind:
            for cls in rule["classes"] if rule["root"] == root_of(plain) else ():
                yield from (limit_of_class(each, name) for each in named_class(cls))
    if owner is not None and not isinstance(owner, type):
        for part in (owner, *parts_of(owner)):
            yield limit_of_object(part, name)


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
    if any(root_of(each) in OF_LANGUAGE.union(KNOWN.limits) - {"builtins"} for each in cls.__mro__):
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


def number_of(value):
    """A limit as a number; `UNKNOWN_LIMIT` for one of another form."""
    if value is None:
        return None
    return float(value) if type(value) in (int, float) and value > 0 else UNKNOWN_LIMIT
