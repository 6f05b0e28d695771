"""Tests that hold the time still, or move it at each look: budgets and waits go by the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.built_projects import ROOT, build, run, said, write

SOURCE = """
import time
from poetc import poet

TRIED = []

@poet(timeout=30)
def now(x: int) -> float:
    return time.time()

@poet(timeout=0.2)
def ends(x: int) -> int:
    while True:
        x += 1

@poet(retries=2)
def again(x: int) -> float:
    TRIED.append(x)
    if len(TRIED) < 3:
        raise ConnectionResetError(x)
    return time.monotonic() - x
"""
SETTINGS = "[project]\nname = 'app'\n\n[tool.poet]\nbreaker = true\nrate_limit = '1000/s'\nevents = true\n"
TICKING = """
import freezegun
IMPORT
with freezegun.freeze_time("2020-01-01", auto_tick_seconds=15):
    from app import m
    print(m.now(1), m.now(2), m.again(0), m.now(3))
"""
STILL = """
import freezegun
IMPORT
with freezegun.freeze_time("2020-01-01"):
    from app import m
    try:
        m.ends(1)
    except TimeoutError as error:
        print("ended")
    print(m.now(1), m.now(1))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Runs a program with the built project on its path."""
    root = write(
        tmp_path_factory.mktemp("clocks"), {"app/__init__.py": "", "app/m.py": SOURCE, "pyproject.toml": SETTINGS}
    )
    build(root)

    def ran(program: str) -> str:
        return said(run([sys.executable, "-c", program], cwd=root, env={"PYTHONPATH": str(root), "POET_TESTING": "3"}))

    return ran


@pytest.mark.parametrize("imported", ["import app.m", ""])
def test_nothing_but_the_users_own_looks_moves_the_time(
    imported: str, built: Callable[[str], str], tmp_path: Path
) -> None:
    """With budgets, breakers, limits, attempts and events, and where the module is imported in frozen time."""
    plain = write(tmp_path, {"app/__init__.py": "", "app/m.py": SOURCE.replace("< 3", "< 0")})
    program = TICKING.replace("IMPORT", imported)
    path = f"{plain}:{ROOT}"
    assert built(program) == said(run([sys.executable, "-c", program], cwd=plain, env={"PYTHONPATH": path}))


@pytest.mark.parametrize("imported", ["import app.m", ""])
def test_a_budget_ends_while_the_time_stands_still(imported: str, built: Callable[[str], str]) -> None:
    """It is there so that nothing hangs, in tests too."""
    assert built(STILL.replace("IMPORT", imported)) == "ended\n1577836800.0 1577836800.0\n"
