"""`poet doctor`."""

from __future__ import annotations

import contextlib

import typer

PROBLEMS = 1


def doctor() -> None:
    """Check that everything is set up as it should be.

    It checks the configuration, the service, the key, the templates, the stored versions and the links.

    \b
    Examples:
      poet doctor

    \b
    Exit codes:
      0    every check passed
      1    problems, each with a hint
      2    broken: the configuration can't be read
      130  interrupted
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(_examine))


def _examine() -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.pipeline.setup import check_setup
    from poetc.report.doctor import render_doctor

    with contextlib.closing(open_project()) as project:
        checks = check_setup(project)
    sound = all(check["ok"] for check in checks)
    return deliver(lambda stream: render_doctor(checks, stream), 0 if sound else PROBLEMS)
