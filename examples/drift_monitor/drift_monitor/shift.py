"""A detector with a mind of its own: the domain checks what goes in and what comes out, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from drift_monitor._poet.shift import poet


class MeanShift:
    """Alarm when the mean of one number has moved by more than `limit` standard deviations of the baseline."""

    def __init__(self, limit: float = 0.5) -> None:
        self.limit = limit

    @poet(domain="ml_monitoring")
    def check(self, recent: Sequence[float], baseline: Sequence[float]) -> dict[str, Any]:
        """The shift in standard deviations, and whether it is an alarm."""
        shift = abs(fmean(recent) - fmean(baseline)) / stdev(baseline)
        return {"drift_detected": shift > self.limit, "score": shift}
