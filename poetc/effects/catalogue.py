"""The known calls: one TOML file per library in `catalogue/`, parsed when a name of that library is first looked up."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from fnmatch import translate
from functools import cache, cached_property
from hashlib import sha256
from typing import Any, Final

from poetc.effects.entry import Entry
from poetc.effects.library import Library, all_libraries, library_of, texts
from poetc.effects.reading import user_entry

_REMEMBERED: Final = 20_000
"""lookups kept; names come from other people's sources, and a service lives long"""
_DEEPEST: Final = 8
"""classes, each below the next"""


class Catalogue(Mapping[str, Entry]):
    """Dotted name → `Entry`; the user's entries come before the built-in ones, exact names before patterns."""

    def __init__(self, extra: Mapping[str, Mapping[str, object]]) -> None:
        self._found: dict[str, Entry | None] = {}
        self._canonical: dict[str, str] = {}
        self._extra: dict[str, Entry] = {}
        self._patterns: list[tuple[re.Pattern[str], Entry]] = []
        made = [user_entry(name, settings, self.get(str(name))) for name, settings in extra.items()]
        self._found.clear()
        self._extra = {name: replace(e, name=name) for e in made if (name := self.canonical(e.name))}
        self._patterns = [(re.compile(translate(name)), e) for name, e in self._extra.items() if "*" in name]

    def __getitem__(self, name: str) -> Entry:
        entry: Entry | None = self.get(name)
        if entry is None:
            raise KeyError(name)
        return entry

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._extra, *(name for library in all_libraries() for name in library.entries)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, name: str, default: Any = None) -> Any:
        """The entry of a name, whichever of its spellings this is; `default` if nothing is known of it."""
        if name not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[name] = self._look_up(self.canonical(name))
        found = self._found[name]
        return default if found is None else found

    def canonical(self, name: str) -> str:
        """The name under which the catalogue has it: "requests.api.get" is "requests.get"."""
        if name not in self._canonical:
            if len(self._canonical) >= _REMEMBERED:
                self._canonical.clear()
            self._canonical[name] = _without_aliases(name)
        return self._canonical[name]

    def attribute(self, name: str) -> str | None:
        """Class of the value of an attribute: "requests.Response.text" → "builtins.str".

        "pymongo.MongoClient.*" among the attributes stands for those that are neither private nor known as calls.
        """
        if library_of(name) is None:
            return None
        cls, _, last = name.rpartition(".")
        said = self._said("attributes", cls, f".{last}")
        if said is None and not last.startswith("_"):
            said = self._said("attributes", cls, ".*")
            return None if said is None or self.get(name) is not None else said
        return said

    def item(self, cls: str) -> str | None:
        """Class of the items of an iterable class: "io.TextIOWrapper" → "builtins.str"."""
        return self._said("items", cls)

    def entered(self, cls: str) -> str | None:
        """Class of what `with` gives for an object of that class, if it isn't the object itself."""
        return self._said("enters", cls)

    def is_a(self, cls: str, classes: Container[str]) -> bool:
        """Whether a class, or one that it is based on, is one of those."""
        return any(name in classes for name, twin in self._lineage(cls) if twin is None)

    def _lineage(self, cls: str) -> Iterator[tuple[str, Library | None]]:
        """The class as the catalogue spells it, and those above it; from where on they are twins, by which file."""
        name, twins = self.canonical(cls), None
        for _ in range(_DEEPEST):
            yield name, twins
            library = library_of(name)
            above = next(library.above(name), None) if library is not None else None
            if above is None or above[0] != name:
                return
            name, twins = self.canonical(above[1]), library if above[2] else twins

    def _said(self, table: str, cls: str, attribute: str = "") -> str | None:
        """What the table of a file says of a class, or of one above it."""
        for name, twins in self._lineage(cls):
            library = library_of(name)
            tables: dict[str, str] = {} if library is None else getattr(library, table)
            if (said := tables.get(self.canonical(name + attribute))) is not None:
                return said if twins is None else twins.twin_of(said, cls)
        return None

    def knows_class(self, cls: str) -> bool:
        """Whether that is a class of the catalogue: one that is constructed, or that some entry is a method of."""
        entry = self.get(cls)
        if entry is not None and entry.returns == entry.name:
            return True
        library, canonical = library_of(cls), self.canonical(cls)
        if library is None:
            return False
        is_above = any(below == canonical for below, _, _ in library.above(canonical))
        return is_above or canonical in library.pseudo or canonical in _classes_of(library)

    def is_pseudo(self, name: str) -> bool:
        """Whether a name is, or belongs to, a class that only stands for something."""
        library = library_of(name)
        return library is not None and any(name == p or name.startswith(p + ".") for p in library.pseudo)

    def reaches_outside(self, entry: Entry) -> bool:
        """Whether a call talks to another process: so do those of a library of which some can fail in a way that
        passes; its file says `outside` where only some of its names do. What only the user knows is meant to."""
        library = library_of(entry.name)
        return library is None or any(
            entry.name == name or entry.name.startswith(f"{name}.") for name in library.outside
        )

    @cached_property
    def digest(self) -> str:
        """sha256 of all that is known: another digest, perhaps other answers."""
        stamp = sha256()
        for _, text in texts():
            stamp.update(text.encode())
        stamp.update(repr(sorted((name, entry) for name, entry in self._extra.items())).encode())
        return stamp.hexdigest()

    def _look_up(self, name: str, depth: int = 0) -> Entry | None:
        entry = self._extra.get(name) or _matching(name, self._patterns)
        library = library_of(name)
        if entry is None and library is not None:
            entry = library.entries.get(name) or _matching(name, library.patterns)
        if entry is not None or library is None or depth > _DEEPEST:
            return entry
        for cls, base, is_twin in library.above(name):
            found = self._look_up(self.canonical(base + name[len(cls) :]), depth + 1)
            if found is not None:
                mine = library.awaited(found, name) if is_twin else found
                returns = cls if found.returns == self.canonical(base) else mine.returns
                return replace(mine, name=name, returns=returns)
        return None


