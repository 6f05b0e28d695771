"""Conditions that a plan brings beside types: what a function's names and docstring imply."""

from __future__ import annotations

from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning
from poetc.runtime.travel import Stays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Proposal(Stays):
    """One condition of one function: where it doesn't hold a warning, once, or an error in strict mode.

    A condition that raises says nothing. Nor is one asked about an iterator, which it would use up, or about an object
    that makes what it is asked for (`defaultdict`).
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
        if any(hasattr(type(value), name) for value in values for name in ("__next__", "__anext__", "__missing__")):
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
