"""Linked files that no source needs any more, and packages that no linked file needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from poetc.ir import FileChange
from poetc.linked_file import is_linked_file
from poetc.marker import head_of, is_written


def tables_in(root: Path) -> list[Path]:
    """The linked files below a link package."""
    return [path for path in sorted(root.rglob("*.py")) if is_linked_file(path)]


def orphaned_links(root: Path, needed: frozenset[Path], spared: frozenset[Path]) -> list[FileChange]:
    """Removals of the linked files below `root` that are none of the `needed` ones.

    One stays while its source may be one of `spared`, files and folders that couldn't be read, or lie in one.
    """
    changes: list[FileChange] = []
    around = {parent for table in needed for parent in table.parents}
    for table in tables_in(root):
        sources = possible_sources(root, table) if spared else []
        if table in needed or spared.intersection(p for source in sources for p in (source, *source.parents)):
            continue
        is_package = table.name == "__init__.py" and table.parent in around
        changes.append(FileChange(table, (root / "__init__.py").read_bytes() if is_package else None))
    return changes


def is_imported(root: Path, rewritten: Collection[Path]) -> bool:
    """Whether a source that isn't `rewritten` may import from the link package: it may be left out of this build."""
    for table in tables_in(root):
        name = ".".join((root.name, *inner_name(root, table))).encode()
        for source in possible_sources(root, table):
            if source not in rewritten and mentions(source, name):
                return True
    return False


def inner_name(root: Path, table: Path) -> tuple[str, ...]:
    """The parts of a linked file's module name inside of the link package."""
    return (table.parent if table.name == "__init__.py" else table.with_suffix("")).relative_to(root).parts


def mentions(source: Path, name: bytes) -> bool:
    """Whether a file holds that text; one that can't be read may."""
    try:
        return name in source.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False
    except OSError:
        return True


def possible_sources(root: Path, table: Path) -> list[Path]:
    """The files that a linked file may have been written for."""
    first, *rest = inner_name(root, table)
    first = first.removesuffix("_") if first in ("_runtime_", "_init_") else first
    stem = root.parent.joinpath(first, *rest)
    return [stem.with_suffix(".py"), stem / "__init__.py", root.parent / "__init__.py" if first == "_init" else stem]


def unused_package(root: Path, removed: Sequence[FileChange]) -> list[FileChange]:
    """Removals of the runtime and the package's files once every linked file below `root` goes."""
    gone = {change.path for change in removed if change.data is None}
    if not gone or any(table not in gone for table in tables_in(root)):
        return []
    rest = [p for p in sorted(root.rglob("*.py")) if p not in gone and is_written(head_of(p))]
    return [*(FileChange(p, None) for p in rest), *removed_01(root)]


def removed_01(root: Path) -> list[FileChange]:
    """Removals of what poetc 0.1 wrote into a link package beside link tables: versions, and a runtime of one file."""
    versions = (p for p in sorted(root.rglob("*_v*.py")) if _VERSION_01.encode() in head_of(p, 2_000))
    runtime = root / "_runtime.py"
    return [FileChange(p, None) for p in (*versions, *([runtime] if is_written(head_of(runtime)) else []))]


_VERSION_01: Final = "by `poet build`; edit that file, not this one."
