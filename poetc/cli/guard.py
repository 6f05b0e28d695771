"""What can go wrong anywhere in a command → something said, and an exit code."""

from __future__ import annotations

import os
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
    from poetc.ir import Diagnostic

    if os.environ.get("POET_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    text = f"internal error: {type(error).__name__}: {error}"
    hint = f"This is a defect of poetc. Please report it {_where()}, with what the command prints under POET_DEBUG=1."
    return Diagnostic("POET900", text, hint=hint)


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


def _where() -> str:
    """Where defects are reported: the tracker that the installed distribution names, if it names one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        links = metadata("poetc").get_all("Project-URL") or []
    except PackageNotFoundError:
        links = []
    trackers = [url for label, _, url in (link.partition(", ") for link in links) if label.lower() in _TRACKERS]
    return f"at {trackers[0]}" if trackers else "to its maintainers"


_TRACKERS = {"issues", "issue tracker", "tracker", "bug tracker", "bugs"}
