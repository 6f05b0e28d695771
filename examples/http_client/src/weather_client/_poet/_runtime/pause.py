# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Waiting between attempts: not at all in tests, and with the library whose event loop runs."""

import sys
from time import sleep

from .testing import testing_attempts


def pause(seconds):
    """Wait before another attempt."""
    if testing_attempts() is None:
        sleep(seconds)


async def pause_async(seconds):
    """Let other tasks run before another attempt: at least once, in tests too."""
    if testing_attempts() is not None:
        seconds = 0.0
    trio = running_trio()
    if trio is not None:
        await trio.sleep(seconds)
        return
    from asyncio import sleep as wait

    await wait(seconds)


def loop_runs():
    """Whether an event loop runs in this thread, which a wait that isn't awaited would hold up."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return True
    return running_trio() is not None


def running_trio():
    """The module trio if the current coroutine runs under it, else None; never imports it."""
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        trio.lowlevel.current_task()
    except Exception:  # RuntimeError, or a trio that has no such function: then it isn't trio that runs this
        return None
    return trio
