"""What values are made of, of whatever type they are."""

from __future__ import annotations

import copyreg
from types import FunctionType
from typing import Any

MUTE = ("__dict__", "__weakref__")


class Missing:
    """The value of an attribute that isn't set."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


def reduced(value: Any) -> Any:
    """What pickle and copy would make a value from, its iterators read."""
    registered = copyreg.dispatch_table.get(type(value))
    made = value.__reduce_ex__(4) if registered is None else registered(value)
    if isinstance(made, str):
        return made
    return [*made[:3], *(None if part is None else list(part) for part in made[3:5])]


def is_table(kind: type) -> bool:
    """Whether a type is a column, table or index of pandas."""
    return any(cls.__module__.partition(".")[0] == "pandas" and hasattr(cls, "to_numpy") for cls in kind.__mro__)


def columns_of(value: Any) -> list[Any]:
    """All that a column, table or index holds."""
    about: list[Any] = [str(getattr(value, name, "")) for name in ("dtype", "dtypes")]
    about += [getattr(value, name, None) for name in ("name", "attrs")]
    if hasattr(value, "columns"):
        columns = [columns_of(value.iloc[:, at]) for at in range(value.shape[1])]
        return [*about, columns_of(value.columns), columns_of(value.index), columns]
    array = value.to_numpy()
    index = [columns_of(value.index)] if hasattr(value, "index") else list(getattr(value, "names", ()))
    return [*about, index, array.tolist() if array.dtype == object else array]


def is_extension(kind: type) -> bool:
    """Whether a type keeps something where Python code can't see it: its `__reduce__` is written in C."""
    ways = (getattr(kind, name) for name in ("__reduce_ex__", "__reduce__"))
    return any(
        not isinstance(way, FunctionType) and way not in (object.__reduce_ex__, object.__reduce__) for way in ways
    )


def slots_of(kind: type) -> list[str]:
    """Names of all slots of a class written in Python."""
    found: list[str] = []
    for cls in kind.__mro__:
        names = vars(cls).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else tuple(names):
            if name not in MUTE:
                hidden = name.startswith("__") and not name.endswith("__")
                found.append(f"_{cls.__name__.lstrip('_')}{name}" if hidden else name)
    return found


def cell_value(cell: Any) -> Any:
    """What a closure's cell holds."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
