"""Whether a plan may be built: it is the client's own, but for what an engine may bring beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from poetc.source.site import PythonUnit
from poetc.verify.findings import clean, rejection
from poetc.verify.pure import flaw_of
from poetc.wire.enhancement import Enhancement, Provenance

CODE: Final = "POET408"
MADE_BY_RULES: Final = frozenset({"rules"})
"""engines that bring nothing of their own: the plan is the client's, whole"""


def admit(unit: PythonUnit, plan: Enhancement, own: Enhancement) -> None:
    """Raise VerifyError for a plan that isn't `own`, the client's with the same proposals, but for who made it."""
    made = plan.provenance
    if flaw := maker_flaw(unit, made) or flaw_of(unit.site.node, plan):
        raise rejection(unit, CODE, flaw)
    if plan.canonical() != own.model_copy(update={"provenance": made}).canonical():
        mine, theirs = own.model_dump(mode="json"), plan.model_dump(mode="json")
        other = next(name for name in mine if name != "provenance" and not is_same(mine[name], theirs[name]))
        what = f"the client's own rules plan another `{other}`: {_difference(mine[other], theirs[other])}"
        raise rejection(unit, CODE, what, hint=_hint(plan, own))
    told = own.provenance.model_copy(update={"engine_version": made.engine_version, "template": made.template})
    if made.engine in MADE_BY_RULES and made != told:
        raise rejection(unit, CODE, "it says of the rules engine what that never says of itself", hint=_hint(plan, own))
    if made.template.name != own.provenance.template.name:
        raise rejection(unit, CODE, f"its template is {clean(made.template.name)!r}", hint=_hint(plan, own))


def maker_flaw(unit: PythonUnit, made: Provenance) -> str:
    """What is wrong with who is said to have made a plan; "" if nothing."""
    asked = unit.policy.engine
    if asked not in ("auto", made.engine):
        return f"its engine is {clean(made.engine)!r}, and {asked!r} was asked for"
    told = (made.engine, made.engine_version, made.template.version, made.template.digest, made.llm_model)
    if not all(text is None or text.isprintable() for text in (*told, made.fallback_reason)):
        return "it is said to be made by somebody who can't be shown"
    return ""


def check_files(unit: PythonUnit, given: Mapping[str, str], own: Mapping[str, str]) -> None:
    """Raise VerifyError unless the files of an answer are those that the client writes of its plan, byte for byte."""
    for name in sorted({*given, *own}):
        mine, theirs = own.get(name), given.get(name)
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            raise rejection(unit, CODE, f"it has {'no' if theirs is None else 'a'} file {clean(name)!r}")
        pairs = enumerate(zip(mine.split("\n"), theirs.split("\n"), strict=False), 1)
        line = next((n for n, (a, b) in pairs if a != b), mine.count("\n") + 2)
        raise rejection(unit, CODE, "its plan means another text", line, theirs)


def check_metadata(unit: PythonUnit, given: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Raise VerifyError unless the metadata of an answer says what follows from its plan."""
    if is_same(dict(given), dict(own)):
        return
    for name in sorted({*given, *own}):
        if name not in given or name not in own or not is_same(given[name], own[name]):
            raise rejection(unit, "POET407", f"`{clean(name)}` of its metadata is another than its plan means")


def is_same(mine: Any, theirs: Any) -> bool:
    """Whether two values are the same JSON: True isn't 1, and 1 isn't 1.0, though they are equal."""
    if type(mine) is type(theirs) is str:
        return bool(mine == theirs)
    try:
        return json.dumps(mine, sort_keys=True) == json.dumps(theirs, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return False


def _hint(plan: Enhancement, own: Enhancement) -> str:
    made, mine = plan.provenance, own.provenance
    if (made.engine_version, made.template) == (mine.engine_version, mine.template):
        return "nothing was written; check which service answers (`poet doctor`): it isn't what it says it is"
    return (
        f"the service has {clean(made.engine)} {clean(made.engine_version)} and template {clean(made.template.version)}"
        f", this poetc has {mine.engine} {mine.engine_version} and {mine.template.version}: run the same version here"
    )


def _difference(mine: Any, theirs: Any) -> str:
    """The two values, as short as they differ."""
    if isinstance(mine, (list, tuple)) and isinstance(theirs, (list, tuple)):
        if len(mine) != len(theirs):
            return f"{len(mine)} entries, not {len(theirs)}"
        mine, theirs = next((a, b) for a, b in zip(mine, theirs, strict=True) if not is_same(a, b))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        key = next(key for key in {**mine, **theirs} if not is_same(mine.get(key, ...), theirs.get(key, ...)))
        return f"{clean(key)[:80]}: {_difference(mine.get(key), theirs.get(key))}"
    return f"{clean(repr(mine))[:80]}, not {clean(repr(theirs))[:80]}"
