"""Disk → what is stored of a function. Reading is light: JSON and hashes, no models."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from poetc.errors import StoreError
from poetc.ir import Stored, Unit
from poetc.store.containment import read_regular
from poetc.store.failure import damaged
from poetc.store.folders import existing_folder
from poetc.store.layout import (
    ENHANCED,
    MARK,
    METADATA,
    current_file,
    folder_name,
    functions_folder,
    version_folder,
    version_number,
)

_LIMIT: Final = 10_000_000
"""bytes of one stored file; the most a function may take in all"""
CONFLICT: Final = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( |\r?$)", re.MULTILINE)
_TEXTS: Final = ("key", "source_hash", "output_hash", "source_file", "engine", "engine_version", "operate", "why")


@dataclass(frozen=True, slots=True, eq=False)
class StoredVersion:
    """One version on disk, its metadata read and of the right form."""

    root: Path
    name: str
    version: int
    folder: Path
    metadata: Mapping[str, Any]

    def read_code(self) -> str:
        """enhanced.py, proven to be what was stored; raises StoreError (POET504) if it is missing or was edited."""
        path = self.folder / ENHANCED
        data = _read(self.root, path)
        if hashlib.sha256(data).hexdigest() != self.metadata["output_hash"]:
            raise damaged(self.root, path, reason_of(data, "its content is not what was stored"))
        return data.decode("utf-8")

    def for_unit(self, unit: Unit) -> Stored:
        """The stage value, for linking `unit` to this version; raises StoreError (POET504) as `read_code` does."""
        return Stored(unit, self.version, self.folder, self.read_code(), self.metadata)


def read_current(root: Path, name: str, *, verify: bool = False) -> StoredVersion | None:
    """The version in use, None if nothing is stored; `verify` also reads and hashes enhanced.py.

    Raises StoreError: POET504 if what is stored is damaged, POET213 for a name that can't be stored.
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
    found = _read_version(root, name, folder, number)
    if verify:
        found.read_code()
    return found


def read_version(root: Path, name: str, version: int) -> StoredVersion | None:
    """One version, None if it is not stored; raises StoreError (POET504, POET213)."""
    folder = existing_folder(root, name)
    if folder is None or not version_folder(folder, version).is_dir():
        return None
    return _read_version(root, name, folder, version)


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


def readable_versions(root: Path, name: str, folder: Path) -> tuple[StoredVersion, ...]:
    """The versions in a function's folder whose metadata can be read, ascending; damaged ones are left out."""
    found: list[StoredVersion] = []
    for number in numbers_in(folder):
        try:
            found.append(_read_version(root, name, folder, number))
        except StoreError:
            continue
    return tuple(found)


def unsound_versions(root: Path, name: str, folder: Path) -> dict[int, StoreError]:
    """Version → what is wrong with it, of all in a function's folder that aren't what was stored.

    An empty folder is no version: version control keeps none.
    """
    found: dict[int, StoreError] = {}
    for number in numbers_in(folder):
        try:
            _read_version(root, name, folder, number).read_code()
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


def _read_version(root: Path, name: str, folder: Path, number: int) -> StoredVersion:
    path = version_folder(folder, number) / METADATA
    data = _read(root, path)
    try:
        metadata = json.loads(data)
    except (ValueError, RecursionError):
        raise damaged(root, path, reason_of(data, "it is not JSON")) from None
    if reason := _objection(metadata, name, number):
        raise damaged(root, path, reason)
    return StoredVersion(root, name, number, path.parent, metadata)


def _objection(metadata: Any, name: str, number: int) -> str:
    if not isinstance(metadata, dict):
        return "it is not an object"
    if metadata.get("schema_version") != 1:
        return "it has another schema version"
    if metadata.get("name") != name or metadata.get("version") != number:
        return f"it belongs to another function or version than {name} v{number}"
    missing = [field for field in _TEXTS if not isinstance(metadata.get(field), str)]
    if missing or not isinstance(metadata.get("template"), dict) or not isinstance(metadata.get("policy"), dict):
        return f"it lacks {missing[0] if missing else 'template or policy'}"
    if not all(isinstance(metadata["template"].get(field), str) for field in ("name", "version", "digest")):
        return "its template is none"
    rewrites = metadata.get("rewrites", [])
    lines = [metadata.get("first_line"), metadata.get("last_line")]
    if not isinstance(rewrites, list) or not all(isinstance(each, dict) for each in rewrites):
        return "its rewrites are no list of objects"
    if not all(type(line) is int for line in (*lines, *(each.get("line") for each in rewrites))):
        return "a line of it is no number"
    return ""


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
