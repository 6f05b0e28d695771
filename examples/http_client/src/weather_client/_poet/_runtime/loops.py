# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Who runs the current code: a task of an event loop, a greenlet."""

import sys

from .pause import running_trio


def task_here():
    """The task of asyncio or trio that runs the current code; None outside of any."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no event loop runs in this thread
            task = None
        if task is not None:
            return task
    trio = running_trio()
    return None if trio is None else trio.lowlevel.current_task()


def greenlet_here():
    """The greenlet that runs the current code; None where the program uses none."""
    ask = getattr(sys.modules.get("greenlet"), "getcurrent", None)  # None while it is being imported
    return None if ask is None else ask()


def running_task():
    """The loop of asyncio that runs the current coroutine, and the task, which can be cancelled; or None for them."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None, None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None, None
    return loop, asyncio.current_task(loop)


def in_asyncio_task():
    """Whether the current coroutine runs in a task of asyncio, which can be cancelled."""
    return running_task()[1] is not None
