"""Objects with locks and counts that must not survive a fork as they are."""

from __future__ import annotations

import os
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORK_AWARE: WeakSet[Any] = WeakSet()
"""what has a method `forked`, called in the child: only the thread that forked lives on there"""

FORK_HOOKS: list[Any] = []
"""the one function that was given to `os.register_at_fork`, which keeps it for ever"""


def fork_aware(thing: Any) -> None:
    """Have `thing.forked()` called in every child that is forked from now on, as long as `thing` lives."""
    if not FORK_HOOKS and hasattr(os, "register_at_fork"):
        FORK_HOOKS.append(after_fork)
        os.register_at_fork(after_in_child=after_fork)
    FORK_AWARE.add(thing)


def after_fork() -> None:
    """Tell everything that wants to know."""
    for thing in list(FORK_AWARE):
        try:
            thing.forked()
        except Exception:  # one that can't go on must not keep the others from being told
            continue
