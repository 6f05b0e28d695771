"""Kept answers: given back as they were, or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import snapshot

from poetc.errors import StoreError
from poetc.store.cache import ANSWER_BYTES, ENTRIES, Cache, load_answer, save_answer
from poetc.store.layout import answer_file

NAME, KEY = "app.pay.receipt", "0123456789abcdef" * 4
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
@settings(max_examples=50, deadline=None)
def test_what_is_saved_is_loaded(tmp_path_factory: pytest.TempPathFactory, answer: dict[str, object]) -> None:
    """Property: any JSON object comes back equal."""
    root = tmp_path_factory.mktemp("cache")
    assert save_answer(root, NAME, KEY, answer)
    assert load_answer(root, NAME, KEY) == answer


def test_hits_and_misses_are_counted(tmp_path: Path) -> None:
    """Another key or function is a miss; the file is JSON where the design says."""
    cache = Cache(tmp_path)
    assert cache.load(NAME, KEY) is None
    assert cache.save(NAME, KEY, {"code": "x"})
    assert cache.load(NAME, KEY) == {"code": "x"}
    assert cache.load(NAME, KEY[::-1]) is None
    assert cache.load("app.other", KEY) is None
    assert (cache.hits, cache.misses) == (1, 3)
    stored = json.loads((tmp_path / f".dana/poet/cache/{NAME}/{KEY}.json").read_text())
    assert stored[1] == {"code": "x"}
    assert "cache/" in (tmp_path / ".dana/poet/.gitignore").read_text().split()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_a_miss_and_healed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Property: cut off or changed anywhere, it is never believed wrongly: same answer or none, then it is gone."""
    root = tmp_path_factory.mktemp("cache")
    answer = {"code": "def f(): ...", "n": [1, 2.5, None]}
    save_answer(root, NAME, KEY, answer)
    path = answer_file(root, NAME, KEY)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    loaded = load_answer(root, NAME, KEY)
    assert loaded in (None, answer)
    assert path.exists() == (loaded is not None)
    assert save_answer(root, NAME, KEY, answer)
    assert load_answer(root, NAME, KEY) == answer


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b"[" * 100_000, b"\xff\xfe", b'{"answer": {}, "sha256": 1}']
)
def test_rubbish_is_a_miss_and_removed(tmp_path: Path, content: bytes) -> None:
    """Whatever lies in the file's place."""
    path = answer_file(tmp_path, NAME, KEY)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert load_answer(tmp_path, NAME, KEY) is None
    assert not path.exists()


def test_an_answer_moved_from_elsewhere_is_foreign(tmp_path: Path) -> None:
    """The hash binds function and key: a genuine file under another name is a miss."""
    save_answer(tmp_path, NAME, KEY, {"code": "evil"})
    target = answer_file(tmp_path, NAME, KEY[::-1])
    target.write_bytes(answer_file(tmp_path, NAME, KEY).read_bytes())
    assert load_answer(tmp_path, NAME, KEY[::-1]) is None
    assert not target.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    """Only regular files are read."""
    path = answer_file(tmp_path, NAME, KEY)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert load_answer(tmp_path, NAME, KEY) is None
    assert not path.exists()


def test_size_and_number_are_limited_the_least_recently_used_go(tmp_path: Path) -> None:
    """A huge answer isn't kept; of too many, those that were used longest ago go."""
    assert not save_answer(tmp_path, NAME, KEY, {"code": "x" * ANSWER_BYTES})
    keys = [f"{n:064x}" for n in range(ENTRIES + 5)]
    for age, key in enumerate(keys[:ENTRIES]):
        save_answer(tmp_path, NAME, key, {"n": key})
        os.utime(answer_file(tmp_path, NAME, key), ns=(0, age))
    assert load_answer(tmp_path, NAME, keys[0]) == {"n": keys[0]}
    for key in keys[ENTRIES:]:
        save_answer(tmp_path, NAME, key, {"n": key})
    left = sorted(path.stem for path in answer_file(tmp_path, NAME, KEY).parent.iterdir())
    assert left == [keys[0], *keys[6:]]


def test_half_written_files_of_the_dead_are_swept(tmp_path: Path) -> None:
    """A temporary file of long ago goes with the next save; a young one may be somebody's."""
    save_answer(tmp_path, NAME, KEY, {})
    folder = answer_file(tmp_path, NAME, KEY).parent
    (folder / "old.tmp").write_text("")
    (folder / "young.tmp").write_text("")
    os.utime(folder / "old.tmp", (0, 0))
    save_answer(tmp_path, NAME, KEY, {})
    assert sorted(path.name for path in folder.iterdir()) == [f"{KEY}.json", "young.tmp"]


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """A file in the folder's place, or a link out of the project: not kept, nothing written elsewhere."""
    (tmp_path / "one/.dana/poet").mkdir(parents=True)
    (tmp_path / "one/.dana/poet/cache").write_text("in the way")
    assert not save_answer(tmp_path / "one", NAME, KEY, {})
    (tmp_path / "two/.dana/poet").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "two/.dana/poet/cache").symlink_to(tmp_path / "elsewhere")
    assert not save_answer(tmp_path / "two", NAME, KEY, {})
    assert snapshot(tmp_path / "elsewhere") == {}


def test_hostile_names_are_refused(tmp_path: Path) -> None:
    """POET213, for loading as for saving."""
    for action in (lambda: load_answer(tmp_path, "../x", KEY), lambda: save_answer(tmp_path, "../x", KEY, {})):
        with pytest.raises(StoreError) as error:
            action()
        assert error.value.diagnostic.code == "POET213"
