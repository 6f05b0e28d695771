"""Changes reach the disk as asked, in order, and nowhere else."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import snapshot, traces

from poetc.errors import StoreError
from poetc.ir import FileChange
from poetc.store.publish import publish, recover

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")


def _code(error: pytest.ExceptionInfo[StoreError]) -> str:
    return error.value.diagnostic.code


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    """CRLF, no final newline, BOM, zero bytes: the content on disk is the content given; the store leaves no traces."""
    data = {"app/a.py": b"\xef\xbb\xbfx = 1\r\n\x00", "app/b.py": b"", "app/_poet/c.py": b"no newline"}
    written = publish(tmp_path, [FileChange(tmp_path / name, content) for name, content in data.items()])
    assert sorted(written) == sorted(data)
    assert {name: (tmp_path / name).read_bytes() for name in data} == data
    assert not (tmp_path / ".dana").exists()


def test_the_runtime_comes_first_then_links_then_sources_then_removals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever imports the project meanwhile never meets a link without its runtime or a source without its link."""
    (tmp_path / "app/_poet/_runtime").mkdir(parents=True)
    (tmp_path / "app/_poet/_runtime/old.py").write_text("old")
    names = [
        "app/pay.py",
        "app/_poet/_runtime/old.py",
        "app/_poet/pay.py",
        "app/_poet/_runtime/retry.py",
        ".dana/poet/functions/app.pay.receipt/v2/enhanced.py",
        ".dana/poet/functions/app.pay.receipt/current",
    ]
    seen: list[str] = []

    def note(real):  # type: ignore[no-untyped-def]
        def call(*args):  # type: ignore[no-untyped-def]
            seen.extend(Path(a).relative_to(tmp_path).as_posix() for a in args[-1:] if Path(a).name in final)
            return real(*args)

        return call

    final = {Path(name).name for name in names}
    monkeypatch.setattr(os, "replace", note(os.replace))
    monkeypatch.setattr(os, "unlink", note(os.unlink))
    written = publish(tmp_path, [FileChange(tmp_path / n, None if "old" in n else b"new") for n in names])
    assert seen == list(written) == [names[4], names[5], names[3], names[2], names[0], names[1]]


def test_what_is_already_so_is_not_touched(tmp_path: Path) -> None:
    """A second publication of the same writes nothing, keeps every mtime, and needs no writable folder."""
    changes = [FileChange(tmp_path / "app/pay.py", b"x"), FileChange(tmp_path / "gone.py", None)]
    assert publish(tmp_path, changes) == ("app/pay.py",)
    before = (tmp_path / "app/pay.py").stat()
    (tmp_path / "app").chmod(0o555)
    tmp_path.chmod(0o555)
    try:
        assert publish(tmp_path, changes) == ()
    finally:
        tmp_path.chmod(0o755)
        (tmp_path / "app").chmod(0o755)
    assert (tmp_path / "app/pay.py").stat().st_mtime_ns == before.st_mtime_ns
    assert (tmp_path / "app/pay.py").stat().st_ino == before.st_ino


@posix_only
def test_modes_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    """An executable script stays executable; a new file is what open() would make."""
    script = tmp_path / "tool.py"
    script.write_text("old")
    script.chmod(0o751)
    old = os.umask(0o027)
    try:
        publish(tmp_path, [FileChange(script, b"new"), FileChange(tmp_path / "fresh.py", b"")])
    finally:
        os.umask(old)
    assert script.stat().st_mode & 0o7777 == 0o751
    assert (tmp_path / "fresh.py").stat().st_mode & 0o7777 == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_does_not_take_the_users_file_away(tmp_path: Path) -> None:
    """A build as root in a container leaves the source with its owner."""
    source = tmp_path / "pay.py"
    source.write_text("old")
    os.chown(source, 12345, 54321)
    publish(tmp_path, [FileChange(source, b"new")])
    assert (source.stat().st_uid, source.stat().st_gid) == (12345, 54321)


def test_folders_that_a_removal_empties_go_but_only_ours(tmp_path: Path) -> None:
    """`_poet` goes with its last module, a lone `__pycache__` no hindrance; the user's folder stays though empty."""
    linked, own = tmp_path / "app/_poet/pay", tmp_path / "tools"
    (linked / "__pycache__").mkdir(parents=True)
    (linked / "__pycache__/receipt.pyc").write_bytes(b"")
    own.mkdir()
    for path in (linked / "__init__.py", own / "run.py"):
        path.write_text("")
    publish(tmp_path, [FileChange(linked / "__init__.py", None), FileChange(own / "run.py", None)])
    assert snapshot(tmp_path) == {"app": None, "tools": None}


