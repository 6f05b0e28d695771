"""What the last build knew: files that nothing has happened to since needn't be read to be known as fresh."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from poetc import __version__
from poetc.generate.templates import default_folder
from poetc.ir import ENHANCED, Diagnostic, Ending, FileChange, Outcome, Severity, SourceFile, Stored
from poetc.ir.rows import diagnostic_row, fresh_outcome, outcome_row
from poetc.pipeline.identity import Identity
from poetc.pipeline.links import TABLE_AT
from poetc.scan.importers import Importers
from poetc.snapshot import row_of, stat_row, take_snapshot
from poetc.store.index import digest_of, load_index
from poetc.store.proven import Proven
from poetc.store.versions import numbers_in

if TYPE_CHECKING:
    from poetc.pipeline.project import Project
    from poetc.pipeline.survey import FileState, ProjectState
    from poetc.scan import FileEntry
    from poetc.source.module import Module

FORM = 7
"""of what is remembered; another one is forgotten"""
PLAIN, FRESH, OUTPUT = 0, 1, 2
"""index flags: no decorator mentioned; built and linked; a file that a build wrote"""

OF_CONFIGURATION = frozenset({"POET217", "POET219", "POET241"})
"""what is said of the project as a whole, and stays true as long as nothing changes"""
STAT = 4
"""numbers that are kept of a file's stat"""
OF_THIS_BUILD = frozenset({"POET204", "POET504"})
"""what the service said of its domain, and what was put right"""
MOST_PLACES = 500
"""other files on which one file's functions depend, that are remembered"""


class Known(NamedTuple):
    """Functions of a fresh file, and the folder's file that links them."""

    outcomes: list[Outcome]
    table: Path | None
    entries: list[str]
    """of the user's call catalogue, that they make use of"""


NOTHING = Known([], None, [])


class BuildCache:
    """The stat index, read as "still fresh". `in_place`: only a build that links in place may remember."""

    def __init__(self, project: Project, identity: Identity | None, *, in_place: bool) -> None:
        self.root = project.root
        self.importers = Importers(project.options)
        stamp = f"{FORM} {__version__} {project.options.stamp()} {identity.stamp() if identity else ''}"
        self.index = load_index(project.root, stamp)
        self.proven = Proven(project.root, identity.stamp() if identity else "")
        self.began = time.monotonic_ns()
        self.folders: dict[str, os.stat_result] = {}
        self.rows: dict[str, list[int] | None] = {}
        self.usable = identity is not None and in_place

    def lookup(self, entry: FileEntry) -> Known | None:
        """What is known of a file that is still as it was; None for one that has to be read."""
        self.rows[entry.path] = row_of(entry.status)
        known = self.index.known(entry.relative, entry.status)
        if known is None:
            return None
        if known.flag == PLAIN:
            return NOTHING
        if known.flag != FRESH or not self.usable:
            return None
        module, rows, table, outputs, places, entries = json.loads(known.digest)
        if self.module_of(Path(entry.path)) != module or not all(self.is_untouched(path) for path in outputs):
            return None
        if not all(self.is_as_it_was(path, row) for path, row in places.items()):
            return None
        return Known([fresh_outcome(row) for row in rows], self.root / table, entries)

    def module_of(self, path: Path) -> str:
        """The file's names: an `__init__.py` that came or went, or an import elsewhere, changes them."""
        return self.importers.identity(path)

    def is_untouched(self, path: str) -> bool:
        try:
            status = os.stat(os.path.join(self.root, path))  # noqa: PTH116, PTH118 - hundreds of these in every no-op build
        except OSError:
            return False
        self.rows[path] = row_of(status)
        return self.index.known(path, status) is not None

    def place(self, path: str) -> list[int] | None:
        """The stat, in this run, of a file on which functions of other files depend; None: there is none."""
        if path not in self.rows:
            self.rows[path] = stat_row(os.path.join(self.root, path))  # noqa: PTH118
        return self.rows[path]

    def is_as_it_was(self, path: str, row: list[Any] | None) -> bool:
        """Whether a place still has that stat, and holds what the digest behind it says, if there is one."""
        if row is None or len(row) == STAT:
            return self.place(path) == row
        return self.place(path) == row[:STAT] and self.index.content(path) == row[STAT]

    def snapshot(self, outcomes: Sequence[Outcome], outputs: Iterable[Path], said_too: Sequence[Diagnostic]) -> None:
        """Take a snapshot of a project that has nothing to be done, for the next build to be certain of it at once."""
        templates = default_folder()
        rows = self.rows | {path: row_of(status) for path, status in self.folders.items()}
        beside = ["pyproject.toml", ".env", ".dana/poet", ".dana/poet/functions"]
        of_templates = [str(templates), *(str(p) for p in sorted(templates.rglob("*")))]
        compared = [*beside, *of_templates, *map(str, outputs), *self.importers.looked_at()]
        said = [outcome_row(outcome) for outcome in outcomes if outcome.diagnostics]
        said += [diagnostic_row(diagnostic) for diagnostic in said_too]
        take_snapshot(str(self.root), compared, rows, len(outcomes), said, self.began)

    def remember_plain(self, entry: FileEntry) -> None:
        """Remember that a file mentions no decorator."""
        self.index.remember(entry.relative, entry.status, "", PLAIN)

    def save(
        self,
        state: ProjectState,
        outcomes: Mapping[str, Outcome],
        stored: Mapping[str, Stored],
        linked: Mapping[str, Sequence[Path]],
        changes: Iterable[FileChange],
    ) -> None:
        """Remember the files that are entirely fresh now, with all they were linked to; `changes` were written."""
        written = Written(self.root, {self.relative(change.path): change.data for change in changes})
        for file in state.files if self.usable else ():
            self.rows.update(file.places)
            mine = [outcomes[f.name] for f in file.functions]
            quiet = not file.diagnostics and not file.skipped and all(map(can_be_said_again, mine))
            done = all(o.ending in (Ending.FRESH, Ending.BUILT) for o in mine)
            few = len(file.places) <= MOST_PLACES  # else reading it anew costs less than remembering it
            if quiet and done and few and file.functions and file.source.relative in linked:
                places = written.places(file.places, state.index.modules.parsed)
                self.remember(file, mine, [stored[o.name] for o in mine], linked[file.source.relative], places, written)
        for name, version in stored.items():
            if outcomes[name].ending is Ending.BUILT:  # verified just now
                proof = self.proven.digest(version.unit.key, version.metadata, version.code)
                self.proven.add(name, proof)
        self.proven.save()
        self.index.save()

    def relative(self, path: Path) -> str:
        """Posix, from the root."""
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def remember(
        self,
        file: FileState,
        outcomes: list[Outcome],
        stored: list[Stored],
        linked: Sequence[Path],
        places: dict[str, list[Any] | None] | None,
        written: Written,
    ) -> None:
        """Take note of a fresh file, unless what it was compared with is not what is there now."""
        status, data = file.source.path.stat(), file.source.path.read_bytes()
        is_linked_alone = data.count(b"\n") == file.source.data.count(b"\n")
        if data != written.data(file.source.relative, file.source.data) or not is_linked_alone or places is None:
            return  # it is read once more next time
        folders = {self.relative(path): written.folder(path) for path in folders_of(stored, [linked])}
        outputs = [self.relative(path) for path in (*linked, *(p for s in stored for p in version_files(s)))]
        for path in outputs:
            status_of = os.stat(os.path.join(self.root, path))  # noqa: PTH116, PTH118
            self.index.remember(path, status_of, "", OUTPUT, proof=written.proof(path))
        rows = [outcome_row(outcome) for outcome in outcomes]
        entries = sorted({entry for function in file.functions if function.unit for entry in function.unit.entries})
        places |= folders
        name = self.importers.identity(file.source.path)
        known = json.dumps([name, rows, outputs[TABLE_AT], outputs, places, entries])
        newest = max((max(row[:2]) for row in places.values() if row is not None and len(row) == STAT), default=0)
        self.index.remember(file.source.relative, status, known, FRESH, newest, digest(data))


