"""Clients and transports of the user's own that repeat what fails: a loop around the call that they stand before."""

from __future__ import annotations

from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

CLIENT_ROOTS = frozenset({"aiohttp", "httpcore", "httpx", "redis", "requests", "urllib3"})
"""packages whose classes are subclassed for attempts of one's own"""

PASSED_ON = frozenset(
    {
        "execute_command",
        "get",
        "handle_async_request",
        "handle_request",
        "head",
        "options",
        "put",
        "delete",
        "patch",
        "post",
    }
    | {"_request", "request", "send", "urlopen"}
)
"""methods that such a class has in front of the client's"""

LOOPING: dict[CodeType, bool] = {}
"""what was found of a method"""

MOST_LOOPING = 256

METHOD_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
"""instructions by which a method is looked up, in Python 3.11 to 3.13"""


def repeats_in_code(cls: type) -> bool:
    """Whether a class below a client's has such a method that calls one of them in a loop."""
    own: list[FunctionType] = []
    for each in cls.__mro__:
        if each.__module__.partition(".")[0] in CLIENT_ROOTS:
            return any(loops_around_call(function.__code__) for function in own)
        own += [each.__dict__[name] for name in PASSED_ON if type(each.__dict__.get(name)) is FunctionType]
    return False


def loops_around_call(code: CodeType) -> bool:
    """Whether the compiled code jumps back over a call of one of `PASSED_ON`."""
    if code not in LOOPING:
        from dis import get_instructions  # takes its time, and few programs come here

        if len(LOOPING) > MOST_LOOPING:
            LOOPING.clear()
        steps = list(get_instructions(code))
        calls = [step.offset for step in steps if step.opname in METHOD_LOADS and step.argval in PASSED_ON]
        backs = [(step.argval, step.offset) for step in steps if step.opname.startswith("JUMP_BACKWARD")]
        LOOPING[code] = any(start <= call < end for start, end in backs for call in calls)
    return LOOPING[code]
