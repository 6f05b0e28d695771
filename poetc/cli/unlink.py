"""`poet unlink`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poetc.cli.options import Format

if TYPE_CHECKING:
    from poetc.cli.drive import Items
    from poetc.pipeline.project import Project
    from poetc.report.progress import Progress


def unlink(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATHS",
            help="Files and folders to unlink. Default: the whole project.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="Form of the report.")] = Format.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False,
) -> None:
    """Undo the links, so that every source file is as it was.

    Each file gets its own import back, byte for byte. Stored versions stay. The next build links them again
    and needs no service for it.

    \b
    Examples:
      poet unlink
      poet unlink src/app/drift.py

    \b
    Exit codes:
      0    unlinked, or nothing was linked
      2    broken: a file that can't be read or was left as it is, the configuration, or the disk
      130  interrupted
    """
    from poetc.cli.drive import Manner, drive

    chosen = tuple(paths or ())

    def stages(project: Project, progress: Progress) -> Items:
        from poetc.pipeline.undo import unlink_project

        return unlink_project(project, chosen)

    raise typer.Exit(drive(Manner("unlink", format, quiet), chosen, stages))
