"""The clocks that budgets and waits go by: the real ones, also while a test holds the user's still or moves it.

What freezes time in tests puts its own functions wherever a loaded module has those of `time`. So these are of a
second copy of that module, which costs a call nothing: budgets don't stand still, and looking moves no user's time.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def real_clocks() -> Any:
    """A copy of the module `time`, with functions of its own."""
    spec: Any = time.__spec__
    copy = spec.loader.create_module(spec)
    spec.loader.exec_module(copy)
    return copy


CLOCKS = real_clocks()
monotonic: Callable[[], float] = CLOCKS.monotonic
perf_counter: Callable[[], float] = CLOCKS.perf_counter
thread_time: Callable[[], float] = CLOCKS.thread_time
now: Callable[[], float] = CLOCKS.time
