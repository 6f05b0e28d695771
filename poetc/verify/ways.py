"""How a call gets to Operate′: by the breaker, within the budget, hedged, limited - and by nothing else.

    rate_limit(bulkhead, operate, order)        breaker(guard.within, deadline, operate, order)
    operate(order) if not breaker.is_open else breaker(operate, order)

Everything that `bind` has made for it stands in the way, once, in this order; a coroutine goes by `.awaited`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from poetc.ir import Kind
from poetc.verify.answer import Answer, Form
from poetc.verify.patterns import AROUND, RUNNING, is_name


class Ways:
    """The ways to Operate′ of one public function."""

    def __init__(self, answer: Answer, form: Form) -> None:
        self.kind: Final = answer.unit.site.kind
        names = {form.thing(name): name for name in form.bound}
        self.running: Final = [names[thing] for thing in RUNNING if thing in names]
        self.inline: Final = names.get("Breaker", "")
        """the breaker that only looks on while it is closed"""
        self.breaker: Final = next((names[thing] for thing in AROUND if thing in names), "")
        self.form: Final = form

    def named(self, thing: str) -> str:
        """What `bind` calls its object of that class; "" if it has none."""
        return next((name for name in self.form.bound if self.form.thing(name) == thing), "")

    @property
    def frames(self) -> int:
        """Frames between the body and the function's caller, on the way that every good call goes."""
        around = sum(self.form.thing(name) != "Hedge" for name in self.running)
        return 1 + around + bool(self.breaker and not self.inline)

    def is_inline_test(self, node: ast.expr) -> bool:
        """Whether `node` is `not breaker.is_open`."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute(value=ast.Name(id=name), attr="is_open")):
                return bool(self.inline) and name == self.inline
        return False

    def behind(self, steps: Sequence[ast.expr], *names: str) -> list[ast.expr] | None:
        """What is left of `steps` behind runners of these names; None if others stand there."""
        for at, name in enumerate(names):
            if at >= len(steps) or not self.is_runner(steps[at], name):
                return None
        return list(steps[len(names) :])

    def is_runner(self, node: ast.expr, name: str) -> bool:
        """Whether `node` is that object, called for the kind of function this is."""
        if self.kind is not Kind.COROUTINE:
            return is_name(node, name)
        return isinstance(node, ast.Attribute) and node.attr == "awaited" and is_name(node.value, name)