def test_two_contents_of_one_file_are_refused_one_twice_is_fine(tmp_path: Path) -> None:
    """A contradiction is the caller's mistake, found before anything is written, whatever way the path is spelled."""
    one = FileChange(tmp_path / "a.py", b"1")
    assert publish(tmp_path, [one, one]) == ("a.py",)
    with pytest.raises(ValueError, match="two different contents"):
        publish(tmp_path, [FileChange(tmp_path / "a.py", b"2"), FileChange(tmp_path / "a.py", b"3")])
    assert (tmp_path / "a.py").read_bytes() == b"1"


@pytest.mark.parametrize("spelling", ["../out.py", "app/../../out.py", "/tmp/poet-escape.py", "", "a\0b.py"])
def test_paths_outside_are_refused(tmp_path: Path, spelling: str) -> None:
    """No spelling of a path leads out of the project; the rest of the publication isn't written either."""
    root = tmp_path / "project"
    root.mkdir()
    with pytest.raises(StoreError) as error:
        publish(root, [FileChange(root / "fine.py", b"1"), FileChange(root / spelling, b"bad")])
    assert _code(error) == "POET501"
    assert snapshot(tmp_path) == {"project": None}
    assert not Path("/tmp/poet-escape.py").exists()


@given(st.text(alphabet="./\\~ab\0:", max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_spelling_escapes(tmp_path_factory: pytest.TempPathFactory, spelling: str) -> None:
    """Property: whatever the path, a file appears inside the root, or the change is refused."""
    outer = tmp_path_factory.mktemp("escape")
    root = outer / "project"
    root.mkdir()
    try:
        publish(root, [FileChange(Path(f"{root}/{spelling}"), b"x")])
    except StoreError:
        assert snapshot(root) == {}
    else:
        assert [content for content in snapshot(root).values() if content] == [b"x"]
    assert sorted(path.name for path in outer.iterdir()) == ["project"]


@posix_only
@pytest.mark.parametrize("link", ["app/pay.py", "app", ".dana", ".dana/poet", ".dana/poet/functions"])
def test_links_out_of_the_project_are_not_followed(tmp_path: Path, link: str) -> None:
    """A link to elsewhere, as file, folder or store, is refused, and what it points to stays as it is."""
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pay.py").write_text("theirs")
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere / "pay.py" if link.endswith(".py") else elsewhere)
    before = snapshot(elsewhere)
    changes = [FileChange(root / "app/pay.py", b"ours"), FileChange(root / ".dana/poet/functions/f/current", b"v1\n")]
    with pytest.raises(StoreError) as error:
        publish(root, changes)
    assert _code(error) == "POET501"
    assert snapshot(elsewhere) == before


@posix_only
def test_nothing_is_removed_through_a_link_out_of_the_project(tmp_path: Path) -> None:
    """A folder that leads elsewhere is refused for removals as well."""
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (elsewhere / "pay.py").write_text("theirs")
    (root / "app").symlink_to(elsewhere)
    with pytest.raises(StoreError) as error:
        publish(root, [FileChange(root / "app/pay.py", None)])
    assert _code(error) == "POET501"
    assert (elsewhere / "pay.py").exists()


@posix_only
def test_links_inside_the_project_are_written_through(tmp_path: Path) -> None:
    """A source that is a link to another file of the project stays a link; its removal removes the link alone."""
    (tmp_path / "shared.py").write_text("old")
    (tmp_path / "pay.py").symlink_to("shared.py")
    assert publish(tmp_path, [FileChange(tmp_path / "pay.py", b"new")]) == ("shared.py",)
    assert (tmp_path / "pay.py").is_symlink()
    assert (tmp_path / "shared.py").read_bytes() == b"new"
    publish(tmp_path, [FileChange(tmp_path / "pay.py", None)])
    assert snapshot(tmp_path) == {"shared.py": b"new"}


@posix_only
def test_read_only_targets_are_refused_before_anything_is_applied(tmp_path: Path) -> None:
    """A read-only file or folder is somebody's decision, even against root: POET501, nothing written."""
    for what in ("file", "folder"):
        root = tmp_path / what
        (root / "app").mkdir(parents=True)
        (root / "app/pay.py").write_text("old")
        (root / "app/pay.py" if what == "file" else root / "app").chmod(0o555)
        before = snapshot(root)
        with pytest.raises(StoreError) as error:
            publish(root, [FileChange(root / "first.py", b"1"), FileChange(root / "app/pay.py", b"new")])
        (root / "app").chmod(0o755)
        assert _code(error) == "POET501"
        assert "app/pay.py" in error.value.diagnostic.path
        assert snapshot(root) == before
        assert traces(root) == []


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    """`_poet` as a file: said before anything is applied."""
    (tmp_path / "_poet").write_text("mine")
    with pytest.raises(StoreError) as error:
        publish(tmp_path, [FileChange(tmp_path / "a.py", b""), FileChange(tmp_path / "_poet/x/y.py", b"")])
    assert _code(error) == "POET501"
    assert snapshot(tmp_path) == {"_poet": b"mine"}


def test_a_source_edited_since_it_was_read_is_not_overwritten(tmp_path: Path) -> None:
    """What the user types between scan and publication wins, and nothing else is written."""
    source = tmp_path / "pay.py"
    source.write_text("typed meanwhile")
    read = hashlib.sha256(b"as it was scanned").hexdigest()
    changes = [FileChange(tmp_path / "_poet/pay.py", b"1"), FileChange(source, b"linked")]
    with pytest.raises(StoreError) as error:
        publish(tmp_path, changes, based_on={source: read})
    assert _code(error) == "POET507"
    assert snapshot(tmp_path) == {"pay.py": b"typed meanwhile"}
    publish(tmp_path, changes, based_on={source: hashlib.sha256(b"typed meanwhile").hexdigest()})
    assert source.read_bytes() == b"linked"


def test_a_source_edited_at_the_last_moment_is_kept_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed after everything was staged: theirs stays, the build says so, and no journal is left."""
    source, real = tmp_path / "pay.py", os.rename
    source.write_text("old")

    def rename(old: Path, new: Path) -> None:
        if Path(new).name == "journal":
            source.write_text("typed")
        real(old, new)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(StoreError) as error:
        publish(tmp_path, [FileChange(source, b"linked"), FileChange(tmp_path / "_poet/pay.py", b"1")])
    assert (_code(error), error.value.diagnostic.path) == ("POET507", "pay.py")
    assert source.read_text() == "typed"
    assert traces(tmp_path) == []


def test_a_store_on_another_file_system_than_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where renames can't cross (a bind mount), the content is carried beside its target first, mode included."""
    source = tmp_path / "src/pay.py"
    source.parent.mkdir()
    source.write_text("old")
    source.chmod(0o755)
    real = os.replace

    def replace(old: Path, new: Path) -> None:
        if "journal" in Path(old).parts and "src" in Path(new).parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(old))
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    publish(tmp_path, [FileChange(source, b"new")])
    assert source.stat().st_mode & 0o777 == 0o755
    assert snapshot(tmp_path) == {"src": None, "src/pay.py": b"new"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of 64 kB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(mounted)]
    try:
        allowed = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("mounting is not allowed here")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def test_a_really_full_disk_changes_nothing(small_disk: Path) -> None:
    """POET502, the tree as before, and room for a smaller build afterwards."""
    (small_disk / "pay.py").write_text("old")
    before = snapshot(small_disk)
    files = [FileChange(small_disk / f"_poet/f{n}.py", b"x" * 9000) for n in range(12)]
    with pytest.raises(StoreError) as error:
        publish(small_disk, [*files, FileChange(small_disk / "pay.py", b"new")])
    assert _code(error) == "POET502"
    assert snapshot(small_disk) == before
    assert traces(small_disk) == []
    publish(small_disk, files[:2])
    assert (small_disk / "_poet/f1.py").stat().st_size == 9000


