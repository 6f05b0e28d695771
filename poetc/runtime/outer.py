"""Who further out repeats already what an enhanced call is part of: a retrying decorator, a queue of tasks.

Three attempts in a task that is run three times are nine requests. Decorators of the function itself are seen when it
is built; what runs around its callers is seen here, once something has failed, by whose code stands on the stack.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType

from poetc.runtime.lookups import looked_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPEATING = frozenset({"backoff", "opnieuw", "redo", "retry", "retrying", "riprova", "stamina", "tenacity"})
"""packages that repeat what they call"""

REPEATING_MODULES = frozenset({"celery.app.autoretry", "dramatiq.worker"})
"""modules of others that stand on the stack only where something is repeated"""

ATTEMPTS = ("AttemptManager", "Attempt")
"""what `for attempt in ...: with attempt:` of tenacity and stamina goes through"""

FURTHEST = 60
"""frames that are looked at"""


def repeated_outside() -> str:
    """What further out repeats the code that runs now; "" if nothing is known to."""
    found = any(name in sys.modules for name in (*REPEATING, *REPEATING_MODULES, "huey.api"))
    frame: Any = sys._getframe(1) if found else None
    for _ in range(FURTHEST):
        if frame is None:
            break
        by = repeated_by(frame)
        if by:
            return f"{by} repeats it already"
        frame = frame.f_back
    return "celery repeats it already" if is_celery_task() else ""


def repeated_by(frame: Any) -> str:
    """What repeats the code that `frame` runs; "" if nothing is known to."""
    module = str(frame.f_globals.get("__name__"))
    root = module.partition(".")[0]
    if module in REPEATING_MODULES or root in REPEATING:
        return root
    if module == "huey.api" and frame.f_code.co_name == "_execute":
        retries = looked_up(frame.f_locals.get("task"), "retries")
        return "huey" if type(retries) is int and retries > 0 else ""
    if names_repeating(frame):
        for value in tuple(frame.f_locals.values()):
            if type(value).__name__ in ATTEMPTS and is_open(value):
                return "tenacity"
    return ""


def names_repeating(frame: Any) -> bool:
    """Whether a frame's code names something of a repeating package. The variables of others aren't looked at: up to
    Python 3.12 each look leaves a copy in the frame, which keeps what a failed attempt held."""
    return any(home_of(frame.f_globals.get(name)) in REPEATING for name in frame.f_code.co_names)


def home_of(value: Any) -> str:
    """The package that a module, class or function is from, or else the value's class; nothing of it is asked."""
    if type(value) is ModuleType:
        home = value.__dict__.get("__name__")
    elif type(value) is FunctionType:
        home = value.__module__
    else:
        home = (value if type(value) is type else type(value)).__dict__.get("__module__")
    return home.partition(".")[0] if type(home) is str else ""


def is_open(attempt: Any) -> bool:
    """Whether an attempt of tenacity or stamina is under way."""
    state = looked_up(looked_up(attempt, "_t_attempt") or attempt, "retry_state")
    return state is not None and looked_up(state, "outcome") is None


def is_celery_task() -> bool:
    """Whether a task runs whose own code calls its `retry`."""
    current = looked_up(sys.modules.get("celery._state"), "get_current_task")
    task = current() if callable(current) else None
    run = looked_up(task, "run")
    for function in (run, looked_up(run, "__func__"), looked_up(run, "__wrapped__")):
        names = looked_up(looked_up(function, "__code__"), "co_names")
        if type(names) is tuple and "retry" in names:
            return True
    return False