class Written:
    """What a build has written, by path from the root: it knows what these files hold, however young they are."""

    def __init__(self, root: Path, contents: Mapping[str, bytes | None]) -> None:
        self.root = root
        self.contents = contents
        self.proofs: dict[str, str] = {}

    def data(self, path: str, otherwise: bytes) -> bytes:
        """What a file holds that was read before."""
        return self.contents.get(path) or otherwise

    def proof(self, path: str) -> str:
        """The digest of what was written there; "" for what wasn't written."""
        data = self.contents.get(path)
        if data is None:
            return ""
        if path not in self.proofs:
            self.proofs[path] = digest(data)
        return self.proofs[path]

    def folder(self, path: Path) -> list[Any] | None:
        """A folder's stat, with a digest of its names, which the caller looks at after this."""
        row = stat_row(str(path))
        return None if row is None else [*row, digest_of(path)]

    def places(
        self, rows: Mapping[str, list[int] | None], read: Mapping[Path, Module | None]
    ) -> dict[str, list[Any] | None] | None:
        """Files on which others depend, with their digests; None if one of them has come or gone by this build.

        Linking a file changes nothing that others depend on, only which stat it has.
        """
        found: dict[str, list[Any] | None] = {}
        for path, row in rows.items():
            here = self.root / path
            if path in self.contents:
                now = stat_row(str(here))
                if row is None or now is None:
                    return None
                found[path] = [*now, self.proof(path)]
            elif row is not None and (known := read.get(here)) is not None:
                found[path] = [*row, self.digest_of_source(path, known.source)]
            else:
                found[path] = row
        return found

    def digest_of_source(self, path: str, source: SourceFile) -> str:
        """The digest of a file that this build has read."""
        if path not in self.proofs:
            self.proofs[path] = digest(source.data)
        return self.proofs[path]


def digest(data: bytes) -> str:
    """Its sha256."""
    return sha256(data).hexdigest()


def can_be_said_again(outcome: Outcome) -> bool:
    """Whether what is said of a function is sure to be true as long as it is fresh: no error, and not the service's."""
    return all(d.severity is not Severity.ERROR and d.code not in OF_THIS_BUILD for d in outcome.diagnostics)


def version_files(stored: Stored) -> list[Path]:
    """The files of a function's versions, that in use the first."""
    function = stored.folder.parent
    older = (function / f"v{number}" for number in numbers_in(function) if number != stored.version)
    folders = (stored.folder, *older)
    files = [
        function / "current",
        *(path for folder in folders for path in (folder / ENHANCED, folder / "metadata.json")),
    ]
    return [path for path in files if path.exists()]


def folders_of(stored: Iterable[Stored], linked: Iterable[Sequence[Path]]) -> set[Path]:
    """The folders in which something else would count: another version, or a file that nothing links to."""
    return {*(files[TABLE_AT].parent for files in linked), *(one.folder.parent for one in stored)}
