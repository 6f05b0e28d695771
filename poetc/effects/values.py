"""What is known of an expression without running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple


class Value(NamedTuple):
    """kind: "ref" (the thing of that dotted name itself: a module, function or class), "obj" (an object of that class),
    "member" (something reached through an object's attributes, "openai.OpenAI.chat"), "partial" (what functools.partial
    made of the thing of that name), "local" (a nested function), "none", "absent" (a parameter that is None if it isn't
    given), "either" (one of a few), "nothing" (no binding seen yet), "unknown".
    """

    kind: str
    name: str = ""
    item: str | None = None
    """class of its items (of a mapping: its keys), where an annotation or the catalogue says so"""
    held: str | None = None
    """class of what a mapping holds"""
    assumed: bool = False
    """a parameter that has no annotation may be another: its default is what is known"""
    among: tuple[Any, ...] = ()
    """of "either": the values that it may be"""


UNKNOWN: Final = Value("unknown")
NOTHING: Final = Value("nothing")
NONE: Final = Value("none")
LOCAL: Final = Value("local")
_SAYS_LITTLE: Final = {"nothing": 0, "none": 1, "absent": 2}
PLAIN: Final = ("builtins.", "collections.", "json.", "datetime.", "decimal.", "re.", "pathlib.", "copy.", "@")
"""what classes begin with whose objects are nothing but what is in them"""
_MOST: Final = 8
"""things that something may be"""
LATER: Final = "await "
"""before the class of what is given when something is awaited"""


def instance(cls: str, item: str | None = None, held: str | None = None) -> Value:
    """An object of a class."""
    return Value("obj", cls, item, held)


def later(cls: str) -> Value:
    """A coroutine or task that gives an object of a class when it is awaited."""
    return Value("obj", LATER + cls)


def awaited(value: Value) -> Value:
    """What awaiting something gives; what isn't known to be awaitable gives itself."""
    return class_value(value.name.removeprefix(LATER)) if value.name.startswith(LATER) else value


def merge_values(one: Value, other: Value) -> Value:
    """What is known of something that is either; a None beside an object doesn't count: nothing is called on it."""
    if one == other:
        return one
    if "unknown" in (one.kind, other.kind):
        return UNKNOWN
    first, second = sorted((one, other), key=lambda value: _SAYS_LITTLE.get(value.kind, 9))
    if first.kind in _SAYS_LITTLE:
        return assumed(second) if first.assumed else second
    same = one.kind == other.kind and one.name == other.name
    return Value(one.kind, one.name, assumed=one.assumed or other.assumed) if same else _either(one, other)


def _either(*values: Value) -> Value:
    """One of a few clients, connections or functions; of plain data nothing is known."""
    found = {(each.kind, each.name): each for value in values for each in (value.among or (value,))}
    is_plain = any(value.name.startswith((*PLAIN, LATER)) for value in found.values())
    if is_plain or len(found) > _MOST or any(kind not in ("obj", "ref", "member") for kind, _ in found):
        return UNKNOWN
    return Value("either", assumed=any(v.assumed for v in values), among=tuple(found[key] for key in sorted(found)))


def of_each(value: Value, find: Callable[[Value], Value]) -> Value:
    """What is found of a value, or of all that it may be."""
    if not value.among:
        return find(value)
    found = NOTHING
    for each in value.among:
        found = merge_values(found, find(each))
    return found


def assumed(value: Value) -> Value:
    """What stands beside a parameter without an annotation: taken for the same, but for plain data and functions."""
    is_client = all(each.kind == "obj" and not each.name.startswith(PLAIN) for each in value.among or (value,))
    return value._replace(assumed=True) if is_client else UNKNOWN


def class_value(text: str) -> Value:
    """ "builtins.list[builtins.str]" → an object of that class, with what is in it; "builtins.dict[K, V]" alike."""
    cls, _, inside = text.partition("[")
    item, _, held = inside.rstrip("]").partition(", ")
    return instance(cls, item or None, held or None)


def class_text(value: Value) -> str:
    """The reverse of `class_value`."""
    inside = f"{value.item}, {value.held}" if value.item and value.held else value.item
    return f"{value.name}[{inside}]" if inside else value.name
