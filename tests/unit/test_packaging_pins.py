"""constraints.txt and CHANGELOG.md say what is so."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+]+")


def canonical(name: str) -> str:
    """A distribution's name as PyPA compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
