"""README.md and constraints.txt say what is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from poetc.cli.app import app
from poetc.config import load_options
from poetc.config.values import ASKED
from poetc.ir import CODES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+]+")


def canonical(name: str) -> str:
    """A distribution's name as PyPA compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_code_is_explained() -> None:
    """Who meets a code finds it in the table, with its own summary and something to do."""
    rows = re.findall(r"^\| (POET\d{3}) \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert {code: meaning for code, meaning, _ in rows} == CODES


def test_every_command_is_listed() -> None:
    """The table of commands is that of the program."""
    listed = set(re.findall(r"^\| `poet (\w+)", README, re.MULTILINE))
    assert listed == {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }


def test_every_argument_is_listed() -> None:
    """The table of decorator arguments is that of the configuration."""
    table = README.partition("### The decorator")[2].partition("###")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(ASKED)


def test_configuration_shown_is_accepted(tmp_path: Path) -> None:
    """The sample of [tool.poet] can be pasted as it stands."""
    sample, _ = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(sample, "utf-8")
    options = load_options(tmp_path, {"POET_RETRIES": "3"})
    assert (options.paths, options.retries, options.perceive) == (("src",), 3, "strict")
    assert options.asked_of("app.drift.detect")["timeout"] == 10


def test_sample_is_what_a_build_writes(tmp_path: Path) -> None:
    """Before and after, as shown, are the input and the output of a real build."""
    shown = dict(re.findall(r"<!-- sample: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL))
    source, built = shown
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\n", "utf-8")
    (tmp_path / source).write_text(shown[source], "utf-8")
    private = {**os.environ, "POET_STATE_DIR": str(tmp_path / "state")}
    (tmp_path / "state").mkdir(mode=0o700)
    poet = [sys.executable, "-m", "poetc"]
    done = subprocess.run([*poet, "build"], cwd=tmp_path, env=private, capture_output=True, text=True, check=False)
    subprocess.run([*poet, "serve", "stop"], cwd=tmp_path, env=private, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / built).read_text("utf-8").endswith("\n\n" + shown[built])
    linked = shown[source].replace("from poetc import", "from app._poet.pay import")
    assert (tmp_path / source).read_text("utf-8") == linked


@pytest.mark.parametrize("mark", ["main", "tests"])
def test_command_for_ci_is_valid_shell(mark: str) -> None:
    """.ci/run takes these commands from here: one of each, and bash can read it."""
    (command,) = re.findall(rf"<!-- ci: {mark} -->\s*```sh\n(.*?)```\s*<!-- /ci -->", README, re.DOTALL)
    assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0


def test_pins_are_names_and_versions_only() -> None:
    """No address, hash, option or marker: what is pinned is the same wherever it comes from."""
    lines = (ROOT / "constraints.txt").read_text("ascii").splitlines()
    assert not [line for line in lines if not PIN.fullmatch(line)]
    assert lines == sorted(set(lines), key=str.lower)


def test_every_dependency_is_pinned() -> None:
    """Whatever pyproject.toml asks for, in any extra, has its pin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {canonical(re.split(r"[\[><=!~ ;]", one)[0]) for one in asked} - {"poetc"}
    pinned = {canonical(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text("ascii").splitlines()}
    assert names <= pinned


def test_changelog_has_this_version() -> None:
    """The changelog has a section for the version that is installed."""
    printed = subprocess.run(
        [sys.executable, "-m", "poetc", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    version = printed.split()[-1]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
