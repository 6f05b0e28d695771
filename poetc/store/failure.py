"""OSError → StoreError, said in words about the file it is about."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poetc.errors import StoreError
from poetc.ir import Diagnostic

_WRITABLE = "make it writable, then run the command again"
_SPACE = "free some space, then run the command again"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def shown(root: Path, path: Path) -> str:
    """The path from the project's root, posix; as it is if it lies elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def cannot_write(root: Path, path: Path, reason: str, hint: str = _WRITABLE) -> StoreError:
    """POET501 about one path."""
    where = shown(root, path)
    return StoreError(Diagnostic("POET501", f"cannot write {where}: {reason}", path=where, hint=hint))


def damaged(root: Path, path: Path, reason: str) -> StoreError:
    """POET504 about one file of the store."""
    where = shown(root, path)
    hint = "run `poet build`, which stores it anew, or restore it from version control"
    return StoreError(Diagnostic("POET504", f"{where} is damaged: {reason}", path=where, hint=hint))


@contextmanager
def translated(root: Path, path: Path, hint: str = "") -> Iterator[None]:
    """Turn an OSError into a StoreError: POET502 if the disk is full, else POET501, about `path` or its own."""
    try:
        yield
    except OSError as error:
        where = Path(error.filename) if isinstance(error.filename, str) else path
        reason = error.strerror or str(error)
        if error.errno in _FULL:
            message = f"cannot write {shown(root, where)}: {reason}"
            raise StoreError(Diagnostic("POET502", message, hint=hint or _SPACE)) from error
        raise cannot_write(root, where, reason, hint or _WRITABLE) from error
