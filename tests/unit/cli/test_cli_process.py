"""`poet` as a process: exit codes, streams, interrupts, defects, and what it doesn't import."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import RUN, Poet, environment

HEAVY = {"typer", "rich", "httpx", "pydantic", "libcst", "fastapi", "watchfiles", "json", "argparse", "threading"}


@pytest.mark.parametrize(
    ("scenario", "arguments", "code"),
    [
        ("fresh", ["build"], 0),
        ("findings", ["build"], 1),
        ("fresh", ["build", "--check"], 1),
        ("misconfigured", ["build"], 2),
        ("crash", ["build"], 2),
        ("interrupted", ["build"], 130),
        ("fresh", ["unlink"], 0),
        ("misconfigured", ["unlink"], 2),
        ("misconfigured", ["status"], 2),
        ("misconfigured", ["watch"], 2),
    ],
)
def test_exit_codes(poet: Poet, scenario: str, arguments: list[str], code: int) -> None:
    """0 clean, 1 findings, 2 broken, 130 interrupted, whatever the command."""
    assert poet(*arguments, SCENARIO=scenario).returncode == code


@pytest.mark.parametrize("arguments", [["build"], ["build", "--check", "-q"], ["--version"]])
def test_the_common_case_imports_nothing_heavy(poet: Poet, arguments: list[str]) -> None:
    """A build with nothing to do pays for no library: neither parser, nor colours, nor threads."""
    done = poet(*arguments, SHOW_MODULES="1")
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "poetc" in loaded
    assert sorted(loaded & HEAVY) == []


@pytest.mark.parametrize("arguments", [["build"], ["build", "--check"]])
def test_the_real_pipeline_imports_nothing_heavy_when_there_is_nothing_to_do(
    tmp_path: Path, arguments: list[str]
) -> None:
    """What the command line saves isn't spent behind it."""
    (tmp_path / "app.py").write_text("x = 1\n")
    command = [sys.executable, "-X", "importtime", "-m", "poetc", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.stdout.startswith("no function carries @poet: 1 file read in ")
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "poetc" in imported
    assert sorted(imported & HEAVY - {"json", "threading"}) == []


def test_importing_the_command_line_imports_nothing() -> None:
    """The console script's own module costs nothing beyond the package."""
    program = "import sys; before = set(sys.modules); import poetc.cli; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name != "__future__"} <= {"poetc", "poetc.cli", "poetc.marker"}


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "--format", "json"]])
def test_python_m_poetc_is_poet(tmp_path: Path, arguments: list[str]) -> None:
    """`python -m poetc` runs the same commands."""
    command = [sys.executable, "-m", "poetc", *arguments, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("Usage: poet")) == (0, True)


@pytest.mark.parametrize("scenario", ["fresh", "findings", "crash", "interrupted", "misconfigured"])
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_standard_output_is_one_whole_document_whatever_happens(poet: Poet, scenario: str, form: str) -> None:
    """A script that parses the output never gets half of it, not even after a defect or Ctrl-C."""
    done = poet("build", "--format", form, SCENARIO=scenario)
    document = json.loads(done.stdout)
    said = document["exit_code"] if form == "json" else document["runs"][0]["invocations"][0]["exitCode"]
    assert said == done.returncode
    if form == "json":
        assert document["interrupted"] == (scenario == "interrupted")


def test_what_was_done_before_a_defect_is_reported(poet: Poet) -> None:
    """One POET900 beside the outcomes so far, with where to report it, and no traceback."""
    done = poet("build", SCENARIO="crash")
    assert "error POET900 internal error: ZeroDivisionError: division of [bold]zero[/bold]" in done.stdout
    assert "report it" in done.stdout
    assert "built app.a v1" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_traceback_of_a_defect_is_there_on_demand(poet: Poet) -> None:
    """POET_DEBUG=1 shows where it happened, on standard error, in every form of the report."""
    done = poet("build", "--format", "json", SCENARIO="crash", POET_DEBUG="1")
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in done.stderr
    json.loads(done.stdout)


def test_a_defect_outside_of_a_run_is_said_too(poet: Poet) -> None:
    """Commands without a report have the same net under them."""
    done = poet("status", "DEFECT")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error POET900 internal error: ZeroDivisionError: division by zero\n  hint: ")
    assert "Traceback" not in done.stderr


def test_ctrl_c_closes_the_pipeline_first(tmp_path: Path) -> None:
    """On a real SIGINT the build undoes what it has to before the process ends, with one line and no traceback."""
    process = subprocess.Popen(
        [*RUN, "build"],
        cwd=tmp_path,
        env=environment(SCENARIO="slow", PACE="30", ANNOUNCE="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "pausing\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "undone\ninterrupted; nothing half-written\n"
    assert out == ""


def test_a_reader_that_goes_away_ends_the_output_quietly(tmp_path: Path) -> None:
    """`poet build | head -1` prints its line; no traceback, no complaint, and the run's own exit code."""
    script = f'{sys.executable} {RUN[1]} build --format "$1"; echo "code $?" >&2'
    for form in ("text", "json", "github", "sarif"):
        done = subprocess.run(
            ["bash", "-c", f"({script}) | head -c 10", "-", form],
            cwd=tmp_path,
            env=environment(SCENARIO="many"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert len(done.stdout) == 10
        assert done.stderr == "code 1\n"


def test_coloured_output_to_a_reader_that_goes_away(tmp_path: Path) -> None:
    """rich would end the process by itself here; the exit code is still the run's."""
    script = f'({sys.executable} {RUN[1]} build; echo "code $?" >&2) | head -c 10'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(SCENARIO="many", FORCE_COLOR="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "code 1\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_standard_output_is_exit_code_2(tmp_path: Path) -> None:
    """A report that couldn't be written doesn't pass for a clean one."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*RUN, "build"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("error POET501 cannot write to standard output")
    assert "Traceback" not in done.stderr


def test_closed_standard_streams(tmp_path: Path) -> None:
    """A process without standard output or error, as some daemons start it, still builds and exits as it should."""
    for redirect in (">&-", "2>&-", ">&- 2>&-"):
        for scenario, code in (("findings", 1), ("crash", 2)):
            done = subprocess.run(
                ["bash", "-c", f"{sys.executable} {RUN[1]} build {redirect}"],
                cwd=tmp_path,
                env=environment(SCENARIO=scenario),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == code, (redirect, scenario, done)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_any_encoding_of_standard_output_will_do(poet: Poet, encoding: str, form: str) -> None:
    """A terminal that can't show a character gets it escaped; nothing is raised."""
    done = poet("build", "--format", form, SCENARIO="findings", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert done.stderr == ""


def test_messages_of_the_service_start_no_workflow_command(poet: Poet) -> None:
    """In a CI log, no line that text from outside could shape starts with `::`, except the report's own."""
    for form in ("text", "github"):
        lines = poet("build", "--format", form, SCENARIO="findings").stdout.splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::error::")]


def test_paths_in_hosted_forms_count_from_the_repository(poet: Poet, tmp_path: Path) -> None:
    """In a repository of several projects, annotations name files from the repository's root."""
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "services" / "billing"
    inner.mkdir(parents=True)
    (inner / "pyproject.toml").write_text("[tool.poet]\n")
    done = subprocess.run(
        [*RUN, "build", "--format", "github"],
        cwd=inner,
        env=environment(SCENARIO="findings"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "file=services/billing/app.py," in done.stdout
