"""Work → done in a fork of this process, which has a time of its own, and whose end is the end of nothing else."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from time import monotonic, sleep

from poetc.behaviour.ending import how_it_ended
from poetc.behaviour.inside.refusals import Refusals

BEAT = 0.005
"""seconds between two looks at the fork"""


def in_fork(work: Callable[[], None], wall: float, refusals: Refusals) -> str:
    """Do `work` in a fork that has `wall` seconds; "" if it came to its end, else how it ended."""
    with refusals.suspended():
        process = os.fork()
    if process == 0:
        do(work)
    until = monotonic() + wall
    while monotonic() < until:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return how_it_ended(code) if code else ""
        sleep(BEAT)
    with refusals.suspended():
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return f"was ended after {wall:g} s"


def do(work: Callable[[], None]) -> None:
    """Do the work and end this process, whatever comes of it."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # the fork must never run what comes after it in the process it was forked from
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
