"""Two trees → whether they differ in imports only: the last word on every edit, whatever made it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any

from poetc.link.import_source import (
    SUITES,
    ImportSource,
    ImportStatement,
    bindings,
    import_statements,
    parse_source,
    unlinkable,
)

_Facts = tuple[Any, ...]


def check_linked(
    source: ImportSource, changed: Collection[ImportStatement], expected: list[tuple[str, str]], data: bytes, path: str
) -> None:
    """Reject `data` unless it is `source` with the same lines and exactly the `expected` imports in the changed ones.

    Raises LinkError (POET507).
    """
    lines = frozenset(line for statement in changed for line in statement.lines)
    after = parse_source(data, path)
    statements = [statement for statement in import_statements(after) if lines & set(statement.lines)]
    imported = sorted(pair for statement in statements for pair in bindings(statement.node))
    if len(source.starts) != len(after.starts) or imported != expected:
        raise unlinkable(path, "the edited import would not be the one that was meant")
    if list(_outline(source.tree, lines)) != list(_outline(after.tree, lines)):
        raise unlinkable(path, "the edit would have changed more than the import")


def check_unlinked(source: ImportSource, data: bytes, path: str) -> None:
    """Reject `data` unless it is `source` but for what its imports import, and where.

    Raises LinkError (POET507).
    """
    after = parse_source(data, path)
    if _names(source) != _names(after) or list(_outline(source.tree, None)) != list(_outline(after.tree, None)):
        raise unlinkable(path, "putting its import back would have changed more than the import")


def _names(source: ImportSource) -> set[str]:
    return {name for statement in import_statements(source) for _, name in bindings(statement.node)}


def _outline(tree: ast.Module, changed: frozenset[int] | None) -> Iterator[_Facts]:
    """Every statement but the imports on changed lines, with its place; with `changed` None, without all imports.

    Expressions need no look: they lie in statements that begin and end where they did, in bytes that are the same.
    """
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        suites = [[child for child in getattr(node, name, ()) if not _left_out(child, changed)] for name in SUITES]
        yield type(node), tuple(map(len, suites)), _place(node, changed)
        for suite in suites:
            pending += suite


def _left_out(node: ast.AST, changed: frozenset[int] | None) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) and (changed is None or node.lineno in changed)


def _place(node: ast.AST, changed: frozenset[int] | None) -> _Facts:
    """Lines and columns; nothing for a file whose lines may have shifted."""
    if changed is None or not isinstance(node, ast.stmt):
        return ()
    column = -1 if node.lineno in changed else node.col_offset
    end = -1 if node.end_lineno in changed else node.end_col_offset
    return node.lineno, column, node.end_lineno, end
