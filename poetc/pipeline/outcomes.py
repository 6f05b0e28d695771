"""How a function ended, as a value: built now, as it was, or left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from poetc.ir import Diagnostic, Ending, Outcome, Stored
from poetc.ir.achieved import achieved_in
from poetc.pipeline.survey import FunctionState


def in_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes by place in the project."""
    return sorted(outcomes, key=lambda o: (o.path, o.line, o.name))


def outcome(function: FunctionState, ending: Ending, path: str, diagnostic: Diagnostic | None = None) -> Outcome:
    """The outcome of a function that wasn't built now."""
    diagnostics = [*function.diagnostics, *([located(diagnostic, function)] if diagnostic else [])]
    stored = function.stored
    metadata = stored.metadata if stored else {}
    return Outcome(
        name=function.name,
        path=path,
        line=function.line,
        ending=ending,
        version=stored.version if stored else 0,
        operate=str(metadata.get("operate", "")),
        reason=diagnostic.message if diagnostic else str(metadata.get("operate_reason") or ""),
        diagnostics=tuple(diagnostics),
        achieved=achieved_in(metadata).placed(function.line) if stored and ending is Ending.FRESH else None,
    )


def located(diagnostic: Diagnostic, function: FunctionState) -> Diagnostic:
    """The diagnostic with the function's place, where it names none."""
    site = function.unit.site if function.unit else None
    if site is None or diagnostic.column or diagnostic.line not in (0, site.span.line):
        return diagnostic
    return replace(
        diagnostic, path=site.source.relative, line=site.span.line, column=site.span.column + 1, unit=function.name
    )


def built(function: FunctionState, stored: Stored, path: str, cached: bool) -> Outcome:
    """The outcome of a function that was built now."""
    return Outcome(
        name=function.name,
        path=path,
        line=function.line,
        ending=Ending.BUILT,
        version=stored.version,
        operate=stored.metadata["operate"],
        reason=stored.metadata.get("operate_reason") or "",
        diagnostics=tuple(function.diagnostics),
        cached=cached,
        achieved=achieved_in(stored.metadata).placed(function.line),
    )


def skipped(name: str, path: str, said: list[Diagnostic]) -> Outcome:
    """The outcome of a function that is left as it is."""
    first = said[0]
    return Outcome(name, path, first.line, Ending.SKIPPED, reason=first.message, diagnostics=tuple(said))
