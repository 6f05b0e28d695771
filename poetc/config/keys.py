"""The text of a TOML file → where a key stands in it, however its tables are spelled."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 400
"""characters of a line that is shown"""
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.|$|=|\])""")


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


def place_of_key(text: str, *wanted: str) -> Key:
    """Where a key stands, given the names on the way to it: below its table's header, as a header of its own, dotted,
    or in an inline table."""
    above: list[Part] = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.lstrip()
        if bare.startswith("["):
            above = parts_of(line, len(line) - len(bare) + (2 if bare.startswith("[[") else 1))
            found = key_in(above, 0, wanted)
        elif "=" in bare and not bare.startswith("#"):
            inside = parts_of(line)
            names = [part.name for part in above]
            found = key_in(inside, len(names), wanted) if names == [*wanted[: len(names)]] else None
            found = found or inline_key(line, [*names, *(part.name for part in inside)], wanted)
        else:
            continue
        if found is not None:
            return Key(number, found.start + 1, found.end + 1, line[:LONGEST])
    return Key()


def parts_of(text: str, start: int = 0) -> list[Part]:
    """The parts of the dotted key that begins there, as far as it is one."""
    found: list[Part] = []
    while (match := _PART.match(text, start)) is not None:
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


def key_in(parts: list[Part], above: int, wanted: tuple[str, ...]) -> Part | None:
    """The part that is the last one of `wanted`, if the parts, with so many names above them, lead to it."""
    needed = len(wanted) - above
    leads = 0 < needed <= len(parts) and tuple(part.name for part in parts[:needed]) == wanted[above:]
    return parts[needed - 1] if leads else None


def inline_key(line: str, names: list[str], wanted: tuple[str, ...]) -> Part | None:
    """The key inside of the inline table of a line whose own key is `names`."""
    if len(names) != len(wanted) - 1 or tuple(names) != wanted[:-1]:
        return None
    key = re.escape(wanted[-1])
    found = re.search(rf"[{{,]\s*((?:{key}|\"{key}\"|'{key}')\s*)=", line)
    if found is None:
        return None
    return Part(wanted[-1], found.start(1), found.start(1) + len(found[1].rstrip()))
