"""One process at a time writes a project.

The lock is the kernel's, on `.dana/poet/lock`, so it ends with its holder however that ends. The file is removed on
release, while the lock is still held; who was waiting for that file sees that it is gone and opens the new one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poetc.errors import StoreError
from poetc.ir import Diagnostic
from poetc.store.containment import contained
from poetc.store.failure import translated
from poetc.store.layout import lock_file, store_folder

WAIT = 30.0
"""seconds; a publication takes a fraction of one"""
_POLL = 0.02
"""seconds"""
_MODE = 0o660
"""who may read a file may lock it: so that no other user of the machine can keep builds out"""


class _Gate:
    """What the threads of this process share for one project."""

    def __init__(self) -> None:
        self.turn = threading.RLock()
        self.depth = 0
        self.handle = -1


_gates: dict[Path, _Gate] = {}


@contextmanager
def project_lock(root: Path, wait: float = WAIT) -> Iterator[None]:
    """Hold the project's lock; the same thread may take it again inside.

    Waits at most `wait` seconds for another process or thread, then raises StoreError (POET506) that names the holder;
    POET501 or POET502 if the lock file can't be made.
    """
    root = root.resolve()
    gate = _gates.setdefault(root, _Gate())
    if not gate.turn.acquire(timeout=wait):
        raise _busy(str(os.getpid()))
    try:
        if gate.depth == 0:
            gate.handle = _acquire(root, wait)
        gate.depth += 1
        try:
            yield
        finally:
            gate.depth -= 1
            if gate.depth == 0:
                _release(root, gate.handle)
    finally:
        gate.turn.release()


def _acquire(root: Path, wait: float) -> int:
    path = contained(root, lock_file(root))
    deadline = time.monotonic() + wait
    while True:
        with translated(root, path):
            handle = _try(path)
        if handle is not None:
            return handle
        if time.monotonic() >= deadline:
            raise _busy(_holder(path))
        time.sleep(_POLL)


def _try(path: Path) -> int | None:
    """Open and lock the file; None if somebody else has it, or has just thrown it away."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), _MODE)
    except FileNotFoundError:  # the last holder has just removed the empty folder
        return None
    except FileExistsError:  # the same, while it was being made; or a file in its place
        if path.parent.exists() and not path.parent.is_dir():
            raise
        return None
    try:
        if _lock(handle) and _is_still(path, handle):
            with suppress(OSError):  # the disk is full: who holds it is only said in messages
                os.truncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _release(root: Path, handle: int) -> None:
    with suppress(OSError):  # Windows keeps an open file; a later holder then uses it again
        lock_file(root).unlink()
    os.close(handle)
    for folder in (store_folder(root), store_folder(root).parent):
        with suppress(OSError):  # not empty: the usual case
            folder.rmdir()


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()[:20]
    except OSError:
        return ""


def _busy(pid: str) -> StoreError:
    who = f"process {pid}" if pid.isdigit() else "another process"
    hint = "wait until it has ended, or end it; the lock goes with it"
    return StoreError(Diagnostic("POET506", f"another build is running in this project ({who})", hint=hint))


if sys.platform == "win32":
    import msvcrt

    _BYTE = 1 << 30
    """far behind the pid, which others must be able to read: locks on Windows keep readers out"""

    def _lock(handle: int) -> bool:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
