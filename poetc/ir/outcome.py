"""How each unit, and the build, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from poetc.ir.achieved import Achieved
from poetc.ir.diagnostic import Diagnostic


class Ending(StrEnum):
    """Fresh: nothing to do. Built: a new version. Skipped: left as it was, on purpose. Rejected: the answer failed
    verification. Failed: no answer. Stale: what `--check` says of what `build` would change. Removed: no source.
    """

    FRESH = "fresh"
    BUILT = "built"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    STALE = "stale"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one function ended."""

    name: str
    path: str
    line: int
    ending: Ending
    version: int = 0
    operate: str = ""
    """transformed | relocated | wrapped | supplied; "" where nothing was built"""
    reason: str = ""
    diagnostics: tuple[Diagnostic, ...] = field(default=())
    cached: bool = False
    """the answer came from `.dana/poet/cache`"""
    achieved: Achieved | None = None
    """of what was built now, or is fresh; with lines of the file"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole run did; `seconds` by stage for --timings."""

    files: int = 0
    written: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
