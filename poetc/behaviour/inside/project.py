"""Which files are the project's own code, where its root also holds what it is built with and what was built of it."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

from poetc.ir.source import NOT_SOURCE

LINKED = "_poet"


@lru_cache(maxsize=10_000)
def is_own(file: str, root: str) -> bool:
    """Whether a file below `root` (which ends in a separator) is neither installed, nor linked, nor hidden."""
    if not file.startswith(root) or any(file.startswith(prefix) for prefix in installed(root)):
        return False
    folders = [*Path(file[len(root) :]).parents][:-1]
    if any(
        folder.name in NOT_SOURCE or folder.name.startswith((".", f"{LINKED}_")) or folder.name == LINKED
        for folder in folders
    ):
        return False
    return not any(Path(root, folder, "pyvenv.cfg").exists() for folder in folders)


def installed(root: str) -> list[str]:
    """The folders of this interpreter inside the project: those of its environment, whatever that is called."""
    prefixes = {os.path.realpath(prefix) + os.sep for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix)}
    return [prefix for prefix in prefixes if prefix.startswith(root) and prefix != root]
