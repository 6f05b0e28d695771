"""POET214: `retries=` repeats the whole function; what in it must not happen twice is named."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from poetc.diagnose import diagnose
from poetc.effects import Effects, ResolvedCall
from poetc.ir import Diagnostic, Kind, Severity
from poetc.source.nodes import call_text, dotted_name, flat
from poetc.source.site import PythonSite

REPEATABLE: Final = frozenset({"pure", "reads", "idempotent"})
MOST: Final = 10
"""calls of one function that are named"""

MOST_NAMED: Final = 3
"""further calls that one warning names"""

_KNOWN: Final = (
    "Move it out of the function, or leave `retries=` out: a call that may be repeated is repeated by itself. "
    'If this one may be made twice, say so in [tool.poet.calls]: `"{name}" = {{effect = "idempotent"}}`.'
)
_UNKNOWN: Final = (
    'Say in [tool.poet.calls] what it does, `"module.name" = {effect = "read"}`; for a method, annotate the object.'
)
_ORDER: Final = (
    "Leave `retries=` out, and each call that may be repeated is repeated by itself; or read in the caller, "
    "and give the function what to write."
)
_CHANGE: Final = "Change a copy, or do it after the part that is repeated, in a function of its own."


def retry_warnings(
    site: PythonSite, retries: int | None, effects: Effects, through: Callable[[str], str] = lambda text: ""
) -> tuple[Diagnostic, ...]:
    """A warning at each place of the function that may not happen twice, if the decorator asks for `retries`.

    `through`: text of what is called → the way from there to the culprit, in the project's other functions.
    """
    if not retries or effects.effect in REPEATABLE or site.kind is Kind.ASYNC_GENERATOR:
        return ()
    calls = {id(c.node): c for c in effects.calls if c.effect in ("write", "unknown")}
    writes = [c for c in calls.values() if c.effect == "write"]
    found = [_call(site, retries, c.node, c.name or "", c.effect, _led(c.why, c.node, through)) for c in writes]
    found += _unknown(site, retries, [c for c in calls.values() if c.effect == "unknown"], through)
    said = {(c.node.lineno, c.why) for c in calls.values()}
    rest = [line for line in effects.lines if line.effect in ("write", "unknown") and (line.line, line.why) not in said]
    found += [_line(site, retries, line.line, line.text, line.effect, line.why) for line in rest]
    found.sort(key=lambda d: (d.line, d.column))
    if len(found) > MOST:
        last = found[MOST - 1]
        found[MOST - 1] = replace(last, message=f"{last.message} (and {len(found) - MOST} more)")
    return tuple(found[:MOST])


def _unknown(
    site: PythonSite, retries: int, calls: Sequence[ResolvedCall], through: Callable[[str], str]
) -> Iterator[Diagnostic]:
    """One warning for all calls of which nothing is known, at the first: what it gives is often why of the others."""
    if not calls:
        return
    first, *rest = sorted(calls, key=lambda c: (c.node.lineno, c.node.col_offset))
    said = _call(site, retries, first.node, first.name or "", "unknown", _led(first.why, first.node, through))
    named = [f"`{call_text(c.node)}` in line {c.node.lineno}" for c in rest[:MOST_NAMED]]
    named += [f"{len(rest) - MOST_NAMED} more"] * (len(rest) > MOST_NAMED)
    yield replace(said, message=f"{said.message} (so may {', '.join(named)})") if named else said


def _led(why: str, node: ast.Call, through: Callable[[str], str]) -> str:
    """Why, with the way through the project's functions."""
    way = through(dotted_name(node.func))
    return f"{why}, by {way}" if way else why


def _call(site: PythonSite, retries: int, node: ast.Call, name: str, effect: str, why: str) -> Diagnostic:
    hint = _KNOWN.format(name=name)
    if effect == "unknown" or not name:
        hint = _UNKNOWN
    elif name.startswith("builtins."):
        hint = _CHANGE
    message = _message(call_text(node), retries, effect, why)
    return diagnose("POET214", message, site.source, node, hint=hint, unit=site.name, severity=Severity.WARNING)


def _line(site: PythonSite, retries: int, line: int, text: str, effect: str, why: str) -> Diagnostic:
    """What is no call has a line only: its first statement is shown."""
    statement = next((n for n in flat(site.node) if isinstance(n, ast.stmt) and n.lineno == line), site.node)
    message = _message(text, retries, effect, why)
    hint = _ORDER if why.startswith("a second run") else _CHANGE
    return diagnose("POET214", message, site.source, statement, hint=hint, unit=site.name, severity=Severity.WARNING)


def _message(text: str, retries: int, effect: str, why: str) -> str:
    what = "is a write" if effect == "write" else "may be a write"
    return f"`retries={retries}` repeats the whole function, and `{text}` in it {what}: {why}"
