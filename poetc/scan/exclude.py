"""Which files and folders a scan leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache
from typing import Final

from poetc.ir.source import NOT_SOURCE

FOLDERS: Final = NOT_SOURCE
"""left out wherever they lie, like every hidden folder; naming one on the command line or in `paths` scans it"""


@lru_cache(maxsize=32)
def excluder(patterns: tuple[str, ...]) -> Callable[[str, str], bool]:
    """Globs → (name, posix path from the root) → whether it is left out. "*" crosses "/", as in fnmatch."""
    names, paths = [], []
    for pattern in patterns:
        trimmed = pattern.removeprefix("./").rstrip("/")
        if "/" not in trimmed:
            names.append(translate(trimmed))
            continue
        paths.append(translate(trimmed.lstrip("/")))
        if trimmed.startswith("**/"):
            paths.append(translate(trimmed.removeprefix("**/")))
    if not names and not paths:
        return lambda name, path: False
    of_name, of_path = (re.compile("|".join(each) or r"(?!)").match for each in (names, paths))
    return lambda name, path: bool(of_name(name) or of_path(path))
