"""What a run did, and the exit code that follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from poetc.ir import CODES, Diagnostic, Ending, Outcome, Severity, Totals

CLEAN, FINDINGS, BROKEN, INTERRUPTED = 0, 1, 2, 130

LEFT_UNENHANCED = frozenset({Ending.STALE, Ending.REJECTED, Ending.FAILED})
"""endings that are findings"""

_SERVICE_IS_UNUSABLE = frozenset({"POET301", "POET304", "POET306"})
_SERVICE_MAY_SERVE_OTHERS = frozenset({"POET302", "POET303", "POET305"})
_UNSAID = {Ending.STALE: "POET601", Ending.REJECTED: "POET900", Ending.FAILED: "POET900"}


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything a renderer may say about one run."""

    command: str
    """"build", "check", "unlink", ..."""
    outcomes: tuple[Outcome, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """those that belong to no outcome"""
    totals: Totals = field(default_factory=Totals)
    exit_code: int = CLEAN
    elapsed: float = 0.0
    """wall time in seconds"""
    interrupted: bool = False
    prefix: str = ""
    """posix path from the repository's root to the project's, "" where they are one; for forms that code hosts read"""
    quiet: bool = False
    """say only what is wrong"""
    timings: bool = False
    """say how long each stage took"""

    def findings(self) -> tuple[Diagnostic, ...]:
        """Every diagnostic once, in the order of files and lines; an outcome that is a finding always has one."""
        said = [*self.diagnostics]
        for outcome in self.outcomes:
            said += _of_outcome(outcome)
        return tuple(sorted(dict.fromkeys(said), key=_place))

    def sorted_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes in the order of files and lines, whatever the order they finished in."""
        return tuple(sorted(self.outcomes, key=lambda outcome: (outcome.path, outcome.line, outcome.name)))

    def endings(self) -> Counter[Ending]:
        """How many functions ended how."""
        return Counter(outcome.ending for outcome in self.outcomes)


def exit_code(outcomes: Iterable[Outcome], diagnostics: Iterable[Diagnostic]) -> int:
    """0: clean; 1: a function is stale or left un-enhanced; 2: the tool or its input broke. 2 wins over 1."""
    outcomes = tuple(outcomes)
    said = [*diagnostics, *(one for outcome in outcomes for one in outcome.diagnostics)]
    errors = [one for one in said if one.severity is Severity.ERROR]
    if any(_broke(one) for one in errors) or _served_nobody(outcomes, errors):
        return BROKEN
    if errors or any(outcome.ending in LEFT_UNENHANCED for outcome in outcomes):
        return FINDINGS
    return CLEAN


def _broke(error: Diagnostic) -> bool:
    """Whether an error says that the tool or its input broke, rather than that one function has a problem."""
    code = error.code
    if code.startswith("POET3"):
        return not error.unit or code in _SERVICE_IS_UNUSABLE
    return code.startswith(("POET1", "POET22", "POET5", "POET7", "POET9")) or code not in CODES


def _served_nobody(outcomes: Sequence[Outcome], errors: Iterable[Diagnostic]) -> bool:
    """Whether the service broke for a function and answered for none."""
    if any(outcome.ending in {Ending.BUILT, Ending.REJECTED} for outcome in outcomes):
        return False
    return any(error.code in _SERVICE_MAY_SERVE_OTHERS for error in errors)


def _of_outcome(outcome: Outcome) -> list[Diagnostic]:
    """An outcome's diagnostics, each with its place; one made from the reason if it is a finding and has none."""
    said = [_placed(one, outcome) for one in outcome.diagnostics]
    if outcome.ending in LEFT_UNENHANCED and not any(one.severity is Severity.ERROR for one in said):
        code = _UNSAID[outcome.ending]
        message = f"{outcome.name} {outcome.ending.value}: {outcome.reason or 'no reason was given'}"
        said.append(_placed(Diagnostic(code, message), outcome))
    return said


def _placed(diagnostic: Diagnostic, outcome: Outcome) -> Diagnostic:
    """The diagnostic with its function's name and, if it names no file, its function's place."""
    if not diagnostic.path and not diagnostic.code.startswith(("POET3", "POET5")):
        diagnostic = replace(diagnostic, path=outcome.path, line=outcome.line)
    return diagnostic if diagnostic.unit else replace(diagnostic, unit=outcome.name)


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    return diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.code, diagnostic.message
