"""The way into the sandboxed process: a job in, lines of JSON on standard output.

{"limits": [["cpu", "45 s"], ...]}      what is in force, before anything of the user's is imported
{"running": "slug('0')"}                the input that is run now: the last one, if this process doesn't come back
{"verdict": {...}}                      how it ended
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import IO, Any

from poetc.behaviour.inside.confine import Bounds, confine


def compare(job: dict[str, Any]) -> None:
    """Confine this process, then compare the functions of one subject; doesn't return."""
    lines = private_output()
    folder = Path(job["folder"])
    limits, refusals = confine(Bounds(*job["bounds"]), folder)
    tell(lines, "limits", limits)
    tempfile.tempdir = str(folder)
    os.chdir(folder)
    from poetc.behaviour.inside.judge import judge

    tell(lines, "verdict", judge(job, refusals, lambda text: tell(lines, "running", text)))
    os._exit(0)  # threads and exit functions of the user's code have nothing to add


def private_output() -> IO[str]:
    """What was standard output, out of reach of `print` and `os.write(1, ...)`."""
    kept = os.dup(1)
    empty = os.open(os.devnull, os.O_WRONLY)
    os.dup2(empty, 1)
    os.close(empty)
    return os.fdopen(kept, "w", encoding="ascii", buffering=1)


def tell(lines: IO[str], name: str, value: Any) -> None:
    """One line for the parent."""
    lines.write(json.dumps({name: value}) + "\n")
