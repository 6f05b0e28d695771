"""Conditions that a plan brings beside types: what a function's names and docstring imply."""

from __future__ import annotations

from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning
from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Proposal(Stays):
    """One condition of one function: where it doesn't hold a warning, once, or an error in strict mode.

    A condition that raises says nothing. Nor is one asked about an iterator, which it would use up, or about an object
    that makes what it is asked for (`defaultdict`), also where builtin containers hold one.
    """

    __slots__ = ("condition", "message", "mode", "original", "phase", "warned")

    def __init__(
        self,
        original: Callable[..., Any],
        condition: Callable[..., Any],
        message: str,
        phase: str,
        mode: str = "repair",
    ) -> None:
        self.original = original
        self.condition = condition
        self.message = message
        self.phase = phase
        self.mode = mode
        self.warned = False

    def __call__(self, *values: Any) -> None:
        """Ask the condition; raises `PerceiveError` or `EnforceError` in strict mode."""
        if self.holds(values):
            return
        complaint = f"{self.original.__qualname__}(): {self.message}"
        if self.mode == "strict":
            raise (PerceiveError if self.phase == "perceive" else EnforceError)(complaint)
        if not self.warned:
            self.warned = True
            self.warn(complaint)

    def holds(self, values: tuple[Any, ...]) -> bool:
        """Whether nothing speaks against the values."""
        if would_change(values):
            return True
        try:
            return bool(self.condition(*values))
        except Exception:
            return True

    def warn(self, complaint: str) -> None:
        """Warn at the function's own line."""
        import warnings

        code, space = self.original.__code__, self.original.__globals__
        registry = space.setdefault("__warningregistry__", {})
        line, module = code.co_firstlineno or 1, self.original.__module__
        warnings.warn_explicit(complaint, PoetContractWarning, code.co_filename, line, module, registry)


CHANGED_BY_READING = ("__next__", "__anext__", "__missing__")
"""what a class has whose objects aren't the same after they were read"""
LOOKED_INTO = (list, tuple, set, frozenset, dict)
LOOKED_HOW_DEEP = 4


def would_change(values: Iterable[Any], depth: int = 0) -> bool:
    """Whether reading changes one of the values, or of what builtin containers among them hold."""
    values = list(values)
    classes = set(map(type, values))
    if any(hasattr(each, name) for each in classes for name in CHANGED_BY_READING):
        return True
    if depth == LOOKED_HOW_DEEP or classes.isdisjoint(LOOKED_INTO):
        return depth == LOOKED_HOW_DEEP and not classes.isdisjoint(LOOKED_INTO)
    return any(
        would_change((*each, *each.values()) if type(each) is dict else each, depth + 1)
        for each in values
        if type(each) in LOOKED_INTO
    )
