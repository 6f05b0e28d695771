"""Which names a run of statements assigns, and whether it uses none of these before: then a second run finds it as the
first one did."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from poetc.source.imports import imported
from poetc.source.nodes import COMPREHENSIONS, flat, own_nodes

_ENDS: Final = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_HIDES: Final = ("suppress", "raises", "ExitStack")
"""what may stand in the name of a manager behind which things go on although something failed"""


def stored_names(statements: Iterable[ast.stmt]) -> frozenset[str]:
    """The names that statements assign, in whatever way; those of comprehensions, which are their own, excepted."""
    found: set[str] = set()
    statements = [*statements]
    walrus = [each.target for each in flat(*statements) if isinstance(each, ast.NamedExpr)]
    for node in (*own_nodes(statements, comprehensions=False), *walrus):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(each.name for each in imported(node))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return frozenset(found)


def uses_only_what_it_assigns(statements: list[ast.stmt]) -> bool:
    """Whether every name that the statements assign has been assigned by them wherever they use it."""
    check = _Check(stored_names(statements))
    check.block(statements, frozenset())
    return check.is_clear


class _Check:
    """A walk in the order of execution, with the names that are assigned for sure."""

    def __init__(self, stored: frozenset[str]) -> None:
        self.stored = stored
        self.is_clear = True

    def block(self, body: Iterable[ast.stmt], known: frozenset[str]) -> frozenset[str]:
        """The names that are assigned behind a list of statements; all, where nothing goes on behind it."""
        for statement in body:
            known = self.statement(statement, known)
        return known

    def statement(self, node: ast.stmt, known: frozenset[str]) -> frozenset[str]:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                known = self.used(known, test)
                return self.block(body, known) & self.block(orelse, known)
            case ast.For() | ast.AsyncFor():
                known = self.used(known, node.iter)
                self.block(node.body, self.used(known, node.target))
                return self.block(node.orelse, known) & known
            case ast.While(test=test, body=body, orelse=orelse):
                known = self.used(known, test)
                self.block(body, known)
                return self.block(orelse, known) & known
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    known = self.used(known, item.context_expr, item.optional_vars)
                behind = self.block(body, known)
                return known if any(word in ast.unparse(i.context_expr) for i in items for word in _HIDES) else behind
            case ast.Try() | ast.TryStar():
                return self.attempted(node, known)
            case ast.Match(subject=subject, cases=cases):
                known = self.used(known, subject)
                for case in cases:
                    self.block(case.body, self.used(known, case.guard) | _captured(case.pattern))
                return known
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self.is_clear &= name in known
                return self.used(known, value)
        parts = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        given = getattr(node, "value", None)  # of an assignment, what is assigned comes first
        known = self.used(known, given, *(each for each in parts if each is not given))
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {each.name for each in imported(node)}
        return self.stored if isinstance(node, _ENDS) else known

    def attempted(self, node: ast.Try | ast.TryStar, known: frozenset[str]) -> frozenset[str]:
        behind = self.block(node.orelse, self.block(node.body, known))
        for handler in node.handlers:
            inside = self.used(known, handler.type)
            behind &= self.block(handler.body, inside | ({handler.name} if handler.name else set()))
        return behind | self.block(node.finalbody, known)

    def used(self, known: frozenset[str], *parts: ast.expr | None) -> frozenset[str]:
        """Look at expressions, targets last; what they assign for sure is known behind them."""
        for part in parts:
            if part is None:
                continue
            nodes = flat(part)
            own = inner_names(nodes)
            for node in nodes:
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self.stored:
                    self.is_clear &= node.id in known or node.id in own
            known |= _surely_assigned(part)
        return known


def _captured(pattern: ast.pattern) -> frozenset[str]:
    return frozenset(each.name for each in flat(pattern) if isinstance(each, ast.MatchAs) and each.name)


def inner_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Names of the comprehensions and lambdas among some nodes."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, COMPREHENSIONS):
            targets = flat(*(each.target for each in node.generators))
            found.update(each.id for each in targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.Lambda):
            found.update(each.arg for each in flat(node.args) if isinstance(each, ast.arg))
    return found


def _surely_assigned(expr: ast.expr) -> frozenset[str]:
    """Names that an expression assigns whenever it is evaluated: its own, if it is a target, and by `:=`."""
    found, waiting = set[str](), list[ast.AST]([expr])
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        match node:
            case ast.BoolOp(values=[first, *_]):
                waiting.append(first)
            case ast.IfExp(test=test):
                waiting.append(test)
            case ast.Compare(left=left, comparators=[first, *_]):
                waiting += [left, first]
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                pass
            case _:
                waiting += ast.iter_child_nodes(node)
    return frozenset(found)
