"""The command line. This file is all that a start always costs; what a command needs is imported when it runs."""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    """Run the command that `sys.argv` names and give its exit code."""
    try:
        if sys.argv[1:] in (["build"], ["build", "--check"]) and nothing_to_do():
            return 0
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


def nothing_to_do() -> bool:
    """Say that everything is fresh, if that is certain without importing anything."""
    started = time.perf_counter()
    from poetc.snapshot import fresh_functions, told

    functions = fresh_functions(os.getcwd())
    if not functions:
        return False
    try:
        sys.stdout.write(told(functions, started))
        sys.stdout.flush()
    except (OSError, ValueError):  # a closed pipe: the common way knows how to end
        return False
    return True
