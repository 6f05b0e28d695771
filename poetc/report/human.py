"""A run → text for people: each diagnostic with its place, source line, carets and hint; then what was done.

    src/app/drift.py:12:7 error POET203 retries must be 0 or more
      12 | @poet(retries=-1)
         |       ^^^^^^^^^^
      hint: write retries=0 for a single attempt

Colour where the stream is a terminal (NO_COLOR and TERM=dumb are respected, FORCE_COLOR asks for it), plain text
elsewhere; rich is imported only for colour. Nothing that is shown is ever interpreted as markup or escape sequence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from poetc.ir import Diagnostic, Ending, Outcome, Severity
from poetc.report.achieved import achieved_text
from poetc.report.model import RunReport
from poetc.report.printable import printable, printable_cell, printable_lines, printable_path
from poetc.report.summary import counted, duration, summary

Segment = tuple[str, str]
"""(rich style or "", text)"""
Line = list[Segment]

PLAIN_WIDTH = 120
"""cells of a line where there is no terminal to ask"""

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_ENDING_COLOURS = {Ending.BUILT: "green", Ending.REMOVED: "yellow", Ending.SKIPPED: "cyan"}
_ABOUT_NO_LINE = ("POET3", "POET5")


def render(report: RunReport, stream: TextIO) -> None:
    """Write the report for a person; a clean run with nothing to say is one line, or none if it is to be quiet."""
    write_lines(_lines(report, stream), stream)


def render_diagnostic(diagnostic: Diagnostic, stream: TextIO) -> None:
    """Write one diagnostic."""
    write_lines(_diagnostic_lines(diagnostic, width_of(stream), stream.encoding), stream)


def write_lines(lines: Iterator[Line] | list[Line], stream: TextIO) -> None:
    """Write styled lines, as plain text where there is no colour; whatever they hold, a terminal only shows it."""
    lines = [[(style, printable_cell(text, stream.encoding)) for style, text in line] for line in lines]
    if not wants_colour(stream):
        stream.write("".join("".join(text for _, text in line) + "\n" for line in lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, markup=False, highlight=False, emoji=False)
    # Captured, since rich ends the process by itself when the pipe it writes to is closed.
    with console.capture() as captured:
        for line in lines:
            console.print(Text.assemble(*((text, style) for style, text in line)), soft_wrap=True)
    stream.write(captured.get())


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: NO_COLOR forbids, FORCE_COLOR asks, else it depends on the stream being a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def width_of(stream: TextIO) -> int:
    """Cells in a line of the stream's terminal; `PLAIN_WIDTH` if it is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or PLAIN_WIDTH
    except (OSError, ValueError):
        return PLAIN_WIDTH


def _lines(report: RunReport, stream: TextIO) -> Iterator[Line]:
    encoding = stream.encoding
    for diagnostic, others in _grouped(report.findings()):
        if not (report.quiet and diagnostic.severity is Severity.NOTE):
            yield from _diagnostic_lines(diagnostic, width_of(stream), encoding, others)
    if report.quiet:
        return
    for outcome in report.sorted_outcomes():
        yield from _outcome_lines(outcome, encoding)
    if report.timings:
        yield from _timing_lines(report)
    if not report.interrupted:
        yield [("bold" if report.exit_code else "", printable(summary(report), encoding))]


def _grouped(findings: tuple[Diagnostic, ...]) -> Iterator[tuple[Diagnostic, tuple[str, ...]]]:
    """Each diagnostic with the other functions of which the same is true: that a service is down is said once, and so
    is what a line of the configuration doesn't do for them."""
    groups: dict[object, list[Diagnostic]] = {}
    for one in findings:
        alike = (one.code, one.message, one.hint) if one.code.startswith(_ABOUT_NO_LINE) else replace(one, unit="")
        groups.setdefault(alike, []).append(one)
    for first, *rest in groups.values():
        yield first, tuple(one.unit for one in rest if one.unit)


def _diagnostic_lines(
    diagnostic: Diagnostic, width: int, encoding: str | None, others: tuple[str, ...] = ()
) -> Iterator[Line]:
    message, *more = printable_lines(diagnostic.message, encoding)
    place = _place(diagnostic, encoding)
    severity = diagnostic.severity
    head: Line = [("bold", place), ("", " ")] if place else []
    yield [*head, (_COLOURS[severity], severity.value), ("", " "), ("bold", diagnostic.code), ("", f" {message}")]
    # A bar before every further line: no text of a service can start a line of its own.
    yield from ([("", f"  | {line}")] for line in more)
    yield from _excerpt_lines(diagnostic, width, encoding)
    if diagnostic.unit and diagnostic.unit not in diagnostic.message:
        yield [("dim", f"  in {printable(diagnostic.unit, encoding)}{_and_others(others)}")]
    elif others:
        yield [("dim", f"  the same{_and_others(others)}")]
    for index, line in enumerate(printable_lines(diagnostic.hint, encoding) if diagnostic.hint else ()):
        yield [("green", "  hint: " if not index else "  |     "), ("", line)]


def _and_others(others: tuple[str, ...]) -> str:
    return f" and {counted(len(others), 'other function')}" if others else ""


def _excerpt_lines(diagnostic: Diagnostic, width: int, encoding: str | None) -> Iterator[Line]:
    if not diagnostic.excerpt.strip():
        return
    from poetc.report.excerpt import excerpt

    gutter = f"{diagnostic.line or '':>4} | "
    source, carets = excerpt(diagnostic, width - len(gutter), encoding)
    yield [("blue", gutter), ("", source)]
    if carets:
        yield [("blue", " " * (len(gutter) - 2) + "| "), (_COLOURS[diagnostic.severity], carets)]


def _place(diagnostic: Diagnostic, encoding: str | None) -> str:
    """`src/app/drift.py:12:7`, as far as it is known: the form that editors and terminals make a link of."""
    numbers = [str(number) for number in (diagnostic.line, diagnostic.column) if number]
    return ":".join([printable_path(diagnostic.path, encoding), *numbers]) if diagnostic.path else ""


def _outcome_lines(outcome: Outcome, encoding: str | None) -> Iterator[Line]:
    """`built app.drift.check v2 (transformed): protected: httpx.get repeated (line 12)`; nothing for what is fresh or
    was said by a diagnostic."""
    if outcome.ending not in _ENDING_COLOURS or (outcome.ending is Ending.SKIPPED and outcome.diagnostics):
        return
    version = f" v{outcome.version}" if outcome.version else ""
    ways = ", ".join(way for way in (outcome.operate, "cached" if outcome.cached else "") if way)
    got = achieved_text(outcome.achieved.as_json()) if outcome.achieved else ""
    said = "".join(f": {each}" for each in (outcome.reason, got) if each)
    text = f" {outcome.name}{version}{f' ({ways})' if ways else ''}{said}"
    yield [(_ENDING_COLOURS[outcome.ending], outcome.ending.value), ("", printable(text, encoding))]


def _timing_lines(report: RunReport) -> Iterator[Line]:
    """One line for each stage, in the order in which the driver names them."""
    stages = {**report.totals.seconds, "total": report.elapsed}
    widest = max(map(len, stages))
    for stage, seconds in stages.items():
        yield [("dim", f"  {stage:<{widest}} {duration(seconds):>8}")]
