"""Path → the same path, proven to lie inside the project; nothing is written through a link that leads out of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from poetc.store.failure import cannot_write

Folders = dict[Path, Path]
"""folder → its real path, as it was found once in one go over many paths"""


def contained(root: Path, path: Path, *, removing: bool = False, known: Folders | None = None) -> Path:
    """The real path to write `path` at, links resolved; when removing, a link itself is meant. `root` must be resolved.

    `known` folders aren't resolved again. Raises StoreError (POET501) if that is not below `root`.
    """
    if not path.is_absolute() or ".." in path.parts or "\0" in str(path):
        raise cannot_write(root, path, "it is not a plain path inside the project", "")
    known = {} if known is None else known
    parent = known.get(path.parent) or known.setdefault(path.parent, Path(os.path.realpath(path.parent)))
    real = parent / path.name
    if not removing and real.is_symlink():
        real = Path(os.path.realpath(real))
    if real == root or not real.is_relative_to(root):
        hint = "replace the link by what it points to"
        raise cannot_write(root, path, f"it leads out of the project, to {real}", hint)
    return real


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; OSError also for a pipe, a device, a larger file."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"not a regular file: {path}")
        data = read_handle(handle, limit + 1)
    finally:
        os.close(handle)
    if len(data) > limit:
        raise OSError(f"larger than {limit} bytes: {path}")
    return data


def read_handle(handle: int, limit: int) -> bytes:
    """At most `limit` bytes of what the open file holds."""
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(handle, min(limit, 1 << 20))):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
