"""What stands in for a result when a call has finally failed in a way that passes by itself."""

from __future__ import annotations

from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.hooks import name_of, notice
from poetc.runtime.transient import is_transient
from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

REFUSALS = frozenset({"BulkheadFullError", "RateLimitedError"})
"""names of the runtime's own errors that say a call was not made, besides `CircuitOpenError`"""


class Fallback(Stays):
    """A literal `value`, or the function that `call` names: "app.pay.cached".

    It stands in after an error that passes by itself (once no attempt is left), an open breaker, a full bulkhead, a
    rate limit - never after an error of the program. The function gets the same arguments, and is looked up anew each
    time; if it fails itself, the first error is the `__context__` of its own.
    """

    __slots__ = ("call", "name", "original", "value")

    def __init__(self, original: Callable[..., Any], *, value: Any = None, call: str | None = None) -> None:
        self.name = name_of(original)
        self.original = original
        self.value = value
        self.call = call

    def __call__(self, error: Exception, /, *args: Any, **kwargs: Any) -> Any:
        """What stands in for the result; raises `error` again if nothing is to. To be called in its handler."""
        if not stands_for(error):
            raise error
        notice("function.fallback", self.name, error=type(error).__qualname__)
        if self.call is None:
            return fresh(self.value)
        result = self.function()(*args, **kwargs)
        if hasattr(result, "__await__") and hasattr(result, "close"):
            result.close()
            raise TypeError(f"the fallback {self.call} of {self.name} is a coroutine function, which it isn't itself")
        return result

    async def awaited(self, error: Exception, /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function; the one that stands in may be an ordinary one."""
        if not stands_for(error):
            raise error
        notice("function.fallback", self.name, error=type(error).__qualname__)
        if self.call is None:
            return fresh(self.value)
        result = self.function()(*args, **kwargs)
        return await result if hasattr(result, "__await__") else result

    def function(self) -> Any:
        """The function that `call` names; raises LookupError with the name if there is none."""
        assert self.call is not None
        parts = self.call.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:count])
            here = self.original.__globals__ if is_home(module, self.original) else {}
            if parts[count] in here:
                return inside(here[parts[count]], parts[count + 1 :], self.call)
        from importlib import import_module

        for count in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:count])
            try:
                found = import_module(module)
            except ModuleNotFoundError as error:
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise
            else:
                return inside(found, parts[count:], self.call)
        raise LookupError(f"there is no module for the fallback {self.call}")


def is_home(module: str, function: Any) -> bool:
    """Whether a function is of that module, which may run as a script by another name."""
    if function.__module__ != "__main__":
        return bool(function.__module__ == module)
    stem = function.__code__.co_filename.replace("\\", "/").removesuffix(".py").removesuffix("/__init__")
    return f"/{stem}".endswith("/" + module.replace(".", "/"))


def stands_for(error: Exception) -> bool:
    """Whether a fallback may stand in for a call that ended in `error`."""
    refused = isinstance(error, CircuitOpenError) or type(error).__name__ in REFUSALS
    return refused or is_transient(error)


def inside(holder: Any, names: list[str], call: str) -> Any:
    """The attribute at the end of `names`, a class or static method as the plain function that it was written as."""
    for name in names:
        found = getattr(holder, "__dict__", {}).get(name)
        if found is None:
            found = getattr(holder, name, None)
        if found is None:
            raise LookupError(f"the fallback {call} isn't there: {holder!r} has no {name}")
        holder = found.__func__ if isinstance(found, classmethod | staticmethod) else found
    return holder


def fresh(value: Any) -> Any:
    """A literal of its own for each caller, who may change it."""
    if type(value) not in (list, dict):
        return value
    from copy import deepcopy

    return deepcopy(value)
