"""Any path → the folder of the project it belongs to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from poetc.config.ownership import belongs_to_stranger
from poetc.errors import ConfigError
from poetc.ir import Diagnostic

MARKS: Final = ("pyproject.toml", ".git")


def find_root(start: Path) -> Path:
    """The nearest folder with pyproject.toml or .git, else `start` itself (its folder); no further one is looked at.

    Raises ConfigError (POET221) if what marks it was put there by another user.
    """
    start = Path(os.path.realpath(start))
    here = start if start.is_dir() else start.parent
    for folder in (here, *here.parents):
        marks = [mark for mark in (folder / name for name in MARKS) if os.path.lexists(mark)]
        if marks:
            _refuse_a_strangers(marks, here)
            return folder
    return here


def _refuse_a_strangers(marks: list[Path], here: Path) -> None:
    for mark in marks:
        if belongs_to_stranger(mark, here):
            message = f"the project around {here} would be that of {mark}, which belongs to another user"
            hint = "run `poet init` in the folder of your own project; if that one is yours, work in it or `chown` it"
            raise ConfigError(Diagnostic("POET221", message, hint=hint))
