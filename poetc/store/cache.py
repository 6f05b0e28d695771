"""Answers of the service, kept under what was asked. Safe to delete.

Each file is sealed with its function and key. What doesn't fit is cut off, rotten, another's or another user's: it is
removed, and counts as not there. A cache that can't be written is no failure: the build goes on without.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from poetc.errors import StoreError
from poetc.seal import seal, unseal
from poetc.store.containment import contained, read_regular
from poetc.store.ignored import have_gitignore
from poetc.store.layout import answer_file

ANSWER_BYTES: Final = 10_000_000
"""of one answer; as many as the service may send"""
ENTRIES: Final = 20
"""answers for one function; the least recently used go first"""
_ABANDONED: Final = 3600.0
"""seconds after which a half-written file belongs to nobody"""


def load_answer(root: Path, name: str, key: str) -> dict[str, Any] | None:
    """The answer kept for `key` (a hex digest), or None; a damaged one is removed. Raises StoreError (POET213)."""
    path = answer_file(root, name, key)
    try:
        data = read_regular(path, ANSWER_BYTES + 200)
    except FileNotFoundError:
        return None
    except OSError:
        data = b""
    answer = _open(data, name, key)
    with suppress(OSError):
        path.unlink() if answer is None else os.utime(path)
    return answer


def save_answer(root: Path, name: str, key: str, answer: dict[str, Any]) -> bool:
    """Keep an answer (JSON types) atomically; False if too large or not writable. Raises StoreError (POET213)."""
    root = root.resolve()
    path = answer_file(root, name, key)
    payload = _payload(answer)
    if len(payload) > ANSWER_BYTES:
        return False
    try:
        write_cache_file(root, path, seal(_purpose(name, key), payload))
        _evict(path.parent)
    except (OSError, StoreError):
        return False
    return True


@dataclass(slots=True)
class Cache:
    """The answers of one project, counted."""

    root: Path
    hits: int = 0
    misses: int = 0

    def load(self, name: str, key: str) -> dict[str, Any] | None:
        """`load_answer`, counted as a hit or a miss."""
        answer = load_answer(self.root, name, key)
        if answer is None:
            self.misses += 1
        else:
            self.hits += 1
        return answer

    def save(self, name: str, key: str, answer: dict[str, Any]) -> bool:
        """`save_answer`."""
        return save_answer(self.root, name, key, answer)


def write_cache_file(root: Path, path: Path, data: bytes) -> None:
    """Write below `.dana/poet/cache` atomically, not durably: what is lost can be computed again.

    Raises OSError, and StoreError (POET501) if the folder leads out of the project. `root` must be resolved.
    """
    real = contained(root, path)
    real.parent.mkdir(parents=True, exist_ok=True)
    temporary = real.with_name(f"{real.name}.{os.getpid()}-{time.monotonic_ns()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(real)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    have_gitignore(root)


def _payload(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, sort_keys=True, separators=(",", ":")).encode("ascii")


def _purpose(name: str, key: str) -> str:
    return f"answer {json.dumps([name, key])}"


def _open(data: bytes, name: str, key: str) -> dict[str, Any] | None:
    body = unseal(_purpose(name, key), data)
    try:
        answer = None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _evict(folder: Path) -> None:
    """Keep the newest entries; other processes may do the same at this moment."""
    entries: list[tuple[int, str]] = []
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):
            modified = entry.stat(follow_symlinks=False).st_mtime_ns
            if entry.name.endswith(".json"):
                entries.append((modified, entry.path))
            elif modified < time.time_ns() - _ABANDONED * 1e9:
                Path(entry.path).unlink()
    for _, path in sorted(entries, reverse=True)[ENTRIES:]:
        with suppress(FileNotFoundError):
            Path(path).unlink()
