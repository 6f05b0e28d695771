"""A run → one line of text."""

from __future__ import annotations

from collections import Counter

from poetc.ir import Ending, Severity
from poetc.report.achieved import states_text
from poetc.report.model import RunReport

_ORDER = (
    Ending.BUILT,
    Ending.STALE,
    Ending.FRESH,
    Ending.SKIPPED,
    Ending.REMOVED,
    Ending.REJECTED,
    Ending.FAILED,
)


def duration(seconds: float) -> str:
    """Seconds as people say them: 40 ms, 1.2 s, 2 min 5 s."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 function, 2 functions."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(report: RunReport) -> str:
    """What was done, how long it took, what is wrong, what to do next: `3 built, 82 fresh in 1.2 s; 1 error`."""
    errors = Counter(finding.severity for finding in report.findings())
    wrong = ", ".join(counted(errors[one], one.value) for one in (Severity.ERROR, Severity.WARNING) if errors[one])
    parts = [f"{_done(report)} in {duration(report.elapsed)}", wrong]
    if report.endings()[Ending.STALE]:
        parts.append("run `poet build`")
    return "; ".join(part for part in parts if part)


def _done(report: RunReport) -> str:
    endings = report.endings()
    if set(endings) == {Ending.FRESH}:
        return f"{counted(endings[Ending.FRESH], 'function')} fresh"
    if endings:
        parts = [_ending(report, ending, endings[ending]) for ending in _ORDER if endings[ending]]
        first, *others = parts
        return "; ".join(part for part in (first, ", ".join(others)) if part) if ":" in first else ", ".join(parts)
    if report.totals.written:
        return f"{counted(len(report.totals.written), 'file')} {_VERBS.get(report.command, 'written')}"
    if report.command in {"build", "check"} and report.totals.files:
        return f"no function carries @poet: {counted(report.totals.files, 'file')} read"
    return "nothing done" if report.exit_code else "nothing to do"


def _ending(report: RunReport, ending: Ending, number: int) -> str:
    """`3 built: 2 protected, 1 nothing`; the other endings only with their number."""
    said = states_text(o for o in report.outcomes if o.ending is ending) if ending is Ending.BUILT else ""
    return f"{number} {ending.value}{': ' if said else ''}{said}"


_VERBS = {"unlink": "restored or removed", "clean": "removed"}
