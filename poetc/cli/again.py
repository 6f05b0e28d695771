"""Everything is fresh, and warnings were given: they are given again, without looking for them again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any


def say_again(arguments: Sequence[str], functions: int, said: Sequence[Sequence[Any]], started: float) -> int | None:
    """Report `functions` fresh ones, and the warnings in `said`; None if that isn't what was remembered."""
    from poetc.cli.guard import guarded
    from poetc.cli.streams import deliver, prepare
    from poetc.ir import Ending, Outcome
    from poetc.ir.rows import fresh_outcome, is_outcome, said_again
    from poetc.report import RunReport
    from poetc.report.human import render

    try:
        outcomes = [fresh_outcome(row) for row in said if is_outcome(row)]
        diagnostics = tuple(said_again(row) for row in said if not is_outcome(row))
    except (TypeError, ValueError, LookupError):
        return None
    outcomes += [Outcome("", "", 0, Ending.FRESH)] * (functions - len(outcomes))
    command = "check" if "--check" in arguments else "build"
    report = RunReport(command, tuple(outcomes), diagnostics, elapsed=time.perf_counter() - started)
    prepare()
    return guarded(lambda: deliver(lambda stream: render(report, stream)))
