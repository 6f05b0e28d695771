"""Surveyed files and stored versions → the changes that link them; and what links have lost their source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from poetc.errors import PoetError
from poetc.ir import FileChange, SourceFile, Stored
from poetc.link.imports import ImportEdit, relink
from poetc.link.orphans import orphaned_links, unused_package
from poetc.link.tables import (
    LinkedModule,
    ensure_ours,
    linked_files,
    module_changes,
    package_changes,
    read_imports,
    table_path,
)
from poetc.pipeline.links import Linking
from poetc.pipeline.survey import Surveyed


def link_modules(
    surveyed: Sequence[Surveyed], stored: Mapping[str, Stored], decorators: Sequence[str], stale: str
) -> Linking:
    """The changes that make every surveyed file use its stored versions."""
    linking = Linking()
    packages: dict[Path, list[LinkedModule]] = {}
    for file in surveyed:
        chosen = tuple(stored[f.name] for f in file.found if f.name in stored)
        if not chosen and not table_path(file.source).exists():
            continue
        try:
            ensure_ours(file.source)
            module = linked_module(file, chosen, decorators, stale, linking)
        except PoetError as error:
            linking.failed[file.source.module] = error.diagnostic
            continue
        packages.setdefault(file.source.link_root, []).append(module)
    for modules in packages.values():
        add_package(modules, linking)
    return linking


def linked_module(
    file: Surveyed, chosen: tuple[Stored, ...], decorators: Sequence[str], stale: str, linking: Linking
) -> LinkedModule:
    """One module's link, its changed import among the changes; raises LinkError."""
    source = file.source
    known = [ImportEdit(original, linked) for original, linked in read_imports(table_path(source))]
    edits = known
    if file.found or file.skipped:
        relinked = relink(source.data, source.link_module, decorators, known=known, path=source.relative)
        edits = list(relinked.edits)
        if relinked.data != source.data:
            add(linking, source.module, FileChange(source.path, relinked.data))
            linking.based_on[source.path] = hashlib.sha256(source.data).hexdigest()
    imports = tuple((edit.original, edit.linked) for edit in edits)
    return LinkedModule(source, chosen, tuple(sorted(file.skipped)), stale, imports)


def add_package(modules: list[LinkedModule], linking: Linking) -> None:
    """The files of one link package; each change is booked on a module that needs it."""
    shared = package_changes(modules[0].source, modules)
    for module in modules:
        changes = [*shared, *module_changes(module)]
        for change in changes:
            add(linking, module.source.module, change)
        linking.outputs[module.source.module] = linked_files(module)


def add(linking: Linking, module: str, change: FileChange) -> None:
    """Book a change on a module, once."""
    if change not in linking.changes:
        linking.changes.append(change)
    linking.by_module.setdefault(module, []).append(change.path)


def orphan_changes(roots: Iterable[Path], needed: Iterable[Path], spared: frozenset[Path]) -> list[FileChange]:
    """Removals of link tables that stand in none of the `needed` folders; `spared` source files couldn't be read."""
    kept = frozenset(needed)
    changes: list[FileChange] = []
    for root in sorted(set(roots)):
        removed = orphaned_links(root, kept, spared)
        changes += [*removed, *unused_package(root, removed)]
    return changes


def rebased(source: SourceFile, root: Path, out: Path) -> SourceFile:
    """The same file in the copy of the tree below `out`."""
    return replace(source, path=out / source.path.relative_to(root), base=out / source.base.relative_to(root))
