"""Stored → the files to write and to remove; what is removed when a function or the whole store goes."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from poetc.errors import StoreError
from poetc.ir import ENHANCED, Diagnostic, FileChange, Stored
from poetc.linked_file import NOTHING, Linked
from poetc.store.failure import shown
from poetc.store.folders import existing_folder
from poetc.store.layout import (
    GITIGNORE,
    HISTORY,
    METADATA,
    cache_folder,
    current_file,
    functions_folder,
    gitignore_file,
    version_folder,
)
from poetc.store.metadata_file import encode_metadata
from poetc.store.versions import numbers_in, read_current, read_version, readable_versions, unsound_versions

KEPT: Final = 10
"""versions of one function that are kept beside the one in use"""


def store_changes(
    root: Path, stored: Stored, linked: Linked = NOTHING, *, after: Container[str] = (), kept: int = KEPT
) -> tuple[FileChange, ...]:
    """The files of a version, `current` behind them, and the removal of the oldest versions beyond `kept` others.

    `linked`: the linked file of its module as it is; `after`: the sha256 of the code that will be in it: what is there
    isn't stored as well. Raises StoreError (POET507) if another build has stored something else under that number since
    `new_version`.
    """
    function = stored.folder.parent
    _require_own(root, stored, linked)
    digests, texts = stored.metadata["files"], {stored.folder / name: text for name, text in stored.files.items()}
    code = stored.folder / ENHANCED
    doubled = digests[ENHANCED] in after
    if doubled:
        texts.pop(code)
    written = (
        *(FileChange(path, text.encode("utf-8")) for path, text in texts.items()),
        FileChange(stored.folder / METADATA, encode_metadata(stored.metadata)),
        FileChange(current_file(function), f"v{stored.version}\n".encode()),
        *([FileChange(code, None)] if doubled and code.exists() else []),
    )
    gone = _spare(function, stored, kept)
    removed = (change for number in gone for change in _removals(version_folder(function, number)))
    others = set(numbers_in(function)) - {stored.version, *gone}
    return (*written, *removed, *_mended(root, stored.unit.name, function, others, linked))


def settled(root: Path, name: str, linked: Linked, after: Container[str]) -> Iterator[FileChange]:
    """What makes each version's code lie in one place: that in use in its linked file, if that will hold it, else, and
    all others, in the store. For a function of which nothing is stored anew; raises StoreError (POET213)."""
    folder = existing_folder(root, name)
    if folder is None:
        return
    try:
        current = read_current(root, name, linked)
    except StoreError:
        return
    for version in readable_versions(root, name, folder, linked):
        path = version.folder / ENHANCED
        if current is not None and version.version == current.version and version.code_hash in after:
            if path.exists():
                yield FileChange(path, None)
        elif not path.exists() and version.code_hash in linked.codes:
            yield FileChange(path, linked.codes[version.code_hash].encode("utf-8"))


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


def _require_own(root: Path, stored: Stored, linked: Linked) -> None:
    """A number stands for one text of one key for ever, or for what was lost."""
    function, name = stored.folder.parent, stored.unit.name
    if stored.version not in numbers_in(function) or stored.version in unsound_versions(root, name, function, linked):
        return
    wanted = [stored.metadata[field] for field in _OWN]
    if wanted in ([v.metadata[field] for field in _OWN] for v in readable_versions(root, name, function, linked)):
        return
    message = f"another build stored v{stored.version} of {name} meanwhile"
    where = shown(root, stored.folder)
    raise StoreError(Diagnostic("POET507", message, path=where, unit=name, hint="run `poet build` again"))


_OWN: Final = ("version", "key", "files")


def gitignore_changes(root: Path, *, local: bool) -> tuple[FileChange, ...]:
    """What keeps the cache out of git, and a `local` history: people may add to the file."""
    path = gitignore_file(root)
    lines = (path.read_bytes() if path.exists() else GITIGNORE).splitlines(keepends=True)
    rest = [line for line in lines if line.strip() != HISTORY.strip()]
    wanted = b"".join([*rest, *([HISTORY] if local else [])])
    return () if path.exists() and path.read_bytes() == wanted else (FileChange(path, wanted),)


def _spare(function: Path, stored: Stored, kept: int) -> list[int]:
    """The oldest versions, beyond as many as are kept; that from which the one in use was made goes last."""
    others = sorted({*numbers_in(function)} - {stored.version})
    gone = others[: max(0, len(others) - kept)]
    parent = stored.metadata.get("parent_version")
    if kept and parent in gone:
        gone[gone.index(parent)] = others[len(gone)]
    return gone


def _mended(root: Path, name: str, function: Path, numbers: set[int], linked: Linked) -> Iterator[FileChange]:
    """Other versions: what was in the linked file is stored; line ends are taken back; what can't be told any more is
    removed."""
    unsound = unsound_versions(root, name, function, linked)
    for version in readable_versions(root, name, function, linked):
        path = version.folder / ENHANCED
        if version.version in numbers - {*unsound} and not path.exists():
            yield FileChange(path, version.read_code().encode("utf-8"))
    for number in sorted(numbers.intersection(unsound)):
        folder = version_folder(function, number)
        mended = _with_its_line_ends(root, name, number)
        yield from _removals(folder) if mended is None else (FileChange(folder / ENHANCED, mended),)


def _with_its_line_ends(root: Path, name: str, number: int) -> bytes | None:
    """The code of a version to which version control has given other line ends; None if that isn't what is wrong."""
    try:
        version = read_version(root, name, number)
        data = (version.folder / ENHANCED).read_bytes().replace(b"\r\n", b"\n") if version else b""
    except (StoreError, OSError):
        return None
    fits = version is not None and sha256(data).hexdigest() == version.code_hash
    return data if fits else None


def _removals(folder: Path) -> tuple[FileChange, ...]:
    """One removal for each file below a folder, in a fixed order; links are removed, not followed."""
    files: list[Path] = []
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        files.extend(Path(parent) / name for name in (*names, *links))
    return tuple(FileChange(path, None) for path in sorted(files))
