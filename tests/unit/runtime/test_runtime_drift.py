"""Drift tests: p-values that can be believed, false alarms within alpha, changes found."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.runtime.drift import drift_between, drift_test
from poetc.runtime.drift_statistics import (
    drift_chi_square_tail,
    drift_divergences,
    drift_exact_tail,
    drift_holm,
    drift_homogeneity,
    drift_kolmogorov_smirnov,
    drift_kolmogorov_tail,
)
from poetc.runtime.errors import PerceiveError

Sample = Callable[[random.Random, int], Any]


def normal(chance: random.Random, rows: int) -> list[float]:
    return [chance.gauss(0, 1) for _ in range(rows)]


def tied(chance: random.Random, rows: int) -> list[int]:
    return [round(chance.gauss(0, 1) * 2) for _ in range(rows)]


def fifty(chance: random.Random, rows: int) -> list[str]:
    return [f"c{chance.randrange(50)}" for _ in range(rows)]


def skewed(chance: random.Random, rows: int) -> list[str]:
    return [str(int(chance.paretovariate(1))) for _ in range(rows)]


def identifiers(chance: random.Random, rows: int) -> list[str]:
    return [f"{chance.getrandbits(64):x}" for _ in range(rows)]


def dated(chance: random.Random, rows: int) -> dict[str, list[Any]]:
    """Rows sorted by value: only the column of dates tells their order in time."""
    times = [datetime(2024, 1, 1) + timedelta(minutes=i) for i in range(rows)]
    chance.shuffle(times)
    return {"time": times, "x": sorted(normal(chance, rows))}


def twenty_columns(chance: random.Random, rows: int) -> dict[str, list[Any]]:
    numbers = {f"n{i}": normal(chance, rows) for i in range(10)}
    return {**numbers, **{f"c{i}": [chance.choice("abcdef") for _ in range(rows)] for i in range(10)}}


def most_alarms(calls: int, alpha: float) -> int:
    """The least k that a false-alarm rate of alpha exceeds in fewer than one of 10,000 series of `calls`."""
    below, k = 0.0, -1
    while below < 1 - 1e-4:
        k += 1
        below += math.comb(calls, k) * alpha**k * (1 - alpha) ** (calls - k)
    return k


@pytest.mark.parametrize(
    ("sample", "current", "reference", "calls"),
    [
        pytest.param(normal, 200, 1000, 80, id="numbers-200-1000"),
        pytest.param(normal, 1001, 100, 80, id="numbers-1001-100"),
        pytest.param(tied, 200, 1000, 50, id="heavy-ties"),
        pytest.param(fifty, 200, 1000, 60, id="50-categories-200-1000"),
        pytest.param(fifty, 1001, 100, 60, id="50-categories-1001-100"),
        pytest.param(skewed, 60, 200, 100, id="rare-categories"),
        pytest.param(identifiers, 600, 900, 10, id="identifiers"),
        pytest.param(twenty_columns, 60, 200, 50, id="20-columns"),
        pytest.param(dated, 2000, 300, 30, id="dated-with-windows"),
    ],
)
def test_false_alarms_stay_within_alpha(sample: Sample, current: int, reference: int, calls: int) -> None:
    """Where nothing has changed, no more calls raise an alarm than chance allows at alpha."""
    alarms = 0
    for seed in range(calls):
        chance = random.Random(seed)
        alarms += drift_between(sample(chance, current), sample(chance, reference))["drift_detected"]
    assert alarms <= most_alarms(calls, 0.05)


@pytest.mark.parametrize(
    ("current", "reference"),
    [
        ([1, 2, 3], [1, 2, 3, 4, 5, 6]),
        ([1, 1, 2], [2, 2, 3, 3, 3]),
        ([5, 5, 5, 6], [5, 6, 6, 7, 7]),
        ([0.5, 1.5, 2.5, 3.5], [1, 2, 3, 4]),
    ],
)
def test_the_kolmogorov_smirnov_p_value_is_the_share_of_all_deals(current: list[float], reference: list[float]) -> None:
    """Exact means: the share of all ways to deal the pooled values that reach the observed distance, ties included."""
    pooled, size = [*current, *reference], len(current)
    distance, p_value, how = drift_kolmogorov_smirnov(current, reference)
    reached = deals = 0
    for chosen in combinations(range(len(pooled)), size):
        left = [pooled[i] for i in chosen]
        right = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        gap = max(abs(sum(v <= x for v in left) / size - sum(v <= x for v in right) / len(right)) for x in pooled)
        reached += gap >= distance - 1e-9
        deals += 1
    assert how == "exact"
    assert p_value == pytest.approx(reached / deals, rel=1e-12)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=9), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_exact_p_values_hold_every_level(pooled: list[int], size: int) -> None:
    """Over all deals of any pooled sample, P(p <= a) <= a at every level a that occurs."""
    size = min(size, len(pooled) - 1)
    found = []
    for chosen in combinations(range(len(pooled)), size):
        left = [pooled[i] for i in chosen]
        right = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        found.append(drift_kolmogorov_smirnov(left, right)[1])
    for level in set(found):
        assert sum(p <= level for p in found) / len(found) <= level + 1e-9


@pytest.mark.parametrize(
    ("n", "m", "ties", "extreme"),
    [(20, 20, [1] * 40, 2), (90, 300, [1] * 390, 2), (90, 300, [100] * 3 + [30] * 3, 1), (60, 200, [60, 200], 1)],
)
def test_small_p_values_lose_no_digits(n: int, m: int, ties: list[int], extreme: int) -> None:
    """Samples that don't overlap at all: as many deals as `extreme` are so far apart."""
    assert drift_exact_tail(n, m, n * m, ties) == pytest.approx(extreme / math.comb(n + m, n), rel=1e-9)


