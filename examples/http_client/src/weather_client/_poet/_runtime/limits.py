# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What is left of a budget, passed to a call as its time limit; never in the place of a smaller one."""

import sys
from os import environ
from types import FunctionType

from .kinds import own_dict
from .known import KNOWN
from .lookups import looked_up, reached
from .own_limits import UNKNOWN_LIMIT, own_limit


VAR_KEYWORDS = 0x08
"""the flag of code objects of functions that take `**kwargs` (`inspect.CO_VARKEYWORDS`)"""

PARTS = ("connect", "read", "write", "pool")
"""the limits of the steps of a request, which a `Timeout` of some clients has"""

WHOLE = ("total", "_connect", "_read")
"""those of other clients'"""


def gave_up(function, result):
    """Whether a wait for another thread ended without what it waited for, which only its result tells: False, None,
    or what is not done."""
    owner = looked_up(function, "__self__")
    if owner is not None:
        return type(owner).__module__ in ("_thread", "threading") and not result
    return bool(looked_up(function, "__module__") == "concurrent.futures._base" and looked_up(result, "not_done"))


def says_nothing_of_time(error):
    """Whether a wait that was cut short failed with what elsewhere means something else: a queue is empty, or full."""
    return type(error).__module__ in ("queue", "_queue") and type(error).__name__ in ("Empty", "Full")


def limited(
    function, left, name, scale, kwargs
):
    """`kwargs` with `left` seconds as `name`, if the caller gave no limit and `function` takes one by that name.

    `scale`: the limit is a whole number of 1/scale seconds; None: it is a float of seconds.
    """
    if name in kwargs or not takes(function, name):
        return kwargs
    unit = 1.0 if scale is None else 1.0 / scale
    own = own_limit(function, name)
    if own is not None and (own == UNKNOWN_LIMIT or own * unit <= left):
        return kwargs
    limit = narrowed(usual_limit(function, name), left, unit)
    if limit is None:
        return kwargs
    if scale is not None and isinstance(limit, float):
        limit = max(1, int(limit * scale))
    return {**kwargs, name: limit}


def is_in_text(name, values):
    """Whether a limit that a parameter would overrule stands in a connection string or the environment."""
    return any(
        name == rule["parameter"]
        and (rule["environment"] in environ or any(type(each) is str and name in each for each in values))
        for rule in KNOWN.limit_texts
    )


def takes_all(function, name):
    """Whether all that is left may be passed as `name`: to a function that no client owns, and with no limit else."""
    if type(function) is not FunctionType or looked_up(function, "__self__") is not None:
        return False
    return takes(function, name) and usual_default(function, name) is None and own_limit(function, name) is None


def takes(function, name):
    """Whether `function` takes a keyword argument `name`: what stands in for a client in a test may not."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is not None:
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return bool(code.co_flags & VAR_KEYWORDS) or name in named
    if type(function).__name__ == "partial":
        return name not in function.keywords and takes(function.func, name)
    if type(function).__name__ in ("builtin_function_or_method", "method_descriptor", "cython_function_or_method"):
        return True
    code = getattr(type(function).__call__, "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def usual_default(function, name):
    """The default of a parameter of a function in Python, or None."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    named = function.__kwdefaults__
    if named is not None and name in named:
        return named[name]
    defaults = function.__defaults__ or ()
    positional = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return defaults[positional.index(name)] if name in positional else None


def usual_limit(function, name):
    """The limit that holds if none is given: the default of the parameter, or the client's own setting."""
    usual = usual_default(getattr(function, "__func__", function), name)
    if type(usual) in (int, float) or is_composed(usual):
        return usual
    owner = looked_up(function, "__self__")
    for own in (reached(owner, path) for path in ("timeout", *KNOWN.settings)):
        if type(own) in (int, float) or is_composed(own) or is_pooled(own):
            return own
    socket = sys.modules.get("socket")
    return socket.getdefaulttimeout() if socket is not None and usual is not None else None


def is_pooled(limit):
    """Whether a limit is made of one in all, of connecting and of reading, and says something."""
    own = own_dict(limit)
    return all(part in own for part in WHOLE) and any(type(own[part]) in (int, float) for part in WHOLE)


def is_composed(limit):
    """Whether a limit is made of several, one for each step."""
    return limit is not None and not isinstance(limit, int | float) and all(hasattr(limit, part) for part in PARTS)


def narrowed(usual, left, unit):
    """The limit to pass, `left` seconds at most; None where the usual one ends no later. `unit` is that of numbers."""
    if is_composed(usual):
        parts = {part: getattr(usual, part) for part in PARTS}
        if all(value is not None and value <= left for value in parts.values()):
            return None
        try:
            return type(usual)(**{part: left if v is None else min(v, left) for part, v in parts.items()})
        except Exception:  # made in another way: the plain number says it as well
            return left
    if is_pooled(usual):
        total = left if type(usual.total) not in (int, float) else min(usual.total, left)
        return type(usual)(total=total, connect=usual._connect, read=usual._read)
    if type(usual) in (int, float) and 0 < usual * unit <= left:
        return None
    return left
