"""Entries of the configuration that match nothing are said at their line; so is what helps none of many functions."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from built_projects import PYPROJECT, poet, write

from poetc.ir import Diagnostic, Severity
from poetc.pipeline.build import build_project
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project

SOURCE = """\
import httpx
from poetc import poet


def below(url: str) -> str:
    return httpx.head(url).text


@poet()
def charge(url: str) -> str:
    return httpx.get(url).text


@poet()
def pure(a: int) -> int:
    return a + 1


@poet()
def through(url: str) -> str:
    return below(url)
"""


def said(root: Path, *paths: str) -> list[Diagnostic]:
    """What a build says of the configuration."""
    project = open_project((), root=root, env=os.environ)
    try:
        items = list(build_project(project, [root / path for path in paths]))
    finally:
        project.close()
    return [item for item in items if isinstance(item, Diagnostic) and item.path == "pyproject.toml"]


def project(root: Path, settings: str) -> Path:
    """One module, one package, and these settings."""
    return write(
        root,
        {
            "pyproject.toml": PYPROJECT + settings,
            "app.py": SOURCE,
            "shop/__init__.py": "",
            "shop/pay.py": SOURCE,
        },
    )


UNMATCHED = {
    '[tool.poet.functions."app.chrage"]\ntimeout = 3\n': (6, 22, "Did you mean `app.charge`?"),
    '[tool.poet.functions."pay.charge"]\ntimeout = 3\n': (6, 22, "Did you mean"),
    '[tool.poet.functions."stock.*"]\ntimeout = 3\n': (6, 22, ""),
    '[tool.poet.functions]\n"app.none" = {timeout = 3}\n': (7, 1, ""),
    '[tool.poet.calls]\n"httpx.options" = {effect = "read"}\n': (7, 1, "Correct the name"),
    '[tool.poet.calls."json.loads"]\neffect = "read"\n': (6, 18, "Correct the name"),
}
MATCHED = (
    '[tool.poet.functions."app.charge"]\ntimeout = 3\n',
    '[tool.poet.functions."*.charge"]\ntimeout = 3\n',
    '[tool.poet.functions."shop.*"]\nperceive = "strict"\n',
    '[tool.poet.calls]\n"httpx.get" = {effect = "read"}\n',
    '[tool.poet.calls]\n"httpx.ge*" = {effect = "read"}\n',
    '[tool.poet.calls]\n"httpx.head" = {effect = "write"}\n',
    '[tool.poet.calls]\n"app.below" = {effect = "read"}\n',
)


@pytest.mark.parametrize("settings", UNMATCHED)
def test_an_entry_without_a_match_is_said_at_its_line(settings: str, tmp_path: Path) -> None:
    """By the build that comes first, by the one with nothing to do, by `--check`; a part of the project can't know."""
    line, column, hint = UNMATCHED[settings]
    project(tmp_path, settings)
    first = said(tmp_path)
    (one,) = [each for each in first if each.code == "POET217"]
    assert (one.line, one.column, one.severity) == (line, column, Severity.WARNING)
    assert one.hint.startswith(hint)
    assert one.excerpt == (tmp_path / "pyproject.toml").read_text().split("\n")[line - 1]
    assert said(tmp_path) == first
    checked = check_project(open_project((), root=tmp_path, env=os.environ))
    assert one in list(checked)
    assert said(tmp_path, "app.py") == []


@pytest.mark.parametrize("settings", MATCHED)
def test_an_entry_with_a_match_is_no_finding(settings: str, tmp_path: Path) -> None:
    """A name, a glob, a call, one that a function makes through another, and the project's own function."""
    project(tmp_path, settings)
    assert not [one for one in said(tmp_path) if one.code == "POET217"]
    assert not [one for one in said(tmp_path) if one.code == "POET217"], "the files are remembered now"
    assert said(tmp_path, "app.py") == []


def test_a_file_that_cannot_be_read_may_have_what_is_missing(tmp_path: Path) -> None:
    """Nothing is called unmatched while a file doesn't parse."""
    project(tmp_path, '[tool.poet.functions."broken.f"]\ntimeout = 3\n')
    (tmp_path / "broken.py").write_text("from poetc import poet\n@poet()\ndef f(:\n")
    assert said(tmp_path) == []


def test_the_shortest_build_says_it_too(tmp_path: Path) -> None:
    """Once the project has rested, neither file is read any more, and the warning stands all the same."""
    project(tmp_path, '[tool.poet.functions."app.chrage"]\ntimeout = 3\n')
    poet(tmp_path, "build")
    time.sleep(2.5)
    for _ in range(3):
        done = poet(tmp_path, "build")
        assert "pyproject.toml:6:22 warning POET217" in done.stdout
        assert "6 functions fresh" in done.stdout
    assert (tmp_path / ".dana/poet/cache/snapshot.json").exists()


def test_a_setting_for_all_is_one_note_however_many_it_helps_nothing(tmp_path: Path) -> None:
    """`[tool.poet]` holds where it can; where it can't, its line says so once, with the number of functions."""
    project(tmp_path, "breaker = {failures = 3}\n")
    done = poet(tmp_path, "build")
    assert done.returncode == 0
    assert done.stdout.count("pyproject.toml:6:1 note POET216 `breaker` in [tool.poet] has no effect") == 1
    assert "in app.pure and 1 other function" in done.stdout
    explained = poet(tmp_path, "explain", "app.pure").stdout
    assert "`breaker` in [tool.poet] has no effect" in explained


def test_a_setting_of_the_environment_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no line to point to: the function is the place."""
    project(tmp_path, "")
    monkeypatch.setenv("POET_TIMEOUT", "3")
    done = poet(tmp_path, "build")
    assert "app.py:14:2 note POET216 `POET_TIMEOUT` of the environment has no effect" in done.stdout
