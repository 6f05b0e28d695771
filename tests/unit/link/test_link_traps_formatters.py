"""Formatters and linters run over a built tree: what was generated stays as it is, and the project stays enhanced."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from built_projects import ROOT, build, poet, python, run, said, write

PLAIN = '''\
"""Formatted already."""

from __future__ import annotations

import os
import sys

from poetc import poet

UNUSED = os.sep, sys.path


@poet()
def first(x: int, words: list[str] | None = None) -> str:
    """Say it."""
    return ", ".join(words or []) * x


class Box:
    @property
    @poet()
    def size(self) -> int:
        return 3

    @poet(retries=2, timeout=3.0)
    def second(self, x: int, *args: int, **kwargs: int) -> int:
        return sum((x, *args, *kwargs.values()))
'''
ODD = """\
import zlib, base64
from typing import List, Optional
from poetc import poet, __version__
import abc

x = [ 1,2 ]


@poet()
def third(x: int) -> int:
    return x + 1
"""
SCRIPT = """\
from poetc import poet as p
import json


@p
def fourth(x: int) -> str:
    return json.dumps(x)


if __name__ == "__main__":
    print(fourth("4"))
"""
FILES = {"app/__init__.py": "", "app/plain.py": PLAIN, "app/odd.py": ODD, "tool.py": SCRIPT}
TOOLS = {
    "ruff format": [["ruff", "format", "--isolated", "."]],
    "ruff check": [["ruff", "check", "--isolated", "--fix", "--exit-zero", "--select", "I,F,UP", "."]],
    "ruff everything": [
        [
            "ruff",
            "check",
            "--isolated",
            "--fix",
            "--unsafe-fixes",
            "--exit-zero",
            "--select",
            "I,F,UP,E,W,B,SIM,C4,RUF,PIE,RET",
            "--ignore",
            "F401",
            ".",
        ]
    ],
    "ruff both": [
        ["ruff", "check", "--isolated", "--fix", "--exit-zero", "--select", "I,F,UP", "."],
        ["ruff", "format", "--isolated", "."],
    ],
    "black": [["black", "-q", "."]],
    "isort": [["isort", "-q", "."]],
    "isort black": [["isort", "-q", "--profile", "black", "."], ["black", "-q", "."]],
    "isort single": [["isort", "-q", "--force-single-line-imports", "--float-to-top", "."]],
}
USE = """\
import sys
sys.path.insert(0, ".")
import app.plain as p, app.odd as o, tool as t
assert p.first(2, ["a", "b"]) == "a, ba, b"
assert p.Box().size == 3 and p.Box().second(1, 2, a=3) == 6
assert o.third(1) == 2
assert t.fourth(4) == "4"
assert all(each.__wrapped__ for each in (p.first, p.Box.second, o.third, t.fourth)), "not enhanced"
print("ok")
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built once."""
    root = write(tmp_path_factory.mktemp("formatted") / "project", FILES)
    build(root)
    return root


def generated(root: Path) -> dict[str, bytes]:
    """Every file that the build has written."""
    paths = (p for p in root.rglob("*") if p.is_file() and ("_poet" in p.parts or ".dana" in p.parts))
    found = {str(p.relative_to(root)): p.read_bytes() for p in paths if "__pycache__" not in p.parts}
    return {name: data for name, data in found.items() if "/cache/" not in name}


def apply(name: str, root: Path) -> None:
    """Run a tool over the whole tree; the test is skipped where it is not installed."""
    for command, *arguments in TOOLS[name]:
        beside = Path(sys.executable).parent / command
        found = str(beside) if beside.exists() else shutil.which(command)
        if found is None:
            pytest.skip(f"{command} is not installed: a tree that it has formatted is NOT tested")
        said(run([found, *arguments], cwd=root))


@pytest.mark.parametrize("tool", TOOLS)
def test_built_tree_survives(tool: str, original: Path, tmp_path: Path) -> None:
    """No generated file changes, all functions stay enhanced without a warning, and `--check` finds nothing."""
    root = Path(shutil.copytree(original, tmp_path / "project"))
    before = generated(root)
    sources = [root / "app" / "odd.py", root / "tool.py"]
    texts = [path.read_bytes() for path in sources]
    apply(tool, root)
    assert [path.read_bytes() for path in sources] != texts, "the tool changed nothing: the test tests nothing"
    assert generated(root) == before
    assert said(python("3.11", "-B", "-W", "error", "-c", USE, cwd=root, src=ROOT)) == "ok\n"
    checked = poet(root, "build", "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {o.ending.value for o in build(root).values()} == {"fresh"}
    assert generated(root) == before


def test_formatter_that_changes_a_function(original: Path, tmp_path: Path) -> None:
    """A function that was not formatted yet is stale after the formatter: the original runs, and a build mends it."""
    ugly = PLAIN.replace('", ".join(words or [])', "', '.join(words or [])")
    root = write(tmp_path / "project", {**FILES, "app/plain.py": ugly})
    build(root)
    apply("ruff format", root)
    assert poet(root, "build", "--check").returncode == 1
    done = python("3.11", "-B", "-c", "import app.plain as p; print(p.Box().second(1))", cwd=root, src=f"{root}:{ROOT}")
    assert said(done) == "1\n"
    assert done.stderr.count("PoetStaleWarning") == 1
    assert "app.plain.first changed since" in done.stderr
    endings = {name: outcome.ending.value for name, outcome in build(root).items()}
    assert {name for name, ending in endings.items() if ending == "built"} == {"app.plain.first"}
    assert said(python("3.11", "-B", "-W", "error", "-c", USE, cwd=root, src=ROOT)) == "ok\n"
