"""A module or a class body, parsed → what its names may stand for. Nothing is imported or run."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from poetc.extract.bindings import bindings, statements
from poetc.ir import SourceFile
from poetc.ir.source import type_of_def
from poetc.marker import imported, is_link_folder


class Looked(NamedTuple):
    """The project's file of a dotted module name, as the module `asking` would import it."""

    found: tuple[SourceFile, ast.Module] | None
    """the file, parsed; None: there is none that can be read"""
    places: frozenset[str]
    """posix paths from the project's root; where none of them changes, comes or goes, the answer stays the same"""


Lookup = Callable[[str, SourceFile], Looked]
"""(dotted name of a module, file that imports it) → the project's file of that name"""


def nowhere(dotted: str, asking: SourceFile) -> Looked:
    """A lookup that knows no other file."""
    return Looked(None, frozenset())


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The names of one block of statements that is not a function's."""

    bound: Counter[str]
    definitions: dict[str, tuple[Definition, ...]]
    imports: dict[str, tuple[str, ...]]
    """name → dotted names that it may have been imported from"""

    def only_known(self, name: str) -> bool:
        """Whether every binding of the name is a definition or an import."""
        return self.bound[name] == len(self.definitions.get(name, ())) + len(self.imports.get(name, ()))


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One file of the project."""

    source: SourceFile
    tree: ast.Module
    names: Names
    rebound: frozenset[str] = frozenset()
    """names that functions bind with `global`"""

    @property
    def star(self) -> bool:
        """Whether a star import may have bound any name."""
        return self.names.bound["*"] > 0


class Class(NamedTuple):
    """A class of the project."""

    module: Module
    node: ast.ClassDef
    outer: tuple[ast.ClassDef, ...] = ()


class Function(NamedTuple):
    """A function or method of the project."""

    module: Module
    node: type_of_def
    around: Class | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from every other function."""
        return self.module.source.relative, self.node.lineno, self.node.col_offset

    @property
    def name(self) -> str:
        """The dotted name, "app.store.Store.save"."""
        classes = [] if self.around is None else [*self.around.outer, self.around.node]
        return ".".join([self.module.source.module, *(c.name for c in classes), self.node.name])


def module_of(source: SourceFile, tree: ast.Module) -> Module:
    """What a module's top level binds."""
    bound, rebound = bindings(tree.body), frozenset[str]()
    if "global" in source.text:
        # a function that says `global x` may bind it to anything, whenever it is called
        rebound = frozenset(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
        bound.update(rebound)
    return Module(source, tree, _names(tree.body, bound, source), rebound)


def class_names(found: Class) -> Names:
    """What a class body binds."""
    return _names(found.node.body, bindings(found.node.body), found.module.source)


def _names(body: list[ast.stmt], bound: Counter[str], source: SourceFile) -> Names:
    definitions: dict[str, tuple[Definition, ...]] = {}
    imports: dict[str, tuple[str, ...]] = {}
    for node in statements(body):
        if isinstance(node, Definition):
            definitions[node.name] = (*definitions.get(node.name, ()), node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, target, _ in imported(node, source):
                imports[name] = (*imports.get(name, ()), target)
    return Names(bound, definitions, imports)


def classes_around(module: Module, node: type_of_def) -> Class | None:
    """The class in whose body a function stands, or None."""
    outer: list[ast.ClassDef] = []
    within: Iterable[ast.AST] = (d for same in module.names.definitions.values() for d in same)
    while inner := next((c for c in within if isinstance(c, ast.ClassDef) and _holds(c, node)), None):
        outer.append(inner)
        within = statements(inner.body)
    return Class(module, outer[-1], tuple(outer[:-1])) if outer else None


def _holds(around: ast.ClassDef, node: type_of_def) -> bool:
    return around.lineno < node.lineno <= (around.end_lineno or 0)


def may_be_ours(dotted: str) -> bool:
    """Whether a module of that name can be one that the project's author wrote."""
    parts = dotted.split(".")
    return bool(parts[0]) and parts[0] not in sys.stdlib_module_names and not any(map(is_link_folder, parts))


class Inside(NamedTuple):
    """What stands in a function, nested functions included; not its own decorators."""

    bound: Counter[str]
    """every name that is bound anywhere in it: more than hide a module's name, never fewer"""
    imports: dict[str, tuple[str, ...]]
    """name → dotted names, of imports in it"""
    calls: tuple[ast.Call, ...]
    mentioned: frozenset[str]
    """names, and attributes of names ("self.http")"""


def look_inside(node: type_of_def, source: SourceFile) -> Inside:
    """One walk through a function."""
    bound, imports = Counter[str](), dict[str, tuple[str, ...]]()
    calls, mentioned = list[ast.Call](), set[str]()
    for inner in _nodes([*node.body, node.args]):
        if isinstance(inner, ast.Call):
            calls.append(inner)
        elif isinstance(inner, ast.Name):
            mentioned.add(inner.id)
            if not isinstance(inner.ctx, ast.Load):
                bound[inner.id] += 1
        elif isinstance(inner, ast.Attribute):
            if isinstance(inner.value, ast.Name):
                mentioned.add(f"{inner.value.id}.{inner.attr}")
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            for name, target, _ in imported(inner, source):
                bound[name] += 1
                imports[name] = (*imports.get(name, ()), target)
        else:
            bound.update(_bound_by(inner))
    return Inside(bound, imports, tuple(calls), frozenset(mentioned))


def _nodes(waiting: list[ast.AST]) -> Iterator[ast.AST]:
    """All nodes below some, in no particular order; `ast.walk` takes three times as long."""
    while waiting:
        node = waiting.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                waiting += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator | ast.cmpop):
                waiting.append(value)


def _bound_by(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, Definition | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return (node.name,) if node.name else ()
    if isinstance(node, ast.MatchMapping):
        return (node.rest,) if node.rest else ()
    return node.names if isinstance(node, ast.Global | ast.Nonlocal) else ()
