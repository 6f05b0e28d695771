# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from __future__ import annotations

from _collections_abc import Callable as CallableClass
from _collections_abc import Iterable as IterableClass
from abc import ABCMeta
from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from datetime import time as time_of_day
from importlib import import_module
from math import erfc, exp, lgamma, log, pi, sqrt
from math import isfinite
from numbers import Real
from random import Random
from types import CodeType, FunctionType
from types import FunctionType
from types import GenericAlias, UnionType
from types import ModuleType
from zlib import crc32
import builtins
import os
import sys

class PerceiveError(TypeError, ValueError):
    """An argument doesn't satisfy its annotation and can't be repaired (`strict`), or a domain can't use it."""


class EnforceError(ValueError):
    """A result breaks the output contract (`strict`, or a domain's contract)."""


class CircuitOpenError(ConnectionError):
    """The breaker of this function is open: the call was not made."""


class BudgetSpentError(TimeoutError):
    """The call's whole budget (`timeout=`) is spent."""


class PoetStaleError(ImportError):
    """The source changed since the build, and the project asked for an error (`stale = "error"`)."""


class PoetStaleWarning(UserWarning):
    """The source changed since the build; said once per function, at import."""


class PoetContractWarning(UserWarning):
    """A result or an argument broke its contract and was passed on; said once per function."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OBSERVERS: list[Callable[[str, str, dict[str, Any]], None]] = []
"""called with the kind ("function.retry", "breaker.state" and the others of `events`), the function's name and what is
to be said"""


def name_of(function: Callable[..., Any]) -> str:
    """The dotted name of a function, "app.pay.receipt"."""
    return f"{function.__module__}.{function.__qualname__}"


def notice(kind: str, function: str, /, **said: Any) -> None:
    """Tell the observers; what they raise never reaches the call. Not to be called with a lock held."""
    for observer in tuple(OBSERVERS):
        shielded(observer, kind, function, said)


def shielded(listener: Callable[..., Any], /, *args: Any) -> None:
    """`listener(*args)`; an exception of it is logged and kept from the call."""
    try:
        listener(*args)
    except Exception:
        log_failure("a listener failed: %r", listener)


def log_failure(message: str, about: object) -> None:
    """Log the exception that is being handled; a handler or filter of the program's that raises is kept from the call
    as well."""
    with suppress(Exception):
        from logging import getLogger

        getLogger("poet").exception(message, about)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

CHECKED = {
    "int": int,
    "float": (float, int),
    "complex": (complex, float, int),
    "bool": bool,
    "str": str,
    "bytes": (bytes, bytearray, memoryview),
    "bytearray": bytearray,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "frozenset": frozenset,
    "None": type(None),
}
"""contract name -> what `isinstance` accepts; the numeric tower is PEP 484's"""


def accepted_types(contract: str) -> tuple[type, ...]:
    """The classes that satisfy a contract such as "float | None"."""
    found: list[type] = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)


def repaired(value: Any, types: tuple[type, ...]) -> Any:
    """`value` in a type of `types` if that loses nothing ("5" -> 5, [1] -> (1,)), else `value` itself."""
    kind = type(value)
    if kind is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    elif kind is list and tuple in types:
        return tuple(value)
    elif kind is tuple and list in types:
        return list(value)
    return value


LONGEST_NUMBER = 400
"""characters of a number as text; `int` itself refuses some thousands of digits"""


def written_as(parse: Callable[[str], Any], write: Callable[[Any], str], text: str) -> bool:
    """Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't."""
    try:
        return write(parse(text)) == text
    except ValueError:
        return False


def is_excused(value: Any, types: tuple[type, ...]) -> bool:
    """Whether a value passes for one of `types` all the same: a mock of a test, a number of numpy's own."""
    kind = type(value)
    mock = getattr(sys.modules.get("unittest.mock"), "NonCallableMock", None)
    if isinstance(mock, type) and issubclass(kind, mock):
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None or not types:
        return False
    pairs = ((int, "integer"), (float, "floating"), (complex, "complexfloating"), (bool, "bool_"))
    numbers = (getattr(numpy, name, None) for builtin, name in pairs if builtin in types)
    return any(isinstance(number, type) and issubclass(kind, number) for number in numbers)


class BuiltinTypes:
    """A contract of builtin types, "int | None", asked in the way in which a `Hint` is asked."""

    __slots__ = ("text", "types")

    basis = "its annotation says"

    def __init__(self, text: str) -> None:
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value: Any) -> bool:
        """Whether a value is of one of the types; one that raises when it is asked isn't."""
        try:
            return isinstance(value, self.types)
        except Exception:  # what `__class__` of a proxy raises
            return False

    def excuses(self, value: Any) -> bool:
        """Whether a value of another type is no reason to complain."""
        return is_excused(value, self.types)

    def repaired(self, value: Any) -> Any:
        """`value` in one of the types if that loses nothing, else `value` itself."""
        return repaired(value, self.types)

    def fault(self, value: Any) -> str:
        """Nothing is wrong with a value but its type."""
        return ""


def contract_named(contract: Any) -> Any:
    """What answers for a contract: itself if it is a `Hint`."""
    return BuiltinTypes(contract) if type(contract) is str else contract


