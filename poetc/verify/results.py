"""What the public function of the guarded form may give back: Operate′'s result, run by itself or by the guard."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from enum import Enum
from typing import Final

from poetc.errors import VerifyError
from poetc.ir import Kind
from poetc.verify.answer import Answer, Form
from poetc.verify.gates import is_call_form, is_enforce_gate
from poetc.verify.nodes import parameters, said
from poetc.verify.patterns import DOMAIN_RUNTIME, is_literal, is_name

CODE = "POET406"

RUNNERS: Final = {
    Kind.SYNC: "within",
    Kind.COROUTINE: "within_async",
    Kind.GENERATOR: "iterated",
    Kind.ASYNC_GENERATOR: "iterated_async",
}
REPEATERS: Final = {Kind.SYNC: "again", Kind.COROUTINE: "again_async"}
"""the guard's methods that run Operate′, by what calling the function gives"""

PERCEIVING: Final = frozenset({"DriftInput"})
ENFORCING: Final = frozenset({"Enforce", "DriftResult"})
"""what of the runtime takes parameters and gives them back, and what takes a result and gives it back"""


class Place(Enum):
    """Where a statement stands, which decides what it may do."""

    LINE = "line"
    """on the straight way, which every call goes"""
    BRANCH = "branch"
    """behind a condition: no results here, so that none can be left out"""
    HANDLER = "handler"
    """where Operate′ has failed: it may only be repeated by the guard"""


