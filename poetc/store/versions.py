"""Disk → what is stored of a function. Reading is light: JSON and hashes, no models."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from poetc.errors import StoreError
from poetc.ir import ENHANCED, Stored, Unit
from poetc.linked_file import CONFLICT, NOTHING, Linked
from poetc.store.containment import read_regular
from poetc.store.failure import damaged
from poetc.store.folders import existing_folder
from poetc.store.layout import (
    MARK,
    METADATA,
    current_file,
    folder_name,
    functions_folder,
    version_folder,
    version_number,
)
from poetc.store.metadata_file import completed

_LIMIT: Final = 10_000_000
"""bytes of one stored file; the most a function may take in all"""
SCHEMA: Final = 2
"""of metadata.json; version 0.1 wrote 1"""
_TEXTS: Final = ("key", "source_hash", "source_file", "engine", "engine_version", "operate", "why")
OF_VERSION_01: Final = "poetc 0.1 wrote it, in another form"
_FILE: Final = re.compile(r"[a-z_]{1,40}\.(?:py|json|na)", re.ASCII)
"""name of a file of a version"""


@dataclass(frozen=True, slots=True, eq=False)
class StoredVersion:
    """One version on disk, its metadata read and of the right form."""

    root: Path
    name: str
    version: int
    folder: Path
    metadata: Mapping[str, Any]
    linked: Linked = NOTHING
    """where its code is if it isn't in its folder: what is current isn't stored twice"""

    @property
    def code_hash(self) -> str:
        """The sha256 of its code."""
        return str(self.metadata["files"][ENHANCED])

    def read_files(self) -> dict[str, str]:
        """Name → text, proven to be what was stored; raises StoreError (POET504) if one is missing or was edited."""
        return {name: self._read(name, digest) for name, digest in self.metadata["files"].items()}

    def read_code(self) -> str:
        """Its code, proven to be what was stored; raises StoreError (POET504) if it is missing or was edited."""
        return self._read(ENHANCED, self.code_hash)

    def for_unit(self, unit: Unit) -> Stored:
        """The stage value, for linking `unit` to this version; raises StoreError (POET504) as `read_files` does."""
        return Stored(unit, self.version, self.folder, self.read_files(), self.metadata)

    def _read(self, name: str, digest: str) -> str:
        path = self.folder / name
        if name == ENHANCED and not path.exists():
            if digest in self.linked.codes:
                return self.linked.codes[digest]
            where = self.linked.path or path
            raise damaged(self.root, where, self.linked.problem or "it doesn't hold what was stored")
        data = _read(self.root, path)
        if hashlib.sha256(data).hexdigest() != digest:
            raise damaged(self.root, path, reason_of(data, "its content is not what was stored"))
        return data.decode("utf-8")


def read_current(root: Path, name: str, linked: Linked = NOTHING, *, verify: bool = False) -> StoredVersion | None:
    """The version in use, None if nothing is stored; `verify` also reads and hashes its files.

    `linked`: the linked file of its module. Raises StoreError: POET504 if what is stored is damaged, POET213 for a name
    that can't be stored.
    """
    folder = existing_folder(root, name)
    if folder is None:
        return None
    path = current_file(folder)
    if not path.exists() and not numbers_in(folder):
        return None
    data = _read(root, path)
    number = version_number(data.decode("utf-8", "replace").strip())
    if number is None:
        raise damaged(root, path, reason_of(data, "it does not name a version"))
    if not version_folder(folder, number).is_dir():
        raise damaged(root, path, f"it names v{number}, which is missing")
    found = _read_version(root, name, folder, number, linked)
    if verify:
        found.read_files()
    return found


def read_version(root: Path, name: str, version: int, linked: Linked = NOTHING) -> StoredVersion | None:
    """One version, None if it is not stored; raises StoreError (POET504, POET213)."""
    folder = existing_folder(root, name)
    if folder is None or not version_folder(folder, version).is_dir():
        return None
    return _read_version(root, name, folder, version, linked)


def is_of_version_01(root: Path) -> bool:
    """Whether a store was written by poetc 0.1: one metadata.json tells, for a build writes all of them."""
    for folder in _folders(functions_folder(root)):
        for number in numbers_in(folder):
            with suppress(OSError):
                data = read_regular(version_folder(folder, number) / METADATA, _LIMIT)
                return b'"schema_version": 1,' in data[:200]
    return False


def list_versions(root: Path, name: str) -> tuple[int, ...]:
    """The numbers of all stored versions, damaged ones included, ascending; raises StoreError (POET213)."""
    folder = existing_folder(root, name)
    return numbers_in(folder) if folder else ()


def list_names(root: Path) -> tuple[str, ...]:
    """The qualified names of all stored functions, sorted; raises StoreError (POET504) if one can't be told."""
    names: list[str] = []
    for folder in _folders(functions_folder(root)):
        name = _name_in_metadata(folder) if MARK in folder.name else folder.name
        if name is None:
            raise damaged(root, folder, "whose function it belongs to cannot be told; remove it if it is not yours")
        if _may_have(name, folder.name):
            names.append(name)
    return tuple(sorted(names))


