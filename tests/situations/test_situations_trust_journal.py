"""A journal of an interrupted build that came with the project, and a crash of one's own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from built_projects import poet, write

from poetc.errors import StoreError
from poetc.ir import FileChange
from poetc.seal import FILE, seal, unseal
from poetc.store.publish import interrupted, publish, recover
from poetc.store.trust import only_relinked

SOURCE = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
FILES = {"app/__init__.py": "", "app/m.py": SOURCE}
EVIL = b"evil\n"

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def step(path: str, before: str | None = None, after: str | None = sha(EVIL), blob: str = "0") -> dict[str, Any]:
    return {"path": path, "before": before, "after": after, "blob": blob}


def body(*steps: dict[str, Any]) -> bytes:
    return json.dumps({"schema": 1, "steps": steps}).encode()


def journal(root: Path, plan: bytes) -> Path:
    """A project with a journal in it that holds one content."""
    write(root, FILES)
    folder = root / ".dana/poet/journal"
    folder.mkdir(parents=True)
    (folder / "0").write_bytes(EVIL)
    (folder / "plan.json").write_bytes(plan)
    return folder


def files(root: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and ".dana" not in path.parts:
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


TARGETS = [
    step(".git/hooks/pre-commit"),
    step(".git/config", sha(b"[core]\n")),
    step("pyproject.toml", None),
    step("app/m.py", sha(SOURCE.encode())),
    step("app/m.py", sha(SOURCE.encode()), None),
    step(".github/workflows/x.yml"),
    step("app/new.py"),
    step("../out/x"),
    step("app/../../out/x"),
    step("a\0b"),
    step(""),
    step("."),
    step("app"),
    step("app/y", blob="../../../../out/keep"),
    step("app/y", blob="9" * 300),
    step("app/y", blob="\u0660"),
    step("app/y", after="z" * 64),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t['path']!a}-{t['blob'][:5]!a}")
@pytest.mark.parametrize("plan", ["as it was", "bare"])
def test_a_journal_of_a_stranger_does_nothing(tmp_path: Path, target: dict[str, Any], plan: str) -> None:
    """Whatever it aims at, with and without a seal of another user's: refused, named, removed."""
    root = tmp_path / "project"
    plans = {"as it was": b'["%s",\n%s]\n' % (b"0" * 64, body(target)), "bare": body(target)}
    folder = journal(root, plans[plan])
    (root / ".git/hooks").mkdir(parents=True)
    (root / ".git/config").write_text("[core]\n")
    before = files(tmp_path)
    assert [said.code for said in recover(root).diagnostics] == ["POET508"]
    assert files(tmp_path) == before
    assert not folder.exists() and not recover(root)


SEALED = [t for t in TARGETS if t["path"] not in ("", ".") and t["after"] != "z" * 64]


@pytest.mark.parametrize("target", SEALED, ids=lambda t: f"{t['path']!a}-{t['blob'][:5]!a}")
def test_even_under_our_seal_only_what_a_build_does_is_done(tmp_path: Path, target: dict[str, Any]) -> None:
    """A defect of a build would not turn into a hook of git's, or a source with another body."""
    root = tmp_path / "project"
    journal(root, seal("journal", body(target)))
    (root / ".git/hooks").mkdir(parents=True)
    (root / ".git/config").write_text("[core]\n")
    before = files(tmp_path)
    recover(root)
    assert files(tmp_path) == before
    assert not interrupted(root)


@pytest.mark.parametrize("path", ["app/_poet/m/__init__.py", ".dana/poet/functions/app.m.f/v1/enhanced.py"])
def test_a_journal_of_ones_own_is_completed(tmp_path: Path, path: str) -> None:
    """What this user's build had begun is finished."""
    root = tmp_path / "project"
    journal(root, seal("journal", body(step(path))))
    assert [said.code for said in recover(root).diagnostics] == ["POET505"]
    assert (root / path).read_bytes() == EVIL


