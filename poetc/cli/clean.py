"""`poet clean`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from poetc.cli.options import Format

if TYPE_CHECKING:
    from poetc.cli.drive import Items
    from poetc.pipeline.project import Project
    from poetc.report.progress import Progress


def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="Also unlink, and remove every stored version, as if never built.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", help="Form of the report.")] = Format.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False,
) -> None:
    """Remove cached answers and what interrupted builds left behind.

    Stored versions and links stay, unless --all is given.

    \b
    Examples:
      poet clean
      poet clean --all

    \b
    Exit codes:
      0    removed, or nothing was there
      2    broken: a file that was left linked, the configuration, or the disk
      130  interrupted
    """
    from poetc.cli.drive import Manner, drive

    def stages(project: Project, progress: Progress) -> Items:
        from poetc.pipeline.undo import clean_project

        return clean_project(project, everything=everything)

    raise typer.Exit(drive(Manner("clean", format, quiet), (), stages))
