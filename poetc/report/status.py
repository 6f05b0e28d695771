"""The functions of a project and their versions → a table, or one function in full.

Takes what `pipeline.status` gives: JSON-ready dicts with name, path, line, version, versions, operate, operate_reason,
achieved, phases, rewrites, enhancements, timeout_mechanism, engine, template, fresh and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from poetc import __version__
from poetc.report.achieved import achieved_text
from poetc.report.human import Line, write_lines
from poetc.report.json import SCHEMA_VERSION, write_document
from poetc.report.printable import printable
from poetc.report.summary import counted

_HEADINGS = ("function", "version", "operate", "achieved", "state")


def render_status(functions: Sequence[Mapping[str, Any]], stream: TextIO, *, full: bool = False) -> None:
    """Write a table with one line for each function, or with `full` everything that is known of each."""
    if not functions:
        write_lines([[("", "no function carries @poet")]], stream)
    elif full:
        write_lines([line for function in functions for line in _in_full(function, stream.encoding)], stream)
    else:
        write_lines(_table(functions, stream.encoding), stream)


def render_status_json(functions: Sequence[Mapping[str, Any]], stream: TextIO) -> None:
    """Write `{"schema_version": 1, "version": ..., "functions": [...]}`."""
    document = {"schema_version": SCHEMA_VERSION, "version": __version__, "functions": [*functions]}
    write_document(document, stream)


def _table(functions: Sequence[Mapping[str, Any]], encoding: str | None) -> list[Line]:
    rows = [_row(function, encoding) for function in functions]
    widths = [max(len(row[column]) for row in [_HEADINGS, *rows]) for column in range(len(_HEADINGS) - 1)]
    stale = sum(not function.get("fresh") for function in functions)
    total = f"{counted(len(functions), 'function')}, {stale} stale: run `poet build`" if stale else ""
    lines: list[Line] = [[("bold", _aligned(_HEADINGS, widths))]]
    for row, function in zip(rows, functions, strict=True):
        lines.append([("" if function.get("fresh") else "yellow", _aligned(row, widths))])
    return [*lines, [("", total or f"{counted(len(functions), 'function')}, all fresh")]]


def _row(function: Mapping[str, Any], encoding: str | None) -> tuple[str, ...]:
    version = function.get("version")
    achieved = (function.get("achieved") or {}).get("state") or "-"
    cells = [function.get("name"), f"v{version}" if version else "-", function.get("operate") or "-", achieved]
    return tuple(printable(str(cell), encoding) for cell in [*cells, _state(function)])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()


def _state(function: Mapping[str, Any]) -> str:
    why = f": {function['why']}" if function.get("why") else ""
    return f"{'fresh' if function.get('fresh') else 'stale'}{why}"


def _in_full(function: Mapping[str, Any], encoding: str | None) -> list[Line]:
    version = f" v{function['version']}" if function.get("version") else ""
    facts = {
        "place": f"{function.get('path', '')}:{function.get('line', '')}",
        "state": _state(function),
        "versions": "\n".join(_version(version) for version in function.get("versions") or ()),
        "operate": _operate(function),
        "achieved": achieved_text(function.get("achieved")),
        "phases": ", ".join(map(str, function.get("phases") or ())),
        "rewrites": "\n".join(_rewrite(rewrite) for rewrite in function.get("rewrites") or ()),
        "enhanced": ", ".join(map(str, function.get("enhancements") or ())),
        "timeout": str(function.get("timeout_mechanism") or ""),
        "engine": str(function.get("engine") or ""),
        "template": str(function.get("template") or ""),
    }
    lines: list[Line] = [[("bold", printable(f"{function.get('name')}{version}", encoding))]]
    for name, fact in facts.items():
        for index, line in enumerate(fact.split("\n") if fact else ()):
            lines.append([("dim", f"  {'' if index else name:<9} "), ("", printable(line, encoding))])
    return lines


def _operate(function: Mapping[str, Any]) -> str:
    reason = f": {function['operate_reason']}" if function.get("operate_reason") else ""
    return f"{function['operate']}{reason}" if function.get("operate") else ""


def _version(version: Any) -> str:
    """One entry of `versions`: `v2: source changed`."""
    if not isinstance(version, Mapping):
        return f"v{version}"
    why = f": {version['why']}" if version.get("why") else ""
    return f"v{version.get('version')}{why}"


def _rewrite(rewrite: Any) -> str:
    """`line 4 retry: before => after`."""
    if not isinstance(rewrite, Mapping):
        return str(rewrite)
    return f"line {rewrite.get('line')} {rewrite.get('kind')}: {rewrite.get('before')} => {rewrite.get('after')}"
