"""Merges, strays and hand edits in build output: said by all commands, put right by one build."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from built_projects import build, poet, run, said, write
from generated import kept, linked, table

SOURCE = """\
import httpx
from poetc import poet


@poet()
def f(url: str) -> str:
    a = 1
    b = 2
    c = 3
    d = 4
    e = 5
    return httpx.get(url).text
"""


def git(root: Path, *arguments: str) -> str:
    """What git says; a merge may fail."""
    return run(["git", "-c", "user.email=a@b", "-c", "user.name=n", *arguments], cwd=root).stdout


def edited(root: Path, old: str, new: str) -> None:
    """An edit, built and committed."""
    source = (root / "app.py").read_text()
    (root / "app.py").write_text(source.replace(old, new))
    said(poet(root, "build", "-q"))
    git(root, "add", "-A")
    git(root, "commit", "-qm", new)


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    """Two branches that each built a second version of one function, merged, with the conflicts that git leaves."""
    write(tmp_path, {"app.py": SOURCE})
    git(tmp_path, "init", "-q", "-b", "main", ".")
    said(poet(tmp_path, "init"))
    edited(tmp_path, "a = 1", "a = 1")
    git(tmp_path, "checkout", "-qb", "other")
    edited(tmp_path, "a = 1", "a = 10")
    git(tmp_path, "checkout", "-q", "main")
    edited(tmp_path, "e = 5", "e = 50")
    assert "CONFLICT" in git(tmp_path, "merge", "other")
    return tmp_path


def holding_conflicts(root: Path) -> list[str]:
    """Files of the project with conflict markers in them."""
    files = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
    return [path.name for path in files if b"<<<<<<<" in path.read_bytes()]


def test_a_merge_of_two_second_versions_is_mended_completely(merged: Path) -> None:
    """All commands say it; one build writes what a build of the merged source gives, and no marker stays."""
    for command in (("status",), ("build", "--check"), ("doctor",)):
        assert "fresh" not in poet(merged, *command).stdout.replace("not fresh", "")
    built = poet(merged, "build")
    assert (built.returncode, "merge" in built.stdout) == (0, True), built.stdout
    assert holding_conflicts(merged) == []
    assert "1 function fresh" in poet(merged, "build", "--check").stdout
    assert "all 6 checks passed" in poet(merged, "doctor").stdout or "checks passed" in poet(merged, "doctor").stdout
    clean = merged / "clean"
    write(clean, {"app.py": SOURCE})
    build(clean)
    (clean / "app.py").write_bytes((merged / "app.py").read_bytes())
    build(clean)
    for file in (kept(clean, "app.f"), linked(clean, "app.f"), table(clean, "app.py")):
        assert (merged / file.relative_to(clean)).read_bytes() == file.read_bytes()


def test_a_hand_edit_is_stale_everywhere_and_the_build_says_that_it_is_undone(tmp_path: Path) -> None:
    """The file in question is named by `status`, `--check` and the build, which isn't called one without work."""
    write(tmp_path, {"app.py": SOURCE + "\n\n@poet()\ndef g(x: int) -> int:\n    return x\n"})
    said(poet(tmp_path, "build"))
    file = linked(tmp_path, "app.f")
    name = file.relative_to(tmp_path).as_posix()
    file.write_text(file.read_text() + "# fixed by hand\n")
    told = poet(tmp_path, "status").stdout
    assert told.count(f"stale: build output was edited or is missing ({name})") == 2
    assert poet(tmp_path, "build", "--check").stdout.count("POET603") == 2
    assert "FAIL build" in poet(tmp_path, "doctor").stdout
    assert "stale, build output was edited" in poet(tmp_path, "explain", "g").stdout
    assert f"note POET603 {name} was edited or missing" in poet(tmp_path, "build").stdout
    assert "2 functions, all fresh" in poet(tmp_path, "status").stdout


def stray_version(root: Path) -> None:
    """A version under a number that isn't its own."""
    folder = kept(root, "app.f", 1).parent
    shutil.copytree(folder, folder.with_name("v5"))


def old_version(root: Path) -> None:
    """An older version, edited in place."""
    with kept(root, "app.f", 1).open("a") as file:
        file.write("# mine\n")


@pytest.mark.parametrize("damage", [stray_version, old_version])
def test_what_is_remembered_misses_nothing(damage: Callable[[Path], None], tmp_path: Path) -> None:
    """The index and the snapshot of a project at rest see what `status`, which reads everything, sees."""
    write(tmp_path, {"app.py": SOURCE})
    build(tmp_path)
    (tmp_path / "app.py").write_text((tmp_path / "app.py").read_text().replace("a = 1", "a = 10"))
    build(tmp_path)
    time.sleep(2.5)
    for _ in range(3):
        assert "1 function fresh" in poet(tmp_path, "build").stdout
    assert (tmp_path / ".dana/poet/cache/snapshot.json").exists()
    damage(tmp_path)
    assert "1 function, 1 stale" in poet(tmp_path, "status").stdout
    assert poet(tmp_path, "build", "--check").returncode == 1
    assert poet(tmp_path, "build").returncode == 0
    assert "1 function, all fresh" in poet(tmp_path, "status").stdout
    assert poet(tmp_path, "build", "--check").returncode == 0


def test_a_function_whose_source_is_gone_is_told_by_status(tmp_path: Path) -> None:
    """As `--check` says it, and `build` removes it."""
    write(tmp_path, {"app.py": SOURCE, "other.py": SOURCE})
    said(poet(tmp_path, "build"))
    (tmp_path / "other.py").unlink()
    assert "stale: its source is gone" in poet(tmp_path, "status").stdout
    assert "POET604 other.f" in poet(tmp_path, "build", "--check").stdout
    said(poet(tmp_path, "build"))
    assert "all fresh" in poet(tmp_path, "status").stdout
