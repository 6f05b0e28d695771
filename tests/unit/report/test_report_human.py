"""What a person reads: golden texts, and that nothing hostile gets through."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.ir import Diagnostic, Ending, Outcome, Severity, Totals
from poetc.ir.achieved import Achieved, Protected
from poetc.report import RunReport
from poetc.report.human import PLAIN_WIDTH, render

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour or width from the terminal that runs the tests."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def text_of(report: RunReport, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    render(report, stream)
    return stream.getvalue()


def fresh(number: int) -> tuple[Outcome, ...]:
    return tuple(Outcome(f"app.f{line}", "app.py", line, Ending.FRESH) for line in range(number))


RETRIES = Diagnostic(
    "POET203",
    "`retries` must be 0 or more, not -1",
    path="src/app/drift.py",
    line=12,
    column=7,
    end_column=17,
    excerpt="@poet(retries=-1)",
    hint="Write retries=0 for a single attempt.",
    unit="app.drift.check",
)

GOT = Achieved(
    (Protected(12, "httpx.get", ("repeated", "limited")), Protected(14, "httpx.get", ("repeated", "limited"))),
    ("budget",),
)


def test_a_run_with_nothing_to_say_is_one_line() -> None:
    """85 fresh functions are one line, in milliseconds."""
    assert text_of(RunReport("build", fresh(85), elapsed=0.04)) == "85 functions fresh in 40 ms\n"


def test_the_one_line_imports_no_rich() -> None:
    """Neither the line of a clean run nor plain diagnostics without an excerpt cost the import of rich."""
    program = (
        "import sys; from poetc.ir import *; from poetc.report import RunReport, renderer, Format\n"
        "renderer(Format.TEXT)(RunReport('build', (Outcome('a.f', 'a.py', 1, Ending.FRESH),)), sys.stdout)\n"
        "assert not {'rich', 'json', 'threading', 'pydantic'} & set(sys.modules), 'imported'"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1 function fresh in 0 ms\n"), done.stderr


def test_diagnostic_with_place_excerpt_carets_and_hint() -> None:
    """The whole form of a diagnostic, and the summary under it."""
    outcome = Outcome("app.drift.check", "src/app/drift.py", 12, Ending.FAILED, diagnostics=(RETRIES,))
    report = RunReport("build", (outcome, *fresh(2)), totals=Totals(files=3), exit_code=1, elapsed=1.23)
    assert text_of(report) == (
        "src/app/drift.py:12:7 error POET203 `retries` must be 0 or more, not -1\n"
        "  12 | @poet(retries=-1)\n"
        "     |       ^^^^^^^^^^\n"
        "  in app.drift.check\n"
        "  hint: Write retries=0 for a single attempt.\n"
        "2 fresh, 1 failed in 1.2 s; 1 error\n"
    )


def test_everything_a_build_can_do_in_the_order_of_files_and_lines() -> None:
    """Built, removed and skipped functions are listed; fresh ones only counted; the order isn't that of finishing."""
    outcomes = (
        Outcome("b.late", "b.py", 9, Ending.BUILT, version=2, operate="transformed", achieved=GOT),
        Outcome("b.early", "b.py", 1, Ending.BUILT, 1, "wrapped", "uses super()", cached=True, achieved=Achieved()),
        Outcome("a.gone", "a.py", 5, Ending.REMOVED),
        Outcome("a.lambda", "a.py", 7, Ending.SKIPPED, reason="a lambda"),
        *fresh(1),
    )
    assert text_of(RunReport("build", outcomes, elapsed=61)) == (
        "removed a.gone\n"
        "skipped a.lambda: a lambda\n"
        "built b.early v1 (wrapped, cached): uses super(): nothing\n"
        "built b.late v2 (transformed): protected: httpx.get repeated, limited (line 12, 14); budget\n"
        "2 built: 1 protected, 1 nothing; 1 fresh, 1 skipped, 1 removed in 1 min 1 s\n"
    )


def test_a_stale_function_tells_what_to_run() -> None:
    """`--check` with a finding says which function, why, and that a build mends it."""
    said = Diagnostic("POET601", "source changed since the build", path="app.py", line=4, unit="app.f")
    outcome = Outcome("app.f", "app.py", 4, Ending.STALE, diagnostics=(said,))
    assert text_of(RunReport("check", (outcome,), exit_code=1, elapsed=0.005)) == (
        "app.py:4 error POET601 source changed since the build\n"
        "  in app.f\n"
        "1 stale in 5 ms; 1 error; run `poet build`\n"
    )


@pytest.mark.parametrize("ending", [Ending.STALE, Ending.REJECTED, Ending.FAILED])
def test_a_finding_without_a_diagnostic_is_still_said(ending: Ending) -> None:
    """An outcome that makes the run fail never goes unmentioned, even if its stage gave no diagnostic."""
    text = text_of(RunReport("build", (Outcome("app.f", "app.py", 4, ending, reason="because"),), exit_code=1))
    assert text.startswith("app.py:4 error POET")
    assert f"app.f {ending.value}: because" in text


def test_a_service_that_is_down_is_said_once() -> None:
    """The same trouble with the service for 85 functions is one diagnostic that counts the others."""
    down = Diagnostic("POET301", "nothing answers at http://x", hint="Is it running?")
    outcomes = tuple(
        Outcome(f"app.f{number}", "app.py", number, Ending.FAILED, diagnostics=(down,)) for number in range(1, 86)
    )
    text = text_of(RunReport("build", outcomes, exit_code=2))
    assert text.count("POET301") == 1
    assert "in app.f1 and 84 other functions" in text
    assert text.endswith("85 failed in 0 ms; 85 errors\n")


