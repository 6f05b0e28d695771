"""What an answer says of itself must follow from its plan; what it plans must be what the user asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from generated import Generated
from hypothesis import given, settings
from hypothesis import strategies as st
from verify_answers import (
    ASYNC_GUARDED,
    DIRECT,
    GUARDED,
    RETRIED,
    SUPPLIED,
    WRAPPED,
    Case,
    Change,
    code_of,
    setting,
    verify,
    within,
)

from poetc.errors import VerifyError
from poetc.ir import Policy
from poetc.source.site import ModuleContext

FALSE: list[tuple[str, Case, dict[str, Any]]] = [
    ("engine", DIRECT, {"engine": "magic"}),
    ("no engine", DIRECT, {"engine": None}),
    ("engine is no text", DIRECT, {"engine": ["rules"]}),
    ("language", DIRECT, {"language": "dana"}),
    ("function", DIRECT, {"original_function_name": "slug2"}),
    ("phases missing", DIRECT, {"phases_included": ["operate"]}),
    ("train unasked", DIRECT, {"phases_included": ["perceive", "operate", "enforce", "train"]}),
    ("phases no list", DIRECT, {"phases_included": "perceive operate enforce"}),
    ("unknown phase", DIRECT, {"phases_included": ["perceive", "operate", "enforce", "profit"]}),
    ("relocated called transformed", DIRECT, {"operate": "transformed"}),
    ("relocated called wrapped", DIRECT, {"operate": "wrapped"}),
    ("transformed called relocated", RETRIED, {"operate": "relocated"}),
    ("wrapped called relocated", WRAPPED, {"operate": "relocated"}),
    ("supplied called relocated", SUPPLIED, {"operate": "relocated"}),
    ("operate unknown", DIRECT, {"operate": "improved"}),
    ("decorator argument", GUARDED, {"decorator_params": {"timeout": 50}}),
    ("decorator domain", DIRECT, {"decorator_params": {"domain": "ml_monitoring"}}),
    ("decorator no mapping", DIRECT, {"decorator_params": [1]}),
    ("dependency", DIRECT, {"dependencies": ["evil"]}),
    ("domain's dependency without the domain", DIRECT, {"dependencies": ["scipy"]}),
    ("dependencies no list", DIRECT, {"dependencies": "scipy"}),
    ("effects", DIRECT, {"effects": "harmless"}),
    ("timeout mechanism", DIRECT, {"timeout_mechanism": "hope"}),
    ("another mechanism", GUARDED, {"timeout_mechanism": "alarm-or-thread"}),
    ("no mechanism", GUARDED, {"timeout_mechanism": None}),
    ("budget unasked", DIRECT, {"timeout_mechanism": "alarm-or-thread"}),
    ("parameter infinite", DIRECT, {"parameters": {"x": float("inf")}}),
    ("parameters no numbers", DIRECT, {"parameters": {"x": "1"}}),
    ("parameters no mapping", DIRECT, {"parameters": [1.0]}),
    ("reason on two lines", DIRECT, {"operate_reason": "a\nb"}),
    ("reason that steers a terminal", DIRECT, {"fallback_reason": "\x1b[2J"}),
    ("model no text", DIRECT, {"llm_model": 1}),
    ("an enhancement more", DIRECT, {"enhancements": ["anything"]}),
    ("what nobody reads", DIRECT, {"more": object()}),
    ("rewrites no list", DIRECT, {"rewrites": {"line": 1}}),
    ("rewrite no mapping", DIRECT, {"rewrites": ["enforce"]}),
    ("rewrite of no kind", DIRECT, {"rewrites": [{"line": 11, "kind": "magic", "before": "", "after": ""}]}),
    ("rewrite on no line", DIRECT, {"rewrites": [{"line": True, "kind": "enforce", "before": "", "after": ""}]}),
]


@pytest.mark.parametrize(("case", "claims"), [row[1:] for row in FALSE], ids=[row[0] for row in FALSE])
def test_false_claim_is_refused(case: Case, claims: dict[str, Any]) -> None:
    """One false entry of the metadata is enough."""
    assert code_of(case.claiming(**claims)) == "POET407"


@pytest.mark.parametrize("case", [DIRECT, RETRIED, GUARDED], ids=["enforce", "retry", "guarded"])
def test_every_rewrite_is_told_as_it_is(case: Case) -> None:
    """None left out, none more, none under another kind, line or text."""
    rewrites = case.draft.metadata["rewrites"]
    assert rewrites
    more = {"line": 3, "kind": "retry", "before": "text.split", "after": "retry(text.split)"}
    assert code_of(case.claiming(rewrites=[*rewrites, more])) == "POET407"
    for number, entry in enumerate(rewrites):
        assert code_of(case.claiming(rewrites=rewrites[:number] + rewrites[number + 1 :])) == "POET407"
        for field, value in (("kind", "frame"), ("line", 99), ("before", "x"), ("after", "x")):
            changed = [*rewrites]
            changed[number] = {**entry, field: value}
            assert code_of(case.claiming(rewrites=changed)) == "POET407"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(sorted(DIRECT.draft.metadata)), value=JSON)
def test_metadata_of_any_json_ends_in_a_verdict(key: str, value: object) -> None:
    """Whatever an entry of the metadata is, it is what the client would say, or refused."""
    same = type(value) is type(DIRECT.draft.metadata[key]) and value == DIRECT.draft.metadata[key]
    assert (code_of(DIRECT.claiming(**{key: value})) == "") is same or value == DIRECT.draft.metadata[key]


def test_deeply_nested_metadata_ends_in_a_verdict() -> None:
    """Nesting in the metadata doesn't exhaust the stack."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    for key in ("phases_included", "engine", "dependencies", "decorator_params"):
        assert code_of(DIRECT.claiming(**{key: deep})) == "POET407"


