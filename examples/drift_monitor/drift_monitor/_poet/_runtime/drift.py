# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
from .core import EnforceError, PerceiveError, PoetContractWarning
from bisect import bisect_right
from collections import Counter
from datetime import date, time as time_of_day, timedelta
from math import erfc, exp, isfinite, lgamma, log, pi, sqrt
from numbers import Real
from random import Random
from zlib import crc32

# -- drift_columns: Reading data of any common shape as named columns, without importing the libraries that make
# those shapes.

def drift_is_missing(value):  # True for None, NaN, NaT and pandas' NA: what has no value, or isn't equal to itself.
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA has no truth value
        return True
    except Exception:  # an array as an element: a value
        return False

def drift_columns(data, name):  # `data` as columns: column name -> values, row by row, missing ones included.
    columns = _drift_read(data)
    if columns is None:
        raise PerceiveError(f"{name} is {type(data).__name__}, which can't be read as rows, columns or values")
    if not any(columns.values()):
        raise PerceiveError(f"{name} has no rows")
    return columns

def _drift_read(data):
    if data is None or isinstance(data, (str, bytes, bytearray, memoryview)):
        return None
    if hasattr(data, "items") and (hasattr(data, "columns") or hasattr(data, "keys")) and not _drift_is_series(data):
        return _drift_named(data.items())
    if hasattr(data, "iter_columns"):  # a polars frame
        return _drift_named((column.name, column) for column in data.iter_columns())
    dimensions = getattr(data, "ndim", 1)
    if dimensions not in {1, 2} or not hasattr(data, "__iter__"):
        return None
    values = _drift_values(data)
    if values and all(hasattr(row, "keys") and hasattr(row, "get") for row in values):
        return _drift_records(values)
    if values and all(_drift_is_row(row) for row in values):
        return _drift_rows(values)
    return {"value": values}

def _drift_is_series(data):
    return getattr(data, "ndim", 0) == 1 and hasattr(data, "tolist")

def _drift_values(column):  # The values as Python's own types, where the container knows how (`tolist`, `to_list`).
    if getattr(getattr(column, "dtype", None), "kind", "") in {"m", "M"} and not hasattr(column, "items"):
        unit = "datetime64[us]" if column.dtype.kind == "M" else "timedelta64[us]"
        column = column.astype(unit)  # in nanoseconds, numpy's tolist would give bare ints
    listed = getattr(column, "tolist", None) or getattr(column, "to_list", None)
    values = list(listed()) if listed is not None else list(column)
    return [value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value for value in values]

def _drift_named(columns):
    # Columns under distinct names: of two called "a" the second is "a.1", as pandas reads a file.
    found = {}
    for label, column in columns:
        name = free = str(label)
        again = 0
        while free in found:
            again += 1
            free = f"{name}.{again}"
        is_column = hasattr(column, "__iter__") and not isinstance(column, (str, bytes))
        found[free] = _drift_values(column) if is_column else [column]
    return found

def _drift_records(rows):
    names = dict.fromkeys(name for row in rows for name in row)
    return {str(name): [row.get(name) for row in rows] for name in names}

def _drift_is_row(row):
    return isinstance(row, (list, tuple)) or getattr(row, "ndim", 0) == 1

def _drift_rows(rows):
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        return None
    return {str(index): list(values) for index, values in enumerate(zip(*map(_drift_values, rows), strict=True))}

def drift_size(data):  # Rows of `data` if that can be told without consuming or computing anything, else None.
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return shape[0]
    if type(data) is dict:
        return max((drift_size(column) or 0 for column in data.values()), default=0)
    known = isinstance(data, (list, tuple, range)) or type(data).__name__ in {"array", "deque", "set", "frozenset"}
    return len(data) if known else None

def drift_missing_shares(data):
    # Column name -> share of missing values, in [0, 1]; vectorised where the container can do it.
    mark = getattr(data, "isna", None)
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    if callable(mark):
        return _drift_named_shares(mark().mean())
    if kind in {"i", "u", "b"}:
        return {}
    if kind == "f":
        return _drift_named_shares((data != data).mean(axis=0))
    columns = _drift_read(data) or {}
    return {name: sum(map(drift_is_missing, values)) / len(values) for name, values in columns.items() if values}

