"""The recipes of CONTRIBUTING.md and docs/releasing.md, followed to the letter in a copy of the checkout: each file is
written, each change made, each command run, and what stands below a command is in what it prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "docs/releasing.md")
COPIED = ("poetc", "templates", "tests", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache", "corpus", "faults", "projects", "situations", "cases")
BLOCK = re.compile(
    r"^(?:(?:[^\n]* )?(?:New file|[Ii]n) `(?P<file>[^`]+)`:\n\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
MOST_FILES = {
    "a command": 2,
    "a known library": 1,
    "a rewrite": 3,
    "a check": 2,
    "an engine": 0,
    "a domain": 0,
    "a release": 1,
}
"""recipe → how many files of poetc/ it may touch"""


PIP = """\
for folder; do :; done
cd "$folder"
"{python}" -m hatchling build -t wheel -d "$ROOT/wheels" >/dev/null
for wheel in "$ROOT"/wheels/*.whl; do "{python}" -m zipfile -e "$wheel" "$ROOT/installed"; done"""
"""`pip install FOLDER` without network and without a change to the environment that the tests run in"""


@dataclass
class Recipe:
    """One recipe, applied to one copy of the checkout."""

    root: Path
    text: str
    files: set[str] = field(default_factory=set)
    """files of poetc/ that it has written or changed"""
    commands: int = 0

    def follow(self) -> None:
        """Do what each block says, from the first to the last."""
        file = ""
        for block in BLOCK.finditer(self.text):
            language, text = block["language"], block["text"]
            if language == "console":
                self._run(text)
                continue
            file = block["file"] or file
            if file.startswith("poetc/"):
                self.files.add(file)
            path = self.root / file
            if language == "diff":
                path.write_text(changed(path.read_text("utf-8"), text), "utf-8")
            else:
                assert block["file"], f"no file is named before: {text}"
                assert not path.exists(), f"{file} is there already"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")

    def _run(self, text: str) -> None:
        """Run the commands of a console block, one after the other, and find what is printed below each."""
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.root,
                env=self.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            printed = done.stdout + done.stderr
            assert done.returncode == 0, f"{command}\n{printed}"
            for line in expected.splitlines():
                assert line.strip() in printed, f"{command}: no {line!r} in\n{printed}"
            self.commands += 1

    def environment(self) -> dict[str, str]:
        """Where `poet` is the copy's, and neither service nor state is anybody else's."""
        path = f"{self.root / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "POET_STATE_DIR": str(self.root / "state")}


def changed(before: str, diff: str) -> str:
    """A text with one change made: the lines without a sign or with a minus have to stand in it, once."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert before.count(old) == 1, f"stands {before.count(old)} times in the file:\n{old}"
    return before.replace(old, new)


def recipes() -> dict[str, str]:
    """The name of each recipe and its text."""
    pages = [(ROOT / page).read_text("utf-8") for page in PAGES]
    parts = [part for page in pages for part in page.split("\n## Recipe: ")[1:]]
    return dict(re.split(r"\n## ", part)[0].split("\n", 1) for part in parts)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of the checkout, whose `poet` is on the path; its service is stopped afterwards."""
    for name in COPIED:
        source = ROOT / name
        copy = tmp_path / name
        shutil.copytree(source, copy, ignore=LEFT_OUT) if source.is_dir() else shutil.copy(source, copy)
    for name, mode in (("state", 0o700), ("bin", 0o755)):
        (tmp_path / name).mkdir(mode=mode)
    tools = {
        "poet": f'PYTHONPATH="$ROOT:$ROOT/installed:$PYTHONPATH" exec "{sys.executable}" -P -m poetc "$@"',
        "pytest": f'PYTHONPATH="$ROOT:$PYTHONPATH" exec "{sys.executable}" -P -m pytest "$@"',
        "pip": PIP.format(python=sys.executable),
    }
    for tool, line in tools.items():
        script = tmp_path / "bin" / tool
        script.write_text(f'#!/bin/sh -e\nROOT="{tmp_path}"\n{line}\n', "utf-8")
        script.chmod(0o755)
    yield tmp_path
    subprocess.run(["poet", "serve", "stop"], env=Recipe(tmp_path, "").environment(), capture_output=True, check=False)


@pytest.mark.parametrize("name", sorted(recipes()))
def test_a_recipe_does_what_it_says(name: str, checkout: Path) -> None:
    """Followed from nothing, the recipe works, and touches no more files of ours than it has to."""
    recipe = Recipe(checkout, recipes()[name])
    recipe.follow()
    assert recipe.commands
    assert len(recipe.files) <= MOST_FILES[name], recipe.files


def test_a_change_that_no_longer_fits_is_noticed() -> None:
    """A recipe whose file has moved on fails; it isn't applied somewhere else."""
    assert changed("a\nb\n", " a\n+c\n") == "a\nc\nb\n"
    for text in ("b\n", "a\na\n"):
        with pytest.raises(AssertionError, match="times in the file"):
            changed(text, "-a\n+b\n")


def test_every_recipe_is_counted() -> None:
    """No recipe is without a limit, and none of the promised ones is missing."""
    assert set(recipes()) == set(MOST_FILES)
    table = re.findall(r"^\| .+ \| (\d+) \| \[(.+)\]\(", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    assert {name: int(files) for files, name in table} == {k: v for k, v in MOST_FILES.items() if k != "a release"}
