"""What ml_monitoring adds to which function."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from generated import Generated

import poetc.runtime.drift as runtime_drift
import poetc.runtime.drift_contract as runtime_contract
from poetc.domains import DomainError, DomainPart, FunctionFacts, Parameter, domain_part
from poetc.service.generation import transpile
from poetc.wire import TranspileRequest
from poetc.wire.enhancement import Step

PHASES = json.loads((Path(__file__).parents[3] / "templates/ml_monitoring/v1/phases.json").read_text(encoding="utf-8"))
RUNTIME: dict[str, Any] = {
    "DriftInput": runtime_contract.DriftInput,
    "DriftResult": runtime_contract.DriftResult,
    "drift_test": runtime_drift.drift_test,
}
STUB = {"drift_detected": False, "score": 0.0}


def facts(*names: str, **more: Any) -> FunctionFacts:
    """A stub `detect_drift` of the given parameters, or what `more` makes of it."""
    given: dict[str, Any] = {
        "name": "detect_drift",
        "is_stub": True,
        "constants": STUB,
        "returned_keys": frozenset(STUB),
        **more,
    }
    return FunctionFacts(parameters=tuple(Parameter(name, "positional_or_keyword") for name in names), **given)


def part_of(given: FunctionFacts, phases: Any = PHASES) -> DomainPart:
    part = domain_part("ml_monitoring", given, phases)
    assert part != DomainPart()
    return part


def step_of(part: DomainPart, phase: str) -> Step:
    """The one step of a phase."""
    (found,) = (step for step in part.steps if step.phase == phase)
    return found


def arguments_of(step: Step) -> dict[str, Any]:
    """What the step's object is made with; "" is the argument that is given by position."""
    return {name: ast.literal_eval(source) for name, source in step.arguments}


def run(part: DomainPart, given: FunctionFacts, *arguments: Any) -> Any:
    """The part's steps around a body that returns its parameters, called."""

    def original() -> None:
        """A name for errors."""

    values: dict[str, Any] = dict(zip((parameter.name for parameter in given.parameters), arguments, strict=False))
    for phase in ("perceive", "operate", "enforce"):
        if phase == "operate" and not part.supplies:
            values["result"] = tuple(values[parameter.name] for parameter in given.parameters)
        for step in part.steps:
            if step.phase == phase:
                made = arguments_of(step)
                thing = RUNTIME[step.thing](original, *([made.pop("")] if "" in made else []), **made)
                out = thing(*(values[name] for name in step.takes), **{key: values[name] for key, name in step.named})
                values |= zip(step.gives, out if len(step.gives) > 1 else (out,), strict=True)
    return values["result"]


def test_a_stub_gets_quality_checks_a_test_and_a_contract() -> None:
    """The example of the design, step by step."""
    part = part_of(facts("current_data", "reference_data"))
    assert [(step.phase, step.thing) for step in part.steps] == [
        ("perceive", "DriftInput"),
        ("operate", "drift_test"),
        ("enforce", "DriftResult"),
    ]
    quality, drift, verdict = part.steps
    assert arguments_of(quality) == {
        "current": "current_data",
        "reference": "reference_data",
        "min_rows": 30,
        "max_missing": 0.5,
        "supplied": True,
    }
    assert arguments_of(drift) == {
        "current": "current_data",
        "reference": "reference_data",
        "alpha": 0.05,
        "min_effect": 0.0,
    }
    assert list(arguments_of(verdict).values()) == ["drift_detected, score"]
    assert quality.takes == quality.gives == drift.takes == ("current_data", "reference_data")
    assert verdict.takes == verdict.gives == drift.gives == ("result",)
    assert not quality.named and not drift.named and not verdict.named
    assert part.dependencies == ()
    assert {line.split(":")[0] for line in part.enhancements} == {"perceive", "operate", "enforce"}


