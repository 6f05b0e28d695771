"""Import statements → those that are links: imports of `poet` from a package of linked copies.

from app._poet.drift import poet as p     the function
import app._poet.drift as poetc           the link table, named like the module it stands for
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from poetc.link.import_source import ImportSource, ImportStatement
from poetc.link.import_uses import uses
from poetc.marker import is_linked
from poetc.source.imports import ImportNode

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
        return frozenset(self.statement.bindings[index][1] for index in self.aliases)

    def without(self, names: frozenset[str]) -> LinkedImport:
        """The same, but for the aliases that bind these names."""
        bound = self.statement.bindings
        return LinkedImport(self.statement, tuple(i for i in self.aliases if bound[i][1] not in names))


def linked_imports(
    source: ImportSource, statements: Iterable[ImportStatement], *, trusted: bool = False
) -> list[LinkedImport]:
    """The statements that link.

    A module is a link only if its `poet` is used under the name it has here, or if `trusted`.
    """
    found = [LinkedImport(each, _links(each.node)) for each in statements]
    modules = [link for link in found if isinstance(link.statement.node, ast.Import)]
    names = frozenset(name for link in modules for name in link.bound) - {"poetc"}
    if names and not trusted:
        names -= {use.name for use in uses(source.tree, names) if use.attributes[:1] == (EXPORTED,)}
        found = [link.without(names) if link in modules else link for link in found]
    return [link for link in found if link.aliases]


def _links(node: ImportNode) -> tuple[int, ...]:
    names = enumerate(node.names)
    if isinstance(node, ast.Import):
        return tuple(i for i, alias in names if alias.asname and _is_inside(alias.name))
    inside = node.level == 0 and _is_inside(node.module or "")
    return tuple(i for i, alias in names if inside and alias.name == EXPORTED)


def _is_inside(path: str) -> bool:
    """Whether a dotted path lies in a package of linked copies."""
    return is_linked(path.rpartition(".")[0])
