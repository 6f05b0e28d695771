"""Code of a checkout and code that is sent to the service are read, never run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poetc.service.generation import GenerateError, transpile
from poetc.wire import TranspileRequest
from tests.built_projects import PYPROJECT, poet, run, write

COMMANDS = (
    ("build", "--check"),
    ("build",),
    ("build", "--check"),
    ("build", "--out", "copy"),
    ("status",),
    ("status", "price"),
    ("explain", "price"),
    ("diff", "price"),
    ("doctor",),
    ("unlink",),
    ("clean", "--all"),
)
"""every command that reads a project, but `poet verify`, which runs functions because it is told to"""


def trap(folder: Path) -> str:
    """A statement that leaves a file behind if it is ever run."""
    return f"__import__('pathlib').Path({str(folder)!r}, __name__.replace('.', '_')).touch()\n"


def test_no_command_runs_the_code_of_a_checkout(tmp_path: Path) -> None:
    """At import, in a decorator's argument, a default, an annotation, a class body, a settings file: nothing is run."""
    ran = tmp_path / "ran"
    ran.mkdir()
    module = (
        "import helper\nfrom poetc import poet\n"
        + trap(ran)
        + f"def mark(): open({str(ran / 'called')!r}, 'w')\n"
        + "@poet(timeout=5)\ndef price(amount: mark() = mark()) -> 'mark()':\n    return helper.load(amount)\n"
        + "class Shop:\n    "
        + trap(ran)
        + "    @poet()\n    def total(self, amount: int) -> int:\n        return amount\n"
    )
    helper = trap(ran) + "def load(amount):\n    return amount\n"
    others = (
        "app/helper.py",
        "helper.py",
        "conftest.py",
        "sitecustomize.py",
        "usercustomize.py",
        "setup.py",
        "typer.py",
    )
    files = {"pyproject.toml": PYPROJECT, "app/__init__.py": trap(ran), "app/shop.py": module}
    root = write(tmp_path / "project", files | dict.fromkeys(others, helper))
    for command in COMMANDS:
        done = poet(root, *command)
        assert done.returncode in (0, 1), f"{command}\n{done.stdout}{done.stderr}"
        assert not [*ran.iterdir()], command
    poet(root, "serve", "stop")
    run([sys.executable, "-c", "import app.shop"], cwd=root)
    assert [*ran.iterdir()], "the traps are none: importing the package leaves nothing behind"


@pytest.mark.parametrize("place", ["body", "decorator", "default", "annotation", "imports"])
def test_the_engine_runs_nothing_that_it_is_sent(tmp_path: Path, place: str) -> None:
    """Wherever the request has code, it is answered or refused, and not run."""
    ran = tmp_path / "ran"
    call = f"open({str(ran)!r}, 'w')"
    parts = dict.fromkeys(("body", "decorator", "default", "annotation"), "1") | {place: call}
    code = (
        f"@poet(timeout={parts['decorator']})\n"
        f"def f(x: {parts['annotation']} = {parts['default']}):\n    return {parts['body']}\n"
    )
    imports = ["from poetc import poet", *([call] if place == "imports" else [])]
    request = TranspileRequest.model_validate(
        {
            "function_code": code,
            "language": "python",
            "context": {"imports": imports, "module_path": "app.f"},
            "config": {},
        }
    )
    try:
        answer = transpile(request)
    except GenerateError:
        assert place != "body"
    else:
        assert "def " in answer.poet_implementation.code
    assert not ran.exists()
