"""`Site` → `Unit`: what was asked for, what the function's module tells, and the key that says when to ask again."""

from __future__ import annotations

from poetc.extract.arguments import Arguments, read_arguments
from poetc.extract.policy import OBJECTIVES, resolve_policy
from poetc.extract.surroundings import read_surroundings
from poetc.extract.unit import extract_unit
from poetc.extract.unit_error import UnitError

__all__ = [
    "OBJECTIVES",
    "Arguments",
    "UnitError",
    "extract_unit",
    "read_arguments",
    "read_surroundings",
    "resolve_policy",
]
