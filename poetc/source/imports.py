"""Import statements → what the names that they bind stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from poetc.ir import SourceFile


class Imported(NamedTuple):
    """One alias of an import statement: `import a.b` binds "a", which stands for "a", having imported "a.b"."""

    name: str
    """what is bound; "*" for a whole module"""
    stands_for: str
    """dotted"""
    target: str
    """the dotted name that is imported"""


def imported(node: ast.AST, source: SourceFile | None = None) -> Iterator[Imported]:
    """What an import statement binds; nothing for any other node.

    Relative imports come out absolute by the module that `source` is; without one they are left out.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            yield Imported(bound, alias.name if alias.asname else bound, alias.name)
    elif isinstance(node, ast.ImportFrom) and (source is not None or (node.module and not node.level)):
        module = absolute(node, source) if source is not None else node.module or ""
        for alias in node.names:
            dotted = module if alias.name == "*" else f"{module}.{alias.name}"
            yield Imported(alias.asname or alias.name, dotted, dotted)


ImportNode = ast.Import | ast.ImportFrom


def bindings_of(node: ImportNode) -> list[tuple[str, str]]:
    """(dotted path as it is written, name it is bound to) of each alias; `import a.b` binds "a"."""
    if isinstance(node, ast.Import):
        return [(each.name, each.asname or each.name.partition(".")[0]) for each in node.names]
    module = "." * node.level + (node.module or "")
    return [(f"{module}.{each.name}", each.asname or each.name) for each in node.names]


def without_imports(tree: ast.Module) -> list[tuple[object, ...]]:
    """All of a tree but its imports, in a form that can be compared, however deep it is nested."""
    nodes = (node for node in ast.walk(tree) if not isinstance(node, ImportNode | ast.alias))
    return [(type(node), *(_comparable(getattr(node, name, None)) for name in node._fields)) for node in nodes]


def _comparable(value: object) -> object:
    if isinstance(value, list):
        return [_comparable(each) for each in value if not isinstance(each, ImportNode)]
    return type(value) if isinstance(value, ast.AST) else (type(value), value)


def absolute(node: ast.ImportFrom, source: SourceFile) -> str:
    """The absolute name of the module that is imported from; one that lies beyond the top keeps its dots."""
    if not node.level:
        return node.module or ""
    package = source.module.split(".") if source.path.name == "__init__.py" else source.module.split(".")[:-1]
    kept = len(package) - (node.level - 1)
    if kept <= 0:
        return "." * node.level + (node.module or "")
    return ".".join([*package[:kept], *([node.module] if node.module else [])])


def read_imports(statements: Iterable[str]) -> dict[str, str]:
    """Local name → dotted name, of absolute imports that are given as text.

    A name that is imported from two places (`try: import a except ImportError: import b as a`) stands for neither. What
    doesn't parse is passed over.
    """
    return dict(_read(tuple(statements)))


@lru_cache(maxsize=256)
def _read(statements: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    unclear: set[str] = set()
    for statement in statements:
        for name, stands_for, _ in _parsed(statement):
            if name != "*" and _plain(found.setdefault(name, stands_for)) != _plain(stands_for):
                unclear.add(name)
    return {name: dotted for name, dotted in found.items() if name not in unclear}


def _plain(dotted: str) -> str:
    """`typing_extensions` gives what `typing` gives where that is too old."""
    return f"typing.{dotted.removeprefix('typing_extensions.')}" if dotted.startswith("typing_extensions.") else dotted


@lru_cache(maxsize=2048)
def _parsed(statement: str) -> tuple[Imported, ...]:
    try:
        body = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(each for node in body for each in imported(node))
