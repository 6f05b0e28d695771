"""A command of the pipeline → its report on standard output, and its exit code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from poetc.cli.guard import diagnostic_of, say_interrupted
from poetc.cli.options import BuildOptions, Format
from poetc.cli.streams import deliver
from poetc.ir import Diagnostic, Outcome, Totals
from poetc.report import RunReport, exit_code, renderer
from poetc.report.progress import Progress

if TYPE_CHECKING:
    from poetc.pipeline.project import Project

Items = Iterator[Outcome | Diagnostic | Totals]
Stages = Callable[["Project", Progress], Items]
"""starts the pipeline of one command; what it yields is gathered"""


class Manner(NamedTuple):
    """How a run is reported."""

    command: str
    format: Format = Format.TEXT
    quiet: bool = False
    timings: bool = False


class Gathered:
    """What a run has yielded so far."""

    def __init__(self, project: Project | None = None) -> None:
        self.project = project
        self.outcomes: list[Outcome] = []
        self.diagnostics: list[Diagnostic] = []
        self.totals = Totals()
        self.interrupted = False

    def take(self, items: Items) -> None:
        """Gather all that a run yields; the pipeline is closed at once if that is interrupted."""
        try:
            for item in items:
                self._take(item)
        finally:
            if isinstance(items, Generator):
                items.close()

    def _take(self, item: Outcome | Diagnostic | Totals) -> None:
        if isinstance(item, Outcome):
            self.outcomes.append(item)
        elif isinstance(item, Diagnostic):
            self.diagnostics.append(item)
        else:
            self.totals = item


def build_project(options: BuildOptions) -> int:
    """`poet build` and `poet build --check`."""

    def stages(project: Project, progress: Progress) -> Items:
        from poetc.pipeline.build import build_project
        from poetc.pipeline.staleness import check_project

        if options.check:
            return check_project(project, options.paths)
        return build_project(
            project,
            options.paths,
            link=not options.no_link,
            out=options.out,
            jobs=options.jobs,
            engine=options.engine,
            on_plan=progress.plan,
            on_answer=progress.advance,
        )

    command = "check" if options.check else "build"
    return drive(Manner(command, options.format, options.quiet, options.timings), options.paths, stages)


def drive(manner: Manner, paths: Sequence[Path], stages: Stages) -> int:
    """Open the project, run the stages, write the report, of which whatever goes wrong becomes part."""
    started = time.perf_counter()
    gathered = Gathered()

    def start() -> Items:
        gathered.project = open_project(paths)
        return stages(gathered.project, progress)

    with Progress(sys.stderr, wanted=manner.format is Format.TEXT and not manner.quiet) as progress:
        gather_from(gathered, start)
        if gathered.project is not None:
            gathered.project.close()
    report = report_of(manner, gathered, time.perf_counter() - started)
    if gathered.interrupted:
        say_interrupted()
    return deliver(lambda stream: renderer(manner.format)(report, stream), report.exit_code)


def open_project(paths: Sequence[Path] = ()) -> Project:
    """The project around the paths, or around the current folder. Raises ConfigError."""
    from poetc.pipeline.project import open_project

    return open_project(paths, root=None, env=os.environ)


def gather_from(gathered: Gathered, start: Callable[[], Items]) -> None:
    """Gather what the pipeline yields, its exceptions and Ctrl-C included."""
    try:
        gathered.take(start())
    except KeyboardInterrupt:
        gathered.interrupted = True
    except Exception as error:
        gathered.diagnostics.append(diagnostic_of(error))


def report_of(manner: Manner, gathered: Gathered, elapsed: float) -> RunReport:
    """What was gathered, as the value that renderers take."""
    hosted = manner.format in {Format.GITHUB, Format.SARIF}
    return RunReport(
        command=manner.command,
        outcomes=tuple(gathered.outcomes),
        diagnostics=tuple(gathered.diagnostics),
        totals=gathered.totals,
        exit_code=130 if gathered.interrupted else exit_code(gathered.outcomes, gathered.diagnostics),
        elapsed=elapsed,
        interrupted=gathered.interrupted,
        prefix=prefix(gathered.project.root) if hosted and gathered.project is not None else "",
        quiet=manner.quiet,
        timings=manner.timings,
    )


def prefix(root: Path) -> str:
    """Posix path from the root of the repository around `root` to it; "" if it is that root, or there is none."""
    root = root.resolve()
    repository = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return "" if repository == root else root.relative_to(repository).as_posix()
