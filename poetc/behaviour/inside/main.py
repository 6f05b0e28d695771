"""The way into the sandboxed process: a job in, lines of JSON on standard output.

    {"limits": [["cpu", "45 s"], ...]}      what is in force, before anything of the user's is imported
    {"alone": true}                         these functions can't share a process: each has to have one of its own
    {"subject": 0}                          what follows is about the job's first subject
    {"running": "slug('0')"}                the input that is run now: the last one, if it never comes back
    {"verdict": {...}}                      how its comparison ended
    {"second": {"said": "..."}}             what CrossHair said, with a verdict of its own if it found a difference
    {"ended": "crashed: SIGSEGV"}           why there is no verdict

The user's module is imported once; each of several subjects then runs in a fork of its own, so that neither a crash nor
what one leaves behind reaches the others.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from poetc.behaviour.inside.confine import Bounds, confine, die_with_parent
from poetc.behaviour.inside.forks import in_fork
from poetc.behaviour.inside.refusals import Refusals

Tell = Callable[[str, Any], None]


def compare(job: dict[str, Any]) -> None:
    """Confine this process, then compare the functions of all subjects; doesn't return."""
    lines = private_output()

    def tell(name: str, value: Any) -> None:
        lines.write(json.dumps({name: value}) + "\n")

    bounds = Bounds(*job["bounds"])
    limits, refusals = confine(bounds, Path(job["folder"]))
    tell("limits", limits)
    compare_all(job, bounds, refusals, tell)
    os._exit(0)  # threads and exit functions of the user's code have nothing to add


def compare_all(job: dict[str, Any], bounds: Bounds, refusals: Refusals, tell: Tell) -> None:
    """Import what all subjects need, then compare each."""
    from poetc.behaviour.inside.judge import judge, make_ready

    os.chdir(job["folder"])
    tempfile.tempdir = job["folder"]
    subjects = job["subjects"]
    tell("subject", 0)
    tell("running", f"import {subjects[0]['module']}")
    failed = make_ready(job)
    if len(subjects) > 1 and not failed and not can_share():
        return tell("alone", True)
    for number, subject in enumerate(subjects):
        tell("subject", number)

        def work(number: int = number, subject: dict[str, Any] = subject) -> None:
            die_with_parent()
            folder = Path(job["folder"], str(number))
            folder.mkdir()
            os.chdir(folder)
            judge(job, subject, refusals, tell)

        if failed:
            tell("verdict", failed)
        elif len(subjects) == 1:
            work()
        else:
            ended = in_fork(work, bounds.wall, refusals)
            if ended:
                tell("ended", ended)
    return None


def can_share() -> bool:
    """Whether forks of this process would be whole: nothing that was imported has started a thread."""
    import threading

    return hasattr(os, "fork") and threading.active_count() == 1


def private_output() -> IO[str]:
    """What was standard output, out of reach of `print` and `os.write(1, ...)`."""
    kept = os.dup(1)
    empty = os.open(os.devnull, os.O_WRONLY)
    os.dup2(empty, 1)
    os.close(empty)
    return os.fdopen(kept, "w", encoding="ascii", buffering=1)
