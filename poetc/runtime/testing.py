"""Tests of linked code: no waits, and no more attempts than the test asks for."""

from __future__ import annotations

from os import environ

from poetc.runtime.quantity import checked_count

TESTING_VARIABLE = "POET_TESTING"
"""environment variable: the number of attempts, for a whole process; empty or 0: no testing"""

LARGEST_NUMBER = 9
"""digits of that variable which are read; no test tries more often"""


class AskedAttempts:
    """What one `with testing(...)` asks for, as long as it lasts; equal to nothing but itself."""

    __slots__ = ("attempts",)

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts


TESTING_ATTEMPTS: list[AskedAttempts] = []
"""what the `with testing(...)` around the current code asked for, innermost last; for all threads"""


class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Of several such blocks the one that was entered last counts, until it is left. Budgets still hold. Raises
    ValueError if `attempts` is no whole number of at least 1.
    """

    __slots__ = ("attempts", "entered")

    def __init__(self, attempts: int = 1) -> None:
        self.attempts = checked_count("attempts", attempts)
        self.entered: list[AskedAttempts] = []

    def __enter__(self) -> None:
        asked = AskedAttempts(self.attempts)
        self.entered.append(asked)
        TESTING_ATTEMPTS.append(asked)

    def __exit__(self, *raised: object) -> None:
        TESTING_ATTEMPTS.remove(self.entered.pop())


def testing_attempts() -> int | None:
    """The attempts that a test asks for, or None outside of tests; looked at only once something has failed."""
    for asked in reversed(TESTING_ATTEMPTS):
        return asked.attempts
    text = environ.get(TESTING_VARIABLE, "")
    return int(text[:LARGEST_NUMBER]) or None if text.isascii() and text.isdigit() else None
