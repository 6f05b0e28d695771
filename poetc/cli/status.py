"""`poet status`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer


def status(
    function: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Qualified name of the function, or an end of it that no other has.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the decorated functions, or show everything about one.

    Shows the current version, what became of the body, whether the function is fresh, and if not, why.

    \b
    Examples:
      poet status
      poet status detect_drift
      poet status app.drift.Monitor.check --json

    \b
    Exit codes:
      0    printed
      2    broken: no such function, the configuration, or a stored version
      130  interrupted
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _tell(function, as_json)))


def _tell(function: str | None, as_json: bool) -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.pipeline.inspection import list_functions
    from poetc.report.status import render_status, render_status_json

    with contextlib.closing(open_project()) as project:
        functions = list_functions(project, function)
    if as_json:
        return deliver(lambda stream: render_status_json(functions, stream))
    return deliver(lambda stream: render_status(functions, stream, full=function is not None))
