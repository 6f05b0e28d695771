# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Lossless repairs by class: text that is just how a value is written becomes that value."""

import sys

from .check import accepted_types, repaired


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


def repair_for(cls):
    """The repair of values for a class, or None. Nothing is imported: a class that there is has its module loaded."""
    home, name = cls.__module__.partition(".")[0], cls.__qualname__
    if home == "builtins" and name in ("int", "float"):
        return builtin_repair(name)
    method = WRITTEN_AS.get((home, name))
    if method is not None and getattr(sys.modules.get(home), name, None) is cls:
        return text_repair(cls, method, whole=home in ("decimal", "fractions"))
    return None


def builtin_repair(name):
    """What `Perceive` itself does for the builtin types."""
    types = accepted_types(name)

    def repair(value):
        return repaired(value, types)

    return repair


def text_repair(cls, method, *, whole):
    """Text -> the value that is written just so. `whole`: an int, which loses nothing either, is taken as well."""
    parse = getattr(cls, "fromisoformat", cls)

    def repair(value):
        if whole and type(value) is int:
            return cls(value)
        if type(value) is not str or not value or len(value) > LONGEST_TEXT:
            return value
        found = parse(value)
        return found if same_text(getattr(found, method)(), value) and is_finite(found) else value

    return repair


def same_text(written, given):
    """Whether two texts say the same: but for an UTC offset written Z, a space before the time, capital hex digits."""
    if written == given:
        return True
    if given.endswith("Z") and written.endswith("+00:00"):
        given = given[:-1] + "+00:00"
    if len(given) > 10 and given[10] == " " and written[10] == "T":
        given = given[:10] + "T" + given[11:]
    return written == given or (len(written) == 36 and written.count("-") == 4 and written == given.lower())


def is_finite(value):
    """Whether a value is not a NaN or infinity that text names."""
    method = getattr(value, "is_finite", None)
    return method is None or bool(method())
