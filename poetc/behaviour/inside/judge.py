"""A subject → a verdict, in a process that is confined already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis.configuration import set_hypothesis_home_dir

from poetc.behaviour.inside.limits import pass_no_limits
from poetc.behaviour.inside.observe import Observer
from poetc.behaviour.inside.pair import Unpaired, find_pair, import_user_module
from poetc.behaviour.inside.patience import Patience
from poetc.behaviour.inside.refusals import Refusals
from poetc.behaviour.inside.state import State
from poetc.behaviour.inside.trial import Plan, Trial, warm_up
from poetc.behaviour.inside.values import register


def make_ready(job: dict[str, Any]) -> dict[str, Any]:
    """Import the module that all subjects are in; the verdict about all of them if that fails, else nothing.

    This module has imported Hypothesis before, while the user's folder isn't on the path, where a file may have the
    name of something that it needs.
    """
    set_hypothesis_home_dir(job["home"])
    first = job["subjects"][0]
    try:
        import_user_module(first["module"], Path(first["file"]), Path(first["base"]))
    except Unpaired as error:
        return not_comparable(str(error))
    if len(job["subjects"]) > 1:
        warm_up()
    return {}


def judge(job: dict[str, Any], subject: dict[str, Any], refusals: Refusals, tell: Callable[[str, Any], None]) -> None:
    """Find the pair and try it; what comes of it is told at once, before CrossHair is asked."""
    try:
        pair = find_pair(subject)
    except Unpaired as error:
        tell("verdict", not_comparable(str(error)))
        return
    register(pair.original.__code__)
    pass_no_limits()
    observer = Observer(pair, State(pair.module), refusals, Patience(), subject["root"])
    plan = Plan(**job["plan"], absorbs=subject["absorbs"], base=subject["base"])
    trial = Trial(pair, observer, plan, lambda text: tell("running", text))
    verdict = trial.verdict()
    tell("verdict", verdict)
    if job["crosshair"] and verdict["likeness"] != "different":
        from poetc.behaviour.inside.second_pass import second_pass

        try:
            tell("second", second_pass(trial, job["crosshair"]))
        except Exception as error:  # whatever a library raises that works on the inside of the interpreter
            tell("second", {"said": f"gave up: {type(error).__name__}: {error}"})


def not_comparable(reason: str) -> dict[str, Any]:
    """The verdict on a pair that isn't there."""
    return {
        "likeness": "not comparable",
        "reason": reason,
        "tried": 0,
        "values": 0,
        "raised": 0,
        "left_out": [],
        "exhausted": False,
    }
