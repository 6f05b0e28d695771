"""Small projects that are really built, and the interpreters that run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from poetc.ir import Diagnostic, Outcome, Severity
from poetc.pipeline.build import build_project
from poetc.pipeline.project import open_project
from poetc.pipeline.undo import unlink_project

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13")
PYPROJECT = '[project]\nname = "sample"\nversion = "1.0"\n\n[tool.poet]\n'
FOREIGN = (
    "PYTHONPATH",
    "PYTHONWARNINGS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSTARTUP",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
)


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root`, a pyproject.toml with them if they have none."""
    for name, text in {"pyproject.toml": PYPROJECT, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def build(root: Path, *, sound: bool = True) -> dict[str, Outcome]:
    """`poet build` in this process: the outcome of every function; `sound`: there may be no error."""
    project = open_project((), root=root, env=os.environ)
    try:
        items = list(build_project(project))
    finally:
        project.close()
    errors = [item for item in items if isinstance(item, Diagnostic)]
    outcomes = {item.name: item for item in items if isinstance(item, Outcome)}
    errors += [said for outcome in outcomes.values() for said in outcome.diagnostics]
    errors = [error for error in errors if error.severity is Severity.ERROR]
    assert not sound or not errors, errors
    return outcomes


def unlink(root: Path) -> None:
    """`poet unlink` in this process; nothing may be wrong."""
    project = open_project((), root=root, env=os.environ)
    errors = [item for item in unlink_project(project) if isinstance(item, Diagnostic)]
    assert not errors, errors


def poet(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`poet` of this checkout in a process of its own."""
    return run([sys.executable, "-P", "-m", "poetc", *arguments], cwd=root, env={"PYTHONPATH": str(ROOT)})


def run(
    command: list[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None, measured: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment without what changes how Python starts; `measured`: by a coverage around us."""
    clean = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    clean = clean if measured else {name: value for name, value in clean.items() if not name.startswith("COV")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"PYTHONIOENCODING": "utf-8"} | dict(env or {}),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def python(
    version: str, *arguments: str | Path, cwd: Path, src: str | Path | None = "src", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run that Python with nothing but `src` on its path: no site-packages, no poetc."""
    path = {"PYTHONPATH": str(src)} if src is not None else {}
    return run([interpreter(version), "-S", "-P", *arguments], cwd=cwd, env=path | env)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Standard output of a process that must have ended well."""
    assert done.returncode == 0, f"{done.args} exited {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def interpreter(version: str) -> str:
    """The path of that Python; the test is skipped where there is none."""
    found = interpreters().get(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine: what is linked is NOT tested with it")
    return found


@cache
def interpreters() -> dict[str, str]:
    """Version -> path: this one, those in POET_TEST_PYTHONS, on the path, and pyenv's."""
    candidates = [sys.executable, *os.environ.get("POET_TEST_PYTHONS", "").split(os.pathsep)]
    candidates += [shutil.which(f"python{version}") or "" for version in VERSIONS]
    candidates += sorted(str(p) for p in (Path.home() / ".pyenv" / "versions").glob("3.1[123].*/bin/python"))
    found: dict[str, str] = {}
    for candidate in candidates:
        version = version_of(candidate) if candidate and len(found) < len(VERSIONS) else ""
        if version in VERSIONS:
            found.setdefault(version, candidate)
    return found


def version_of(path: str) -> str:
    """The version that an interpreter says it has; "" if it doesn't start."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-I", "-c", ask], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
