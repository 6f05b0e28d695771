"""Versions: numbered once, deterministic, reused when the same comes back, healed when damaged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import build, snapshot, unit_of, verified_of

from poetc.errors import StoreError
from poetc.ir import Policy
from poetc.store.changes import KEPT, clean, remove, store_changes
from poetc.store.folders import Folders
from poetc.store.layout import functions_folder
from poetc.store.newversion import new_version
from poetc.store.publish import publish
from poetc.store.versions import list_names, list_versions, read_current, read_version
from poetc.wire import VersionMetadata

NAME = "app.pay.receipt"


def _folder(root: Path) -> Path:
    return functions_folder(root) / NAME


def _why(root: Path) -> str:
    current = read_current(root, NAME, verify=True)
    assert current is not None
    return str(current.metadata["why"])


def test_a_first_version_is_what_the_design_shows(tmp_path: Path) -> None:
    """Files, their form, and metadata that the model accepts and that says all it was given."""
    unit = unit_of(tmp_path, policy=Policy(timeout=5.0))
    build(tmp_path, verified_of(unit, "x = 1\n", decorator_params={"timeout": 5, "domain": None}, operate="relocated"))
    assert sorted(name for name, data in snapshot(tmp_path).items() if data is not None) == [
        ".dana/poet/.gitignore",
        ".dana/poet/functions/app.pay.receipt/current",
        ".dana/poet/functions/app.pay.receipt/v1/enhanced.py",
        ".dana/poet/functions/app.pay.receipt/v1/metadata.json",
    ]
    assert (_folder(tmp_path) / "current").read_bytes() == b"v1\n"
    assert (_folder(tmp_path) / "v1/enhanced.py").read_bytes() == b"x = 1\n"
    text = (_folder(tmp_path) / "v1/metadata.json").read_text()
    assert text.endswith("}\n")
    metadata = VersionMetadata.model_validate_json(text)
    assert (metadata.name, metadata.version, metadata.why, metadata.parent_version) == (NAME, 1, "first build", None)
    assert (metadata.source_file, metadata.first_line, metadata.last_line) == ("app/pay.py", 1, 3)
    assert metadata.policy == {"timeout": 5.0}, "what nobody asked for is not written"
    assert metadata.checks == ["parses", "signature"]
    ignored = (tmp_path / ".dana/poet/.gitignore").read_text().split()
    assert {"cache/", "executions/", "feedback/", "journal/", "lock"} <= set(ignored)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Promise 7, whatever order the service lists free fields in, and in whatever folder the project lies."""
    for where, params in (("one", {"a": 1, "b": {"c": 2, "d": 3}}), ("two", {"b": {"d": 3, "c": 2}, "a": 1})):
        root = tmp_path / where
        root.mkdir()
        build(root, verified_of(unit_of(root), decorator_params=params))
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_numbers_and_reasons_follow_the_changes(tmp_path: Path) -> None:
    """Each kind of change has a word, and the version before is the parent."""
    first = unit_of(tmp_path)
    build(tmp_path, verified_of(first, "1"))
    build(tmp_path, verified_of(unit_of(tmp_path, body="return 2"), "2"))
    assert _why(tmp_path) == "source changed"
    other = unit_of(tmp_path, body="return 2", policy=Policy(retries=5))
    build(tmp_path, verified_of(other, "3"))
    assert _why(tmp_path) == "configuration changed"
    build(tmp_path, verified_of(other, "4", engine_version="2"))
    assert _why(tmp_path) == "generator changed"
    build(tmp_path, verified_of(other, "5", engine_version="2"))
    assert _why(tmp_path) == "generated anew"
    current = read_current(tmp_path, NAME)
    assert current is not None
    assert (current.version, current.metadata["parent_version"]) == (5, 4)
    assert list_versions(tmp_path, NAME) == (1, 2, 3, 4, 5)


def test_a_source_changed_back_is_at_its_old_version_again(tmp_path: Path) -> None:
    """v1 becomes current, byte for byte as it was, its history with it; the next new text is v3."""
    one, two = unit_of(tmp_path), unit_of(tmp_path, body="return 2")
    build(tmp_path, verified_of(one, "1"))
    before = snapshot(_folder(tmp_path) / "v1")
    assert build(tmp_path, verified_of(two, "2")) == 2
    assert build(tmp_path, verified_of(one, "1")) == 1
    assert (_folder(tmp_path) / "current").read_text() == "v1\n"
    assert snapshot(_folder(tmp_path) / "v1") == before
    assert build(tmp_path, verified_of(one, "3")) == 3


def test_a_later_generator_with_the_same_text_is_the_same_version_newly_described(tmp_path: Path) -> None:
    """The same text needs no new number and no new linked file, but true metadata, so that the next build is fresh."""
    unit = unit_of(tmp_path)
    build(tmp_path, verified_of(unit, "1"))
    assert build(tmp_path, verified_of(unit, "1", engine_version="2")) == 1
    current = read_current(tmp_path, NAME, verify=True)
    assert current is not None
    assert current.metadata["engine_version"] == "2"
    assert current.metadata["why"] == "first build"


