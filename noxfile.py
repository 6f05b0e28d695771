"""The checks of this project by name: `nox` runs those that every change has to pass, `nox -s NAME` runs one.

Sessions run in the environment that nox is installed in (`pip install -e '.[dev]'`), so they start at once and need no
network. `.ci/run` runs the same sessions.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
SCRIPTS = Path(sys.executable).parent
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))

nox.needs_version = ">=2024.4"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "contracts", "tests"]


def run(session: nox.Session, tool: str, *arguments: str) -> None:
    """Run a tool of this environment."""
    session.run(str(SCRIPTS / tool), *arguments, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and form of the source: ruff."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types: mypy."""
    run(session, "mypy", "--strict")


@nox.session
def contracts(session: nox.Session) -> None:
    """Which room may import which: import-linter, with the contracts of pyproject.toml."""
    run(session, "lint-imports", "--no-cache")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, two at a time; arguments behind `--` go to pytest: `nox -s tests -- tests/unit/test_docs.py`."""
    run(session, "pytest", *(session.posargs or ["-n", "2"]))


@nox.session
def examples(session: nox.Session) -> None:
    """The examples are built as committed, and their own tests pass."""
    for example in EXAMPLES:
        with session.chdir(example):
            run(session, "poet", "build", "--check")
            run(session, "pytest", "-q", ".")


@nox.session
def bench(session: nox.Session) -> None:
    """A measurement of tests/bench by name: `nox -s bench -- noop`; without a name, what a call costs."""
    name, *arguments = session.posargs or ["overhead"]
    session.run(sys.executable, str(ROOT / "tests" / "bench" / f"bench_{name}.py"), *arguments, external=True)
