"""`Site` → `Unit`: what was asked for, what the function's module tells, and the key that says when to ask again."""

from __future__ import annotations

from poetc.extract.arguments import Arguments, read_arguments
from poetc.extract.module_context import read_context
from poetc.extract.policy import OBJECTIVES, resolve_policy
from poetc.extract.unit import extract_unit
from poetc.extract.unit_error import UnitError

__all__ = [
    "OBJECTIVES",
    "Arguments",
    "UnitError",
    "extract_unit",
    "read_arguments",
    "read_context",
    "resolve_policy",
]
