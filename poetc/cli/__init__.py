"""The command line. This file is all that a start always costs; what a command needs is imported when it runs."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that `sys.argv` names and give its exit code."""
    try:
        from poetc.cli.entry import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # while the first modules were being imported
        return 130