class ResultReader:
    """Knows what each name of the public function holds, and which expressions are Operate′'s result."""

    def __init__(self, answer: Answer, form: Form) -> None:
        assert form.public is not None
        self.answer = answer
        self.form = form
        self.function = form.public
        self.kind = answer.unit.site.kind
        self.parameters = [argument.arg for argument in parameters(form.public.args)]
        self.results: set[str] = set()
        self.waits: set[str] = set()
        """seconds until another attempt, or None"""
        self.settled: set[str] = set()
        """waits that are known not to be None"""
        self.deadlines: set[str] = set()
        self.errors: set[str] = set()
        self.failed: set[str] = set()
        """results that hold the guard itself, as the mark of a failed attempt, until they are tried again"""

    def wrong(self, what: str, node: ast.AST) -> VerifyError:
        return self.answer.error(CODE, f"the public function {what}", node)

    def owner(self, node: ast.Attribute) -> str:
        """What of the runtime the attribute is of: `breaker.x`, `guard.breaker.x`."""
        match node.value:
            case ast.Name(id=name):
                return self.form.thing(name)
            case ast.Attribute(value=ast.Name(id=name), attr="breaker") if self.form.thing(name) == "Guard":
                return "Breaker"
        return ""

    def guard_call(self, node: ast.expr) -> str:
        """ "wait" for `guard.wait(...)`; "" for everything that is no call of a guard."""
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            return node.func.attr if self.form.thing(node.func.value.id) == "Guard" else ""
        return ""

    def check_arguments(self, call: ast.expr, most: int) -> None:
        """A call of the guard for itself takes the caught error and the deadline only."""
        assert isinstance(call, ast.Call)
        known = self.errors | self.deadlines
        good = all(
            is_name_of(each, known) or (isinstance(each, ast.Constant) and each.value is None) for each in call.args
        )
        if call.keywords or len(call.args) > most or not good:
            raise self.wrong(f"calls `{said(call)}`", call)

    def result(self, node: ast.expr, place: Place) -> int:
        """How often `node` runs Operate′; raises VerifyError if its value is not Operate′'s result."""
        match node:
            case ast.Call(func=ast.Name(id=name), args=[value], keywords=[]) if self.form.thing(name) in ENFORCING:
                return self.result(value, place)
            case ast.Await(value=ast.Call() as call) if self.kind is Kind.COROUTINE:
                return self.run(call, place)
            case ast.YieldFrom(value=ast.Call() as call) if self.kind is Kind.GENERATOR:
                return self.run(call, place)
            case ast.Call() if self.kind is Kind.SYNC or self.form.is_supplied:
                return self.run(node, place)
            case ast.Name(id=name) if name in self.results - self.failed:
                return 0
            case ast.IfExp(body=ast.Name(id=name)) if name in self.results - self.failed:
                if is_enforce_gate(node, name, self.answer, self.form):
                    return 0
        raise self.wrong(f"makes a result of `{said(node)}`", node)

    def run(self, node: ast.Call, place: Place) -> int:
        """A call of Operate′, by itself or by the guard; a handler may only have the guard repeat it."""
        method = self.guard_call(node)
        if place is Place.HANDLER and method and method == REPEATERS.get(self.kind) and self.is_repeated(node):
            return 0
        if place is Place.LINE:
            if method and method == RUNNERS[self.kind] and self.is_run(node):
                return 1
            if self.is_operate_call(node) or self.is_supplied(node):
                return 1
        raise self.wrong(f"calls `{said(node)}`", node)

    def is_run(self, node: ast.Call) -> bool:
        """`guard.within(deadline, operate, ...)`, `.within_async(deadline, operate(...))`, `.iterated(operate, ...)`"""
        if self.kind not in (Kind.SYNC, Kind.COROUTINE):
            return self.is_handed_over(node.args, node.keywords)
        if not node.args or not self.is_deadline(node.args[0]):
            return False
        if self.kind is Kind.SYNC:
            return self.is_handed_over(node.args[1:], node.keywords)
        call = node.args[1] if len(node.args) == 2 and not node.keywords else None
        return isinstance(call, ast.Call) and self.is_operate_call(call)

    def is_deadline(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.deadlines

    def is_repeated(self, node: ast.Call) -> bool:
        """`guard.again(wait, deadline or None, operate, ...)`, or with `guard.within, deadline` before `operate`."""
        if len(node.args) < 3:
            return False
        wait, deadline, *rest = node.args
        if not is_name_of(wait, self.settled):
            return False
        if not (self.is_deadline(deadline) or (isinstance(deadline, ast.Constant) and deadline.value is None)):
            return False
        first = rest[0]
        if isinstance(first, ast.Attribute) and self.owner(first) == "Guard" and first.attr == "within":
            if self.kind is not Kind.SYNC or len(rest) < 2 or not self.is_deadline(rest[1]):
                return False
            rest = rest[2:]
        return self.is_handed_over(rest, node.keywords)

    def is_operate_call(self, node: ast.Call) -> bool:
        """`operate(...)` with every parameter: flattened, or in call form for the wrapped original."""
        if not (isinstance(node.func, ast.Name) and node.func.id == self.form.operate_name and self.form.operate_name):
            return False
        if self.form.is_wrapped:
            return is_call_form(node, self.function)
        return self.is_flat(node.args, node.keywords)

    def is_handed_over(self, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> bool:
        """`operate, ...` with every parameter behind it."""
        if not arguments or not is_name(arguments[0], self.form.operate_name):
            return False
        if self.form.is_wrapped:
            call = ast.Call(func=arguments[0], args=list(arguments[1:]), keywords=list(keywords))
            return is_call_form(call, self.function)
        return self.is_flat(arguments[1:], keywords)

    def is_flat(self, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> bool:
        """Every parameter by position, then the deadline if Operate′ takes it."""
        assert self.form.operate is not None
        wanted = len(self.form.operate.args.args)
        given = list(arguments)
        if wanted == len(self.parameters) + 1:
            if not given or not self.is_deadline(given.pop()):
                return False
        elif wanted != len(self.parameters):
            return False
        names = [node.id if isinstance(node, ast.Name) else "" for node in given]
        return not keywords and names == self.parameters

    def is_supplied(self, node: ast.Call) -> bool:
        """A call of the domain's runtime, of parameters and literals, where there is no Operate′."""
        allowed = DOMAIN_RUNTIME.get(self.answer.unit.policy.domain or "", frozenset()) - PERCEIVING - ENFORCING
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if not self.form.is_supplied or self.form.thing(name) not in allowed:
            return False
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        return all(is_literal(v) or (isinstance(v, ast.Name) and v.id in self.parameters) for v in values)


def is_name_of(node: ast.expr, names: set[str]) -> bool:
    """Whether `node` is one of `names`."""
    return isinstance(node, ast.Name) and node.id in names
