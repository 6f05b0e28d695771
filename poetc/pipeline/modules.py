"""A dotted module name → the project's file of that name, for extraction to look into; never imported, only parsed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from poetc.config import Options
from poetc.errors import SourceError
from poetc.extract.lookup import Looked
from poetc.ir import SourceFile
from poetc.scan.parse import parse_module
from poetc.scan.read import read_module
from poetc.snapshot import stat_row
from poetc.source.module import Module

MOST_FILES = 20_000
"""files that one run looks into beside those with a decorator"""


class Modules:
    """The project's files by module name, each read and parsed at most once in a run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.root = options.root
        self.bases = [options.root / folder for folder in ("src", *options.src, ".")]
        self.answers: dict[tuple[Path, str], Looked] = {}
        self.parsed: dict[Path, Module | None] = {}
        self.rows: dict[str, list[int] | None] = {}
        """path from the root → stat, taken before the file was read; None: no such file"""

    def __call__(self, dotted: str, asking: SourceFile) -> Looked:
        """What `import dotted` in the file `asking` would find in the project."""
        key = asking.base, dotted
        if key not in self.answers:
            self.answers[key] = self.look(dotted.split("."), asking.base)
        return self.answers[key]

    def rows_of(self, places: Iterable[str]) -> dict[str, list[int] | None]:
        """Those places with their stats, for a later run to compare."""
        return {place: self.rows[place] for place in sorted(places)}

    def look(self, parts: list[str], base: Path) -> Looked:
        """Base by base, as Python would: a regular package ends the search, a folder alone doesn't."""
        places: set[str] = set()
        if not all(part.isidentifier() for part in parts):
            return Looked(None, frozenset())
        for folder in dict.fromkeys([base, *map(normal, self.bases)]):
            if not folder.is_relative_to(self.root):
                continue
            top = folder / parts[0]
            if len(parts) > 1 and not top.is_dir():
                self.there(top, places)
                continue
            for path in candidates(folder, parts):
                if self.there(path, places):
                    found = self.read(path, folder, parts)
                    return Looked(found, frozenset(places))
            if len(parts) > 1 and self.there(top / "__init__.py", places):
                break
        return Looked(None, frozenset(places))

    def there(self, path: Path, places: set[str]) -> bool:
        """Whether there is such a file; notes its stat."""
        place = os.path.relpath(path, self.root).replace(os.sep, "/")
        places.add(place)
        if place not in self.rows:
            self.rows[place] = stat_row(str(path))
        return self.rows[place] is not None

    def read(self, path: Path, base: Path, parts: list[str]) -> Module | None:
        """A file, parsed; None for what can't be, which is said where the file itself is built."""
        if path not in self.parsed:
            self.parsed[path] = self.parse(path, base, parts) if len(self.parsed) < MOST_FILES else None
        return self.parsed[path]

    def parse(self, path: Path, base: Path, parts: list[str]) -> Module | None:
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            return None  # a link that leads out of the project
        try:
            source = read_module(path, self.options)
            named = replace(source, module=".".join(parts), base=base)
            return Module(named, parse_module(source).tree)
        except SourceError:
            return None


def candidates(folder: Path, parts: list[str]) -> Iterator[Path]:
    """Where a module of that name can stand; the package comes before the file, as in an import."""
    inner = folder.joinpath(*parts)
    yield inner / "__init__.py"
    yield inner.with_name(f"{inner.name}.py")


def normal(path: Path) -> Path:
    """The path without `.` and `..`."""
    return Path(os.path.normpath(path))
