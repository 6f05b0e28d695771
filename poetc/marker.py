"""Which dotted names are the `@poet` marker, unlinked (`poetc.poet`) or linked (`app._poet.drift.poet`).

Scanning asks what a decorator is; extraction asks which imports linking may rewrite, so that a built function has the
same key before and after.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

LINKED = "_poet"
"""the component that makes a module path one of ours; with `_` and a name behind it for modules that stand alone"""


def is_linked(dotted: str) -> bool:
    """Whether a dotted path leads through a package of linked copies."""
    return LINKED in dotted and any(map(is_link_folder, dotted.split(".")))


def is_link_folder(name: str) -> bool:
    """Whether a folder of that name may be a package of linked copies."""
    return name == LINKED or name.startswith(f"{LINKED}_")


WRITTEN = "written by `poet build`"
"""stands at the top of what a build writes into a package of linked copies"""
COPIED = "copied by `poet build`"
"""stands at the top of each file of the runtime there"""
_MARKS = (WRITTEN.encode(), COPIED.encode())


def is_link_package(folder: Path) -> bool:
    """Whether a folder is one that a build wrote: one of its files says so, whatever became of the others."""
    if not is_link_folder(folder.name) or not folder.is_dir():
        return False
    files = (*folder.glob("*.py"), *folder.glob("*/__init__.py"))
    return any(is_written(head_of(file)) for file in files)


def is_written(head: bytes) -> bool:
    """Whether that is the beginning of a file that a build wrote into a package of linked copies."""
    return any(mark in head for mark in _MARKS)


def head_of(file: Path, size: int = 400) -> bytes:
    """The beginning of a file; nothing if it can't be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError:
        return b""


class Marker(NamedTuple):
    """The configured decorators, by dotted name."""

    decorators: frozenset[str]
    names: frozenset[str]
    """their last components, the names a link table exports"""
    exact: frozenset[str] = frozenset()
    """markers that the project passes on: nothing else of their modules concerns anybody"""

    def matches(self, dotted: str) -> bool:
        """Whether this is a marker: a configured decorator, or one that a link table exports."""
        module, _, name = dotted.rpartition(".")
        return dotted in self.decorators or dotted in self.exact or (name in self.names and is_linked(module))

    def starred(self, module: str) -> frozenset[str]:
        """The markers that `from module import *` binds."""
        if is_linked(module):
            return self.names
        return frozenset(d.rpartition(".")[2] for d in self.decorators | self.exact if d.rpartition(".")[0] == module)

    def concerns(self, dotted: str) -> bool:
        """Whether an import of `dotted` can bring a marker: it is one, leads to one, or lies in the marker's module."""
        if dotted in self.exact or is_linked(dotted):
            return True
        return any(
            d == dotted or d.startswith(dotted + ".") or dotted.startswith(d.rpartition(".")[0] + ".")
            for d in self.decorators
        )

    def needles(self) -> tuple[str, ...]:
        """Words of which every import of a marker contains one; none contains another."""
        words = {LINKED, *self.names, *(p for d in self.decorators | self.exact for p in d.split(".") if p)}
        return tuple(sorted(w for w in words if not any(o != w and o in w for o in words)))


@lru_cache(maxsize=32)
def marker_of(decorators: tuple[str, ...]) -> Marker:
    """Dotted names → `Marker`; a link table always exports `poet`."""
    exact = frozenset(map(plain, filter(_is_exact, decorators)))
    configured = frozenset(d for d in decorators if not _is_exact(d))
    return Marker(configured, frozenset({"poet", *(d.rpartition(".")[2] for d in configured | exact)}), exact)


def exactly(dotted: str) -> str:
    """A decorator that the project passes on, among those of the configuration."""
    return dotted + _EXACT


def plain(decorator: str) -> str:
    """The dotted name of a decorator, whoever it is from."""
    return decorator.removesuffix(_EXACT)


_EXACT = "!"
"""behind a name, which has no such sign in it"""


def _is_exact(decorator: str) -> bool:
    return decorator.endswith(_EXACT)