ANOTHER = {"name": "x", "version": "v1", "digest": "d"}
PLANS: list[tuple[str, Case, Change]] = [
    ("more attempts at a call", GUARDED, within("retry", attempts=4)),
    ("fewer attempts at a call", RETRIED, within("retry", attempts=2)),
    ("attempts without end", RETRIED, within("retry", attempts=1_000_000)),
    ("more attempts of the whole", GUARDED, setting(attempts=4)),
    ("fewer attempts of the whole", GUARDED, setting(attempts=2)),
    ("attempts nobody asked for", ASYNC_GUARDED, setting(attempts=2)),
    ("attempts around a direct function", DIRECT, setting(attempts=3, form="guarded")),
    ("another budget", GUARDED, within("budget", seconds=50.0)),
    ("no budget", GUARDED, setting(budget=None)),
    ("a budget nobody asked for", DIRECT, setting(budget={"seconds": 1.0, "mechanism": "alarm"}, form="guarded")),
    ("a budget kept in another way", GUARDED, within("budget", mechanism="alarm-or-thread")),
    ("a budget kept by no alarm", GUARDED, within("budget", mechanism="cooperative")),
    ("a longer first wait", RETRIED, within("retry", first=86400.0)),
    ("the longest wait of a day", RETRIED, within("retry", most=86400.0)),
    ("a day for all of it", RETRIED, within("retry", budget=86400.0)),
    ("no breaker", GUARDED, setting(breaker=None)),
    ("a breaker for another thing", GUARDED, within("breaker", per="host")),
    ("strict unasked", DIRECT, setting(perceive="strict")),
    ("strict enforce unasked", DIRECT, setting(enforce="strict")),
    ("perceive switched off", DIRECT, setting(perceive="off", parameters=())),
    ("enforce switched off", DIRECT, setting(enforce="off", result=None, returns=())),
    ("deep unasked", DIRECT, setting(deep=True)),
    ("a contract left out", DIRECT, lambda plan: plan.model_copy(update={"parameters": plan.parameters[:1]})),
    ("contracts in another order", DIRECT, lambda plan: plan.model_copy(update={"parameters": plan.parameters[::-1]})),
    ("contract narrower than the annotation", DIRECT, within("parameters", 0, text="str")),
    ("contract wider than the annotation", DIRECT, within("parameters", 0, text="str | bytes | None")),
    ("contract that is code", DIRECT, within("parameters", 0, text="__import__('os')")),
    ("contract of an unannotated parameter", RETRIED, within("parameters", 1, subject="depth")),
    ("contract of no parameter", DIRECT, within("parameters", 0, subject="other")),
    ("contract of the arguments", GUARDED, within("parameters", 0, subject="rest", text="tuple")),
    ("result's contract of another type", DIRECT, within("result", text="int")),
    ("result's contract missing", DIRECT, setting(result=None, returns=())),
    ("text converted unasked", DIRECT, within("parameters", 1, converts=True)),
    ("a return not checked", DIRECT, setting(returns=())),
    ("another place of a return", DIRECT, setting(returns=[(5, 4, 5, 24)])),
    ("another form", DIRECT, setting(form="guarded")),
    ("wrapped for no reason", DIRECT, setting(operate="wrapped", reason="as I like")),
    ("wrapped called moved", WRAPPED, setting(operate="relocated", reason=None)),
    ("another reason", WRAPPED, setting(reason="as I like")),
    ("effects", GUARDED, setting(effects="pure")),
    ("asked for something else", DIRECT, setting(asked={"timeout": 5})),
    ("watched", DIRECT, setting(watched=True)),
    ("an enhancement more", DIRECT, setting(enhancements=("perceive: all is well",))),
    ("a note more", DIRECT, setting(notes=("not repeated: as I like",))),
    ("a summary more", DIRECT, setting(summary=(("operate", "as you like"),))),
    ("a dependency", DIRECT, setting(dependencies=("evil",))),
    ("a number of its own", DIRECT, setting(tunables={"x": 1.0})),
    ("a file of its own", DIRECT, setting(files={"train.py": "import os\n"})),
    ("a file outside", DIRECT, setting(files={"../evil.py": "import os\n"})),
    (
        "another template",
        DIRECT,
        lambda plan: _provenance(plan, template=ANOTHER),
    ),
    ("a limit on the rate", DIRECT, setting(rate_limit={"calls": 1, "seconds": 3600.0, "burst": 1}, form="guarded")),
    ("a bulkhead", DIRECT, setting(bulkhead={"limit": 1}, form="guarded")),
    ("a hedge", ASYNC_GUARDED, setting(hedge=0.01)),
    ("events", DIRECT, setting(events=1.0, form="guarded")),
    ("a fallback", DIRECT, setting(fallback={"literal": "1"}, form="guarded")),
    ("domain's step left out", SUPPLIED, lambda plan: plan.model_copy(update={"steps": plan.steps[1:]})),
    ("domain's strictness unasked", SUPPLIED, within("steps", 0, arguments=(("mode", "'strict'"),))),
    ("domain's argument unknown", SUPPLIED, within("steps", 0, arguments=(("hook", "30"),))),
    ("domain's argument made of something", SUPPLIED, within("steps", 0, arguments=(("min_rows", "enforce"),))),
    ("domain's argument that runs", SUPPLIED, within("steps", 0, arguments=(("min_rows", "print()"),))),
    ("domain's step of another thing", SUPPLIED, within("steps", 0, thing="Guard")),
    ("domain's step of no thing", SUPPLIED, within("steps", 0, thing="import_module")),
    ("domain's data crossed", SUPPLIED, within("steps", 1, takes=("reference_data", "current_data"))),
    ("domain's data given back crossed", SUPPLIED, within("steps", 0, gives=("reference_data", "current_data"))),
    ("domain's other constants", SUPPLIED, within("steps", 1, arguments=(("extra", "{'admin': True}"),))),
    ("domain's result dropped", SUPPLIED, within("steps", 2, gives=("alpha",))),
    ("a domain for a function of none", DIRECT, setting(steps=[SUPPLIED.plan.steps[0].model_dump()], form="guarded")),
]


