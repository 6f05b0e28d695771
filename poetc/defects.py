"""An exception that nobody foresaw → what is said of it: a defect of poetc, and where to report it."""

from __future__ import annotations

import os

from poetc.ir import Diagnostic

_TRACKERS = {"issues", "issue tracker", "tracker", "bug tracker", "bugs"}


def defect(error: Exception, *, path: str = "", line: int = 0, unit: str = "") -> Diagnostic:
    """POET900 for a command, or POET901 for the one function or file at which it happened.

    With POET_DEBUG=1 the traceback goes to standard error.
    """
    if os.environ.get("POET_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    text = f"internal error: {type(error).__name__}: {error}"
    hint = f"This is a defect of poetc. Please report it {_where()}, with what the command prints under POET_DEBUG=1."
    if not path:
        return Diagnostic("POET900", text, hint=hint)
    return Diagnostic("POET901", f"{unit or path}: {text}", path=path, line=line, column=1, hint=hint, unit=unit)


def _where() -> str:
    """Where defects are reported: the tracker that the installed distribution names, if it names one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        links = metadata("poetc").get_all("Project-URL") or []
    except PackageNotFoundError:
        links = []
    trackers = [url for label, _, url in (link.partition(", ") for link in links) if label.lower() in _TRACKERS]
    return f"at {trackers[0]}" if trackers else "to its maintainers"
