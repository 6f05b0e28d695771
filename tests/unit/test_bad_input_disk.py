"""Files that can't be read or written, and disks without space: said with their place, the rest built, nothing half."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from poet_runs import GOOD, IMPORT, build, good_is_built, linked_modules, make, poet, run_python, stored, tree

BAD = IMPORT + "@poet()\ndef f(x: int) -> int:\n    return x\n"
ROOT = os.name == "posix" and os.geteuid() == 0


def without_privileges() -> tuple[str, ...]:
    """What makes root obey the permissions of files; nothing for everybody else, who does anyway."""
    if not ROOT:
        return ()
    command = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("NOT TESTED: root reads everything here, and setpriv, which could change that, is missing")
    return command


@contextmanager
def mounted(*arguments: str, at: Path) -> Iterator[None]:
    """A file system at a folder, for as long as the block runs; skips where that isn't allowed."""
    if not ROOT or subprocess.run(["mount", *arguments, str(at)], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: mounting a file system isn't allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """A file or folder with these permissions, until the block ends."""
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


def test_files_and_folders_that_cannot_be_read(tmp_path: Path) -> None:
    """POET102 names them, the others are built, exit code 2; what was built of them before is kept."""
    prefix = without_privileges()
    packages = {"sub/__init__.py": "", "app/deep/__init__.py": ""}
    root = make(tmp_path, {"app/secret.py": BAD, **packages, "sub/m.py": BAD, "app/deep/m.py": BAD})
    assert build(root).code == 0
    before = tree(root)
    (root / "app" / "good.py").write_text((root / "app" / "good.py").read_text() + "\n")
    changed = tree(root)
    with mode(root / "app" / "secret.py", 0), mode(root / "sub", 0), mode(root / "app" / "deep", 0):
        for arguments in ((), ("--check",)):
            ran = build(root, *arguments, prefix=prefix)
            assert ran.code == 2
            assert {(one["path"], one["code"]) for one in ran.said} == {
                ("app/secret.py", "POET102"),
                ("sub", "POET102"),
                ("app/deep", "POET102"),
            }
            assert all(one["hint"] for one in ran.said)
            assert ran.endings == {"app.good.slug": "fresh"}
        text = poet(root, "build", prefix=prefix).out
        assert "app/secret.py error POET102 " in text
    assert tree(root) == changed
    (root / "app" / "good.py").write_text(GOOD.replace("from poetc", "from app._poet.good"))
    assert tree(root) == before
    assert build(root, "--check").code == 0


def test_a_file_that_was_never_readable_is_left_alone(tmp_path: Path) -> None:
    """On the first build too, the good function is built and nothing is written for the other."""
    prefix = without_privileges()
    root = make(tmp_path, {"app/secret.py": BAD})
    with mode(root / "app" / "secret.py", 0):
        ran = build(root, prefix=prefix)
    assert (ran.code, [one["code"] for one in ran.said]) == (2, ["POET102"])
    assert good_is_built(root)
    assert (stored(root), linked_modules(root)) == ({"app.good.slug"}, {"good"})
    assert (root / "app" / "secret.py").read_text() == BAD


def test_read_only_source_files(tmp_path: Path) -> None:
    """A file marked read-only, or in a read-only folder, stays as it is, even for root; the others are built."""
    root = make(tmp_path, {"app/locked.py": BAD, "sub/__init__.py": "", "sub/m.py": BAD})
    before = tree(root)
    with mode(root / "app" / "locked.py", 0o444), mode(root / "sub", 0o555):
        ran = build(root)
        assert ran.code == 2
        assert ran.endings == {"app.good.slug": "built", "app.locked.f": "failed", "sub.m.f": "failed"}
        assert {(one["path"], one["line"], one["column"], one["code"], one["unit"]) for one in ran.said} == {
            ("app/locked.py", 4, 1, "POET501", "app.locked.f"),
            ("sub/m.py", 4, 1, "POET501", "sub.m.f"),
        }
        assert all(one["hint"] for one in ran.said)
        text = poet(root, "build").out
        assert "app/locked.py:4:1 error POET501 cannot write app/locked.py: it is read-only" in text
    assert good_is_built(root)
    assert stored(root) == {"app.good.slug"}
    assert (linked_modules(root), linked_modules(root, "sub")) == ({"good"}, set())
    after = tree(root)
    assert {name for name in before if after.get(name) != before[name]} == {"app/good.py"}
    ran = build(root)
    assert (ran.code, set(ran.endings.values())) == (0, {"built", "fresh"})


def test_a_copy_of_read_only_source_files(tmp_path: Path) -> None:
    """`--out` leaves them as they are, and links their copies, which are read-only as well."""
    root = make(tmp_path, {"app/locked.py": BAD})
    (root / "app" / "locked.py").chmod(0o444)
    ran = build(root, "--out", "copy", prefix=without_privileges())
    assert (ran.code, set(ran.endings.values())) == (0, {"built"})
    assert (root / "app" / "locked.py").read_text() == BAD
    copied = root / "copy" / "app" / "locked.py"
    assert copied.read_text() == BAD.replace("from poetc", "from app._poet.locked")
    assert copied.stat().st_mode & 0o777 == 0o444


def test_an_immutable_source_file(tmp_path: Path) -> None:
    """What the file system keeps from being changed is said the same way."""
    root = make(tmp_path, {"app/locked.py": BAD})
    locked = str(root / "app" / "locked.py")
    if not ROOT or subprocess.run(["chattr", "+i", locked], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: chattr +i isn't allowed here")
    try:
        ran = build(root)
    finally:
        subprocess.run(["chattr", "-i", locked], check=True)
    assert (ran.code, ran.endings) == (2, {"app.good.slug": "built", "app.locked.f": "failed"})
    assert stored(root) == {"app.good.slug"}
    assert good_is_built(root)


def test_a_read_only_file_system(tmp_path: Path) -> None:
    """Nothing can be built there, which is said once; what is fresh needs no writing and is exit code 0."""
    root = make(tmp_path / "project", {})
    before = tree(root)
    with mounted("--bind", str(root), at=root):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(root)], check=True)
        ran = build(root)
        assert (ran.code, [one["code"] for one in ran.said]) == (2, ["POET501"])
        assert ran.said[0]["hint"]
        assert tree(root) == before
        subprocess.run(["mount", "-o", "remount,rw,bind", str(root)], check=True)
        assert build(root).code == 0
        subprocess.run(["mount", "-o", "remount,ro,bind", str(root)], check=True)
        for arguments in ((), ("--check",)):
            ran = build(root, *arguments)
            assert (ran.code, ran.said, ran.endings) == (0, [], {"app.good.slug": "fresh"})


