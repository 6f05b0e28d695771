"""A function depends on what the functions of the project that it calls do: when that changes, its build is stale, also
for a build that reads only what has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from poetc import snapshot
from poetc.ir import Ending, Outcome
from poetc.pipeline import survey
from poetc.pipeline.build import build_project
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project
from poetc.store import index
from tests.in_process import InProcess

FILES = {
    "pyproject.toml": '[tool.poet]\nexclude = ["hidden.py"]\n',
    "app/__init__.py": "",
    "app/main.py": "import hidden\nfrom app.store import load\nfrom poetc import poet\n\n\n@poet()\ndef f(x):\n"
    "    return load(x), hidden.look(x)\n",
    "app/other.py": "from poetc import poet\n\n\n@poet()\ndef g(x):\n    return x\n",
    "app/store.py": "from app import deep\n\n\ndef load(x):\n    return deep.fetch(x)\n",
    "app/deep.py": "import requests\n\n\ndef fetch(x):\n    return x\n",
    "hidden.py": "import requests\n\n\ndef look(x):\n    return x\n",
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was built until nothing was left to do; files count as rested at once."""
    monkeypatch.setattr(index, "RESTED", -(10**12))
    monkeypatch.setattr(snapshot, "RESTED_NS", -(10**12))
    for name in [n for n in os.environ if n.startswith(("POET_", "AITOMATIC_"))]:
        monkeypatch.delenv(name)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run(tmp_path) == {"app.main.f": Ending.BUILT, "app.other.g": Ending.BUILT}
    for _ in range(2):
        assert set(run(tmp_path).values()) == {Ending.FRESH}
    assert snapshot.fresh_functions(str(tmp_path)) == 2
    return tmp_path


def run(root: Path) -> dict[str, Ending]:
    """One build: name → ending."""
    project = open_project([root], root=root, env={})
    project._transpiler = InProcess()
    return {item.name: item.ending for item in build_project(project) if isinstance(item, Outcome)}


def checked(root: Path) -> dict[str, Ending]:
    """One `--check`: name → ending."""
    project = open_project([root], root=root, env={})
    return {item.name: item.ending for item in check_project(project) if isinstance(item, Outcome)}


def edit(path: str, old: str, new: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        text = (root / path).read_text("utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new), "utf-8")

    return change


def package(root: Path) -> None:
    (root / "app" / "store").mkdir()
    text = "import requests\n\n\ndef load(x):\n    requests.post(x)\n"
    (root / "app" / "store" / "__init__.py").write_text(text, "utf-8")


STALE: dict[str, Callable[[Path], object]] = {
    "a callee": edit("app/store.py", "deep.fetch(x)", "open(x, 'w')"),
    "two files on": edit("app/deep.py", "return x", "requests.post(x)"),
    "in a file that isn't scanned": edit("hidden.py", "return x", "requests.post(x)"),
    "a file that goes": lambda root: (root / "app" / "store.py").unlink(),
    "a package in its place": package,
    "a decorator around a callee": edit("app/deep.py", "def fetch", "@trace\ndef fetch"),
}


@pytest.mark.parametrize("change", STALE)
def test_another_effect_of_a_callee_makes_the_caller_stale(built: Path, change: str) -> None:
    """`--check` says so, the snapshot doesn't hide it, the build heals it; the other function isn't touched."""
    STALE[change](built)
    assert snapshot.fresh_functions(str(built)) is None
    assert checked(built) == {"app.main.f": Ending.STALE, "app.other.g": Ending.FRESH}
    assert run(built) == {"app.main.f": Ending.BUILT, "app.other.g": Ending.FRESH}
    assert set(run(built).values()) == set(checked(built).values()) == {Ending.FRESH}


def test_a_missing_module_that_comes_makes_the_caller_stale(built: Path) -> None:
    """What wasn't there is remembered as missing."""
    (built / "app" / "store.py").unlink()
    run(built)
    assert set(run(built).values()) == {Ending.FRESH}
    (built / "app" / "store.py").write_text(FILES["app/store.py"], "utf-8")
    assert checked(built)["app.main.f"] is Ending.STALE


@pytest.mark.parametrize(
    "change",
    [
        edit("app/deep.py", "return x", "return x + 1"),
        edit("app/deep.py", "import requests", "import requests\n\n\ndef write(x):\n    requests.post(x)\n"),
        edit("hidden.py", "def look", "# why\ndef look"),
    ],
)
def test_another_text_of_a_callee_leaves_the_caller_fresh(built: Path, change: Callable[[Path], object]) -> None:
    """Only what it does matters."""
    change(built)
    assert set(checked(built).values()) == {Ending.FRESH}
    assert set(run(built).values()) == {Ending.FRESH}


def test_only_what_depends_on_a_change_is_read(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build with nothing to do analyses nothing; one with a changed callee reads its callers."""
    read: list[str] = []

    def reading(entry: object, options: object, *, original: Callable[..., object] = survey.read_source) -> object:
        read.append(entry.relative)  # type: ignore[attr-defined]
        return original(entry, options)

    monkeypatch.setattr(survey, "read_source", reading)
    run(built)
    assert read == []
    edit("app/deep.py", "return x", "return x + 1")(built)
    run(built)
    assert read == ["app/deep.py", "app/main.py"]
    read.clear()
    run(built)
    assert read == []


def test_a_build_of_one_file_hides_no_change_from_the_next(built: Path) -> None:
    """Each file remembers the callees as they were when it was built itself."""
    edit("app/deep.py", "return x", "requests.post(x)")(built)
    project = open_project([built], root=built, env={})
    project._transpiler = InProcess()
    list(build_project(project, [built / "app" / "deep.py", built / "app" / "other.py"]))
    assert checked(built)["app.main.f"] is Ending.STALE
