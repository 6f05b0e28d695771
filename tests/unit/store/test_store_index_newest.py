"""A file is remembered together with others on which it depends: these have to have rested too."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from poetc.store.index import RESTED, load_index

STAMP = "engine 1"


@pytest.mark.parametrize(("age", "known"), [(RESTED + 10**9, True), (RESTED - 10**9, False)])
def test_what_it_depends_on_has_to_have_rested(tmp_path: Path, age: int, known: bool) -> None:
    """A callee that was written a moment ago may be written again within the same tick of the clock."""
    (tmp_path / "a.py").write_text("x = 1\n")
    now = time.time_ns()
    times = {"st_mtime_ns": now - 10 * RESTED, "st_ctime_ns": now - 10 * RESTED, "st_atime_ns": now}
    stat = os.stat_result(list((tmp_path / "a.py").stat()), times)
    index = load_index(tmp_path, STAMP)
    index.remember("a.py", stat, "d", 1, newest=now - age)
    index.save()
    assert (load_index(tmp_path, STAMP).known("a.py", stat) is not None) == known
