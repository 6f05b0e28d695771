"""One process at a time writes a project.

The lock is the kernel's, on `.dana/poet/lock`, so it ends with its holder however that ends. The file is removed on
release, while the lock is still held; who was waiting for that file sees that it is gone and opens the new one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

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


@contextmanager
def project_lock(root: Path, wait: float = WAIT) -> Iterator[None]:
    """Hold the project's lock; the same thread may take it again inside.

    Waits at most `wait` seconds for another process or thread, then raises StoreError (POET506) that names the holder;
    POET501 or POET502 if the lock file can't be made.
    """
    root = root.resolve()
    path = contained(root, lock_file(root))
    # One object for each path and thread: taken again inside, it counts; another thread waits like another process.
    lock = FileLock(path, mode=_MODE, poll_interval=_POLL, is_singleton=True, fallback_to_soft=False, on_acquired=_sign)
    with translated(root, path):
        _acquire(lock, path, time.monotonic() + wait)
    try:
        yield
    finally:
        if lock.lock_counter == 1:
            _remove(root)
        lock.release()


def _acquire(lock: FileLock, path: Path, until: float) -> None:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=max(0.0, until - time.monotonic()))
            return
        except Timeout:
            raise _busy(path) from None
        except (FileNotFoundError, FileExistsError):
            # The last holder has just removed the empty folder; what stays in its place is no folder.
            if (path.parent.exists() and not path.parent.is_dir()) or time.monotonic() > until:
                raise


def _sign(handle: int) -> None:
    with suppress(OSError):  # the disk is full: who holds it is only said in messages
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())


def _remove(root: Path) -> None:
    with suppress(OSError):  # Windows keeps an open file; a later holder then uses it again
        lock_file(root).unlink()
    for folder in (store_folder(root), store_folder(root).parent):
        with suppress(OSError):  # not empty: the usual case
            folder.rmdir()


def _busy(path: Path) -> StoreError:
    try:
        pid = path.read_text("ascii", "replace").strip()[:20]
    except OSError:
        pid = ""
    who = f"process {pid}" if pid.isdigit() else "another process"
    hint = "wait until it has ended, or end it; the lock goes with it"
    return StoreError(Diagnostic("POET506", f"another build is running in this project ({who})", hint=hint))
