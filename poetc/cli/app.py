"""The typer application: every command by its name, in the order in which `poet --help` lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from poetc import __version__
from poetc.cli.build import build
from poetc.cli.clean import clean
from poetc.cli.coverage import coverage
from poetc.cli.diff import diff
from poetc.cli.doctor import doctor
from poetc.cli.explain import explain
from poetc.cli.init import init
from poetc.cli.serve import serve
from poetc.cli.status import status
from poetc.cli.suggest import suggest
from poetc.cli.unlink import unlink
from poetc.cli.verify import verify
from poetc.cli.watch import watch

# Plain help and errors: typer's rich ones import rich for every mistyped option.
app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for command in (build, watch, status, diff, explain, coverage, suggest, verify, unlink, clean, init, serve, doctor):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"poet {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Exit codes of every command: 0 clean; 1 findings; 2 the tool or its input broke; 130 interrupted.",
)
def poet(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Turn functions marked with @poet into verified, readable, committed implementations."""
