"""`poet diff`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

DIFFERENT = 1


def diff(
    function: Annotated[
        str, typer.Argument(metavar="NAME", help="Qualified name of the function, or an end of it that no other has.")
    ],
    old: Annotated[
        str | None, typer.Argument(metavar="vA", help="Version to compare, like v1.", show_default=False)
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="vB", help="Version to compare it with.", show_default=False)
    ] = None,
) -> None:
    """Compare two versions of a function.

    Without versions, it compares the current one with what a build would write now.

    \b
    Examples:
      poet diff detect_drift          current version against a build of the source as it is
      poet diff detect_drift v1 v2
      poet diff detect_drift v1 v2 | less

    \b
    Exit codes:
      0    no difference
      1    the difference is on standard output
      2    broken: no such function or version, the configuration, or the service
      130  interrupted
    """
    if (old is None) != (new is None):
        raise typer.BadParameter("name two versions, or none")
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _compare(function, old, new)))


def _compare(function: str, old: str | None, new: str | None) -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.pipeline.inspection import diff_versions
    from poetc.report.diff import render_diff

    with contextlib.closing(open_project()) as project:
        text = diff_versions(project, function, old, new)
    return deliver(lambda stream: render_diff(text, stream), DIFFERENT if text else 0)
