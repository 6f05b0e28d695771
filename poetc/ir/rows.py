"""An outcome as JSON has it, and back: what was said of a function is said again as long as that is fresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, Final

from poetc.ir.achieved import achieved_again
from poetc.ir.diagnostic import Diagnostic, Severity
from poetc.ir.outcome import Ending, Outcome


def outcome_row(outcome: Outcome) -> list[Any]:
    """An outcome's fields but for how it ended and whence the answer came."""
    said = [diagnostic_row(diagnostic) for diagnostic in outcome.diagnostics]
    achieved = outcome.achieved.as_row() if outcome.achieved else None
    return [outcome.name, outcome.path, outcome.line, outcome.version, outcome.operate, outcome.reason, said, achieved]


def fresh_outcome(row: Sequence[Any]) -> Outcome:
    """The outcome of a function that is still as that row says; raises TypeError or ValueError for another row."""
    name, path, line, version, operate, reason, said, achieved = row
    known = achieved_again(achieved) if achieved else None
    said = tuple(map(said_again, said))
    return Outcome(name, path, line, Ending.FRESH, version, operate, reason, said, achieved=known)


def diagnostic_row(diagnostic: Diagnostic) -> list[Any]:
    """A diagnostic's fields; more of them than a row of an outcome has."""
    return [*astuple(diagnostic)]


def is_outcome(row: Sequence[Any]) -> bool:
    """Whether a row is one of an outcome, and not of a diagnostic."""
    return len(row) == _OUTCOME


def said_again(row: Sequence[Any]) -> Diagnostic:
    """The diagnostic of a row; raises TypeError or ValueError for another row."""
    found = Diagnostic(row[0], row[1], Severity(row[2]), *row[3:])
    if any(type(value) is not type(usual) for value, usual in zip(astuple(found)[3:], _USUAL, strict=True)):
        raise ValueError("not a diagnostic's fields")
    if not (isinstance(found.code, str) and isinstance(found.message, str)):
        raise ValueError("not a diagnostic's code and message")
    return found


_OUTCOME: Final = 8
_USUAL: Final = astuple(Diagnostic("", ""))[3:]
"""a value of each field behind the severity"""
