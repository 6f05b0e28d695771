"""The keys that a function's results have in common, as far as its own return statements show."""

from __future__ import annotations

from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Shape(Stays):
    """What every dict that a function returns should have: the keys of those that it writes out.

    Nobody has said so but the code itself, so nothing else than a plain dict is judged. It is asked as a `Hint` is.
    """

    __slots__ = ("keys", "kind", "original", "text")

    basis = "its other returns are"

    def __init__(self, original: Callable[..., Any], /, *keys: str) -> None:
        self.original = original
        self.keys = frozenset(keys)
        self.kind = None
        self.text = "dicts with " + ", ".join(map(repr, keys))

    def admits(self, value: Any) -> bool:
        """Whether a result isn't a plain dict that lacks one of the keys."""
        return type(value) is not dict or self.keys <= value.keys()

    def excuses(self, value: Any) -> bool:
        """Whether a result that isn't admitted is let pass: none is."""
        return False

    def fault(self, value: Any) -> str:
        """Which keys are missing."""
        return "it lacks " + ", ".join(map(repr, sorted(self.keys - value.keys())))