def test_the_steps_of_a_stub_find_drift() -> None:
    """Run, they do what a stub can't."""
    given = facts("current_data", "reference_data", constants={**STUB, "threshold": 0.5, "notes": ["none"]})
    reference = [float(i) for i in range(100)]
    quiet = run(part_of(given), given, reference, reference)
    loud = run(part_of(given), given, [x + 50 for x in reference], reference)
    assert (quiet["drift_detected"], loud["drift_detected"]) == (False, True)
    assert {key: type(value) for key, value in quiet.items() if key in given.constants} == {
        key: type(value) for key, value in given.constants.items()
    }


def test_a_body_of_its_own_keeps_its_arguments() -> None:
    """Data go into the user's body as they are: the same objects."""
    given = facts("recent", "baseline", name="check", is_stub=False, constants={}, returned_keys=None)
    part = part_of(given)
    assert {step.phase for step in part.steps} == {"perceive"}
    first, second = [1.0] * 40, {"x": [1.0] * 40}
    result = run(part, given, first, second)
    assert result[0] is first
    assert result[1] is second


def test_a_body_that_returns_drift_results_has_them_checked() -> None:
    """Only the contract's keys that every return has are required."""
    part = part_of(
        facts("recent", "baseline", is_stub=False, constants={}, returned_keys=frozenset({"drift_detected"}))
    )
    verdict = step_of(part, "enforce")
    assert (verdict.thing, list(arguments_of(verdict).values())) == ("DriftResult", ["drift_detected"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"constants": {"drift": False}, "returned_keys": frozenset({"drift"})}, "has no 'drift_detected'"),
        ({"constants": {**STUB, "drift_detected": "no"}}, "'drift_detected' is str, the test's is bool"),
        ({"constants": {**STUB, "columns": []}}, "'columns' is list, the test's is dict"),
        ({"constants": {**STUB, "score": True}}, "'score' is bool, the test's is float"),
        ({"constants": {**STUB, "limits": {1, 2}}}, "more than numbers"),
        ({"constants": {**STUB, "limit": float("inf")}}, "more than numbers"),
        ({"constants": {}, "returned_keys": None}, "no dict with 'drift_detected'"),
        ({"constants": {}, "returned_keys": None, "is_empty": True, "returns": "bool"}, "its result is bool"),
        ({"constants": {}, "returned_keys": None, "is_empty": True, "name": "check_schema"}, "doesn't say"),
    ],
)
def test_a_stub_that_promises_something_else_stays(change: dict[str, Any], why: str) -> None:
    """The test's result must fit the stub's; else the stub stays, and the reason is said."""
    part = part_of(facts("current_data", "reference_data", **change))
    assert {step.phase for step in part.steps} == {"perceive"}
    assert why in dict(part.summary)["operate"]


@pytest.mark.parametrize("returns", [None, "dict", "dict[str, Any]", "'Dict[str, float]'", "typing.Mapping[str, Any]"])
def test_an_empty_stub_that_detects_drift_is_supplied(returns: str | None) -> None:
    """`...`, `pass` and NotImplementedError say nothing of the result; name and annotation do."""
    given = facts("current", "reference", constants={}, returned_keys=None, is_empty=True, returns=returns)
    assert part_of(given).supplies


def test_an_integer_zero_stands_for_a_float() -> None:
    """`"score": 0` is how many write it."""
    assert part_of(facts("current_data", "reference_data", constants={**STUB, "score": 0, "p_value": None})).supplies


def test_parameters_that_the_test_understands_are_handed_to_it() -> None:
    """A stub's own level and importance are used; what else it takes is left alone."""
    part = part_of(facts("current", "reference", "alpha", "feature_importance", "verbose"))
    step = step_of(part, "operate")
    assert step.takes == ("current", "reference")
    assert step.named == (("alpha", "alpha"), ("importance", "feature_importance"))


@pytest.mark.parametrize(
    ("objective", "numbers"),
    [
        (None, {"alpha": 0.05, "min_effect": 0.0}),
        ("accuracy", {"alpha": 0.05, "min_effect": 0.0}),
        ("recall", {"alpha": 0.1, "min_effect": 0.0}),
        ("alert_quality", {"alpha": 0.01, "min_effect": 0.05}),
    ],
)
def test_the_objective_chooses_the_numbers(objective: str | None, numbers: dict[str, float]) -> None:
    """phases.json has them; nothing is written into the code."""
    step = step_of(part_of(facts("current", "reference", objective=objective)), "operate")
    assert {name: value for name, value in arguments_of(step).items() if name in numbers} == numbers


