# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Who further out repeats already what an enhanced call is part of: a retrying decorator, a queue of tasks.

Three attempts in a task that is run three times are nine requests. Decorators of the function itself are seen when it
is built; what runs around its callers is seen here, once something has failed, by whose code stands on the stack.
"""

import sys
from types import FunctionType, ModuleType

from .known import KNOWN
from .lookups import looked_up, reached


FURTHEST = 60
"""frames that are looked at"""


def repeated_outside():
    """What further out repeats the code that runs now; "" if nothing is known to."""
    homes = (*KNOWN.repeaters, *(rule["module"] for rule in KNOWN.repeating_frames))
    frame = sys._getframe(1) if any(name in sys.modules for name in homes) else None
    for _ in range(FURTHEST):
        if frame is None:
            break
        by = repeated_by(frame)
        if by:
            return f"{by} repeats it already"
        frame = frame.f_back
    return next((f"{rule['module'].partition('.')[0]} repeats it already" for rule in KNOWN.tasks if runs(rule)), "")


def repeated_by(frame):
    """What repeats the code that `frame` runs; "" if nothing is known to."""
    module = str(frame.f_globals.get("__name__"))
    root = module.partition(".")[0]
    if module in KNOWN.repeaters or root in KNOWN.repeaters:
        return root
    for rule in KNOWN.repeating_frames:
        if module == rule["module"] and frame.f_code.co_name == rule["function"]:
            number = reached(dict(frame.f_locals), rule["path"])
            return root if type(number) is int and number > 0 else ""
    if names_repeating(frame):
        for value in tuple(frame.f_locals.values()):
            for rule in KNOWN.attempts:
                if type(value).__name__ in rule["classes"] and is_open(value, rule):
                    return str(rule["by"])
    return ""


def names_repeating(frame):
    """Whether a frame's code names something of a repeating package. The variables of others aren't looked at: up to
    Python 3.12 each look leaves a copy in the frame, which keeps what a failed attempt held."""
    return any(home_of(frame.f_globals.get(name)) in KNOWN.repeaters for name in frame.f_code.co_names)


def home_of(value):
    """The package that a module, class or function is from, or else the value's class; nothing of it is asked."""
    if type(value) is ModuleType:
        home = value.__dict__.get("__name__")
    elif type(value) is FunctionType:
        home = value.__module__
    else:
        home = (value if type(value) is type else type(value)).__dict__.get("__module__")
    return home.partition(".")[0] if type(home) is str else ""


def is_open(attempt, rule):
    """Whether an attempt of a loop is under way."""
    states = (reached(attempt, path) for path in rule["paths"])
    state = next((each for each in states if each is not None), None)
    return state is not None and looked_up(state, "outcome") is None


def runs(rule):
    """Whether a task runs whose own code calls what asks for another run."""
    run = looked_up(reached(sys.modules.get(rule["module"]), rule["path"]), "run")
    for function in (run, looked_up(run, "__func__"), looked_up(run, "__wrapped__")):
        names = reached(function, "__code__.co_names")
        if type(names) is tuple and rule["by"] in names:
            return True
    return False