def test_p_values_agree_with_scipy() -> None:
    """The same numbers as scipy's, where both compute the same thing."""
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed: p-values are not compared with it")
    chance = random.Random(7)
    for n, m in [(5, 7), (50, 50), (200, 1000), (100, 1001)]:
        left, right = normal(chance, n), [x + 0.1 for x in normal(chance, m)]
        distance, p_value, _ = drift_kolmogorov_smirnov(left, right)
        theirs = stats.ks_2samp(left, right, method="exact")
        assert (distance, p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)
    for scaled in (0.03, 0.3, 0.5, 1.0, 1.17, 1.19, 1.5, 3.0):
        assert drift_kolmogorov_tail(scaled) == pytest.approx(stats.kstwobign.sf(scaled), rel=1e-9)
    for statistic, freedom in [(0.1, 1), (3.2, 1), (10, 4), (70, 49), (800, 49), (2000, 2001)]:
        assert drift_chi_square_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9)
    table = [[30, 40, 50], [300, 350, 500]]
    assert drift_homogeneity(*table)[1] == pytest.approx(stats.chi2_contingency(table)[1], rel=1e-9)


def test_the_permutation_p_value_agrees_with_the_chi_square_one() -> None:
    """Where the approximation is good too, both say nearly the same."""
    rare = drift_homogeneity([14, 18, 9, 4], [12, 40, 20, 5])
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed: p-values are not compared with it")
    assert rare[2] == "permutation"
    assert rare[1] == pytest.approx(stats.chi2_contingency([[14, 18, 9, 4], [12, 40, 20, 5]])[1], abs=0.03)


def test_a_level_below_what_permutations_reach_gets_another_test() -> None:
    """1999 permutations can't give p < 0.0005; where alpha is shared among many columns, grouped categories can."""
    current, reference = [6] * 25 + [0] * 25, [10] * 50
    assert drift_homogeneity(current, reference)[1:] == (0.0005, "permutation")
    _, p_value, how = drift_homogeneity(current, reference, level=1e-6)
    assert how == "grouped chi-square"
    assert p_value < 1e-6


def test_holm_is_holms() -> None:
    """Adjusted p-values of a worked example, with and without weights."""
    assert drift_holm([0.01, 0.04, 0.03], [1, 1, 1]) == pytest.approx([0.03, 0.06, 0.06])
    assert drift_holm([0.04, 0.01], [0.75, 0.25]) == pytest.approx([0.04, 0.04])
    assert drift_holm([0.01, 0.06], [0.25, 0.75]) == pytest.approx([0.04, 0.06])


def test_divergences_are_zero_for_equal_shares_and_finite_for_empty_bins() -> None:
    """Half a count per bin keeps an empty bin from making infinity."""
    assert drift_divergences([50, 50], [50, 50]) == (0, 0)
    stability, divergence = drift_divergences([0, 100], [50, 50])
    assert stability > 0.25
    assert 0 < divergence < math.inf