class Perceive:
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts: builtin types ("int | None"), or a `Hint`. In mode "repair" what
    can't be repaired goes on to the original, and is named in the notes of whatever that raises; in "strict" it raises
    `PerceiveError`.
    """

    __slots__ = ("contracts", "enhanced", "mode", "original", "positions")

    def __init__(self, original: Callable[..., Any], mode: str = "repair", /, **contracts: Any) -> None:
        self.original = original
        self.enhanced: Callable[..., Any] = original
        self.mode = mode
        self.contracts = contracts
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name: str, value: Any) -> Any:
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value)
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            classes = {"given": type(value).__name__, "made": type(new).__name__}
            notice("function.repair", name_of(self.original), parameter=name, **classes)
        return new

    def complaint(self, name: str, value: Any) -> str:
        """What is wrong with an argument, in a line; nothing of the value is shown but its class."""
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Callable[..., Any], list[str]]:
        """The arguments, repaired where possible, the function to call with them, and complaints about the others.

        That is the original unless all of them are now as the inline tests want them: those would come here again.
        """
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.original
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def complaints(self, wrong: Iterable[tuple[str, Any]]) -> list[str]:
        """A line for each argument that isn't excused."""
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name: str) -> bool:
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name: str, value: Any) -> bool:
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call again with repaired arguments; what can't be repaired goes to the original."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """`__call__` for a generator function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error: BaseException, /, **values: Any) -> None:
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce:
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    def __init__(self, original: Callable[..., Any], contract: Any, mode: str = "repair", /) -> None:
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value: Any) -> Any:
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if self.warned and self.mode != "strict":
            return value
        fault = contract.fault(value)
        message = (
            f"{self.original.__qualname__}() returned {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )
        if self.mode == "strict":
            raise EnforceError(message)
        self.warned = True
        import warnings

        warnings.warn(message, PoetContractWarning, stacklevel=2)
        return value


def add_note(error: BaseException, *notes: str) -> None:
    """Add notes to an exception if it takes them (some classes have slots and no dict)."""
    for note in notes:
        try:
            error.add_note(f"poet: {note}")
        except Exception:  # a note must never replace the user's own error
            return

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def drift_is_missing(value: Any) -> bool:
    """True for None, NaN, NaT and pandas' NA: what has no value, or isn't equal to itself."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - the definition of NaN
    except TypeError:  # pandas.NA has no truth value
        return True
    except Exception:  # an array as an element: a value
        return False


def drift_columns(data: Any, name: str) -> dict[str, list[Any]]:
    """`data` as columns: column name -> values, row by row, missing ones included.

    Takes a mapping or data frame of columns, rows (mappings, or sequences of one length), a one- or two-dimensional
    array, or plain values (one column, "value"). `name` is the parameter's, for the error.

    Raises:
        PerceiveError: it is none of these, or has no rows.
    """
    columns = _drift_read(data)
    if columns is None:
        raise PerceiveError(f"{name} is {type(data).__name__}, which can't be read as rows, columns or values")
    if not any(columns.values()):
        raise PerceiveError(f"{name} has no rows")
    return columns


def _drift_read(data: Any) -> dict[str, list[Any]] | None:
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


def _drift_is_series(data: Any) -> bool:
    return getattr(data, "ndim", 0) == 1 and hasattr(data, "tolist")


def _drift_values(column: Any) -> list[Any]:
    """The values as Python's own types, where the container knows how (`tolist`, `to_list`)."""
    if getattr(getattr(column, "dtype", None), "kind", "") in {"m", "M"} and not hasattr(column, "items"):
        unit = "datetime64[us]" if column.dtype.kind == "M" else "timedelta64[us]"
        column = column.astype(unit)  # in nanoseconds, numpy's tolist would give bare ints
    listed: Callable[[], Any] | None = getattr(column, "tolist", None) or getattr(column, "to_list", None)
    values = list(listed()) if listed is not None else list(column)
    return [value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value for value in values]


def _drift_named(columns: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Columns under distinct names: of two called "a" the second is "a.1", as pandas reads a file."""
    found: dict[str, list[Any]] = {}
    for label, column in columns:
        name = free = str(label)
        again = 0
        while free in found:
            again += 1
            free = f"{name}.{again}"
        is_column = hasattr(column, "__iter__") and not isinstance(column, (str, bytes))
        found[free] = _drift_values(column) if is_column else [column]
    return found


def _drift_records(rows: list[Any]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {str(name): [row.get(name) for row in rows] for name in names}


def _drift_is_row(row: Any) -> bool:
    return isinstance(row, (list, tuple)) or getattr(row, "ndim", 0) == 1


def _drift_rows(rows: list[Any]) -> dict[str, list[Any]] | None:
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        return None
    return {str(index): list(values) for index, values in enumerate(zip(*map(_drift_values, rows), strict=True))}


def drift_size(data: Any) -> int | None:
    """Rows of `data` if that can be told without consuming or computing anything, else None."""
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return shape[0]
    if type(data) is dict:
        return max((drift_size(column) or 0 for column in data.values()), default=0)
    known = isinstance(data, (list, tuple, range)) or type(data).__name__ in {"array", "deque", "set", "frozenset"}
    return len(data) if known else None


def drift_missing_shares(data: Any) -> dict[str, float]:
    """Column name -> share of missing values, in [0, 1]; vectorised where the container can do it."""
    mark = getattr(data, "isna", None)
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    if callable(mark):
        return _drift_named_shares(mark().mean())
    if kind in {"i", "u", "b"}:
        return {}
    if kind == "f":
        return _drift_named_shares((data != data).mean(axis=0))  # noqa: PLR0124
    columns = _drift_read(data) or {}
    return {name: sum(map(drift_is_missing, values)) / len(values) for name, values in columns.items() if values}


def _drift_named_shares(means: Any) -> dict[str, float]:
    if hasattr(means, "items"):
        return {str(name): float(share) for name, share in means.items()}
    if getattr(means, "ndim", 0) == 1:
        return {str(index): float(share) for index, share in enumerate(means.tolist())}
    return {"value": float(means)}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DRIFT_EXACT_STEPS = 250_000
"""most cells of the lattice for which the exact Kolmogorov-Smirnov p-value is worth its time (about 40 ms)"""
_DRIFT_PERMUTATIONS = 1999
_DRIFT_EXCEEDANCES = 20
_DRIFT_EXPECTED = 5.0
"""least expected count of a cell for which the chi-square approximation is taken (Cochran 1954)"""


def drift_kolmogorov_smirnov(current: Sequence[float], reference: Sequence[float]) -> tuple[float, float, str]:
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


def _drift_largest_gap(left: Sequence[float], right: Sequence[float]) -> tuple[int, list[int]]:
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


def drift_exact_tail(n: int, m: int, gap: int, ties: Sequence[int]) -> float:
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


def drift_kolmogorov_tail(scaled: float) -> float:
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
    current: Sequence[int], reference: Sequence[int], level: float = 0.05
) -> tuple[float, float, str]:
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


def _drift_chi_square(small: Sequence[int], totals: Sequence[int]) -> float:
    """Pearson's test of homogeneity for a table of two rows: `small` one row, `totals` the sums of both."""
    share = sum(small) / sum(totals)
    statistic = sum((got - total * share) ** 2 / total for got, total in zip(small, totals, strict=True))
    return drift_chi_square_tail(statistic / (share * (1 - share)), len(totals) - 1)


def drift_chi_square_tail(statistic: float, freedom: int) -> float:
    """P(X >= statistic) for `freedom` degrees of freedom: the finite sums of Abramowitz & Stegun 26.4.4 and 26.4.5."""
    if statistic <= 0 or freedom < 1:
        return 1.0
    half = statistic / 2
    offset = 0.0 if freedom % 2 == 0 else 0.5
    terms = (exp((k + offset) * log(half) - half - lgamma(k + offset + 1)) for k in range(freedom // 2))
    return min(1.0, sum(terms) + (erfc(sqrt(half)) if offset else 0.0))


def _drift_permuted(small: Sequence[int], totals: Sequence[int]) -> float:
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


def _drift_grouped(small: Sequence[int], totals: Sequence[int]) -> tuple[list[int], list[int]]:
    """Categories added up, rarest first, until each group's expected count allows the approximation; which ones go
    together depends on the pooled counts alone, so that it can't favour either sample."""
    size, everything = sum(small), sum(totals)
    need = _DRIFT_EXPECTED * everything / min(size, everything - size)
    groups: list[list[int]] = [[0, 0]]
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


def drift_holm(p_values: Sequence[float], weights: Sequence[float]) -> list[float]:
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


def drift_divergences(current: Sequence[int], reference: Sequence[int]) -> tuple[float, float]:
    """(population stability index, Kullback-Leibler divergence of current from reference in nats) of counts by bin.

    Half a count is added to every bin, so that an empty one gives no infinity. Both grow with the number of bins and
    shrink with the sample even if nothing has changed: they say how much, never whether.
    """
    n, m, bins = sum(current), sum(reference), len(current)
    shares = [((a + 0.5) / (n + bins / 2), (b + 0.5) / (m + bins / 2)) for a, b in zip(current, reference, strict=True)]
    stability = sum((p - q) * log(p / q) for p, q in shares)
    return stability, sum(p * log(p / q) for p, q in shares)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

_DRIFT_FEW_VALUES = 5
"""numeric columns of at most so many distinct values (flags, grades) are compared as categories"""
_DRIFT_WINDOW_ROWS = 500
"""fewest rows of a window of the most recent data"""
_DRIFT_WINDOWS = 3


def drift_test(
    original: Callable[..., Any],
    current: str = "current_data",
    reference: str = "reference_data",
    *,
    alpha: float = 0.05,
    min_effect: float = 0.0,
    extra: Mapping[str, Any] | None = None,
) -> Callable[..., dict[str, Any]]:
    """The domain's own test, in place of the body of the stub `original`: `test(current data, reference data)`.

    `current` and `reference` are the names of the parameters, for errors. A result has the keys of `drift_between` and
    every key of the stub's (`extra`: the constants of those that the test knows nothing of).
    """
    names = tuple(f"{original.__qualname__}() argument {name!r}" for name in (current, reference))
    level = alpha

    def test(
        current: Any, reference: Any, *, alpha: float | None = None, importance: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
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
    current: Any,
    reference: Any,
    *,
    alpha: float = 0.05,
    min_effect: float = 0.0,
    importance: Mapping[str, float] | None = None,
    names: tuple[str, str] = ("current", "reference"),
) -> dict[str, Any]:
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


def _drift_severity(column: Mapping[str, Any]) -> str:
    return "minor" if column["psi"] < 0.1 else "moderate" if column["psi"] < 0.25 else "major"


def _drift_by_time(columns: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], bool]:
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
    current: dict[str, list[Any]], reference: dict[str, list[Any]]
) -> tuple[dict[str, tuple[list[Any], list[Any]]], dict[str, str]]:
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


def _drift_numbers(current: list[Any], reference: list[Any]) -> tuple[list[Any], list[Any]]:
    """Numbers for numbers written as text, if some values of the column are numbers and all others read as one."""
    types = {*map(type, current), *map(type, reference)}
    if str not in types or types == {str}:
        return current, reference
    try:
        left, right = ([float(v) if type(v) is str else v for v in side] for side in (current, reference))
    except ValueError:
        return current, reference
    return left, right


def _drift_all(kind: Any, *sides: Iterable[Any]) -> bool:
    """Whether every value is of `kind`; Decimal counts as real, bool doesn't."""
    types = {each for side in sides for each in map(type, side)}
    return bool not in types and all(
        issubclass(each, kind) or (kind is Real and each.__name__ == "Decimal") for each in types
    )


def _drift_compared(
    pairs: Mapping[str, tuple[list[Any], list[Any]]], weights: Mapping[str, float], alpha: float, windows: int
) -> dict[str, dict[str, Any]]:
    """Each column's strongest finding over its windows, its p-value adjusted for all columns and windows."""
    family = [
        (name, rows, weights[name] * share)
        for name, (left, _) in pairs.items()
        for rows, share in _drift_windows(len(left), windows)
    ]
    total = sum(weight for _, _, weight in family)
    found = [_drift_column(pairs[name], rows, alpha * weight / total) for name, rows, weight in family]
    adjusted = drift_holm([each["p_value"] for each in found], [weight for _, _, weight in family])
    columns: dict[str, dict[str, Any]] = {}
    for (name, _, _), each, p_value in zip(family, found, adjusted, strict=True):
        if name not in columns or p_value < columns[name]["p_value"]:
            columns[name] = {**each, "p_value": p_value}
    return columns


def _drift_windows(rows: int, most: int) -> list[tuple[int, float]]:
    """(rows from the end, share of the column's weight): all rows, and of long data the latest half, quarter ...

    A change that began late is thinned out by the rows before it. All rows keep half of the weight.
    """
    sizes = [rows >> halvings for halvings in range(1, most) if rows >> halvings >= _DRIFT_WINDOW_ROWS]
    return [(rows, 0.5 if sizes else 1.0), *((size, 0.5 / len(sizes)) for size in sizes)]


def _drift_column(pair: tuple[list[Any], list[Any]], rows: int, level: float) -> dict[str, Any]:
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


def _drift_label(value: Any) -> Any:
    """What tells categories apart: 1, 1.0 and True are one category, 1 and "1" are two."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _drift_place(label: Any) -> tuple[int, str]:
    """A place among the categories that has nothing to do with the data: names in sequence (ids) are not neighbours."""
    said = repr(label)
    return crc32(said.encode("utf-8", "surrogatepass")), said


def _drift_counted(values: Sequence[Any], order: Mapping[Any, int]) -> list[int]:
    counts = [0] * len(order)
    for value in values:
        counts[order[_drift_label(value)]] += 1
    return counts


def _drift_binned(current: Sequence[Any], reference: Sequence[Any]) -> tuple[list[int], list[int]]:
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class DriftInput:
    """Checks the data parameters of one function, and hands them on as they are.

    Looked at: no data at all, fewer than `min_rows` rows, columns with a share of missing values above `max_missing`.
    With `supplied` (the domain's own test will run) data that can't be tested raise `PerceiveError`. A user's own body
    may know better: there, everything is a `PoetContractWarning`, once per function and complaint. In mode "strict" all
    of it raises.
    """

    __slots__ = ("max_missing", "min_rows", "mode", "names", "original", "said", "supplied")

    def __init__(
        self,
        original: Callable[..., Any],
        current: str,
        reference: str | None = None,
        *,
        min_rows: int = 30,
        max_missing: float = 0.5,
        mode: str = "repair",
        supplied: bool = False,
    ) -> None:
        self.original = original
        self.names = (current,) if reference is None else (current, reference)
        self.min_rows = min_rows
        self.max_missing = max_missing
        self.mode = mode
        self.supplied = supplied
        self.said: set[str] = set()

    def __call__(self, *data: Any) -> Any:
        """The very objects given (one, or a tuple of two); warns or raises `PerceiveError`, see the class."""
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

    def complaints(self, name: str, value: Any) -> list[tuple[str, bool]]:
        """What is wrong with one argument, and whether that makes a test impossible. Iterators are not consumed."""
        if value is None:
            return [("is None: there are no data", True)]
        try:
            return list(self.measured(value))
        except Exception:  # data of a kind nobody foresaw: whoever uses them has to say what is wrong with them
            return []

    def measured(self, value: Any) -> Iterator[tuple[str, bool]]:
        """Complaints about the number of rows and about missing values."""
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
    """The contract of a drift result: a mapping with the keys `required` ("a, b"); `drift_detected` true or false,
    `score` a finite number, `p_value`, where there is one, in [0, 1]. A result that satisfies it is returned itself.

    In mode "repair" a `drift_detected` of 0 or 1 becomes a bool, and a `p_value` that rounding has put just outside
    [0, 1] is put back, in a copy. Whatever else breaks the contract raises `EnforceError`.
    """

    __slots__ = ("mode", "original", "required")

    def __init__(
        self,
        original: Callable[..., Any],
        required: str = "drift_detected, score",
        *,
        mode: str = "repair",
    ) -> None:
        self.original = original
        self.required = tuple(required.split(", "))
        self.mode = mode

    def __call__(self, result: Any) -> Any:
        """`result` itself, or repaired; raises `EnforceError`."""
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

    def error(self, what: str) -> EnforceError:
        """The error that says `what` was returned."""
        return EnforceError(f"{self.original.__qualname__}() returned {what}")


def _drift_flag(value: Any) -> tuple[bool, Any]:
    """(good as it is, what to make of it or None): bool and numpy's bool are good, 0 and 1 can be read as one."""
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return True, value
    return False, bool(value) if isinstance(value, int) and value in {0, 1} else None


def _drift_score(value: Any) -> tuple[bool, Any]:
    number = _drift_finite(value)
    return number is not None, number


def _drift_p_value(value: Any) -> tuple[bool, Any]:
    if value is None:  # how a detector says that it has none
        return True, True
    number = _drift_finite(value)
    if number is None or not -1e-9 <= number <= 1 + 1e-9:
        return False, None
    return 0 <= number <= 1, min(max(number, 0.0), 1.0)


def _drift_finite(value: Any) -> float | None:
    try:
        return float(value) if isfinite(value) else None
    except Exception:  # whatever an odd object raises: it is no number
        return None


_DRIFT_CONTRACT = {"drift_detected": _drift_flag, "score": _drift_score, "p_value": _drift_p_value}
_DRIFT_MEANING = {"drift_detected": "a bool", "score": "a finite number", "p_value": "a probability"}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any


class Check:
    """`test(value)` says whether a value will do; it may raise, which counts as yes.

    `classes`: `test` is no more than `isinstance(value, classes)`. `by_type`: what is said of one value is said of all
    of its class. `repair(value)` gives another value or `value` itself, `fault(value)` what is wrong beyond the class.
    `inside(value)` gives the parts of a container, those of one annotation together, with that annotation (None: it has
    other parts); `either` are the members of a union. Both are for `deep` alone.
    """

    __slots__ = ("by_type", "classes", "either", "fault", "inside", "repair", "test")

    def __init__(
        self,
        test: Callable[[Any], Any],
        classes: tuple[type, ...] = (),
        *,
        by_type: bool = False,
        repair: Callable[[Any], Any] | None = None,
        fault: Callable[[Any], str] | None = None,
        inside: Callable[[Any], Iterable[tuple[Iterable[Any], Any]] | None] | None = None,
        either: tuple[Check, ...] = (),
    ) -> None:
        self.test = test
        self.classes = classes
        self.by_type = by_type
        self.repair = repair
        self.fault = fault
        self.inside = inside
        self.either = either


def anything(value: Any) -> bool:
    """The test of what isn't checked."""
    return True


EVERYTHING = Check(anything, by_type=True)
"""the check of an annotation that says nothing, or nothing that can be checked"""


def instances(
    *classes: type, repair: Callable[[Any], Any] | None = None, inside: Any = None, by_type: bool | None = None
) -> Check:
    """Instances of some classes; the answer is kept by class unless one of the classes decides in its own way."""
    if by_type is None:
        by_type = all(has_plain_instances(each) for each in classes)

    def test(value: Any) -> bool:
        return isinstance(value, classes)

    return Check(test, classes, by_type=by_type, repair=repair, inside=inside)


def has_plain_instances(cls: type) -> bool:
    """Whether `isinstance(value, cls)` depends on the value's class alone."""
    method = type(cls).__instancecheck__
    return method is type.__instancecheck__ or method is ABCMeta.__instancecheck__


def any_of(parts: Sequence[Check]) -> Check:
    """A union; a member that can't be checked makes the whole of it unchecked."""
    if any(part is EVERYTHING for part in parts):
        return EVERYTHING
    if len(parts) == 1:
        return parts[0]
    classes = tuple(dict.fromkeys(each for part in parts for each in part.classes))
    tests = [part.test for part in parts if not part.classes]
    by_type = all(part.by_type for part in parts)

    def test(value: Any) -> bool:
        return isinstance(value, classes) or any(each(value) for each in tests)

    def repair(value: Any) -> Any:
        found = [new for part in parts if (new := repaired_by(part, value)) is not value]
        first = found[0] if found else value
        same = all(type(each) is type(first) and each == first for each in found)
        return first if same else value  # two readings are none

    def fault(value: Any) -> str:
        return next((text for part in parts if part.fault is not None and (text := part.fault(value))), "")

    alone = instances(*classes, by_type=by_type) if classes and not tests else Check(test, by_type=by_type)
    alone.repair, alone.fault, alone.either = repair, fault, tuple(parts)
    return alone


def repaired_by(check: Check, value: Any) -> Any:
    """What a check's repair makes of a value, if that satisfies the check; else `value` itself."""
    if check.repair is None:
        return value
    try:
        new = check.repair(value)
        return new if new is not value and check.test(new) else value
    except Exception:  # what can't be converted is passed on as it is
        return value


def one_of(values: tuple[Any, ...]) -> Check:
    """`Literal[...]`: equal to one of the values, and of its class or of one derived from it."""
    known = frozenset(values)
    classes = tuple({type(value) for value in values})

    def test(value: Any) -> bool:
        return isinstance(value, classes) and value in known

    def fault(value: Any) -> str:
        return "it is none of these values" if isinstance(value, classes) else ""

    return Check(test, fault=fault)


def with_keys(required: frozenset[str], inside: Any = None) -> Check:
    """A `TypedDict`: a dict that has the required keys."""

    def test(value: Any) -> bool:
        return isinstance(value, dict) and required <= value.keys()

    def fault(value: Any) -> str:
        missing = sorted(required - value.keys()) if isinstance(value, dict) else []
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, fault=fault, inside=inside)


def class_of(bound: Check) -> Check:
    """`type[X]`: X or a class derived from it; what stands for a class in another way isn't judged."""
    classes = bound.classes or (object,)

    def test(value: Any) -> bool:
        return issubclass(value, classes) if isinstance(value, type) else hasattr(value, "__origin__")

    return Check(test)


def with_members(protocol: type, names: Iterable[str]) -> Check:
    """A protocol whose instances can be told: each member is looked up in the class, so that no property runs."""
    wanted = frozenset(names)
    known: set[type] = set()

    def test(value: Any) -> bool:
        kind = type(value)
        if kind in known:
            return True
        good = protocol in kind.__mro__ or is_dynamic(kind) or wanted <= members(value)
        if good and len(known) < MOST_CLASSES:
            known.add(kind)
        return good

    def fault(value: Any) -> str:
        missing = sorted(wanted - members(value))
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, by_type=True, fault=fault)


MOST_CLASSES = 64
"""classes that are remembered as having a protocol's members"""


def is_dynamic(kind: type) -> bool:
    """Whether instances may have attributes that can't be looked up without asking them."""
    if issubclass(kind, type | ModuleType):
        return True
    return any("__getattr__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])


def has_own_lookup(cls: type) -> bool:
    """Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special."""
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names


def members(value: Any) -> set[str]:
    """The names of a value's own attributes and of those of its class."""
    return {*getattr(value, "__dict__", ()), *(name for each in type(value).__mro__ for name in vars(each))}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

BOUNDS: dict[str, tuple[str, Callable[[Any], Callable[[Any], Any]]]] = {
    "gt": ("Gt", lambda bound: lambda value: value > bound),
    "ge": ("Ge", lambda bound: lambda value: value >= bound),
    "lt": ("Lt", lambda bound: lambda value: value < bound),
    "le": ("Le", lambda bound: lambda value: value <= bound),
}
"""attribute -> (name of the constraint, bound -> test of a value)"""

LIMITED = frozenset({"Gt", "Ge", "Lt", "Le", "Interval", "MultipleOf", "MinLen", "MaxLen", "Len"})
"""classes of `annotated_types` whose attributes are read"""

SIZED = (str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, range)
"""what `len` is asked of: of anything else it may be a query of a database"""

Limit = tuple[str, "Callable[[Any], Any]"]
"""a constraint's name, as it is said to people, and its test, which may raise"""


def limits_in(metadata: Iterable[Any]) -> list[Limit]:
    """The constraints among the metadata of an annotation; what is none of them is passed over."""
    found: list[Limit] = []
    for each in metadata:
        kind = type(each)
        home, name = kind.__module__.partition(".")[0], kind.__name__
        if name == "FieldInfo" and home == "pydantic":
            found.extend(limits_in(each.metadata))
        elif name in LIMITED or (name == "Meta" and home == "msgspec"):
            found.extend(limits_of(each))
        elif name == "Predicate" and callable(getattr(each, "func", None)):
            found.append(predicate(each.func))
    return found


def limits_of(constraint: Any) -> list[Limit]:
    """One limit for each attribute that is set."""
    found: list[Limit] = []
    for attribute, (name, test) in BOUNDS.items():
        bound = getattr(constraint, attribute, None)
        if bound is not None:
            found.append((named(name, bound), test(bound)))
    step = getattr(constraint, "multiple_of", None)
    if step is not None:
        found.append((named("MultipleOf", step), multiple(step)))
    least, most = getattr(constraint, "min_length", None), getattr(constraint, "max_length", None)
    if least:
        found.append((named("MinLen", least), sized(least, None)))
    if most is not None:
        found.append((named("MaxLen", most), sized(0, most)))
    return found


def named(name: str, bound: Any) -> str:
    """`Gt(0)`; a bound that isn't a plain short number stays unsaid, for its `repr` may be anything."""
    plain = type(bound) is int and -(10**18) < bound < 10**18
    return f"{name}({bound})" if plain or type(bound) is float else name


def multiple(step: Any) -> Callable[[Any], Any]:
    """Whether a whole number is a multiple; of others it isn't asked, for 0.3 % 0.1 is not 0."""
    return lambda value: type(value) is not int or type(step) is not int or value % step == 0


def sized(least: Any, most: Any) -> Callable[[Any], Any]:
    """The length of what has one at once."""
    return lambda value: not isinstance(value, SIZED) or (len(value) >= least and (most is None or len(value) <= most))


def predicate(function: Callable[[Any], Any]) -> Limit:
    """A function of the user's; what an iterator holds would be gone after it, so it isn't asked about one."""
    name = getattr(function, "__qualname__", None)
    said = f"Predicate({name})" if type(name) is str and len(name) <= 60 else "Predicate"
    return said, lambda value: hasattr(type(value), "__next__") or function(value)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_TEXT = 10_000
"""characters of a text that is looked at; the longest that any of these classes writes is a path"""

WRITTEN_AS = {
    ("datetime", "date"): "isoformat",
    ("datetime", "time"): "isoformat",
    ("datetime", "datetime"): "isoformat",
    ("decimal", "Decimal"): "__str__",
    ("fractions", "Fraction"): "__str__",
    ("ipaddress", "IPv4Address"): "__str__",
    ("ipaddress", "IPv6Address"): "__str__",
    ("pathlib", "Path"): "__str__",
    ("pathlib", "PurePath"): "__str__",
    ("uuid", "UUID"): "__str__",
}
"""(module, class) -> the method that writes its values as text"""


def repair_for(cls: type) -> Callable[[Any], Any] | None:
    """The repair of values for a class, or None. Nothing is imported: a class that there is has its module loaded."""
    home, name = cls.__module__.partition(".")[0], cls.__qualname__
    if home == "builtins" and name in ("int", "float", "tuple", "list"):
        return builtin_repair(name)
    method = WRITTEN_AS.get((home, name))
    if method is not None and getattr(sys.modules.get(home), name, None) is cls:
        return text_repair(cls, method, whole=home in ("decimal", "fractions"))
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(cls, enum.EnumMeta):
        return None if issubclass(cls, enum.Flag) else member_repair(cls)
    return None


def builtin_repair(name: str) -> Callable[[Any], Any]:
    """What `Perceive` itself does for the builtin types."""
    types = accepted_types(name)

    def repair(value: Any) -> Any:
        return repaired(value, types)

    return repair


def text_repair(cls: Any, method: str, *, whole: bool) -> Callable[[Any], Any]:
    """Text -> the value that is written just so. `whole`: an int, which loses nothing either, is taken as well."""
    parse = getattr(cls, "fromisoformat", cls)

    def repair(value: Any) -> Any:
        if whole and type(value) is int:
            return cls(value)
        if type(value) is not str or not value or len(value) > LONGEST_TEXT:
            return value
        found = parse(value)
        return found if same_text(getattr(found, method)(), value) and is_finite(found) else value

    return repair


def same_text(written: str, given: str) -> bool:
    """Whether two texts say the same: but for an UTC offset written Z, a space before the time, capital hex digits."""
    if written == given:
        return True
    if given.endswith("Z") and written.endswith("+00:00"):
        given = given[:-1] + "+00:00"
    if len(given) > 10 and given[10] == " " and written[10] == "T":
        given = given[:10] + "T" + given[11:]
    return written == given or (len(written) == 36 and written.count("-") == 4 and written == given.lower())


def is_finite(value: Any) -> bool:
    """Whether a value is not a NaN or infinity that text names."""
    method = getattr(value, "is_finite", None)
    return method is None or bool(method())


def member_repair(cls: Any) -> Callable[[Any], Any]:
    """The value of an enumeration's member -> the member, unless it is another member's name as well."""

    def repair(value: Any) -> Any:
        member = cls._value2member_map_.get(value)
        if member is None or type(member._value_) is not type(value):
            return value
        return member if cls.__members__.get(value, member) is member else value

    return repair


def model_repair(cls: Any) -> Callable[[Any], Any]:
    """A dict -> the pydantic model that validates it, unless keys of it would be dropped."""

    def repair(value: Any) -> Any:
        if type(value) is not dict:
            return value
        if cls.model_config.get("extra", "ignore") == "ignore":
            fields = cls.model_fields.items()
            names = {name for key, field in fields for name in (key, field.alias, field.validation_alias)}
            if not names >= value.keys():
                return value
        return cls.model_validate(value)

    return repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


TYPING_MODULES = ("typing", "typing_extensions", "types", "collections.abc", "_collections_abc")
"""where the classes of annotations come from; an object of any other class is no annotation that is known"""

PROMOTED = {float: (float, int), complex: (complex, float, int), bytes: (bytes, bytearray, memoryview)}
"""PEP 484's numeric tower, and bytes"""

TRANSPARENT = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
"""qualifiers that say nothing of the value itself"""

WALKED = ("list", "tuple", "set", "frozenset", "deque")
WALKED_MAPPINGS = ("dict", "OrderedDict", "defaultdict")
"""classes of `builtins` and `collections` whose items are looked at on request; in others iterating may do anything"""


class HintReader:
    """Reads annotations, each object once; `scope` looks up those that are text."""

    __slots__ = ("known", "scope")

    def __init__(self, scope: HintScope) -> None:
        self.scope = scope
        self.known: dict[int, tuple[Any, Check]] = {}

    def check(self, annotation: Any) -> Check:
        """The check of an annotation; raises `HintUnresolved` for a name that isn't there."""
        key = id(annotation)
        if key not in self.known:
            self.known[key] = annotation, EVERYTHING  # where an alias is made of itself, that is where it ends
            try:
                self.known[key] = annotation, self.read(annotation)
            except BaseException:
                del self.known[key]
                raise
        return self.known[key][1]

    def read(self, annotation: Any) -> Check:
        """`check` for an annotation that is new."""
        kind = type(annotation)
        if annotation is None:
            return instances(type(None))
        if kind is str:
            return self.written(annotation, None)
        if issubclass(kind, type) and not issubclass(kind, GenericAlias):
            return self.of_class(annotation)
        if kind.__module__ not in TYPING_MODULES:
            return EVERYTHING
        if kind is UnionType:
            return any_of([self.check(each) for each in annotation.__args__])
        if hasattr(annotation, "__metadata__"):
            return self.limited(annotation)
        origin = getattr(annotation, "__origin__", None)
        return self.special(annotation) if origin is None else self.generic(annotation, origin)

    def written(self, text: str, module: str | None) -> Check:
        """A forward reference; only one that stands in the annotation itself is known to be meant for this module."""
        if module is None and not self.scope.is_written_here(text):
            return EVERYTHING
        return self.check(self.scope.meaning(text, module))

    def limited(self, annotation: Any) -> Check:
        """`Annotated[X, ...]`: X, and the constraints among the rest."""
        inner, limits = self.check(annotation.__origin__), limits_in(annotation.__metadata__)
        if not limits:
            return inner
        plain, classes, tests = inner.test, inner.classes, [test for _, test in limits]
        first = tests[0]

        def test_one(value: Any) -> Any:
            return isinstance(value, classes) and first(value)

        def test_all(value: Any) -> Any:
            return plain(value) and all(test(value) for test in tests)

        def fault(value: Any) -> str:
            if not plain(value):
                return inner.fault(value) if inner.fault is not None else ""
            return "it is not " + next((name for name, test in limits if not test(value)), "what it has to be")

        def inside(value: Any) -> list[tuple[Any, Any]]:
            return [((value,), annotation.__origin__)]

        opened = inside if inner.inside is not None or inner.either else None
        return Check(
            test_one if classes and len(tests) == 1 else test_all, repair=inner.repair, fault=fault, inside=opened
        )

    def special(self, annotation: Any) -> Check:
        """`NewType`, `TypeVar`, forward references, aliases of PEP 695, and names of `typing` that stand alone."""
        name = type(annotation).__name__
        if name == "ForwardRef":
            return self.written(annotation.__forward_arg__, annotation.__forward_module__)
        if name == "NewType":
            return self.check(annotation.__supertype__)
        if name == "TypeAliasType":
            return self.check(annotation.__value__)
        if name == "TypeVar":
            if annotation.__constraints__:
                return any_of([self.check(each) for each in annotation.__constraints__])
            return EVERYTHING if annotation.__bound__ is None else self.check(annotation.__bound__)
        alone = getattr(annotation, "_name", None)
        if alone == "LiteralString":
            return instances(str)
        if alone == "Self" and self.scope.owner is not None:
            return instances(self.scope.owner)
        return EVERYTHING

    def generic(self, annotation: Any, origin: Any) -> Check:
        """`X[...]`: what X asks for, and for `deep` what stands in the brackets."""
        args = getattr(annotation, "__args__", ())
        if not isinstance(origin, type):
            return self.special_generic(origin, args)
        if origin is type:
            return class_of(self.check(args[0])) if args else instances(type)
        if origin is CallableClass:
            return Check(callable, by_type=True)
        return self.of_class(origin, inside_of(origin, args))

    def special_generic(self, origin: Any, args: tuple[Any, ...]) -> Check:
        """`Optional[X]`, `Union[X, Y]`, `Literal[...]`, qualifiers, and generic aliases of PEP 695."""
        name = getattr(origin, "_name", None)
        if name in ("Union", "Optional"):
            return any_of([self.check(each) for each in args])
        if name == "Literal":
            return one_of(args)
        if name in TRANSPARENT:
            return self.check(args[0])
        if name in ("TypeGuard", "TypeIs"):
            return instances(bool)
        return self.check(origin.__value__) if type(origin).__name__ == "TypeAliasType" else EVERYTHING

    def of_class(self, cls: Any, inside: Callable[[Any], Any] | None = None) -> Check:
        """A class, bare or with brackets."""
        if cls is object:
            return EVERYTHING
        if hasattr(cls, "__required_keys__") and issubclass(cls, dict):
            return with_keys(self.required_of(cls), fields_of(cls))
        if getattr(cls, "_is_protocol", False):
            return with_members(cls, members_of(cls)) if getattr(cls, "_is_runtime_protocol", False) else EVERYTHING
        if cls.__module__ in TYPING_MODULES[:2]:  # Any, IO, and what else is a class for type checkers alone
            return EVERYTHING
        if cls is IterableClass:
            return Check(is_iterable, by_type=True, inside=inside)
        if is_model(cls):
            cls = cls.__pydantic_generic_metadata__["origin"] or cls
            return instances(cls, repair=model_repair(cls), by_type=True)
        return instances(*PROMOTED.get(cls, (cls,)), repair=repair_for(cls), inside=inside)

    def required_of(self, cls: Any) -> frozenset[str]:
        """The keys that a `TypedDict` requires.

        Where its annotations are text, Python (up to 3.13) doesn't see their `Required` and `NotRequired`.
        """
        said = {key: self.qualifier(annotation) for key, annotation in cls.__annotations__.items()}
        return frozenset(
            key for key, how in said.items() if how == "Required" or (not how and key in cls.__required_keys__)
        )

    def qualifier(self, annotation: Any) -> str | None:
        """ "Required" or "NotRequired" where a key's annotation, being text, says so; "?" where that can't be known."""
        text = getattr(annotation, "__forward_arg__", "")
        if "[" not in text:
            return None
        try:
            meaning = self.scope.meaning(text, annotation.__forward_module__)
        except Exception:  # a name that isn't there, or anything else that evaluating raises
            return "?"
        name = getattr(getattr(meaning, "__origin__", None), "_name", None)
        return name if name in ("Required", "NotRequired") else None


def fields_of(cls: Any) -> Callable[[Any], Any]:
    """The values of a `TypedDict` that are there, with their annotations."""
    return lambda value: [((value[key],), wanted) for key, wanted in cls.__annotations__.items() if key in value]


def members_of(protocol: Any) -> Iterable[str]:
    """What an instance of a protocol has to have."""
    found: Iterable[str] | None = getattr(protocol, "__protocol_attrs__", None)  # from Python 3.12 on
    listed: Callable[[Any], Iterable[str]] = getattr(sys.modules["typing"], "_get_protocol_attrs", vars)
    return listed(protocol) if found is None else found


def is_iterable(value: Any) -> bool:
    """Whether `iter` takes it, by `__iter__` or by items that are counted from 0."""
    return isinstance(value, IterableClass) or hasattr(type(value), "__getitem__")


def is_model(cls: Any) -> bool:
    """Whether a class is a model of pydantic 2, which is loaded if there is one."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base) and hasattr(cls, "__pydantic_generic_metadata__")


def inside_of(origin: Any, args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
    """What gives the parts of a container of the standard library with their annotations; None: it isn't opened."""
    if any(is_unpacked(each) for each in args):
        return None
    home = origin.__module__.partition(".")[0]
    if origin is tuple:
        return items_of(args[0]) if len(args) == 2 and args[1] is ... else fixed_items(args)
    if home == "numpy" and origin.__name__ == "ndarray" and len(args) == 2:
        kind = GenericAlias(type, getattr(args[1], "__args__", (object,))[0])
        return lambda value: [((value.dtype.type,), kind)]
    if home not in ("builtins", "collections", "_collections_abc"):
        return None
    if len(args) == 2:
        return pairs_of(*args)
    return items_of(args[0]) if len(args) == 1 else None


def is_unpacked(argument: Any) -> bool:
    """Whether an argument stands for any number of them: `*Ts`, `*tuple[int, ...]`, `Unpack[...]`."""
    origin = getattr(argument, "__origin__", None)
    return bool(getattr(argument, "__unpacked__", False)) or getattr(origin, "_name", None) == "Unpack"


def items_of(wanted: Any) -> Callable[[Any], Any]:
    """Each item of a list, tuple, set or deque; the keys of a dict."""
    return lambda value: [(value, wanted)] if is_walked(value, WALKED + WALKED_MAPPINGS) else ()


def is_walked(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a value's class is one of these, itself."""
    kind = type(value)
    return kind.__module__ in ("builtins", "collections") and kind.__qualname__ in names


def pairs_of(key: Any, value: Any) -> Callable[[Any], Any]:
    """Each key and each value of a dict."""

    def inside(mapping: Any) -> Any:
        return [(mapping, key), (mapping.values(), value)] if is_walked(mapping, WALKED_MAPPINGS) else ()

    return inside


def fixed_items(wanted: tuple[Any, ...]) -> Callable[[Any], Any]:
    """The items of a tuple, one by one; None for one of another length."""

    def inside(value: Any) -> Any:
        if type(value) is not tuple:
            return ()
        return (
            [((item,), kind) for item, kind in zip(value, wanted, strict=True)] if len(value) == len(wanted) else None
        )

    return inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any


class HintUnresolved(Exception):
    """A name of an annotation isn't there, or not yet."""


class HintScope:
    """Where the annotations of one function are looked up: its module, its class, and modules that are loaded anyway.

    `imports` maps names that the module imports (perhaps for type checkers only) to what they are.
    """

    __slots__ = ("imports", "inner", "owner", "space", "text", "texts")

    def __init__(self, original: Callable[..., Any], text: str, imports: Mapping[str, str]) -> None:
        self.space: dict[str, Any] = original.__globals__
        self.owner = owner_of(original)
        self.inner: Mapping[str, Any] = vars(self.owner) if self.owner is not None else {}
        self.text = text
        self.imports = imports
        self.texts: dict[str, Any] = {}

    def meaning(self, text: str, module: str | None = None) -> Any:
        """What a text stands for, always the same object; raises `HintUnresolved`."""
        if text not in self.texts:
            here = module is None or module == self.space.get("__name__")
            space = self.space if here else vars(sys.modules[module or ""])
            self.texts[text] = evaluated(text, space, self.locals_for if here else nothing_more)
        return self.texts[text]

    def is_written_here(self, text: str) -> bool:
        """Whether a forward reference stands in the annotation itself, not in an alias from elsewhere."""
        return text in self.text

    def locals_for(self, code: CodeType) -> dict[str, Any]:
        """Names that aren't the module's: of the class around the function, and imports meant for type checkers."""
        found = {}
        for name in code.co_names:
            known = name in self.space or hasattr(builtins, name)
            if name in self.inner:
                if known:
                    raise HintUnresolved(name)  # it may mean either
                found[name] = self.inner[name]
            elif not known and name in self.imports:
                value = loaded(self.imports[name])
                if value is not None:
                    found[name] = value
        return found


def nothing_more(code: CodeType) -> dict[str, Any]:
    """The further names of a text from another module."""
    return {}


def evaluated(text: str, space: dict[str, Any], further: Callable[[CodeType], dict[str, Any]]) -> Any:
    """The value of an annotation's text; raises `HintUnresolved`, or what evaluating raises."""
    code = compile(f"({text.strip()}\n)", "<annotation>", "eval")
    inner = further(code)
    if would_load(code.co_names, space) or ("." in text and asks_objects(code.co_names, space)):
        raise HintUnresolved(text)
    try:
        value = eval(code, space, inner)
    except (NameError, AttributeError):  # a class further down, a module half loaded, a name for type checkers only
        raise HintUnresolved(text) from None
    if value is None and text.strip() != "None":
        raise ValueError(text)  # what stands in for a library that isn't installed
    return value


def would_load(names: tuple[str, ...], space: dict[str, Any]) -> bool:
    """Whether reading attributes of a module named here might import something."""
    modules = [value for name in names if isinstance(value := space.get(name), ModuleType)]
    if any(type(module) is not ModuleType for module in modules):
        return True
    if not any("__getattr__" in vars(module) for module in modules):
        return False
    there = {*space, *dir(builtins), *(key for module in modules for key in vars(module))}
    return not there.issuperset(names)


def asks_objects(names: tuple[str, ...], space: dict[str, Any]) -> bool:
    """Whether attributes may be read of something that is neither a class nor a module: of a proxy, perhaps, that does
    anything when it is asked."""
    values = [space[name] for name in names if name in space]
    return not all(issubclass(type(v), type | ModuleType) or type(v).__module__ in KNOWN for v in values)


KNOWN = ("builtins", "types", "typing", "typing_extensions", "annotated_types")
"""modules of the classes whose instances may be asked"""


def loaded(dotted: str) -> Any:
    """The object of a dotted name, if its module is loaded; else None."""
    module, _, name = dotted.rpartition(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    return vars(sys.modules[module]).get(name) if module in sys.modules else None


def owner_of(original: Callable[..., Any]) -> type | None:
    """The class in whose body a function was defined, if it can be found under its name."""
    found: Any = None
    for name in original.__qualname__.split(".")[:-1]:
        space = original.__globals__ if found is None else vars(found)
        found = space.get(name)
        if not isinstance(found, type):
            return None
    return found if found is None or found.__module__ == original.__module__ else None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

TRIES = 4
"""how many calls look for a name that isn't there, once the module is complete; then the annotation isn't checked"""


class Hint:
    """The annotation of one parameter (or of "return"), as `text` shows it; in `depth` "deep" with all that it holds.

    `imports`: names that the module imports -> dotted names, for those that it imports for type checkers only.
    """

    __slots__ = ("admits", "check", "deep", "imports", "kind", "name", "original", "reader", "text", "tries")

    basis = "its annotation says"

    def __init__(
        self, original: Callable[..., Any], name: str, text: str, depth: str = "shallow", /, **imports: str
    ) -> None:
        self.original = original
        self.name = name
        self.text = text
        self.deep = depth == "deep"
        self.imports = imports
        self.kind: type | None = None
        self.check = EVERYTHING
        self.reader: HintReader | None = None
        self.tries = 0
        self.admits: Callable[[Any], bool] = self.first

    def first(self, value: Any) -> bool:
        """Read the annotation, and answer from then on by what it says."""
        try:
            check = self.read()
        except HintUnresolved:
            if is_complete(self.original):
                self.tries += 1
            if self.tries < TRIES:
                return True
            check = EVERYTHING
        except Exception:  # an annotation that can't be evaluated says nothing
            check = EVERYTHING
        self.check = check
        self.admits = by_class(self) if check.by_type and not self.opens(check) else by_value(self)
        return self.admits(value)

    def read(self) -> Check:
        """The check of the annotation; raises `HintUnresolved`, or whatever its evaluation raises."""
        annotations = self.original.__annotations__
        if self.name not in annotations:
            return EVERYTHING
        annotation = annotations[self.name]
        scope = HintScope(self.original, self.text, self.imports)
        self.reader = reader = HintReader(scope)
        return reader.check(scope.meaning(annotation) if type(annotation) is str else annotation)

    def opens(self, check: Check) -> bool:
        """Whether containers are looked into."""
        return self.deep and (check.inside is not None or any(self.opens(each) for each in check.either))

    def holds(self, value: Any) -> bool:
        """Whether the annotation is satisfied, to its whole depth if that was asked for; may raise."""
        if self.deep and self.reader is not None:
            return fits_deep(self.reader, self.check, value, {})
        return bool(self.check.test(value))

    def excuses(self, value: Any) -> bool:
        """Whether a value that doesn't satisfy the annotation is let pass: the default itself, or a test's stand-in."""
        return is_excused(value, self.check.classes) or value is default_of(self.original, self.name)

    def repaired(self, value: Any) -> Any:
        """`value` as what the annotation asks for if that loses nothing, else `value` itself."""
        new = repaired_by(self.check, value)
        return new if new is value or self.admits(new) else value

    def fault(self, value: Any) -> str:
        """What is wrong with a value beyond its class, in a few words; "" if that is all."""
        try:
            found = self.check.fault(value) if self.check.fault is not None else ""
            return found or ("of what it holds, something doesn't" if self.deep and self.check.test(value) else "")
        except Exception:  # what can't be asked needn't be said
            return ""


def by_class(hint: Hint) -> Callable[[Any], bool]:
    """`admits` for an annotation that is satisfied by classes: the class of a good value is the next `kind`."""
    test, classes = hint.check.test, hint.check.classes

    def admits_class(value: Any) -> bool:
        try:
            if isinstance(value, classes):
                hint.kind = type(value)
                return True
        except Exception:  # a class that raises when it is asked isn't asked
            return True
        return hint.excuses(value)

    def admits_kind(value: Any) -> bool:
        try:
            if test(value):
                hint.kind = type(value)
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_class if classes else admits_kind


def by_value(hint: Hint) -> Callable[[Any], bool]:
    """`admits` for an annotation that has to be asked about each value."""
    holds = hint.holds if hint.deep else hint.check.test

    def admits_value(value: Any) -> bool:
        try:
            if holds(value):
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_value


def fits_deep(reader: HintReader, check: Check, value: Any, seen: dict[tuple[int, int], bool]) -> bool:
    """Whether a value and all that it holds satisfy a check; what holds itself is looked at once."""
    key = id(value), id(check)
    if key in seen:
        return seen[key]
    seen[key] = True
    if check.either:
        seen[key] = any(fits_deep(reader, each, value, seen) for each in check.either)
    elif not check.test(value):
        seen[key] = False
    elif check.inside is not None:
        groups = check.inside(value)
        seen[key] = groups is not None and all(
            all_fit(reader, reader.check(wanted), parts, seen) for parts, wanted in groups
        )
    return seen[key]


def all_fit(reader: HintReader, check: Check, parts: Iterable[Any], seen: dict[tuple[int, int], bool]) -> bool:
    """`fits_deep` for all parts of one annotation, quickly where they hold nothing themselves."""
    if check.inside is not None or check.either:
        return all(fits_deep(reader, check, part, seen) for part in parts)
    test, classes = check.test, check.classes
    return all(isinstance(part, classes) for part in parts) if classes else all(test(part) for part in parts)


def is_complete(original: Callable[..., Any]) -> bool:
    """Whether the function's module has run to its end."""
    spec = original.__globals__.get("__spec__")
    return not getattr(spec, "_initializing", False)


def default_of(original: Any, name: str) -> Any:
    """A parameter's default, or an object that nothing else is."""
    code, defaults = original.__code__, original.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    if name in positional[code.co_argcount - len(defaults) :]:
        return defaults[positional.index(name) - code.co_argcount]
    return (original.__kwdefaults__ or {}).get(name, EVERYTHING)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal, TypeVar, overload

    LinkedF = TypeVar("LinkedF")


class Link:
    """Called as the decorator `poet`; gives back the built function if it is fresh.

    `entries` maps a qualified name inside the module to (module of the version, number of source lines, sha256 of
    those lines), or to None for a function that the build left as it is.
    """

    __slots__ = ("bound", "complained", "entries", "filename", "getters", "lines", "package", "stale", "stamp")

    def __init__(
        self, package: str, entries: Mapping[str, tuple[str, int, str] | None], /, *, stale: str = "original"
    ) -> None:
        self.package = package
        self.entries = entries
        self.stale = stale
        self.filename: str | None = None
        self.stamp: tuple[int, int] | None = None
        self.lines: list[str] | None = None
        self.getters: dict[str, int] = {}
        self.bound: set[Any] = set()
        self.complained: set[str] = set()

    if TYPE_CHECKING:

        @overload
        def __call__(self, function: LinkedF, /) -> LinkedF: ...
        @overload
        def __call__(
            self,
            *,
            domain: str | None = None,
            optimize_for: str | None = None,
            retries: int | None = None,
            timeout: float | None = None,
            perceive: Literal["repair", "strict", "off"] | None = None,
            enforce: Literal["repair", "strict", "off"] | None = None,
            depth: Literal["shallow", "deep"] | None = None,
            enable_training: bool | None = None,
        ) -> Callable[[LinkedF], LinkedF]: ...

    def __call__(self, function: Any = None, /, **asked: Any) -> Any:  # type: ignore[misc]
        """The decorator; its arguments were read at build time."""
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing: Any) -> Any:
        """The built function for a function, or for the functions inside a static method, class method or property."""
        if type(thing) is FunctionType:
            return self.bind(thing)
        if type(thing) in (staticmethod, classmethod):
            return type(thing)(self.enhanced(thing.__func__))
        return self.with_accessors(thing) if type(thing) is property else thing

    def with_accessors(self, thing: property) -> property:
        """A property with each accessor that was built in place of its own; the others needn't be decorated at all."""
        own = (thing.fget, thing.fset, thing.fdel)
        given = [f for f in own if type(f) is FunctionType]
        fget, fset, fdel = map(self.accessor, own, ("", ".setter", ".deleter"))
        if given and not self.bound.intersection(given) and (fget, fset, fdel) == own:
            names = (f.__qualname__ + role for f in given for role in ("", ".setter", ".deleter"))
            if not any(name in self.entries for name in names):
                self.complain(given[-1], "is not in")
        return property(fget, fset, fdel, thing.__doc__)

    def accessor(self, function: Any, role: str) -> Any:
        """The built function for an accessor of a property."""
        known = type(function) is FunctionType and function.__qualname__ + role in self.entries
        return self.bind(function, role) if known else function

    def bind(self, function: Any, role: str | None = None) -> Any:
        """The built function for `function`, or `function` itself if there is none or it is stale."""
        if function in self.bound or "<locals>" in function.__qualname__:
            return function
        name = self.named(function) if role is None else function.__qualname__ + role
        entry = self.entries.get(name, ())
        if entry is None:
            return function
        if not entry or not self.is_fresh(function, entry):
            self.complain(function, "changed since" if entry else "is not in")
            if not entry or self.stale != "enhanced":
                return function
        try:
            version = import_module(f"{self.package}.{entry[0]}")
        except ModuleNotFoundError as error:
            if error.name != f"{self.package}.{entry[0]}":
                raise
            self.complain(function, "is missing from")
            return function
        linked = version.bind(function)
        self.bound.add(linked)
        return linked

    def named(self, function: Any) -> str:
        """The entry's name for `function`; accessors of one property share a qualified name."""
        name, code = function.__qualname__, function.__code__
        if name + ".setter" not in self.entries and name + ".deleter" not in self.entries:
            return str(name)
        # a getter stands above the deleter, which takes as much as it does
        getter = self.getters.setdefault(name, code.co_firstlineno) if code.co_argcount != 2 else 0
        if self.source(function) is not None:
            for candidate in (name, name + ".setter", name + ".deleter"):
                entry = self.entries.get(candidate)
                if entry and self.is_fresh(function, entry):
                    return str(candidate)
        if code.co_argcount == 2:
            return f"{name}.setter"
        return str(name) if name in self.entries and code.co_firstlineno <= getter else f"{name}.deleter"

    def is_fresh(self, function: Any, entry: tuple[str, int, str]) -> bool:
        """Whether the function's own lines are those it was built from.

        Without a source file they are, unless a decorator has put another function in the place of the one built.
        """
        lines = self.source(function)
        if lines is None:
            return bool(function.__code__.co_qualname == function.__qualname__)
        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256_of(text.encode("utf-8", "surrogatepass")) == entry[2]

    def source(self, function: Any) -> list[str] | None:
        """The lines of the file `function` is from, read once while it stays as it is; None if there is no such file
        (zip, pyc only)."""
        filename = function.__code__.co_filename
        try:
            status = os.stat(filename)  # noqa: PTH116 - pathlib costs an import
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if filename != self.filename or stamp != self.stamp:  # a module that is reloaded may have been edited
            self.filename, self.stamp, self.lines = filename, stamp, source_lines(filename)
        return self.lines

    def complain(self, function: Any, how: str) -> None:
        """Warn, once per function, or raise if the project asked for that."""
        what = f"{function.__module__}.{function.__qualname__} {how} the last `poet build`"
        if self.stale == "error":
            raise PoetStaleError(f"{what}; run `poet build`")
        if function.__qualname__ in self.complained:
            return
        self.complained.add(function.__qualname__)
        import warnings

        code = function.__code__
        runs = "built" if self.stale == "enhanced" and how == "changed since" else "original"
        text = f"{what}: the {runs} function runs until `poet build` is run again"
        warnings.warn_explicit(text, PoetStaleWarning, code.co_filename, code.co_firstlineno, function.__module__, {})


def sha256_of(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal.

    By the interpreter's own module, as `random` does it: `hashlib` loads OpenSSL, 4 ms and 4 MB.
    """
    try:
        module = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:  # an interpreter that was built to have OpenSSL's only
        module = import_module("hashlib")
    return str(module.sha256(data).hexdigest())


def source_lines(filename: str) -> list[str] | None:
    """A source file's lines as the build read them, whatever its encoding and newlines."""
    try:
        with open(filename, "rb") as file:  # noqa: PTH123 - pathlib costs an import
            data = file.read()
    except (OSError, ValueError):
        return None
    try:
        if b"coding" in data[:300]:
            from io import BytesIO
            from tokenize import detect_encoding

            text = data.decode(detect_encoding(BytesIO(data).readline)[0])
        else:
            text = data.decode("utf-8")
    except (SyntaxError, ValueError, LookupError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


FUTURES = 0x1FE0000
"""the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them on"""


def moved_code(code: CodeType, home: CodeType, lines: int, old: str, new: str) -> CodeType:
    """`code` and all code inside it, `lines` further down in the file of `home`, its names under `new`, not `old`.

    A class body keeps its qualified name as a string constant; those are renamed as well.
    """
    inside = old + ".<locals>."
    constants: list[Any] = []
    for constant in code.co_consts:
        if type(constant) is CodeType:
            constants.append(moved_code(constant, home, lines, old, new))
        elif type(constant) is str and constant.startswith(inside):
            constants.append(new + constant[len(old) :])
        else:
            constants.append(constant)
    return code.replace(
        co_filename=home.co_filename,
        co_flags=code.co_flags & ~FUTURES | home.co_flags & FUTURES,
        co_firstlineno=code.co_firstlineno + lines,
        co_qualname=new + code.co_qualname[len(old) :] if code.co_qualname.startswith(old) else code.co_qualname,
        co_consts=tuple(constants),
    )


def relocate(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with the globals, file, lines, defaults and looks of `original`.

    The first line of `function` becomes the first line of `original` (its first decorator); generated code is laid out
    so that the lines that follow are the user's own.
    """
    code, home = function.__code__, original.__code__
    lines = home.co_firstlineno - code.co_firstlineno
    code = moved_code(code, home, lines, code.co_qualname, home.co_qualname).replace(co_name=home.co_name)
    return dress(FunctionType(code, original.__globals__, None, None, function.__closure__), original, perceive)


def dress(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals."""
    if function.__globals__ is not original.__globals__:
        code, home = function.__code__, original.__code__
        code = code.replace(co_name=home.co_name, co_qualname=home.co_qualname)
        function = FunctionType(code, original.__globals__, None, None, function.__closure__)
    function.__module__ = original.__module__
    function.__name__ = original.__name__
    function.__qualname__ = original.__qualname__
    function.__doc__ = original.__doc__
    function.__defaults__ = original.__defaults__
    function.__kwdefaults__ = original.__kwdefaults__
    function.__annotations__ = original.__annotations__
    if hasattr(original, "__type_params__"):
        function.__type_params__ = original.__type_params__
    function.__dict__.update(original.__dict__)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function
