"""The outside calls of a project → a table as coverage.py prints one, or JSON.

{
  "schema_version": 1, "version": "0.2.0",
  "all": false,                      whether functions without the marker were looked at, too
  "files": [{
    "path": "app/pay.py",
    "totals": {"calls": 4, "known": 3, "repeated": 2, "limited": 0, "cover": 75.0},
    "missing": [12],                 lines with a call of which nothing is known
    "functions": [{
      "name": "app.pay.receipt", "line": 10, "marked": true,
      "calls": [{
        "line": 12, "column": 5, "end_line": 12, "end_column": 30,
        "text": "session.get(...)", "name": "", "effect": "unknown",
        "known": false, "repeated": false, "limited": false,
        "why": "`session` is a parameter without annotation", "why_not": "what it does is unknown: ..."
      }]
    }]
  }],
  "unknown": [{"name": "session.get(...)", "why": "...", "count": 1, "places": ["app/pay.py:12"]}],
  "totals": {...},
  "diagnostics": [...]               as `poet build --format json` has them
}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from poetc import __version__
from poetc.ir import Diagnostic
from poetc.ir.coverage import Looked, OutsideCall, Tally, Unknown, tally, unknown_calls
from poetc.report.human import Line, write_lines
from poetc.report.json import SCHEMA_VERSION, diagnostic_document, write_document
from poetc.report.printable import printable, printable_path

_HEADINGS = ("Name", "Calls", "Known", "Repeated", "Limited", "Cover", "Missing")
MOST_UNKNOWN = 20
"""calls of which nothing is known that are listed for people"""


def render_coverage(looked: Sequence[Looked], stream: TextIO) -> None:
    """Write the table, and below it what is unknown, the most frequent first."""
    encoding = stream.encoding
    rows = [(printable_path(path, encoding), tally(group), missing(group)) for path, group in by_path(looked).items()]
    rows.append(("TOTAL", tally(looked), ()))
    widest = max(len(name) for name, _, _ in [*rows, ("Name", None, ())])
    heading = _row("Name", widest, _HEADINGS[1:6], "Missing")
    rule: Line = [("", "-" * len(heading))]
    lines: list[Line] = [[("bold", heading)], rule]
    for name, counted, gone in rows:
        lines += [rule] * (name == "TOTAL")
        lines.append([("", _row(name, widest, _cells(counted), ranges(gone)))])
    unknown = unknown_calls(looked)
    lines += [[("", "")], [("bold", "unknown calls, the most frequent first")]] if unknown else []
    lines += [[("", f"{len(each.places):>5}  {_unknown(each, encoding)}")] for each in unknown[:MOST_UNKNOWN]]
    if (more := len(unknown) - MOST_UNKNOWN) > 0:
        lines.append([("dim", f"       ... and {more} more; `poet suggest` drafts what to say of them")])
    write_lines(lines, stream)


def render_coverage_json(
    looked: Sequence[Looked], said: Sequence[Diagnostic], stream: TextIO, *, everything: bool
) -> None:
    """Write one JSON document, as this module's docstring describes it."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "all": everything,
        "files": [_file(path, group) for path, group in by_path(looked).items()],
        "unknown": [
            {"name": u.name, "why": u.why, "count": len(u.places), "places": [*u.places]} for u in unknown_calls(looked)
        ],
        "totals": _totals(tally(looked)),
        "diagnostics": [diagnostic_document(one) for one in said],
    }
    write_document(document, stream)


def by_path(looked: Sequence[Looked]) -> dict[str, list[Looked]]:
    """The functions by file, in order."""
    found: dict[str, list[Looked]] = {}
    for each in sorted(looked, key=lambda each: (each.path, each.line)):
        found.setdefault(each.path, []).append(each)
    return found


def missing(functions: Sequence[Looked]) -> tuple[int, ...]:
    """The lines with a call of which nothing is known."""
    return tuple(sorted({call.line for each in functions for call in each.calls if not call.known}))


def ranges(lines: Sequence[int]) -> str:
    """Lines as people list them: "3, 7-9"."""
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def percent(share: float) -> int:
    """A share as it is shown: 100 and 0 are said of all and none only."""
    return min(max(round(share), 1), 99) if 0 < share < 100 else round(share)


def _cells(counted: Tally) -> tuple[str, ...]:
    numbers = (counted.calls, counted.known, counted.repeated, counted.limited)
    return (*map(str, numbers), f"{percent(counted.cover)}%")


def _row(name: str, widest: int, cells: Sequence[str], last: str) -> str:
    numbers = "".join(f"{cell:>{len(heading) + 3}}" for cell, heading in zip(cells, _HEADINGS[1:6], strict=True))
    return f"{name:<{widest}}{numbers}   {last}".rstrip()


def _unknown(each: Unknown, encoding: str | None) -> str:
    more = f" and {len(each.places) - 1} more" if len(each.places) > 1 else ""
    return printable(f"{each.name}: {each.why} ({each.places[0]}{more})", encoding)


def _file(path: str, functions: Sequence[Looked]) -> dict[str, Any]:
    listed = [
        {"name": f.name, "line": f.line, "marked": f.marked, "calls": [_call(call) for call in f.calls]}
        for f in functions
    ]
    return {"path": path, "totals": _totals(tally(functions)), "missing": [*missing(functions)], "functions": listed}


def _call(call: OutsideCall) -> dict[str, Any]:
    return asdict(call) | {"known": call.known}


def _totals(counted: Tally) -> dict[str, Any]:
    return asdict(counted) | {"cover": round(counted.cover, 2)}