@pytest.mark.parametrize("kind", ["numbers", "categories", "one column of twenty", "a new category", "late"])
def test_a_clear_change_is_found(kind: str) -> None:
    """Changes that one would want to hear of, at the sizes monitoring has, in at least 5 of 6 cases."""
    found = 0
    for seed in range(6):
        chance = random.Random(seed)
        if kind == "numbers":
            found += drift_between([x + 0.4 for x in normal(chance, 200)], normal(chance, 1000))["drift_detected"]
        elif kind == "categories":
            shifted = [f"c{min(chance.randrange(50), chance.randrange(50))}" for _ in range(200)]
            found += drift_between(shifted, fifty(chance, 1000))["drift_detected"]
        elif kind == "one column of twenty":
            current = {**twenty_columns(chance, 60), "n3": [x + 1.2 for x in normal(chance, 60)]}
            result = drift_between(current, twenty_columns(chance, 200))
            found += result["drift_detected"] and result["column"] == "n3"
        elif kind == "a new category":
            current = [*fifty(chance, 180), *["new"] * 20]
            found += drift_between(current, fifty(chance, 1000))["drift_detected"]
        else:
            current = dated(chance, 2400)
            current["x"] = [normal(chance, 1)[0] + (when.day + when.hour / 24 > 2) * 0.5 for when in current["time"]]
            result = drift_between(current, {"x": normal(chance, 1000)})
            found += result["drift_detected"] and result["columns"]["x"]["window"] < 2400
    assert found >= 5


def test_the_result_says_what_was_tested() -> None:
    """Keys, types and ranges are those that the contract names."""
    result = drift_between({"x": [1.0, 2.0, 3.0] * 20, "day": [None] * 60}, {"x": [1.5, 2.5] * 50, "y": [1] * 100})
    assert type(result["drift_detected"]) is bool
    assert 0 <= result["score"] <= 1
    assert 0 <= result["p_value"] <= 1
    assert result["column"] == "x"
    assert result["skipped"] == {"y": "only in the reference data", "day": "only in the current data"}
    assert {type(result[key]) for key in ("score", "p_value", "alpha")} == {float}


def test_numbered_identifiers_are_no_drift() -> None:
    """New rows have new ids; that neighbours in number are all new is no news about a category."""
    ids = [f"order-{number:06}" for number in range(3000)]
    assert drift_between(ids[1000:], ids[:1000])["drift_detected"] is False


def test_equal_data_give_equal_results() -> None:
    """No clock, no global randomness: the same call gives the same answer."""
    chance = random.Random(3)
    current, reference = fifty(chance, 100), fifty(chance, 300)
    random.seed(1)
    first = drift_between(current, reference)
    random.seed(2)
    assert drift_between(current, reference) == first


def test_the_order_of_rows_says_nothing() -> None:
    """The same values sorted are the same data, unless dates say otherwise."""
    chance = random.Random(6)
    current, reference = fifty(chance, 2000), fifty(chance, 90)
    plain, ordered = drift_between(current, reference), drift_between(sorted(current), sorted(reference))
    assert ordered["test"] == "permutation"
    assert (ordered["score"], ordered["p_value"]) == (plain["score"], plain["p_value"])


def test_small_effects_can_be_left_unreported() -> None:
    """With `min_effect` a difference that is certain but small is no alarm."""
    current, reference = [*["a"] * 5200, *["b"] * 4800], [*["a"] * 4800, *["b"] * 5200]
    assert drift_between(current, reference)["drift_detected"] is True
    assert drift_between(current, reference, min_effect=0.1)["drift_detected"] is False


def test_importance_shares_alpha_out() -> None:
    """A column that matters more needs less evidence; one of importance 0 is left out."""
    chance = random.Random(5)
    current = {"a": [x + 0.28 for x in normal(chance, 150)], **{f"n{i}": normal(chance, 150) for i in range(15)}}
    reference = {"a": normal(chance, 400), **{f"n{i}": normal(chance, 400) for i in range(15)}}
    even = drift_between(current, reference)["columns"]["a"]["p_value"]
    assert drift_between(current, reference, importance={"a": 30})["columns"]["a"]["p_value"] < even
    assert drift_between(current, reference, importance={"a": 0})["skipped"] == {"a": "importance 0"}


@pytest.mark.parametrize("wrong", [None, "text", 3, b"bytes", [], {}, {"a": []}, object()])
def test_what_is_no_data_is_refused(wrong: Any) -> None:
    """The error is a PerceiveError and names the argument."""
    with pytest.raises(PerceiveError, match=r"detect\(\) argument 'live'"):
        drift_test(detect, current="live", reference="reference_data")(wrong, [1.0, 2.0])


