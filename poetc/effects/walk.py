"""A function → its scopes, what each binds, and what happens in them, in one walk without recursion."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, Final

from poetc.effects.scope import Binding, Position, Scope, Walk
from poetc.source.imports import imported
from poetc.source.nodes import FunctionNode, children, default_of_each

_SHORT: Final = 40
"""characters of a text that may be the name of a header"""


def walk_function(node: FunctionNode) -> Walk:
    """Walk a function; its own decorators, defaults and annotations are not part of it."""
    top = Scope(None, own=True)
    top.steps = _steps(node.body)
    walker = _Walker(Walk(top, node.body))
    walker.parameters(node.args, top)
    walker.run([(statement, top) for statement in node.body])
    return walker.walk


class _Walker:
    """The walk itself: an explicit stack, because sources may be nested deeper than Python recurses."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.waiting: list[tuple[ast.AST, Scope]] = []

    def run(self, start: list[tuple[ast.AST, Scope]]) -> None:
        self.waiting = start[::-1]
        waiting = self.waiting
        while waiting:
            node, scope = waiting.pop()
            visit = _VISITS.get(type(node))
            if visit is None or not visit(self, node, scope):
                waiting += [(child, scope) for child in children(node)[::-1]]

    def push(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        self.waiting += [(node, scope) for node in reversed([*nodes]) if node is not None]

    # ------------------------------------------------------------------ binding

    def bind(self, scope: Scope, name: str, how: str, expr: ast.expr | None = None, **more: Any) -> None:
        at = more.pop("at", None)
        home = scope.around(name) if name in scope.nonlocals else scope
        for version in _versions(name, home, at) if home is scope else range(len(home.steps.get(name, ())) + 1):
            binding = Binding(home, name, how, expr, version=version, place=_place(at), **more)
            home.bound.setdefault(name, []).append(binding)
            self.walk.bindings.append(binding)

    def parameters(self, arguments: ast.arguments, scope: Scope) -> None:
        defaults = default_of_each(arguments)
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            given = defaults.get(argument.arg)
            self.bind(scope, argument.arg, "parameter", argument.annotation, given=given)
        if arguments.vararg:
            self.bind(scope, arguments.vararg.arg, "rest")
        if arguments.kwarg:
            self.bind(scope, arguments.kwarg.arg, "keywords")

    def target(self, target: ast.expr, how: str, value: ast.expr | None, scope: Scope, at: ast.AST) -> None:
        """One target of an assignment, a loop, a `with` or a `del`."""
        waiting = [(target, how, value, -1)]
        while waiting:
            target, how, value, index = waiting.pop()
            if isinstance(target, ast.Name):
                self.named(target.id, how, value, scope, at, index)
            elif isinstance(target, ast.Attribute | ast.Subscript):
                self.walk.stores.append((at, target, value if how == "value" else None, scope))
            elif isinstance(target, ast.Starred):
                waiting.append((target.value, "star", None, -1))
            elif isinstance(target, ast.Tuple | ast.List):
                waiting += _unpacked(target, how, value)

    def named(
        self, name: str, how: str, value: ast.expr | None, scope: Scope, at: ast.AST, index: int = -1, **more: Any
    ) -> None:
        home = scope
        while home.comprehension and isinstance(at, ast.NamedExpr) and home.parent is not None:
            home = home.parent  # `:=` in a comprehension binds outside of it
        if name in home.globals:
            self.walk.rebound.append((at, name, "global", scope))
        elif name in home.nonlocals and home is self.walk.top:
            self.walk.rebound.append((at, name, "nonlocal", scope))
        else:
            self.bind(home, name, how, value, at=at, index=index, **more)

    # ------------------------------------------------------------------ statements that bind

    def assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List) or isinstance(getattr(target, "slice", None), ast.Slice):
                self.walk.looped.append((node.value, False, scope))
            self.target(target, "value", node.value, scope, node)

    def annotated(self, node: ast.AnnAssign, scope: Scope) -> bool:
        if isinstance(node.target, ast.Name):
            self.named(node.target.id, "declared", node.annotation, scope, node, given=node.value)
        elif node.value is not None:
            self.target(node.target, "value", node.value, scope, node)
        self.push([node.target, node.value], scope)  # annotations of locals are never evaluated
        return True

    def augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            self.walk.augmented.append((node, scope))
            self.walk.looped.append((node.value, False, scope))
            left = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            result = ast.copy_location(ast.BinOp(left, node.op, node.value), node)
            self.named(node.target.id, "value", result, scope, node)
        else:
            self.target(node.target, "value", node.value, scope, node)

    def branch(self, node: ast.stmt | ast.expr, scope: Scope) -> None:
        self.walk.branches.append(node)

    def comparison(self, node: ast.Compare, scope: Scope) -> None:
        pairs = zip(node.ops, node.comparators, strict=True)
        self.walk.looped += [(right, False, scope) for op, right in pairs if isinstance(op, ast.In | ast.NotIn)]

    def walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        self.target(node.target, "value", node.value, scope, node)

    def delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self.deleted(target, scope, node)

    def deleted(self, target: ast.expr, scope: Scope, at: ast.AST) -> None:
        parts = [target]
        while parts:
            part = parts.pop()
            if isinstance(part, ast.Attribute | ast.Subscript):
                self.walk.stores.append((at, part, None, scope))
            elif isinstance(part, ast.Tuple | ast.List):
                parts += part.elts
            elif isinstance(part, ast.Name) and (part.id in scope.globals or part.id in self.walk.top.nonlocals):
                self.walk.rebound.append((at, part.id, "global", scope))

    def loop(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        is_async = isinstance(node, ast.AsyncFor)
        self.walk.branches.append(node)
        self.iterated(node.iter, is_async, scope)
        self.target(node.target, "item", node.iter, scope, node)

    def iterated(self, expr: ast.expr, is_async: bool, scope: Scope) -> None:
        self.walk.looped.append((expr, is_async, scope))
        if isinstance(expr, ast.Call):
            self.walk.forms[id(expr)] = "async iterate" if is_async else "iterate"

    def entering(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        for item in node.items:
            self.walk.entered.append((item.context_expr, is_async, scope))
            if isinstance(item.context_expr, ast.Call):
                self.walk.forms[id(item.context_expr)] = "async context" if is_async else "context"
            if item.optional_vars is not None:
                how = "aenter" if is_async else "enter"
                self.target(item.optional_vars, how, item.context_expr, scope, node)

    def imports(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        stands_for = {each.name: each.stands_for for each in imported(node)}
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.imported(name, stands_for.get(name, ""), scope, node)

    def imported(self, name: str, dotted: str, scope: Scope, at: ast.AST) -> None:
        if name in scope.globals or name in scope.nonlocals:
            self.named(name, "opaque", None, scope, at)
        else:
            self.bind(scope, name, "imported" if dotted else "opaque", dotted=dotted, at=at)

    def outer_names(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        (scope.globals if isinstance(node, ast.Global) else scope.nonlocals).update(node.names)

    def handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name:
            self.named(node.name, "opaque", None, scope, node)

    def pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, scope: Scope) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self.named(name, "opaque", None, scope, node)

    # ------------------------------------------------------------------ expressions

    def call(self, node: ast.Call, scope: Scope) -> None:
        self.walk.calls.append((node, scope))

    def awaiting(self, node: ast.Await, scope: Scope) -> None:
        if isinstance(node.value, ast.Call):
            self.walk.forms[id(node.value)] = "await"
        else:
            self.walk.awaited.append((node.value, scope))

    def constant(self, node: ast.Constant, scope: Scope) -> None:
        if isinstance(node.value, str) and len(node.value) <= _SHORT:
            self.walk.texts.add(node.value.upper())

    def yield_from(self, node: ast.YieldFrom | ast.Starred, scope: Scope) -> None:
        if not isinstance(node, ast.Starred) or isinstance(node.ctx, ast.Load):
            self.iterated(node.value, False, scope)

    def raising(self, node: ast.Raise, scope: Scope) -> None:
        self.walk.raised.update(id(value) for value in (node.exc, node.cause) if isinstance(value, ast.Call))

    # ------------------------------------------------------------------ new scopes

    def function(self, node: FunctionNode, scope: Scope) -> bool:
        self.named(node.name, "opaque" if node.decorator_list else "local", None, scope, node)
        self.walk.applied += [(decorator, scope) for decorator in node.decorator_list]
        self.push([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults], scope)
        self.inner(node, node.body, scope)
        return True

    def lambda_(self, node: ast.Lambda, scope: Scope) -> bool:
        self.push([*node.args.defaults, *node.args.kw_defaults], scope)
        self.inner(node, [node.body], scope)
        return True

    def inner(self, node: FunctionNode | ast.Lambda, body: Iterable[ast.AST], scope: Scope) -> None:
        inside = Scope(scope, own=False)
        self.walk.inside[inside] = node, scope
        self.parameters(node.args, inside)
        self.push(body, inside)

    def class_(self, node: ast.ClassDef, scope: Scope) -> bool:
        self.named(node.name, "class", None, scope, node)
        self.walk.applied += [(decorator, scope) for decorator in node.decorator_list]
        self.walk.bases += [(base, scope) for base in (*node.bases, *(k.value for k in node.keywords))]
        self.push([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)], scope)
        self.push(node.body, Scope(scope, own=False, is_class=True))
        return True

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> bool:
        self.walk.branches.append(node)
        inside = self.walk.scopes[id(node)] = Scope(scope, own=scope.own, comprehension=True)
        for number, generator in enumerate(node.generators):
            outer = inside if number else scope
            self.iterated(generator.iter, bool(generator.is_async), outer)
            self.target(generator.target, "item", generator.iter, inside, generator)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for number, generator in enumerate(node.generators):
            self.push([generator.iter], inside if number else scope)
            self.push([generator.target, *generator.ifs], inside)
        self.push(parts, inside)
        return True


def _place(at: ast.AST | None) -> Position:
    """Where something is bound; a comprehension's part stands where its target does."""
    at = at.target if isinstance(at, ast.comprehension) else at
    return getattr(at, "lineno", 0), getattr(at, "col_offset", 0)


def _steps(body: list[ast.stmt]) -> dict[str, list[Position]]:
    """The statements that always run, once, and give a name another value: they stand in the body itself."""
    found: dict[str, list[Position]] = {}
    for statement in body:
        for name in _assigned(statement):
            found.setdefault(name, []).append((statement.end_lineno or 0, statement.end_col_offset or 0))
    return found


def _assigned(statement: ast.AST | None) -> list[str]:
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def _versions(name: str, home: Scope, at: ast.AST | None) -> range:
    """The version of a name that something bound at `at` belongs to."""
    if at is None or name not in home.steps:
        return range(1)
    version = home.version_at(name, (getattr(at, "lineno", 0), getattr(at, "col_offset", 0)))
    end = getattr(at, "end_lineno", 0), getattr(at, "end_col_offset", 0)
    if name in _assigned(at) and end in home.steps[name][version : version + 1]:
        version += 1
    return range(version, version + 1)


def _unpacked(
    target: ast.Tuple | ast.List, how: str, value: ast.expr | None
) -> list[tuple[ast.expr, str, ast.expr | None, int]]:
    """`a, b = x, y` is two assignments; otherwise each part gets an item, or (of an item) something unknown."""
    if how == "value" and isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
        starred = any(isinstance(part, ast.Starred) for part in (*value.elts, *target.elts))
        if not starred:
            return [(part, "value", got, -1) for part, got in zip(target.elts, value.elts, strict=True)]
    if how == "value" and value is not None:
        return [(part, "item", value, -1) for part in target.elts]
    return [(part, "part" if how == "item" else "opaque", value, index) for index, part in enumerate(target.elts)]


_VISITS: Final[dict[type, Callable[[_Walker, Any, Scope], bool | None]]] = {
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.NamedExpr: _Walker.walrus,
    ast.Compare: _Walker.comparison,
    ast.IfExp: _Walker.branch,
    ast.BoolOp: _Walker.branch,
    ast.If: _Walker.branch,
    ast.While: _Walker.branch,
    ast.Match: _Walker.branch,
    ast.Delete: _Walker.delete,
    ast.For: _Walker.loop,
    ast.AsyncFor: _Walker.loop,
    ast.With: _Walker.entering,
    ast.AsyncWith: _Walker.entering,
    ast.Import: _Walker.imports,
    ast.ImportFrom: _Walker.imports,
    ast.Global: _Walker.outer_names,
    ast.Nonlocal: _Walker.outer_names,
    ast.ExceptHandler: _Walker.handler,
    ast.MatchAs: _Walker.pattern,
    ast.MatchStar: _Walker.pattern,
    ast.MatchMapping: _Walker.pattern,
    ast.Call: _Walker.call,
    ast.Await: _Walker.awaiting,
    ast.Constant: _Walker.constant,
    ast.YieldFrom: _Walker.yield_from,
    ast.Starred: _Walker.yield_from,
    ast.Raise: _Walker.raising,
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
    ast.Lambda: _Walker.lambda_,
    ast.ClassDef: _Walker.class_,
    ast.ListComp: _Walker.comprehension,
    ast.SetComp: _Walker.comprehension,
    ast.DictComp: _Walker.comprehension,
    ast.GeneratorExp: _Walker.comprehension,
}
"""node type → what it does; True: its children are seen to"""
