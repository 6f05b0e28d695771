"""Import statements → those that are links: imports of `poet` from a package of linked copies.

from app._poet.drift import poet as p     the function
import app._poet.drift as poetc           the link table under the name of the module it stands for
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from poetc.link.import_source import ImportSource, ImportStatement
from poetc.link.import_uses import uses
from poetc.marker import is_linked

MARKER = b"_poet"
"""no file without these bytes is linked"""
EXPORTED = "poet"
"""what every link table exports"""


@dataclass(frozen=True, slots=True)
class LinkedImport:
    """A statement, and which of its aliases are links."""

    statement: ImportStatement
    aliases: tuple[int, ...]

    @property
    def bound(self) -> frozenset[str]:
        """The names that its links bind."""
        names = [self.statement.node.names[index] for index in self.aliases]
        return frozenset(alias.asname or alias.name for alias in names)


def linked_imports(
    source: ImportSource, statements: Iterable[ImportStatement], *, trusted: bool = False
) -> list[LinkedImport]:
    """The statements that link; a module is one only if its `poet` is used under that name, or if it is `trusted`."""
    statements = list(statements)
    modules = frozenset(
        alias.asname
        for statement in statements
        if isinstance(statement.node, ast.Import)
        for alias in statement.node.names
        if alias.asname and is_link_path(alias.name)
    )
    linking = modules if trusted else _reaching(source, modules)
    found = [LinkedImport(statement, _links(statement.node, linking)) for statement in statements]
    return [linked for linked in found if linked.aliases]


def is_link_path(path: str) -> bool:
    """Whether a dotted path lies in a package of linked copies."""
    return is_linked(path.rpartition(".")[0])


def _reaching(source: ImportSource, names: frozenset[str]) -> frozenset[str]:
    used = {use.name for use in uses(source.tree, names) if use.attributes[:1] == (EXPORTED,)}
    return frozenset(used | (names & {"poetc"}))


def _links(node: ast.Import | ast.ImportFrom, modules: frozenset[str]) -> tuple[int, ...]:
    if isinstance(node, ast.Import):
        found = (i for i, alias in enumerate(node.names) if is_link_path(alias.name) and alias.asname in modules)
    else:
        inside = node.level == 0 and is_link_path(node.module or "")
        found = (i for i, alias in enumerate(node.names) if inside and alias.name == EXPORTED)
    return tuple(found)
