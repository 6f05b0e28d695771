"""Assertions that pytest rewrites tell as much of why they failed once the function is built."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.built_projects import ROOT, build, run, write

HELPERS = """
from poetc import poet

@poet()
def check(x: int) -> None:
    assert x == 3

@poet(retries=1, timeout=5)
def check_all(names: list[str]) -> None:
    for name in names:
        assert name.isupper(), f"of {names}"

@poet(timeout=5)
async def later(x: int) -> None:
    assert [x, 2] == [1, 2]

def checker(limit):
    @poet(retries=1)
    def inner(x: int) -> None:
        def deep():
            assert x < limit
        deep()
    return inner
"""
CONFTEST = """
import pytest
from poetc import poet
REGISTER

@poet(retries=2)
def in_conftest(x: int) -> int:
    assert x == 5
    return x
"""
TESTS = """
import asyncio
from poetc import poet
from app.helpers import check, check_all, checker, later
from conftest import in_conftest

@poet(retries=1)
def own(x: int) -> None:
    assert x > 7, "too small"

def test_check(): check(4)
def test_check_all(): check_all(["A", "b"])
def test_later(): asyncio.run(later(2))
def test_inner(): checker(3)(9)
def test_conftest(): in_conftest(6)
def test_own(): own(2)
"""


@pytest.mark.parametrize("register", ["pytest.register_assert_rewrite('app.helpers')", ""])
def test_details_of_assertions(register: str, tmp_path: Path) -> None:
    """In a helper module that is registered or isn't, in conftest and in a test module; twice, for pytest's cache."""
    files = {"app/__init__.py": "", "app/helpers.py": HELPERS, "tests/test_a.py": TESTS}
    files["tests/conftest.py"] = CONFTEST.replace("REGISTER", register)
    files["pyproject.toml"] = "[project]\nname = 'app'\n\n[tool.poet]\npaths = ['app', 'tests']\n"
    root = write(tmp_path, files)
    plain = failures(root)
    assert sum(line.startswith("FAILED") for line in plain) == 6
    assert any("assert 4 == 3" in line for line in plain) == bool(register)
    build(root)
    assert [failures(root), failures(root)] == [plain, plain]


def failures(root: Path) -> list[str]:
    """The lines in which pytest sums up what failed, and says why."""
    command = [sys.executable, "-m", "pytest", "-q", "tests", "--tb=short", "-W", "error::pytest.PytestWarning"]
    env = {"PYTHONPATH": f"{root}:{ROOT}", "POET_TESTING": "1"}
    output = run(command, cwd=root, env=env).stdout
    return [re.sub(r" at 0x\w+", "", line) for line in output.split("\n") if line.startswith(("E  ", "FAILED"))]
