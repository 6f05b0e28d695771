"""Values that only the thread may use that made them."""

from __future__ import annotations

from poetc.runtime.known import KNOWN
from poetc.runtime.transient import named_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def is_thread_bound(values: Iterable[Any], depth: int = 1) -> bool:
    """Whether one of the values, or what it holds (items of a tuple or dict, attributes), belongs to its thread.

    Nothing is imported to know.
    """
    kinds = tuple(kind for name in KNOWN.thread_bound for kind in named_class(name))
    return any(issubclass(type(v), kinds) or (depth and is_thread_bound(held_by(v), depth - 1)) for v in values)


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
