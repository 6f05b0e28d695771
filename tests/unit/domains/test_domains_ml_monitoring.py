"""What ml_monitoring adds to which function."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import poetc.runtime.drift as runtime_drift
import poetc.runtime.drift_contract as runtime_contract
from poetc.domains import DomainError, DomainPart, FunctionFacts, Parameter, domain_part

PHASES = json.loads((Path(__file__).parents[3] / "templates/ml_monitoring/v1/phases.json").read_text(encoding="utf-8"))
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
    assert part is not None
    return part


def run(part: DomainPart, given: FunctionFacts, *arguments: Any) -> Any:
    """The part's lines, assembled as the guarded form does, and called; the body returns its parameters."""

    class Runtime:
        DriftInput = runtime_contract.DriftInput
        DriftResult = runtime_contract.DriftResult
        drift_test = staticmethod(runtime_drift.drift_test)

    names = ", ".join(parameter.name for parameter in given.parameters)
    body = [*part.perceive, *(part.supplied or (f"result = ({names},)",)), *part.enforce, "return result"]
    lines = ["def bind(original, rt):", *part.setup, f"def public({names}):", *(" " + line for line in body)]
    source = "\n".join([lines[0], *(" " + line for line in lines[1:]), " return public"])
    space: dict[str, Any] = {}
    exec(compile(source, "generated", "exec"), space)

    def original() -> None:
        """A name for errors."""

    return space["bind"](original, Runtime)(*arguments)


def test_a_stub_gets_quality_checks_a_test_and_a_contract() -> None:
    """The example of the design, line by line."""
    part = part_of(facts("current_data", "reference_data"))
    assert part.setup == (
        'quality = rt.DriftInput(original, current="current_data", reference="reference_data", min_rows=30, '
        "max_missing=0.5, supplied=True)",
        'drift = rt.drift_test(original, current="current_data", reference="reference_data", alpha=0.05, '
        "min_effect=0.0)",
        'verdict = rt.DriftResult(original, "drift_detected, score")',
    )
    assert part.perceive == ("current_data, reference_data = quality(current_data, reference_data)",)
    assert part.supplied == ("result = drift(current_data, reference_data)",)
    assert part.enforce == ("result = verdict(result)",)
    assert part.runtime == ("DriftInput", "drift_test", "DriftResult")
    assert part.dependencies == ()
    assert {line.split(":")[0] for line in part.enhancements} == {"perceive", "operate", "enforce"}


def test_the_lines_of_a_stub_find_drift() -> None:
    """Assembled and run, they do what a stub can't."""
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
    assert part.supplied is None
    assert part.enforce == ()
    first, second = [1.0] * 40, {"x": [1.0] * 40}
    result = run(part, given, first, second)
    assert result[0] is first
    assert result[1] is second


def test_a_body_that_returns_drift_results_has_them_checked() -> None:
    """Only the contract's keys that every return has are required."""
    part = part_of(
        facts("recent", "baseline", is_stub=False, constants={}, returned_keys=frozenset({"drift_detected"}))
    )
    assert 'verdict = rt.DriftResult(original, "drift_detected")' in part.setup


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
    assert part.supplied is None
    assert part.enforce == ()
    assert why in part.summary["operate"]


@pytest.mark.parametrize("returns", [None, "dict", "dict[str, Any]", "'Dict[str, float]'", "typing.Mapping[str, Any]"])
def test_an_empty_stub_that_detects_drift_is_supplied(returns: str | None) -> None:
    """`...`, `pass` and NotImplementedError say nothing of the result; name and annotation do."""
    given = facts("current", "reference", constants={}, returned_keys=None, is_empty=True, returns=returns)
    assert part_of(given).supplied is not None


def test_an_integer_zero_stands_for_a_float() -> None:
    """`"score": 0` is how many write it."""
    assert part_of(facts("current_data", "reference_data", constants={**STUB, "score": 0, "p_value": None})).supplied


def test_parameters_that_the_test_understands_are_handed_to_it() -> None:
    """A stub's own level and importance are used; what else it takes is left alone."""
    part = part_of(facts("current", "reference", "alpha", "feature_importance", "verbose"))
    assert part.supplied == ("result = drift(current, reference, alpha=alpha, importance=feature_importance)",)


@pytest.mark.parametrize(
    ("objective", "numbers"),
    [
        (None, "alpha=0.05, min_effect=0.0"),
        ("accuracy", "alpha=0.05, min_effect=0.0"),
        ("recall", "alpha=0.1, min_effect=0.0"),
        ("alert_quality", "alpha=0.01, min_effect=0.05"),
    ],
)
def test_the_objective_chooses_the_numbers(objective: str | None, numbers: str) -> None:
    """phases.json has them; nothing is written into the code."""
    assert numbers in part_of(facts("current", "reference", objective=objective)).setup[1]


def test_added_names_differ_from_the_functions_own() -> None:
    """Nothing that the function mentions, and not the function itself, is hidden by a name of the domain."""
    given = facts(
        "current", "reference", name="drift", mentioned=frozenset({"quality", "verdict", "verdict_", "result", "drift"})
    )
    part = part_of(given)
    bound = [line.split(" = ")[0] for line in part.setup]
    assert bound == ["quality_", "domain_drift", "verdict__"]
    assert part.supplied == ("result_ = domain_drift(current, reference)",)
    assert part.enforce == ("result_ = verdict__(result_)",)


@pytest.mark.parametrize("mode", ["strict", "off"])
def test_policies_reach_the_lines(mode: str) -> None:
    """ "strict" is handed on, "off" emits nothing."""
    part = part_of(facts("current", "reference", perceive=mode, enforce=mode))
    checks = [line for line in part.setup if "Drift" in line]
    assert len(checks) == (2 if mode == "strict" else 0)
    assert all('mode="strict"' in line for line in checks)
    assert part.supplied is not None


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
    assert domain_part("ml_monitoring", given, PHASES) is None


def test_a_single_data_parameter_is_checked_alone() -> None:
    """Without a pair there is still the quality of the data."""
    part = part_of(facts("sensor_data", is_stub=False, constants={}, returned_keys=None))
    assert part.perceive == ("sensor_data = quality(sensor_data)",)


def test_other_domains_have_no_code() -> None:
    """A domain may consist of template files alone."""
    assert domain_part("customer_service", facts("current", "reference"), {}) is None


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


def test_every_line_is_one_plain_statement() -> None:
    """Each line parses, by itself, to an assignment of a call with names and literals."""
    part = part_of(facts("current", "reference", "alpha", constants={**STUB, "extra": {"a": (1, [None, "x\n\"'"])}}))
    for line in (*part.setup, *part.perceive, *(part.supplied or ()), *part.enforce):
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.Assign)
        assert isinstance(statement.value, ast.Call)
        assert "\n" not in line
