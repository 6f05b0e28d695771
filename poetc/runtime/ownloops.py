"""Clients and transports of the user's own that repeat what fails: a loop around the call that they stand before."""

from __future__ import annotations

from types import FunctionType

from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import root_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

LOOPING: dict[CodeType, bool] = {}
"""what was found of a method"""

MOST_LOOPING = 256

METHOD_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
"""instructions by which a method is looked up, in Python 3.11 to 3.13"""


def repeats_in_code(cls: type) -> bool:
    """Whether a class below a client's has such a method that calls one of them in a loop."""
    own: list[FunctionType] = []
    for each in cls.__mro__:
        if root_of(each) in KNOWN.subclassed:
            return any(loops_around_call(function.__code__) for function in own)
        own += [each.__dict__[name] for name in KNOWN.sends if type(each.__dict__.get(name)) is FunctionType]
    return False


def loops_around_call(code: CodeType) -> bool:
    """Whether the compiled code jumps back over a call of a method that sends."""
    if code not in LOOPING:
        from dis import get_instructions  # takes its time, and few programs come here

        if len(LOOPING) > MOST_LOOPING:
            LOOPING.clear()
        steps = list(get_instructions(code))
        calls = [step.offset for step in steps if step.opname in METHOD_LOADS and step.argval in KNOWN.sends]
        backs = [(step.argval, step.offset) for step in steps if step.opname.startswith("JUMP_BACKWARD")]
        LOOPING[code] = any(start <= call < end for start, end in backs for call in calls)
    return LOOPING[code]
