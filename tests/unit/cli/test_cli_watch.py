"""`poet watch`: what a change concerns, and a real process that follows real changes."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import RUN, environment

from poetc.cli.rebuild import Rebuilder, Scope, WatchOptions
from poetc.marker import WRITTEN

DECORATED = "@poet\ndef f(): ...\n"


class Watch:
    """A running `poet watch` and the lines it printed."""

    def __init__(self, folder: Path, *arguments: str, **extra: str) -> None:
        self.process = subprocess.Popen(
            [*RUN, "watch", *arguments],
            cwd=folder,
            env=environment(SCENARIO="live", **extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line.rstrip("\n"))

    def line(self) -> str:
        """The next line, waited for."""
        return self.lines.get(timeout=20)

    def is_silent(self, seconds: float = 0.7) -> bool:
        """Whether nothing is printed for a while."""
        time.sleep(seconds)
        return self.lines.empty()

    def end(self, number: int) -> int:
        """Exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    """Start `poet watch` in a folder with one decorated function."""
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\n")
    (tmp_path / "app.py").write_text(DECORATED)
    started: list[Watch] = []

    def start(*arguments: str, **extra: str) -> Watch:
        started.append(Watch(tmp_path, *arguments, **extra))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.reader.join()


def test_each_change_is_one_line_with_its_time(watch: Callable[..., Watch], tmp_path: Path) -> None:
    """The first build, then a line for each save; what the build itself writes makes none."""
    running = watch()
    assert_line(running.line(), r"built app.f v1 in \d+ ms")
    assert running.is_silent()
    (tmp_path / "app.py").write_text(DECORATED + "# changed\n")
    assert_line(running.line(), r"built app.f v2 in \d+ ms")
    assert running.is_silent()


def test_only_the_changed_file_is_built(watch: Callable[..., Watch], tmp_path: Path) -> None:
    """A save builds its own file, not the whole project."""
    (tmp_path / "other.py").write_text(DECORATED)
    running = watch()
    assert_line(running.line(), r"built app.f v1, other.f v1 in \d+ ms")
    assert running.is_silent()
    (tmp_path / "other.py").touch()
    assert_line(running.line(), r"1 function fresh in \d+ ms")


def test_an_atomic_save_and_a_new_file(watch: Callable[..., Watch], tmp_path: Path) -> None:
    """Editors write a temporary file and rename it; new files count as changes."""
    running = watch()
    running.line()
    (tmp_path / "app.py.tmp").write_text(DECORATED + "# renamed\n")
    (tmp_path / "app.py.tmp").replace(tmp_path / "app.py")
    assert_line(running.line(), r"built app.f v2 in \d+ ms")
    (tmp_path / "new.py").write_text(DECORATED)
    assert_line(running.line(), r"built new.f v1 in \d+ ms")


def test_errors_are_reported_and_survived(watch: Callable[..., Watch], tmp_path: Path) -> None:
    """A syntax error, a defect of poetc, a broken configuration: the next save is another chance."""
    running = watch()
    running.line()
    (tmp_path / "app.py").write_text("SYNTAX")
    assert running.line() == "app.py:1 error POET101 invalid syntax"
    assert_line(running.line(), r"nothing done in .*; 1 error|no function carries @poet: 1 file read in .*; 1 error")
    (tmp_path / "app.py").write_text("DEFECT")
    assert "error POET900" in running.line()
    assert "hint:" in running.line()
    assert_line(running.line(), "nothing done in .*; 1 error")
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\nretries = 'many'\n")
    assert "POET220" in running.line()
    while "1 error" not in running.line():
        pass
    (tmp_path / "app.py").write_text(DECORATED + "# mended\n")
    assert_line(running.line(), r"built app.f v2 in \d+ ms")
    assert running.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("name", ["pyproject.toml", ".env"])
def test_configuration_builds_everything_again(watch: Callable[..., Watch], tmp_path: Path, name: str) -> None:
    """A change of the configuration concerns every function."""
    (tmp_path / "other.py").write_text(DECORATED)
    running = watch()
    running.line()
    (tmp_path / name).write_text("[tool.poet]\nretries = 1\n" if name == "pyproject.toml" else "POET_RETRIES=1\n")
    assert_line(running.line(), r"2 functions fresh in \d+ ms")


def test_what_is_not_built_makes_no_noise(watch: Callable[..., Watch], tmp_path: Path) -> None:
    """Excluded files, link packages, the store, environments, text files and undecorated code print nothing."""
    (tmp_path / "pyproject.toml").write_text('[tool.poet]\nexclude = ["generated_*.py"]\n')
    for folder in ("_poet", ".dana", "venv", ".git", "__pycache__"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_poet" / "__init__.py").write_text(f'"""{WRITTEN}"""')
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    running = watch()
    running.line()
    for folder in ("_poet", ".dana", "venv", ".git", "__pycache__"):
        (tmp_path / folder / "x.py").write_text(DECORATED)
    (tmp_path / "generated_app.py").write_text(DECORATED)
    (tmp_path / "plain.py").write_text("x = 1\n")
    (tmp_path / "notes.txt").write_text("@poet")
    (tmp_path / "4913").touch()
    (tmp_path / "4913").unlink()
    assert running.is_silent()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(watch: Callable[..., Watch], number: int) -> None:
    """Ctrl-C and SIGTERM are how a watch ends: exit code 0, no traceback."""
    running = watch()
    running.line()
    assert running.end(number) == 0
    assert running.is_silent(0.2)


def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    """`poet watch | head -1` doesn't watch on for nobody."""
    (tmp_path / "app.py").write_text(DECORATED)
    process = subprocess.Popen(
        [*RUN, "watch"], cwd=tmp_path, env=environment(SCENARIO="live"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    (tmp_path / "app.py").write_text(DECORATED + "# changed\n")
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def assert_line(line: str, pattern: str) -> None:
    """The line is a time of day and what the pattern says."""
    import re

    assert re.fullmatch(rf"\d\d:\d\d:\d\d ({pattern})", line), line


@pytest.fixture
def rebuilder(standin: ModuleType, tmp_path: Path) -> Rebuilder:
    """A rebuilder on an empty project with templates inside."""
    (tmp_path / "templates").mkdir()
    project = standin.open_project((), root=tmp_path, env=dict(os.environ))
    return Rebuilder(WatchOptions(), project, tmp_path / "templates")


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("pyproject.toml", Scope.CONFIGURATION),
        (".env", Scope.CONFIGURATION),
        ("inner/pyproject.toml", Scope.NOTHING),
        ("templates/base/v1/template.txt", Scope.PROJECT),
        ("templates/base/current", Scope.PROJECT),
        ("app.py", Scope.FILE),
        ("README.md", Scope.NOTHING),
    ],
)
def test_what_a_change_concerns(rebuilder: Rebuilder, tmp_path: Path, name: str, scope: Scope) -> None:
    """A file's name and place decide how much is built."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert rebuilder.scope(file) is scope


def test_what_went_away_concerns_the_whole_project(rebuilder: Rebuilder, tmp_path: Path) -> None:
    """A removed file's functions are gone, and of a renamed folder only the folder is told."""
    assert rebuilder.scope(tmp_path / "gone.py") is Scope.PROJECT
    assert rebuilder.scope(tmp_path / "gone_folder") is Scope.PROJECT
    assert rebuilder.scope(tmp_path / "gone.txt") is Scope.NOTHING
    (tmp_path / "renamed").mkdir()
    assert rebuilder.scope(tmp_path / "renamed") is Scope.PROJECT
