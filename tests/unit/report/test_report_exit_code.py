"""Exit codes: what a script or a CI job sees of a run."""

from __future__ import annotations

import pytest

from poetc.ir import CODES, Diagnostic, Ending, Outcome, Severity
from poetc.report import exit_code


def outcome(ending: Ending, *diagnostics: Diagnostic, name: str = "app.f") -> Outcome:
    return Outcome(name, "app.py", 1, ending, diagnostics=diagnostics)


def about_a_function(code: str) -> Diagnostic:
    return Diagnostic(code, "m", unit="app.f")


@pytest.mark.parametrize("ending", [Ending.FRESH, Ending.BUILT, Ending.SKIPPED, Ending.REMOVED])
def test_clean_endings_are_0(ending: Ending) -> None:
    """Whatever is as it should be, or was left alone on purpose, is clean."""
    assert exit_code([outcome(ending)], []) == 0


@pytest.mark.parametrize("ending", [Ending.STALE, Ending.REJECTED, Ending.FAILED])
def test_a_function_left_unenhanced_is_1(ending: Ending) -> None:
    """Stale, rejected and failed functions are findings, with or without a diagnostic."""
    assert exit_code([outcome(Ending.BUILT), outcome(ending)], []) == 1


@pytest.mark.parametrize("code", [*CODES, "POET999"])
@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.NOTE])
def test_warnings_and_notes_never_fail_a_run(code: str, severity: Severity) -> None:
    """Only errors count, wherever they stand."""
    said = Diagnostic(code, "m", severity)
    assert exit_code([outcome(Ending.SKIPPED, said)], [said]) == 0


OF_THE_CONFIGURATION = ("POET220", "POET221", "POET222")
"""what keeps a run from beginning, whatever the function"""


@pytest.mark.parametrize("code", [code for code in CODES if code[4] in "246" and code not in OF_THE_CONFIGURATION])
def test_errors_about_a_function_are_1(code: str) -> None:
    """What was asked for wrongly, didn't pass verification, or is out of date is a finding."""
    assert exit_code([], [about_a_function(code)]) == 1


@pytest.mark.parametrize("code", [*(code for code in CODES if code[4] in "159"), *OF_THE_CONFIGURATION, "POET999"])
def test_what_breaks_the_tool_or_its_input_is_2(code: str) -> None:
    """Unreadable files, configuration, writing, our own defects, and codes nobody knows."""
    assert exit_code([], [Diagnostic(code, "m")]) == 2
    assert exit_code([outcome(Ending.FAILED, about_a_function(code))], []) == 2


@pytest.mark.parametrize("code", [code for code in CODES if code[4] == "3"])
def test_a_service_error_about_no_function_is_2(code: str) -> None:
    """A service that can't be used at all breaks the run."""
    assert exit_code([], [Diagnostic(code, "m")]) == 2


@pytest.mark.parametrize("code", ["POET301", "POET304", "POET306"])
def test_a_service_that_can_not_be_used_is_2_even_if_it_was_before(code: str) -> None:
    """A service that went away, or refuses the key, breaks the run though some functions were built."""
    assert exit_code([outcome(Ending.BUILT), outcome(Ending.FAILED, about_a_function(code))], []) == 2


@pytest.mark.parametrize("code", ["POET302", "POET303", "POET305"])
def test_a_service_that_fails_for_one_function_is_1_and_for_all_is_2(code: str) -> None:
    """One bad answer among good ones is a finding; no good answer at all is a broken service."""
    failed = outcome(Ending.FAILED, about_a_function(code))
    assert exit_code([outcome(Ending.BUILT), failed], []) == 1
    assert exit_code([outcome(Ending.REJECTED), failed], []) == 1
    assert exit_code([outcome(Ending.FRESH), failed, failed], []) == 2


def test_a_refused_request_is_1() -> None:
    """A service that refuses one function works; the function is the problem."""
    assert exit_code([outcome(Ending.FAILED, about_a_function("POET307"))], []) == 1


def test_2_wins_over_1() -> None:
    """A run with findings in which something broke says that it broke."""
    assert exit_code([outcome(Ending.STALE)], [Diagnostic("POET101", "m", path="b.py")]) == 2


def test_any_iterables_will_do() -> None:
    """Generators can be given, and each is read once."""
    assert exit_code((one for one in [outcome(Ending.FAILED)]), (one for one in [Diagnostic("POET501", "m")])) == 2
