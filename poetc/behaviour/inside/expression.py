"""A value → Python code that makes it again, and the imports that the code needs."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from pathlib import PurePath
from types import FunctionType
from typing import Any

from poetc.behaviour.inside.equality import short
from poetc.behaviour.inside.inputs import Arguments
from poetc.behaviour.inside.values import Constant

BY_REPR = frozenset(
    {
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "decimal.Decimal",
        "fractions.Fraction",
        "ipaddress.IPv4Address",
        "ipaddress.IPv6Address",
        "uuid.UUID",
        "zoneinfo.ZoneInfo",
    }
)
"""types of the standard library that have a `repr` that is code"""


class Writer:
    """Collects imports; `exact` turns False at the first value that can't be written."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.exact = True

    def code(self, value: Any) -> str:
        """One value."""
        kind = type(value)
        if kind is float:
            return self.number(value)
        if kind is complex:
            return f"complex({self.number(value.real)}, {self.number(value.imag)})"
        if kind in (int, str, bytes, bool, type(None), bytearray, range, type(...)):
            return repr(value)
        if kind in (list, set, frozenset, tuple, dict):
            return self.container(kind, value)
        if isinstance(value, enum.Enum):
            return f"{self.named(kind)}[{value.name!r}]" if value.name else f"{self.named(kind)}({value.value!r})"
        if kind is Constant:
            return f"lambda *args, **keywords: {self.code(value.value)}"
        if isinstance(value, type | FunctionType):
            return self.named(value)
        return self.instance(kind, value)

    def number(self, value: float) -> str:
        """A float; what has no literal through its name."""
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"

    def container(self, kind: type, value: Any) -> str:
        """A builtin container."""
        if kind is dict:
            return "{" + ", ".join(f"{self.code(k)}: {self.code(v)}" for k, v in value.items()) + "}"
        items = self.listed(value)
        if kind is tuple:
            return f"({items},)" if len(value) == 1 else f"({items})"
        if kind is list:
            return f"[{items}]"
        plain = f"{{{items}}}" if value else "()"
        return plain if kind is set and value else f"{kind.__name__}({plain})"

    def instance(self, kind: type, value: Any) -> str:
        """An object whose class says how it is made."""
        if dataclasses.is_dataclass(value):
            fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value) if f.init)
            return f"{self.named(kind)}({self.keywords(fields)})"
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return f"{self.named(kind)}({self.listed(value)})"
        if isinstance(value, PurePath):
            return f"{self.named(kind)}({str(value)!r})"
        if f"{kind.__module__}.{kind.__qualname__}" in BY_REPR:
            text = repr(value)
            self.imports |= {
                f"import {module}" for module in (kind.__module__, "zoneinfo") if module in text + kind.__module__
            }
            return text if text.startswith(f"{kind.__module__}.") else f"{kind.__module__}.{text}"
        if kind in (deque, OrderedDict, Counter):
            content = [*value] if kind is deque else dict(value)
            self.imports.add("import collections")
            most = f", {value.maxlen}" if kind is deque and value.maxlen is not None else ""
            return f"collections.{kind.__name__}({self.code(content)}{most})"
        if hasattr(kind, "__next__"):
            from copy import copy

            return self.copied(copy, value)
        self.exact = False
        return short(value)

    def copied(self, copy: Any, value: Any) -> str:
        """An iterator as one over the items it has left."""
        try:
            return f"iter([{self.listed(copy(value))}])"
        except TypeError:
            self.exact = False
            return short(value)

    def listed(self, items: Iterable[Any]) -> str:
        return ", ".join(self.code(item) for item in items)

    def keywords(self, items: Iterable[tuple[str, Any]]) -> str:
        return ", ".join(f"{name}={self.code(value)}" for name, value in items)

    def named(self, thing: Any) -> str:
        """A class or function by its name, imported."""
        if thing.__module__ == "builtins":
            return str(thing.__qualname__)
        if "<" in thing.__qualname__:
            self.exact = False
        top = thing.__qualname__.partition(".")[0]
        self.imports.add(f"from {thing.__module__} import {top}")
        return str(thing.__qualname__)

    def arguments(self, arguments: Arguments) -> str:
        """Arguments as they stand in a call."""
        parts = (self.listed(arguments.positional), self.keywords(arguments.keywords.items()))
        return ", ".join(part for part in parts if part)