def fill(folder: Path, but: int) -> None:
    """Leave `but` bytes free in a file system, roughly."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    left = (folder / "filler").stat().st_size
    with (folder / "filler").open("r+b") as filler:
        filler.truncate(max(left - but, 0))


def test_a_full_disk(tmp_path: Path) -> None:
    """Wherever the space runs out, the project is as before, and says POET502; with space, the same build succeeds."""
    root = tmp_path / "project"
    root.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=2m", "none", at=root):
        make(root, {"app/more.py": BAD})
        assert build(root).code == 0
        for path in (root / "app" / "good.py", root / "app" / "more.py"):
            path.write_text(path.read_text().replace("return ", "return 1 and "))
        before = tree(root)
        endings = []
        for free in (0, 4096, 16_384, 40_960, 65_536, 262_144):
            fill(root, free)
            ran = build(root)
            (root / "filler").unlink()
            endings.append(ran.code)
            if ran.code == 0:
                break
            assert (ran.code, {one["code"] for one in ran.said}) == (2, {"POET502"}), free
            assert all(one["hint"] for one in ran.said)
            assert tree(root) == before, free
            assert run_python(root, "import warnings; warnings.simplefilter('ignore'); import app.good, app.more") == ""
        assert endings[0] == 2, "the disk was never full"
        ran = build(root)
        assert (ran.code, build(root, "--check").code) == (0, 0)
        assert good_is_built(root) is False, "the good function's source is another now"
        assert stored(root) == {"app.good.slug", "app.more.f"}
