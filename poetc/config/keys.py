"""The text of a TOML file → where a key stands in it, however its tables are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 400
"""characters of a line that is shown"""
MOST_PARTS = 8
"""names that are looked at of a dotted key; ours have five"""
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.|$|=|\])""")

_INLINE = re.compile(r"""[{,]\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")


class Key(NamedTuple):
    """Where a key stands; line 0 if it doesn't."""

    line: int = 0
    column: int = 0
    """from 1, of the key itself; a quoted one begins with its quote"""
    end_column: int = 0
    excerpt: str = ""


class Part(NamedTuple):
    """One part of a dotted key."""

    name: str
    start: int
    end: int


class Keys:
    """The keys of a text, found in one walk through it: thousands of entries may be asked for."""

    def __init__(self, text: str) -> None:
        self.first: dict[tuple[str, ...], Key] = {}
        """names on the way to a key → where that first stands, as a header or in front of a value"""
        self.values: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        """the whole way → lines that give it a value, which may be an inline table"""
        self.inlines: dict[tuple[str, ...], dict[str, Key]] = {}
        above: list[Part] = []
        for number, line in enumerate(text.split("\n"), 1):
            bare = line.lstrip()
            if bare.startswith("["):
                above = parts_of(line, len(line) - len(bare) + (2 if bare.startswith("[[") else 1))
                self.add((), above, number, line)
            elif "=" in bare and not bare.startswith("#"):
                way, inner = tuple(part.name for part in above), parts_of(line)
                self.add(way, inner, number, line)
                self.values.setdefault((*way, *(part.name for part in inner)), []).append((number, line))

    def add(self, way: tuple[str, ...], parts: list[Part], number: int, line: str) -> None:
        """Each part is a key below the ones in front of it."""
        for part in parts:
            way = (*way, part.name)
            self.first.setdefault(way, Key(number, part.start + 1, part.end + 1, line[:LONGEST]))

    def place(self, *wanted: str) -> Key:
        """Where a key stands, given the names on the way to it: below its table's header, as a header of its own,
        dotted, or in an inline table."""
        found = self.first.get(wanted, Key())
        inline = self.inside(wanted[:-1]).get(wanted[-1], Key())
        return inline if inline.line and not 0 < found.line <= inline.line else found

    def inside(self, way: tuple[str, ...]) -> dict[str, Key]:
        """The keys of the inline tables that are the value of a key."""
        if way not in self.inlines:
            rows = reversed(self.values.get(way, ()))
            self.inlines[way] = {name: key for row in rows for name, key in inline_keys(*row)}
        return self.inlines[way]


def parts_of(text: str, start: int = 0) -> list[Part]:
    """The parts of the dotted key that begins there, as far as it is one, and no more than any of ours has."""
    found: list[Part] = []
    while len(found) < MOST_PARTS and (match := _PART.match(text, start)) is not None:
        group = 1 + next(at for at, name in enumerate(match.group(1, 2, 3)) if name is not None)
        quote = 0 if group == 3 else 1
        name = match[group]
        if group == 1 and "\\" in name:
            import tomllib

            try:
                name = tomllib.loads(f'k = "{name}"')["k"]
            except ValueError:
                return found
        found.append(Part(name, match.start(group) - quote, match.end(group) + quote))
        start = match.end()
        if match[4] != ".":
            break
    return found


def inline_keys(number: int, line: str) -> Iterator[tuple[str, Key]]:
    """The keys inside of the inline table of a line, the last one first."""
    for found in reversed([*_INLINE.finditer(line)]):
        yield found[1].strip("\"'"), Key(number, found.start(1) + 1, found.end(1) + 1, line[:LONGEST])
