"""Standard output and error, made safe to write to: any encoding, closed, or a pipe whose reader has gone."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO

UNWRITABLE = 2


def prepare() -> None:
    """Let no character that the terminal's encoding lacks raise, and give a process without standard output one."""
    if sys.stdout is None:
        # lives as long as the process does
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def deliver(write: Callable[[TextIO], object], code: int = 0) -> int:
    """Write to standard output and give `code`, also if its reader has gone; 2 if it can't be written to."""
    try:
        write(sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        if sys.stderr is not None:
            sys.stderr.write(f"error POET501 cannot write to standard output: {error.strerror}\n")
        return UNWRITABLE
    return code


def silence() -> None:
    """Drop what is still buffered for a reader that has gone, or the interpreter complains while it ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
