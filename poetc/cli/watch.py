"""`poet watch`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from poetc.cli.options import MOST_JOBS

if TYPE_CHECKING:
    from poetc.cli.rebuild import WatchOptions
    from poetc.pipeline.project import Project

QUIET_MS = 20
"""a batch of changes ends after so many milliseconds without a further one: an editor's save is several"""
LONGEST_BATCH_MS = 200
WAKE_MS = 50
OWN_FOLDERS = ("_poet", ".dana")


def watch(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATHS", help="Files and folders to build. Default: the whole project.", show_default=False
        ),
    ] = None,
    no_link: Annotated[bool, typer.Option("--no-link", help="Store versions, and leave every import alone.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, max=MOST_JOBS, help="Requests to the service at a time."),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="Engine that plans the code, by name. auto: as the configuration says.")
    ] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False,
) -> None:
    """Build, and build again whenever something changes.

    It watches source files, pyproject.toml, .env, and the templates of the service on this machine.
    After an error it goes on. Ctrl-C or SIGTERM ends it.

    \b
    Examples:
      poet watch
      poet watch src/app

    \b
    Exit codes:
      0    ended by Ctrl-C or SIGTERM
      2    broken: the configuration can't be read, or the folder can't be watched
    """
    from poetc.cli.guard import guarded
    from poetc.cli.rebuild import WatchOptions

    options = WatchOptions(tuple(paths or ()), no_link, engine, jobs, quiet)
    raise typer.Exit(guarded(lambda: _watch(options)))


def _watch(options: WatchOptions) -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.rebuild import Rebuilder
    from poetc.cli.streams import silence

    signal.signal(signal.SIGTERM, _end)
    try:
        project = open_project(options.paths)
        templates = _templates(project)
        rebuilder = Rebuilder(options, project, templates)
        batches = _batches([project.root, *([templates] if templates else [])])
        next(batches)  # the watch begins: what changes during the first build is not missed
        rebuilder.build_all()
        for batch in batches:
            rebuilder.rebuild(batch)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        silence()
    return 0


def _batches(folders: list[Path]) -> Iterator[set[Path]]:
    """Sets of paths that changed together, none empty but the first, which says that the watch has begun."""
    from watchfiles import DefaultFilter
    from watchfiles import watch as watch_files

    from poetc.errors import ConfigError
    from poetc.ir import Diagnostic

    class Others(DefaultFilter):
        ignore_dirs = (*DefaultFilter.ignore_dirs, *OWN_FOLDERS)

    try:
        for number, changes in enumerate(
            watch_files(
                *folders,
                watch_filter=Others(),
                debounce=LONGEST_BATCH_MS,
                step=QUIET_MS,
                rust_timeout=WAKE_MS,
                yield_on_timeout=True,
            )
        ):
            if changes or not number:
                yield {Path(path) for _, path in changes}
    except OSError as error:
        hint = "Raise the limit on watched files (fs.inotify.max_user_watches), or set WATCHFILES_FORCE_POLLING=1."
        message = f"{folders[0]} can't be watched: {error}"
        raise ConfigError(Diagnostic("POET102", message, hint=hint)) from error


def _templates(project: Project) -> Path | None:
    """The folder of the templates, where the service is one of this machine; raises ConfigError if there is none."""
    from poetc.errors import ConfigError
    from poetc.generate.templates import TemplateError, default_folder
    from poetc.ir import Diagnostic

    if not project.is_local:
        return None
    try:
        return default_folder().resolve()
    except TemplateError as error:
        raise ConfigError(Diagnostic("POET220", str(error))) from error


def _end(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
