"""The fault suite in small: built functions against real servers. `tests/bench/bench_faults.py` measures it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from contenders import write_contenders
from scenarios import SCENARIOS, missing

FEWER = {"three in ten requests fail": 30, "PostgreSQL killed and restarted": 30, "Redis killed and restarted": 30}
"""calls, where there are to be some, and fewer than for a measurement"""

TOO_LATE = {"body drips for 4 s, deadline 1 s", "silence for 4 s, deadline 1 s", "body drips, not the main thread"}
"""scenarios in which nothing but an error in time can be had"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The functions as `poet build` made them."""
    folder = tmp_path_factory.mktemp("faults")
    yield write_contenders(folder, "poet")["poet"]
    sys.path.remove(str(folder))


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # sqlite3's connections, which `with` doesn't close
def test_fault(built: ModuleType, name: str) -> None:
    """No side effect happens twice, and what can be answered is."""
    if name in missing():
        pytest.skip("its server isn't installed (Debian: apt-get install postgresql redis-server)")
    run, scenario, calls = SCENARIOS[name]
    row = run(importlib.reload(built), scenario, FEWER.get(name, min(calls, 2)))
    assert row.duplicates == 0
    if name in TOO_LATE:
        assert set(row.errors) <= {"BudgetSpentError", "ConnectTimeout", "ReadTimeout"}
        assert sum(row.errors.values()) == row.calls
    elif name in FEWER:  # servers die between a write and its answer, too, and three attempts may all fail
        assert row.calls - sum(row.errors.values()) >= row.calls * 0.8
    else:
        assert row.errors == {}