def test_a_number_another_build_took_meanwhile_is_not_taken_over(tmp_path: Path) -> None:
    """Two builds that chose the same number: the second is refused, and what the first stored stays."""
    one, two = unit_of(tmp_path), unit_of(tmp_path, body="return 2")
    slow = new_version(Folders(tmp_path, [NAME]), verified_of(two, "2"))
    assert build(tmp_path, verified_of(one, "1")) == slow.version == 1
    with pytest.raises(StoreError) as error:
        store_changes(tmp_path, slow)
    assert error.value.diagnostic.code == "POET507"
    same = new_version(Folders(tmp_path, [NAME]), verified_of(one, "1"))
    assert publish(tmp_path, store_changes(tmp_path, same)) == ()


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """Storing what is stored is no change."""
    verified = verified_of(unit_of(tmp_path))
    build(tmp_path, verified)
    stored = new_version(Folders(tmp_path, [NAME]), verified)
    assert publish(tmp_path, store_changes(tmp_path, stored)) == ()


def test_a_gitignore_of_the_users_is_kept(tmp_path: Path) -> None:
    """People may add to it."""
    ignore = tmp_path / ".dana/poet/.gitignore"
    ignore.parent.mkdir(parents=True)
    ignore.write_text("mine\n")
    build(tmp_path, verified_of(unit_of(tmp_path)))
    assert ignore.read_text() == "mine\n"


def test_ten_older_versions_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    """Current and its parent stay though they are old; a removed version leaves no folder."""
    unit = unit_of(tmp_path)
    for number in range(1, 14):
        assert build(tmp_path, verified_of(unit, str(number))) == number
    assert list_versions(tmp_path, NAME) == tuple(range(3, 14))
    assert build(tmp_path, verified_of(unit, "4")) == 4
    assert build(tmp_path, verified_of(unit, "14")) == 14
    assert len(list_versions(tmp_path, NAME)) == KEPT + 1
    assert {4, 14} <= set(list_versions(tmp_path, NAME))
    assert sorted(p.name for p in _folder(tmp_path).iterdir()) == sorted(
        ["current", *(f"v{n}" for n in list_versions(tmp_path, NAME))]
    )


@given(st.lists(st.integers(0, 14), max_size=30))
@settings(max_examples=15, deadline=None)
def test_any_history_keeps_current_true_and_numbers_unique(
    tmp_path_factory: pytest.TempPathFactory, texts: list[int]
) -> None:
    """Property: current is always the last text, at most ten others are kept, and a number never changes its text."""
    root = tmp_path_factory.mktemp("history")
    unit, seen = unit_of(root), dict[int, int]()
    for text in texts:
        number = build(root, verified_of(unit, f"{text}"))
        assert seen.setdefault(number, text) == text
        current = read_current(root, NAME, verify=True)
        assert current is not None
        assert (current.version, current.read_code()) == (number, str(text))
        assert len(list_versions(root, NAME)) <= KEPT + 1


def _damage(root: Path, what: str) -> None:
    folder = _folder(root)
    match what:
        case "no current":
            (folder / "current").unlink()
        case "current is garbage":
            (folder / "current").write_bytes(b"\xff\x00../../v1")
        case "current names a missing version":
            (folder / "current").write_text("v7\n")
        case "no metadata":
            (folder / "v2/metadata.json").unlink()
        case "metadata cut off":
            (folder / "v2/metadata.json").write_text('{"name": ')
        case "metadata of another":
            text = (folder / "v2/metadata.json").read_text()
            (folder / "v2/metadata.json").write_text(text.replace(NAME, "app.other.f"))
        case "metadata is a list":
            (folder / "v2/metadata.json").write_text("[]")
        case "metadata too deep":
            (folder / "v2/metadata.json").write_text("[" * 100_000)
        case "metadata lacks a field":
            metadata = json.loads((folder / "v2/metadata.json").read_text())
            del metadata["files"]
            (folder / "v2/metadata.json").write_text(json.dumps(metadata))
        case "code edited":
            (folder / "v2/enhanced.py").write_text("import os")
        case "code missing":
            (folder / "v2/enhanced.py").unlink()
        case "everything missing":
            for path in (folder / "v2").iterdir():
                path.unlink()


DAMAGES = ["no current", "current is garbage", "current names a missing version", "no metadata", "metadata cut off"]
DAMAGES += ["metadata of another", "metadata is a list", "metadata too deep", "metadata lacks a field"]
DAMAGES += ["code edited", "code missing", "everything missing"]


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_said_and_healed_by_the_next_build(tmp_path: Path, what: str) -> None:
    """POET504 with the file; then a build makes it whole, under the same number, and no other version changes."""
    build(tmp_path, verified_of(unit_of(tmp_path), "1"))
    unit = unit_of(tmp_path, body="return 2")
    build(tmp_path, verified_of(unit, "2"))
    _damage(tmp_path, what)
    with pytest.raises(StoreError) as error:
        read_current(tmp_path, NAME, verify=True)
    assert error.value.diagnostic.code == "POET504"
    assert error.value.diagnostic.path.startswith(".dana/poet/functions/app.pay.receipt/")
    number = build(tmp_path, verified_of(unit, "2"))
    current = read_current(tmp_path, NAME, verify=True)
    assert current is not None
    assert (current.version, current.read_code()) == (number, "2")
    assert number == 2
    first = read_version(tmp_path, NAME, 1)
    assert first is not None
    assert first.read_code() == "1"


