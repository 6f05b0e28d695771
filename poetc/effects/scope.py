"""What a walk through a function finds: scopes, what each binds, and what happens in them."""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field

from poetc.source.nodes import FunctionNode

Position = tuple[int, int]
"""line and column"""


@dataclass(slots=True, eq=False)
class Scope:
    """A function, lambda, class or comprehension; `own`: its code runs in the frame of the outermost function."""

    parent: Scope | None
    own: bool
    comprehension: bool = False
    is_class: bool = False
    bound: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    steps: dict[str, list[Position]] = field(default_factory=dict)
    """name → where statements end that always run, once, and give it another value: each begins a new version of it;
    in the order of the text"""

    def keys_of(self, node: ast.Name) -> tuple[Key, ...]:
        """What a name stands for where it stands; none: something of the module, or a builtin."""
        home = self.home_of(node.id)
        if home is None:
            return ()
        if node.id not in home.steps:
            return ((home, node.id, 0),)
        return tuple((home, node.id, version) for version in home.versions(node, self))

    def bindings_of(self, node: ast.Name) -> list[Binding]:
        """The ways in which a name, where it stands, can have got its value."""
        keys = self.keys_of(node)
        if not keys:
            return []
        versions = {version for _, _, version in keys}
        return [binding for binding in keys[0][0].bound[node.id] if binding.version in versions]

    def versions(self, node: ast.Name, seen_from: Scope) -> range:
        """Versions that a name of this scope can have; a nested function may run at any time."""
        steps = self.steps[node.id]
        while seen_from.comprehension and seen_from.parent is not None:
            seen_from = seen_from.parent
        if seen_from is not self:
            return range(len(steps) + 1)
        version = self.version_at(node.id, (node.lineno, node.col_offset))
        return range(version, version + 1)

    def version_at(self, name: str, position: Position) -> int:
        """How many statements have begun a new version before a place."""
        return bisect_right(self.steps.get(name, ()), position)

    def home_of(self, name: str) -> Scope | None:
        """The scope that binds the name as seen from here; None: the module or the builtins do."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                return None
            if name in scope.bound and (scope is self or not scope.is_class):
                return scope  # what a class binds, its methods don't see
            scope = scope.parent
        return None

    def around(self, name: str) -> Scope:
        """The scope that a `nonlocal` name belongs to."""
        scope = self
        while scope.parent is not None and (name in scope.nonlocals or scope.is_class or scope.comprehension):
            scope = scope.parent
        return scope


@dataclass(slots=True, eq=False)
class Binding:
    """One way in which a name gets a value.

    how: value, item (one of the items of `expr`), enter, aenter (what `with` / `async with` gives), parameter (`expr`
    is its annotation), declared (`x: T`), rest (`*args`), keywords (`**kwargs`), star (`*x` in a target), part (some
    part of an item), imported (`dotted`), local (a nested function), class, opaque.
    """

    scope: Scope
    name: str
    how: str
    expr: ast.expr | None = None
    dotted: str = ""
    version: int = 0
    index: int = -1
    """of a part: which"""
    given: ast.expr | None = None
    """of a declared name: the value that it is given with it; of a parameter: its default"""
    place: Position = (0, 0)
    """where that happens; of parameters, nowhere"""

    @property
    def key(self) -> Key:
        return self.scope, self.name, self.version


Key = tuple[Scope, str, int]
"""a name, in the scope that binds it, from one unconditional assignment to the next"""


@dataclass(slots=True, eq=False)
class Walk:
    """What was found in a function."""

    top: Scope
    body: list[ast.stmt] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    calls: list[tuple[ast.Call, Scope]] = field(default_factory=list)
    forms: dict[int, str] = field(default_factory=dict)
    """id of a call → how its value is used, if not as it is"""
    scopes: dict[int, Scope] = field(default_factory=dict)
    """id of a comprehension → its scope"""
    inside: dict[Scope, tuple[FunctionNode | ast.Lambda, Scope]] = field(default_factory=dict)
    """the scope of a function within the function → that function, and the scope that it stands in"""
    raised: set[int] = field(default_factory=set)
    """ids of calls whose value is raised"""
    stores: list[tuple[ast.AST, ast.expr, ast.expr | None, Scope]] = field(default_factory=list)
    """(statement or node, attribute or subscript that is set or deleted, value, scope)"""
    augmented: list[tuple[ast.AugAssign, Scope]] = field(default_factory=list)
    """`x += ...` on a bare name"""
    rebound: list[tuple[ast.AST, str, str, Scope]] = field(default_factory=list)
    """(node, name, "global" | "nonlocal", scope): a name outside of the function that is set or deleted"""
    entered: list[tuple[ast.expr, bool, Scope]] = field(default_factory=list)
    """(expression, whether `async with`, scope)"""
    looped: list[tuple[ast.expr, bool, Scope]] = field(default_factory=list)
    """(expression, whether `async for`, scope), `yield from` and `*x` included"""
    branches: list[ast.stmt | ast.expr] = field(default_factory=list)
    """statements and expressions of which a part runs or not, or several times"""
    applied: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    """decorators of what the function defines"""
    bases: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    """what classes in it inherit from, metaclasses included"""
    texts: set[str] = field(default_factory=set)
    """the short literal strings in it, in upper case"""
    awaited: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    """what is awaited without being a call"""
