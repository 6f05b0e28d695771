"""Two values → the first place where they differ, or None: stricter than `==`.

Types are the same class; floats the same bits (any NaN is like any other, 0.0 isn't -0.0); dicts have the same order;
sets the same elements in whatever order; objects the same attributes and slots, whatever their `__eq__` says; values of
extension types the same `__reduce_ex__`. What can't be looked into is noted in `opaque` and taken for equal: the caller
decides what that is worth.
"""

from __future__ import annotations

import math
import struct
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from poetc.behaviour.inside.anatomy import MISSING, cell_value, columns_of, is_extension, is_table, reduced, slots_of

PLAIN = (int, str, bytes, bool, type(None), bytearray, range, type(...), type(NotImplemented))
BY_IDENTITY = (type, ModuleType, BuiltinFunctionType, CodeType)
NOT_SHOWN = frozenset({"__notes__", "poet_final"})
"""attributes that the runtime may add to an exception"""


class Comparer:
    """One comparison; `opaque` has the names of types that couldn't be looked into."""

    def __init__(self) -> None:
        self.opaque: set[str] = set()
        self.seen: dict[tuple[int, int], tuple[Any, Any]] = {}
        """pairs under comparison, kept alive so that no other value can take their place in memory"""

    def difference(self, one: Any, other: Any, where: str = "") -> str | None:
        """Where and how two values differ: "[2].name: 1 and True"."""
        if one is other:
            return None
        kind = type(one)
        if kind is not type(other):
            return f"{where}: {named(kind)} {short(one)} and {named(type(other))} {short(other)}"
        if (id(one), id(other)) in self.seen:
            return None
        self.seen[id(one), id(other)] = (one, other)
        compare = next((compare for base, compare in COMPARERS if issubclass(kind, base)), Comparer.objects)
        if compare is Comparer.objects and is_table(kind):
            return self.tables(one, other, where)
        found = compare(self, one, other, where)
        if found is None and kind.__module__ != "builtins" and compare is not Comparer.objects:
            found = self.attributes(one, other, where)  # of a subclass of a builtin
        return found

    def plain(self, one: Any, other: Any, where: str) -> str | None:
        """Values whose `==` is exact, asked of the builtin type and not of a subclass."""
        base: Any = next(base for base in PLAIN if isinstance(one, base))
        return None if base.__eq__(one, other) else said(where, one, other)

    def floats(self, one: float, other: float, where: str) -> str | None:
        """The same bits, or both not a number."""
        same = struct.pack("d", one) == struct.pack("d", other) or (math.isnan(one) and math.isnan(other))
        return None if same else said(where, one, other)

    def complexes(self, one: complex, other: complex, where: str) -> str | None:
        """Both parts as floats."""
        return self.floats(one.real, other.real, where + ".real") or self.floats(one.imag, other.imag, where + ".imag")

    def sequences(self, one: Any, other: Any, where: str) -> str | None:
        """Lists and tuples: the same items in the same order."""
        base = list if isinstance(one, list) else tuple
        ours, theirs = list(base.__iter__(one)), list(base.__iter__(other))
        if len(ours) != len(theirs):
            return f"{where}: length {len(ours)} and {len(theirs)}"
        return first(self.difference(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(ours, theirs, strict=True)))

    def mappings(self, one: Mapping[Any, Any], other: Mapping[Any, Any], where: str) -> str | None:
        """The same keys in the same order, with the same values."""
        base: Any = OrderedDict if isinstance(one, OrderedDict) else dict
        ours, theirs = list(base.items(one)), list(base.items(other))
        if len(ours) != len(theirs):
            return f"{where}: keys {short([k for k, _ in ours])} and {short([k for k, _ in theirs])}"
        if isinstance(one, defaultdict) and isinstance(other, defaultdict):
            found = self.difference(one.default_factory, other.default_factory, f"{where}.default_factory")
            if found is not None:
                return found
        pairs = zip(ours, theirs, strict=True)
        return first(
            self.difference(a, b, f"{where}, key {i}") or self.difference(x, y, f"{where}[{short(a)}]")
            for i, ((a, x), (b, y)) in enumerate(pairs)
        )

    def sets(self, one: Iterable[Any], other: Iterable[Any], where: str) -> str | None:
        """Each element has its like in the other."""
        ours, theirs = list(one), list(other)
        if len(ours) != len(theirs):
            return said(where, one, other)
        known = {element: element for element in theirs}
        for element in ours:
            near = [known[element]] if element in known else []
            like = next((e for e in (*near, *theirs) if Comparer().difference(element, e) is None), self)
            if like is self:
                return f"{where}: {short(element)} is in one only"
        return None

    def paths(self, one: PurePath, other: PurePath, where: str) -> str | None:
        """Paths by their text: their slots are caches."""
        return None if str(one) == str(other) else said(where, one, other)

    def functions(self, one: FunctionType, other: FunctionType, where: str) -> str | None:
        """Functions made anew by each run: the same place, code, defaults and captured values."""
        if (one.__module__, one.__qualname__) != (other.__module__, other.__qualname__):
            return said(where, one, other)
        if one.__code__ != other.__code__:
            self.opaque.add("function")
            return None
        captured = [[cell_value(cell) for cell in f.__closure__ or ()] for f in (one, other)]
        return self.difference(
            (one.__defaults__, one.__kwdefaults__, captured[0]),
            (other.__defaults__, other.__kwdefaults__, captured[1]),
            where,
        )

    def methods(self, one: MethodType, other: MethodType, where: str) -> str | None:
        """The same function of like objects."""
        return self.difference(one.__func__, other.__func__, where) or self.difference(
            one.__self__, other.__self__, f"{where}.__self__"
        )

    def identical(self, one: Any, other: Any, where: str) -> str | None:
        """What is one and the same, or made anew under one name: a class in a function."""
        if getattr(one, "__qualname__", one) != getattr(other, "__qualname__", other):
            return said(where, one, other)
        if isinstance(one, BuiltinFunctionType) and not isinstance(one.__self__, ModuleType):
            return self.difference(one.__self__, other.__self__, f"{where}.__self__")
        self.opaque.add(type(one).__name__)
        return None

    def errors(self, one: BaseException, other: BaseException, where: str) -> str | None:
        """Exceptions: arguments, attributes but for notes, and what they were raised from."""
        own, others = ({k: v for k, v in vars(e).items() if k not in NOT_SHOWN} for e in (one, other))
        return (
            self.difference(one.args, other.args, f"{where}.args")
            or first(self.vars(own, others, where))
            or first(
                self.difference(getattr(one, name, None), getattr(other, name, None), f"{where}.{name}")
                for name in ("filename", "filename2", "name", "__cause__")
            )
        )

    def objects(self, one: Any, other: Any, where: str) -> str | None:
        """Instances by attributes and slots; those of extension types also by what pickle would keep of them."""
        open_to_see = isinstance(getattr(one, "__dict__", None), dict) or bool(slots_of(type(one)))
        found = self.attributes(one, other, where) if open_to_see else None
        if found is not None or (open_to_see and not is_extension(type(one))):
            return found
        try:
            ours, theirs = reduced(one), reduced(other)
        except Exception:  # whatever is raised by a type that can't be pickled: it can't be looked into
            return None if open_to_see else self.last_resort(one, other, where)
        return None if self.difference(ours, theirs, where) is None else said(where, one, other)

    def last_resort(self, one: Any, other: Any, where: str) -> str | None:
        """What no one can look into: as it says itself if it has an `__eq__` of its own, else opaque."""
        try:
            if "__eq__" in {name for cls in type(one).__mro__[:-1] for name in vars(cls)}:
                return None if one == other else said(where, one, other)
        except Exception:  # arrays that have no truth, for one
            self.opaque.add(named(type(one)))
            return None
        self.opaque.add(named(type(one)))
        return None

    def tables(self, one: Any, other: Any, where: str) -> str | None:
        """Columns, tables and indexes of pandas: labels, types, names and values; their insides have caches."""
        return self.difference(columns_of(one), columns_of(other), where)

    def attributes(self, one: Any, other: Any, where: str) -> str | None:
        """`vars()` and slots, those that aren't set included."""
        return first(
            self.difference(getattr(one, name, MISSING), getattr(other, name, MISSING), f"{where}.{name}")
            for name in slots_of(type(one))
        ) or first(self.vars(getattr(one, "__dict__", {}), getattr(other, "__dict__", {}), where))

    def vars(self, one: dict[str, Any], other: dict[str, Any], where: str) -> Iterable[str | None]:
        """Attributes by name; in what order they were set doesn't count."""
        for name in sorted({*one, *other}, key=str):
            yield self.difference(one.get(name, MISSING), other.get(name, MISSING), f"{where}.{name}")


COMPARERS: tuple[tuple[type | tuple[type, ...], Callable[[Comparer, Any, Any, str], str | None]], ...] = (
    (float, Comparer.floats),
    (complex, Comparer.complexes),
    (PLAIN, Comparer.plain),
    ((list, tuple), Comparer.sequences),
    (dict, Comparer.mappings),
    ((set, frozenset), Comparer.sets),
    (BaseException, Comparer.errors),
    (PurePath, Comparer.paths),
    (FunctionType, Comparer.functions),
    (MethodType, Comparer.methods),
    (BY_IDENTITY, Comparer.identical),
)


def first(found: Iterable[str | None]) -> str | None:
    """The first difference of several."""
    return next((one for one in found if one is not None), None)


def named(kind: type) -> str:
    """A type's name as people write it."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def said(where: str, one: Any, other: Any) -> str:
    """A place with both values."""
    return f"{where}: {short(one)} and {short(other)}"


def short(value: Any, most: int = 200) -> str:
    """`repr`, bounded, whatever it raises."""
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{named(type(value))}, whose repr raises {type(error).__name__}>"
    return text if len(text) <= most else f"{text[:most]}..."
