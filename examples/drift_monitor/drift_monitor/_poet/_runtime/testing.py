# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Tests of linked code, of all packages: no waits, no more attempts than asked for, nothing of the test before."""

from os import environ
from weakref import WeakSet

from .shared import public, shared
from .validate import checked_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TESTING_VARIABLE = "POET_TESTING"
"""environment variable: the number of attempts, for a whole process; empty or 0: no testing"""

LARGEST_NUMBER = 9
"""digits of that variable which are read; no test tries more often"""


CURRENT_TEST_VARIABLE = "PYTEST_CURRENT_TEST"
"""environment variable in which pytest says which test runs, and in brackets which part of it"""

CURRENT_TEST = shared("CURRENT_TEST", [""])
"""the test that was under way when something was last looked at that a test must not leave behind"""

LEFT_BY_TESTS = shared("LEFT_BY_TESTS", WeakSet())
"""what a test may leave behind for the next one, and forgets by its method `forget`: breakers, rate limits"""


class AskedAttempts:
    """What one `with testing(...)` asks for, as long as it lasts; equal to nothing but itself."""

    __slots__ = ("attempts",)

    def __init__(self, attempts):
        self.attempts = attempts


TESTING_ATTEMPTS = shared("TESTING_ATTEMPTS", [])
"""what the `with testing(...)` around the current code asked for, innermost last; for all threads"""


@public
class testing:
    """Inside `with testing():`, in every thread, calls are tried at most `attempts` times and never waited for.

    Of several such blocks the one that was entered last counts, until it is left. Breakers and rate limits start anew
    when the outermost one is entered, and when it is left. Budgets still hold. Raises ValueError if `attempts` is no
    whole number of at least 1.
    """

    __slots__ = ("attempts", "entered")

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(self, attempts: int = 1) -> None: ...

    def __init__(self, attempts = 1):  # type: ignore[no-redef]
        self.attempts = checked_count("attempts", attempts)
        self.entered = []

    def __enter__(self):
        if not TESTING_ATTEMPTS:
            start_anew()
        asked = AskedAttempts(self.attempts)
        self.entered.append(asked)
        TESTING_ATTEMPTS.append(asked)

    def __exit__(self, *raised):
        TESTING_ATTEMPTS.remove(self.entered.pop())
        if not TESTING_ATTEMPTS:
            start_anew()


def testing_attempts():
    """The attempts that a test asks for, or None outside of tests; looked at only once something has failed."""
    for asked in reversed(TESTING_ATTEMPTS):
        return asked.attempts
    text = environ.get(TESTING_VARIABLE, "")
    return int(text[:LARGEST_NUMBER]) or None if text.isascii() and text.isdigit() else None


def start_anew():
    """Forget what failed, and how much was used up; not to be called with a lock held."""
    for thing in list(LEFT_BY_TESTS):
        thing.forget()


def look_for_new_test():
    """Start anew if another test of pytest is under way than at the last look, in a process with POET_TESTING.

    Called before something is counted or refused, so that good calls don't pay for it; never with a lock held.
    """
    if TESTING_VARIABLE in environ and testing_attempts() is not None:
        test = environ.get(CURRENT_TEST_VARIABLE, "").rpartition(" (")[0]
        if test and test != CURRENT_TEST[0]:
            CURRENT_TEST[0] = test
            start_anew()
