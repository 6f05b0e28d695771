"""Do the data of today still look like those that the model was trained on?"""

from __future__ import annotations

from drift_monitor.detect import detect_drift
from drift_monitor.shift import MeanShift
from drift_monitor.table import read_columns

__all__ = ["MeanShift", "detect_drift", "read_columns"]
