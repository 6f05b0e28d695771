"""Changed files → a build of what they concern, on a project that stays open.

A change of a source file builds that file; one of pyproject.toml or .env opens the project again and builds all of it;
one of a template, of a folder, or a file that went away builds all of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from poetc.cli.drive import Gathered, Items, Manner, gather_from, open_project, report_of
from poetc.cli.guard import diagnostic_of
from poetc.ir import Ending
from poetc.report.rebuild import render_rebuild

if TYPE_CHECKING:
    from poetc.pipeline.project import Project
    from poetc.report import RunReport

CONFIGURATION = frozenset({"pyproject.toml", ".env"})


class Scope(IntEnum):
    """How much a change concerns."""

    NOTHING = 0
    FILE = 1
    PROJECT = 2
    CONFIGURATION = 3


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """One `poet watch`."""

    paths: tuple[Path, ...] = ()
    no_link: bool = False
    engine: str = "auto"
    jobs: int | None = None
    quiet: bool = False


@dataclass(slots=True)
class Rebuilder:
    """Builds again and again; an error is reported and the next change is another chance."""

    options: WatchOptions
    project: Project
    templates: Path | None = None
    """the folder of the templates, where the service is one of this machine"""
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    _written: frozenset[Path] = frozenset()
    """what the last build wrote itself: source files whose import it changed"""

    def build_all(self) -> None:
        """Build everything that was asked for and report it."""
        self._build(self.options.paths, silent_if_fresh=False)

    def rebuild(self, changed: Iterable[Path]) -> None:
        """Build what the changes concern and report it; nothing if they concern nothing."""
        scopes = {path: self.scope(path) for path in changed}
        scope = max(scopes.values(), default=Scope.NOTHING)
        if scope is Scope.CONFIGURATION:
            if self._reopen():
                self.build_all()
        elif scope is Scope.PROJECT:
            self._build(self.options.paths, silent_if_fresh=True)
        elif scope is Scope.FILE:
            files = sorted(self._scanned().intersection(scopes))
            if files:
                self._build(files, silent_if_fresh=self._written.issuperset(files))

    def scope(self, path: Path) -> Scope:
        """How much a change of `path` concerns."""
        if path.name in CONFIGURATION and path.parent == self.project.root:
            return Scope.CONFIGURATION
        if self.templates is not None and path.is_relative_to(self.templates):
            return Scope.PROJECT
        if path.suffix == ".py":
            return Scope.FILE if path.is_file() else Scope.PROJECT
        # Renaming a folder is told of the folder only.
        return Scope.PROJECT if path.is_dir() or (not path.suffix and not path.exists()) else Scope.NOTHING

    def _scanned(self) -> set[Path]:
        """The files that a build of all would read: a file that is named is built even if it is excluded."""
        from poetc.scan.files import FileEntry, walk

        found = walk(self.project.options, self.options.paths)
        return {Path(entry.path) for entry in found if isinstance(entry, FileEntry)}

    def _reopen(self) -> bool:
        """Read the configuration again; one that makes no sense is reported and the old one stays."""
        started = time.perf_counter()
        try:
            reopened = open_project(self.options.paths)
        except Exception as error:
            broken = Gathered()
            broken.diagnostics.append(diagnostic_of(error))
            self._tell(report_of(Manner("build"), broken, time.perf_counter() - started))
            return False
        self.project.close()
        self.project = reopened
        return True

    def _build(self, paths: Sequence[Path], *, silent_if_fresh: bool) -> None:
        started = time.perf_counter()
        gathered = Gathered(self.project)
        gather_from(gathered, lambda: self._items(paths))
        if gathered.interrupted:
            raise KeyboardInterrupt
        report = report_of(Manner("build"), gathered, time.perf_counter() - started)
        self._written = frozenset(self.project.root / one for one in report.totals.written)
        if not (_is_fresh(report) and (silent_if_fresh or (paths and not report.outcomes))):
            self._tell(report)

    def _items(self, paths: Sequence[Path]) -> Items:
        from poetc.pipeline.build import build_project

        options = self.options
        return build_project(
            self.project,
            paths,
            link=not options.no_link,
            out=None,
            jobs=options.jobs,
            engine=options.engine,
        )

    def _tell(self, report: RunReport) -> None:
        if not self.options.quiet or report.exit_code:
            render_rebuild(report, datetime.now().strftime("%H:%M:%S"), self.stream)


def _is_fresh(report: RunReport) -> bool:
    """Whether there was nothing to do, as when the watcher sees what the last build wrote itself."""
    return not report.findings() and set(report.endings()) <= {Ending.FRESH, Ending.SKIPPED}
