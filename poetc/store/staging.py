"""Changes → a complete journal beside the store, durable, with nothing else touched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from poetc.ir import FileChange
from poetc.marker import is_link_folder
from poetc.store.containment import Folders, contained
from poetc.store.failure import cannot_write, shown
from poetc.store.plan import PLAN, Step, digest, encode_plan, fingerprint

_WRITE: Final = 0o222
_TOGETHER: Final = 16
"""files that are synced at the same time"""


@dataclass(frozen=True, slots=True)
class Staged:
    """A step, where it goes, and the new content."""

    step: Step
    target: Path
    data: bytes | None


def plan_changes(root: Path, changes: Iterable[FileChange]) -> tuple[Staged, ...]:
    """What really changes, in the order in which it has to be applied.

    Raises StoreError (POET501) for a target outside or read-only, ValueError for two contents of one file, OSError.
    """
    by_target: dict[Path, bytes | None] = {}
    known: Folders = {}
    for change in changes:
        target = contained(root, change.path, removing=change.data is None, known=known)
        if by_target.setdefault(target, change.data) != change.data:
            raise ValueError(f"two different contents for {shown(root, target)}")
    staged: list[Staged] = []
    for target, data in sorted(by_target.items(), key=lambda item: _rank(root, *item)):
        before, after = fingerprint(target), None if data is None else digest(data)
        if before != after:
            require_writable(root, target)
            step = Step(shown(root, target), before, after, str(len(staged)))
            staged.append(Staged(step, target, data))
    return tuple(staged)


def is_so(root: Path, change: FileChange) -> bool:
    """Whether the disk already is as the change wants it; raises StoreError (POET501) for a target outside, OSError."""
    target = contained(root, change.path, removing=change.data is None)
    return fingerprint(target) == (None if change.data is None else digest(change.data))


def _rank(root: Path, target: Path, data: bytes | None) -> int:
    """The store, then the runtime, then the linked files, then the user's own, which switch over; removals last.

    So who imports the project meanwhile never meets a linked file without its runtime, nor a source without its link.
    """
    folders = target.relative_to(root).parts[:-1]
    if data is None:
        return 4
    if ".dana" in folders:
        return 0
    if any(map(is_link_folder, folders)):
        return 1 if target.name == "_runtime.py" or folders[-1] == "_runtime" else 2
    return 3


def require_writable(root: Path, target: Path) -> None:
    """A file or folder marked read-only stays as it is, even for root; raises StoreError (POET501)."""
    if target.exists() and not _writable(target):
        raise cannot_write(root, target, "it is read-only")
    folder = target.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise cannot_write(root, target, f"{shown(root, folder)} is not a folder", hint="move that file away")
    if not _writable(folder):
        raise cannot_write(root, target, f"the folder {shown(root, folder)} is read-only")


def _writable(path: Path) -> bool:
    marked = not path.stat().st_mode & _WRITE and not (os.name == "nt" and path.is_dir())
    return not marked and os.access(path, os.W_OK)


def stage(folder: Path, staged: Iterable[Staged]) -> None:
    """Write every new content and the plan into `folder`, durably; on any failure the folder is removed again."""
    discard(folder)
    folder.mkdir(parents=True)
    try:
        staged = tuple(staged)
        contents = [(folder / each.step.blob, each.data, each.target) for each in staged if each.data is not None]
        for path, data, target in contents:
            write_new(path, data, like=target)
        sync_files([path for path, _, _ in contents])
        write_durably(folder / PLAN, encode_plan(tuple(each.step for each in staged)))
        sync_folder(folder)
    except BaseException:
        discard(folder)
        raise


def write_durably(path: Path, data: bytes, like: Path | None = None) -> None:
    """`write_new`, and have the file on the medium."""
    write_new(path, data, like)
    sync_files([path])


def write_new(path: Path, data: bytes, like: Path | None = None) -> None:
    """Write a new file, with the mode and, as far as allowed, the owner of `like`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if like is not None:
            _take_after(handle, like)
    finally:
        os.close(handle)


def sync_files(paths: Sequence[Path]) -> None:
    """Have files on the medium, many at once: so file systems put them into one transaction of their own journal,
    where one after the other each waits for a transaction."""
    if len(paths) < _TOGETHER:
        for path in paths:
            _sync(path)
        return
    with ThreadPoolExecutor(_TOGETHER, thread_name_prefix="poet-sync") as threads:
        for _ in threads.map(_sync, paths):
            pass


def _sync(path: Path) -> None:
    flags = os.O_RDWR if os.name == "nt" else os.O_RDONLY
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_after(handle: int, like: Path) -> None:
    if os.name == "nt":
        return
    try:
        model = like.stat()
    except FileNotFoundError:
        return
    if (model.st_uid, model.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(OSError):  # only root may give files away; a build as root in a container should
            os.fchown(handle, model.st_uid, model.st_gid)
    os.fchmod(handle, model.st_mode & 0o7777)


def sync_folder(folder: Path) -> None:
    """Have the folder's entries on the medium, where the system lets folders be opened."""
    if os.name == "nt":
        return
    _sync(folder)


def discard(folder: Path) -> None:
    """Remove a folder of ours, as far as possible; what can't be removed now, the next command removes.

    A link in its place is removed itself: what it leads to is not ours.
    """
    with suppress(OSError):
        if not is_real_folder(folder):
            folder.unlink()
            return
        for entry in sorted(os.listdir(folder)):  # noqa: PTH208 - names are wanted, not paths
            with suppress(OSError):
                (folder / entry).unlink()
        with suppress(OSError):
            folder.rmdir()
            return
        import shutil

        shutil.rmtree(folder, ignore_errors=True)  # it holds folders, not made by us; links in it aren't followed


def is_real_folder(path: Path) -> bool:
    """Whether a folder is there, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def prune_empty(root: Path, folder: Path) -> None:
    """Remove the folders that a removal left empty, upwards, but only inside `.dana` and `_poet`."""
    while any(part == ".dana" or is_link_folder(part) for part in folder.relative_to(root).parts):
        _drop_bytecode(folder)
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass  # gone before the interruption that we continue after
        except OSError:
            return
        folder = folder.parent


def _drop_bytecode(folder: Path) -> None:
    """A `__pycache__` alone keeps no folder alive."""
    with suppress(OSError):
        if os.listdir(folder) == ["__pycache__"]:  # noqa: PTH208
            discard(folder / "__pycache__")
