"""Promise 8: interrupted at any instant, the project is before or after the build, never between."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import store_crashes
from store_samples import snapshot, traces

from poetc.errors import StoreError
from poetc.store.publish import interrupted, publish, recover


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_every_step_and_again_while_recovering(tmp_path: Path) -> None:
    """SIGKILL at each system call of a publication, and then at each of its recovery: all old or all new."""
    script = Path(store_crashes.__file__)
    paths = os.pathsep.join([str(script.parent), *sys.path])
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["wrong"] == []
    assert report["publications"] > 50
    assert report["committed"] > 15
    assert report["recoveries"] > 200


class Interruption:
    """Raises at the n-th step on the disk, once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException, *, after: bool = False) -> None:
        self.steps = 0
        for name in store_crashes.STEPS:
            monkeypatch.setattr(os, name, self._counted(getattr(os, name), at, error, after))

    def _counted(
        self, real: Callable[..., object], at: int, error: BaseException, after: bool
    ) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self.steps += 1
            if self.steps != at:
                return real(*args, **kwargs)
            try:
                if after:
                    real(*args, **kwargs)
            finally:
                raise error

        return call


def _trees(folder: Path) -> tuple[Path, dict[str, bytes | None], dict[str, bytes | None]]:
    tree, new = folder / "tree", folder / "new"
    for root in (tree, new):
        store_crashes.old_tree(root)
    publish(new, store_crashes.changes(new))
    return tree, snapshot(tree), snapshot(new)


def _only_files(tree: dict[str, bytes | None]) -> dict[str, bytes | None]:
    return {name: data for name, data in tree.items() if data is not None}


def _files(root: Path) -> dict[str, bytes | None]:
    return _only_files(snapshot(root))


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "POET502"), (errno.EACCES, "POET501"), (errno.EIO, "POET501")]
)
def test_an_error_at_every_step_is_said_and_leaves_old_or_new(tmp_path: Path, number: int, code: str) -> None:
    """Until the commit an error leaves the project untouched; after it, the next command completes the build."""
    step, untouched, completed = 0, 0, 0
    while True:
        step += 1
        tree, before, after = _trees(tmp_path / str(step))
        with pytest.MonkeyPatch.context() as patch:
            interruption = Interruption(patch, step, OSError(number, os.strerror(number), "somewhere"))
            try:
                publish(tree, store_crashes.changes(tree))
            except StoreError as error:
                assert error.diagnostic.code == code
                assert error.diagnostic.hint
        if interruption.steps < step:
            break
        if interrupted(tree):
            assert recover(tree)
            assert snapshot(tree) == after
            completed += 1
        else:  # an empty folder that can't be removed is no reason to fail
            assert _files(tree) in (_only_files(before), _only_files(after))
            untouched += snapshot(tree) == before
        recover(tree)
        assert set(traces(tree)) <= {"lock"}, "a lock file that nobody holds does no harm"
    assert untouched > 20
    assert completed > 5


@pytest.mark.parametrize("after", [False, True])
def test_ctrl_c_at_every_step_passes_through_and_leaves_old_or_new(tmp_path: Path, after: bool) -> None:
    """KeyboardInterrupt is not swallowed; where the build had begun to be applied, it is completed first."""
    step, between = 0, 0
    while True:
        step += 1
        tree, old, new = _trees(tmp_path / str(step))
        raised = False
        with pytest.MonkeyPatch.context() as patch:
            interruption = Interruption(patch, step, KeyboardInterrupt(), after=after)
            try:
                publish(tree, store_crashes.changes(tree))
            except KeyboardInterrupt:
                raised = True
        if interruption.steps < step:
            break
        assert raised
        between += interrupted(tree)
        recover(tree)
        assert snapshot(tree) in (old, new)
        assert set(traces(tree)) <= {"lock"}
    assert between <= 1, "only the very instant of the commit may leave a journal behind"


def test_a_real_signal_in_a_publishing_process_leaves_old_or_new(tmp_path: Path) -> None:
    """Processes that publish over and over, killed from outside at whatever moment, leave a tree that recovers."""
    tree, before, after = _trees(tmp_path)
    script = (
        "import sys, pathlib, store_crashes\n"
        "from poetc.store.publish import publish\n"
        "from poetc.ir import FileChange\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "paths = [change.path for change in store_crashes.changes(root)]\n"
        "old = [FileChange(path, path.read_bytes() if path.exists() else None) for path in paths]\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    publish(root, store_crashes.changes(root))\n"
        "    publish(root, old)\n"
    )
    paths = os.pathsep.join([str(Path(store_crashes.__file__).parent), *sys.path])
    for delay in (0.0, 0.003, 0.011):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(tree)], env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
        recover(tree)
        assert snapshot(tree) in (before, after)
        publish(tree, store_crashes.changes(tree))
        assert snapshot(tree) == after
        assert set(traces(tree)) <= {"lock"}
        tree, before, after = _trees(tmp_path / str(delay))
