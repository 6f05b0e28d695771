# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Two-sample tests whose p-values can be believed at the sizes monitoring has, ties and rare categories included."""

from bisect import bisect_right
from collections import Counter
from math import erfc, exp, lgamma, log, pi, sqrt
from random import Random


_DRIFT_EXACT_STEPS = 250_000
"""most cells of the lattice for which the exact Kolmogorov-Smirnov p-value is worth its time (about 40 ms)"""
_DRIFT_PERMUTATIONS = 1999
_DRIFT_EXCEEDANCES = 20
_DRIFT_EXPECTED = 5.0
"""least expected count of a cell for which the chi-square approximation is taken (Cochran 1954)"""


def drift_kolmogorov_smirnov(current, reference):
    """(statistic in [0, 1], p-value, "exact" or "asymptotic") of the two-sided two-sample test.

    Exact given the ties of the pooled sample where that is affordable; else the limit distribution, which at such sizes
    is as good as exact and, the more ties there are, errs the more on the side of fewer alarms.
    """
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
    """max |i*m - j*n| over the pooled values (i, j: how many are at or below), and the sizes of the groups of ties."""
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
    """P(max |i*m - j*n| >= gap) if every way to deal the pooled values into n and m is equally likely, given the ties.

    A lattice path count (Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för Matematik 3,
    1958) that looks at the gap only behind each group of tied values (Schröer & Trenkler, "Exact and randomization
    distributions of Kolmogorov-Smirnov tests for two or three samples", CSDA 20, 1995). Done as a walk of probabilities
    whose mass outside the band is summed as it leaves, so that small p-values lose no digits.
    """
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


def drift_kolmogorov_tail(scaled):
    """P(K >= scaled) of Kolmogorov's distribution.

    Smirnov's series in the tail, Jacobi's theta form near zero, where that one converges slowly (Marsaglia, Tsang &
    Wang, "Evaluating Kolmogorov's distribution", Journal of Statistical Software 8(18), 2003).
    """
    if scaled <= 0.04:  # 1 to more digits than a float has
        return 1.0
    if scaled < 1.18:
        terms = (exp(-((2 * k - 1) ** 2) * pi * pi / (8 * scaled * scaled)) for k in range(1, 6))
        return 1.0 - sqrt(2 * pi) / scaled * sum(terms)
    return 2.0 * sum((-1.0) ** (k - 1) * exp(-2.0 * k * k * scaled * scaled) for k in range(1, 6))


def drift_homogeneity(
    current, reference, level = 0.05
):
    """(largest difference of probabilities in [0, 1], p-value, how) of: are these counts of one distribution?

    `current` and `reference` are counts, category by category, in an order that has nothing to do with the data; both
    are taken as the samples they are. "chi-square" where every expected count is at least 5; else "permutation"
    (p-values down to 1/2000), and where `level`, the level the p-value is to be compared with, lies below that or it
    would take too long, "grouped chi-square": rare categories of similar frequency are added up.
    """
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
    """Pearson's test of homogeneity for a table of two rows: `small` one row, `totals` the sums of both."""
    share = sum(small) / sum(totals)
    statistic = sum((got - total * share) ** 2 / total for got, total in zip(small, totals, strict=True))
    return drift_chi_square_tail(statistic / (share * (1 - share)), len(totals) - 1)


def drift_chi_square_tail(statistic, freedom):
    """P(X >= statistic) for `freedom` degrees of freedom: the finite sums of Abramowitz & Stegun 26.4.4 and 26.4.5."""
    if statistic <= 0 or freedom < 1:
        return 1.0
    half = statistic / 2
    offset = 0.0 if freedom % 2 == 0 else 0.5
    terms = (exp((k + offset) * log(half) - half - lgamma(k + offset + 1)) for k in range(freedom // 2))
    return min(1.0, sum(terms) + (erfc(sqrt(half)) if offset else 0.0))


def _drift_permuted(small, totals):
    """Permutation p-value of the chi-square statistic, the same for the same table.

    Sequential, so that it is quick where there is nothing to find, and valid at every level (Besag & Clifford,
    "Sequential Monte Carlo p-values", Biometrika 78, 1991).
    """
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
    """Categories added up, rarest first, until each group's expected count allows the approximation; which ones go
    together depends on the pooled counts alone, so that it can't favour either sample."""
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
    """Adjusted p-values: all compared with one level, the chance of any false alarm stays below it, however the tests
    hang together (Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979, in its
    weighted form).
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index] / weights[index])
    adjusted = [1.0] * len(p_values)
    open_weight, largest = sum(weights), 0.0
    for index in order:
        largest = max(largest, min(1.0, p_values[index] / weights[index] * open_weight))
        adjusted[index] = largest
        open_weight -= weights[index]
    return adjusted


def drift_divergences(current, reference):
    """(population stability index, Kullback-Leibler divergence of current from reference in nats) of counts by bin.

    Half a count is added to every bin, so that an empty one gives no infinity. Both grow with the number of bins and
    shrink with the sample even if nothing has changed: they say how much, never whether.
    """
    n, m, bins = sum(current), sum(reference), len(current)
    shares = [((a + 0.5) / (n + bins / 2), (b + 0.5) / (m + bins / 2)) for a, b in zip(current, reference, strict=True)]
    stability = sum((p - q) * log(p / q) for p, q in shares)
    return stability, sum(p * log(p / q) for p, q in shares)