def test_no_decorated_function_is_said_with_what_was_read() -> None:
    """A project without @poet is told apart from one that is fresh."""
    text = text_of(RunReport("build", totals=Totals(files=12), elapsed=0.008))
    assert text == "no function carries @poet: 12 files read in 8 ms\n"


def test_quiet_says_errors_and_warnings_only() -> None:
    """-q leaves notes, lists and the summary out."""
    note = Diagnostic("POET505", "an interrupted build was undone", Severity.NOTE)
    built = Outcome("a.f", "a.py", 1, Ending.BUILT, version=1)
    assert text_of(RunReport("build", (built,), (note,), quiet=True)) == ""
    text = text_of(RunReport("build", (built,), (note, RETRIES), exit_code=1, quiet=True))
    assert text.startswith("src/app/drift.py:12:7 error POET203")
    assert "POET505" not in text
    assert "built" not in text


def test_timings_come_by_stage() -> None:
    """--timings gives one line for each stage and the total."""
    totals = Totals(seconds={"scan": 0.012, "service": 2.5})
    assert text_of(RunReport("build", fresh(1), totals=totals, elapsed=2.6, timings=True)) == (
        "  scan       12 ms\n  service    2.5 s\n  total      2.6 s\n1 function fresh in 2.6 s\n"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s")]
)
def test_durations_never_show_a_full_unit_as_a_smaller_one(seconds: float, text: str) -> None:
    """There is no "1000 ms" and no "60.0 s"."""
    assert text_of(RunReport("build", fresh(1), elapsed=seconds)) == f"1 function fresh in {text}\n"


def test_an_interrupted_run_has_no_summary() -> None:
    """After Ctrl-C nothing claims to have been done."""
    assert text_of(RunReport("build", fresh(3), exit_code=130, interrupted=True)) == ""


def test_escape_sequences_and_line_breaks_of_a_message_are_shown_not_obeyed() -> None:
    """A message can neither move the cursor, nor hide text, nor start a line that a CI server obeys."""
    text = text_of(RunReport("build", diagnostics=(hostile("a\x1b[2Jb\u202ec\r\n::error::forged\r##[error]x"),)))
    assert "a\\x1b[2Jb\\u202ec\n  | ::error::forged\\r##[error]x\n" in text


def test_a_path_can_not_start_a_workflow_command() -> None:
    """A file of a hostile name stays a file name at the start of a line."""
    text = text_of(RunReport("build", diagnostics=(Diagnostic("POET101", "m", path="::stop-commands::x.py", line=1),)))
    assert text.startswith("./::stop-commands::x.py:1 error")


def test_rich_markup_is_never_interpreted() -> None:
    """Brackets, emoji codes and links in any text come out as they are, in colour too."""
    text = "[red]a[/red] [link=http://x]y[/link] :bomb: [/]"
    for stream in (io.StringIO(), Terminal()):
        assert text in ESCAPES.sub("", text_of(RunReport("build", diagnostics=(hostile(text),)), stream))


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets plain text, a terminal colour; NO_COLOR and TERM=dumb forbid it, FORCE_COLOR asks for it."""
    report = RunReport("build", diagnostics=(RETRIES,))
    assert "\x1b" not in text_of(report)
    assert "\x1b[1;31merror\x1b[0m" in text_of(report, Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in text_of(report, Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in text_of(report, Terminal())
    monkeypatch.delenv("TERM")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in text_of(report)


def test_a_message_of_megabytes_is_clipped() -> None:
    """What a service answers can't flood the terminal, and the clipping says how much is missing."""
    text = text_of(RunReport("build", diagnostics=(hostile("x" * 5_000_000),)))
    assert len(text) < 10_000
    assert "(4996000 more characters)" in text


def hostile(text: str) -> Diagnostic:
    return Diagnostic("POET303", text, path="a.py", line=1, column=1, excerpt=text, hint=text, unit=text)


@given(st.text(), st.integers(0, 50), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]))
def test_any_text_is_harmless_and_writable(text: str, column: int, encoding: str) -> None:
    """No text gets a control character onto the terminal, and every encoding can write what is left."""
    diagnostic = Diagnostic("POET303", text, path=text, line=1, column=column, excerpt=text, hint=text, unit=text)
    outcome = Outcome(text, text, 1, Ending.SKIPPED, reason=text)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    render(RunReport("build", (outcome,), (diagnostic,)), stream)
    stream.flush()
    for line in raw.getvalue().decode(encoding).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith(("::", "##"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp")), max_size=60))
def test_colour_changes_nothing_but_colour(text: str) -> None:
    """Without its escape sequences, the coloured text is the plain text."""
    report = RunReport("build", diagnostics=(hostile(text),))
    assert ESCAPES.sub("", text_of(report, Terminal())) == text_of(report)


def test_width_of_the_plain_form_is_fixed() -> None:
    """Where there is no terminal, a long source line is clipped at the same width everywhere."""
    long = Diagnostic("POET101", "m", path="a.py", line=1, column=300, excerpt="x" * 1000)
    lines = text_of(RunReport("build", diagnostics=(long,))).split("\n")
    assert len(lines[1]) == PLAIN_WIDTH
