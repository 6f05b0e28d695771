"""One rebuild under `poet watch` → what is wrong, then one line: `14:03:22 built app.drift.check v3 in 84 ms`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from poetc.ir import Ending, Outcome
from poetc.report.human import render, write_lines
from poetc.report.model import RunReport
from poetc.report.printable import printable
from poetc.report.summary import duration, summary

MOST_NAMED = 3
"""functions that the line names; of more it gives the number"""


def render_rebuild(report: RunReport, clock: str, stream: TextIO) -> None:
    """Write the diagnostics and the line; `clock` is the time of day."""
    render(replace(report, quiet=True), stream)
    wrong = "bold red" if report.exit_code else ""
    write_lines([[("dim", f"{clock} "), (wrong, printable(_line(report), stream.encoding))]], stream)
    stream.flush()


def _line(report: RunReport) -> str:
    built = [outcome for outcome in report.sorted_outcomes() if outcome.ending is Ending.BUILT]
    if report.exit_code or not 0 < len(built) <= MOST_NAMED:
        return summary(report)
    return f"built {_named(built)} in {duration(report.elapsed)}"


def _named(built: Sequence[Outcome]) -> str:
    return ", ".join(f"{one.name} v{one.version}" if one.version else one.name for one in built)
