"""Rewrites of expressions, undone: what the answer has in place of a call, of what a loop runs over, of a condition."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property

from poetc.errors import VerifyError
from poetc.verify.answer import Answer, Form
from poetc.verify.hosts import host_objection
from poetc.verify.nodes import said
from poetc.verify.patterns import THINGS, is_name
from poetc.verify.repeats import BY_LOOP, Repeats
from poetc.verify.rewrites import Listed

CODE = "POET403"


class Undo:
    """Knows the rewrites that wrap an expression; `deadline` is the parameter of that kind, "" if there is none."""

    def __init__(
        self, answer: Answer, form: Form, listed: Listed, deadline: str, touch: Callable[[ast.AST], None]
    ) -> None:
        self.answer = answer
        self.form = form
        self.listed = listed
        self.deadline = deadline
        self.touch = touch

    @cached_property
    def repeats(self) -> Repeats:
        return Repeats(self.answer)

    def call(self, one: ast.Call, other: ast.AST) -> ast.AST:
        """`F(ARGS)` for `retry(F, ...)(ARGS)` and for `deadline.passed_to(F, "timeout")(ARGS)`; else `other` itself."""
        if not (isinstance(other, ast.Call) and isinstance(other.func, ast.Call) and other.func.args):
            return other
        wrapper = other.func
        if isinstance(wrapper.args[0], ast.Starred) or wrapper.keywords:
            return other
        method = self.retry_method(wrapper.func)
        if method is not None:
            self.check_retry(one, wrapper, method)
            kind = "retry"
        elif self.is_deadlines(wrapper.func, "passed_to") and self.is_limit(one, wrapper.args[1:]):
            kind = "timeout"
        else:
            return other
        self.take(kind, one.func, wrapper)
        bare = ast.Call(func=wrapper.args[0], args=other.args, keywords=other.keywords)
        return ast.copy_location(bare, other)

    def retry_method(self, function: ast.expr) -> str | None:
        """ "" for `retry`, "awaited" for `retry.awaited`, ...; None for anything else."""
        method = ""
        if isinstance(function, ast.Attribute):
            method, function = function.attr, function.value
        if not (isinstance(function, ast.Name) and self.form.thing(function.id) == "Retry"):
            return None
        return method if method == "" or method in THINGS["Retry"] else None

    def retry_name(self, function: ast.expr) -> str:
        """The name of what `retry_method` knows."""
        function = function.value if isinstance(function, ast.Attribute) else function
        return function.id if isinstance(function, ast.Name) else ""

    def check_retry(self, one: ast.Call, wrapper: ast.Call, method: str) -> None:
        """The client, too, finds the call repeatable, and the limit is its own."""
        objection = self.repeats.objection(one, method)
        if objection:
            raise self.wrong(f"`{said(one.func)}` may not be repeated: {objection}", wrapper)
        if objection := host_objection(self.answer, self.form, self.retry_name(wrapper.func), self.repeats.host(one)):
            raise self.wrong(f"`{said(one.func)}` is repeated by `{said(wrapper.func)}`, {objection}", wrapper)
        given = wrapper.args[1:]
        if not given:
            return
        deadline = given[0]
        from_outside = isinstance(deadline, ast.Constant) and deadline.value is None
        if not (from_outside or (self.deadline and is_name(deadline, self.deadline))):
            raise self.wrong(f"`{said(wrapper)}` has a deadline from nowhere", wrapper)
        if method in BY_LOOP or not self.is_limit(one, given[1:]):
            raise self.wrong(f"`{said(wrapper)}` sets what the call doesn't take", wrapper)

    def is_limit(self, one: ast.Call, given: list[ast.expr]) -> bool:
        """Whether these arguments name the parameter of `one` for a time limit, in its own unit."""
        limit = self.repeats.limit(one)
        values = tuple(each.value if isinstance(each, ast.Constant) else ... for each in given)
        return limit is not None and values == (limit if limit[1] is not None else limit[:1])

    def is_deadlines(self, function: ast.AST, method: str) -> bool:
        """Whether that is a method of the deadline."""
        if not self.deadline or not isinstance(function, ast.Attribute):
            return False
        return function.attr == method and is_name(function.value, self.deadline)

    def items(self, one: ast.For | ast.AsyncFor, other: ast.AST) -> ast.AST:
        """What a loop runs over, for `deadline.over(ITEMS)`."""
        method = "over" if isinstance(one, ast.For) else "over_async"
        if not (isinstance(other, ast.Call) and self.is_deadlines(other.func, method)):
            return other
        if len(other.args) != 1 or other.keywords or isinstance(other.args[0], ast.Starred):
            return other
        self.take("deadline", one.iter, other)
        return other.args[0]

    def condition(self, one: ast.While, other: ast.AST) -> ast.AST:
        """The condition of a loop, for `deadline.lasts() and (CONDITION)`."""
        match other:
            case ast.BoolOp(op=ast.And(), values=[ast.Call(func=function, args=[], keywords=[]), inner]):
                if self.is_deadlines(function, "lasts"):
                    self.take("deadline", one.test, other)
                    return inner
        return other

    def take(self, kind: str, one: ast.expr, other: ast.expr) -> None:
        """Cross the rewrite off the list; its lines are changed."""
        before, after = self.listed.source_text(one), self.listed.answer_text(other)
        self.listed.take((kind,), one, before, other, after)
        self.touch(one)

    def wrong(self, what: str, node: ast.AST) -> VerifyError:
        return self.answer.error(CODE, what, node)
