"""libcst writes imports, and nothing else pays for it: what is imported when, and what comes back byte for byte."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import built_projects
import pytest

BODY = '\n\n@poet()\ndef double(count: int) -> int:\n    """Twice as many."""\n    return count * 2\n'
SPELLINGS = {
    "plain": f"from poetc import poet\n{BODY}",
    "crlf, no final newline": f"from poetc import (poet,  # why\n    __version__)\n{BODY}".rstrip().replace(
        "\n", "\r\n"
    ),
    "mixed newlines, tabs, continuations": f"import os;\tfrom poetc import \\\r\n\tpoet; x = 1\r\n{BODY}",
    "byte-order mark": f"\ufefffrom poetc import __version__, poet # c\n{BODY}",
    "cookie": f"# coding: latin-1\nname = 'é'; from poetc import poet, __version__\n{BODY}",
    "form feeds": f"\fimport os\n\f\nfrom poetc import\f poet\n\f{BODY}",
    "form feeds in brackets": f"from poetc import (\f\n\f  poet,\f __version__)\n{BODY}",
    "deep": f"from poetc import poet\ntotal = 0{' + 1' * 700}\n{BODY}",
}


def encoded(text: str) -> bytes:
    """A source file's bytes, in the encoding that it declares."""
    return text.encode("latin-1" if "latin-1" in text else "utf-8")


def importing(root: Path, *arguments: str) -> set[str]:
    """The top-level packages that a command imports."""
    command = [sys.executable, "-P", "-X", "importtime", "-m", "poetc", *arguments]
    done = built_projects.run(command, cwd=root, env={"PYTHONPATH": str(built_projects.ROOT)}, measured=False)
    assert done.returncode == 0, done.stdout + done.stderr
    times = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in times}


def test_only_a_rewritten_import_needs_libcst(tmp_path: Path) -> None:
    """Building, checking and unlinking what stands as it should never imports it, with caches or without."""
    root = built_projects.write(tmp_path, {"app/__init__.py": "", "app/pay.py": SPELLINGS["plain"]})
    assert "libcst" in importing(root, "build")
    assert b"from app._poet.pay import poet\n" in (root / "app/pay.py").read_bytes()
    assert "libcst" not in importing(root, "build")
    (root / "app/other.py").write_text("x = 1\n")
    assert "libcst" not in importing(root, "build")
    built_projects.poet(root, "clean")
    assert "libcst" not in importing(root, "build", "--check")
    assert "libcst" not in importing(root, "unlink")
    assert (root / "app/pay.py").read_text("utf-8") == SPELLINGS["plain"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_project_is_built_twice_and_unlinked(tmp_path: Path, spelling: str) -> None:
    """The second build changes nothing, the function works, and every byte of the file comes back."""
    data = encoded(SPELLINGS[spelling])
    root = built_projects.write(tmp_path, {"app/__init__.py": "", "app/pay.py": data})
    built_projects.build(root)
    linked = (root / "app/pay.py").read_bytes()
    assert b"app._poet.pay import" in linked and linked.endswith(data[-30:])
    built_projects.build(root)
    assert (root / "app/pay.py").read_bytes() == linked
    call = "from app.pay import double; print(double('2'), double.__module__)"
    path = {"PYTHONPATH": f"{root}{os.pathsep}{built_projects.ROOT}"}
    done = built_projects.run([sys.executable, "-P", "-W", "ignore", "-c", call], cwd=root, env=path)
    assert built_projects.said(done) == "4 app.pay\n"
    built_projects.unlink(root)
    assert (root / "app/pay.py").read_bytes() == data


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_copy_is_linked_alike(tmp_path: Path, spelling: str) -> None:
    """`--out` writes just the bytes that a build in place writes, and leaves the source alone."""
    data = encoded(SPELLINGS[spelling])
    root = built_projects.write(tmp_path / "project", {"app/__init__.py": "", "app/pay.py": data})
    done = built_projects.poet(root, "build", "--out", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (root / "app/pay.py").read_bytes() == data
    built_projects.build(root)
    assert (tmp_path / "copy/app/pay.py").read_bytes() == (root / "app/pay.py").read_bytes()


def test_an_import_that_can_not_be_kept_is_left_alone(tmp_path: Path) -> None:
    """Where one kind of newline would come back as another, POET210 says where, and what to write."""
    data = f"from poetc \\\n import __version__, \\\r\n poet\n{BODY}".encode()
    root = built_projects.write(tmp_path, {"app/__init__.py": "", "app/pay.py": data})
    outcome = built_projects.build(root, sound=False)["app.pay.double"]
    said = next(each for each in outcome.diagnostics if each.code == "POET210")
    assert (said.line, said.column) == (1, 1)
    assert "can't be given back byte for byte" in said.message and "`from poetc import" in said.hint
    assert (root / "app/pay.py").read_bytes() == data
