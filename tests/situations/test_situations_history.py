"""Where the text of a version lies: in the linked file while it is in use, in the store once it isn't."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from generated import current, linked, linked_code

from poetc.ir import Ending
from tests.built_projects import PYPROJECT, VERSIONS, build, poet, python, said, write

SOURCE = '''\
from poetc import poet


@poet()
def fee(amount: int, status: int = 200) -> int:
    """A fee."""
    if status == 202:
        return 0
    return amount + 1


@poet()
def rate(n: int) -> int:
    return n * 2
'''
STORE = ".dana/poet/functions"


def project(root: Path, settings: str = "") -> Path:
    """A project that is built and committed."""
    write(root, {"pyproject.toml": PYPROJECT + settings, "app/__init__.py": "", "app/pay.py": SOURCE})
    build(root)
    git(root, "init", "-q")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> str:
    """What git prints."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def commit(root: Path) -> None:
    """Everything, as one commit."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "all")


def edit(root: Path, old: str = "== 202", new: str = "in (200, 202)") -> None:
    """Another text in the source."""
    path = root / "app/pay.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def texts(root: Path) -> list[str]:
    """The versions that the store holds the code of."""
    return sorted(path.parent.name for path in (root / STORE / "app.pay.fee").glob("*/enhanced.py"))


def test_what_is_in_use_lies_in_the_linked_file_alone(tmp_path: Path) -> None:
    """Unlinked, it is stored whole; linked again, it isn't any more; what is older stays in the store."""
    root = project(tmp_path)
    first = current(root, "app.pay.fee").read_code()
    assert texts(root) == [] and linked_code(root, "app.pay.fee") == first
    edit(root)
    assert build(root)["app.pay.fee"].version == 2
    assert texts(root) == ["v1"] and (root / STORE / "app.pay.fee/v1/enhanced.py").read_text("utf-8") == first
    second = current(root, "app.pay.fee").read_code()
    said(poet(root, "unlink"))
    assert texts(root) == ["v1", "v2"]
    assert (root / STORE / "app.pay.fee/v2/enhanced.py").read_text("utf-8") == second
    assert build(root)["app.pay.fee"].ending is Ending.FRESH
    assert texts(root) == ["v1"] and linked_code(root, "app.pay.fee") == second
    assert poet(root, "build", "--check").returncode == 0


def test_what_is_not_linked_is_stored_whole(tmp_path: Path) -> None:
    """With `--no-link`, and with `--out`, which links elsewhere."""
    write(tmp_path, {"app/__init__.py": "", "app/pay.py": SOURCE})
    said(poet(tmp_path, "build", "--no-link"))
    assert texts(tmp_path) == ["v1"]
    edit(tmp_path)
    said(poet(tmp_path, "build", "--out", str(tmp_path / "out")))
    assert texts(tmp_path) == ["v1", "v2"]
    said(poet(tmp_path, "build"))
    assert texts(tmp_path) == ["v1"]


def test_a_function_that_is_left_as_it_is_keeps_its_last_version(tmp_path: Path) -> None:
    """Its lines can't be built any more: what was linked is in the store, and comes back with the lines."""
    root = project(tmp_path)
    first = current(root, "app.pay.fee").read_code()
    edit(root, "@poet()\ndef fee", "@poet(fallback=3)\ndef fee")
    build(root, sound=False)
    assert (root / STORE / "app.pay.fee/v1/enhanced.py").read_text("utf-8") == first
    edit(root, "@poet(fallback=3)", "@poet()")
    assert build(root)["app.pay.fee"].version == 1
    assert texts(root) == [] and linked_code(root, "app.pay.fee") == first


def test_a_changed_comparison_is_a_small_diff(tmp_path: Path) -> None:
    """At most ten added lines outside of the history, the source's own among them."""
    root = project(tmp_path)
    edit(root)
    build(root)
    git(root, "add", "-A")
    rows = [row.split("\t") for row in git(root, "diff", "--cached", "--numstat").splitlines()]
    added = {path: int(count) for count, _, path in rows if "/v" not in path}
    assert set(added) == {"app/pay.py", "app/_poet/pay.py", f"{STORE}/app.pay.fee/current"}
    assert sum(added.values()) <= 10


