"""What stands in for objects of the runtime where a function is run that was pickled by value (cloudpickle, dill).

There the project may be missing, and with it this module. So the function takes along what needs neither, and does
nothing: it runs as the original does, without checks, repeats and breakers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def made_by_value() -> Any:
    """A function that can't be found in a module by its name, which is therefore pickled as it is."""

    def plain(thing: str, original: Any) -> Any:
        class Plain:
            active = is_open = stops = False
            failures = 0
            kind = None

            def __call__(self, *args: Any, **named: Any) -> Any:
                if thing == "Perceive":
                    return original(*args, **named)
                if thing == "Fallback":
                    raise args[0]
                if thing == "Enforce" or thing.endswith("Retry"):
                    return args[0]
                return args[0](*args[1:], **named)

            awaited = iterated = iterated_async = __call__
            entered = entered_async = unsent = unsent_awaited = fresh = fresh_awaited = __call__

            admits = lasts = lambda self, *given: True
            explain = on_failure = failed = succeeded = __exit__ = lambda self, *given, **named: None
            deadline = __enter__ = lambda self: self
            within = over = over_async = passed_to = lambda self, given, *limit: given

            def value(self, name: str, value: Any) -> Any:
                return value

            def run(self, function: Any, *args: Any) -> Any:
                return function(*args)

        return Plain()

    return plain


PLAIN = made_by_value()


class Stays:
    """An object of the runtime: it is not pickled, but replaced by one that does nothing."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """What pickle makes of it."""
        thing = type(self).__name__
        return PLAIN, (thing, getattr(self, "original", None) if thing == "Perceive" else None)
