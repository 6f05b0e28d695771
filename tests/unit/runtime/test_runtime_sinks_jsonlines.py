"""Events in a file: every line is JSON and whole, whatever happens to the file, the disk and the other processes."""

from __future__ import annotations

import json
import math
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.runtime import jsonlines
from poetc.runtime.jsonlines import JsonLines, json_of

fcntl = pytest.importorskip("fcntl")


def lines_of(*paths: Path) -> list[Any]:
    """The parsed lines of files; each has to be JSON as the RFC wants it, and end with a newline."""

    def no_number(text: str) -> Any:
        raise AssertionError(f"{text} is no JSON")

    texts = [path.read_text("utf-8") for path in paths]
    assert all(text.endswith("\n") for text in texts if text)
    return [json.loads(line, parse_constant=no_number) for text in texts for line in text.splitlines()]


def test_one_line_for_each_event_for_its_owner_only(tmp_path: Path) -> None:
    """Events are appended to what the file holds, and others can't read it."""
    path = tmp_path / "events.jsonl"
    JsonLines(str(path))({"id": "a", "text": "two\nlines\u2028\udcff"})
    JsonLines(str(path))({"id": "b"})
    assert [line["id"] for line in lines_of(path)] == ["a", "b"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes().splitlines()) == 2


class Unprintable:
    """Can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, None),
        (math.inf, None),
        ([1.5, -math.inf, {"x": math.nan}], [1.5, None, {"x": None}]),
        (ValueError("v"), "v"),
        (Path("/x"), "/x"),
        (b"\xff", "b'\\xff'"),
        (
            {
                1,
            },
            "{1}",
        ),
        ((1, 2), [1, 2]),
        ({(1, 2): 3}, {"(1, 2)": 3}),
        (Unprintable(), "<Unprintable>"),
        ({"deep": Unprintable(), "nan": math.nan}, {"deep": "<Unprintable>", "nan": None}),
        (Path("x" * 5000), "x" * 1000),
    ],
)
def test_what_json_has_nothing_for(tmp_path: Path, value: Any, shown: Any) -> None:
    """NaN and infinities become null, other objects their text; nothing raises, nothing is invalid JSON."""
    path = tmp_path / "events.jsonl"
    JsonLines(str(path))({"value": value})
    assert lines_of(path) == [{"value": shown}]


def test_huge_numbers_circles_and_depths() -> None:
    """What `json` itself refuses is shown all the same."""
    circle: list[Any] = []
    circle.append(circle)
    deep: Any = 0
    for _ in range(100_000):
        deep = [deep]
    for value in (10**5000, circle, deep, {"x": circle}):
        assert json.loads(json_of({"value": value}))["value"]
    while type(deep) is list:  # or its destruction is as deep
        deep = deep.pop()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_any_event_is_one_line_of_json(value: Any) -> None:
    """Property: one line, valid, and equal to the event where JSON has everything that is in it."""
    text = json_of({"value": value})
    assert "\n" not in text
    back = json.loads(text, parse_constant=pytest.fail)
    if "nan" not in repr(value) and "inf" not in repr(value):
        assert back == {"value": value}


def test_larger_than_a_megabyte_is_left_out(tmp_path: Path) -> None:
    """The largest event is bounded; the next one is written."""
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path))
    sink({"text": "x" * 1_000_000})
    sink({"id": "next"})
    assert lines_of(path) == [{"id": "next"}]


def test_rotates_before_it_is_too_large(tmp_path: Path) -> None:
    """No file grows beyond the limit, the last ones are kept, and no event is lost among these."""
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path), most=1000, keep=3)
    for number in range(200):
        sink({"number": number, "text": "x" * 50})
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [path.name, *(f"{path.name}.{n}" for n in (1, 2, 3))]
    assert all(file.stat().st_size <= 1000 for file in files)
    numbers = [line["number"] for line in lines_of(*[tmp_path / f"{path.name}.{n}" for n in (3, 2, 1)], path)]
    assert numbers == list(range(200 - len(numbers), 200))


def test_an_event_larger_than_the_limit_has_a_file_of_its_own(tmp_path: Path) -> None:
    """It isn't dropped, and the file isn't moved again and again for it."""
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path), most=100, keep=2)
    sink({"id": "a"})
    sink({"id": "b", "text": "x" * 500})
    sink({"id": "c"})
    names = [f"{path}.2", f"{path}.1", str(path)]
    assert [line["id"] for line in lines_of(*map(Path, names))] == ["a", "b", "c"]


@pytest.mark.parametrize("how", ["removed", "moved", "folder removed"])
def test_a_file_that_somebody_removes_or_moves(tmp_path: Path, how: str) -> None:
    """As logrotate does: the next event is in a new file of that name; while there is no folder, events fail."""
    folder = tmp_path / "logs"
    folder.mkdir()
    path = folder / "events.jsonl"
    sink = JsonLines(str(path))
    sink({"id": "a"})
    if how == "moved":
        path.rename(tmp_path / "old")
    else:
        path.unlink()
    if how == "folder removed":
        folder.rmdir()
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                sink({"id": "lost"})
        folder.mkdir()
    sink({"id": "b"})
    assert lines_of(path) == [{"id": "b"}]


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    """What doesn't fit isn't written at all, and the event that fits again is whole: a limit of the system plays the
    disk."""
    path = tmp_path / "events.jsonl"
    code = f"""
