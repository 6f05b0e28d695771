"""Stored → the files to write and to remove; what is removed when a function or the whole store goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from poetc.errors import StoreError
from poetc.ir import Diagnostic, FileChange, Stored
from poetc.store.failure import shown
from poetc.store.folders import existing_folder
from poetc.store.layout import (
    ENHANCED,
    GITIGNORE,
    METADATA,
    cache_folder,
    current_file,
    functions_folder,
    gitignore_file,
    version_folder,
)
from poetc.store.newversion import encode_metadata
from poetc.store.versions import numbers_in, read_version, readable_versions, unsound_versions

KEPT: Final = 10
"""versions of one function, the new one included"""


def store_changes(root: Path, stored: Stored) -> tuple[FileChange, ...]:
    """The files of a version, `current` behind them, and the removal of the oldest versions beyond ten not in use.

    Raises StoreError (POET507) if another build has stored something else under that number since `new_version`.
    """
    function = stored.folder.parent
    _require_own(root, stored)
    written = (
        FileChange(stored.folder / ENHANCED, stored.code.encode("utf-8")),
        FileChange(stored.folder / METADATA, encode_metadata(stored.metadata)),
        FileChange(current_file(function), f"v{stored.version}\n".encode()),
    )
    return (*_gitignore(root), *written, *_prune(function, stored), *_mended(root, function, stored))


def remove(root: Path, name: str) -> tuple[FileChange, ...]:
    """The removal of everything stored of a function whose source is gone; cached answers stay, in case it comes back.

    Raises StoreError (POET213).
    """
    folder = existing_folder(root, name)
    return _removals(folder) if folder else ()


def clean(root: Path, *, everything: bool = False) -> tuple[FileChange, ...]:
    """The removal of the cache; with `everything` of all versions too. Executions and feedback always stay."""
    removed = _removals(cache_folder(root))
    if not everything:
        return removed
    removed += _removals(functions_folder(root))
    fed = any((cache_folder(root).parent / folder).exists() for folder in ("executions", "feedback"))
    return removed if fed or not gitignore_file(root).exists() else (*removed, FileChange(gitignore_file(root), None))


def _require_own(root: Path, stored: Stored) -> None:
    """A number stands for one text of one key for ever, or for what was lost."""
    function = stored.folder.parent
    if stored.version not in numbers_in(function) or stored.version in unsound_versions(
        root, stored.unit.name, function
    ):
        return
    known = readable_versions(root, stored.unit.name, stored.folder.parent)
    wanted = [stored.metadata[field] for field in ("version", "key", "output_hash")]
    if wanted in ([v.metadata[field] for field in ("version", "key", "output_hash")] for v in known):
        return
    where, name = shown(root, stored.folder), stored.unit.name
    message = f"another build stored v{stored.version} of {name} meanwhile"
    raise StoreError(Diagnostic("POET507", message, path=where, unit=name, hint="run `poet build` again"))


def _gitignore(root: Path) -> tuple[FileChange, ...]:
    """Only where there is none: people may add to it."""
    path = gitignore_file(root)
    return () if path.exists() else (FileChange(path, GITIGNORE),)


def _prune(function: Path, stored: Stored) -> tuple[FileChange, ...]:
    in_use = {stored.version, stored.metadata.get("parent_version")}
    versions = sorted({*numbers_in(function), stored.version})
    spare = [version for version in versions if version not in in_use]
    gone = spare[: max(0, len(versions) - KEPT)]
    return tuple(change for version in gone for change in _removals(version_folder(function, version)))


def _mended(root: Path, function: Path, stored: Stored) -> Iterator[FileChange]:
    """Other versions that aren't what was stored: line ends are taken back, what can't be told any more is removed."""
    for number in unsound_versions(root, stored.unit.name, function):
        if number != stored.version:
            folder = version_folder(function, number)
            mended = _with_its_line_ends(root, stored.unit.name, number)
            yield from _removals(folder) if mended is None else (FileChange(folder / ENHANCED, mended),)


def _with_its_line_ends(root: Path, name: str, number: int) -> bytes | None:
    """The code of a version to which version control has given other line ends; None if that isn't what is wrong."""
    try:
        version = read_version(root, name, number)
        data = (version.folder / ENHANCED).read_bytes().replace(b"\r\n", b"\n") if version else b""
    except (StoreError, OSError):
        return None
    fits = version is not None and sha256(data).hexdigest() == version.metadata["output_hash"]
    return data if fits else None


def _removals(folder: Path) -> tuple[FileChange, ...]:
    """One removal for each file below a folder, in a fixed order; links are removed, not followed."""
    files: list[Path] = []
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        files.extend(Path(parent) / name for name in (*names, *links))
    return tuple(FileChange(path, None) for path in sorted(files))
