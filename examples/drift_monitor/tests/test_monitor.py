"""What holds with and without the build."""

from __future__ import annotations

from pathlib import Path
from statistics import StatisticsError

import pytest
from drift_monitor import MeanShift, detect_drift, read_columns

BASELINE = [float(i % 10) for i in range(100)]


def test_the_contract_of_the_stub() -> None:
    """The keys of the stub are in every result, with its types."""
    found = detect_drift(BASELINE, BASELINE)
    assert (type(found["drift_detected"]), type(found["score"])) == (bool, float)
    assert found["drift_detected"] is False


@pytest.mark.parametrize(("move", "alarm"), [(0.0, False), (1.0, False), (3.0, True)])
def test_a_shift_of_the_mean(move: float, alarm: bool) -> None:
    """The alarm is what the body computes."""
    found = MeanShift(limit=0.5).check([x + move for x in BASELINE], BASELINE)
    assert found["drift_detected"] is alarm
    assert found["score"] == pytest.approx(move / 2.8867, abs=1e-4)


def test_errors_of_the_body_are_the_callers() -> None:
    """What the body raises comes through: type and text."""
    with pytest.raises(ZeroDivisionError):
        MeanShift().check(BASELINE, [1.0] * 50)
    with pytest.raises(StatisticsError):
        MeanShift().check(BASELINE, iter([1.0]))  # type: ignore[arg-type]


def test_csv_files_become_columns(tmp_path: Path) -> None:
    """Numbers, text and gaps."""
    path = tmp_path / "day.csv"
    path.write_text("amount,country\n1.5,de\n,fr\n", encoding="utf-8")
    assert read_columns(path) == {"amount": [1.5, None], "country": ["de", "fr"]}
