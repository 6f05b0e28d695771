"""A file's path → the module it is: dotted name, the folder to import it from, and the package it ships in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple


class ModuleName(NamedTuple):
    """Fields as in `SourceFile`."""

    module: str
    base: Path
    package: str


def name_module(path: Path, root: Path, src: Iterable[str] = ()) -> ModuleName:
    """Walk up while folders are regular packages; the base is the folder around the outermost one.

    A source root (`src`, and each of `src=`) is never a package, and nothing above `root` is looked at. Folders between
    a source root and the outermost regular package, or the module, are a namespace (PEP 420), with which names begin.
    What can't be imported, since its name is no identifier, gets one of its own.
    """
    sources = {str(root / "src"), *(str(root / folder) for folder in src)}
    sources = {os.path.normpath(source) for source in sources}
    folder, packages = path.parent, list[str]()
    while str(folder) not in sources and _is_package(folder):
        packages.insert(0, folder.name)
        if folder == root:
            folder = folder.parent
            break
        folder = folder.parent
    stem = path.name.removesuffix(".py")
    namespace, base = _namespace(folder, root, sources)
    if not packages and (not namespace or stem == "__init__"):
        return ModuleName(_alone(path, stem), folder, "")
    last = [] if stem == "__init__" else [identifier(stem)]
    return ModuleName(".".join([*namespace, *packages, *last]), base, ".".join([*namespace, *packages[:1]]))


def _namespace(folder: Path, root: Path, sources: set[str]) -> tuple[list[str], Path]:
    """The names of the folders between a source root and `folder`, and that root; none if they lead to no such root."""
    names, above = list[str](), folder
    while str(above) not in sources:
        if above in (root, above.parent) or not above.name.isidentifier():
            return [], folder
        names.insert(0, above.name)
        above = above.parent
    return names, above


def _is_package(folder: Path) -> bool:
    return folder.name.isidentifier() and (folder / "__init__.py").is_file()


def _alone(path: Path, stem: str) -> str:
    """The name of a module outside of any package; a stray `__init__.py` takes its folder's."""
    return identifier(stem) if stem != "__init__" else identifier(path.parent.name, always=True)


def identifier(stem: str, *, always: bool = False) -> str:
    """`stem`, or if it is no identifier the nearest one with eight digits of its sha256 behind it, so that `a-b` and
    `a_b` stay apart."""
    if stem.isidentifier() and not iskeyword(stem) and not always:
        return stem
    from hashlib import sha256

    near = "".join(c if f"_{c}".isidentifier() else "_" for c in stem)
    digest = sha256(stem.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{'' if near[:1].isidentifier() else '_'}{near}_{digest}"