@pytest.mark.parametrize("number", [0, 2])
def test_as_many_versions_are_kept_as_asked_for(tmp_path: Path, number: int) -> None:
    """Beside the one in use; their numbers go on."""
    root = project(tmp_path, f"history_versions = {number}\n")
    for at in range(4):
        edit(root, f"amount + {at + 1}", f"amount + {at + 2}")
        assert build(root)["app.pay.fee"].version == at + 2
    assert len(texts(root)) == number
    assert sorted(p.name for p in (root / STORE / "app.pay.fee").glob("v*")) == [f"v{n}" for n in range(5 - number, 6)]
    assert poet(root, "build", "--check").returncode == 0


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ('history = "none"', 'must be one of "commit", "local"'),
        ("history_versions = -1", "whole number from 0 to 1000"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, setting: str, wrong: str) -> None:
    """POET220, at the setting."""
    write(tmp_path, {"pyproject.toml": f"{PYPROJECT}{setting}\n", "app.py": SOURCE})
    done = poet(tmp_path, "build")
    assert done.returncode == 2 and wrong in done.stdout
    assert "pyproject.toml:6:1" in done.stdout and "     | ^" in done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a project whose history is local, after its second build."""
    root = project(tmp_path / "origin", 'history = "local"\n')
    edit(root)
    build(root)
    commit(root)
    assert (root / STORE).is_dir() and not git(root, "ls-files", STORE)
    git(tmp_path, "clone", "-q", str(root), "clone")
    return tmp_path / "clone"


def test_a_clone_without_the_history_is_fresh(clone: Path) -> None:
    """Every command that reads works there, and a build writes no history of what it didn't build."""
    assert not (clone / STORE).exists()
    assert poet(clone, "build", "--check").returncode == 0
    before = git(clone, "status", "--porcelain")
    assert "2 functions fresh" in said(poet(clone, "build"))
    assert git(clone, "status", "--porcelain") == before
    assert "2 functions, all fresh" in said(poet(clone, "status"))
    (row,) = json.loads(said(poet(clone, "status", "fee", "--json")))["functions"]
    assert (row["version"], row["fresh"], row["operate"]) == (2, True, "relocated")
    assert "app.pay.fee  v2, relocated" in said(poet(clone, "explain", "fee"))
    assert said(poet(clone, "diff", "fee")) == ""
    assert "has no version v1" in poet(clone, "diff", "fee", "v1", "v2").stderr
    assert poet(clone, "verify").returncode == 0
    said(poet(clone, "clean"))
    said(poet(clone, "unlink"))
    assert "from poetc import poet" in (clone / "app/pay.py").read_text("utf-8")


def test_numbers_go_on_in_a_clone_without_the_history(clone: Path) -> None:
    """The linked file names the last one; what is changed is built as its successor."""
    edit(clone, "amount + 1", "amount + 5")
    outcomes = build(clone)
    assert {name: o.version for name, o in outcomes.items()} == {"app.pay.fee": 3, "app.pay.rate": 1}
    assert poet(clone, "build", "--check").returncode == 0


def test_linked_code_of_a_clone_is_believed_no_more_than_stored_code(clone: Path) -> None:
    """What a build wouldn't give is stale, and built anew."""
    path = clone / "app/_poet/pay.py"
    honest = path.read_text("utf-8")
    path.write_text(honest.replace("amount + 1", "amount + 7"), "utf-8")
    assert poet(clone, "build", "--check").returncode == 1
    build(clone)
    assert "amount + 7" not in path.read_text("utf-8")


