"""Which parameters hold data, by their names."""

from __future__ import annotations

import pytest

from poetc.domains.data_parameters import data_pair, data_parameters
from poetc.domains.part import Parameter


def parameters(text: str) -> list[Parameter]:
    """ "a, b: int, **c" as parameters."""
    found = []
    for part in text.split(", "):
        name, _, annotation = part.partition(": ")
        kind = "var_keyword" if name.startswith("*") else "positional_or_keyword"
        found.append(Parameter(name.lstrip("*"), kind, annotation or None))
    return found


@pytest.mark.parametrize(
    ("signature", "pair"),
    [
        ("current_data, reference_data", ("current_data", "reference_data")),
        ("reference_data, current_data", ("current_data", "reference_data")),
        ("self, live: pd.DataFrame, baseline: pd.DataFrame", ("live", "baseline")),
        ("train_df, prod_df, threshold", ("prod_df", "train_df")),
        ("expected, observed", ("observed", "expected")),
        ("currentData, referenceData", ("currentData", "referenceData")),
        ("new_values, old_values", ("new_values", "old_values")),
        ("current_data, current_weights, reference_data", ("current_data", "reference_data")),
        ("current_data, reference_data, reference_name: str", ("current_data", "reference_data")),
        ("new_threshold, expected, current", ("current", "expected")),
    ],
)
def test_the_pair_is_found_by_its_words(signature: str, pair: tuple[str, str]) -> None:
    """One parameter with a word for "now", one with a word for "then"."""
    assert data_pair(parameters(signature)) == pair


@pytest.mark.parametrize(
    "signature",
    [
        "a, b",
        "data",
        "current_data, other_data",
        "current: int, reference: float",
        "current: str, reference: list",
        "new_threshold, old_threshold",
        "current_a, current_b, reference_c",
        "current_a, current_b, reference_a, reference_b",
        "*current, *reference",
        "current_vs_reference, data",
    ],
)
def test_no_pair_is_guessed(signature: str) -> None:
    """Where the words leave a choice or speak of something else, there is no pair."""
    assert data_pair(parameters(signature)) is None


@pytest.mark.parametrize(
    ("signature", "found"),
    [
        ("self, sensor_data, limit", ["sensor_data"]),
        ("X, y, model", ["X"]),
        ("df: pd.DataFrame, path: str", ["df"]),
        ("data: int", []),
        ("*data", []),
        ("user_id, name", []),
        ("batch, features", ["batch", "features"]),
    ],
)
def test_data_parameters_are_found_by_their_last_word(signature: str, found: list[str]) -> None:
    """Names for data, without scalar annotations."""
    assert data_parameters(parameters(signature)) == found