@pytest.mark.parametrize(
    "body",
    [
        "return {'drift_detected': False, 'score': 0.0}",
        "quality, verdict, verdict_, result = 1, 2, 3, 4\n    return {'drift_detected': result > 9, 'score': 0.0}",
    ],
)
def test_added_names_differ_from_the_functions_own(body: str) -> None:
    """Nothing that the function mentions, and not the function itself, is hidden by a name of the domain."""
    code = f"@poet(domain='ml_monitoring')\ndef drift(current, reference):\n    {body}\n"
    made = Generated(transpile(TranspileRequest(function_code=code)).poet_implementation.code)
    names = {each.name for each in made.objects if each.thing in RUNTIME}
    assert len(names) == 2 + body.startswith("return")
    assert not names & {"drift", *(n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name))}


@pytest.mark.parametrize("mode", ["strict", "off"])
def test_policies_reach_the_steps(mode: str) -> None:
    """ "strict" is handed on, "off" adds no check."""
    part = part_of(facts("current", "reference", perceive=mode, enforce=mode))
    checks = [step for step in part.steps if step.phase != "operate"]
    assert len(checks) == (2 if mode == "strict" else 0)
    assert all(arguments_of(step)["mode"] == "strict" for step in checks)
    assert part.supplies


@pytest.mark.parametrize(
    "given",
    [
        facts("current", "reference", kind="generator"),
        facts("current", "reference", kind="async generator"),
        facts("count", is_stub=False, constants={}, returned_keys=frozenset({"n"})),
    ],
)
def test_nothing_is_added_where_nothing_makes_sense(given: FunctionFacts) -> None:
    """Generators, and functions without data and without a drift result."""
    assert domain_part("ml_monitoring", given, PHASES) == DomainPart()


def test_a_single_data_parameter_is_checked_alone() -> None:
    """Without a pair there is still the quality of the data."""
    part = part_of(facts("sensor_data", is_stub=False, constants={}, returned_keys=None))
    step = step_of(part, "perceive")
    assert step.takes == step.gives == ("sensor_data",) and "reference" not in arguments_of(step)


def test_other_domains_have_no_steps() -> None:
    """A domain may consist of template files alone."""
    assert domain_part("customer_service", facts("current", "reference"), {}) == DomainPart()


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("operate", "alpha", 0),
        ("operate", "alpha", "high"),
        ("operate", "min_effect", 1),
        ("perceive", "min_rows", 0),
        ("perceive", "max_missing", 1.5),
        ("enforce", "required", ["score"]),
        ("enforce", "required", ["drift_detected", "unknown"]),
        ("enforce", "result", []),
        ("operate", "alpha", None),
    ],
)
def test_phases_that_make_no_sense_are_refused(where: str, key: str, value: Any) -> None:
    """A template's mistake is said, not worked around."""
    with pytest.raises(DomainError, match="ml_monitoring"):
        part_of(facts("current", "reference"), {**PHASES, where: {**PHASES[where], key: value}})


def test_phases_without_a_key_are_refused() -> None:
    """The error names what is missing."""
    with pytest.raises(DomainError, match="'min_rows'"):
        part_of(facts("current", "reference"), {**PHASES, "perceive": {"max_missing": 0.5}})


def test_every_argument_is_a_literal() -> None:
    """Each is one line of source, whatever the stub's constants are; the objects take them by these names."""
    part = part_of(facts("current", "reference", "alpha", constants={**STUB, "extra": {"a": (1, [None, "x\n\"'"])}}))
    assert len(part.steps) == 3
    for step in part.steps:
        assert not [source for _, source in step.arguments if "\n" in source]
        made = arguments_of(step)
        inspect.signature(RUNTIME[step.thing]).bind("original", *([made.pop("")] if "" in made else []), **made)
    assert arguments_of(step_of(part, "operate"))["extra"] == {"extra": {"a": (1, [None, "x\n\"'"])}}
