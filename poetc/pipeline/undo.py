"""`poet unlink` and `poet clean`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from poetc.errors import PoetError, SourceError
from poetc.ir import Diagnostic, FileChange, Outcome, SourceFile, Totals
from poetc.ir.source import full_name
from poetc.link.imports import ImportEdit
from poetc.link.orphans import orphaned_links, tables_in, unused_package
from poetc.link.restore import unlink as restored
from poetc.link.tables import package_of, standing_table
from poetc.linked_file import Linked, read_linked
from poetc.pipeline.project import Project
from poetc.scan import read_source, walk
from poetc.scan.importers import Importers
from poetc.store.changes import clean as cleaned
from poetc.store.changes import settled
from poetc.store.publish import publish, recover

Items = Iterator[Outcome | Diagnostic | Totals]


def unlink_project(project: Project, paths: Sequence[Path] = ()) -> Items:
    """Every linked file below `paths` as it was before, byte for byte, and its linked file removed."""
    yield from recover(project.root).diagnostics
    changes: list[FileChange] = []
    based_on: dict[Path, str] = {}
    tables: list[Path] = []
    files = 0
    importers = Importers(project.options)
    for entry in walk(project.options, paths):
        if isinstance(entry, Diagnostic):
            yield entry
            continue
        files += 1
        try:
            read = read_source(entry, project.options)
            source = importers.placed(read) if read else None
            data = unlinked(source) if source else None
        except PoetError as error:
            if not isinstance(error, SourceError) or b"_poet" in Path(entry.path).read_bytes():
                yield error.diagnostic
            continue
        if source is not None and data is not None:
            changes.append(FileChange(source.path, data))
            based_on[source.path] = hashlib.sha256(source.data).hexdigest()
            tables.append(standing_table(source))
            changes += kept_versions(project.root, source, read_linked(tables[-1]))
    changes += link_removals(tables)
    yield Totals(files=files, written=publish(project.root, changes, based_on=based_on))


def unlinked(source: SourceFile) -> bytes | None:
    """The file's bytes before it was linked, or None if it isn't; raises LinkError."""
    edits = [ImportEdit(original, linked) for original, linked in read_linked(standing_table(source)).imports]
    data = restored(source.data, edits, path=source.relative)
    return data if data != source.data else None


def kept_versions(root: Path, source: SourceFile, linked: Linked) -> Iterator[FileChange]:
    """The versions in use, whose code is in the linked file that goes, stored whole."""
    for name in linked.hashes:
        yield from settled(root, full_name(source.known_as, name), linked, ())


def link_removals(tables: Sequence[Path]) -> list[FileChange]:
    """Removals of the linked files of sources that are unlinked now."""
    changes: list[FileChange] = []
    for root in sorted({package_of(table) for table in tables}):
        removed = orphaned_links(root, frozenset(tables_in(root)) - {*tables}, frozenset())
        changes += [*removed, *unused_package(root, removed)]
    return changes


def clean_project(project: Project, *, everything: bool = False) -> Items:
    """Remove cached answers; with `everything` unlink and remove all versions as well."""
    before: tuple[str, ...] = ()
    if everything:
        for item in unlink_project(project):
            if isinstance(item, Diagnostic):
                yield item
            elif isinstance(item, Totals):
                before = item.written
    else:
        yield from recover(project.root).diagnostics
    yield Totals(written=before + publish(project.root, cleaned(project.root, everything=everything)))
