"""What the last build knew: files that nothing has happened to since needn't be read to be known as fresh."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from poetc import __version__
from poetc.generate.templates import default_folder
from poetc.ir import Diagnostic, Ending, Outcome, Severity, Stored
from poetc.ir.rows import diagnostic_row, fresh_outcome, outcome_row
from poetc.pipeline.identity import Identity
from poetc.scan.importers import Importers
from poetc.snapshot import row_of, stat_row, take_snapshot
from poetc.store.index import load_index
from poetc.store.proven import Proven
from poetc.store.versions import numbers_in

if TYPE_CHECKING:
    from poetc.pipeline.project import Project
    from poetc.pipeline.survey import Surveyed
    from poetc.scan import FileEntry

FORM = 5
"""of what is remembered; another one is forgotten"""
PLAIN, FRESH, OUTPUT = 0, 1, 2
"""index flags: no decorator mentioned; built and linked; a file that a build wrote"""

OF_CONFIGURATION = frozenset({"POET217", "POET219"})
"""what is said of the project as a whole, and stays true as long as nothing changes"""
MOST_PLACES = 500
"""other files on which one file's functions depend, that are remembered"""
TABLE_AT = 2
"""where the link table stands among the files of a link, behind those of the package"""


class Recalled(NamedTuple):
    """Functions of a fresh file, and the folder's file that links them."""

    outcomes: list[Outcome]
    table: Path | None
    entries: list[str]
    """of the user's call catalogue, that they make use of"""


NOTHING = Recalled([], None, [])


class Memory:
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

    def recall(self, entry: FileEntry) -> Recalled | None:
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
        if not all(self.place(path) == row for path, row in places.items()):
            return None
        return Recalled([fresh_outcome(row) for row in rows], self.root / table, entries)

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

    def picture(self, outcomes: Sequence[Outcome], outputs: Iterable[Path], said_too: Sequence[Diagnostic]) -> None:
        """Take a snapshot of a project that has nothing to be done, for the next build to be certain of it at once."""
        templates = default_folder()
        rows = self.rows | {path: row_of(status) for path, status in self.folders.items()}
        beside = ["pyproject.toml", ".env", ".dana/poet", ".dana/poet/functions"]
        of_templates = [str(templates), *(str(p) for p in sorted(templates.rglob("*")))]
        compared = [*beside, *of_templates, *map(str, outputs), *self.importers.looked_at()]
        said = [outcome_row(outcome) for outcome in outcomes if outcome.diagnostics]
        said += [diagnostic_row(diagnostic) for diagnostic in said_too]
        take_snapshot(str(self.root), compared, rows, len(outcomes), said, self.began)

    def is_plain(self, entry: FileEntry) -> None:
        """Remember that a file mentions no decorator."""
        self.index.remember(entry.relative, entry.status, "", PLAIN)

    def keep(
        self,
        files: Sequence[Surveyed],
        outcomes: Mapping[str, Outcome],
        stored: Mapping[str, Stored],
        linked: Mapping[str, Sequence[Path]],
    ) -> None:
        """Remember the files that are entirely fresh now, with all they were linked to."""
        for file in files if self.usable else ():
            self.rows.update(file.places)
            mine = [outcomes[f.name] for f in file.found]
            quiet = not file.diagnostics and not file.skipped and all(map(can_be_said_again, mine))
            done = all(o.ending in (Ending.FRESH, Ending.BUILT) for o in mine)
            few = len(file.places) <= MOST_PLACES  # else reading it anew costs less than remembering it
            if quiet and done and few and file.found and file.source.relative in linked:
                self.remember(file, mine, [stored[o.name] for o in mine], linked[file.source.relative])
        for name, version in stored.items():
            if outcomes[name].ending is Ending.BUILT:  # verified just now
                proof = self.proven.digest(version.unit.key, version.metadata, version.code)
                self.proven.add(name, proof)
        self.proven.save()
        self.index.save()

    def relative(self, path: Path) -> str:
        """Posix, from the root."""
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def remember(self, file: Surveyed, outcomes: list[Outcome], stored: list[Stored], linked: Sequence[Path]) -> None:
        outputs = [*linked, *(p for s in stored for p in version_files(s))]
        relative = [self.relative(path) for path in outputs]
        for path in relative:
            self.index.remember(path, os.stat(os.path.join(self.root, path)), "", OUTPUT)  # noqa: PTH116, PTH118
        places = file.places | {path: self.place(path) for path in map(self.relative, folders_of(stored, [linked]))}
        rows = [outcome_row(outcome) for outcome in outcomes]
        status = file.source.path.stat()
        entries = sorted({entry for found in file.found if found.unit for entry in found.unit.entries})
        known = json.dumps(
            [self.importers.identity(file.source.path), rows, relative[TABLE_AT], relative, places, entries]
        )
        newest = max((max(row[:2]) for row in places.values() if row is not None), default=0)
        if file.source.path.read_bytes() == file.source.data:  # a file that was just linked is read once more next time
            self.index.remember(file.source.relative, status, known, FRESH, newest)


def can_be_said_again(outcome: Outcome) -> bool:
    """Whether what is said of a function is sure to be true as long as it is fresh: no error, and not the service's."""
    return all(d.severity is not Severity.ERROR and d.code != "POET204" for d in outcome.diagnostics)


def version_files(stored: Stored) -> list[Path]:
    """The files of a function's versions, that in use the first."""
    function = stored.folder.parent
    older = (function / f"v{number}" for number in numbers_in(function) if number != stored.version)
    files = [folder / name for folder in (stored.folder, *older) for name in ("enhanced.py", "metadata.json")]
    return [function / "current", *files]


def folders_of(stored: Iterable[Stored], linked: Iterable[Sequence[Path]]) -> set[Path]:
    """The folders in which something else would count: another version, or a file that nothing links to."""
    return {*(files[TABLE_AT].parent for files in linked), *(one.folder.parent for one in stored)}