def _provenance(plan: Any, **fields: Any) -> Any:
    return type(plan).model_validate({**plan.model_dump(), "provenance": {**plan.provenance.model_dump(), **fields}})


@pytest.mark.parametrize(("case", "change"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_what_is_planned_is_the_users(case: Case, change: Change) -> None:
    """Attempts, budgets, modes and contracts are the policy's and the annotations', though text and plan agree."""
    assert code_of(case.planned(change)) == "POET408"


def test_every_field_of_a_plan_is_compared() -> None:
    """The table above changes each, but for those that other tables change."""
    changed = {"schema_version"}
    for _, case, change in PLANS:
        before, after = case.plan.model_dump(), change(case.plan).model_dump()
        changed |= {name for name in before if before[name] != after[name]}
    elsewhere = {"calls", "regions", "timed", "loops", "frames", "checks", "functions", "body"}
    assert type(DIRECT.plan).model_fields.keys() - changed == elsewhere


ANNOTATIONS = [
    ("int", "int | None", ()),
    ("'int | None'", "int", ()),
    ("Optional[int]", "int", ("from typing import Optional",)),
    ("Optional[int]", "int | None", ()),
    ("t.Union[int, str]", "int", ("import typing as t",)),
    ("Annotated[dict[str, int], 'x']", "list", ("from typing import Annotated",)),
    ("Literal[Colour.RED]", "str", ("from typing import Literal",)),
    ("Sequence[int]", "list", ("from collections.abc import Sequence",)),
    ("Optional[int]", "int | None", ("from mine import Optional",)),
    ("int if x else str", "int", ()),
    ("'int +'", "int", ()),
    ("3", "int", ()),
]


@pytest.mark.parametrize(("annotation", "contract", "imports"), ANNOTATIONS)
def test_contract_must_follow_from_the_annotation(annotation: str, contract: str, imports: tuple[str, ...]) -> None:
    """It admits neither less nor more, and what isn't understood has no contract."""
    case = Case(f"@poet()\ndef f(x: {annotation}):\n    return x\n", context=ModuleContext(imports=imports))
    verify(case.draft)
    wrong = [{"subject": "x", "text": contract}]
    assert [each.model_dump(exclude_defaults=True) for each in case.plan.parameters] != wrong
    assert code_of(case.planned(setting(parameters=wrong))) == "POET408"


OTHERS = {
    "a `str` of its own": replace(DIRECT, context=ModuleContext(bound=("str",))),
    "a star import": replace(DIRECT, context=ModuleContext(star_import=True)),
    **{
        f"{policy.perceive}, {policy.enforce}": replace(DIRECT, policy=policy)
        for policy in (
            Policy(perceive="off"),
            Policy(enforce="off"),
            Policy(perceive="strict"),
            Policy(enforce="strict"),
            Policy(depth="deep"),
        )
    },
    "no domain": replace(SUPPLIED, source=SUPPLIED.source.replace('domain="ml_monitoring"', ""), policy=Policy()),
}


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_an_answer_for_other_settings_is_refused(case: Case) -> None:
    """What was switched off isn't checked, what was asked to be strict is; and modules rebind names."""
    verify(case.draft)
    usual = DIRECT if case.source == DIRECT.source else SUPPLIED
    answer = replace(case.draft, plan=usual.plan, files=usual.draft.files, metadata=usual.draft.metadata)
    assert code_of(answer) == "POET408"


STUB = 'return {"drift_detected": False, "score": 0.0, "method": ["none", -1]}'


@pytest.mark.parametrize(
    "body", ["return compute(current_data)", "x = 1", "return {'drift_detected': f()}", "raise ValueError", "yield 1"]
)
def test_only_a_stub_is_supplied(body: str) -> None:
    """A body that does something can't be replaced by the domain's."""
    case = replace(SUPPLIED, source=SUPPLIED.source.replace(STUB, body))
    verify(case.draft)
    assert case.plan.operate != "supplied"
    steps = [step.model_dump() for step in SUPPLIED.plan.steps]
    supplied = setting(steps=steps, operate="supplied", reason=SUPPLIED.plan.reason, form="guarded")
    assert code_of(case.planned(supplied)) == "POET408"


@pytest.mark.parametrize(
    "body", ["...", "pass", "raise NotImplementedError", "raise NotImplementedError('later')", "return None", "return"]
)
def test_every_stub_may_be_supplied(body: str) -> None:
    """Docstring, constants, `...`, `pass` and NotImplementedError make a stub."""
    case = replace(SUPPLIED, source=SUPPLIED.source.replace(STUB, body))
    verify(case.draft)
    assert (case.plan.operate == "supplied") is (body != "return None"), "None is a result that no drift test gives"


TIED = {
    "locals": "@poet()\ndef f(self):\n    return locals()\n",
    "vars": "@poet()\ndef f(self):\n    return vars()\n",
    "vars of whatever is given": "@poet()\ndef f(self):\n    return vars(*self)\n",
    "dir": "@poet()\ndef f(self):\n    return dir()\n",
    "eval": "@poet()\ndef f(self):\n    return eval('self')\n",
    "exec": "@poet()\ndef f(self):\n    exec('self')\n",
}


@pytest.mark.parametrize("source", TIED.values(), ids=TIED)
def test_body_that_is_tied_to_its_place_may_not_be_moved(source: str) -> None:
    """What would mean something else in the generated module stays where it is."""
    case = Case(source)
    verify(case.draft)
    assert case.plan.operate == "wrapped" and Generated(case.code).form == "original"
    assert code_of(case.planned(setting(operate="relocated", reason=None))) == "POET408"


def test_another_engine_is_held_to_the_same_plan() -> None:
    """Whoever made it, an answer passes if it is what the client's own rules give, and its metadata say who."""

    def other(plan: Any) -> Any:
        return _provenance(plan, engine="llm", engine_version="7", llm_model="m")

    verify(DIRECT.planned(other))
    assert code_of(DIRECT.planned(lambda plan: setting(attempts=3, form="guarded")(other(plan)))) == "POET408"
    with pytest.raises(VerifyError):
        verify(replace(DIRECT.planned(other), metadata=DIRECT.draft.metadata))
