"""What lies in a link package and would be imported in place of the files that `poet build` wrote there.

Python takes a package before a module, an extension before a source, and bytecode that says so without looking at its
source. None of that is ever written by a build.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_EXTENSIONS: Final = (".so", ".pyd", ".dll", ".dylib")
_HASHED, _CHECKED = 1, 2
"""flags in the head of bytecode: told apart by its source's hash, and compared with it"""


def shadows(root: Path) -> list[Path]:
    """The files and folders below a link package that stand before what a build wrote."""
    return sorted(_found(root))


def _found(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        if here.name == "__pycache__":
            yield from (here / name for name in files if name.endswith(".pyc") and _is_unchecked(here / name))
            continue
        modules = {name.removesuffix(".py") for name in files if name.endswith(".py")}
        yield from (here / name for name in folders if name in modules and _is_package(here / name))
        yield from (here / name for name in files if name.endswith(_EXTENSIONS))
        yield from (here / name for name in folders if (here / name).is_symlink())


def _is_package(folder: Path) -> bool:
    return any(name.partition(".")[0] == "__init__" for name in os.listdir(folder))  # noqa: PTH208 - names, not paths


def _is_unchecked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            flags = int.from_bytes(file.read(8)[4:], "little")
    except OSError:
        return False
    return flags & (_HASHED | _CHECKED) == _HASHED
