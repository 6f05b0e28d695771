# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Objects with locks and counts that must not survive a fork as they are."""

import os
from weakref import WeakSet


FORK_AWARE = WeakSet()
"""what has a method `forked`, called in the child: only the thread that forked lives on there"""

FORK_HOOKS = []
"""the one function that was given to `os.register_at_fork`, which keeps it for ever"""


def fork_aware(thing):
    """Have `thing.forked()` called in every child that is forked from now on, as long as `thing` lives."""
    if not FORK_HOOKS and hasattr(os, "register_at_fork"):
        FORK_HOOKS.append(after_fork)
        os.register_at_fork(after_in_child=after_fork)
    FORK_AWARE.add(thing)


def after_fork():
    """Tell everything that wants to know."""
    for thing in list(FORK_AWARE):
        try:
            thing.forked()
        except Exception:  # one that can't go on must not keep the others from being told
            continue
