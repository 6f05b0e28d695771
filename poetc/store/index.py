"""The stat index: what is known of a file as long as its stat has not changed, so that a no-op build reads no sources.

A file's stat can stay the same although its content changes: when it is written again within one tick of its clock
after it was read ("racily clean", in git's words). An entry is therefore kept only if the file had rested for `RESTED`
before this run began, hence before it was read: a later write then gets a later time. Both times are the file
system's: the beginning is the time of the freshly created index file, less the time that has passed since `load_index`.
A younger file is kept if the run knows what it held, since it wrote or read that itself: its row then bears the digest
of that, and until a run that began late enough has confirmed it, the file is read and hashed, beside its stat.
The change time (ctime) is compared and has to have rested too, so setting the modification time back hides nothing. An
index that this user didn't write on this machine is empty: it may have come with the checkout.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from poetc.errors import StoreError
from poetc.seal import seal, unseal
from poetc.store.containment import contained, read_regular
from poetc.store.ignored import have_gitignore
from poetc.store.layout import index_file

RESTED: Final = 2_000_000_000
"""nanoseconds; the coarsest clock of a file system in use (FAT) ticks every two seconds"""
_LIMIT: Final = 200_000_000
_SCHEMA: Final = 2
_PURPOSE: Final = "stat index"


class Known(NamedTuple):
    """What was found when the file was last read."""

    digest: str
    flag: int


class Row(NamedTuple):
    """What is kept of a file."""

    stat: list[int]
    digest: str
    flag: int
    newest: int = 0
    proof: str = ""
    """sha256 of what the file has to hold; "" where the stat alone is believed"""


class Index:
    """Relative posix path → `Row`, for one run."""

    def __init__(self, root: Path, stamp: str, rows: dict[str, Row]) -> None:
        self._root = root
        self._stamp = stamp
        self._rows = rows
        self._seen: set[str] = set()
        self._doubted = {path for path, row in rows.items() if row.proof}
        self._contents: dict[str, str | None] = {}
        self._changed = False
        self._began = time.monotonic_ns()

    def known(self, path: str, stat: os.stat_result) -> Known | None:
        """What is known of the file at `path`, None if its stat is another, or what it holds."""
        row = self._rows.get(path)
        if row is None or row.stat != _stat_row(stat):
            return None
        if path in self._doubted:
            if self.content(path) != row.proof:
                return None
            self._doubted.discard(path)
            self._changed = True  # it may have rested by now
        self._seen.add(path)
        return Known(row.digest, row.flag)

    def content(self, path: str) -> str | None:
        """The digest of what a file holds in this run, read once; None if it can't be read."""
        if path not in self._contents:
            self._contents[path] = digest_of(self._root / path)
        return self._contents[path]

    def remember(
        self, path: str, stat: os.stat_result, digest: str, flag: int = 0, newest: int = 0, proof: str = ""
    ) -> None:
        """Take note of a file; `stat` must have been taken before it was read, after `load_index`.

        `newest`: the latest time, in nanoseconds, of other files that `digest` depends on: they must have rested too.
        `proof`: the sha256 of what this run has found in the file, or written to it. Without one, it must have rested.
        """
        row = Row(_stat_row(stat), digest, flag, newest, proof)
        self._seen.add(path)
        self._doubted.discard(path)
        if self._rows.get(path) != row:
            self._rows[path] = row
            self._changed = True

    def forget(self, path: str) -> None:
        """Drop a file, for one that this very run writes."""
        if self._rows.pop(path, None) is not None:
            self._changed = True

    def save(self) -> bool:
        """Write the index atomically if it has changed; False if not written, be it that it can't be."""
        if not self._changed:
            return False
        temporary = index_file(self._root).with_name(f"index.json.{os.getpid()}.tmp")
        try:
            self._save(contained(self._root, temporary))
        except (OSError, StoreError):
            with suppress(OSError):
                temporary.unlink()
            return False
        self._changed = False
        return True

    def _save(self, temporary: Path) -> None:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)  # a new file, for a new time
        with temporary.open("xb") as file:
            now = os.fstat(file.fileno()).st_mtime_ns
            rested = now - (time.monotonic_ns() - self._began) - RESTED
            kept = {path: row for path in self._rows if (row := self._kept(path, rested)) is not None}
            file.write(_encode(self._stamp, kept))
        temporary.replace(index_file(self._root))
        have_gitignore(self._root)

    def _kept(self, path: str, rested: int) -> Row | None:
        """The row as the next run may believe it; None for one that it may not."""
        row = self._rows[path]
        if row.newest >= rested or not (path in self._seen or (self._root / path).exists()):
            return None
        if path in self._doubted:  # not looked at by this run
            return row
        if max(row.stat[:2]) < rested:
            return row._replace(proof="")
        return row if row.proof else None


def digest_of(path: Path) -> str | None:
    """The sha256 of what a regular file holds, or of the names in a folder; None if it can't be read."""
    try:
        if path.is_dir():
            return sha256("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")).hexdigest()  # noqa: PTH208
        return sha256(read_regular(path, _LIMIT)).hexdigest()
    except OSError:
        return None


def load_index(root: Path, stamp: str) -> Index:
    """The index of the last run; empty if it has another `stamp`, is damaged or not there. Raises nothing."""
    root = root.resolve()
    try:
        rows = _decode(read_regular(index_file(root), _LIMIT), stamp)
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        rows = {}
    return Index(root, stamp, rows)


def _stat_row(stat: os.stat_result) -> list[int]:
    return [stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino]


def _encode(stamp: str, rows: dict[str, Row]) -> bytes:
    index = {"schema": _SCHEMA, "stamp": stamp, "files": dict(sorted(rows.items()))}
    return seal(_PURPOSE, json.dumps(index, separators=(",", ":")).encode("ascii"))


def _decode(data: bytes, stamp: str) -> dict[str, Row]:
    body = unseal(_PURPOSE, data)
    if body is None:
        raise ValueError("damaged, or of another user")
    index = json.loads(body)
    if index["schema"] != _SCHEMA or index["stamp"] != stamp:
        raise ValueError("of another time")
    return {path: Row(*row) for path, row in index["files"].items()}
