"""What a project twice as large costs: at most twice as much, counted in calls and not in seconds."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from poetc.config import Options
from poetc.ir import FileChange
from poetc.link import orphans
from poetc.pipeline.build import build_project
from poetc.pipeline.project import Project, open_project
from poetc.pipeline.staleness import check_project
from poetc.scan.importers import Importers
from poetc.scan.read import read_module
from poetc.store.publish import publish
from tests.in_process import InProcess

FUNCTION = (
    "@poet()\ndef double_{n}(x: int) -> int:\n    return helper_{n}(x) * 2\n\n\ndef helper_{n}(x):\n    return x\n"
)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the environment."""
    for name in [n for n in os.environ if n.startswith(("POET_", "AITOMATIC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, Python's and built-in ones, and generators continued."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def opened(root: Path) -> Project:
    """The project, with the service in this process."""
    project = open_project([root], root=root, env=os.environ)
    project._transpiler = InProcess()
    return project


def large_project(root: Path, modules: int, functions: int) -> Path:
    """Modules of a package, each with so many functions and an import of the one before."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").touch()
    (root / "pyproject.toml").write_text("[tool.poet]\n", "utf-8")
    for number in range(modules):
        before = f"from app import m{number - 1}\n" if number else ""
        text = f"from poetc import poet\n{before}\n\n" + "\n\n".join(FUNCTION.format(n=n) for n in range(functions))
        (root / "app" / f"m{number}.py").write_text(text, "utf-8")
    return root


def growth(counts: list[int]) -> float:
    """How much more the second doubling adds than the first: twice as much, if what grows is linear."""
    return (counts[2] - counts[1]) / (counts[1] - counts[0])


@pytest.mark.parametrize("sizes", [[(4, 2), (8, 2), (16, 2)], [(1, 8), (1, 16), (1, 32)]], ids=["modules", "functions"])
def test_a_build_and_a_check_are_linear(tmp_path: Path, sizes: list[tuple[int, int]]) -> None:
    """A cold build, one with nothing to do, and a check without a cache, of one to four times as many functions."""
    cold, nothing, bare = list[int](), list[int](), list[int]()
    large = large_project(tmp_path / "warm-up", 1, 1)
    list(build_project(opened(large)))
    for modules, functions in sizes:
        root = large_project(tmp_path / f"{modules}-{functions}", modules, functions)
        for counts in (cold, nothing):
            project = opened(root)
            counts.append(calls_of(lambda project=project: list(build_project(project))))
        shutil.rmtree(root / ".dana" / "poet" / "cache")
        bare.append(calls_of(lambda root=root: list(check_project(opened(root)))))
    assert growth(cold) < 2.3
    assert growth(nothing) < 2.3
    assert growth(bare) < 2.3


@pytest.mark.parametrize("imported", [False, True])
def test_finding_out_how_files_are_imported_is_linear(tmp_path: Path, imported: bool) -> None:
    """Scripts in a folder that may be on sys.path: each is asked once, not once for each of the others."""
    counts = []
    for number in (10, 20, 40):
        folder = tmp_path / str(number) / "tools"
        folder.mkdir(parents=True)
        for n in range(number):
            before = f"import script_{n - 1}\n" if imported and n else "import os\n"
            (folder / f"script_{n}.py").write_text(f"{before}from poetc import poet\n", "utf-8")
        options = Options(root=folder.parent)
        sources = [read_module(path, options) for path in sorted(folder.glob("*.py"))]
        importers = Importers(options)
        counts.append(calls_of(lambda i=importers, s=sources: [i.placed(source) for source in s]))
    assert growth(counts) < 2.3


def test_the_search_for_orphaned_links_is_linear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each linked file is read once, also where none is needed any more."""
    looked: list[Path] = []
    monkeypatch.setattr(orphans, "is_linked_file", lambda path: looked.append(path) or True)
    counts = []
    for number in (10, 20):
        root = tmp_path / str(number) / "_poet"
        for n in range(number):
            root.mkdir(parents=True, exist_ok=True)
            (root / f"m{n}.py").touch()
        looked.clear()
        assert len(orphans.orphaned_links(root, frozenset(), frozenset())) == number
        counts.append(len(looked))
    assert counts == [10, 20]


def test_removing_what_is_gone_lists_a_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each file that was removed from it."""
    listed: list[Path] = []
    monkeypatch.setattr(sys.modules["poetc.store.publish"], "prune_empty", lambda root, folder: listed.append(folder))
    folder = tmp_path / "_poet" / "m"
    folder.mkdir(parents=True)
    for n in range(20):
        (folder / f"f{n}_v1.py").touch()
    publish(tmp_path, [FileChange(path, None) for path in sorted(folder.iterdir())])
    assert listed == [folder]
    assert not list(folder.iterdir())
