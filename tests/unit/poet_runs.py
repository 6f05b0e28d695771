"""Small projects on disk, and `poet` run on them as its users do: in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generated import linked_modules

IMPORT = "from poetc import poet\n\n\n"
GOOD = (
    IMPORT
    + '''@poet()
def slug(text: str, limit: int = 9) -> str:
    """A short name."""
    return "-".join(text.lower().split())[:limit]
'''
)
POET = [sys.executable, "-m", "poetc"]
FOREIGN = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "POET_DEBUG", "TERM", "AITOMATIC_API_URL")
SECONDS = 120

Content = str | bytes | Callable[[Path], object]
"""text, bytes, or what makes the file when it is called with its path"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the JSON document that it has to be, with the exit code of the process in it."""
        found: dict[str, Any] = json.loads(self.out)
        assert found["exit_code"] == self.code
        return found

    @property
    def said(self) -> list[dict[str, Any]]:
        """Every diagnostic of the document, those of functions included."""
        document = self.document
        return [*document["diagnostics"], *(one for row in document["outcomes"] for one in row["diagnostics"])]

    @property
    def endings(self) -> dict[str, str]:
        """Function → how it ended."""
        return {row["name"]: row["ending"] for row in self.document["outcomes"]}


def environment(**extra: str) -> dict[str, str]:
    """The environment without what changes output or service, and with `extra`."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN} | extra


def make(root: Path, files: Mapping[str, Content]) -> Path:
    """A project with one good function, `app.good.slug`, and more files."""
    base: dict[str, Content] = {"pyproject.toml": "[tool.poet]\n", "app/__init__.py": "", "app/good.py": GOOD}
    for name, content in (base | dict(files)).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def poet(root: Path, *arguments: str, prefix: tuple[str, ...] = (), **extra: str) -> Ran:
    """Run one command in the project; nothing that it prints may be a traceback or an internal error."""
    done = subprocess.run(
        [*prefix, *POET, *arguments],
        cwd=root,
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    ran = Ran(done.returncode, done.stdout, done.stderr)
    for text in (ran.out, ran.err):
        assert "Traceback" not in text, text
        assert "POET900" not in text, text
        assert "Exception ignored" not in text, text
    return ran


def build(root: Path, *arguments: str, prefix: tuple[str, ...] = (), **extra: str) -> Ran:
    """`poet build --format json`; its document is whole whatever happens."""
    ran = poet(root, "build", "--format", "json", *arguments, prefix=prefix, **extra)
    assert ran.document["command"] == ("check" if "--check" in arguments else "build")
    return ran


def tree(root: Path) -> dict[str, str]:
    """Every file → hash of its content; links → where they lead. Without caches and bytecode."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if "__pycache__" in relative.parts or relative.parts[:3] == (".dana", "poet", "cache"):
            continue
        if path.is_symlink():
            found[relative.as_posix()] = f"-> {path.readlink()}"
        elif path.is_file():
            found[relative.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def stored(root: Path) -> set[str]:
    """The functions that have versions."""
    folder = root / ".dana" / "poet" / "functions"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def good_is_built(root: Path) -> bool:
    """Whether the good function is stored, linked and imported from where it is linked."""
    source = (root / "app" / "good.py").read_text("utf-8")
    return (
        "app.good.slug" in stored(root)
        and "good" in linked_modules(root)
        and source == GOOD.replace("from poetc import", "from app._poet.good import")
    )


def run_python(root: Path, code: str) -> str:
    """Standard output of a program that runs in the project and must not fail or warn."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=root,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