def test_of_many_files_each_is_synced_before_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files are synced at the same time; none is missing when the journal gets its name."""
    synced: set[int] = set()
    real_sync, real_rename = os.fsync, os.rename

    def sync(handle: int) -> None:
        real_sync(handle)
        synced.add(os.fstat(handle).st_ino)

    def rename(old: str | Path, new: str | Path) -> None:
        if Path(new).name == "journal":
            committed.update(each.stat().st_ino for each in Path(old).iterdir())
            assert committed <= synced
        real_rename(old, new)

    committed: set[int] = set()
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "rename", rename)
    changes = [FileChange(tmp_path / f"{number}.py", b"new\n" * number) for number in range(60)]
    assert len(publish(tmp_path, changes)) == 60
    assert len(committed) == 61


def test_one_of_many_files_that_cannot_be_synced_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever thread meets the full disk, nothing is committed."""
    real = os.fsync

    def sync(handle: int) -> None:
        if os.fstat(handle).st_size == 4 * 37:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(StoreError) as error:
        publish(tmp_path, [FileChange(tmp_path / f"{number}.py", b"new\n" * number) for number in range(60)])
    assert error.value.diagnostic.code == "POET502"
    assert snapshot(tmp_path) == {} and traces(tmp_path) == []


def test_two_processes_at_once_take_turns(tmp_path: Path) -> None:
    """Many publications from several processes: at the end everything is of one of them, and nobody failed."""
    script = (
        "import sys, pathlib\n"
        "from poetc.ir import FileChange\n"
        "from poetc.store.publish import publish\n"
        "root, who = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for turn in range(12):\n"
        "    paths = [root / folder / f'{n}.py' for folder in ('a/_poet', 'b') for n in range(4)]\n"
        "    publish(root, [FileChange(path, f'{who} {turn}'.encode()) for path in paths])\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), who], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for who in ("one", "two", "three")
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in running:
        process.communicate(b"\n", timeout=60)
    assert [process.returncode for process in running] == [0, 0, 0]
    contents = {content for content in snapshot(tmp_path).values() if content is not None}
    assert len(contents) == 1
    assert not recover(tmp_path)
    assert traces(tmp_path) == []
