"""The measurements of tests/bench still run; what they find is not looked at, for machines differ."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"
COMPARED = ("beartype", "pybreaker", "stamina", "tenacity")


def run(name: str, *arguments: str) -> str:
    """What a measurement prints."""
    command = [sys.executable, str(BENCH / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def libraries() -> None:
    """What poet is compared with, all of it: a table with rows left out would show nothing."""
    for name in COMPARED:
        pytest.importorskip(
            name, reason=f"{name} is not installed, so tests/bench can't be tried: pip install '.[bench]'"
        )


def cells(table: str, name: str) -> list[str]:
    """The filled cells of a row, by its first."""
    row = next(line for line in table.splitlines() if line.startswith(f"| {name} "))
    return [cell.strip() for cell in row.strip("|").split("|") if cell.strip()]


def test_overhead(libraries: None) -> None:
    """Every contender is called, built ones among them, and gets a row with figures."""
    printed = run("bench_overhead.py", "--rounds", "2", "--block", "0.01")
    _, blocking, awaited = printed.split("ns a call", 2)
    for name in ("no-op decorator", *COMPARED, "pydantic validate_call", "full stack", "poet: types"):
        assert len(cells(blocking, name)) == 9, name
        assert len(cells(awaited, name)) == 9, name
    assert len(cells(blocking, "poet: full, opaque body, off the main thread")) == 9
    assert len(cells(awaited, "poet: full")) == 9
    assert "left out" not in printed


def test_import(libraries: None) -> None:
    """Every package is imported in a fresh interpreter, and gets a row with figures."""
    printed = run("bench_import.py", "--rounds", "1", "--modules", "1")
    for name in ("no-op decorator", "stack", "stack + time limit", "poet", "poet, runtime imported before"):
        assert len(cells(printed, name)) == 10, name


@pytest.mark.parametrize("path", sorted(BENCH.glob("bench_*.py")), ids=lambda path: path.stem)
def test_each_says_what_it_measures(path: Path) -> None:
    """Every measurement can be started, and explains itself."""
    assert "--" in run(path.name, "--help")
