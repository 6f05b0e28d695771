"""Where things lie under `.dana/poet`, as pure functions of names: nothing here touches the disk.

A qualified name is nearly always its own folder's name. Some carry a mark, `~` and twelve digits of the name's
hash: names too long for a file system, names Windows keeps for devices, names in decomposed Unicode, and names that
hold a `~` themselves. So can one that differs from a neighbour by upper and lower case alone: see `folders.py`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path
from typing import Final

from poetc.errors import StoreError
from poetc.ir import Diagnostic

METADATA: Final = "metadata.json"
CURRENT: Final = "current"
GITIGNORE: Final = b"cache/\nexecutions/\nfeedback/\njournal/\njournal.tmp-*/\nlock\n"
HISTORY: Final = b"functions/\n"
"""the further line of `.gitignore` where versions aren't committed"""
MARK: Final = "~"

_LONGEST: Final = 180
"""bytes of a folder's name; file systems allow 255, encrypted ones 143 to 200, and a path on Windows 260 in all"""
_PREFIX: Final = 160
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
_DEVICES: Final = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³"]
)


def store_folder(root: Path) -> Path:
    """`.dana/poet` of a project."""
    return root / ".dana" / "poet"


def functions_folder(root: Path) -> Path:
    """The folder that holds one folder for each function."""
    return store_folder(root) / "functions"


def cache_folder(root: Path) -> Path:
    """The folder of what can be computed again: answers, and the stat index."""
    return store_folder(root) / "cache"


def answers_folder(root: Path, name: str) -> Path:
    """The folder of the cached answers for one function; raises StoreError (POET213) for an impossible name."""
    return cache_folder(root) / folder_name(name)


def answer_file(root: Path, name: str, key: str) -> Path:
    """The cached answer to one request; `key` is a hex digest, else ValueError."""
    if not 16 <= len(key) <= 128 or not set(key) <= set("0123456789abcdef"):
        raise ValueError(f"not a hex digest: {key!r}")
    return answers_folder(root, name) / f"{key}.json"


def index_file(root: Path) -> Path:
    """The stat index of the no-op build."""
    return cache_folder(root) / "index.json"


def gitignore_file(root: Path) -> Path:
    """What keeps the cache, the lock and an interrupted build out of git."""
    return store_folder(root) / ".gitignore"


def journal_folder(root: Path) -> Path:
    """A build that is being applied; found by a later command, it was interrupted."""
    return store_folder(root) / "journal"


def staging_folder(root: Path, pid: int) -> Path:
    """A build that is being prepared by process `pid`; nothing in it counts yet."""
    return store_folder(root) / f"journal.tmp-{pid}"


def lock_file(root: Path) -> Path:
    """The lock of the one process that may write."""
    return store_folder(root) / "lock"


def version_folder(function: Path, version: int) -> Path:
    """The folder of one version inside a function's folder."""
    return function / f"v{version}"


def current_file(function: Path) -> Path:
    """The one-line file that names the version in use."""
    return function / CURRENT


def version_number(text: str) -> int | None:
    """The number in "v12"; None for anything else, leading zeros and absurd lengths included."""
    digits = text[1:]
    plain = text[:1] == "v" and digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= 9
    return int(digits) if plain else None


def folder_name(name: str, *, apart: bool = False) -> str:
    """The folder of a qualified name; `apart` gives the marked one. Raises StoreError (POET213) if impossible."""
    reason = _objection(name)
    if reason:
        raise _refused(name, reason)
    device = name.split(".", 1)[0].rstrip(" ").upper() in _DEVICES
    composed = unicodedata.normalize("NFC", name)
    if not (apart or device or MARK in name or composed != name or len(name.encode()) > _LONGEST):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    prefix = composed.encode()[:_PREFIX].decode(errors="ignore")
    return f"{'_' if device else ''}{prefix}{MARK}{digest}"


def folded(name: str) -> str:
    """What a file system that ignores case and composition compares names by."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _objection(name: str) -> str:
    if not name.isprintable():
        return "it holds a character that can't be printed"
    if any(not part.strip() or part != part.strip() for part in name.split(".")):
        return "a part of it is empty"
    if found := sorted(_FORBIDDEN.intersection(name)):
        return f"it holds {found[0]!r}"
    return ""


def _refused(name: str, reason: str) -> StoreError:
    shown = ascii(name if len(name) <= 200 else name[:200] + "...")
    hint = "rename the function, its class or its module"
    return StoreError(Diagnostic("POET213", f"the name {shown} cannot be a folder: {reason}", hint=hint))
