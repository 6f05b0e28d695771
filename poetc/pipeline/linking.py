"""Surveyed files and stored versions → the changes that link them; and what links have lost their source."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from poetc.defects import defect
from poetc.errors import LinkError, PoetError
from poetc.ir import ENHANCED, Diagnostic, FileChange, SourceFile, Stored
from poetc.link.found import unresolved
from poetc.link.imports import ImportEdit, relink
from poetc.link.orphans import orphaned_links, tables_in, unused_package
from poetc.link.tables import (
    LinkedModule,
    ensure_ours,
    linked_files,
    module_changes,
    package_changes,
    table_path,
)
from poetc.linked_file import Row
from poetc.pipeline.links import Linking
from poetc.pipeline.survey import FileState
from poetc.store.changes import settled
from poetc.store.staging import require_writable


class Target(NamedTuple):
    """Where links are written: in the project, or in the copy of it at `out`."""

    root: Path
    out: Path | None = None

    def source(self, source: SourceFile) -> SourceFile:
        """The file that is linked in the place of `source`."""
        if self.out is None:
            return source
        path, base = source.path.relative_to(self.root), source.base.relative_to(self.root)
        return replace(source, path=self.out / path, base=self.out / base)

    def require_writable(self, changes: Sequence[FileChange]) -> None:
        """Raises StoreError POET501 for a file in the project that is read-only."""
        for change in changes if self.out is None else ():
            require_writable(self.root, change.path)


class Planned(NamedTuple):
    """One module's link, and the changes that are its own."""

    module: LinkedModule
    changes: list[FileChange]


def link_modules(
    root: Path,
    surveyed: Sequence[FileState],
    stored: Mapping[str, Stored],
    decorators: Sequence[str],
    stale: str,
    target: Target | None = None,
    left: Collection[str] = (),
    built: Collection[str] = (),
) -> Linking:
    """The changes that make every surveyed file of the project at `root` use its stored versions.

    `left`: functions that this build leaves as they are; those that an earlier one left stay so until they change.
    `built`: functions of which a version is stored anew, with all that belongs to it.
    With a `target`, where they are to be written; in place, a module whose files are read-only then fails alone, and
    not the whole build.
    """
    linking = Linking()
    packages: dict[Path, list[Planned]] = {}
    for file in surveyed:
        kept = left_of(file, stored, left)
        chosen = tuple(stored[f.name] for f in file.functions if f.name in stored and f.name not in kept)
        if not chosen and not table_path(file.source).exists():
            continue
        try:
            require_certain(file)
            ensure_ours(file.source)
            source = target.source(file.source) if target else file.source
            planned = planned_link(file, source, chosen, kept, file.decorators or decorators, stale)
            if target is None or target.out is None:
                planned.changes.extend(store_settled(root, file, chosen, built))
            if target is not None:
                target.require_writable(planned.changes)
        except PoetError as error:
            linking.failed[file.source.relative] = error.diagnostic
            continue
        except Exception as error:
            linking.failed[file.source.relative] = defect(error, path=file.source.relative)
            continue
        packages.setdefault(file.source.link_root, []).append(planned)
    for planned_links in packages.values():
        try:
            add_package(planned_links, linking)
        except Exception as error:
            for each in planned_links:
                linking.failed[each.module.source.relative] = defect(error, path=each.module.source.relative)
    return linking


def store_settled(
    root: Path, file: FileState, chosen: Sequence[Stored], built: Collection[str]
) -> Iterator[FileChange]:
    """What is linked isn't stored as well, and what isn't any more is stored again; but for functions in `built`."""
    after = {stored.metadata["files"][ENHANCED] for stored in chosen}
    for function in file.functions:
        if function.name not in built:
            yield from settled(root, function.name, function.linked, after)


def left_of(file: FileState, stored: Mapping[str, Stored], left: Collection[str]) -> dict[str, Row]:
    """Functions that are linked to nothing, on purpose → their row; a version of this very source is better."""
    rows = {}
    for function in file.functions:
        span, digest = function.site.span, hashlib.sha256(function.site.text.encode("utf-8")).hexdigest()
        row = Row(0, span.end_line - span.line + 1, digest)
        version = stored.get(function.name)
        if version is not None and version.metadata["source_hash"] == digest:
            continue
        if function.name in left or file.linked.rows.get(function.site.qualname) == row:
            rows[function.name] = row
    return rows


def planned_link(
    file: FileState,
    source: SourceFile,
    chosen: tuple[Stored, ...],
    left: Mapping[str, Row],
    decorators: Sequence[str],
    stale: str,
) -> Planned:
    """One module's link, at `source`, and its own changes, that of its import the first; raises LinkError."""
    known = [ImportEdit(original, linked) for original, linked in file.linked.imports]
    edits, changes = known, list[FileChange]()
    if file.functions or file.skipped:
        tree = next((function.site.module.tree for function in file.functions), None)
        relinked = relink(source.data, source.link_module, decorators, known=known, path=source.relative, tree=tree)
        edits = list(relinked.edits)
        if relinked.data != source.data:
            changes.append(FileChange(source.path, relinked.data))
    imports = tuple((edit.original, edit.linked) for edit in edits)
    rows = {function.site.qualname: left[function.name] for function in file.functions if function.name in left}
    module = LinkedModule(source, chosen, tuple(sorted({*file.skipped, *file.marks})), rows, stale, imports)
    return Planned(module, [*changes, *module_changes(module)])


def require_certain(file: FileState) -> None:
    """Raises LinkError POET240 if the link's import might not be found where the program imports the file."""
    source = file.source
    doubt = source.doubt or unresolved(source)
    if not doubt:
        return
    line = min((function.line for function in file.functions), default=1)
    hint = 'say which folder is on sys.path when it runs: `[tool.poet] src = ["."]`, or the folder that it lies in'
    message = f"{source.relative} isn't linked: {doubt}"
    raise LinkError(Diagnostic("POET240", message, path=source.relative, line=line, column=1, hint=hint))


def add_package(planned: Sequence[Planned], linking: Linking) -> None:
    """The files of one link package; each change is booked on a module that needs it."""
    source = planned[0].module.source
    shared = package_changes(source, [each.module for each in planned], tables_in(source.link_root))
    for module, own in planned:
        for change in [*shared, *own]:
            add(linking, module.source.relative, change)
            if change.path == module.source.path:
                linking.based_on[change.path] = hashlib.sha256(module.source.data).hexdigest()
        linking.outputs[module.source.relative] = linked_files(module)


def add(linking: Linking, module: str, change: FileChange) -> None:
    """Book a change on a module, once."""
    if change.path not in linking.planned:
        linking.planned.add(change.path)
        linking.changes.append(change)
    linking.by_module.setdefault(module, []).append(change.path)


def orphan_changes(roots: Iterable[Path], needed: Iterable[Path], spared: frozenset[Path]) -> list[FileChange]:
    """Removals of linked files that are none of the `needed` ones; `spared` source files couldn't be read."""
    kept = frozenset(needed)
    changes: list[FileChange] = []
    for root in sorted(set(roots)):
        removed = orphaned_links(root, kept, spared)
        changes += removed
        if not any(root in table.parents for table in kept):
            changes += unused_package(root, removed)
    return changes
