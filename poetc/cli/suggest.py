"""`poet suggest`."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Part(StrEnum):
    """What is proposed."""

    CALLS = "calls"
    ANNOTATIONS = "annotations"


def suggest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATHS", help="Files and folders. Default: the whole project.", show_default=False),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also look at functions that don't carry @poet.")] = False,
    only: Annotated[Part | None, typer.Option("--only", help="Print one part alone.", show_default=False)] = None,
) -> None:
    """Draft entries and annotations for unknown calls.

    Prints entries of [tool.poet.calls] with what is known of each call, the most frequent first, and a patch with the
    annotations on which all call sites in the project agree. Nothing is written: you confirm each line.

    \b
    Examples:
      poet suggest
      poet suggest --all src/app
      poet suggest --only annotations | git apply

    \b
    Exit codes:
      0    told
      2    broken: a file, or the configuration
      130  interrupted
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _tell(paths or [], everything, only)))


def _tell(paths: list[Path], everything: bool, only: Part | None) -> int:
    import sys

    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.pipeline.suggestions import suggest
    from poetc.report import exit_code
    from poetc.report.human import render_diagnostic
    from poetc.report.suggestions import render_suggestions

    with contextlib.closing(open_project(paths)) as project:
        drafts, said = suggest(project, paths, everything=everything)
    for one in said:
        render_diagnostic(one, sys.stderr)
    if not (drafts.entries or drafts.annotations or drafts.diff):
        sys.stderr.write("no call is unknown, as far as there are any\n")
    calls, annotations = only is not Part.ANNOTATIONS, only is not Part.CALLS
    return deliver(
        lambda stream: render_suggestions(drafts, stream, calls=calls, annotations=annotations), exit_code((), said)
    )
