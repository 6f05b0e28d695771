"""Which dotted names are the `@poet` marker, unlinked (`poetc.poet`) or linked (`app._poet.drift.poet`).

Scanning asks what a decorator is; extraction asks which imports linking may rewrite, so that a built function has the
same key before and after.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from poetc.ir import SourceFile

LINKED = "_poet"
"""the component that makes a module path one of ours"""


WRITTEN = "written by `poet build`"
"""stands at the top of what a build writes into a package of linked copies"""
_MARKS = (WRITTEN.encode(), b"copied by `poet build`")


def is_link_package(folder: Path) -> bool:
    """Whether a folder is one that a build wrote: one of its files says so, whatever became of the others."""
    if folder.name != LINKED or not folder.is_dir():
        return False
    files = (folder / "_runtime.py", folder / "__init__.py", *folder.glob("*/__init__.py"))
    return any(mark in head_of(file) for file in files for mark in _MARKS)


def head_of(file: Path) -> bytes:
    """The beginning of a file; nothing if it can't be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(400)
    except OSError:
        return b""


class Marker(NamedTuple):
    """The configured decorators, by dotted name."""

    decorators: frozenset[str]
    names: frozenset[str]
    """their last components, the names a link table exports"""

    def matches(self, dotted: str) -> bool:
        """Whether this is a marker: a configured decorator, or one that a link table exports."""
        module, _, name = dotted.rpartition(".")
        return dotted in self.decorators or (name in self.names and LINKED in module.split("."))

    def starred(self, module: str) -> frozenset[str]:
        """The markers that `from module import *` binds."""
        if LINKED in module.split("."):
            return self.names
        return frozenset(d.rpartition(".")[2] for d in self.decorators if d.rpartition(".")[0] == module)

    def concerns(self, dotted: str) -> bool:
        """Whether an import of `dotted` can bring a marker: it is one, leads to one, or lies in the marker's module."""
        if LINKED in dotted.split("."):
            return True
        return any(
            d == dotted or d.startswith(dotted + ".") or dotted.startswith(d.rpartition(".")[0] + ".")
            for d in self.decorators
        )

    def needles(self) -> tuple[str, ...]:
        """Words of which every import of a marker contains one; none contains another."""
        words = {LINKED, *self.names, *(part for d in self.decorators for part in d.split("."))}
        return tuple(sorted(w for w in words if not any(o != w and o in w for o in words)))


@lru_cache(maxsize=32)
def marker_of(decorators: tuple[str, ...]) -> Marker:
    """Dotted names → `Marker`; a link table always exports `poet`."""
    return Marker(frozenset(decorators), frozenset({"poet", *(d.rpartition(".")[2] for d in decorators)}))


def imported(node: ast.Import | ast.ImportFrom, source: SourceFile) -> Iterator[tuple[str, str, str]]:
    """(name bound, dotted name it stands for, dotted name imported) of each alias; `*` stands for the whole module.

    `import a.b` binds "a", which stands for "a", having imported "a.b". Relative imports come out absolute.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            yield bound, alias.name if alias.asname else bound, alias.name
        return
    module = absolute(node, source)
    for alias in node.names:
        dotted = module if alias.name == "*" else f"{module}.{alias.name}"
        yield alias.asname or alias.name, dotted, dotted


def absolute(node: ast.ImportFrom, source: SourceFile) -> str:
    """The absolute name of the module that is imported from; one that lies beyond the top keeps its dots."""
    if not node.level:
        return node.module or ""
    package = source.module.split(".") if source.path.name == "__init__.py" else source.module.split(".")[:-1]
    kept = len(package) - (node.level - 1)
    if kept <= 0:
        return "." * node.level + (node.module or "")
    return ".".join([*package[:kept], *([node.module] if node.module else [])])


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` as written, or "" if the expression is anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
