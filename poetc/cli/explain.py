"""`poet explain`."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer


def explain(
    function: Annotated[
        str, typer.Argument(metavar="NAME", help="Qualified name of the function, or an end of it that no other has.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Explain a function line by line.

    Below each line stand its effect and how that is known, each rewrite and its reason, and what was left alone. Then
    follow what stands around the function, what is checked, and the functions of the project that it calls.

    \b
    Examples:
      poet explain detect_drift
      poet explain app.drift.Monitor.check --json

    \b
    Exit codes:
      0    printed, whether the function is built, stale or neither
      2    broken: no such function, its arguments, the configuration, or a stored version
      130  interrupted
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _tell(function, as_json)))


def _tell(function: str, as_json: bool) -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.pipeline.explanation import explain_function
    from poetc.report.explain import render_explanation, render_explanation_json

    with contextlib.closing(open_project()) as project:
        explained = explain_function(project, function)
    render = render_explanation_json if as_json else render_explanation
    return deliver(lambda stream: render(explained, stream))
