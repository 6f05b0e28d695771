"""What a later command does with an interrupted build."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from store_samples import snapshot, traces

from poetc.errors import StoreError
from poetc.ir import FileChange, Severity
from poetc.store.layout import journal_folder, staging_folder, store_folder
from poetc.store.publish import interrupted, publish, recover

OLD, NEW = "from poetc import poet\n", "from app._poet.a import poet\n"


class _Killed(BaseException):
    """Stands for the end of the process: no handler of ours may act on it after the commit."""


@pytest.fixture
def cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose build was cut off after it had replaced one of three files."""
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(OLD)
    real, done = os.replace, 0

    def replace(old: Path, new: Path) -> None:
        nonlocal done
        done += 1
        if done == 2:
            raise _Killed
        real(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(_Killed):
            publish(tmp_path, [FileChange(tmp_path / f"{n}.py", NEW.encode()) for n in "abc"])
    assert interrupted(tmp_path)
    assert (tmp_path / "b.py").read_text() == OLD
    return tmp_path


def _contents(root: Path) -> list[str]:
    return [(root / f"{n}.py").read_text() for n in "abc"]


def test_nothing_to_recover_is_cheap_and_writes_nothing(tmp_path: Path) -> None:
    """No journal: false, and not even a lock is taken."""
    tmp_path.chmod(0o555)
    try:
        assert not recover(tmp_path)
    finally:
        tmp_path.chmod(0o755)
    assert not (tmp_path / ".dana").exists()


def test_the_rest_is_applied_and_said(cut_off: Path) -> None:
    """The build is completed, with a note, once."""
    recovery = recover(cut_off)
    assert recovery
    assert [(said.code, said.severity) for said in recovery.diagnostics] == [("POET505", Severity.NOTE)]
    assert _contents(cut_off) == [NEW] * 3
    assert traces(cut_off) == []
    assert not recover(cut_off)


@pytest.mark.parametrize("edited", ["a.py", "b.py"])
def test_a_file_edited_after_the_crash_is_kept_and_named(cut_off: Path, edited: str) -> None:
    """Written before or not yet: the user's new text stays, the rest is completed."""
    (cut_off / edited).write_text("the user's")
    said = recover(cut_off).diagnostics[-1]
    assert (said.severity, said.path) == (Severity.WARNING, edited)
    assert (cut_off / edited).read_text() == "the user's"
    assert sorted(_contents(cut_off)) == [NEW, NEW, "the user's"]


def test_a_file_removed_after_the_crash_stays_removed(cut_off: Path) -> None:
    """Removal is an edit too."""
    (cut_off / "b.py").unlink()
    assert recover(cut_off).diagnostics[-1].path == "b.py"
    assert not (cut_off / "b.py").exists()


def test_a_build_undone_by_hand_is_given_up(cut_off: Path) -> None:
    """If `git checkout .` took back what was applied, the rest isn't applied: half a build is worse than none."""
    (cut_off / "a.py").write_text(OLD)
    recovery = recover(cut_off)
    assert recovery.diagnostics[0].severity is Severity.WARNING
    assert _contents(cut_off) == [OLD] * 3
    assert traces(cut_off) == []


@pytest.mark.parametrize("damage", ["truncated", "garbage", "missing", "other schema", "deep"])
def test_an_unreadable_plan_is_given_up_and_said(cut_off: Path, damage: str) -> None:
    """A rotten journal doesn't block the project for ever."""
    plan = journal_folder(cut_off) / "plan.json"
    texts = {
        "truncated": plan.read_text()[:40],
        "garbage": "\x00\xff",
        "other schema": '{"schema": 9}',
        "deep": "[" * 100_000,
    }
    plan.unlink() if damage == "missing" else plan.write_text(texts[damage])
    before = _contents(cut_off)
    assert recover(cut_off).diagnostics[0].severity is Severity.WARNING
    assert _contents(cut_off) == before
    assert traces(cut_off) == []


def test_a_rotten_blob_is_not_applied(cut_off: Path) -> None:
    """Each content is checked against the plan before the first one is applied."""
    for blob in journal_folder(cut_off).glob("[0-9]*"):
        blob.write_bytes(b"rotten")
    recover(cut_off)
    assert "rotten" not in _contents(cut_off)


@pytest.mark.parametrize("path", ["../victim", "/etc/poet-victim", "x/../../victim", "app/victim"])
def test_a_forged_plan_writes_nothing_outside(tmp_path: Path, path: str) -> None:
    """A journal that came with a hostile repository is as contained as any change."""
    root = tmp_path / "project"
    journal = journal_folder(root)
    journal.mkdir(parents=True)
    (root / "app").symlink_to(tmp_path)
    (journal / "0").write_bytes(b"evil")
    digest = "9c1b5ad9bb4cb1cc01ac4fa9d1e9cf1df1ba8b4cf2f1b5fd7a2b0ee3e6a07f2c"
    step = {"path": path, "before": None, "after": digest, "blob": "0"}
    (journal / "plan.json").write_text(json.dumps({"schema": 1, "steps": [step]}))
    assert [said.code for said in recover(root).diagnostics] == ["POET508"]
    assert not (tmp_path / "victim").exists()
    assert not interrupted(root)


def test_a_publication_waits_for_the_recovery_of_another(cut_off: Path) -> None:
    """Changes that were made beside an interrupted build are refused: they may rest on what it has half done."""
    with pytest.raises(StoreError) as error:
        publish(cut_off, [FileChange(cut_off / "d.py", b"1")])
    assert error.value.diagnostic.code == "POET505"
    recover(cut_off)
    publish(cut_off, [FileChange(cut_off / "d.py", b"1")])
    assert _contents(cut_off) == [NEW] * 3


def test_orphaned_staging_is_removed(tmp_path: Path) -> None:
    """What a killed process had staged, even under this process's own number, never counts and goes."""
    for pid in (1, 99999999, os.getpid()):
        folder = staging_folder(tmp_path, pid)
        folder.mkdir(parents=True)
        (folder / "0").write_text("x")
    assert not recover(tmp_path)
    assert not store_folder(tmp_path).exists()


@pytest.mark.parametrize("name", ["journal", "journal.tmp-1"])
def test_a_link_in_the_journals_place_is_removed_not_followed(tmp_path: Path, name: str) -> None:
    """What the link leads to is not ours to clear."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    root = tmp_path / "project"
    store_folder(root).mkdir(parents=True)
    (store_folder(root) / name).symlink_to(precious)
    recover(root)
    publish(root, [FileChange(root / "a.py", b"1")])
    assert snapshot(precious) == {"thesis.txt": b"years"}
    assert traces(root) == []
