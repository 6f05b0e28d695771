"""Comparisons of original and enhanced functions → text for people, or JSON.

src/app/text.py:7 different app.text.slug on slug('0', limit=1)
  | the original returned '0', the enhanced function returned ''
  run this to see it:
  | ...
same app.text.words: 100 inputs tried, 93 gave a value, 7 raised
not comparable app.io.fetch: 0 of 12 inputs gave a value, where 20 are needed: ...
limits: wall 45 s, cpu 45 s, memory 1024 MiB, ..., network own namespace, ...
3 functions: 1 different, 1 not comparable, 1 same
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TextIO

from poetc import __version__
from poetc.ir.comparison import Comparison, Counterexample, Verdict
from poetc.report.human import Line, write_lines
from poetc.report.json import SCHEMA_VERSION, write_document
from poetc.report.printable import printable, printable_lines, printable_path
from poetc.report.summary import counted

_COLOURS = {Verdict.SAME: "green", Verdict.DIFFERENT: "bold red", Verdict.NOT_COMPARABLE: "yellow"}


def render_comparison(comparison: Comparison, stream: TextIO) -> None:
    """Write how one function's comparison ended."""
    write_lines(_lines(comparison, stream.encoding), stream)


def render_totals(comparisons: Sequence[Comparison], stream: TextIO) -> None:
    """Write which limits were in force, and how many functions ended how."""
    sets = dict.fromkeys(c.limits for c in comparisons if c.limits)
    lines: list[Line] = [
        [("dim", printable(f"limits: {', '.join(f'{what} {how}' for what, how in limits)}", stream.encoding))]
        for limits in sets
    ]
    ended = Counter(c.verdict for c in comparisons)
    said = ", ".join(f"{ended[one]} {one.value}" for one in sorted(ended, key=lambda one: one.value))
    lines.append(
        [("", f"{counted(len(comparisons), 'function')}: {said}" if comparisons else "no function carries @poet")]
    )
    write_lines(lines, stream)


def render_comparisons_json(comparisons: Sequence[Comparison], code: int, stream: TextIO) -> None:
    """Write `{"schema_version": 1, "version": ..., "command": "verify", "exit_code": ..., "comparisons": [...]}`."""
    rows = [
        {("likeness" if name == "verdict" else name): value for name, value in asdict(c).items()}
        | {"left_out": dict(c.left_out), "limits": dict(c.limits)}
        for c in comparisons
    ]
    document = {"schema_version": SCHEMA_VERSION, "version": __version__, "command": "verify", "exit_code": code}
    write_document(document | {"comparisons": rows}, stream)


def _lines(comparison: Comparison, encoding: str | None) -> Iterator[Line]:
    verdict, found = comparison.verdict, comparison.counterexample
    head: Line = [("bold", f"{printable_path(comparison.path, encoding)}:{comparison.line} ")] if found else []
    said = f" on {found.call}" if found else f": {comparison.reason or _evidence(comparison)}"
    yield [*head, (_COLOURS[verdict], verdict.value), ("", printable(f" {comparison.name}{said}", encoding))]
    if found is not None:
        yield from _counterexample(found, encoding)
    if comparison.second_pass:
        yield from _barred(f"CrossHair: {comparison.second_pass}", encoding)


def _evidence(comparison: Comparison) -> str:
    """On what a comparison rests: "100 inputs tried, 93 gave a value, 7 raised; 3 left out: took too long"."""
    tried = f"{counted(comparison.tried, 'input')} tried, {comparison.values} gave a value"
    raised = f", {comparison.raised} raised" if comparison.raised else ""
    every = ", and there are no others" if comparison.exhausted else ""
    left = "".join(f"; {count} left out: {why}" for why, count in comparison.left_out)
    return f"{tried}{raised}{every}{left}"


def _counterexample(found: Counterexample, encoding: str | None) -> Iterator[Line]:
    for difference in found.differences:
        yield from _barred(difference, encoding)
    if found.traceback:
        yield from _barred(found.traceback, encoding)
    yield [
        (
            "green",
            "  run this to see it:" if found.runnable else "  as code, though not all of it can be written as such:",
        )
    ]
    yield from _barred(found.snippet, encoding)


def _barred(text: str, encoding: str | None) -> Iterator[Line]:
    """Text of the user's functions behind a bar: it can't start a line of its own."""
    yield from ([("", f"  | {line}")] for line in printable_lines(text, encoding))
