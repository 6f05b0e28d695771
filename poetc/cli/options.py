"""What `poet build` can be asked for, however it was parsed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from poetc.config.values import MOST_JOBS
from poetc.report import Format

__all__ = ["MOST_JOBS", "BuildOptions", "Format"]


class BuildOptions(NamedTuple):
    """One `poet build`. A tuple, since making a dataclass costs every start a millisecond."""

    paths: tuple[Path, ...] = ()
    check: bool = False
    out: Path | None = None
    no_link: bool = False
    format: Format = Format.TEXT
    jobs: int | None = None
    engine: str = "auto"
    """name of an engine; auto: as the configuration says"""
    timings: bool = False
    quiet: bool = False
