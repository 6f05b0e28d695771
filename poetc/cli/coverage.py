"""`poet coverage`."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poetc.ir import Diagnostic
    from poetc.ir.coverage import Looked

NOTHING, BELOW = 1, 2


class Form(StrEnum):
    """The forms of the report."""

    TEXT = "text"
    JSON = "json"


def coverage(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATHS", help="Files and folders. Default: the whole project.", show_default=False),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also look at functions that don't carry @poet.")] = False,
    format: Annotated[Form, typer.Option("--format", help="Form of the report.")] = Form.TEXT,
    fail_under: Annotated[
        float, typer.Option("--fail-under", metavar="N", min=0, max=100, help="Exit with 2 if Cover is below N.")
    ] = 0,
) -> None:
    """Tell which outside calls are known, repeated and limited.

    An outside call talks to another process (a server, a database, a command), or may: nothing is known of it. Cover
    is the share of outside calls that are known; Missing are the lines of the others.

    \b
    Examples:
      poet coverage                   the functions that carry @poet
      poet coverage --all src/app     all functions below a folder
      poet coverage --fail-under 80   in CI

    \b
    Exit codes:
      0    told
      1    there is no function to look at
      2    Cover is below --fail-under, or broken: a file, or the configuration
      130  interrupted
    """
    from poetc.cli.guard import guarded

    raise typer.Exit(guarded(lambda: _tell(paths or [], everything, format, fail_under)))


def _tell(paths: list[Path], everything: bool, form: Form, fail_under: float) -> int:
    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.ir.coverage import Looked
    from poetc.pipeline.coverage import look_at
    from poetc.report.coverage import render_coverage, render_coverage_json

    with contextlib.closing(open_project(paths)) as project:
        found = [*look_at(project, paths, everything=everything)]
    looked = [each for each in found if isinstance(each, Looked)]
    said = [each for each in found if not isinstance(each, Looked)]
    code = _code(looked, said, fail_under)
    if form is Form.JSON:
        return deliver(lambda stream: render_coverage_json(looked, said, stream, everything=everything), code)
    _complain(looked, said, everything)
    return deliver(lambda stream: render_coverage(looked, stream), code) if looked else code


def _code(looked: Sequence[Looked], said: Sequence[Diagnostic], fail_under: float) -> int:
    from poetc.ir.coverage import tally
    from poetc.report import exit_code
    from poetc.report.coverage import percent

    if broken := exit_code((), said):
        return max(broken, BELOW)
    cover = tally(looked).cover
    if (cover if fail_under in (0, 100) or fail_under % 1 else percent(cover)) < fail_under:
        return BELOW
    return 0 if looked else NOTHING


def _complain(looked: Sequence[Looked], said: Sequence[Diagnostic], everything: bool) -> None:
    """What can't be looked at, on standard error."""
    import sys

    from poetc.report.human import render_diagnostic

    for one in said:
        render_diagnostic(one, sys.stderr)
    if not looked:
        hint = "" if everything else "; `poet coverage --all` looks at all functions"
        sys.stderr.write(f"no function {'is there' if everything else 'carries @poet'}{hint}\n")
