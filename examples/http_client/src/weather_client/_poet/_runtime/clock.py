# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The clocks that budgets and waits go by: the real ones, also while a test holds the user's still or moves it.

What freezes time in tests puts its own functions wherever a loaded module has those of `time`. So these are of a
second copy of that module, which costs a call nothing: budgets don't stand still, and looking moves no user's time.
"""

import time


def real_clocks():
    """A copy of the module `time`, with functions of its own."""
    spec = time.__spec__
    copy = spec.loader.create_module(spec)
    spec.loader.exec_module(copy)
    return copy


CLOCKS = real_clocks()
monotonic = CLOCKS.monotonic
perf_counter = CLOCKS.perf_counter
thread_time = CLOCKS.thread_time
now = CLOCKS.time
