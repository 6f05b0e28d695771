"""`poet build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poetc.cli.options import MOST_JOBS, BuildOptions, Format


def build(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATHS", help="Files and folders to build. Default: the whole project.", show_default=False
        ),
    ] = None,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing, call no service. Exit with 1 if a build would change anything."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Link a copy of the tree in DIR, and leave the source alone."),
    ] = None,
    no_link: Annotated[bool, typer.Option("--no-link", help="Store versions, and leave every import alone.")] = False,
    format: Annotated[  # the option's name
        Format, typer.Option("--format", help="Form of the report.")
    ] = Format.TEXT,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, max=MOST_JOBS, help="Requests to the service at a time."),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="Engine that plans the code, by name. auto: as the configuration says.")
    ] = "auto",
    timings: Annotated[bool, typer.Option("--timings", help="Also print how long each stage took.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False,
) -> None:
    """Build every decorated function that changed, and link it.

    \b
    Examples:
      poet build                      the whole project
      poet build src/app/drift.py     one file
      poet build --check              in CI: is the committed output up to date?
      poet build --out dist/src       leave the source as it is
      poet build --format sarif > poet.sarif

    \b
    Exit codes:
      0    clean: everything is fresh, built, or skipped on purpose
      1    findings: a function is stale (--check), was rejected, or is left un-enhanced
      2    broken: a file, the configuration, the service or the disk
      130  interrupted; the project is as before the build or as after it
    """
    if check and (out is not None or no_link):
        raise typer.BadParameter("--check writes nothing, so it takes neither --out nor --no-link")
    from poetc.cli.drive import build_project

    options = BuildOptions(tuple(paths or ()), check, out, no_link, format, jobs, engine, timings, quiet)
    raise typer.Exit(build_project(options))
