"""`--out`: the same links in a copy of the tree, the source untouched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from stat import S_IMODE

from poetc.errors import ConfigError, StoreError
from poetc.ir import Diagnostic, FileChange
from poetc.pipeline.project import Project
from poetc.store.containment import contained

MARK = ".poet-out"
"""a file that says that the folder is a copy which a build may replace"""
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".dana", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", "*.pyc"
)


def write_copy(project: Project, out: Path, changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Copy the project's tree to `out` and make the changes there; the folder appears whole or not at all.

    Raises ConfigError for a folder that is the project or holds something else, StoreError where it can't be written.
    """
    root = project.root
    refuse_unsafe(root, out)
    staging = out.with_name(f".{out.name}.poet-{os.getpid()}")
    try:
        inside = out.relative_to(root).parts[0] if out.is_relative_to(root) else None
        shutil.copytree(
            root, staging, symlinks=True, ignore=lambda folder, names: left_out(root, folder, names, inside)
        )
        mark = FileChange(out / MARK, b"Written by `poet build --out`; it is replaced as a whole.\n")
        top = Path(os.path.realpath(staging))
        for change in (*changes, mark):
            # A link in a folder's place, copied with the tree, may lead anywhere: then POET501, as in the project.
            apply(change, contained(top, top / change.path.relative_to(out), removing=True))
        if out.exists():
            shutil.rmtree(out)
        staging.replace(out)
    except OSError as error:
        message = f"cannot write {out}: {error.strerror or error}"
        raise StoreError(Diagnostic("POET501", message, hint="choose another folder for --out")) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return tuple(sorted(str(c.path) for c in changes))


def left_out(root: Path, folder: str, names: list[str], inside: str | None) -> set[str]:
    """What isn't copied: caches, version control, and the copy itself where it lies in the project."""
    skipped = set(LEFT_OUT(folder, names))
    if Path(folder) == root:
        skipped |= {n for n in names if n == inside or ".poet-" in n}
    return skipped


def refuse_unsafe(root: Path, out: Path) -> None:
    """Only a new, empty or earlier copy may be replaced."""
    if out == root or root.is_relative_to(out):
        raise ConfigError(Diagnostic("POET220", f"--out {out} is the project itself", hint="name another folder"))
    if out.exists() and not (out / MARK).exists() and (not out.is_dir() or any(out.iterdir())):
        message = f"--out {out} exists and wasn't written by poet"
        raise ConfigError(Diagnostic("POET220", message, hint="name a new folder, or empty it"))


def apply(change: FileChange, target: Path) -> None:
    """One change, in the staged copy; a file that is read-only is so there too, and a link is replaced."""
    mode = target.stat().st_mode if target.exists() and not target.is_symlink() else None
    target.unlink(missing_ok=True)
    if change.data is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(change.data)
    if mode is not None:
        target.chmod(S_IMODE(mode))
