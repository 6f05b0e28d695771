"""The contract around drift detection: data fit to be compared, results that are what they have to be."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

import pytest

from poetc.runtime.drift_contract import DriftInput, DriftResult
from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning


def monitor(current: Any, reference: Any) -> dict[str, Any]:
    """A function to be named in errors."""
    return {}


GOOD = [float(i) for i in range(40)]


@pytest.mark.parametrize("supplied", [True, False])
@pytest.mark.parametrize("mode", ["repair", "strict"])
def test_good_data_go_on_untouched(mode: str, supplied: bool) -> None:
    """The very objects come back, in silence."""
    reference = {"a": GOOD, "b": ["x"] * 40}
    checked = DriftInput(monitor, "current", "reference", mode=mode, supplied=supplied)(GOOD, reference)
    assert checked[0] is GOOD
    assert checked[1] is reference


def test_one_parameter_comes_back_alone() -> None:
    """Without a reference parameter there is no tuple."""
    assert DriftInput(monitor, "current")(GOOD) is GOOD


WRONG = [
    (None, "is None"),
    ([], "has no rows"),
    (GOOD[:5], "has 5 rows, fewer than 30"),
    ([None] * 30 + GOOD[:10], "has 75% missing values, more than 50%"),
    ({"a": GOOD, "b": [float("nan")] * 40}, "has 100% missing values in column 'b'"),
]


@pytest.mark.parametrize(("data", "complaint"), WRONG)
def test_a_users_own_body_gets_doubtful_data_with_a_warning(data: Any, complaint: str) -> None:
    """Its author may know better: the data go on as they are, and the warning comes once."""
    check = DriftInput(monitor, "current", "reference")
    with pytest.warns(PoetContractWarning, match=complaint) as caught:
        assert check(data, GOOD)[0] is data
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check(data, GOOD)[0] is data


@pytest.mark.parametrize(("data", "complaint"), WRONG)
def test_strict_refuses_doubtful_data(data: Any, complaint: str) -> None:
    """In mode "strict" the same complaints are errors, and name function and argument."""
    with pytest.raises(PerceiveError, match=r"monitor\(\) argument 'reference' " + complaint):
        DriftInput(monitor, "current", "reference", mode="strict")(GOOD, data)


@pytest.mark.parametrize("data", [None, [], [None] * 40, {"a": [None] * 40}])
def test_a_supplied_test_refuses_what_it_cant_test(data: Any) -> None:
    """Without any value there is nothing to say, whatever the mode."""
    with pytest.raises(PerceiveError):
        DriftInput(monitor, "current", "reference", supplied=True)(data, GOOD)


def test_a_supplied_test_takes_few_rows_with_a_warning() -> None:
    """Few rows can be tested; only a large change will be found."""
    with pytest.warns(PoetContractWarning, match="only a large change"):
        DriftInput(monitor, "current", "reference", supplied=True)(GOOD[:5], GOOD)


def test_iterators_are_not_consumed() -> None:
    """Looking at the data must not take anything from them."""
    data = iter(GOOD)
    DriftInput(monitor, "current", "reference", mode="strict")(data, GOOD)
    assert list(data) == GOOD


def test_data_of_an_unknown_kind_go_on() -> None:
    """An object that can't even be measured is left to whoever uses it."""

    class Odd:
        shape = (5000,)

        def __iter__(self) -> Any:
            raise RuntimeError("not like this")

    odd = Odd()
    assert DriftInput(monitor, "current", mode="strict")(odd) is odd


@pytest.mark.parametrize("make", ["frame", "series", "array", "grid"])
def test_missing_values_are_counted_in_arrays_and_frames(make: str) -> None:
    """NaNs of numpy and pandas count as missing, by column."""
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    holes = [*[float("nan")] * 30, *GOOD[:10]]
    data = {
        "frame": lambda: pandas.DataFrame({"a": holes, "b": GOOD}),
        "series": lambda: pandas.Series(holes),
        "array": lambda: numpy.array(holes),
        "grid": lambda: numpy.array([holes, GOOD]).T,
    }[make]()
    with pytest.warns(PoetContractWarning, match="75% missing values") as caught:
        DriftInput(monitor, "current")(data)
    assert len(caught) == 1


@pytest.mark.parametrize(
    "result",
    [
        {"drift_detected": True, "score": 0.5},
        {"drift_detected": False, "score": 3, "p_value": 0.2, "more": "keys"},
        {"drift_detected": False, "score": 0.0, "p_value": None},
        OrderedDict(drift_detected=True, score=17.5),
    ],
)
@pytest.mark.parametrize("mode", ["repair", "strict"])
def test_a_good_result_is_returned_itself(result: Any, mode: str) -> None:
    """The same object, unchanged."""
    before = dict(result)
    assert DriftResult(monitor, mode=mode)(result) is result
    assert dict(result) == before


def test_numpys_own_types_are_good() -> None:
    """numpy.bool and numpy.float64 are what a comparison of arrays gives."""
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    result = {"drift_detected": numpy.float64(0.01) < 0.05, "score": numpy.float32(0.5), "p_value": numpy.float64(0.01)}
    assert DriftResult(monitor, mode="strict")(result) is result


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (True, "bool, not a mapping"),
        (None, "NoneType, not a mapping"),
        ([("score", 1)], "list, not a mapping"),
        ({"score": 0.1}, "a result without drift_detected"),
        ({"drift_detected": True, "score": float("nan")}, "score = nan, which is not a finite number"),
        ({"drift_detected": True, "score": float("inf")}, "score = inf"),
        ({"drift_detected": True, "score": None}, "score = None"),
        ({"drift_detected": "no", "score": 0.1}, "drift_detected = 'no', which is not a bool"),
        ({"drift_detected": 2, "score": 0.1}, "drift_detected = 2"),
        ({"drift_detected": True, "score": 0.1, "p_value": 1.5}, "p_value = 1.5, which is not a probability"),
        ({"drift_detected": True, "score": 0.1, "p_value": float("nan")}, "p_value = nan"),
    ],
)
def test_a_broken_result_raises(result: Any, what: str) -> None:
    """What can't be repaired is an EnforceError that says what was returned."""
    with pytest.raises(EnforceError, match=r"monitor\(\) returned ") as caught:
        DriftResult(monitor)(result)
    assert what in str(caught.value)


def test_what_can_be_read_one_way_only_is_repaired_in_a_copy() -> None:
    """0 and 1 become bools, rounding is put right; strict refuses both."""
    result = {"drift_detected": 1, "score": 0.5, "p_value": 1.0000000001}
    assert DriftResult(monitor)(result) == {"drift_detected": True, "score": 0.5, "p_value": 1.0}
    assert DriftResult(monitor)(result)["drift_detected"] is True
    assert result["p_value"] == 1.0000000001
    with pytest.raises(EnforceError):
        DriftResult(monitor, mode="strict")(result)


def test_only_the_keys_asked_for_are_required() -> None:
    """A function that never returns a score isn't made to."""
    result = {"drift_detected": False}
    assert DriftResult(monitor, "drift_detected")(result) is result
