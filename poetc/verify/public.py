"""POET406, second half: the public function of the guarded form does what the contract says, and nothing else.

It may repair its parameters, call Operate′ once with just these, hand it to the guard when it fails, and return what
came of it, enforced. Every other value, call or order is refused: what it returns can only be Operate′'s result.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from poetc.ir import Kind
from poetc.verify.answer import Answer, Form
from poetc.verify.gates import (
    NotATest,
    admits_only,
    contracts_of,
    gate,
    is_perceive_line,
    is_perceived_value,
    perceiver,
)
from poetc.verify.nodes import said
from poetc.verify.patterns import ADDED, is_docstring, is_name
from poetc.verify.place import CLASS_CELL
from poetc.verify.results import CODE, PERCEIVING, Place, ResultReader

USES: Final = {
    "Breaker": ("wait", "succeeded"),
    "Fallback": ("call",),
    "Events": ("failed", "succeeded"),
    "Enforce": ("check",),
}
"""what the public function does with an object of the runtime, each once"""


def check_public(answer: Answer, form: Form) -> None:
    """Raise VerifyError unless the public function has the contract's form."""
    assert form.public is not None
    reader = PublicReader(answer, form)
    body = form.public.body
    if is_docstring(body[0]):
        raise answer.error(CODE, "the public function has a docstring of its own", body[0])
    if CLASS_CELL in answer.unit.surroundings.free and not form.is_supplied:
        if ast.unparse(body[0]) != f"if False:\n    {CLASS_CELL}":
            raise answer.error(CODE, f"the public function has no cell for `{CLASS_CELL}`", body[0])
        body = body[1:]
    if is_perceive_line(body[0], form.public, answer, form):
        body = body[1:]
    runs = reader.block(body, Place.LINE)
    if runs != 1:
        raise answer.error(CODE, f"the public function runs Operate′ {runs} times", form.public)
    if not ends(body):
        raise answer.error(CODE, "the public function may end without Operate′'s result", form.public)
    explained = reader.used[reader.ways.named("Perceive"), "explain"]
    if explained != (bool(reader.ways.named("Perceive")) and reader.tries):
        raise answer.error(CODE, f"the public function explains a failure {explained} times", form.public)
    for thing, uses in USES.items():
        name = reader.ways.named(thing)
        if name and (odd := [use for use in uses if reader.used[name, use] != 1]):
            raise answer.error(
                CODE, f"the public function makes no use of `{name}`, or more than one: {odd[0]}", form.public
            )


def ends(body: Sequence[ast.stmt]) -> bool:
    """Whether a block gives the result back, or raises, on every way through it."""
    match body[-1] if body else None:
        case ast.Return() | ast.Raise() | ast.AsyncFor() | ast.Expr(value=ast.YieldFrom()):
            return True
        case ast.Try(body=inner, handlers=handlers):
            return ends(inner) and all(ends(each.body) for each in handlers)
    return False


