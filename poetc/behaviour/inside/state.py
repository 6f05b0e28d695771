"""The variables of a module and of its classes: kept before a call, compared after it, put back."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from copy import deepcopy
from types import FunctionType, ModuleType
from typing import Any

from poetc.behaviour.inside.anatomy import MISSING
from poetc.behaviour.inside.equality import Comparer

MOST_BYTES = 200_000
"""a variable that pickles to more isn't followed: every call would copy it"""
IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), frozenset)


class State:
    """All that functions of one module can change in it by name."""

    def __init__(self, module: ModuleType) -> None:
        own = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
        self.owners: dict[str, Any] = {"": module} | {f"{c.__qualname__}.": c for c in own}
        self.followed = {
            (place, name)
            for place, owner in self.owners.items()
            for name, value in vars(owner).items()
            if is_followed(name, value)
        }

    def keep(self) -> Kept:
        """What there is now."""
        bound = {(p, n): v for p, owner in self.owners.items() for n, v in vars(owner).items() if not is_hidden(n)}
        return Kept(bound, {place: copied(bound.get(place, MISSING)) for place in self.followed})

    def changes_since(self, kept: Kept) -> dict[str, Any]:
        """ "Monitor.count" -> its value now, of everything that was changed since; and put it back."""
        found: dict[str, Any] = {}
        now = self.keep()
        for place in sorted({*kept.bound, *now.bound}):
            before, after = kept.value(place), now.value(place)
            if Comparer().difference(before, after) is not None:
                found["".join(place)] = after
                self.restore(place, kept)
        return found

    def restore(self, place: tuple[str, str], kept: Kept) -> None:
        """Give a variable the value it had, in the same object where that can be changed."""
        owner, name = self.owners[place[0]], place[1]
        if place not in kept.bound:
            delattr(owner, name)
            return
        value = kept.bound[place]
        if place in self.followed and not refilled(value, copied(kept.copies[place])):
            value = copied(kept.copies[place])
        if vars(owner).get(name, MISSING) is not value:
            setattr(owner, name, value)


class Kept:
    """Names with the objects they were bound to, and copies of those that are followed."""

    def __init__(self, bound: Mapping[tuple[str, str], Any], copies: Mapping[tuple[str, str], Any]) -> None:
        self.bound = bound
        self.copies = copies

    def value(self, place: tuple[str, str]) -> Any:
        """The copy, or the object itself of what isn't followed."""
        return self.copies.get(place, self.bound.get(place, MISSING))


def is_hidden(name: str) -> bool:
    """Names that Python itself writes."""
    return name.startswith("__") and name.endswith("__")


def is_followed(name: str, value: Any) -> bool:
    """Whether a variable is small data."""
    if is_hidden(name) or isinstance(value, type | ModuleType | FunctionType | staticmethod | classmethod | property):
        return False
    try:
        return len(pickle.dumps(value)) <= MOST_BYTES and copied(value) is not MISSING
    except Exception:  # whatever a type raises that can't be pickled
        return False


def copied(value: Any) -> Any:
    """A deep copy; MISSING itself."""
    return value if value is MISSING or isinstance(value, IMMUTABLE) else deepcopy(value)


def refilled(value: Any, content: Any) -> bool:
    """Put `content` into a changeable object of its type, which others may hold, too; False if that can't be done."""
    if type(value) is not type(content) or isinstance(value, IMMUTABLE):
        return False
    if isinstance(value, list | bytearray):
        value[:] = content
    elif isinstance(value, dict | set):
        value.clear()
        value.update(content)
    elif isinstance(getattr(value, "__dict__", None), dict):
        vars(value).clear()
        vars(value).update(vars(content))
    else:
        return False
    return True