def detect(live: Any, reference_data: Any) -> dict[str, Any]:
    """A stub, for its name."""
    return {}


@pytest.mark.parametrize("missing", [[None] * 5, [float("nan")] * 5])
def test_nothing_but_missing_values_is_refused(missing: list[Any]) -> None:
    """A column without a value can't be compared."""
    with pytest.raises(PerceiveError, match="no column that can be compared"):
        drift_between(missing, [1.0, 2.0])


def test_missing_values_are_left_out() -> None:
    """None and NaN among the values change neither statistic nor p-value."""
    chance = random.Random(9)
    current, reference = normal(chance, 60), normal(chance, 90)
    plain = drift_between(current, reference)
    holes = drift_between([None, *current, float("nan")], [float("nan"), *reference, None])
    assert (holes["score"], holes["p_value"]) == (plain["score"], plain["p_value"])


def test_numbers_written_as_text_are_compared_as_numbers() -> None:
    """One side of a CSV read as text isn't a drift; other text in a column of numbers is."""
    values = [float(i % 17) for i in range(200)]
    assert drift_between([str(v) for v in values], values)["drift_detected"] is False
    assert drift_between(["broken"] * 100, values)["drift_detected"] is True


SHAPES: dict[str, Callable[[list[float]], Any]] = {
    "tuple": tuple,
    "iterator": iter,
    "rows": lambda v: [[x] for x in v],
    "records": lambda v: [{"x": x} for x in v],
    "columns": lambda v: {"x": v},
    "array.array": lambda v: __import__("array").array("d", v),
    "numpy": lambda v: pytest.importorskip("numpy", reason="numpy is not installed").array(v),
    "numpy, two-dimensional": lambda v: pytest.importorskip("numpy", reason="numpy is not installed").array([v]).T,
    "series": lambda v: pytest.importorskip("pandas", reason="pandas is not installed").Series(v),
    "data frame": lambda v: pytest.importorskip("pandas", reason="pandas is not installed").DataFrame({"x": v}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_data_gives_the_same_answer(shape: str) -> None:
    """Lists, arrays, rows, records and frames of the same values are the same data."""
    chance = random.Random(4)
    current, reference = normal(chance, 50), normal(chance, 70)
    plain = drift_between(current, reference)
    shaped = drift_between(SHAPES[shape](current), SHAPES[shape](reference))
    assert (shaped["score"], shaped["p_value"]) == (plain["score"], plain["p_value"])
    assert type(shaped["score"]) is float


def test_frames_are_compared_column_by_column() -> None:
    """Numbers, text, flags, dates and missing values of a real data frame, each as what they are."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: frames are not tested")
    frame = pandas.DataFrame(
        {
            "amount": [float(i % 23) for i in range(100)],
            "country": ["de", "fr", None, "it"] * 25,
            "active": [True, False] * 50,
            "day": pandas.date_range("2024-01-01", periods=100),
        }
    )
    result = drift_between(frame, frame)
    assert result["drift_detected"] is False
    assert result["skipped"] == {"day": "dates and times"}
    assert {name: column["test"] for name, column in result["columns"].items()} == {
        "amount": "kolmogorov-smirnov (exact)",
        "country": "chi-square",
        "active": "chi-square",
    }


def test_dates_of_numpy_are_no_numbers() -> None:
    """datetime64 in nanoseconds would come out of `tolist` as integers."""
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    days = numpy.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]").astype("datetime64[ns]")
    with pytest.raises(PerceiveError, match="dates and times"):
        drift_between(days, days)


def test_a_stubs_own_keys_are_kept_and_new_each_time() -> None:
    """`extra` has the keys that the test knows nothing of; changing a result doesn't change the next."""
    test = drift_test(detect, extra={"notes": [], "threshold": 0.5})
    first = test([1.0, 2.0], [1.0, 2.0])
    first["notes"].append("seen")
    second = test([1.0, 2.0], [1.0, 2.0])
    assert (second["notes"], second["threshold"]) == ([], 0.5)


def test_a_callers_alpha_counts() -> None:
    """A stub's own `alpha` parameter is handed on."""
    test = drift_test(detect, alpha=0.05)
    current, reference = [float(i) for i in range(40)], [float(i) + 20 for i in range(40)]
    assert test(current, reference)["drift_detected"] is True
    assert test(current, reference, alpha=1e-9)["drift_detected"] is False
