"""How the program imports a file: as its statements say, its pyproject.toml, how it is started, and where files lie.

A file in no regular package has several names: `app/main.py` is `main` with `app` on sys.path, and `app.main` with the
folder around it there. A link that is imported by the wrong one ends the program, so where that can't be told the file
gets a `doubt`, and no link.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from poetc.config import Options
from poetc.ir import SourceFile
from poetc.scan.evidence import Evidence
from poetc.scan.naming import ModuleName, identifier, name_module


class Candidate(NamedTuple):
    """A name that a file has with some folder on sys.path."""

    module: str
    base: Path


class Votes(NamedTuple):
    """How the files of a folder are imported, and import."""

    of: dict[Path, frozenset[Path]]
    total: Counter[Path]


class Importers:
    """Decides for the files of one project, in one run; reads the project's statements once, if a file needs it."""

    def __init__(self, options: Options) -> None:
        self.root = options.root
        self.explicit = {_normal(self.root / folder) for folder in options.src}
        self.src = options.src
        self.counted: dict[tuple[Path, tuple[Path, ...]], Votes] = {}
        self.decided: dict[Path, tuple[Candidate | None, str]] = {}

    @cached_property
    def evidence(self) -> Evidence:
        """What the project says of its own modules."""
        return Evidence(self.root)

    @cached_property
    def roots(self) -> list[Path]:
        """Folders that are on sys.path by convention or because somebody says so, the most certain first."""
        declared = [self.root / folder for folder in self.evidence.declared]
        return list(dict.fromkeys(map(_normal, [self.root, self.root / "src", *self.explicit, *declared])))

    def looked_at(self) -> list[str]:
        """What beside the project's sources has decided anything."""
        return [str(path) for path in self.evidence.starters] if "evidence" in vars(self) else []

    def placed(self, source: SourceFile) -> SourceFile:
        """The file under the name by which the program imports it."""
        named = name_module(source.path, self.root, self.src)
        found, doubt = self.of(source.path, named)
        label = self.label(source.path)
        if found is None or found == Candidate(named.module, named.base):
            package, base, module = named.package, named.base, named.module
        else:
            base, module = found.base, found.module
            package = _home(module, base, is_package=source.path.name == "__init__.py")
        inside = base.joinpath(*package.split(".")) if package else base
        link_name = "_poet" if (inside / "__init__.py").is_file() else self.own_link(inside)
        doubt = doubt or (self.doubt_of_script(source, module, base) if package else "")
        return replace(source, module=module, base=base, package=package, label=label, link_name=link_name, doubt=doubt)

    def identity(self, path: Path) -> str:
        """A line that changes when the file is imported in another way."""
        named = name_module(path, self.root, self.src)
        found, doubt = self.of(path, named)
        return f"{found or (named.module, named.base)} {doubt} {self.label(path)} {named.package}"

    def of(self, path: Path, named: ModuleName) -> tuple[Candidate | None, str]:
        """The name, or None and why it can't be told."""
        if path not in self.decided:
            self.decided[path] = self.decide(path, named)
        return self.decided[path]

    def decide(self, path: Path, named: ModuleName) -> tuple[Candidate | None, str]:
        """By who imports it, by what it imports itself, and then by where it lies."""
        natural = Candidate(named.module, named.base)
        candidates = [natural, *(each for each in self.candidates(path) if each.base != natural.base)]
        if len(candidates) == 1 or named.base in self.explicit:
            return natural, ""
        asked = {each: where for each in candidates if (where := self.evidence.asks(each.module, each.base, path))}
        if named.package and not asked.keys() - {natural}:
            return natural, ""
        if not named.package and path.name != "__init__.py" and self.evidence.is_relative(path):
            candidates.remove(natural)
            asked.pop(natural, None)
        bases = [each.base for each in candidates]
        own = [each for each in candidates if self.evidence.needs(path, each.base, bases)]
        for fitting in (own, list(asked), candidates):
            if len(fitting) == 1:
                return fitting[0], ""
        if len(asked) > 1:
            return None, "it is imported " + " and ".join(f"as `{c.module}` ({where})" for c, where in asked.items())
        home = named.base.parent if named.base.name == "src" else named.base
        if named.package or named.base in self.roots or (home / "pyproject.toml").is_file():
            return natural, ""
        names = " or ".join(f"`{each.module}`" for each in candidates)
        doubt = f"nothing in the project tells whether it is imported as {names}"
        neighbour = self.like_its_neighbours(path, candidates)
        return neighbour, "" if neighbour else doubt

    def doubt_of_script(self, source: SourceFile, module: str, base: Path) -> str:
        """Why a file of a package may have to run where its package can't be imported; "" if it needn't."""
        is_main = b"__main__" in source.data and source.path.name != "__main__.py"
        if (
            not is_main
            or base != self.root
            or base in self.explicit
            or not self.evidence.is_script_of_its_own(source.path)
        ):
            return ""
        return f"it may be started by its path, and then nothing tells where `{module.partition('.')[0]}` is"

    def candidates(self, path: Path) -> Iterator[Candidate]:
        """The names that the file has with each folder around it on sys.path, the innermost folder first."""
        parts = [] if path.name == "__init__.py" else [path.stem]
        folder = path.parent
        while True:
            if (parts and not ((folder / "__init__.py").is_file() and folder != self.root)) or (
                parts and folder in self.source_folders
            ):
                yield Candidate(".".join(parts), folder)
            if folder in (self.root, folder.parent) or not folder.name.isidentifier():
                return
            parts.insert(0, folder.name)
            folder = folder.parent

    @cached_property
    def source_folders(self) -> set[Path]:
        """`src` and those that the configuration names: never packages by themselves."""
        return {_normal(self.root / "src"), *self.explicit}

    def like_its_neighbours(self, path: Path, candidates: Sequence[Candidate]) -> Candidate | None:
        """The one name that fits how the other files of its folder are imported, and import."""
        bases = tuple(each.base for each in candidates)
        votes = self.votes(path.parent, bases)
        mine = votes.of.get(path, frozenset())
        fitting = [each for each in candidates if votes.total[each.base] > (each.base in mine)]
        return fitting[0] if len(fitting) == 1 and not self.evidence.has_guard(path) else None

    def votes(self, folder: Path, bases: tuple[Path, ...]) -> Votes:
        """For which of the bases each file of a folder speaks."""
        if (folder, bases) not in self.counted:
            of = {}
            for other in self.evidence.in_folder(folder):
                found = {base for base in bases if self.evidence.needs(other, base, bases)}
                found |= {c.base for c in self.candidates(other) if self.evidence.asks(c.module, c.base, other)}
                of[other] = frozenset(found)
            self.counted[folder, bases] = Votes(of, Counter(base for found in of.values() for base in found))
        return self.counted[folder, bases]

    def label(self, path: Path) -> str:
        """The dotted path from the root, or from a source folder unless something else has that name too."""
        for folder in sorted(self.source_folders, key=lambda f: len(f.parts), reverse=True):
            if path.is_relative_to(folder) and not self.is_taken(path.relative_to(folder), folder):
                return _dotted(path.relative_to(folder))
        return _dotted(path.relative_to(self.root))

    def is_taken(self, inner: Path, folder: Path) -> bool:
        """Whether the root or another source folder has a file of the same name."""
        bare = inner.parent if inner.name == "__init__.py" else inner.with_suffix("")
        places = (bare.with_suffix(".py"), bare / "__init__.py") if bare.name else (inner,)
        others = (other for other in {self.root, *self.source_folders} - {folder})
        return any((other / place).is_file() for other in others for place in places)

    def own_link(self, folder: Path) -> str:
        """The link package in a folder that may be on sys.path: none of another folder or distribution is so called."""
        inner = [identifier(part) for part in folder.relative_to(self.root).parts]
        return "_".join(["_poet", *([self.distribution] if self.distribution else []), *inner])

    @cached_property
    def distribution(self) -> str:
        """The name under which the project is installed beside others; "" if it isn't."""
        return identifier(self.evidence.distribution.lower().replace("-", "_")) if self.evidence.distribution else ""


def _home(module: str, base: Path, *, is_package: bool) -> str:
    """The package whose `_poet` holds the link: the outermost regular one, or the innermost folder of a namespace."""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    for end in range(1, len(parts) + 1):
        if (base.joinpath(*parts[:end]) / "__init__.py").is_file():
            return ".".join(parts[:end])
    return ".".join(parts)


def _dotted(inner: Path) -> str:
    parts = [
        identifier(part) for part in (inner.parent if inner.name == "__init__.py" else inner.with_suffix("")).parts
    ]
    return ".".join(parts) or "__init__"


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
