"""Tests of linked code: no waits, and no more attempts than the test asks for."""

from __future__ import annotations

from os import environ

from poetc.runtime.quantity import checked_count

TESTING_VARIABLE = "POET_TESTING"
"""environment variable: the number of attempts, for a whole process; empty or 0: no testing"""

TESTING_ATTEMPTS: list[int] = []
"""what the `with testing(...)` around the current code asked for, innermost last; for all threads"""


class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Budgets still hold. Raises ValueError if `attempts` is no whole number of at least 1.
    """

    __slots__ = ("attempts",)

    def __init__(self, attempts: int = 1) -> None:
        self.attempts = checked_count("attempts", attempts)

    def __enter__(self) -> None:
        TESTING_ATTEMPTS.append(self.attempts)

    def __exit__(self, *raised: object) -> None:
        TESTING_ATTEMPTS.remove(self.attempts)


def testing_attempts() -> int | None:
    """The attempts that a test asks for, or None outside of tests; looked at only once something has failed."""
    if TESTING_ATTEMPTS:
        return TESTING_ATTEMPTS[-1]
    asked = environ.get(TESTING_VARIABLE, "")
    return int(asked) or None if asked.isascii() and asked.isdigit() else None
