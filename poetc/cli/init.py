"""`poet init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    root: Annotated[
        Path,
        typer.Argument(
            metavar="ROOT", help="The project's folder.", exists=True, file_okay=False, show_default="this folder"
        ),
    ] = Path(),
) -> None:
    """Set a project up for poet; safe to repeat.

    Adds [tool.poet] to pyproject.toml, and the lines that build output needs to .gitignore and .gitattributes.

    \b
    Examples:
      poet init
      poet init services/billing

    \b
    Exit codes:
      0    set up, or it already was
      2    broken: a file that can't be read or written
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _set_up(root)))


def _set_up(root: Path) -> int:
    from poetc.cli.streams import deliver
    from poetc.pipeline.setup import init_project
    from poetc.report.printable import printable

    done = init_project(root) or ["already set up; nothing changed"]
    return deliver(lambda stream: stream.writelines(f"{printable(line, stream.encoding)}\n" for line in done))
