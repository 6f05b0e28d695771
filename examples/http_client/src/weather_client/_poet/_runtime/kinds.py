# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What classes say of their objects, looked up once for each class: calls that work pay for it as well.

A class that is given a `read` later is seen as it was; nothing is run to know any of it.
"""

from types import GetSetDescriptorType, MemberDescriptorType

from .known import KNOWN


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


def parts_of(owner):
    """What a client sends by, in its own attributes: adapters, transports."""
    own = own_dict(owner)
    found = []
    for path in KNOWN.parts:
        name, _, each = path.partition(".")
        part = own.get(name)
        found += [part] if not each else dict.values(part) if isinstance(part, dict) else ()
    return [each for each in found if each is not None]
