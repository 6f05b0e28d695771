"""One writer at a time, and no lock outlives its holder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_samples import snapshot

from poetc.errors import StoreError
from poetc.store.layout import lock_file
from poetc.store.lock import project_lock

HOLD = (
    "import sys, pathlib\n"
    "from poetc.store.lock import project_lock\n"
    "with project_lock(pathlib.Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.readline()\n"
)


def _holder(root: Path) -> subprocess.Popen[bytes]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    """After the wait: POET506 with the holder's number; after the holder's release it is free."""
    holder = _holder(tmp_path)
    with pytest.raises(StoreError) as error, project_lock(tmp_path, wait=0.05):
        pass
    assert error.value.diagnostic.code == "POET506"
    assert str(holder.pid) in error.value.diagnostic.message
    holder.communicate(b"\n", timeout=30)
    with project_lock(tmp_path, wait=0.05):
        pass


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    """No stale lock: the kernel gives it back, though the file with the dead process's number is still there."""
    with _holder(tmp_path) as holder:
        holder.kill()
    assert lock_file(tmp_path).exists()
    with project_lock(tmp_path, wait=0.05):
        assert lock_file(tmp_path).read_text() == f"{os.getpid()}\n"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """A project in which nothing was written has no `.dana` afterwards."""
    with project_lock(tmp_path):
        assert lock_file(tmp_path).exists()
    assert snapshot(tmp_path) == {}


def test_the_same_thread_may_take_it_again_others_may_not(tmp_path: Path) -> None:
    """`publish` inside a held lock works; a second thread waits like a second process, however the root is spelled."""
    errors: list[StoreError] = []

    def other() -> None:
        try:
            with project_lock(tmp_path / "x" / "..", wait=0.05):
                pass
        except StoreError as error:
            errors.append(error)

    (tmp_path / "x").mkdir()
    with project_lock(tmp_path), project_lock(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert [error.diagnostic.code for error in errors] == ["POET506"]
    with project_lock(tmp_path, wait=0.05):
        pass


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    """KeyboardInterrupt passes and frees the lock."""
    with pytest.raises(KeyboardInterrupt), project_lock(tmp_path):
        raise KeyboardInterrupt
    holder = _holder(tmp_path)
    holder.communicate(b"\n", timeout=30)
    assert holder.returncode == 0


def test_waiting_processes_never_share_a_removed_lock_file(tmp_path: Path) -> None:
    """The file is removed at each release; still, at no moment do two processes hold the lock."""
    script = (
        "import os, sys, pathlib\n"
        "from poetc.store.lock import project_lock\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "for turn in range(40):\n"
        "    with project_lock(root):\n"
        "        os.close(os.open(root / 'inside', os.O_CREAT | os.O_EXCL))\n"
        "        os.unlink(root / 'inside')\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=env, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[1] for process in running] == [b"", b"", b""]


def test_a_file_in_the_stores_place_is_said_at_once(tmp_path: Path) -> None:
    """No waiting for what won't pass: `.dana` or `.dana/poet` as a file is POET501."""
    (tmp_path / "a/.dana").mkdir(parents=True)
    (tmp_path / "a/.dana/poet").write_text("mine")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/.dana").write_text("mine")
    for root in (tmp_path / "a", tmp_path / "b"):
        with pytest.raises(StoreError) as error, project_lock(root):
            pass
        assert error.value.diagnostic.code == "POET501"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_as_lock_is_not_written_through(tmp_path: Path) -> None:
    """A lock file that leads elsewhere is refused."""
    root, victim = tmp_path / "project", tmp_path / "victim"
    victim.write_text("precious")
    lock_file(root).parent.mkdir(parents=True)
    lock_file(root).symlink_to(victim)
    with pytest.raises(StoreError) as error, project_lock(root, wait=0.05):
        pass
    assert error.value.diagnostic.code == "POET501"
    assert victim.read_text() == "precious"
