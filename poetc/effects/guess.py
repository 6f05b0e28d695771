"""Which class of the catalogue an object may be of, by the methods that are called on it: a guess, for people only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

from poetc.effects.catalogue import Catalogue
from poetc.effects.library import Library, all_libraries
from poetc.ir.effect import Effect

_NO_METHOD: Final = "no_such_method"
"""what is a method only of a class of which any name is taken for one"""


def likely_class(
    methods: Collection[str],
    catalogue: Catalogue,
    imported: Collection[str] = (),
    *,
    name: str = "",
    awaited: bool = False,
) -> str:
    """The dotted name of a class that has all these methods, one of which talks to something outside; "" for none.

    `imported`: top-level modules that it can be of; none: any. `name`: what the object is called. Of several, one whose
    calls are awaited or not as these are, that is constructed, that begins as `name` does, and that is short.
    """
    libraries = [library for library in all_libraries() if not imported or set(imported) & set(library.roots)]
    found = [cls for library in libraries for cls in _owners(library) if _fits(cls, methods, catalogue)]
    return min(found, key=lambda cls: _doubt(cls, methods, catalogue, name, awaited), default="")


def _fits(cls: str, methods: Iterable[str], catalogue: Catalogue) -> bool:
    entries = [catalogue.get(f"{cls}.{method}") for method in methods]
    if None in entries or catalogue.is_pseudo(cls) or f"{cls}.{_NO_METHOD}" in catalogue:
        return False
    return any(entry.effect != Effect.PURE and catalogue.reaches_outside(entry) for entry in entries)


def _doubt(
    cls: str, methods: Iterable[str], catalogue: Catalogue, name: str, awaited: bool
) -> tuple[bool, bool, bool, int, str]:
    forms = [catalogue[f"{cls}.{method}"].form in ("await", "async context") for method in methods]
    other = not cls.rpartition(".")[2].lower().startswith(name.lower())
    return any(forms) != awaited, catalogue.get(cls) is None, other, len(cls), cls


@cache
def _owners(library: Library) -> tuple[str, ...]:
    """The classes that the library's file has methods of, itself or by another class."""
    owners = {name.rpartition(".")[0] for name in library.entries} | {*library.bases, *library.twins}
    return tuple(sorted(name for name in owners if "*" not in name and name.rpartition(".")[2][:1].isupper()))