@posix_only
def test_a_journal_that_git_brings_is_refused_whoever_sealed_it(tmp_path: Path) -> None:
    """Force-added by this very user, it doesn't come to life again with a checkout; git itself is never run."""
    root = tmp_path / "project"
    journal(root, seal("journal", body(step("app/_poet/m/__init__.py"))))
    for command in (["init", "-q"], ["add", "-f", "."]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    monitor = tmp_path / "ran"
    with (root / ".git/config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {monitor}; false"\n')
    said = recover(root).diagnostics[0]
    assert said.code == "POET508" and "git tracks it" in said.message
    assert not (root / "app/_poet").exists() and not monitor.exists()


@posix_only
@pytest.mark.parametrize("what", ["a pipe", "a link", "a folder", "folders beside it", "content is a link", "huge"])
def test_odd_files_in_a_journal_neither_hang_nor_stay(tmp_path: Path, what: str) -> None:
    """Pipes, links, folders: the journal goes, what links lead to stays, and the next command is free."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("keep")
    folder = journal(root, seal("journal", body(step("app/_poet/y.py"))))
    plan = folder / "plan.json"
    if what == "folders beside it":
        (folder / "d/e").mkdir(parents=True)
        (folder / "d/link").symlink_to(outside)
    elif what == "content is a link":
        (folder / "0").unlink()
        (folder / "0").symlink_to(outside / "keep")
        plan.write_bytes(seal("journal", body(step("app/_poet/y.py", after=sha(b"link:" + bytes(outside / "keep"))))))
    else:
        plan.unlink()
        if what == "a pipe":
            os.mkfifo(plan)
        elif what == "a link":
            plan.symlink_to("/etc/passwd")
        elif what == "a folder":
            plan.mkdir()
        else:
            with plan.open("wb") as file:
                file.truncate(1 << 33)
    assert recover(root)
    assert not interrupted(root) and not recover(root)
    assert not (root / "app/_poet/y.py").is_symlink()
    assert (outside / "keep").read_text() == "keep"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_journal_of_another_user_is_refused(tmp_path: Path) -> None:
    """Its owner counts, whatever it says."""
    root = tmp_path / "project"
    folder = journal(root, seal("journal", body(step("app/_poet/m/__init__.py"))))
    os.chown(folder, 65534, 65534)
    assert "another user" in recover(root).diagnostics[0].message
    assert not (root / "app/_poet").exists()


def test_a_build_goes_on_after_a_journal_that_was_refused(tmp_path: Path) -> None:
    """`--check` says so and writes nothing; `poet build` removes the journal, says so, and builds."""
    journal(tmp_path, body(step("app/evil.py")))
    checked = poet(tmp_path, "build", "--check")
    assert checked.returncode == 2 and "POET508" in checked.stdout
    assert interrupted(tmp_path)
    assert "POET508" in poet(tmp_path, "doctor").stdout or "isn't believed" in poet(tmp_path, "doctor").stdout
    built = poet(tmp_path, "build")
    assert built.returncode == 0 and "POET508" in built.stdout and "built app.m.f" in built.stdout
    assert not (tmp_path / "app/evil.py").exists()
    assert poet(tmp_path, "build", "--check").returncode == 0


def test_a_journal_survives_a_copy_of_the_project_but_not_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal is the user's: with another secret the same journal is a stranger's."""
    journal(tmp_path / "one", seal("journal", body(step("app/_poet/m/__init__.py"))))
    (tmp_path / "state").mkdir(mode=0o700)
    monkeypatch.setenv("POET_STATE_DIR", str(tmp_path / "state"))
    assert [said.code for said in recover(tmp_path / "one").diagnostics] == ["POET508"]


@posix_only
@pytest.mark.parametrize("flaw", ["readable by others", "a link", "short", "folder open to others"])
def test_a_secret_that_others_may_know_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flaw: str) -> None:
    """It is made anew, or none is kept and the seal holds for this process alone; nothing fails."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / FILE).write_bytes(b"k" * 32)
    (state / FILE).chmod(0o600)
    monkeypatch.setenv("POET_STATE_DIR", str(state))
    if flaw == "readable by others":
        (state / FILE).chmod(0o644)
    elif flaw == "a link":
        (state / FILE).rename(tmp_path / "known")
        (state / FILE).symlink_to(tmp_path / "known")
    elif flaw == "short":
        (state / FILE).write_bytes(b"k")
    else:
        state.chmod(0o777)
    sealed = seal("x", b"1")
    assert unseal("x", sealed) == b"1" and unseal("y", sealed) is None
    if flaw != "folder open to others":
        assert (state / FILE).read_bytes() != b"k" * 32 and (state / FILE).stat().st_mode & 0o777 == 0o600


def test_no_secret_can_be_kept_and_a_build_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the folder should be: changes are published, and a crash would be refused by the next process."""
    (tmp_path / "state").write_text("in the way")
    monkeypatch.setenv("POET_STATE_DIR", str(tmp_path / "state"))
    root = write(tmp_path / "project", FILES)
    assert publish(root, [FileChange(root / "app/_poet/x.py", b"1")]) == ("app/_poet/x.py",)


RELINKED = {
    "the marker": ("from poetc import poet\nX = 1\n", "from app._poet.m import poet\nX = 1\n", True),
    "back": ("from app._poet.m import poet\n", "from poetc import poet\n", True),
    "one of two": ("from poetc import poet, x\n", "from app._poet.m import poet; from poetc import x\n", True),
    "a module": ("import poetc\n", "import app._poet.m as poetc\n", True),
    "in a try": ("if X:\n  from poetc import poet\n", "if X:\n  from a._poet.m import poet\n", True),
    "another body": ("from poetc import poet\nX = 1\n", "from app._poet.m import poet\nX = 2\n", False),
    "an import more": ("from poetc import poet\n", "from app._poet.m import poet\nimport os\n", False),
    "another name": ("from poetc import poet\nimport a\n", "from app._poet.m import poet\nimport b as c\n", False),
    "no link": ("from poetc import poet\n", "from evil import poet\n", False),
    "a decorator": ("from poetc import p\n@p()\ndef f(): 1\n", "from a._poet.m import p\n@x()\ndef f(): 1\n", False),
    "not Python": ("from poetc import poet\n", "from", False),
}  # fmt: skip


@pytest.mark.parametrize("case", RELINKED)
def test_a_source_changes_by_its_import_alone(case: str) -> None:
    """Both contents are parsed: names stay bound as they were, one import is a link's, and nothing else differs."""
    before, after, fine = RELINKED[case]
    assert only_relinked(before.encode(), after.encode()) is fine


def test_a_publication_still_refuses_paths_outside(tmp_path: Path) -> None:
    """What our own code asks for is held to the project as before."""
    with pytest.raises(StoreError):
        publish(tmp_path, [FileChange(tmp_path / "../x.py", b"1")])
