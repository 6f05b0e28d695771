# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Drift detection: has the distribution of the current data changed from that of the reference data?

False alarms are held to `alpha` over a whole call, however many columns and windows it looks at.
"""

from bisect import bisect_right
from datetime import date, timedelta
from datetime import time as time_of_day
from numbers import Real
from zlib import crc32

from .drift_columns import drift_columns, drift_is_missing
from .drift_statistics import drift_divergences, drift_holm, drift_homogeneity, drift_kolmogorov_smirnov
from .errors import PerceiveError


_DRIFT_FEW_VALUES = 5
"""numeric columns of at most so many distinct values (flags, grades) are compared as categories"""
_DRIFT_WINDOW_ROWS = 500
"""fewest rows of a window of the most recent data"""
_DRIFT_WINDOWS = 3


def drift_test(
    original,
    current = "current_data",
    reference = "reference_data",
    *,
    alpha = 0.05,
    min_effect = 0.0,
    extra = None,
):
    """The domain's own test, in place of the body of the stub `original`: `test(current data, reference data)`.

    `current` and `reference` are the names of the parameters, for errors. A result has the keys of `drift_between` and
    every key of the stub's (`extra`: the constants of those that the test knows nothing of).
    """
    names = tuple(f"{original.__qualname__}() argument {name!r}" for name in (current, reference))
    level = alpha

    def test(
        current, reference, *, alpha = None, importance = None
    ):
        given = level if alpha is None else alpha
        found = drift_between(
            current, reference, alpha=given, min_effect=min_effect, importance=importance, names=(names[0], names[1])
        )
        if extra:
            from copy import deepcopy

            return {**deepcopy(dict(extra)), **found}  # a caller may change what a list or dict in it holds
        return found

    return test


def drift_between(
    current,
    reference,
    *,
    alpha = 0.05,
    min_effect = 0.0,
    importance = None,
    names = ("current", "reference"),
):
    """Compares two samples, column by column, and says whether any column has drifted.

    A column is tested by what it holds: numbers by Kolmogorov-Smirnov, categories (text, bools, at most 5 distinct
    numbers) by chi-square or permutation. Missing values are left out, columns of dates and times are not compared. If
    the current data have one column of dates and 1000 rows or more, the latest half and quarter are tested too. All
    p-values are adjusted together (Holm), so `alpha` is the chance of any false alarm in the call. `importance`
    (column -> weight >= 0; 1 where not said) shares `alpha` out unevenly; weight 0 leaves a column out.

    Returns:
        drift_detected: p_value <= alpha and score >= min_effect, for some column.
        score: in [0, 1], the largest difference between the two distribution functions (for categories: between the
            probabilities of any set of them) in the column with the strongest evidence.
        p_value, test, column: of that column; the p-value is the adjusted one.
        severity: "none", or by the population stability index "minor" < 0.1 <= "moderate" < 0.25 <= "major".
        columns: name -> the same for each, with psi, kl (current from reference, nats) and window (rows tested).
        skipped: name -> why it was not compared. alpha: as given.

    Raises:
        PerceiveError: the data can't be read, or there is no column to compare.
    """
    latest, in_time_order = _drift_by_time(drift_columns(current, names[0]))
    pairs, skipped = _drift_pairs(latest, drift_columns(reference, names[1]))
    weights = {name: float((importance or {}).get(name, 1.0)) for name in pairs}
    for name in [name for name in pairs if not weights[name] > 0]:
        skipped[name] = "importance 0"
        del pairs[name]
    if not pairs:
        why = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise PerceiveError(f"{names[0]} and {names[1].rsplit(' ', 1)[-1]} have no column that can be compared ({why})")
    columns = _drift_compared(pairs, weights, alpha, windows=_DRIFT_WINDOWS if in_time_order else 1)
    for column in columns.values():
        column["drifted"] = column["p_value"] <= alpha and column["score"] >= min_effect
        column["severity"] = _drift_severity(column) if column["drifted"] else "none"
    worst, leading = min(
        columns.items(), key=lambda item: (not item[1]["drifted"], item[1]["p_value"], -item[1]["score"])
    )
    return {
        "drift_detected": leading["drifted"],
        "score": leading["score"],
        "p_value": leading["p_value"],
        "test": leading["test"],
        "column": worst,
        "severity": max((column["severity"] for column in columns.values()), key=_DRIFT_SEVERITIES.index),
        "alpha": alpha,
        "columns": columns,
        "skipped": skipped,
    }


_DRIFT_SEVERITIES = ("none", "minor", "moderate", "major")


def _drift_severity(column):
    return "minor" if column["psi"] < 0.1 else "moderate" if column["psi"] < 0.25 else "major"


def _drift_by_time(columns):
    """The rows in order of their one column of dates, and whether there is one.

    Without it nothing says in what order rows come: the latest part of data that were sorted by something else differs
    from the whole though nothing has changed.
    """
    dated = [values for values in columns.values() if values and _drift_all(date, values)]
    if len(dated) != 1 or any(len(values) != len(dated[0]) for values in columns.values()):
        return columns, False
    try:
        order = sorted(range(len(dated[0])), key=dated[0].__getitem__)
    except TypeError:  # dates with and without a time zone have no order
        return columns, False
    return {name: [values[row] for row in order] for name, values in columns.items()}, True


def _drift_pairs(
    current, reference
):
    """Column name -> (current, reference) values without missing ones; and why the other columns are skipped."""
    if len(current) == len(reference) == 1 and set(current) != set(reference):
        name = next(iter(reference))
        current = {name: next(iter(current.values()))}
    pairs, skipped = {}, {}
    for name in dict.fromkeys([*reference, *current]):
        if name not in current or name not in reference:
            skipped[name] = f"only in the {'reference' if name in reference else 'current'} data"
            continue
        left, right = ([value for value in side[name] if not drift_is_missing(value)] for side in (current, reference))
        if not left or not right:
            skipped[name] = "no values"
        elif _drift_all(date | time_of_day | timedelta, left, right):
            skipped[name] = "dates and times"
        else:
            pairs[name] = _drift_numbers(left, right)
    return pairs, skipped


def _drift_numbers(current, reference):
    """Numbers for numbers written as text, if some values of the column are numbers and all others read as one."""
    types = {*map(type, current), *map(type, reference)}
    if str not in types or types == {str}:
        return current, reference
    try:
        left, right = ([float(v) if type(v) is str else v for v in side] for side in (current, reference))
    except ValueError:
        return current, reference
    return left, right


def _drift_all(kind, *sides):
    """Whether every value is of `kind`; Decimal counts as real, bool doesn't."""
    types = {each for side in sides for each in map(type, side)}
    return bool not in types and all(
        issubclass(each, kind) or (kind is Real and each.__name__ == "Decimal") for each in types
    )


