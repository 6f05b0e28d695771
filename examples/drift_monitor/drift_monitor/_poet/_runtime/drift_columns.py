# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Reading data of any common shape as named columns, without importing the libraries that make those shapes."""

from .errors import PerceiveError


def drift_is_missing(value):
    """True for None, NaN, NaT and pandas' NA: what has no value, or isn't equal to itself."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - the definition of NaN
    except TypeError:  # pandas.NA has no truth value
        return True
    except Exception:  # an array as an element: a value
        return False


def drift_columns(data, name):
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


def _drift_values(column):
    """The values as Python's own types, where the container knows how (`tolist`, `to_list`)."""
    if getattr(getattr(column, "dtype", None), "kind", "") in {"m", "M"} and not hasattr(column, "items"):
        unit = "datetime64[us]" if column.dtype.kind == "M" else "timedelta64[us]"
        column = column.astype(unit)  # in nanoseconds, numpy's tolist would give bare ints
    listed = getattr(column, "tolist", None) or getattr(column, "to_list", None)
    values = list(listed()) if listed is not None else list(column)
    return [value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value for value in values]


def _drift_named(columns):
    """Columns under distinct names: of two called "a" the second is "a.1", as pandas reads a file."""
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


def drift_size(data):
    """Rows of `data` if that can be told without consuming or computing anything, else None."""
    shape = getattr(data, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return shape[0]
    if type(data) is dict:
        return max((drift_size(column) or 0 for column in data.values()), default=0)
    known = isinstance(data, (list, tuple, range)) or type(data).__name__ in {"array", "deque", "set", "frozenset"}
    return len(data) if known else None


def drift_missing_shares(data):
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


def _drift_named_shares(means):
    if hasattr(means, "items"):
        return {str(name): float(share) for name, share in means.items()}
    if getattr(means, "ndim", 0) == 1:
        return {str(index): float(share) for index, share in enumerate(means.tolist())}
    return {"value": float(means)}