def _drift_named_shares(means):
    if hasattr(means, "items"):
        return {str(name): float(share) for name, share in means.items()}
    if getattr(means, "ndim", 0) == 1:
        return {str(index): float(share) for index, share in enumerate(means.tolist())}
    return {"value": float(means)}

# -- drift_statistics: Two-sample tests whose p-values can be believed at the sizes monitoring has, ties and
# rare categories included.

# most cells of the lattice for which the exact Kolmogorov-Smirnov p-value is worth its time (about 40 ms)
_DRIFT_EXACT_STEPS = 250_000

_DRIFT_PERMUTATIONS = 1999
_DRIFT_EXCEEDANCES = 20
_DRIFT_EXPECTED = 5.0  # least expected count of a cell for which the chi-square approximation is taken (Cochran 1954)

def drift_kolmogorov_smirnov(current, reference):
    # (statistic in [0, 1], p-value, "exact" or "asymptotic") of the two-sided two-sample test.
    if len(current) > len(reference):
        current, reference = reference, current
    n, m = len(current), len(reference)
    gap, ties = _drift_largest_gap(sorted(current), sorted(reference))
    distance = gap / (n * m)
    width = min(2 * gap // (n + m), n) + 1
    if sum(tie * (width + min(tie, n)) for tie in ties) <= _DRIFT_EXACT_STEPS:
        return distance, drift_exact_tail(n, m, gap, ties), "exact"
    return distance, drift_kolmogorov_tail(distance * sqrt(n * m / (n + m))), "asymptotic"

def _drift_largest_gap(left, right):
    # max |i*m - j*n| over the pooled values (i, j: how many are at or below), and the sizes of the groups of ties.
    n, m = len(left), len(right)
    i = j = gap = 0
    ties = []
    while i < n or j < m:
        value = min(left[i] if i < n else right[j], right[j] if j < m else left[i])
        below = i + j
        i, j = bisect_right(left, value, i), bisect_right(right, value, j)
        ties.append(i + j - below)
        gap = max(gap, abs(i * m - j * n))
    return gap, ties

def drift_exact_tail(n, m, gap, ties):
    # P(max |i*m - j*n| >= gap) if every way to deal the pooled values into n and m is equally likely, given the
    # ties.
    if gap <= 0:
        return 1.0
    total, seen, low, beyond = n + m, 0, 0, 0.0
    alive = [1.0]  # alive[k]: probability that low + k of the values seen so far are of the first sample
    for tie in ties:
        for _ in range(tie):
            left, ours = total - seen, n - low  # values to deal, and of them (less k) to the first sample
            taken = [mass * (ours - k) / left for k, mass in enumerate(alive)]
            kept = [mass * (left - ours + k) / left for k, mass in enumerate(alive)]
            alive = [kept[0], *[stay + come for stay, come in zip(kept[1:], taken, strict=False)], taken[-1]]
            seen += 1
        first = max((seen * n - gap) // total + 1, seen - m, 0)
        last = min((seen * n + gap - 1) // total, seen, n)
        beyond += sum(alive[: max(first - low, 0)]) + sum(alive[last - low + 1 :])
        alive, low = alive[max(first - low, 0) : last - low + 1], max(first, low)
        if not alive:
            return 1.0
    return min(max(beyond, 0.0), 1.0)

def drift_kolmogorov_tail(scaled):  # P(K >= scaled) of Kolmogorov's distribution.
    if scaled <= 0.04:  # 1 to more digits than a float has
        return 1.0
    if scaled < 1.18:
        terms = (exp(-((2 * k - 1) ** 2) * pi * pi / (8 * scaled * scaled)) for k in range(1, 6))
        return 1.0 - sqrt(2 * pi) / scaled * sum(terms)
    return 2.0 * sum((-1.0) ** (k - 1) * exp(-2.0 * k * k * scaled * scaled) for k in range(1, 6))

def drift_homogeneity(current, reference, level=0.05):
    # (largest difference of probabilities in [0, 1], p-value, how) of: are these counts of one distribution?
    pairs = [(a, b) for a, b in zip(current, reference, strict=True) if a + b]
    n, m = sum(current), sum(reference)
    distance = sum(abs(a / n - b / m) for a, b in pairs) / 2
    small = [pair[0] if n <= m else pair[1] for pair in pairs]
    totals = [a + b for a, b in pairs]
    if len(totals) < 2:
        return distance, 1.0, "chi-square"
    if min(totals) * min(n, m) >= _DRIFT_EXPECTED * (n + m):
        return distance, _drift_chi_square(small, totals), "chi-square"
    if min(n, m) * _DRIFT_PERMUTATIONS <= 1_000_000 and level * (_DRIFT_PERMUTATIONS + 1) >= 1:
        return distance, _drift_permuted(small, totals), "permutation"
    return distance, _drift_chi_square(*_drift_grouped(small, totals)), "grouped chi-square"

def _drift_chi_square(small, totals):
    # Pearson's test of homogeneity for a table of two rows: `small` one row, `totals` the sums of both.
    share = sum(small) / sum(totals)
    statistic = sum((got - total * share) ** 2 / total for got, total in zip(small, totals, strict=True))
    return drift_chi_square_tail(statistic / (share * (1 - share)), len(totals) - 1)

def drift_chi_square_tail(statistic, freedom):
    # P(X >= statistic) for `freedom` degrees of freedom: the finite sums of Abramowitz & Stegun 26.4.4 and 26.4.5.
    if statistic <= 0 or freedom < 1:
        return 1.0
    half = statistic / 2
    offset = 0.0 if freedom % 2 == 0 else 0.5
    terms = (exp((k + offset) * log(half) - half - lgamma(k + offset + 1)) for k in range(freedom // 2))
    return min(1.0, sum(terms) + (erfc(sqrt(half)) if offset else 0.0))

def _drift_permuted(small, totals):  # Permutation p-value of the chi-square statistic, the same for the same table.
    labels = [category for category, total in enumerate(totals) for _ in range(total)]
    chance = Random(repr((small, totals)))
    size = sum(small)
    observed = sum(got * got / total for got, total in zip(small, totals, strict=True)) * (1 - 1e-12)
    reached = 0
    for drawn in range(1, _DRIFT_PERMUTATIONS + 1):
        dealt = Counter(chance.sample(labels, size))
        reached += sum(got * got / totals[category] for category, got in dealt.items()) >= observed
        if reached == _DRIFT_EXCEEDANCES:
            return reached / drawn
    return (reached + 1) / (_DRIFT_PERMUTATIONS + 1)

def _drift_grouped(small, totals):
    # Categories added up, rarest first, until each group's expected count allows the approximation; which ones go
    # together depends on the pooled counts alone, so that it can't favour either sample.
    size, everything = sum(small), sum(totals)
    need = _DRIFT_EXPECTED * everything / min(size, everything - size)
    groups = [[0, 0]]
    for index in sorted(range(len(totals)), key=lambda category: totals[category]):
        if groups[-1][1] >= need:
            groups.append([0, 0])
        groups[-1][0] += small[index]
        groups[-1][1] += totals[index]
    if len(groups) > 1 and groups[-1][1] < need:
        got, total = groups.pop()
        groups[-1][0] += got
        groups[-1][1] += total
    return [got for got, _ in groups], [total for _, total in groups]

def drift_holm(p_values, weights):
    # Adjusted p-values: all compared with one level, the chance of any false alarm stays below it, however the
    # tests hang together (Holm, "A simple sequentially rejective multiple test procedure", Scand.
    order = sorted(range(len(p_values)), key=lambda index: p_values[index] / weights[index])
    adjusted = [1.0] * len(p_values)
    open_weight, largest = sum(weights), 0.0
    for index in order:
        largest = max(largest, min(1.0, p_values[index] / weights[index] * open_weight))
        adjusted[index] = largest
        open_weight -= weights[index]
    return adjusted

def drift_divergences(current, reference):
    # (population stability index, Kullback-Leibler divergence of current from reference in nats) of counts by bin.
    n, m, bins = sum(current), sum(reference), len(current)
    shares = [((a + 0.5) / (n + bins / 2), (b + 0.5) / (m + bins / 2)) for a, b in zip(current, reference, strict=True)]
    stability = sum((p - q) * log(p / q) for p, q in shares)
    return stability, sum(p * log(p / q) for p, q in shares)

# -- drift: Drift detection: has the distribution of the current data changed from that of the reference data?

_DRIFT_FEW_VALUES = 5  # numeric columns of at most so many distinct values (flags, grades) are compared as categories

_DRIFT_WINDOW_ROWS = 500  # fewest rows of a window of the most recent data

_DRIFT_WINDOWS = 3

def drift_test(original, current="current_data", reference="reference_data", *, alpha=0.05, min_effect=0.0, extra=None):
    # The domain's own test, in place of the body of the stub `original`: `test(current data, reference data)`.
    names = tuple(f"{original.__qualname__}() argument {name!r}" for name in (current, reference))
    level = alpha

    def test(current, reference, *, alpha=None, importance=None):
        given = level if alpha is None else alpha
        found = drift_between(
            current, reference, alpha=given, min_effect=min_effect, importance=importance, names=(names[0], names[1])
        )
        if extra:
            from copy import deepcopy

            return {**deepcopy(dict(extra)), **found}  # a caller may change what a list or dict in it holds
        return found

    return test

def drift_between(current, reference, *, alpha=0.05, min_effect=0.0, importance=None, names=("current", "reference")):
    # Compares two samples, column by column, and says whether any column has drifted.
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

def _drift_by_time(columns):  # The rows in order of their one column of dates, and whether there is one.
    dated = [values for values in columns.values() if values and _drift_all(date, values)]
    if len(dated) != 1 or any(len(values) != len(dated[0]) for values in columns.values()):
        return columns, False
    try:
        order = sorted(range(len(dated[0])), key=dated[0].__getitem__)
    except TypeError:  # dates with and without a time zone have no order
        return columns, False
    return {name: [values[row] for row in order] for name, values in columns.items()}, True

def _drift_pairs(current, reference):
    # Column name -> (current, reference) values without missing ones; and why the other columns are skipped.
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
    # Numbers for numbers written as text, if some values of the column are numbers and all others read as one.
    types = {*map(type, current), *map(type, reference)}
    if str not in types or types == {str}:
        return current, reference
    try:
        left, right = ([float(v) if type(v) is str else v for v in side] for side in (current, reference))
    except ValueError:
        return current, reference
    return left, right

def _drift_all(kind, *sides):  # Whether every value is of `kind`; Decimal counts as real, bool doesn't.
    types = {each for side in sides for each in map(type, side)}
    return bool not in types and all(
        issubclass(each, kind) or (kind is Real and each.__name__ == "Decimal") for each in types
    )

def _drift_compared(pairs, weights, alpha, windows):
    # Each column's strongest finding over its windows, its p-value adjusted for all columns and windows.
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
    # (rows from the end, share of the column's weight): all rows, and of long data the latest half, quarter ...
    sizes = [rows >> halvings for halvings in range(1, most) if rows >> halvings >= _DRIFT_WINDOW_ROWS]
    return [(rows, 0.5 if sizes else 1.0), *((size, 0.5 / len(sizes)) for size in sizes)]

def _drift_column(pair, rows, level):
    # One test of the last `rows` current values of a column, to be compared with `level`.
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

def _drift_label(value):  # What tells categories apart: 1, 1.0 and True are one category, 1 and "1" are two.
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value

def _drift_place(label):
    # A place among the categories that has nothing to do with the data: names in sequence (ids) are not neighbours.
    said = repr(label)
    return crc32(said.encode("utf-8", "surrogatepass")), said

def _drift_counted(values, order):
    counts = [0] * len(order)
    for value in values:
        counts[order[_drift_label(value)]] += 1
    return counts

def _drift_binned(current, reference):
    # Counts in ten bins that hold a tenth of the reference each (fewer where values repeat).
    ordered = sorted(reference)
    edges = sorted({ordered[len(ordered) * tenth // 10] for tenth in range(1, 10)})
    sides = []
    for values in (current, reference):
        counts = [0] * (len(edges) + 1)
        for value in values:
            counts[bisect_right(edges, value)] += 1
        sides.append(counts)
    return sides[0], sides[1]

# -- drift_contract: The contract around drift detection: are the data fit to be compared, and is a result what
# a result has to be?

class DriftInput:  # Checks the data parameters of one function, and hands them on as they are.
    __slots__ = ("max_missing", "min_rows", "mode", "names", "original", "said", "supplied")

    def __init__(
        self, original, current, reference=None, *, min_rows=30, max_missing=0.5, mode="repair", supplied=False
    ):
        self.original = original
        self.names = (current,) if reference is None else (current, reference)
        self.min_rows = min_rows
        self.max_missing = max_missing
        self.mode = mode
        self.supplied = supplied
        self.said = set()

    def __call__(self, *data):
        # The very objects given (one, or a tuple of two); warns or raises `PerceiveError`, see the class.
        for name, value in zip(self.names, data, strict=True):
            for complaint, fatal in self.complaints(name, value):
                message = f"{self.original.__qualname__}() argument {name!r} {complaint}"
                if self.mode == "strict" or (fatal and self.supplied):
                    raise PerceiveError(message)
                if complaint not in self.said:
                    self.said.add(complaint)
                    import warnings

                    warnings.warn(message, PoetContractWarning, stacklevel=3)
        return data[0] if len(data) == 1 else data

    def complaints(self, name, value):  # What is wrong with one argument, and whether that makes a test impossible.
        if value is None:
            return [("is None: there are no data", True)]
        try:
            return list(self.measured(value))
        except Exception:  # data of a kind nobody foresaw: whoever uses them has to say what is wrong with them
            return []

    def measured(self, value):  # Complaints about the number of rows and about missing values.
        rows = drift_size(value)
        if rows is None:
            return
        if rows == 0:
            yield "has no rows", True
            return
        if rows < self.min_rows:
            yield f"has {rows} rows, fewer than {self.min_rows}: only a large change can be found", False
        shares = drift_missing_shares(value)
        hopeless = bool(shares) and min(shares.values()) >= 1.0
        for column, share in shares.items():
            if share > self.max_missing:
                where = "" if column == "value" else f" in column {column!r}"
                yield f"has {share:.0%} missing values{where}, more than {self.max_missing:.0%}", hopeless

class DriftResult:
    # The contract of a drift result: a mapping with the keys `required` ("a, b"); `drift_detected` true or false,
    # `score` a finite number, `p_value`, where there is one, in [0, 1].

    __slots__ = ("mode", "original", "required")

    def __init__(self, original, required="drift_detected, score", *, mode="repair"):
        self.original = original
        self.required = tuple(required.split(", "))
        self.mode = mode

    def __call__(self, result):  # `result` itself, or repaired; raises `EnforceError`.
        if not hasattr(result, "keys") or not hasattr(result, "__getitem__"):
            raise self.error(f"{type(result).__name__}, not a mapping with {', '.join(self.required)}")
        missing = [key for key in self.required if key not in result]
        if missing:
            raise self.error(f"a result without {', '.join(missing)}")
        mended = {}
        for key, check in _DRIFT_CONTRACT.items():
            if key in result:
                good, better = check(result[key])
                if better is None or (not good and (self.mode == "strict" or type(result) is not dict)):
                    raise self.error(f"{key} = {result[key]!r}, which is not {_DRIFT_MEANING[key]}")
                if not good:
                    mended[key] = better
        return {**result, **mended} if mended else result

    def error(self, what):  # The error that says `what` was returned.
        return EnforceError(f"{self.original.__qualname__}() returned {what}")

def _drift_flag(value):
    # (good as it is, what to make of it or None): bool and numpy's bool are good, 0 and 1 can be read as one.
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return True, value
    return False, bool(value) if isinstance(value, int) and value in {0, 1} else None

def _drift_score(value):
    number = _drift_finite(value)
    return number is not None, number

def _drift_p_value(value):
    if value is None:  # how a detector says that it has none
        return True, True
    number = _drift_finite(value)
    if number is None or not -1e-9 <= number <= 1 + 1e-9:
        return False, None
    return 0 <= number <= 1, min(max(number, 0.0), 1.0)

def _drift_finite(value):
    try:
        return float(value) if isfinite(value) else None
    except Exception:  # whatever an odd object raises: it is no number
        return None

_DRIFT_CONTRACT = {"drift_detected": _drift_flag, "score": _drift_score, "p_value": _drift_p_value}
_DRIFT_MEANING = {"drift_detected": "a bool", "score": "a finite number", "p_value": "a probability"}