def load_catalogue(extra: Mapping[str, Mapping[str, object]] | None = None) -> Catalogue:
    """The built-in calls and, before them, the user's: {"mylib.fetch": {"effect": "read", "timeout": "timeout"}}.

    An entry of the user's for a built-in name changes what it says and keeps the rest. Raises `CatalogueError`.
    """
    return Catalogue(extra) if extra else _built_in()


@cache
def _built_in() -> Catalogue:
    return Catalogue({})


@cache
def _classes_of(library: Library) -> frozenset[str]:
    """What calls and attributes give, and what methods are said of."""
    given = [entry.returns for entry in library.entries.values() if entry.returns] + list(library.attributes.values())
    owners = {name.rpartition(".")[0] for name in library.entries}
    named = {name for name in owners if name.rpartition(".")[2][:1].isupper() or name.startswith("builtins.")}
    return frozenset(named.union(name.partition("[")[0] for name in given))


def _without_aliases(name: str) -> str:
    """The longest part that is an alias, replaced, until none is."""
    for _ in range(4):
        library = library_of(name)
        if library is None or not (library.aliases or library.spellings):
            return name
        head, tail = name, ""
        while head and head not in library.aliases:
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        spelt = library.aliases[head] + tail if head else _spelt(name, library)
        if spelt == name:
            return name
        name = spelt
    return name


def _spelt(name: str, library: Library) -> str:
    for pattern, meant in library.spellings:
        if found := pattern.match(name):
            return found.expand(meant) + name[found.end() :]
    return name


def _matching(name: str, patterns: list[tuple[re.Pattern[str], Entry]]) -> Entry | None:
    """The entry of the most special pattern that fits, under the name that was asked for."""
    fitting = [entry for pattern, entry in patterns if pattern.match(name) and name.count(".") == entry.name.count(".")]
    if not fitting:
        return None
    return replace(best := max(fitting, key=lambda entry: len(entry.name)), name=name, returns=_own(best, name))


def _own(entry: Entry, name: str) -> str | None:
    """What a pattern's call gives; a pattern that gives itself stands for classes."""
    return name if entry.returns == entry.name else entry.returns
