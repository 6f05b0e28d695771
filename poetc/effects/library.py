"""One file of the catalogue: its entries, and what is known of its classes; and all the files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import translate
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from poetc.effects.entry import CatalogueError, Entry
from poetc.effects.reading import class_entries, group_entries
from poetc.ir.effect import Effect

_BEGINNING: Final = re.compile(r"(?:#.*\n|[ \t]*\n)*(roots *=.*\n)(like *=.*\n)?")
_ENTRIES: Final = re.compile(r"^\[(?!\[?library\b)", re.MULTILINE)
"""where what is said of the library itself ends"""
_TRANSIENT: Final = re.compile(r"^transient *= *\[([^\]]*)\]", re.MULTILINE)
_AWAITED: Final = {"call": "await", "iterate": "async iterate", "context": "async context"}
"""form of a call → that of the same call of an asynchronous class"""
_LONGEST_ROOT: Final = 3
"""parts of a dotted name: "google.cloud.storage" """
_TABLES: Final = ("aliases", "spellings", "attributes", "items", "enters", "bases", "twins", "generated")


class Library:
    """What one file says; of what it is `like`, all that the other file says, under its own names."""

    def __init__(self, text: str) -> None:
        self.entries: dict[str, Entry] = {}
        tables: dict[str, dict[str, str]] = {name: {} for name in _TABLES}
        pseudo: list[str] = []
        for table in _tables(text):
            self._take_in(table)
            pseudo += table.get("pseudo", ())
            for name in _TABLES:
                tables[name] |= table.get(name, {})
        self.roots: tuple[str, ...] = tuple(table["roots"])
        self.facts = facts_of(text)
        """what is known of the library itself (see `poetc.effects.libraries`)"""
        can_fail = any(entry.transient or entry.host for entry in self.entries.values())
        outside = self.facts.get("outside", can_fail)
        self.outside: tuple[str, ...] = self.roots if outside is True else tuple(outside or ())
        self.patterns = [(re.compile(translate(name)), entry) for name, entry in self.entries.items() if "*" in name]
        self.aliases, self.attributes = tables["aliases"], tables["attributes"]
        self.items, self.enters = tables["items"], tables["enters"]
        self.spellings = [(re.compile(pattern), name) for pattern, name in tables["spellings"].items()]
        """beginnings of names, as patterns → what they mean: stubs have a package for each service"""
        self.bases, self.twins = tables["bases"], tables["twins"]
        """class → the class that knows what isn't said of it, in whichever file; class → the class that has its
        methods without `await`: what is pure there isn't awaited here either"""
        self.generated = [(re.compile(pattern), base) for pattern, base in tables["generated"].items()]
        """beginnings of names of classes that a generator writes, as patterns → the class that knows of all of them"""
        self.pseudo = frozenset[str](pseudo)
        """classes that only stand for something: nothing of that name can be imported"""

    def _take_in(self, table: Mapping[str, Any]) -> None:
        for group in table.get("classes", ()):
            self.entries.update((entry.name, entry) for entry in class_entries(group))
        for group in table.get("calls", ()):
            self.entries.update((entry.name, entry) for entry in group_entries(group, table.get("defaults", {})))

    def above(self, name: str) -> Iterator[tuple[str, str, bool]]:
        """(a class that the name is or is of, the class above it, whether it is a twin of that one); longest first."""
        head = name
        while "." in head:
            stem, _, last = head.rpartition(".")
            for table in (self.bases, self.twins):
                base = table.get(head) or table.get(f"{stem}.*", head).replace("*", last)
                if base != head:
                    yield head, base, table is self.twins
            head = stem
        yield from ((found[0], base, False) for pattern, base in self.generated if (found := pattern.match(name)))

    def awaited(self, entry: Entry, name: str) -> Entry:
        """An entry of a class as its twin has it: to be awaited, and giving twins; nothing has to stop it."""
        form = entry.form if entry.effect == Effect.PURE else _AWAITED.get(entry.form, entry.form)
        limit = None if entry.is_stopped else entry.timeout
        return replace(entry, form=form, returns=entry.returns and self.twin_of(entry.returns, name), timeout=limit)

    def twin_of(self, cls: str, beside: str) -> str:
        """The asynchronous class beside one; itself if there is none. Of several libraries', that of `beside`."""
        found = []
        for twin, base in self.twins.items():
            if base == cls:
                found.append(twin)
            elif base.endswith(".*") and cls.startswith(base[:-1]):
                found.append(twin[:-1] + cls[len(base) - 1 :])
        root = beside.partition(".")[0]
        return next((twin for twin in found if twin.partition(".")[0] == root), found[0] if found else cls)


