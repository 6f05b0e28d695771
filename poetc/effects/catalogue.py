"""The known calls: one TOML file per library in `catalogue/`, parsed when a name of that library is first looked up."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from fnmatch import translate
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from poetc.effects.entry import CatalogueError, Entry
from poetc.effects.reading import class_entries, group_entries, user_entry
from poetc.ir.effect import Effect

_REMEMBERED: Final = 20_000
"""lookups kept; names come from other people's sources, and a service lives long"""
_AWAITED: Final = {"call": "await", "iterate": "async iterate", "context": "async context"}
_FIRST_SETTING: Final = re.compile(r"(?:#.*\n|[ \t]*\n)*(roots *=.*)")


class Library:
    """What one file says: its entries, and what is known of the classes in it."""

    def __init__(self, text: str) -> None:
        import tomllib  # only what looks calls up pays for it

        table = tomllib.loads(text)
        defaults = table.get("defaults", {})
        self.roots: tuple[str, ...] = tuple(table["roots"])
        self.facts: dict[str, Any] = table.get("library", {})
        """what is known of the library itself (see `poetc.effects.libraries`)"""
        self.entries: dict[str, Entry] = {}
        for group in table.get("classes", ()):
            self.entries.update((entry.name, entry) for entry in class_entries(group))
        for group in table.get("calls", ()):
            self.entries.update((entry.name, entry) for entry in group_entries(group, defaults))
        self.patterns = [(re.compile(translate(name)), entry) for name, entry in self.entries.items() if "*" in name]
        self.aliases: dict[str, str] = table.get("aliases", {})
        self.attributes: dict[str, str] = table.get("attributes", {})
        self.items: dict[str, str] = table.get("items", {})
        self.enters: dict[str, str] = table.get("enters", {})
        self.bases: dict[str, str] = table.get("bases", {})
        """class → the class that knows what isn't said of it, in whichever file"""
        self.twins: dict[str, str] = table.get("twins", {})
        """class → the class that has its methods without `await`; what is pure there isn't awaited here either"""
        can_fail = any(entry.transient or entry.host for entry in self.entries.values())
        self.outside: tuple[str, ...] = tuple(self.facts.get("outside", self.roots if can_fail else ()))
        self.pseudo = frozenset[str](table.get("pseudo", ()))
        """classes that only stand for something: nothing of that name can be imported"""

    def awaited(self, entry: Entry) -> Entry:
        """An entry of a class as its twin has it: to be awaited, and giving twins; nothing has to stop it."""
        returns = next((twin for twin, of in self.twins.items() if of == entry.returns), entry.returns)
        form = entry.form if entry.effect == Effect.PURE else _AWAITED.get(entry.form, entry.form)
        limit = None if entry.is_stopped else entry.timeout
        return replace(entry, form=form, returns=returns, timeout=limit)


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
        if _library_of(name) is None:
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
        return any(name in classes for name in self._lineage(cls))

    def _lineage(self, cls: str) -> Iterator[str]:
        """The class as the catalogue spells it, and the classes that it is based on."""
        name: str | None = self.canonical(cls)
        while name is not None:
            yield name
            library = _library_of(name)
            name = None if library is None else library.bases.get(name)

    def _said(self, table: str, cls: str, attribute: str = "") -> str | None:
        """What the table of a file says of a class, or of one that it is based on."""
        for name in self._lineage(cls):
            library = _library_of(name)
            tables: dict[str, str] = {} if library is None else getattr(library, table)
            if (said := tables.get(self.canonical(name + attribute))) is not None:
                return said
        return None

    def knows_class(self, cls: str) -> bool:
        """Whether that is a class of the catalogue: one that is constructed, or that some entry is a method of."""
        entry = self.get(cls)
        if entry is not None and entry.returns == entry.name:
            return True
        library, canonical = _library_of(cls), self.canonical(cls)
        if library is None:
            return False
        return canonical in library.pseudo or canonical in library.bases or canonical in _classes_of(library)

    def is_pseudo(self, name: str) -> bool:
        """Whether a name is, or belongs to, a class that only stands for something."""
        library = _library_of(name)
        return library is not None and any(name == p or name.startswith(p + ".") for p in library.pseudo)

    def reaches_outside(self, entry: Entry) -> bool:
        """Whether a call talks to another process: so do those of a library of which some can fail in a way that
        passes; its file says `outside` where only some of its names do. What only the user knows is meant to."""
        library = _library_of(entry.name)
        return library is None or any(
            entry.name == name or entry.name.startswith(f"{name}.") for name in library.outside
        )

    @cached_property
    def digest(self) -> str:
        """sha256 of all that is known: another digest, perhaps other answers."""
        stamp = sha256()
        for _, text in _texts():
            stamp.update(text.encode())
        stamp.update(repr(sorted((name, entry) for name, entry in self._extra.items())).encode())
        return stamp.hexdigest()

    def _look_up(self, name: str) -> Entry | None:
        entry = self._extra.get(name) or _matching(name, self._patterns)
        library = _library_of(name)
        if entry is None and library is not None:
            entry = library.entries.get(name) or _matching(name, library.patterns) or self._inherited(name, library)
        return entry

    def _inherited(self, name: str, library: Library) -> Entry | None:
        """What is said of the class that a class is based on, or is the twin of; under the name asked for."""
        if not (library.bases or library.twins):
            return None
        cls, tail = name, ""
        while "." in cls:
            cls, _, last = cls.rpartition(".")
            tail = f".{last}{tail}"
            base = library.bases.get(cls) or library.twins.get(cls)
            entry: Entry | None = None if base is None else self.get(base + tail)
            if entry is not None:
                read = library.awaited(entry) if cls in library.twins else entry
                return replace(read, name=name, returns=cls if entry.returns == base else read.returns)
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
def _texts() -> tuple[tuple[str, str], ...]:
    """(file name, text) of every built-in file, sorted."""
    folder = Path(__file__).with_name("catalogue")
    return tuple((file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml")))


@cache
def _roots() -> dict[str, str]:
    """First part of a dotted name → text of the file that knows it; each file's first setting says which it knows."""
    found = {}
    for name, text in _texts():
        import tomllib

        first = _FIRST_SETTING.match(text)
        if first is None:
            raise CatalogueError(name, "must begin with `roots = [...]`, in one line")
        for root in tomllib.loads(first[1])["roots"]:
            if root in found:
                raise CatalogueError(name, f"`{root}` stands in two files")
            found[root] = text
    return found


@cache
def _parsed(text: str) -> Library:
    return Library(text)


def _library_of(name: str) -> Library | None:
    text = _roots().get(name.partition(".")[0])
    return None if text is None else _parsed(text)


def all_libraries() -> list[Library]:
    """Every built-in file."""
    return [_parsed(text) for _, text in _texts()]


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
        library = _library_of(name)
        if library is None or not library.aliases:
            return name
        head, tail = name, ""
        while head and head not in library.aliases:
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        if not head:
            return name
        name = library.aliases[head] + tail
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
