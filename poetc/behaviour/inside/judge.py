"""A job → a verdict, in a process that is confined already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis.configuration import set_hypothesis_home_dir

from poetc.behaviour.inside.observe import Observer
from poetc.behaviour.inside.pair import Unpaired, find_pair
from poetc.behaviour.inside.patience import Patience
from poetc.behaviour.inside.refusals import Refusals
from poetc.behaviour.inside.state import State
from poetc.behaviour.inside.trial import Plan, Trial
from poetc.behaviour.inside.values import register

NOTHING = {"tried": 0, "values": 0, "raised": 0, "left_out": [], "exhausted": False}


def judge(job: dict[str, Any], refusals: Refusals, tell: Callable[[str], None]) -> dict[str, Any]:
    """Import the user's module, find the pair and try it."""
    # Before the user's folder is on the path, where a file may have the name of something that Hypothesis imports.
    set_hypothesis_home_dir(job["home"])
    subject = job["subject"]
    tell(f"import {subject['module']}")
    try:
        pair = find_pair(subject)
    except Unpaired as error:
        return {**NOTHING, "likeness": "not comparable", "reason": str(error)}
    register()
    observer = Observer(pair, State(pair.module), refusals, Patience(), subject["root"], subject["link_root"])
    return Trial(pair, observer, Plan(**job["plan"], base=subject["base"]), tell).verdict()
