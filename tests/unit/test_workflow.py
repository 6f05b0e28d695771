"""What people who work on poetc run and fill in: nox sessions, pre-commit hooks, issue forms."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from poetc.ir import CODES

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FIELDS = {"input", "textarea", "dropdown", "checkboxes"}
SLOW_HOOKS = "mypy,examples-are-built"


def run(tool: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment, with its neighbours on the path."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [shutil.which(tool, path=path) or tool, *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_sessions_are_those_that_are_told_of() -> None:
    """`nox --list` knows the sessions that CONTRIBUTING.md names, and .ci/run calls some of them."""
    listed = run("nox", "--list", cwd=ROOT).stdout
    sessions = set(re.findall(r"^[*-] (\w+) ->", listed, re.MULTILINE))
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert set(re.findall(r"^\| `nox -s (\w+)", table, re.MULTILINE)) == sessions
    (called,) = re.findall(r"nox\" --session ([\w ]+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    assert set(called.split()) <= sessions


def test_a_session_runs_its_tool_and_fails_with_it(tmp_path: Path) -> None:
    """`nox -s lint` passes on a clean tree, and not on one with an unused import."""
    for name in ("noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    assert run("nox", "-s", "lint", cwd=tmp_path).returncode == 0
    (tmp_path / "bad.py").write_text("import os\n", "utf-8")
    failed = run("nox", "-s", "lint", cwd=tmp_path)
    assert failed.returncode != 0
    assert "F401" in failed.stdout


def test_hooks_stop_a_commit_that_the_checks_would_refuse(tmp_path: Path) -> None:
    """The hooks are valid, pass a clean file, and refuse one that ruff refuses."""
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "good.py").write_text("NUMBER = 1\n", "utf-8")
    (tmp_path / "bad.py").write_text("import os\n", "utf-8")
    for command in (["init", "-q"], ["add", "-A"]):
        assert run("git", *command, cwd=tmp_path).returncode == 0
    hooks = {"cwd": tmp_path, "SKIP": SLOW_HOOKS, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    good = run("pre-commit", "run", "--files", "good.py", **hooks)  # type: ignore[arg-type]
    assert good.returncode == 0, good.stdout + good.stderr
    bad = run("pre-commit", "run", "--files", "bad.py", **hooks)  # type: ignore[arg-type]
    assert bad.returncode != 0
    assert "F401" in bad.stdout


def test_hooks_left_out_here_are_of_tools_that_are_there() -> None:
    """The hooks that take long start with a command of this environment, and their globs and options exist."""
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert set(SLOW_HOOKS.split(",")) < set(hooks)
    assert hooks["mypy"]["entry"] == "mypy --strict"
    done = run("bash", "-n", "-c", hooks["examples-are-built"]["entry"], cwd=ROOT)
    assert done.returncode == 0
    assert run("poet", "build", "--help", cwd=ROOT).stdout.count("--check") >= 1


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_well_formed(path: Path) -> None:
    """Each form has a name, a description and fields with labels; ids differ; codes, commands and pages exist."""
    form = yaml.safe_load(path.read_text("utf-8"))
    if path.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    fields = [one for one in form["body"] if one["type"] != "markdown"]
    assert fields
    assert all(field["type"] in FIELDS and field["attributes"]["label"] and field["id"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    text = path.read_text("utf-8")
    assert set(re.findall(r"POET\d{3}", text)) <= set(CODES)
    assert all((ROOT / page).exists() for page in re.findall(r"(?:docs/)?[\w-]+\.md", text))


def test_every_form_is_looked_at() -> None:
    """There are forms at all: an empty folder would pass the test above."""
    assert len(FORMS) > 3
