"""A project under git, checked out with Windows' line ends: build output keeps its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from poet_runs import build, make, poet

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(root: Path, *arguments: str) -> str:
    """One command of git, without the user's own settings."""
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.autocrlf=true", "-c", "core.safecrlf=false"]
    command = ["git", *settings, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def test_checkout_with_other_line_ends_is_fresh(tmp_path: Path) -> None:
    """After `poet init`, a clone whose sources have CRLF passes `build --check` and runs what was built."""
    root = make(tmp_path / "project", {})
    assert poet(root, "init").code == 0
    assert build(root).code == 0
    git(root, "init", "-q")
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", "all")
    git(tmp_path, "clone", "-q", "project", "clone")
    clone = tmp_path / "clone"
    assert b"\r\n" in (clone / "app" / "good.py").read_bytes()
    outputs = [path for path in clone.rglob("*.py") if "_poet" in path.parts or ".dana" in path.parts]
    assert len(outputs) >= 3
    assert all(b"\r" not in path.read_bytes() for path in outputs)
    ran = build(clone, "--check")
    assert (ran.code, ran.said) == (0, [])
    assert set(ran.endings.values()) == {"fresh"}


def test_output_is_folded_away_in_reviews(tmp_path: Path) -> None:
    """Every file of the build, and none of the user's, is generated in the eyes of code hosts."""
    root = make(tmp_path / "project", {})
    poet(root, "init")
    build(root)
    git(root, "init", "-q")
    git(root, "add", "--all")
    for name in git(root, "ls-files").splitlines():
        said = git(root, "check-attr", "linguist-generated", "--", name)
        is_built = "_poet/" in name or name.startswith(".dana/poet/functions/")
        assert said.endswith(": set\n" if is_built else ": unspecified\n"), said


def test_init_twice_writes_nothing(tmp_path: Path) -> None:
    """A second `poet init` leaves every byte as it is."""
    root = make(tmp_path / "project", {".gitattributes": "*.png binary\n"})
    poet(root, "init")
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    assert before[root / ".gitattributes"].startswith(b"*.png binary\n\n_poet/**")
    assert poet(root, "init").code == 0
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before
