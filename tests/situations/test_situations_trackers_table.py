"""TRACKERS.md says what is tested: every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMED = re.compile(r"`(test_\w+)\.(test_\w+)(?:\[([^\]`]+)\])?`")
ROWS = [line for line in (HERE / "TRACKERS.md").read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ ", line)]


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[2].strip()[:60] for row in ROWS])
def test_every_row_has_its_test(row: str) -> None:
    """By module, function and, in brackets, a case that the module mentions."""
    names = NAMED.findall(row.rpartition("|")[0].rpartition("|")[2])
    assert names, "the last column names a test"
    for module, function, case in names:
        text = (HERE / f"{module}.py").read_text(encoding="utf-8")
        assert f"def {function}(" in text
        assert not case or case in text


def test_there_are_rows() -> None:
    """The table is read at all."""
    assert len(ROWS) > 40
