# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""How often something is tried, and how long is waited between two attempts."""

import sys

from .hooks import name_of, notice
from .rng import chance
from .testing import testing_attempts
from .travel import Stays
from .validate import checked_count, checked_seconds


class Backoff(Stays):
    """`attempts` in all; waits of `first` seconds doubling to `most`, with full jitter (a uniform share of it; Brooker,
    "Exponential Backoff And Jitter", 2015); `budget` seconds for all of it together.

    Raises ValueError for impossible numbers.
    """

    __slots__ = ("attempts", "budget", "first", "most", "original")

    def __init__(self, original, attempts, first, most, budget):
        self.original = original
        self.attempts = checked_count("attempts", attempts)
        self.first = checked_seconds("first", first)
        self.most = checked_seconds("most", most)
        self.budget = checked_seconds("budget", budget, above=0.0)

    def pause_after(
        self, tried, asked, left, patient = False, hurried = False
    ):
        """Seconds to wait after `tried` attempts, or None if there is to be no further one.

        `asked` is what `Retry-After` said: at least that is waited or, if it doesn't fit into `left`, nothing tried.
        `patient`: there is to be a further one although so many were made, if any are. `hurried`: no wait may be longer
        than the first one.
        """
        if hurried:
            left, patient = min(left, self.first), False
        tests = testing_attempts()
        most = tried + 1 if patient and self.attempts > 1 and tests is None else self.attempts
        if tried >= most or tried >= (tests or most) or left <= 0:
            return None
        if asked is None:
            asked = chance() * min(self.most, self.first * 2.0 ** min(tried - 1, 60), left if hurried else self.most)
        elif asked < left:  # not all that were refused at once come back at once
            asked += chance() * min(self.first, (left - asked) / 2)
        if asked >= left:
            return None
        error = sys.exception()
        kind = {} if error is None else {"error": type(error).__qualname__}
        notice("function.retry", name_of(self.original), attempt=tried, wait_ms=asked * 1000.0, **kind)
        return asked
