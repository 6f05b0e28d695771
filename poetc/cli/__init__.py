"""The command line. This file is all that a start always costs; what a command needs is imported when it runs."""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    """Run the command that `sys.argv` names and give its exit code."""
    try:
        code = nothing_to_do() if sys.argv[1:] in (["build"], ["build", "--check"]) else None
        if code is not None:
            return code
        from poetc.cli.entry import run

        code = run(sys.argv[1:])
        if code == 130:
            leave_at_once(code)
        return code
    except KeyboardInterrupt:  # while the first modules were being imported
        return 130


def leave_at_once(code: int) -> None:
    """End an interrupted process without waiting for threads that may still be reading from a service.

    Nothing is lost: what a build writes, it writes in one transaction, and an interrupted one has written nothing.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def nothing_to_do() -> int | None:
    """Say that everything is fresh, if that is certain without reading the project: the exit code, or None."""
    started = time.perf_counter()
    from poetc.snapshot import remembered, told

    functions, said = remembered(os.getcwd()) or (0, [])
    if not functions:
        return None
    if said:
        from poetc.cli.again import say_again

        return say_again(sys.argv[1:], functions, said, started)
    try:
        sys.stdout.write(told(functions, started))
        sys.stdout.flush()
    except (OSError, ValueError):  # a closed pipe: the common way knows how to end
        return None
    return 0
