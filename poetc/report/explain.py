"""One function, explained: its lines with their effects and rewrites below them, then what stands around it.

Takes what `pipeline.explain` gives:

    {
      "name": "app.pay.receipt", "path": "app/pay.py", "line": 12,
      "version": 2,                    null: never built
      "fresh": true, "why": "",        why it isn't
      "operate": "transformed", "operate_reason": null,
      "achieved": {...},               as in `poet build --format json`; null: never built
      "effects": "writes",             pure | reads | idempotent | writes | unknown
      "lines": [{
        "line": 14, "text": "    response = httpx.get(url)",
        "effects": [{"text": "httpx.get(...)", "effect": "read", "why": "httpx.get: read"}],
        "rewrites": [{"kind": "retry", "before": "httpx.get", "after": "retry(httpx.get)", "why": "..."}],
        "not_done": ["..."]
      }],
      "around": [{"what": "budget", "how": "5 s for all of it"}],
      "asked": [{"setting": "timeout", "value": "5.0", "origin": "@poet at app/pay.py:12"}],
      "checked": ["order is int"],
      "not_done": [],                  of the function as a whole
      "project": [{                    functions of the project that it calls
        "text": "store.load", "effect": "read", "why": "",
        "functions": [{"name": "app.store.load", "path": "app/store.py", "line": 4}],
        "through": "`httpx.get(...)` at app/store.py:5"      what in it does that
      }]
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from poetc import __version__
from poetc.report.achieved import achieved_text
from poetc.report.human import Line, write_lines
from poetc.report.json import SCHEMA_VERSION, write_document
from poetc.report.printable import printable

_COLOURS = {"read": "cyan", "idempotent": "blue", "write": "red", "unknown": "yellow"}
_GUTTER = 6
_EFFECTS = {
    "pure": "pure: it changes nothing and asks nothing",
    "reads": "reads: a second call asks again, and changes nothing",
    "idempotent": "idempotent: a second call leaves everything as the first did",
    "writes": "writes: a second call may do it twice",
    "unknown": "unknown: something in it may do anything",
}


def render_explanation(explained: Mapping[str, Any], stream: TextIO) -> None:
    """Write it for a person."""
    write_lines([*_lines(explained, stream.encoding)], stream)


def render_explanation_json(explained: Mapping[str, Any], stream: TextIO) -> None:
    """Write `{"schema_version": 1, "version": ..., "function": {...}}`."""
    write_document({"schema_version": SCHEMA_VERSION, "version": __version__, "function": dict(explained)}, stream)


def _lines(explained: Mapping[str, Any], encoding: str | None) -> Iterator[Line]:
    yield [("bold", printable(explained["name"], encoding)), ("", f"  {_state(explained, encoding)}")]
    yield [("dim", printable(f"{explained['path']}:{explained['line']}", encoding))]
    if said := achieved_text(explained["achieved"]):
        yield [("", printable(said, encoding))]
    yield [("", f"{_EFFECTS.get(explained['effects'], explained['effects'])}")]
    yield [("", "")]
    project = {row["text"]: row for row in explained["project"]}
    for row in explained["lines"]:
        yield from _source(row, project, encoding)
    yield from _section("around it", [f"{row['what']}: {row['how']}" for row in explained["around"]], encoding)
    asked = [f"{row['setting']} = {row['value']}: {row['origin']}" for row in explained["asked"]]
    yield from _section("asked for", asked, encoding)
    yield from _section("checked", explained["checked"], encoding)
    yield from _section("left undone", explained["not_done"], encoding)
    yield from _section("functions of the project", [*map(_project, explained["project"])], encoding)


def _state(explained: Mapping[str, Any], encoding: str | None) -> str:
    """`v2, transformed` ... and what it means that it isn't fresh."""
    if explained["version"] is None:
        return "not built: its effects are known, what a build makes of it isn't"
    reason = f" ({explained['operate_reason']})" if explained["operate_reason"] else ""
    state = f"v{explained['version']}, {explained['operate']}{reason}"
    if explained["why"] == "source changed":
        state += "; stale, source changed: its rewrites are of other lines, and not shown"
    elif explained["why"]:
        state += f"; stale, {explained['why']}"
    return printable(state, encoding)


def _source(row: Mapping[str, Any], project: Mapping[str, Any], encoding: str | None) -> Iterator[Line]:
    """A line of the source, and what is to be said of it."""
    text = printable(row["text"].expandtabs(4), encoding)
    yield [("dim", f"{row['line']:>{_GUTTER}} | "), ("", text)]
    margin = f"{'':>{_GUTTER}} | {'':<{len(text) - len(text.lstrip())}}"
    for effect in row["effects"]:
        where = _where(project.get(effect["text"].partition("(")[0]))
        said = printable(f" {effect['text']}: {_because(effect)}{where}", encoding)
        yield [("dim", margin), (_COLOURS.get(effect["effect"], ""), f"^ {effect['effect']}"), ("", said)]
    for rewrite in row["rewrites"]:
        said = printable(f" {rewrite['before']} => {rewrite['after']}", encoding)
        yield [("dim", margin), ("green", f"+ {rewrite['kind']}"), ("", said)]
        if rewrite["why"]:
            yield [("dim", f"{margin}  "), ("", printable(rewrite["why"], encoding))]
    for said in row["not_done"]:
        yield [("dim", margin), ("", f"- {printable(said, encoding)}")]


def _because(effect: Mapping[str, Any]) -> str:
    """Why, without saying the effect twice."""
    return str(effect["why"]).removesuffix(f": {effect['effect']}")


def _where(called: Mapping[str, Any] | None) -> str:
    if called is None or not called["functions"]:
        return ""
    return f" ({', '.join('{name}, {path}:{line}'.format(**f) for f in called['functions'])})"


def _project(row: Mapping[str, Any]) -> str:
    by = f", by {row['through']}" if row.get("through") else ""
    return f"{row['text']}: {row['effect']}{_where(row)}{': ' + row['why'] if row['why'] else ''}{by}"


def _section(title: str, rows: list[str], encoding: str | None) -> Iterator[Line]:
    if rows:
        yield [("", "")]
        yield [("bold", title)]
        yield from ([("", f"  {printable(row, encoding)}")] for row in rows)
