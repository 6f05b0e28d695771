"""`poet verify`."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from typing import TextIO

    from poetc.ir.comparison import Comparison, Limits


class Form(StrEnum):
    """The forms that the result can take."""

    TEXT = "text"
    JSON = "json"


def verify(
    function: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Qualified name of the function, or an end of it that no other has.",
            show_default=False,
        ),
    ] = None,
    *,
    examples: Annotated[int, typer.Option("--examples", min=1, max=1_000_000, help="Inputs for each function.")] = 100,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=3600, help="Seconds for the inputs of each function.")
    ] = 30.0,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Start of the random inputs: the same number, the same inputs.")
    ] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Functions that run at a time.")] = 1,
    allow_effects: Annotated[
        bool, typer.Option("--allow-effects", help="Also run functions that write. The sandbox stays as it is.")
    ] = False,
    crosshair: Annotated[
        bool, typer.Option("--crosshair", help="Also let CrossHair look for a difference, if it is installed.")
    ] = False,
    format: Annotated[Form, typer.Option("--format", help="Form of the result.")] = Form.TEXT,
) -> None:
    """Run built functions beside their originals, and compare them.

    Both get the same inputs, which satisfy the annotations. Compared is what both return, raise, yield, print, change
    and call.

    Each function runs in a process of its own, without network, further processes or files outside an empty folder,
    and with limits on memory and time. The report says which limits were in force. If too few inputs gave a value,
    the function is called not comparable.

    \b
    Examples:
      poet verify
      poet verify slug --examples 1000
      poet verify app.text.slug --seed 7 --format json

    \b
    Exit codes:
      0    every function is the same, or not comparable
      1    a function differs; the smallest input found, as a script, is on standard output
      2    broken: no such function, a file, the configuration, or Hypothesis isn't installed
      130  interrupted
    """
    from poetc.cli.guard import guarded
    from poetc.ir.comparison import Limits

    limits = Limits(
        examples=examples,
        seconds=seconds,
        seed=seed,
        enough=min(20, examples),
        jobs=jobs,
        allow_effects=allow_effects,
        crosshair=crosshair,
    )
    raise typer.Exit(guarded(lambda: _verify(function, limits, format)))


def _verify(function: str | None, limits: Limits, form: Form) -> int:
    import sys

    from poetc.cli.drive import open_project
    from poetc.cli.streams import deliver
    from poetc.ir import Diagnostic
    from poetc.ir.comparison import Comparison
    from poetc.pipeline.verification import verify_behaviour
    from poetc.report import exit_code
    from poetc.report.human import render_diagnostic

    gathered: list[Comparison] = []
    wrong: list[Diagnostic] = []

    def run(stream: TextIO) -> None:
        for item in verify_behaviour(project, function, limits):
            if isinstance(item, Comparison):
                gathered.append(item)
                _show(item, form, stream)
            else:
                wrong.append(item)
                render_diagnostic(item, sys.stderr)

    with contextlib.closing(open_project()) as project:
        broken = deliver(run)
    code = broken or exit_code((), wrong) or int(any(c.counterexample for c in gathered))
    return deliver(lambda stream: _conclude(gathered, code, form, stream), code)


def _show(comparison: Comparison, form: Form, stream: TextIO) -> None:
    """A comparison as soon as it is there, for people who wait."""
    if form is Form.TEXT:
        from poetc.report.verify import render_comparison

        render_comparison(comparison, stream)
        stream.flush()


def _conclude(comparisons: list[Comparison], code: int, form: Form, stream: TextIO) -> None:
    from poetc.report.verify import render_comparisons_json, render_totals

    if form is Form.JSON:
        render_comparisons_json(comparisons, code, stream)
    else:
        render_totals(comparisons, stream)