def test_edited_code_is_seen_only_when_asked(tmp_path: Path) -> None:
    """The light read trusts; `read_code`, which linking needs, does not."""
    unit = unit_of(tmp_path)
    build(tmp_path, verified_of(unit, "1"))
    (_folder(tmp_path) / "v1/enhanced.py").write_text("2")
    current = read_current(tmp_path, NAME)
    assert current is not None
    with pytest.raises(StoreError):
        current.for_unit(unit)


def test_nothing_stored_is_none(tmp_path: Path) -> None:
    """No folder, or an empty one: nothing is stored, and that is no damage."""
    assert read_current(tmp_path, NAME) is None
    _folder(tmp_path).mkdir(parents=True)
    assert read_current(tmp_path, NAME) is None
    assert read_version(tmp_path, NAME, 1) is None
    assert list_versions(tmp_path, NAME) == ()


@pytest.mark.parametrize(
    "bad",
    [{"operate": "magic"}, {"decorator_params": {"x": object()}}, {"operate_reason": "\ud800"}, {"template": None}],
)
def test_an_answer_that_cannot_be_recorded_is_refused(tmp_path: Path, bad: dict[str, object]) -> None:
    """POET407 at the function's place; nothing is written."""
    with pytest.raises(StoreError) as error:
        build(tmp_path, verified_of(unit_of(tmp_path), **bad))
    said = error.value.diagnostic
    assert (said.code, said.path, said.line) == ("POET407", "app/pay.py", 1)
    assert snapshot(tmp_path) == {}


def test_a_removed_function_leaves_nothing_and_its_neighbours_stay(tmp_path: Path) -> None:
    """Its folder goes whole; the names tell who is left."""
    build(tmp_path, verified_of(unit_of(tmp_path)))
    build(tmp_path, verified_of(unit_of(tmp_path, "app.pay.refund")))
    assert list_names(tmp_path) == (NAME, "app.pay.refund")
    publish(tmp_path, remove(tmp_path, NAME))
    assert list_names(tmp_path) == ("app.pay.refund",)
    assert not _folder(tmp_path).exists()
    assert remove(tmp_path, NAME) == ()


def test_clean_removes_the_cache_or_all_but_what_was_fed(tmp_path: Path) -> None:
    """Cache alone; everything; but executions and feedback are nobody's to recompute."""
    from poetc.store.cache import save_answer

    build(tmp_path, verified_of(unit_of(tmp_path)))
    built = snapshot(tmp_path)
    save_answer(tmp_path, NAME, "a" * 64, {})
    publish(tmp_path, clean(tmp_path))
    assert snapshot(tmp_path) == built
    fed = tmp_path / ".dana/poet/feedback/f.json"
    fed.parent.mkdir()
    fed.write_text("{}")
    publish(tmp_path, clean(tmp_path, everything=True))
    assert [n for n, data in snapshot(tmp_path).items() if data is not None] == [
        ".dana/poet/.gitignore",
        ".dana/poet/feedback/f.json",
    ]
    fed.unlink()
    fed.parent.rmdir()
    publish(tmp_path, clean(tmp_path, everything=True))
    assert snapshot(tmp_path) == {}


def test_a_link_inside_the_store_is_removed_not_followed(tmp_path: Path) -> None:
    """Removing a function never reaches what a link in its folder leads to."""
    root, precious = tmp_path / "project", tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    root.mkdir()
    build(root, verified_of(unit_of(root)))
    (_folder(root) / "v9").symlink_to(precious)
    publish(root, remove(root, NAME))
    assert not _folder(root).exists()
    assert (precious / "thesis.txt").read_text() == "years"


def test_the_store_is_light_to_import_and_to_read(tmp_path: Path) -> None:
    """The no-op path imports no pydantic, httpx, libcst, rich or typer, not even to read a version and the index."""
    build(tmp_path, verified_of(unit_of(tmp_path)))
    script = (
        "import sys, pathlib\n"
        "from poetc.store.index import load_index\n"
        "from poetc.store.publish import recover\n"
        "from poetc.store.versions import read_current\n"
        "root = pathlib.Path(sys.argv[1])\n"
        f"assert read_current(root, {NAME!r}, verify=True)\n"
        "assert not recover(root)\n"
        "load_index(root, 'x')\n"
        "heavy = {'pydantic', 'httpx', 'libcst', 'rich', 'typer', 'asyncio', 'shutil', 'tempfile', 'subprocess'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "[]\n"
