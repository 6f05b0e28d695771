"""Which calls of a function talk to something outside of its process, or may: those that a fault can reach."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from poetc.effects.analyse import Effects
from poetc.effects.catalogue import Catalogue
from poetc.effects.resolve import ResolvedCall
from poetc.ir.effect import Effect

_VALUES: Final = (str, bytes, bytearray, list, tuple, dict, set, frozenset, int, float, complex, range, slice)
_OF_CLIENTS: Final = frozenset({"get", "index", "count", "copy", "update"})
_OF_VALUES: Final = frozenset(name for cls in _VALUES for name in vars(cls)) - _OF_CLIENTS
"""names that values have, and clients hardly: `x.strip()` is taken for a text's, `x.get()` for anything's"""


def outside_calls(
    effects: Effects, is_own: Callable[[ResolvedCall], bool], catalogue: Catalogue
) -> Iterator[ResolvedCall]:
    """The outside calls of a function and of what it defines, in source order.

    An outside call is one of the catalogue that isn't pure and belongs to what talks to other processes, or one of
    which nothing is known: but for the project's own functions and classes, which `is_own` tells, and for methods whose
    name only values have.
    """
    calls = sorted([*effects.calls, *effects.inner], key=lambda call: (call.node.lineno, call.node.col_offset))
    return (call for call in calls if is_outside(call, is_own, catalogue))


def is_outside(call: ResolvedCall, is_own: Callable[[ResolvedCall], bool], catalogue: Catalogue) -> bool:
    """Whether a call talks to something outside, or may."""
    entry = call.entry or (catalogue.get(call.name) if call.name else None)
    if call.effect == Effect.PURE:
        return False
    if entry is not None:
        return catalogue.reaches_outside(entry) or (call.effect == Effect.UNKNOWN and bool(entry.invokes))
    if call.effect != Effect.UNKNOWN or is_own(call):
        return False
    return not (isinstance(call.node.func, ast.Attribute) and call.node.func.attr in _OF_VALUES)
