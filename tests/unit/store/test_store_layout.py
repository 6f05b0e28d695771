"""Names → folders: plain where possible, contained always, apart where case is all that differs."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from store_samples import build, unit_of, verified_of

from poetc.errors import StoreError
from poetc.store.folders import Folders, existing_folder
from poetc.store.layout import answer_file, folded, folder_name, functions_folder, version_number
from poetc.store.versions import list_names, read_current

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "/etc/passwd",
    "a\\b",
    "a\0b",
    "a..b",
    ".a",
    "a.",
    "a. ",
    "C:x",
    "a\nb",
    "\ud800",
]
HOSTILE += ["a*", "a?.b", 'a"b', "a<b>", "a|b", "a.\u202eb"]


@pytest.mark.parametrize("name", ["app.drift.detect_drift", "app.drift.Monitor.check", "app.größe", "my-script.main"])
def test_ordinary_names_are_their_own_folders(name: str) -> None:
    """What people see under functions/ is what they wrote."""
    assert folder_name(name) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_impossible_names_are_refused(name: str) -> None:
    """POET213, with the name in a printable form."""
    with pytest.raises(StoreError) as error:
        folder_name(name)
    assert error.value.diagnostic.code == "POET213"
    assert error.value.diagnostic.message.isascii() or error.value.diagnostic.message.isprintable()


@given(st.text(max_size=300))
@example("con.check")
@example("COM1")
@example("é" * 150)
@example("e\u0301.f")
@example("a~b")
def test_every_name_is_refused_or_one_harmless_folder(name: str) -> None:
    """Property: one path part, short enough, not reserved, never that of another name."""
    try:
        folder = folder_name(name)
    except StoreError:
        return
    assert Path(folder).name == folder
    assert folder not in ("", ".", "..")
    assert len(folder.encode()) <= 180
    assert unicodedata.is_normalized("NFC", folder)
    assert folder.split(".")[0].upper() not in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT9")
    assert folder == name or ("~" in folder and folder == folder_name(name, apart=True))


@given(
    st.lists(
        st.sampled_from(["app.foo", "app.Foo", "app.FOO", "app.fOO", "app.straße", "app.STRASSE", "app.x"]), unique=True
    )
)
def test_names_that_fold_together_get_folders_that_do_not(names: list[str]) -> None:
    """Property: any set of names has folders that differ even where case is ignored, the same in any order."""
    root = Path("/nowhere")
    folders = {name: Folders(root, names).of(name) for name in names}
    assert len({folded(folder.name) for folder in folders.values()}) == len(names)
    assert folders == {name: Folders(root, reversed(names)).of(name) for name in reversed(names)}


def test_who_has_a_folder_keeps_it(tmp_path: Path) -> None:
    """A newcomer that differs by case gets the marked folder, though it would come first; both are read back."""
    assert build(tmp_path, verified_of(unit_of(tmp_path, "app.foo"))) == 1
    both = ("app.Foo", "app.foo")
    assert build(tmp_path, verified_of(unit_of(tmp_path, "app.Foo", body="return 2")), both) == 1
    assert build(tmp_path, verified_of(unit_of(tmp_path, "app.foo", body="return 3")), both) == 2
    assert sorted(path.name.split("~")[0] for path in functions_folder(tmp_path).iterdir()) == ["app.Foo", "app.foo"]
    assert (functions_folder(tmp_path) / "app.foo").is_dir()
    assert not (functions_folder(tmp_path) / "app.Foo").is_dir()
    assert [(v.name, v.version) for n in both if (v := read_current(tmp_path, n))] == [("app.Foo", 1), ("app.foo", 2)]
    assert list_names(tmp_path) == both


def test_a_file_system_that_ignores_case_does_not_lend_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where app.FOO "is there" because app.foo is, it still has none."""
    build(tmp_path, verified_of(unit_of(tmp_path, "app.foo")))
    real = Path.is_dir

    def is_dir(path: Path) -> bool:
        siblings = {folded(entry.name) for entry in path.parent.iterdir()} if real(path.parent) else set()
        return folded(path.name) in siblings

    monkeypatch.setattr(Path, "is_dir", is_dir)
    assert existing_folder(tmp_path, "app.FOO") is None
    assert existing_folder(tmp_path, "app.foo") is not None


@pytest.mark.parametrize("name", ["con.check", "a~b.f", "app." + "x" * 300, "app.e\u0301"])
def test_marked_names_are_stored_and_listed(tmp_path: Path, name: str) -> None:
    """Names that can't be plain folders work like any other."""
    build(tmp_path, verified_of(unit_of(tmp_path, name)))
    assert read_current(tmp_path, name, verify=True) is not None
    assert list_names(tmp_path) == (name,)


@pytest.mark.parametrize(
    ("text", "number"), [("v1", 1), ("v20", 20), ("v0", None), ("v01", None), ("v", None), ("", None)]
)
@pytest.mark.parametrize("suffix", ["", " "])
def test_version_numbers_are_read_strictly(text: str, number: int | None, suffix: str) -> None:
    """Only what we write is a version."""
    assert version_number(text + suffix) == (None if suffix else number)
    assert version_number("v" + "9" * 5000) is None
    assert version_number("v²") is None


@pytest.mark.parametrize("key", ["", "../../x", "a" * 15, "A" * 64, "a" * 500])
def test_cache_keys_are_digests(key: str) -> None:
    """Anything but a hex digest is the caller's mistake."""
    with pytest.raises(ValueError, match="hex"):
        answer_file(Path("/nowhere"), "app.f", key)
