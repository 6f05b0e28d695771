"""What linking would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from poetc.ir import Diagnostic, FileChange

TABLE_AT = 2
"""where the linked file stands among the files of a link, behind those of the package"""


@dataclass(slots=True)
class Linking:
    """What linking would change."""

    changes: list[FileChange] = field(default_factory=list)
    planned: set[Path] = field(default_factory=set)
    """the files that `changes` change"""
    by_module: dict[str, list[Path]] = field(default_factory=dict)
    """file of a module -> files of it that aren't as they should be"""
    based_on: dict[Path, str] = field(default_factory=dict)
    failed: dict[str, Diagnostic] = field(default_factory=dict)
    """file of a module -> why it can't be linked"""
    outputs: dict[str, list[Path]] = field(default_factory=dict)
    """file of a module -> the files its link consists of"""