def readable_versions(root: Path, name: str, folder: Path, linked: Linked = NOTHING) -> tuple[StoredVersion, ...]:
    """The versions in a function's folder whose metadata can be read, ascending; damaged ones are left out."""
    found: list[StoredVersion] = []
    for number in numbers_in(folder):
        try:
            found.append(_read_version(root, name, folder, number, linked))
        except StoreError:
            continue
    return tuple(found)


def unsound_versions(root: Path, name: str, folder: Path, linked: Linked = NOTHING) -> dict[int, StoreError]:
    """Version → what is wrong with it, of all in a function's folder that aren't what was stored.

    An empty folder is no version: version control keeps none.
    """
    found: dict[int, StoreError] = {}
    for number in numbers_in(folder):
        try:
            _read_version(root, name, folder, number, linked).read_files()
        except StoreError as error:
            found[number] = error
    return found


def reason_of(data: bytes, otherwise: str) -> str:
    """Why a file isn't what was stored, if that can be seen in it."""
    return "it holds the conflict markers of a merge" if CONFLICT.search(data) else otherwise


def numbers_in(folder: Path) -> tuple[int, ...]:
    """The numbers of the versions in a function's folder, ascending; an empty folder is none."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208 - names are wanted, not paths
    except OSError:
        return ()
    numbers = (number for entry in entries if (number := version_number(entry)) is not None)
    return tuple(
        sorted(n for n in numbers if any((version_folder(folder, n) / f).exists() for f in (ENHANCED, METADATA)))
    )


def _read_version(root: Path, name: str, folder: Path, number: int, linked: Linked) -> StoredVersion:
    path = version_folder(folder, number) / METADATA
    data = _read(root, path)
    try:
        metadata = completed(json.loads(data))
    except (ValueError, RecursionError):
        raise damaged(root, path, reason_of(data, "it is not JSON")) from None
    if reason := _objection(metadata, name, number):
        raise damaged(root, path, reason)
    return StoredVersion(root, name, number, path.parent, metadata, linked)


def _objection(metadata: Any, name: str, number: int) -> str:
    if not isinstance(metadata, dict):
        return "it is not an object"
    if metadata.get("schema_version") == 1:
        return OF_VERSION_01
    if metadata.get("schema_version") != SCHEMA:
        return "it has another schema version"
    if metadata.get("name") != name or metadata.get("version") != number:
        return f"it belongs to another function or version than {name} v{number}"
    missing = [field for field in _TEXTS if not isinstance(metadata.get(field), str)]
    if missing or not isinstance(metadata.get("template"), dict) or not isinstance(metadata.get("policy"), dict):
        return f"it lacks {missing[0] if missing else 'template or policy'}"
    if not all(isinstance(metadata["template"].get(field), str) for field in ("name", "version", "digest")):
        return "its template is none"
    files = metadata.get("files")
    if not isinstance(files, dict) or ENHANCED not in files or not all(map(_is_file, files.items())):
        return "its files are none"
    rewrites = metadata.get("rewrites", [])
    lines = [metadata.get("first_line"), metadata.get("last_line")]
    if not isinstance(rewrites, list) or not all(isinstance(each, dict) for each in rewrites):
        return "its rewrites are no list of objects"
    if not all(type(line) is int for line in (*lines, *(each.get("line") for each in rewrites))):
        return "a line of it is no number"
    return ""


def _is_file(item: tuple[Any, Any]) -> bool:
    name, digest = item
    return isinstance(digest, str) and bool(_FILE.fullmatch(name))


def _read(root: Path, path: Path) -> bytes:
    try:
        return read_regular(path, _LIMIT)
    except FileNotFoundError:
        raise damaged(root, path, "it is missing") from None
    except OSError as error:
        raise damaged(root, path, f"it cannot be read: {error.strerror or error}") from error


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        return []


def _name_in_metadata(folder: Path) -> str | None:
    for number in numbers_in(folder):
        try:
            metadata = json.loads(read_regular(version_folder(folder, number) / METADATA, _LIMIT))
        except (OSError, ValueError, RecursionError):
            continue
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            return name
    return None


def _may_have(name: str, entry: str) -> bool:
    """Whether a folder is where `name` would be stored; folders of other origin are nobody's function."""
    try:
        return entry in (folder_name(name), folder_name(name, apart=True))
    except StoreError:
        return False
