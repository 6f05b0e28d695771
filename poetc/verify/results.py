"""What the public function of the guarded form may give back: Operate′'s result, run by itself or by the guard."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Final

from poetc.errors import VerifyError
from poetc.ir import Kind
from poetc.verify.answer import Answer, Form
from poetc.verify.gates import is_call_form, is_enforce_gate
from poetc.verify.nodes import parameters, said
from poetc.verify.patterns import DOMAIN_RUNTIME, is_literal, is_name
from poetc.verify.ways import Ways

CODE = "POET406"

RUNNERS: Final = {Kind.GENERATOR: "iterated", Kind.ASYNC_GENERATOR: "iterated_async"}
REPEATERS: Final = {Kind.SYNC: "again", Kind.COROUTINE: "again_async"}
"""the guard's methods that run Operate′, by what calling the function gives"""

PERCEIVING: Final = frozenset({"DriftInput"})
ENFORCING: Final = frozenset({"Enforce", "DriftResult"})
"""what of the runtime takes parameters and gives them back, and what takes a result and gives it back"""


class Place(Enum):
    """Where a statement stands, which decides what it may do."""

    LINE = "line"
    """on the straight way, which every call goes"""
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
        self.errors: list[str] = []
        """names of the errors that are being handled, the innermost last"""
        self.catches_all = False
        """whether the innermost handler sees what ends the program as well"""
        self.within_try = 0
        self.tries = False
        """whether anything is done about failures"""
        self.attempted: set[str] = set()
        """results of the way that the innermost handler stands beside"""
        self.ways = Ways(answer, form)
        self.used: Counter[tuple[str, str]] = Counter()
        """(name of `bind`, what it is used for) -> how often"""
        self.executions: set[str] = set()
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
        known = {*self.errors, *self.deadlines}
        good = all(
            is_name_of(each, known) or (isinstance(each, ast.Constant) and each.value is None) for each in call.args
        )
        if call.keywords or len(call.args) > most or not good:
            raise self.wrong(f"calls `{said(call)}`", call)

    def result(self, node: ast.expr, place: Place) -> int:
        """How often `node` runs Operate′; raises VerifyError if its value is not Operate′'s result."""
        match node:
            case ast.Call(func=ast.Name(id=name), args=[value], keywords=[]) if self.form.thing(name) in ENFORCING:
                self.used[name, "check"] += 1
                return self.result(value, place)
            case ast.Await(value=ast.Call() | ast.IfExp() as call) if self.kind is Kind.COROUTINE:
                return self.run(call, place)
            case ast.YieldFrom(value=ast.Call() as call) if self.kind is Kind.GENERATOR:
                return self.run(call, place)
            case ast.Call() if self.kind is Kind.SYNC or self.form.is_supplied:
                return self.run(node, place)
            case ast.IfExp(body=ast.Call()) if self.kind is Kind.SYNC:
                return self.run(node, place)
            case ast.Name(id=name) if name in self.results - self.failed:
                return 0
            case ast.IfExp(body=ast.Name(id=name)) if name in self.results - self.failed:
                if is_enforce_gate(node, name, self.answer, self.form):
                    self.used[self.ways.named("Enforce"), "check"] += 1
                    return 0
        raise self.wrong(f"makes a result of `{said(node)}`", node)

    def run(self, node: ast.Call | ast.IfExp, place: Place) -> int:
        """A call of Operate′, by all that stands in the way to it; in a handler only repeated, or replaced."""
        if place is Place.HANDLER and isinstance(node, ast.Call) and (self.is_repeated(node) or self.is_replaced(node)):
            return 0
        if place is Place.LINE and (self.is_attempt(node) or (isinstance(node, ast.Call) and self.is_supplied(node))):
            return 1
        raise self.wrong(f"calls `{said(node)}`", node)

    def is_attempt(self, node: ast.expr) -> bool:
        """The first attempt; of a coroutine within `guard.within_async(deadline, ...)`, of a generator by
        `guard.iterated(operate, ...)`."""
        method = self.guard_call(node)
        if isinstance(node, ast.Call) and self.kind not in (Kind.SYNC, Kind.COROUTINE):
            steps = node.args if method == RUNNERS[self.kind] else [node.func, *node.args]
            return self.is_handed_over(steps, node.keywords)
        if isinstance(node, ast.Call) and self.kind is Kind.COROUTINE and method == "within_async":
            if len(node.args) != 2 or node.keywords or not self.is_deadline(node.args[0]):
                return False
            node = node.args[1]
        if not self.ways.inline:
            return self.is_way(node, *filter(None, [self.ways.breaker]))
        if not isinstance(node, ast.IfExp) or not self.ways.is_inline_test(node.test):
            return False
        return self.is_way(node.body) and self.is_way(node.orelse, self.ways.inline)

    def is_way(self, node: ast.expr, *outer: str) -> bool:
        """A call of Operate′ by runners of these names, then within the budget, then by the other runners."""
        if not isinstance(node, ast.Call):
            return False
        steps = self.ways.behind([node.func, *node.args], *outer)
        steps = self.ways.behind(self.without_budget(steps), *self.ways.running) if steps else None
        return steps is not None and self.is_handed_over(steps, node.keywords)

    def without_budget(self, steps: list[ast.expr]) -> list[ast.expr]:
        """What is left behind `guard.within, deadline`."""
        match steps:
            case [ast.Attribute(attr="within") as first, deadline, *rest] if self.kind is Kind.SYNC:
                return rest if self.owner(first) == "Guard" and self.is_deadline(deadline) else steps
        return steps

    def is_replaced(self, node: ast.Call) -> bool:
        """`fallback(failure, ...)` with the error that is being handled, and every parameter in call form."""
        name = self.ways.named("Fallback")
        if not name or not node.args or not is_name_of(node.args[0], set(self.errors[-1:])):
            return False
        bare = ast.Call(func=node.func, args=node.args[1:], keywords=node.keywords)
        self.used[name, "call"] += 1
        return self.ways.is_runner(node.func, name) and is_call_form(bare, self.function)

    def is_rest_of_budget(self, node: ast.expr) -> bool:
        """The deadline; None only where there is none."""
        none = isinstance(node, ast.Constant) and node.value is None
        return self.is_deadline(node) or (none and not self.deadlines)

    def is_deadline(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.deadlines

    def is_repeated(self, node: ast.Call) -> bool:
        """`guard.again(wait, deadline or None, ...)` and the way to Operate′, the budget before the breaker."""
        if self.guard_call(node) != REPEATERS.get(self.kind) or len(node.args) < 3:
            return False
        wait, deadline, *rest = node.args
        if not is_name_of(wait, self.settled):
            return False
        if not self.is_rest_of_budget(deadline):
            return False
        ways = self.ways
        steps = ways.behind(self.without_budget(rest), *filter(None, [ways.breaker]), *ways.running)
        return steps is not None and self.is_handed_over(steps, node.keywords)

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
