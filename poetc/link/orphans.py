"""Link tables that no source needs any more, and packages that no table needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from poetc.ir import FileChange
from poetc.link.tables import MARK

TABLE = "The link table of "


def tables_in(root: Path) -> list[Path]:
    """Folders below a link package that hold a link table."""
    return [p.parent for p in sorted(root.rglob("__init__.py")) if p.parent != root and is_table(p)]


def is_table(path: Path) -> bool:
    """Whether a file is a link table that `poet build` wrote."""
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:600]
    except OSError:
        return False
    return TABLE in head and MARK in head


def orphaned_links(root: Path, needed: frozenset[Path], spared: frozenset[Path]) -> list[FileChange]:
    """Removals of the tables (and their version modules) below `root` that stand in none of the `needed` folders.

    A table stays while its source may be one of `spared`, files and folders that couldn't be read, or lie in one.
    """
    changes: list[FileChange] = []
    tables = tables_in(root)
    around = {parent for folder in tables if folder in needed for parent in folder.parents}
    for folder in tables:
        sources = possible_sources(root, folder) if spared else []
        if folder in needed or spared.intersection(p for source in sources for p in (source, *source.parents)):
            continue
        changes += [FileChange(p, None) for p in sorted(folder.glob("*_v*.py"))]
        plain = (root / "__init__.py").read_bytes() if folder in around else None
        changes.append(FileChange(folder / "__init__.py", plain))
    return changes


def is_imported(root: Path, rewritten: Collection[Path]) -> bool:
    """Whether a source that isn't `rewritten` may import from the link package: it may be left out of this build."""
    for folder in tables_in(root):
        name = ".".join((root.name, *folder.relative_to(root).parts)).encode()
        for source in possible_sources(root, folder):
            if source not in rewritten and mentions(source, name):
                return True
    return False


def mentions(source: Path, name: bytes) -> bool:
    """Whether a file holds that text; one that can't be read may."""
    try:
        return name in source.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False
    except OSError:
        return True


def possible_sources(root: Path, folder: Path) -> list[Path]:
    """The files that a link table may have been written for."""
    inner = folder.relative_to(root).parts
    first = inner[0].removesuffix("_") if inner[0] in ("_runtime_", "_init_") else inner[0]
    stem = root.parent.joinpath(first, *inner[1:])
    return [stem.with_suffix(".py"), stem / "__init__.py", root.parent / "__init__.py" if first == "_init" else stem]


def unused_package(root: Path, removed: Sequence[FileChange]) -> list[FileChange]:
    """Removals of `_runtime.py` and the package's files once every table below `root` goes."""
    gone = {change.path for change in removed if change.data is None}
    if not gone or any(folder / "__init__.py" not in gone for folder in tables_in(root)):
        return []
    rest = [p for p in sorted(root.rglob("*.py")) if p not in gone and is_ours(p)]
    return [FileChange(p, None) for p in rest]


def is_ours(path: Path) -> bool:
    """Whether a file of a link package is one that `poet build` writes."""
    try:
        head = path.read_text(encoding="utf-8", errors="replace")[:600]
    except OSError:
        return False
    return path.name == "_runtime.py" or MARK in head