def facts_of(text: str) -> dict[str, Any]:
    """The `[library]` table of a file, with the transient errors of its entries; without reading those."""
    found: dict[str, Any] = {}
    for part in _parts(text):
        found |= _loaded(_before_entries(part)).get("library", {})
    errors = [name for part in _parts(text) for names in _TRANSIENT.findall(part) for name in names.split('"')[1::2]]
    return found | {"transient": [*found.get("transient", ()), *errors]}


def all_libraries() -> list[Library]:
    """Every built-in file."""
    return [_parsed(text) for _, text in texts()]


@lru_cache(20_000)
def library_of(name: str) -> Library | None:
    """What knows the library that a dotted name begins with; names come from others, so not all stay."""
    known, parts = roots(), name.split(".", _LONGEST_ROOT)
    for length in range(min(len(parts), _LONGEST_ROOT), 0, -1):
        if (text := known.get(".".join(parts[:length]))) is not None:
            return _parsed(text)
    root = next((root for root in _open_roots() if _fits(root, name)), None)
    return None if root is None else _parsed(known[root])


def _fits(root: str, name: str) -> bool:
    """Whether a name begins like "mypy_boto3_*", or has a part that ends like "*_pb2_grpc" """
    return name.startswith(root[:-1]) if root.endswith("*") else f"{root[1:]}." in name


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """(file name, text) of every built-in file, sorted."""
    folder = Path(__file__).with_name("catalogue")
    return tuple((file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml")))


@cache
def roots() -> dict[str, str]:
    """Beginning of dotted names → text of the file that knows them; each file's first setting says which it knows."""
    found = {}
    for name, text in texts():
        first = _BEGINNING.match(text)
        if first is None:
            raise CatalogueError(name, "must begin with `roots = [...]`, in one line")
        for root in json.loads(first[1].partition("=")[2]):
            if root in found:
                raise CatalogueError(name, f"`{root}` stands in two files")
            found[root] = text
    return found


@cache
def _open_roots() -> tuple[str, ...]:
    """Those that stand for many: "mypy_boto3_*", "*_pb2_grpc"."""
    return tuple(root for root in roots() if "*" in root)


@cache
def _parsed(text: str) -> Library:
    return Library(text)


def _tables(text: str) -> Iterator[dict[str, Any]]:
    """A file as a table, that of what it is like before it."""
    return map(_loaded, _parts(text))


def _parts(text: str) -> Iterator[str]:
    """A file's text, that of what it is like before it: `like = { requests = "niquests" }` renames as it says."""
    beginning = _BEGINNING.match(text)
    like = _loaded(beginning[2])["like"] if beginning is not None and beginning[2] else {}
    for other in dict.fromkeys(roots()[root] for root in like):
        names = "|".join(map(re.escape, like))
        yield re.sub(rf'(?<=")({names})(?=[."])', lambda found: str(like[found[1]]), other)
    yield text


def _before_entries(text: str) -> str:
    end = _ENTRIES.search(text)
    return text if end is None else text[: end.start()]


def _loaded(text: str) -> dict[str, Any]:
    import tomllib  # only what looks calls up pays for it

    return tomllib.loads(text)
