"""The store's `.gitignore` is whole, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from poetc.store.ignored import have_gitignore
from poetc.store.layout import GITIGNORE, cache_folder, gitignore_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    cache_folder(tmp_path).mkdir(parents=True)
    return tmp_path


def test_it_is_written_once(root: Path) -> None:
    """What people add to it stays."""
    have_gitignore(root)
    assert gitignore_file(root).read_bytes() == GITIGNORE
    gitignore_file(root).write_bytes(GITIGNORE + b"more\n")
    have_gitignore(root)
    assert gitignore_file(root).read_bytes() == GITIGNORE + b"more\n"
    assert list(cache_folder(root).iterdir()) == []


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_cut_short_it_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A build that ends in the middle of it leaves no half of it, and the next one writes it."""

    def end(path: Path, *rest: object) -> None:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, step, end)
        have_gitignore(root)
    assert not gitignore_file(root).exists()
    have_gitignore(root)
    assert gitignore_file(root).read_bytes() == GITIGNORE