def test_text_that_looks_like_a_boundary_is_none(tmp_path: Path) -> None:
    """A string of the user's that reads like rows of a linked file."""
    fake = 'poet.built("fee", bind, version=9, lines=1,\n           sha256="0")\n\n\n# app.m.f\ndef bind(original):\n'
    source = (
        f'from poetc import poet\n\n\n@poet()\ndef f(n: int) -> str:\n    text = """\n{fake}"""\n    return text * n\n'
    )
    write(tmp_path, {"app/__init__.py": "", "app/m.py": source})
    build(tmp_path)
    assert poet(tmp_path, "build", "--check").returncode == 0
    assert current(tmp_path, "app.m.f").read_code() == linked_code(tmp_path, "app.m.f")
    ask = f"import app.m; print(app.m.f(2) == 2 * {chr(10) + fake!r}, hasattr(app.m.f, '__wrapped__'))"
    for version in VERSIONS:
        assert said(python(version, "-c", ask, cwd=tmp_path, src=".")) == "True True\n"


OLD_TABLE = '''\
# ruff: noqa
"""The link table of app.pay, written by `poet build`: name -> (version, lines, their sha256)."""

from app._poet._runtime import Link

poet = Link(__name__, {{}})


IMPORTS = (
    ('from poetc import poet', 'from app._poet.pay import poet'),
)
'''
OLD_VERSION = '''\
# ruff: noqa
"""app.pay.fee: perceive, operate, enforce. Generated from app/pay.py by `poet build`; edit that file, not this one."""
'''
OLD_RUNTIME = '"""What the linked functions call: poetc\'s runtime, copied by `poet build`; standard library only."""\n'


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A project as poetc 0.1 had built it."""
    root = tmp_path
    write(root, {"app/__init__.py": "", "app/pay.py": SOURCE, "app/other.py": SOURCE})
    build(root)
    shutil.rmtree(root / "app/_poet")
    write(
        root,
        {
            "app/_poet/__init__.py": '"""Functions of app, enhanced; written by `poet build`."""\n',
            "app/_poet/_runtime.py": OLD_RUNTIME,
            "app/_poet/pay/__init__.py": OLD_TABLE.format(),
            "app/_poet/pay/fee_v1.py": OLD_VERSION,
            "app/_poet/other/__init__.py": OLD_TABLE.format().replace("pay", "other"),
            "app/_poet/other/rate_v1.py": OLD_VERSION,
        },
    )
    for path in (root / STORE).glob("*/v1/metadata.json"):
        metadata = json.loads(path.read_text("utf-8"))
        metadata |= {"schema_version": 1, "output_hash": "0" * 64}
        del metadata["files"]
        path.write_text(json.dumps(metadata, indent=2) + "\n", "utf-8")
        (path.parent / "enhanced.py").write_text(OLD_VERSION, "utf-8")
    shutil.rmtree(root / ".dana/poet/cache")
    return root


def test_what_version_0_1_wrote_is_built_anew(old: Path) -> None:
    """By the next build, be it of one file, with one line that says why; nothing old stays."""
    assert poet(old, "build", "--check").returncode == 1
    done = said(poet(old, "build", "app/pay.py"))
    assert done.count("poetc 0.1") == 1 and "4 built" in done
    left = {path.relative_to(old / "app/_poet").as_posix() for path in (old / "app/_poet").rglob("*.py")}
    assert {path for path in left if not path.startswith("_runtime/")} == {"__init__.py", "pay.py", "other.py"}
    assert not list((old / STORE).glob("*/*/enhanced.py"))
    assert poet(old, "build", "--check").returncode == 0
    assert "poetc 0.1" not in said(poet(old, "build"))
    ask = "from app import pay, other; print(pay.fee(3), hasattr(pay.fee, '__wrapped__'), other.rate(2))"
    assert said(python("3.11", "-c", ask, cwd=old, src=".")) == "4 True 4\n"


def test_links_of_version_0_1_are_undone(old: Path) -> None:
    """`poet unlink` restores the sources, and removes what is theirs."""
    said(poet(old, "unlink"))
    assert (old / "app/pay.py").read_text("utf-8") == SOURCE
    assert not (old / "app/_poet").exists()


def test_a_lost_linked_file_is_built_anew(tmp_path: Path) -> None:
    """It held the only text of what is in use: it is the same again, under the same number."""
    root = project(tmp_path)
    path = linked(root, "app.pay.fee")
    before = path.read_bytes()
    path.unlink()
    assert poet(root, "build", "--check").returncode == 1
    assert {o.version for o in build(root).values()} == {1}
    assert path.read_bytes() == before
