"""The walk finds each Python file once, in a fixed order, and stays inside the project."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.ir import Diagnostic
from poetc.marker import WRITTEN
from poetc.scan import FileEntry, walk


def lay(root: Path, *relative: str) -> None:
    for name in relative:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def walked(options: Options, *paths: Path | str) -> tuple[list[str], list[tuple[str, str]]]:
    found = list(walk(options, paths))
    entries = [entry for entry in found if isinstance(entry, FileEntry)]
    for entry in entries:
        assert Path(entry.path) == options.root / entry.relative
        assert entry.status == Path(entry.path).stat()
    return [e.relative for e in entries], [(d.code, d.path) for d in found if isinstance(d, Diagnostic)]


def test_files_come_sorted_and_without_the_usual_litter(root: Path, options: Options) -> None:
    """Only sources of the project, files of a folder before those below it."""
    lay(root, "b.py", "a/z.py", "a/b/c.py", "a/__init__.py", "c.pyi", "d.txt", "é.py", "a.b/x.py")
    lay(root, ".venv/v.py", "venv/v.py", "env/v.py", "node_modules/n.py", "build/b.py", "dist/d.py", ".hidden/h.py")
    lay(root, "a/__pycache__/c.py", "lib/site-packages/s.py", ".tox/t.py", "mine/pyvenv.cfg", "mine/lib/v.py")
    lay(root, "app/_poet/__init__.py", "app/_poet/_runtime/retry.py", "app/_poet/m.py", "other/_poet/theirs.py")
    (root / "app/_poet/m.py").write_text(f'"""Linked, {WRITTEN}."""\n')
    expected = ["b.py", "é.py", "a/__init__.py", "a/z.py", "a/b/c.py", "a.b/x.py", "other/_poet/theirs.py"]
    assert walked(options) == (expected, [])


def test_a_virtual_environment_in_the_root_hides_nothing_else(root: Path, options: Options) -> None:
    """`python -m venv .` is done, too."""
    lay(root, "pyvenv.cfg", "app.py", "pkg/m.py", "lib/python3/site-packages/x.py")
    assert walked(options)[0] == ["app.py", "pkg/m.py"]


def test_a_file_named_py_that_is_a_folder(root: Path, options: Options) -> None:
    """Folders are walked whatever their name."""
    lay(root, "odd.py/x.py")
    assert walked(options)[0] == ["odd.py/x.py"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (("*_pb2.py",), ["a/m.py", "a/legacy/x.py", "b/legacy.py"]),
        (("legacy",), ["a/m.py", "a/m_pb2.py", "b/legacy.py"]),
        (("a/legacy",), ["a/m.py", "a/m_pb2.py", "b/legacy.py"]),
        (("./a/",), ["b/legacy.py"]),
        (("a/**",), ["b/legacy.py"]),
        (("**/legacy*",), ["a/m.py", "a/m_pb2.py"]),
        (("a/m.py", "b"), ["a/m_pb2.py", "a/legacy/x.py"]),
        (("[",), ["a/m.py", "a/m_pb2.py", "a/legacy/x.py", "b/legacy.py"]),
    ],
)
def test_exclude(root: Path, options: Options, patterns: tuple[str, ...], left: list[str]) -> None:
    """A pattern without a slash matches names, one with it paths."""
    lay(root, "a/m.py", "a/m_pb2.py", "a/legacy/x.py", "b/legacy.py")
    assert walked(replace(options, exclude=patterns))[0] == left


def test_what_is_named_is_scanned_though_excluded(root: Path, options: Options) -> None:
    """Naming a file or a folder outranks every pattern."""
    lay(root, "build/x.py", "old/y.py")
    options = replace(options, exclude=("old",))
    assert walked(options, root / "build", root / "old" / "y.py")[0] == ["build/x.py", "old/y.py"]


def test_overlapping_paths_give_each_file_once(root: Path, options: Options) -> None:
    """However often a file is named."""
    lay(root, "a/x.py", "a/b/y.py")
    assert walked(options, root / "a/b/y.py", root / "a", root, root / "a/x.py")[0] == ["a/b/y.py", "a/x.py"]


def test_configured_paths_count_from_the_root(
    root: Path, options: Options, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those of the command line from the current folder."""
    lay(root, "src/a.py", "tools/b.py")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert walked(replace(options, paths=("src",)))[0] == ["src/a.py"]
    monkeypatch.chdir(root / "tools")
    assert walked(options, "b.py")[0] == ["tools/b.py"]
    assert walked(options, "../src")[0] == ["src/a.py"]


def test_paths_that_cannot_be_walked(root: Path, options: Options, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each is said, and the others are walked."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    lay(root, "a.py", "notes.txt")
    os.mkfifo(root / "pipe.py")
    names = [root / "missing", root / "a.py" / "x.py", elsewhere, root / "notes.txt", root / "pipe.py", root / "a.py"]
    assert walked(options, *names) == (
        ["a.py"],
        [
            ("POET108", "missing"),
            ("POET108", "a.py/x.py"),
            ("POET108", str(elsewhere)),
            ("POET108", "notes.txt"),
            ("POET102", "pipe.py"),
        ],
    )


def test_an_unreadable_folder(root: Path, options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be listed is said, and the rest is walked."""
    lay(root, "a/x.py", "b/y.py")
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert walked(options) == (["b/y.py"], [("POET102", "a")])


def test_links_that_loop(root: Path, options: Options) -> None:
    """A link to a folder around it, to itself, or around corners ends with a word, not in a loop."""
    lay(root, "a/x.py", "b/y.py")
    (root / "a/up").symlink_to("..")
    (root / "a/here").symlink_to(".")
    (root / "self").symlink_to("self")
    (root / "a/to_b").symlink_to("../b")
    (root / "b/to_a").symlink_to("../a")
    (root / "gone.py").symlink_to("nowhere.py")
    files, said = walked(options)
    assert files == ["a/x.py", "b/y.py"]
    assert sorted(said) == [("POET107", path) for path in ("a/here", "a/up", "gone.py", "self")]


def test_links_out_of_the_project_are_not_followed(
    root: Path, options: Options, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A build writes beside what it reads, so it reads inside the project only."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    lay(elsewhere, "x.py")
    (root / "folder").symlink_to(elsewhere)
    (root / "file.py").symlink_to(elsewhere / "x.py")
    assert walked(options) == ([], [("POET107", "file.py"), ("POET107", "folder")])
    assert walked(options, root / "folder")[1] == [("POET108", str(elsewhere))]


def test_links_inside_the_project_give_each_file_once_by_its_own_name(root: Path, options: Options) -> None:
    """A link leads to files that would not be found otherwise, and to no second copy of the others."""
    lay(root, "lib/pkg/m.py", "src/a.py", "build/gen/g.py")
    (root / "src/pkg").symlink_to("../lib/pkg")
    (root / "src/b.py").symlink_to("a.py")
    (root / "src/gen").symlink_to("../build/gen")
    assert walked(options)[0] == ["lib/pkg/m.py", "src/a.py", "build/gen/g.py"]
    assert walked(options, root / "src")[0] == ["src/a.py", "build/gen/g.py", "lib/pkg/m.py"]