import resource
from poetc.runtime.jsonlines import JsonLines
sink = JsonLines({str(path)!r})
sink({{"id": "a", "text": "x" * 100}})
resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        sink({{"id": "too much", "text": "y" * 300}})
    except OSError as error:
        print(error.errno)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sink({{"id": "b"}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert len(done.stdout.split()) == 3
    assert [line["id"] for line in lines_of(path)] == ["a", "b"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_without_room(tmp_path: Path) -> None:
    """The write fails as the system says, and says so again at the next event."""
    sink = JsonLines("/dev/full")
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            sink({"id": "a"})


def test_a_pipe_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    """Opening it would wait for a reader for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="No such device"):
        JsonLines(str(path))
    with pytest.raises(IsADirectoryError):
        JsonLines(str(tmp_path))
    with pytest.raises(ValueError, match="a path is missing"):
        JsonLines("")


def test_threads_never_mix_their_lines(tmp_path: Path) -> None:
    """Eight threads with long lines, while the file is moved aside again and again."""
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path), most=50_000, keep=100)

    def writes(name: int) -> None:
        for number in range(50):
            sink({"name": name, "number": number, "text": str(name) * 3000})

    threads = [threading.Thread(target=writes, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines_of(*tmp_path.iterdir())
    assert {(line["name"], line["number"]) for line in found} == {(n, i) for n in range(8) for i in range(50)}
    assert len(found) == 400
    assert all(line["text"] == str(line["name"]) * 3000 for line in found)


def test_processes_never_mix_their_lines(tmp_path: Path) -> None:
    """Four processes that write one file and move it aside: no line is lost, torn or written twice."""
    path = tmp_path / "events.jsonl"
    code = f"""
import sys
from poetc.runtime.jsonlines import JsonLines
sink = JsonLines({str(path)!r}, most=60_000, keep=100)
sys.stdin.read()
for number in range(60):
    sink({{"name": sys.argv[1], "number": number, "text": sys.argv[1] * 3000}})
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, name], stdin=subprocess.PIPE, text=True) for name in "abcd"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    found = lines_of(*tmp_path.iterdir())
    assert sorted((line["name"], line["number"]) for line in found) == [(n, i) for n in "abcd" for i in range(60)]
    assert all(line["text"] == line["name"] * 3000 for line in found)


def test_a_process_that_holds_the_file_is_not_waited_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen process with the lock costs one bounded wait, then nothing; once it lets go, events are written."""
    monkeypatch.setattr(jsonlines, "LOCK_PATIENCE", 0.05)
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path))
    waits: list[float] = []

    def slept(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(jsonlines, "sleep", slept)
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            sink({"id": "a"})
        assert waits
        waits.clear()
        with pytest.raises(BlockingIOError):
            sink({"id": "b"})
        assert not waits
        fcntl.flock(other, fcntl.LOCK_UN)
    sink({"id": "c"})
    assert lines_of(path) == [{"id": "c"}]
    assert sink.patience == 0.05


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_of_a_fork_writes_as_well(tmp_path: Path) -> None:
    """Neither the lock of another thread nor the parent's lock of the file holds the child up."""
    path = tmp_path / "events.jsonl"
    sink = JsonLines(str(path))
    with sink.lock:
        child = os.fork()
        if child == 0:
            try:
                sink({"id": "child"})
            finally:
                os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    sink({"id": "parent"})
    assert [line["id"] for line in lines_of(path)] == ["child", "parent"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_without_the_folder_is_no_failure(tmp_path: Path) -> None:
    """The child of a fork opens the file when it has something to write: a missing folder breaks nothing else there."""
    folder = tmp_path / "logs"
    folder.mkdir()
    sink = JsonLines(str(folder / "events.jsonl"))
    (folder / "events.jsonl").unlink()
    folder.rmdir()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sink({"id": "child"})
        except FileNotFoundError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
