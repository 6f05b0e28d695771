"""What is known of an expression without running it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Value(NamedTuple):
    """kind: "ref" (the thing of that dotted name itself: a module, function or class), "obj" (an object of that class),
    "member" (something reached through an object's attributes, "openai.OpenAI.chat"), "local" (a nested function),
    "none", "nothing" (no binding was seen yet), "unknown".
    """

    kind: str
    name: str = ""
    item: str | None = None
    """class of its items, where an annotation or the catalogue says so"""


UNKNOWN: Final = Value("unknown")
NOTHING: Final = Value("nothing")
NONE: Final = Value("none")
LOCAL: Final = Value("local")


def instance(cls: str, item: str | None = None) -> Value:
    """An object of a class."""
    return Value("obj", cls, item)


def joined(one: Value, other: Value) -> Value:
    """What is known of something that is either; a None beside an object doesn't count: nothing is called on it."""
    if one == other or other.kind == "nothing" or (other.kind == "none" and one.kind != "nothing"):
        return one
    if one.kind in ("nothing", "none"):
        return other
    if one.kind == other.kind == "obj" and one.name == other.name:
        return instance(one.name)
    return UNKNOWN


def class_value(text: str) -> Value:
    """ "builtins.list[builtins.str]" → an object of that class, with what its items are."""
    cls, _, item = text.partition("[")
    return instance(cls, item.rstrip("]") or None)
