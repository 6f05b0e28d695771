"""The stat index: what it says is known has not changed; when in doubt it knows nothing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.store.index import RESTED, Index, Known, load_index
from poetc.store.layout import index_file

STAMP = "engine 1, config 2"


@pytest.fixture
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files need not rest: whatever was written before is old enough."""
    monkeypatch.setattr("poetc.store.index.RESTED", -3600 * 10**9)


def _file(root: Path, text: str = "x = 1\n") -> os.stat_result:
    (root / "a.py").write_text(text)
    return (root / "a.py").stat()


def _saved(root: Path, stat: os.stat_result, path: str = "a.py") -> Index:
    index = load_index(root, STAMP)
    index.remember(path, stat, "d" * 64, 1)
    index.save()
    return load_index(root, STAMP)


@pytest.mark.usefixtures("rested")
def test_an_unchanged_file_is_known(tmp_path: Path) -> None:
    """Digest and flag come back; and a run that learns nothing writes nothing."""
    stat = _file(tmp_path)
    index = _saved(tmp_path, stat)
    assert index.known("a.py", (tmp_path / "a.py").stat()) == Known("d" * 64, 1)
    assert index.known("b.py", stat) is None
    index.remember("a.py", stat, "d" * 64, 1)
    assert not index.save()


@pytest.mark.usefixtures("rested")
def test_any_change_of_the_stat_makes_it_unknown(tmp_path: Path) -> None:
    """Other size, other time, another file, other change time: read it again."""
    index = _saved(tmp_path, _file(tmp_path))
    path = tmp_path / "a.py"
    before = path.stat()
    path.write_text("x = 12\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert index.known("a.py", path.stat()) is None, "size"
    path.write_text("x = 1\n")
    os.utime(path, ns=(0, before.st_mtime_ns + 1))
    assert index.known("a.py", path.stat()) is None, "time"
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert index.known("a.py", path.stat()) is None, "the modification time was set back, but the change time tells"
    path.unlink()
    _file(tmp_path)
    assert index.known("a.py", path.stat()) is None, "another file"


def test_a_file_too_young_is_not_trusted_later(tmp_path: Path) -> None:
    """Racily clean: written just before the run, it may be written again within the same tick; so it isn't kept."""
    stat = _file(tmp_path)
    assert _saved(tmp_path, stat).known("a.py", stat) is None


def test_a_file_that_rested_is_trusted_one_at_the_brink_is_not(tmp_path: Path) -> None:
    """The boundary is `RESTED` before the beginning of the run; a modification time that was set back doesn't count."""
    young = _file(tmp_path)
    enough, short = RESTED + 10**9, RESTED - 10**9
    for modified, changed, trusted in ((enough, enough, True), (short, enough, False), (enough, short, False)):
        now = time.time_ns()
        times = {"st_mtime_ns": now - modified, "st_ctime_ns": now - changed, "st_atime_ns": now}
        old = os.stat_result(list(young), times)
        assert (_saved(tmp_path, old).known("a.py", old) is not None) == trusted
        index_file(tmp_path).unlink()


def test_a_long_run_does_not_make_files_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file written, read and written again in one tick as the run begins stays doubtful, however late it is saved."""
    index = load_index(tmp_path, STAMP)
    stat = _file(tmp_path)
    index.remember("a.py", stat, "d" * 64)
    elapsed = 3600 * 10**9
    real_monotonic, real_fstat = time.monotonic_ns, os.fstat

    def later(handle: int) -> os.stat_result:
        stat = real_fstat(handle)
        then = {"st_mtime_ns": stat.st_mtime_ns + elapsed, "st_ctime_ns": stat.st_ctime_ns + elapsed}
        return os.stat_result(list(stat), {**then, "st_atime_ns": stat.st_atime_ns})

    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic_ns", lambda: real_monotonic() + elapsed)
        patch.setattr(os, "fstat", later)
        assert index.save()
    assert load_index(tmp_path, STAMP).known("a.py", stat) is None


def _proven(root: Path, stat: os.stat_result, text: str) -> Index:
    index = load_index(root, STAMP)
    index.remember("a.py", stat, "d" * 64, 1, proof=hashlib.sha256(text.encode()).hexdigest())
    index.save()
    return load_index(root, STAMP)


def test_a_young_file_is_known_by_what_it_holds(tmp_path: Path) -> None:
    """Who wrote it knows its digest: it is known as long as it holds that, and not by its stat alone."""
    stat = _file(tmp_path)
    assert _proven(tmp_path, stat, "x = 1\n").known("a.py", stat) == Known("d" * 64, 1)
    (tmp_path / "a.py").write_text("x = 2\n")
    assert load_index(tmp_path, STAMP).known("a.py", stat) is None, "same size, and as if in the same tick"


def test_what_nobody_confirmed_stays_doubtful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later run that doesn't look at the file doesn't make its stat believed, though it has rested by then."""
    stat = _file(tmp_path)
    _proven(tmp_path, stat, "x = 1\n")
    monkeypatch.setattr("poetc.store.index.RESTED", -3600 * 10**9)
    for look in (False, True):
        index = load_index(tmp_path, STAMP)
        index.remember("b.py", stat, "e" * 64, int(look))
        (tmp_path / "b.py").touch()
        assert not look or index.known("a.py", stat) is not None
        assert index.save()
        (tmp_path / "a.py").write_text("x = 2\n")
        assert (load_index(tmp_path, STAMP).known("a.py", stat) is not None) == look
        (tmp_path / "a.py").write_text("x = 1\n")


@pytest.mark.usefixtures("rested")
def test_another_stamp_is_an_empty_index(tmp_path: Path) -> None:
    """A new configuration or engine has seen nothing yet."""
    stat = _file(tmp_path)
    _saved(tmp_path, stat)
    assert load_index(tmp_path, "engine 2").known("a.py", stat) is None
    assert load_index(tmp_path, STAMP).known("a.py", stat) is not None


@pytest.mark.usefixtures("rested")
def test_vanished_and_forgotten_files_leave_the_index(tmp_path: Path) -> None:
    """It doesn't grow for ever; a file this run doesn't look at stays as long as it exists."""
    stat = _file(tmp_path)
    index = load_index(tmp_path, STAMP)
    for name in ("a.py", "gone.py", "forgotten.py"):
        index.remember(name, stat, "d" * 64)
    index.save()
    index = load_index(tmp_path, STAMP)
    index.forget("forgotten.py")
    assert index.save()
    after = load_index(tmp_path, STAMP)
    assert [after.known(name, stat) is not None for name in ("a.py", "gone.py", "forgotten.py")] == [True, False, False]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_an_empty_index(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Property: one flipped bit or a cut anywhere never gives a wrong digest."""
    root = tmp_path_factory.mktemp("index")
    stat = _file(root)
    row = os.stat_result(list(stat), {"st_mtime_ns": 1, "st_ctime_ns": 1, "st_atime_ns": 1})
    _saved(root, row)
    whole = index_file(root).read_bytes()
    json.loads(whole)
    at = data.draw(st.integers(0, len(whole) - 3))
    cut = data.draw(st.booleans())
    index_file(root).write_bytes(whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    index = load_index(root, STAMP)
    assert index.known("a.py", row) is None
    index.remember("a.py", row, "e" * 64)
    assert index.save()
    assert load_index(root, STAMP).known("a.py", row) == Known("e" * 64, 0)


def test_an_index_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """Neither a file in the way nor a link out of the project; nothing is written elsewhere."""
    stat = _file(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "p/.dana").mkdir(parents=True)
    (tmp_path / "p/.dana/poet").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "q").mkdir()
    (tmp_path / "q/.dana").write_text("in the way")
    for root in (tmp_path / "p", tmp_path / "q"):
        index = load_index(root, STAMP)
        index.remember("a.py", stat, "d" * 64)
        assert not index.save()
    assert list((tmp_path / "elsewhere").iterdir()) == []
