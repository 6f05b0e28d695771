"""What can go wrong anywhere in a command → something said, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poetc.ir import Diagnostic

INTERRUPTED = "interrupted; nothing half-written"


def guarded(run: Callable[[], int]) -> int:
    """The exit code of `run`: its own, 130 after Ctrl-C, or that of the diagnostic which says what went wrong."""
    try:
        return run()
    except KeyboardInterrupt:
        say_interrupted()
        return 130
    except Exception as error:
        return _said(diagnostic_of(error))


def diagnostic_of(error: Exception) -> Diagnostic:
    """What an exception says to people; with POET_DEBUG=1 the traceback of an unexpected one goes to standard error."""
    from poetc.errors import PoetError

    if isinstance(error, PoetError):
        return error.diagnostic
    from poetc.defects import defect

    return defect(error)


def say_interrupted() -> None:
    """Tell that Ctrl-C ended the run, on standard error, below the `^C` of the terminal."""
    stream = sys.stderr
    if stream is not None:
        stream.write(f"\n{INTERRUPTED}\n" if stream.isatty() else f"{INTERRUPTED}\n")


def _said(diagnostic: Diagnostic) -> int:
    from poetc.report import exit_code
    from poetc.report.human import render_diagnostic

    if sys.stderr is not None:
        render_diagnostic(diagnostic, sys.stderr)
    return exit_code((), [diagnostic])