class PublicReader(ResultReader):
    """Reads the public function statement by statement."""

    def block(self, statements: Sequence[ast.stmt], place: Place) -> int:
        """How often a run through `statements` runs Operate′; raises VerifyError for what has no place there."""
        for node in statements[:-1]:
            if isinstance(node, ast.Return | ast.Raise):
                raise self.wrong(f"goes on behind `{said(node)}`", node)
        return sum(self.statement(node, place) for node in statements)

    def statement(self, node: ast.stmt, place: Place) -> int:
        """`block` for one statement."""
        match node:
            case ast.Assign(targets=[ast.Tuple() | ast.Name() as target], value=value) if self.checks_data(
                target, value
            ):
                return 0
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self.assign(name, value, node, place)
            case ast.Return(value=ast.expr() as value):
                return self.result(value, place)
            case ast.Expr(value=value):
                return self.effect(value, place)
            case ast.If():
                return self.condition(node, place)
            case ast.Try() if place is Place.LINE:
                return self.tried(node)
            case ast.Raise(exc=None) if place is Place.HANDLER:
                return 0
            case ast.With(items=[ast.withitem(context_expr=deadline, optional_vars=None)], body=body) if (
                place is Place.LINE and self.is_deadline(deadline)
            ):
                return self.block(body, place)
            case ast.AsyncFor(target=ast.Name(id=item), iter=ast.Call() as source, orelse=[]) if place is Place.LINE:
                self.check_passed_on(item, node)
                if self.kind is Kind.ASYNC_GENERATOR:
                    return self.run(source, place)
        raise self.wrong(f"holds a statement that has no place there, `{said(node)}`", node)

    def condition(self, node: ast.If, place: Place) -> int:
        """A repaired parameter, another try, `if wait is None: raise`, a report, or the end of failures in a row."""
        match node:
            case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test), body=[repair], orelse=[]) if self.repairs(
                test, repair
            ):
                return 0
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant(value=None)]),
                body=[ast.Raise(exc=None)],
                orelse=[],
            ) if name in self.waits and place is Place.HANDLER:
                self.settled.add(name)
                return 0
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Name(id=guard)]),
                body=[again],
                orelse=[],
            ) if name in self.failed and place is Place.LINE and self.form.thing(guard) == "Guard":
                return self.tried_again(name, again)
            case ast.If(
                test=ast.Compare(left=ast.Name(id=name), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]),
                body=[ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=report), attr=method)) as call)],
                orelse=[],
            ) if name == report and name in self.executions:
                self.check_report(call, method, place)
                return 0
            case ast.If(
                test=ast.Attribute(value=ast.Name(id=name), attr="failures"),
                body=[
                    ast.Expr(
                        value=ast.Call(
                            func=ast.Attribute(value=ast.Name(id=told), attr="succeeded"), args=[], keywords=[]
                        )
                    )
                ],
                orelse=[],
            ) if name == told == self.ways.inline and self.results and place is Place.LINE:
                self.used[name, "succeeded"] += 1
                return 0
        raise self.wrong(f"decides something by `{said(node.test)}`", node)

    def repairs(self, test: ast.expr, node: ast.stmt) -> bool:
        """Whether `node` repairs the one parameter that `test` tests."""
        name = is_perceived_value(node, self.answer, self.form)
        try:
            if name not in self.parameters or set(gate(test, self.answer, self.form)) != {name}:
                return False
            owner = perceiver(node.value) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) else ""
            return not owner or admits_only(test, contracts_of(self.form, owner), self.form)
        except NotATest:
            return False

    def tried_again(self, name: str, again: ast.stmt) -> int:
        """`if result is guard: result = guard.again(...)`, behind a handler that has made `result` the guard."""
        match again:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                self.failed.discard(name)
                self.result(value, Place.HANDLER)
                return 0
        raise self.wrong(f"tries `{said(again)}` again", again)

    def check_passed_on(self, item: str, node: ast.AsyncFor) -> None:
        """The loop's body is `yield item`."""
        self.check_new(item, node)
        match node.body:
            case [ast.Expr(value=ast.Yield(value=ast.Name(id=yielded)))] if yielded == item:
                return
        raise self.wrong("changes what is yielded", node)

    def check_new(self, name: str, node: ast.AST) -> None:
        """A local of the public function hides nothing that is looked up in `bind` or given by the caller."""
        taken = {*self.parameters, *self.form.names} - {self.function.name}
        if name in taken or not ADDED.fullmatch(name) or name in self.answer.rebound:
            raise self.wrong(f"binds `{name}`", node)

    def assign(self, name: str, value: ast.expr, node: ast.Assign, place: Place) -> int:
        """A repaired parameter, the deadline, the wait before another attempt, or a result."""
        if name in self.parameters:
            if place is not Place.LINE or is_perceived_value(node, self.answer, self.form) != name:
                raise self.wrong(f"changes its parameter by `{said(node)}`", node)
            return 0
        self.check_new(name, node)
        is_mark = isinstance(value, ast.Name) and self.form.thing(value.id) == "Guard"
        if is_mark and place is Place.HANDLER and name in self.attempted and self.settled:
            self.failed.add(name)
            self.results.add(name)
            return 0
        kinds = (self.results, self.waits, self.deadlines, self.errors)
        if place is Place.LINE and self.begins_report(value):
            if self.results or self.executions or self.within_try:
                raise self.wrong("reports less than the whole call", node)
            own, runs = self.executions, 0
        elif self.guard_call(value) == "deadline":
            self.check_arguments(value, 0)
            if self.answer.unit.policy.timeout is None or self.deadlines:
                raise self.wrong("sets a deadline that nobody asked for", node)
            own, runs = self.deadlines, 0
        elif self.guard_call(value) == "wait":
            self.hears_of_failure(value)
            own, runs = self.waits, 0
        else:
            own, runs = self.results, self.result(value, place)
            checked = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)} & self.results
            if runs == 0 and place is Place.LINE and checked != {name}:
                raise self.wrong(f"gives a result another name by `{said(node)}`", node)
        if any(name in kind for kind in (*kinds, self.executions) if kind is not own):
            raise self.wrong(f"uses `{name}` for two things", node)
        own.add(name)
        return runs

    def checks_data(self, target: ast.expr, value: ast.expr) -> bool:
        """Whether `a, b = quality(a, b)`: the domain looks at parameters, and gives each back in its place."""
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [each.id if isinstance(each, ast.Name) else "" for each in targets]
        match value:
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]) if (
                self.form.thing(function) in PERCEIVING
            ):
                given = [each.id if isinstance(each, ast.Name) else "" for each in args]
                return given == names and set(names) <= set(self.parameters) and len(set(names)) == len(names)
        return False

    def effect(self, node: ast.expr, place: Place) -> int:
        """A call made for its effect: the breaker hears of a failure, a note, or a generator passed on."""
        if isinstance(node, ast.YieldFrom):
            return self.result(node, place)
        match node:
            case ast.Call(func=ast.Attribute(attr=method) as function, args=args, keywords=keywords):
                owner = self.owner(function)
                if owner == "Guard" and method == "wait":
                    self.hears_of_failure(node)
                    return 0
                plain = [a.id for a in args if isinstance(a, ast.Name)] == self.errors[-1:] and len(args) == 1
                named = all(k.arg in self.parameters and is_name(k.value, k.arg) for k in keywords if k.arg)
                if (owner, method) == ("Perceive", "explain") and plain and named and all(k.arg for k in keywords):
                    self.used[self.ways.named("Perceive"), "explain"] += 1
                    return 0
        raise self.wrong(f"holds `{said(node)}`", node)

    def begins_report(self, node: ast.expr) -> bool:
        """Whether `node` is `events.start() if events.active else None`."""
        events = self.ways.named("Events")
        match node:
            case ast.IfExp(
                test=ast.Attribute(value=ast.Name(id=asked), attr="active"),
                body=ast.Call(func=ast.Attribute(value=ast.Name(id=begun), attr="start"), args=[], keywords=[]),
                orelse=ast.Constant(value=None),
            ):
                return bool(events) and asked == begun == events
        return False

    def hears_of_failure(self, node: ast.expr) -> None:
        """`guard.wait(error, deadline)`: of the error that is being handled, and the deadline if there is one."""
        match node:
            case ast.Call(args=[ast.Name(id=error), deadline], keywords=[]) if [error] == self.errors[-1:]:
                if self.is_rest_of_budget(deadline):
                    self.used[self.ways.inline, "wait"] += 1
                    return
        raise self.wrong(f"calls `{said(node)}`", node)

    def check_report(self, node: ast.Call, method: str, place: Place) -> None:
        """`execution.failed(error)` of whatever ends the call, or behind that `execution.succeeded()`."""
        given = [each.id if isinstance(each, ast.Name) else "" for each in node.args]
        is_end = place is Place.HANDLER and self.catches_all and given == self.errors[-1:]
        is_good = place is Place.LINE and not self.within_try and bool(self.results) and not given
        if node.keywords or not {"failed": is_end, "succeeded": is_good}.get(method):
            raise self.wrong(f"reports by `{said(node)}`", node)
        self.used[self.ways.named("Events"), method] += 1

    def tried(self, node: ast.Try) -> int:
        """`try: ... except Exception as error: ...`, whose handlers raise again or mark the result as failed."""
        if len(node.handlers) != 1 or node.orelse or node.finalbody:
            raise self.wrong("tries in an odd way", node)
        before = set(self.results)
        self.tries = True
        self.within_try += 1
        runs = self.block(node.body, Place.LINE)
        self.within_try -= 1
        if runs != 1:
            raise self.wrong("tries something else than Operate′", node)
        attempted, handler = self.results, node.handlers[0]
        self.attempted, self.results = attempted, before
        self.handled(handler)
        # a name stands for a result behind it all only if it does on each way
        self.results = self.results & attempted if isinstance(handler.body[-1], ast.Assign) else attempted
        return runs

    def handled(self, node: ast.ExceptHandler) -> None:
        """`except Exception as error: ...`; the error has no name behind that."""
        self.check_caught(node)
        if node.name is not None:
            self.check_new(node.name, node)
            if node.name in {*self.results, *self.waits, *self.deadlines, *self.executions}:
                raise self.wrong(f"uses `{node.name}` for two things", node)
            self.errors.append(node.name)
        self.block(node.body, Place.HANDLER)
        if not self.is_handled(node.body[-1]):
            raise self.wrong("keeps an error to itself", node)
        if node.name is not None:
            self.errors.pop()

    def is_handled(self, last: ast.stmt) -> bool:
        """Whether a handler ends by raising, or with a result (the mark of a failed one included)."""
        match last:
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name in self.results
        return isinstance(last, ast.Raise | ast.Return)

    def check_caught(self, node: ast.ExceptHandler) -> None:
        """`except Exception`, or `except BaseException` that only reports and ends with `raise`."""
        self.catches_all = False
        if node.type is not None and self.answer.says_builtin(node.type, "Exception", self.form.aliases):
            return
        self.catches_all = node.type is not None and self.answer.says_builtin(
            node.type, "BaseException", self.form.aliases
        )
        match node.body:
            case [ast.If(), ast.Raise(exc=None)] if self.catches_all and self.executions:
                return
        raise self.wrong("catches what it may not keep", node)
