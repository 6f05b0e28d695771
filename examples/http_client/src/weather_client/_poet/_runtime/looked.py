# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What `depth="deep"` has looked at, so that nested calls over one object don't each look at all of it again.

A function that hands on what it was given, or a part of that, would have it walked in every call, and its result on
every way back. So what was found good in the calls around the present one, and in the one that has just ended inside
of it, is known by id, class, size and outermost items. Calls are known by their frames' ids; nothing is kept alive.
"""

import sys
from _thread import _local  # `threading` is more than a pure function should have to import


Good = dict[tuple[int, int], tuple[object, ...]]
"""(id of a value, id of a check) -> what else the value is known by"""

MOST_FRAMES = 40
"""how many frames up a call that has asked is looked for"""

MOST_AROUND = 6
"""how many frames up a call is remembered to have been made in"""

MOST_CALLS = 64
"""of how many calls around the present one it is known what they have looked at"""


class Asked:
    """One call that has asked, and what was found good in it."""

    __slots__ = ("around", "at", "code", "frame", "good")

    def __init__(self, frame):
        self.frame = id(frame)
        self.code = frame.f_code
        self.at = frame.f_lasti
        self.around = around(frame)
        self.good = {}

    def is_of(self, frame):
        """Whether that is the call's frame."""
        return id(frame) == self.frame and frame.f_code is self.code


def around(frame):
    """The frames that a frame was called in, as far as they count."""
    found = []
    while (frame := frame.f_back) is not None and len(found) < MOST_AROUND:
        found.append((id(frame), frame.f_code))
    return found


class Calls(_local):
    """The calls of this thread that have asked, the outermost first."""

    def __init__(self):
        self.stack = []


CALLS = Calls()


class LookedAt:
    """What is known to be good in the present call, which is that of `frame`, or of a frame near above it."""

    __slots__ = ("good", "known")

    def __init__(self, frame):
        stack = CALLS.stack
        at = place_in(stack, frame)
        rest = stack[at:]
        own = rest.pop(0) if rest and goes_on(rest[0], frame) else Asked(frame)
        own.at = frame.f_lasti
        ended = [each for each in rest[:1] if (id(frame), frame.f_code) in each.around]
        stack[at:] = [own]
        self.good = own.good
        self.known = [each.good for each in (*ended, *stack[-MOST_CALLS:])]

    def is_known(self, key, mark):
        """Whether a value was found good and is as it was then."""
        if any(good.get(key) == mark for good in reversed(self.known)):
            self.good[key] = mark
            return True
        return False


def place_in(stack, frame):
    """How many of the calls in the stack are around the one of `frame`; 0 where none is seen."""
    last = len(stack)
    above = frame.f_back
    by_frame = {each.frame: number for number, each in enumerate(stack[-MOST_CALLS:], max(0, last - MOST_CALLS))}
    for _ in range(MOST_FRAMES):
        if above is None:
            break
        number = by_frame.get(id(above), -1)
        if number >= 0 and stack[number].is_of(above):
            return number + 1
        above = above.f_back
    return 0


def goes_on(asked, frame):
    """Whether a call has asked before and has come further since; a frame's id may be that of one that is gone."""
    return asked.is_of(frame) and frame.f_lasti > asked.at


def mark_of(value):
    """What a container is known by beside its id."""
    kind = type(value)
    if kind is list or kind is tuple:
        return (kind, len(value), id(value[0]), id(value[-1])) if value else (kind, 0)
    if kind is dict and value:
        return kind, len(value), id(next(iter(value.values())))
    return (kind,)


def frame_of_call():
    """The frame of the function that asks: the first above that is not of a module of this runtime."""
    here, frame = sys._getframe(1), sys._getframe(1)
    package = here.f_globals["__name__"].rpartition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame = frame.f_back
    return frame
