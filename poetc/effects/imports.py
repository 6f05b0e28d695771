"""Import statements → what the names that they bind stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def read_imports(statements: Iterable[str]) -> dict[str, str]:
    """Local name → dotted name, for `Names.imports`, of absolute imports.

    A name that is imported from two places (`try: import a except ImportError: import b as a`) stands for neither. What
    doesn't parse is passed over.
    """
    found: dict[str, str] = {}
    unclear: set[str] = set()
    for statement in statements:
        for name, dotted in _bound(statement):
            if found.setdefault(name, dotted) != dotted:
                unclear.add(name)
    return {name: dotted for name, dotted in found.items() if name not in unclear}


def _bound(statement: str) -> Iterable[tuple[str, str]]:
    try:
        body = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name != "*":
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"
