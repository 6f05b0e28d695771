# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The contract around drift detection: are the data fit to be compared, and is a result what a result has to be?"""

from math import isfinite

from .drift_columns import drift_missing_shares, drift_size
from .errors import EnforceError, PerceiveError, PoetContractWarning


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
        original,
        current,
        reference = None,
        *,
        min_rows = 30,
        max_missing = 0.5,
        mode = "repair",
        supplied = False,
    ):
        self.original = original
        self.names = (current,) if reference is None else (current, reference)
        self.min_rows = min_rows
        self.max_missing = max_missing
        self.mode = mode
        self.supplied = supplied
        self.said = set()

    def __call__(self, *data):
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

    def complaints(self, name, value):
        """What is wrong with one argument, and whether that makes a test impossible. Iterators are not consumed."""
        if value is None:
            return [("is None: there are no data", True)]
        try:
            return list(self.measured(value))
        except Exception:  # data of a kind nobody foresaw: whoever uses them has to say what is wrong with them
            return []

    def measured(self, value):
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
        original,
        required = "drift_detected, score",
        *,
        mode = "repair",
    ):
        self.original = original
        self.required = tuple(required.split(", "))
        self.mode = mode

    def __call__(self, result):
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

    def error(self, what):
        """The error that says `what` was returned."""
        return EnforceError(f"{self.original.__qualname__}() returned {what}")


def _drift_flag(value):
    """(good as it is, what to make of it or None): bool and numpy's bool are good, 0 and 1 can be read as one."""
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
