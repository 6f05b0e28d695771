"""Qualified name → folder, when two names differ only in case and the file system may not tell them apart.

Who has a folder keeps it. Of several newcomers that fold to one name, the first in code point order takes the plain
folder, and the others the marked one; the answer depends on the disk and on the set of names, never on who comes first.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from poetc.store.layout import folded, folder_name, functions_folder


class Folders:
    """The folders of the functions of one build."""

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        """Read once what is on disk under `root`; `names` are all functions that this build may store."""
        self.root = root
        self._present = {_composed(entry) for entry in _listing(functions_folder(root))}
        self._taken = {folded(entry) for entry in self._present}
        self._rivals: dict[str, list[str]] = {}
        for name in names:
            self._rivals.setdefault(folded(name), []).append(name)

    def of(self, name: str) -> Path:
        """The folder of `name`, there or not yet; raises StoreError (POET213) for a name that can't be stored."""
        return functions_folder(self.root) / self._folder(name)

    def _folder(self, name: str) -> str:
        plain, apart = folder_name(name), folder_name(name, apart=True)
        if self._owns(name):
            return apart if _composed(apart) in self._present else plain
        if folded(plain) in self._taken:
            return apart
        newcomers = [rival for rival in self._rivals.get(folded(name), ()) if not self._owns(rival)]
        return plain if name <= min(newcomers, default=name) else apart

    def _owns(self, name: str) -> bool:
        both = {_composed(folder_name(name)), _composed(folder_name(name, apart=True))}
        return not both.isdisjoint(self._present)


def existing_folder(root: Path, name: str) -> Path | None:
    """The folder that `name` has on disk, mostly without a listing; None if none. Raises StoreError (POET213)."""
    apart = functions_folder(root) / folder_name(name, apart=True)
    if apart.is_dir():
        return apart
    plain = functions_folder(root) / folder_name(name)
    return plain if plain.is_dir() and _spelled_so(plain) else None


def _spelled_so(folder: Path) -> bool:
    """Whether the folder bears this very name: if the swapped case is not found, the file system minds case."""
    if not folder.with_name(folder.name.swapcase()).is_dir():
        return True
    return _composed(folder.name) in {_composed(entry) for entry in _listing(folder.parent)}


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
    except OSError:
        return []
