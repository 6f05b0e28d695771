"""Promises 4 and 7: the user's file stays the truth, and the same input gives the same bytes."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from built_projects import PYPROJECT, ROOT, build, poet, python, run, said, unlink, write

BODY = """

LIMIT = 3


@{use}(retries=2)
def first(x: int) -> int:
    '''Says: "ünïcode", \\t and a tab:\t.'''
    return x + LIMIT   # trailing blanks{blanks}


class Box:
    @{use}()
    def second(self, x: int) -> str:
        return f'''{{x}}
'''
"""
IMPORTS = {
    "plain": ("from poetc import poet\n", "poet"),
    "among others": ("import os\nfrom poetc import poet\nimport sys\n", "poet"),
    "renamed": ("import os, sys\nfrom poetc import poet as p # why\n", "p"),
    "bare module": ("import poetc\n", "poetc.poet"),
    "module among modules": ("import os, poetc, sys # all of them\n", "poetc.poet"),
    "in brackets": ("from poetc import (\n    poet,  # the marker\n)\n", "poet"),
    "fallback": ("try:\n    from poetc import poet\nexcept ImportError:\n    poet = lambda **k: lambda f: f\n", "poet"),
    "behind a semicolon": ("import os; from poetc import poet; import sys\n", "poet"),
    "continued": ("from poetc \\\n    import poet\n", "poet"),
    "with the version": ("from poetc import poet, __version__\n", "poet"),
    "twice": ("from poetc import poet\nfrom poetc import poet as again\n", "poet"),
    "older name": ("from opendxa.dana.poet import poet\n", "poet"),
}
FORMS = {
    "lf": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "mixed": lambda text: text.replace("\n", "\r\n", 5).encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "bom and crlf": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "no last newline": lambda text: text.rstrip("\n").encode(),
    "latin-1": lambda text: b"# coding: latin-1\n" + text.encode("latin-1"),
    "form feeds": lambda text: text.replace("\n\nclass", "\n\f\nclass").encode(),
}


def all_files(root: Path) -> dict[str, bytes]:
    """Every file of a project but caches."""
    paths = (p for p in sorted(root.rglob("*")) if p.is_file() and not {"__pycache__", "cache"} & set(p.parts))
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in paths}


def project(root: Path, imports: str, form: str) -> Path:
    """A project of one module."""
    text, use = IMPORTS[imports]
    return write(root, {"app/__init__.py": "", "app/drift.py": FORMS[form](text + BODY.format(blanks="   ", use=use))})


CASES = [*((imports, "lf") for imports in IMPORTS), *(("among others", form) for form in FORMS)]
CASES += [("in brackets", "crlf"), ("behind a semicolon", "bom and crlf"), ("continued", "crlf")]


@pytest.mark.parametrize(("imports", "form"), CASES)
def test_only_the_import_changes_and_comes_back(imports: str, form: str, tmp_path: Path) -> None:
    """Linking edits import lines and no other byte; unlinking restores the file; building again links it as before."""
    root = project(tmp_path, imports, form)
    path = root / "app" / "drift.py"
    before = path.read_bytes()
    assert {o.ending.value for o in build(root).values()} == {"built"}
    linked = path.read_bytes()
    assert linked != before
    split = re.compile(rb"\r\n|\n|\r")
    old, new = split.split(before), split.split(linked)
    assert len(old) == len(new), "a line was added or lost"
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert 1 <= len(changed) <= 3
    assert all(b"poet" in a and b"_poet" in b for a, b in changed if b"import" in a), changed
    assert split.findall(before) == split.findall(linked)
    whole = all_files(root)
    assert {o.ending.value for o in build(root).values()} == {"fresh"}
    assert all_files(root) == whole
    unlink(root)
    assert path.read_bytes() == before
    assert not [name for name in all_files(root) if "_poet" in name]
    assert {o.ending.value for o in build(root).values()} == {"fresh"}
    assert all_files(root) == whole


def test_unlinked_project_is_as_it_was(tmp_path: Path) -> None:
    """After `poet unlink` nothing but the store is there beside the sources, and they are what they were."""
    root = project(tmp_path, "among others", "crlf")
    before = all_files(root)
    build(root)
    done = poet(root, "unlink")
    assert done.returncode == 0, done.stdout + done.stderr
    left = {name: data for name, data in all_files(root).items() if not name.startswith(".dana/")}
    assert left == before


def test_edits_after_the_build_survive_unlink(tmp_path: Path) -> None:
    """What the user wrote since the build stays; only the import goes back."""
    root = project(tmp_path, "renamed", "lf")
    path = root / "app" / "drift.py"
    before = path.read_bytes()
    build(root)
    path.write_bytes(b"# first\n" + path.read_bytes().replace(b"LIMIT = 3", b"LIMIT = 4") + b"# last\n")
    unlink(root)
    assert path.read_bytes() == b"# first\n" + before.replace(b"LIMIT = 3", b"LIMIT = 4") + b"# last\n"


def stamps(root: Path) -> dict[str, tuple[int, int]]:
    """Time of change and inode of every file and folder of a project but the index of what is fresh."""
    paths = [p for p in root.rglob("*") if "cache" not in p.parts]
    return {str(p.relative_to(root)): (p.stat().st_mtime_ns, p.stat().st_ino) for p in paths if p.is_file()}


def test_second_build_writes_nothing(tmp_path: Path) -> None:
    """A build of what is fresh leaves every file alone, also when no index remembers that it is fresh."""
    root = project(tmp_path, "among others", "lf")
    build(root)
    before = stamps(root)
    build(root)
    assert stamps(root) == before
    shutil.rmtree(root / ".dana" / "poet" / "cache")
    build(root)
    assert poet(root, "build", "--check").returncode == 0
    assert stamps(root) == before


def test_mode_of_the_users_file_is_kept(tmp_path: Path) -> None:
    """A script that could be run can be run."""
    root = write(
        tmp_path,
        {"tool.py": "#!/usr/bin/env python3\nfrom poetc import poet\n\n\n@poet()\ndef f(x: int):\n    return x\n"},
    )
    (root / "tool.py").chmod(0o750)
    build(root)
    assert (root / "tool.py").stat().st_mode & 0o777 == 0o750
    unlink(root)
    assert (root / "tool.py").stat().st_mode & 0o777 == 0o750


def outputs(root: Path) -> dict[str, bytes]:
    """What a build has written, and the sources as it left them."""
    return {name: data for name, data in all_files(root).items() if name != ".dana/poet/.gitignore"}


def test_same_input_same_bytes(tmp_path: Path) -> None:
    """Two folders, two processes, other hash seeds, another time zone and locale: not a byte differs."""
    seen = []
    for name, seed, zone in (("one", "1", "UTC"), ("another/much/deeper", "77", "Asia/Tokyo")):
        root = tmp_path / name
        shutil.copytree(ROOT / "tests" / "projects" / "traps", root)
        env = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "USER": name[:3]}
        jobs = "1" if seed == "1" else "8"
        done = run([sys.executable, "-P", "-m", "poetc", "build", "--jobs", jobs], cwd=root, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        seen.append(outputs(root))
    assert seen[0] == seen[1]
    assert len(seen[0]) > 300


def test_outputs_name_no_place_and_no_time(tmp_path: Path) -> None:
    """Nothing that is committed knows where, when and by whom it was built."""
    root = project(tmp_path / "a_telling_name", "among others", "lf")
    build(root)
    for name, data in outputs(root).items():
        for telling in (b"a_telling_name", os.fsencode(tmp_path), os.fsencode(Path.home()), sys.executable.encode()):
            assert telling not in data, (name, telling)
        assert not re.search(rb"20\d\d-[01]\d-[0-3]\d|[0-2]\d:[0-5]\d:[0-5]\d", data), name
        assert b"\r" not in data, name


def test_order_of_builds_does_not_matter(tmp_path: Path) -> None:
    """Files built one by one, in any order, give what one build of all gives."""
    names = ("a", "b", "c")
    files = {f"app/{n}.py": IMPORTS["plain"][0] + BODY.format(blanks="   ", use="poet") for n in names} | {
        "app/__init__.py": ""
    }
    whole = write(tmp_path / "whole", files)
    build(whole)
    single = write(tmp_path / "single", files)
    for name in reversed(names):
        assert poet(single, "build", f"app/{name}.py").returncode == 0
    assert outputs(single) == outputs(whole)


def test_build_elsewhere_leaves_the_source_alone(tmp_path: Path) -> None:
    """`--out` links a copy: the source keeps every byte, the copy is enhanced."""
    root = project(tmp_path / "source", "plain", "crlf")
    before = all_files(root)
    done = poet(root, "build", "--out", "../copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {n: d for n, d in all_files(root).items() if not n.startswith(".dana/")} == before
    code = "import app.drift as d; print(d.first(4), d.first.__wrapped__(4))"
    assert said(python("3.11", "-W", "error", "-c", code, cwd=tmp_path, src=tmp_path / "copy")) == "7 7\n"


def test_older_decorators_migrate(tmp_path: Path) -> None:
    """A project that used run-time POET builds as it is, under the decorators' old names and under names of its own."""
    text = IMPORTS["older name"][0] + BODY.format(blanks="   ", use="poet")
    own = "from company.marks import enhance\n" + BODY.format(blanks="   ", use="enhance")
    pyproject = PYPROJECT + 'decorators = ["company.marks.enhance", "opendxa.dana.poet.poet"]\n'
    root = write(tmp_path, {"pyproject.toml": pyproject, "app/__init__.py": "", "app/old.py": text, "app/own.py": own})
    build(root)
    code = "import app.old as a, app.own as b; print(*(f(4) for m in (a, b) for f in (m.first, m.first.__wrapped__)))"
    assert said(python("3.11", "-W", "error", "-c", code, cwd=root, src=root)) == "7 7 7 7\n"
