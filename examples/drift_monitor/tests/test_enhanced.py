"""What holds only once `poet build` has run: each of these fails on the plain functions."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from drift_monitor import MeanShift, detect_drift

ROOT = Path(__file__).parents[1]


def customers(seed: int, rows: int, richer: float = 0.0) -> dict[str, list[Any]]:
    """Rows of a made-up shop; `richer` moves one of the columns."""
    chance = random.Random(seed)
    return {
        "amount": [chance.gauss(50 + richer, 12) for _ in range(rows)],
        "items": [chance.choice([1, 1, 1, 2, 2, 3, 4, 7]) for _ in range(rows)],
        "country": [chance.choice(["de", "fr", "it", "pl", "at"]) for _ in range(rows)],
    }


def test_drift_is_found_and_nothing_else() -> None:
    """A moved column is found nearly always; unmoved data raise hardly more alarms than the 5 % allowed."""
    calls = range(40)
    found = [detect_drift(customers(seed, 200, richer=8), customers(seed + 1000, 600)) for seed in calls]
    quiet = [detect_drift(customers(seed, 200), customers(seed + 1000, 600)) for seed in calls]
    assert sum(f["drift_detected"] and f["column"] == "amount" for f in found) >= 38
    assert sum(q["drift_detected"] for q in quiet) <= 7  # more: once in 1000 at 5 %


def test_missing_values_change_nothing() -> None:
    """None and NaN among the values are left out of the test."""
    current, reference = customers(1, 200, richer=8), customers(2, 600)
    plain = detect_drift(current, reference)
    holes = detect_drift(
        {name: [*values, None, float("nan")] for name, values in current.items()},
        {name: [None, *values] for name, values in reference.items()},
    )
    assert holes["drift_detected"] is plain["drift_detected"] is True
    assert holes["p_value"] == plain["p_value"]


@pytest.mark.parametrize("nothing", [None, [], [None] * 50, "not data"])
def test_no_data_is_no_all_clear(nothing: Any) -> None:
    """Where there is nothing to compare the answer is an error, not "no drift"."""
    with pytest.raises(ValueError, match="current_data"):
        detect_drift(nothing, [1.0] * 50)


def test_few_rows_are_tested_with_a_warning() -> None:
    """Ten rows can show a large change; the warning says that they show no small one."""
    with pytest.warns(UserWarning, match="10 rows, fewer than 30"):
        found = detect_drift([float(i) + 100 for i in range(10)], [float(i) for i in range(50)])
    assert found["drift_detected"] is True


def test_a_result_that_says_nothing_is_an_error() -> None:
    """One NaN makes the mean NaN, and NaN exceeds no limit: without the build that is "no drift", for ever."""
    recent = [9.0] * 99 + [float("nan")]
    with pytest.raises(ValueError, match=r"MeanShift\.check\(\) returned score = nan"):
        MeanShift().check(recent, [float(i % 10) for i in range(100)])


def test_doubtful_data_of_a_body_are_warned_of() -> None:
    """The body gets them as they are, and its result stays its own."""
    with pytest.warns(UserWarning, match="argument 'recent' has 3 rows") as caught:
        found = MeanShift().check([9.0, 9.5, 8.0], [float(i % 10) for i in range(100)])
    assert found["drift_detected"] is True
    assert [warning.filename for warning in caught] == [__file__]


def test_the_program_says_which_column(tmp_path: Path) -> None:
    """End to end, without poetc to import: files in, a table and an exit code out."""
    for name, table in {"then.csv": customers(3, 600), "now.csv": customers(4, 200, richer=8)}.items():
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*table.values(), strict=True))
    script = (
        "import runpy, sys; sys.modules['poetc'] = None; sys.path.insert(0, '.'); "
        "runpy.run_module('drift_monitor', run_name='__main__', alter_sys=False)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "then.csv"), str(tmp_path / "now.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    marks = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines()}
    assert (done.returncode, done.stderr) == (1, "")
    assert marks == {"amount": "DRIFT", "items": "ok", "country": "ok"}
