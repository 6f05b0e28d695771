"""No part of a plan can be another, however well text and metadata go with it; nor can its maker be anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from protected_answers import protected
from pydantic import ValidationError
from verify_answers import GOOD, code_of

from poetc.client.request import to_request
from poetc.emit import emit
from poetc.errors import VerifyError
from poetc.ir import Draft
from poetc.pipeline.agreement import require_identity, verified
from poetc.pipeline.identity import local_identity
from poetc.source.function import parse_function
from poetc.source.site import PythonUnit
from poetc.verify import admit
from poetc.wire.enhancement import Enhancement

DRAFTS: dict[str, Draft] = {name: case.draft for name, case in GOOD.items()} | protected()
WORDS = ["", "x", "None", "pure", "strict", "off", "direct", "guarded", "wrapped", "alarm", "rt", "original", "\x1b[2J"]


def others(value: Any) -> Iterator[Any]:
    """Values in the place of one: of its type, of others, and none."""
    match value:
        case bool():
            yield from (not value, None)
        case int() | float():
            yield from (value + 1, value - 1, value * 1000, 0, -1, float(value), True, None)
        case str():
            yield from (*WORDS, value + " ", value.upper(), f"{value} | None", None)
        case None:
            yield from (0, 1, 0.5, "x", True, {}, [])
        case list():
            yield from ([], [*value, *value], value[::-1], value[1:], value[:-1], [*value, "x"])
        case dict():
            yield from ({}, {**value, "x": 1}, None)


def neighbours(part: Any) -> Iterator[Any]:
    """What a plan, or a part of it, is with one thing in it another."""
    yield from others(part)
    entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in entries:
        for other in neighbours(value):
            copied = part.copy()
            copied[key] = other
            yield copied


def consistent(draft: Draft, plan: Enhancement) -> Draft:
    """The answer of somebody with that plan, text and metadata made of it; without these where that can't be."""
    assert isinstance(draft.unit, PythonUnit)
    try:
        made = emit(plan, parse_function(to_request(draft.unit)))
    except Exception:
        return replace(draft, plan=plan)
    return replace(draft, plan=plan, files=made.files, metadata=made.metadata.model_dump(mode="json"))


@pytest.mark.parametrize("name", DRAFTS)
def test_no_part_of_a_plan_can_be_another(name: str) -> None:
    """Numbers, texts, flags, entries left out, doubled, exchanged and added, at every place of every plan."""
    draft = DRAFTS[name]
    told = draft.plan.model_dump(mode="json")
    made = told.pop("provenance")
    passed, seen = [], 0
    for other in neighbours(told):
        try:
            plan = Enhancement.model_validate({**other, "provenance": made})
        except (ValidationError, TypeError):
            continue  # refused where bytes enter
        if plan.canonical() == draft.plan.canonical():
            continue
        seen += 1
        is_whole = seen % 25 == 0  # the whole way, with text and metadata; for all others the step that decides
        if not (code_of(consistent(draft, plan)) if is_whole else is_refused(draft, plan)):
            passed.append(other)
    assert seen > 40 and not passed


def is_refused(draft: Draft, plan: Enhancement) -> bool:
    """Whether a plan isn't admitted beside the client's own, which is the honest answer's."""
    assert isinstance(draft.unit, PythonUnit)
    try:
        admit(draft.unit, plan, draft.plan)
    except VerifyError:
        return True
    return False


MADE = {
    "another engine": {"engine": "llm"},
    "an unknown engine": {"engine": "x"},
    "another version": {"engine_version": "99"},
    "another digest": {"template": {"digest": "0" * 64}},
    "another version of the template": {"template": {"version": "v9"}},
    "another template": {"template": {"name": "ml_monitoring"}},
    "no template that there is": {"template": {"name": "x"}},
    "a model of the rules": {"llm_model": "gpt"},
    "a fallback of the rules": {"fallback_used": True},
    "a reason of the rules": {"fallback_reason": "as you like"},
    "a name that steers a terminal": {"engine": "\x1b[2J"},
    "a version that steers a terminal": {"engine_version": "9\u202e"},
    "a model that steers a terminal": {"engine": "llm", "llm_model": "\x1b[2J"},
    "a reason on two lines": {"engine": "llm", "fallback_reason": "a\nb"},
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
@pytest.mark.parametrize("name", ["DIRECT", "GUARDED", "receipt"])
def test_the_maker_of_a_plan_is_who_the_service_is(name: str, made: dict[str, Any]) -> None:
    """A plan that is the client's own, by another engine, version or template than the service says that it has."""
    draft = DRAFTS[name]
    provenance = draft.plan.provenance.model_dump()
    template = {**provenance["template"], **made.get("template", {})}
    plan = {**draft.plan.model_dump(mode="json"), "provenance": {**provenance, **made, "template": template}}
    other = consistent(draft, Enhancement.model_validate(plan))
    with pytest.raises(VerifyError) as raised:
        require_identity(other, local_identity())
        verified(other)
    assert raised.value.diagnostic.code == "POET408"


@pytest.mark.parametrize("asked", ["llm", "careful"])
def test_an_engine_that_was_not_asked_is_refused(asked: str) -> None:
    """Who asked for one engine by name gets no other's plan, be it the same."""
    case = GOOD["DIRECT"]
    mine = replace(case, policy=replace(case.policy, engine=asked))
    assert code_of(replace(case.draft, unit=mine.unit)) == "POET408"
