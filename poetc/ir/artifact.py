"""What came back, what was checked, and what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from poetc.ir.unit import Unit

ENHANCED: Final = "enhanced.py"
"""the file of a version that is linked"""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An answer of the service, unchecked: nothing in it may be believed yet."""

    unit: Unit
    plan: Any
    """the answer's `wire.Enhancement`"""
    files: Mapping[str, str]
    """name in the version's folder -> text"""
    metadata: Mapping[str, Any]
    """the response's `metadata`, as JSON types"""

    @property
    def code(self) -> str:
        """The generated module."""
        return self.files[ENHANCED]


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """A draft that passed every check; `checks` names them in the order they ran."""

    draft: Draft
    checks: tuple[str, ...]

    @property
    def unit(self) -> Unit:
        return self.draft.unit


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A version that is (or, inside a publication, is about to be) in `.dana/poet/functions`."""

    unit: Unit
    version: int
    folder: Path
    files: Mapping[str, str]
    """name in the version's folder -> text"""
    metadata: Mapping[str, Any]
    """the whole of metadata.json, as JSON types"""

    @property
    def code(self) -> str:
        """The generated module."""
        return self.files[ENHANCED]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file to write (`data`) or to remove (`data is None`); `path` is absolute."""

    path: Path
    data: bytes | None
