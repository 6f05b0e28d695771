"""`poet verify` as a person or a CI job runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from behaviour_projects import built, tamper

SOURCE = """from poetc import poet


@poet()
def cut(text: str, limit: int = 3) -> str:
    return text[:limit]


@poet()
def fails(x: int) -> int:
    raise ValueError("\\x1b[31mred")


class Monitor:
    def __init__(self, limit: int) -> None:
        self.limit = limit

    @poet()
    async def check(self, xs: list[float]) -> bool:
        return len(xs) >= self.limit
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two functions that can be compared, one of them a method."""
    root = tmp_path_factory.mktemp("project")
    built(root, {"app.py": SOURCE})
    return root


def poet(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`poet` in a process of its own."""
    command = [sys.executable, "-m", "poetc", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_same_and_different(project: Path) -> None:
    """Exit code 0 and one line each while nothing differs; 1 and a script that shows it once something does."""
    done = poet(project, "verify", "--examples", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("same app.cut: 30 inputs tried, 30 gave a value")
    assert lines[1].startswith("not comparable app.fails: 0 of 30 inputs gave a value, where 20 are needed: 30 raised")
    assert lines[2].startswith("same app.Monitor.check: ")
    assert lines[3].startswith("limits: wall 45 s, ")
    assert lines[4] == "3 functions: 1 not comparable, 2 same"
    tamper(project, "cut", "text[:limit]", "text[: limit + 1]")
    tamper(project, "Monitor.check", ">=", ">")
    done = poet(project, "verify", "--examples", "60", "--format", "json")
    assert done.returncode == 1, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert (document["schema_version"], document["command"], document["exit_code"]) == (1, "verify", 1)
    rows = {row["name"]: row for row in document["comparisons"]}
    assert {name: row["likeness"] for name, row in rows.items()} == {
        "app.cut": "different",
        "app.fails": "not comparable",
        "app.Monitor.check": "different",
    }
    assert rows["app.cut"]["limits"]["memory"]
    for name in ("app.cut", "app.Monitor.check"):
        found = rows[name]["counterexample"]
        assert found["runnable"]
        script = project / "snippet.py"
        script.write_text(found["snippet"], encoding="utf-8")
        shown = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(shown) == 2
        assert shown[0] != shown[1], found["snippet"]
    done = poet(project, "verify", "cut")
    assert done.returncode == 1
    assert "\n  | the original returned " in done.stdout
    assert "\n  run this to see it:\n  | import sys\n" in done.stdout
    assert done.stdout.startswith("app.py:4 different app.cut on cut(")
    assert done.stdout.endswith("1 function: 1 different\n")


def test_nothing_of_it_is_left(project: Path) -> None:
    """Neither the project nor the folder for temporary files has anything more in it afterwards."""
    before = sorted(project.rglob("*"))
    poet(project, "verify", "fails", "--examples", "5")
    assert sorted(project.rglob("*")) == before


def test_mistakes_are_refused(project: Path) -> None:
    """A name that isn't there, and numbers that make no sense, are exit code 2."""
    done = poet(project, "verify", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "POET108" in done.stderr
    for wrong in (["--examples", "0"], ["--seconds", "nan"], ["--seconds", "-1"], ["--jobs", "0"], ["--format", "xml"]):
        assert poet(project, "verify", *wrong).returncode == 2, wrong


def test_no_command_but_verify_imports_it(project: Path) -> None:
    """`poet build` and `poet status` know nothing of the sandbox or of Hypothesis."""
    code = (
        "import sys; from poetc.cli.entry import run; run(['build', '--check']); run(['status']); "
        "found = [m for m in sys.modules if m.startswith(('hypothesis', 'poetc.behaviour', 'poetc.ir.comparison'))]; "
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