def _drift_compared(
    pairs, weights, alpha, windows
):
    """Each column's strongest finding over its windows, its p-value adjusted for all columns and windows."""
    family = [
        (name, rows, weights[name] * share)
        for name, (left, _) in pairs.items()
        for rows, share in _drift_windows(len(left), windows)
    ]
    total = sum(weight for _, _, weight in family)
    found = [_drift_column(pairs[name], rows, alpha * weight / total) for name, rows, weight in family]
    adjusted = drift_holm([each["p_value"] for each in found], [weight for _, _, weight in family])
    columns = {}
    for (name, _, _), each, p_value in zip(family, found, adjusted, strict=True):
        if name not in columns or p_value < columns[name]["p_value"]:
            columns[name] = {**each, "p_value": p_value}
    return columns


def _drift_windows(rows, most):
    """(rows from the end, share of the column's weight): all rows, and of long data the latest half, quarter ...

    A change that began late is thinned out by the rows before it. All rows keep half of the weight.
    """
    sizes = [rows >> halvings for halvings in range(1, most) if rows >> halvings >= _DRIFT_WINDOW_ROWS]
    return [(rows, 0.5 if sizes else 1.0), *((size, 0.5 / len(sizes)) for size in sizes)]


def _drift_column(pair, rows, level):
    """One test of the last `rows` current values of a column, to be compared with `level`."""
    current, reference = pair[0][-rows:], pair[1]
    if _drift_all(Real, *pair) and len({*pair[0], *pair[1]}) > _DRIFT_FEW_VALUES:
        score, p_value, how = drift_kolmogorov_smirnov(current, reference)
        test = f"kolmogorov-smirnov ({how})"
        counts = _drift_binned(current, reference)
    else:
        labels = {_drift_label(value) for values in pair for value in values}
        order = {label: index for index, label in enumerate(sorted(labels, key=_drift_place))}
        counts = _drift_counted(current, order), _drift_counted(reference, order)
        score, p_value, test = drift_homogeneity(*counts, level)
    psi, kl = drift_divergences(*counts)
    return {"score": score, "p_value": p_value, "test": test, "psi": psi, "kl": kl, "window": rows}


def _drift_label(value):
    """What tells categories apart: 1, 1.0 and True are one category, 1 and "1" are two."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _drift_place(label):
    """A place among the categories that has nothing to do with the data: names in sequence (ids) are not neighbours."""
    said = repr(label)
    return crc32(said.encode("utf-8", "surrogatepass")), said


def _drift_counted(values, order):
    counts = [0] * len(order)
    for value in values:
        counts[order[_drift_label(value)]] += 1
    return counts


def _drift_binned(current, reference):
    """Counts in ten bins that hold a tenth of the reference each (fewer where values repeat)."""
    ordered = sorted(reference)
    edges = sorted({ordered[len(ordered) * tenth // 10] for tenth in range(1, 10)})
    sides = []
    for values in (current, reference):
        counts = [0] * (len(edges) + 1)
        for value in values:
            counts[bisect_right(edges, value)] += 1
        sides.append(counts)
    return sides[0], sides[1]
