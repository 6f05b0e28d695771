"""CrossHair over a pair that Hypothesis found no difference in: it looks for inputs by solving, not by chance.

What it finds is only a candidate: it compares less strictly, and on values that only behave like the real ones. A
difference is one once both functions, run on real values, show it.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

from poetc.behaviour.inside.inputs import Arguments, Call
from poetc.behaviour.inside.trial import Trial, kind_of

NAMES = {"nan": math.nan, "inf": math.inf}
"""how `repr` writes floats that have no literal"""


def second_pass(trial: Trial, seconds: float) -> dict[str, Any]:
    """What CrossHair says ("said"), and the verdict if it found a difference; raises whatever CrossHair raises."""
    pair = trial.pair
    if pair.owner is not None or kind_of(pair.original) != "sync":
        return {"said": "not asked: it takes plain functions only"}
    import crosshair.core_and_libs  # type: ignore[import-not-found]  # noqa: F401 - teaches CrossHair the standard library
    from crosshair.diff_behavior import diff_behavior  # type: ignore[import-not-found]
    from crosshair.fnutil import FunctionInfo  # type: ignore[import-not-found]
    from crosshair.options import DEFAULT_OPTIONS, AnalysisOptionSet  # type: ignore[import-not-found]

    options = DEFAULT_OPTIONS.overlay(AnalysisOptionSet(per_condition_timeout=seconds))
    options.stats = None
    found = diff_behavior(FunctionInfo.from_fn(pair.original), FunctionInfo.from_fn(pair.enhanced), options)
    if isinstance(found, str):
        return {"said": found}
    for candidate in found:
        if confirmed(trial, candidate.args):
            return {"said": "found the difference", "verdict": trial.different()}
    if found:
        given = ", ".join(f"{name}={value}" for name, value in found[0].args.items())
        return {"said": f"suspects a difference for {given}, which running both doesn't show"}
    return {"said": f"found no difference in {seconds:g} s of CPU time at most"}


def confirmed(trial: Trial, written: dict[str, str]) -> bool:
    """Whether both functions, run on the arguments that `repr` has written, differ."""
    try:
        values = {name: eval(text, vars(trial.pair.module) | NAMES) for name, text in written.items()}
        call = Call(bound(trial, values))
        found, _, other = trial.compare(call)
    except Exception:  # a repr that is no code, or values that can't be passed
        return False
    if found:
        trial.tally.found = (call, found, other)
    return bool(found)


def bound(trial: Trial, values: dict[str, Any]) -> Arguments:
    """Arguments as they are passed, from values by parameter; raises TypeError."""
    signature = inspect.signature(trial.pair.original, follow_wrapped=False)
    arguments = inspect.BoundArguments(signature, values)
    return Arguments(arguments.args, arguments.kwargs)
