"""What names stand for, as a module's statements are read in order: enough to know `@poet` by any of its names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from poetc.ir import SourceFile
from poetc.marker import Marker
from poetc.source.bindings import bound_by
from poetc.source.imports import imported
from poetc.source.nodes import Definition, FunctionNode, called, dotted_name, flat, parameters, statements

Bindings = dict[str, frozenset[str]]
"""name → dotted names it may stand for; a branch (`try: from poetc import poet`) adds one, other statements replace"""


class Scope:
    """One block of statements and the names bound around it, as far as they concern the marker.

    `around`: the functions and classes that it is inside of. `branch`: its statements may or may not run.
    """

    __slots__ = ("around", "bindings", "branch", "imported", "marker", "source")

    def __init__(
        self,
        source: SourceFile,
        marker: Marker,
        bindings: Bindings | None = None,
        around: tuple[Definition, ...] = (),
        *,
        imported: frozenset[str] = frozenset(),
        branch: bool = False,
    ) -> None:
        self.source = source
        self.marker = marker
        self.bindings = {} if bindings is None else bindings
        self.around = around
        self.imported = imported
        """names of the marker that an import inside of a function has bound, where linking doesn't reach"""
        self.branch = branch

    @property
    def in_class(self) -> bool:
        """Whether its statements are those of a class."""
        return bool(self.around) and isinstance(self.around[-1], ast.ClassDef)

    @property
    def is_nested(self) -> bool:
        """Whether it is inside of a function."""
        return any(not isinstance(node, ast.ClassDef) for node in self.around)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes around it."""
        return tuple(node.name for node in self.around if isinstance(node, ast.ClassDef))

    def qualname(self, name: str) -> str:
        """Python's qualified name of a function or class that is defined here."""
        names = [*(node.name for node in self.around), name]
        found = names[0]
        for node, inner in zip(self.around, names[1:], strict=True):
            between = "." if isinstance(node, ast.ClassDef) else ".<locals>."
            found = inner if inner in _globals(node) else found + between + inner
        return found

    def branches(self) -> Scope:
        """A block of an `if`, `try`, `with`, loop or `match`, which shares its scope's names."""
        if self.branch:
            return self
        return Scope(self.source, self.marker, self.bindings, self.around, imported=self.imported, branch=True)

    def class_body(self, node: ast.ClassDef) -> Scope:
        """The body of a class that stands here."""
        return Scope(self.source, self.marker, dict(self.bindings), (*self.around, node), imported=self.imported)

    def function_body(self, node: FunctionNode) -> Scope:
        """The body of a function that stands here, in which its parameters and what it assigns hide names."""
        hidden = {a.arg for a in parameters(node.args)} | _stored(node)
        bindings = {n: d for n, d in self.bindings.items() if n not in hidden}
        return Scope(self.source, self.marker, bindings, (*self.around, node), imported=self.imported - hidden)

    def is_linked(self, node: ast.expr) -> bool:
        """Whether an expression that is the marker means what a module-level import has bound."""
        return dotted_name(called(node)).partition(".")[0] not in self.imported

    def is_marker(self, node: ast.expr) -> bool:
        """Whether an expression, called or not, is the marker."""
        return any(map(self.marker.matches, self.stands_for(called(node))))

    def stands_for(self, node: ast.expr) -> Iterator[str]:
        """The dotted names that `a.b.c` may stand for by what `a` was bound to."""
        name, dot, rest = dotted_name(node).partition(".")
        for target in self.bindings.get(name, ()):
            yield target + dot + rest

    def read_import(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        """Bind what an import binds; gives the names that may now lead to the marker."""
        found = set()
        for name, target, dotted in imported(node, self.source):
            if name == "*":
                for exported in self.marker.starred(target):
                    self.bind(exported, f"{target}.{exported}")
                    found.add(exported)
            elif self.marker.concerns(dotted) or self.marker.concerns(target):
                self.bind(name, target)
                found.add(name)
            else:
                self.unbind(name)
        if self.is_nested:
            self.imported |= found
        return found

    def read_assignment(self, node: ast.stmt) -> set[str]:
        """Bind `p = poetc.poet` like an import; any other assignment to a name takes its meaning away."""
        targets = _targets(node)
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is not None and len(targets) == 1 and isinstance(targets[0], ast.Name):
            meanings = [m for m in self.stands_for(value) if self.marker.concerns(m)]
            if meanings:
                for meaning in meanings:
                    self.bind(targets[0].id, meaning)
                return {targets[0].id}
        for target in targets:
            for name in _stored(target):
                self.unbind(name)
        return set()

    def bind(self, name: str, target: str) -> None:
        """Let `name` stand for `target`, in a branch beside what it stood for before."""
        before = self.bindings.get(name, frozenset()) if self.branch else frozenset()
        self.bindings[name] = before | {target}

    def unbind(self, name: str) -> None:
        """Something else has that name now; in a branch only perhaps."""
        if not self.branch:
            self.bindings.pop(name, None)


def _stored(node: ast.AST) -> set[str]:
    return {name for inner in flat(node) if isinstance(inner, ast.Name) for name in bound_by(inner)}


def _globals(node: Definition) -> set[str]:
    """Names that a function or class declares to be the module's."""
    return {name for inner in statements(node.body) if isinstance(inner, ast.Global) for name in inner.names}


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AnnAssign):
        return [node.target] if node.value is not None else []
    if isinstance(node, ast.With | ast.AsyncWith):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    return [node.target] if isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor) else []
