"""The status of a process that ended without what was expected of it → why, in words."""

from __future__ import annotations

import signal


def how_it_ended(code: int) -> str:
    """`code` as `subprocess` has it: negative for a signal."""
    if code >= 0:
        return f"ended by itself with exit code {code}"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
    return "used up its CPU time" if name == "SIGXCPU" else f"crashed: {name}"
