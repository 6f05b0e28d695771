"""A plan beside the function it is for: what the writers of text ask, each answer decided once."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import Final, TypeVar

from poetc.emit.names import Names
from poetc.emit.objects import RETRIES
from poetc.ir.policy import BreakerPolicy
from poetc.ir.source import Span
from poetc.refusal import GenerateError
from poetc.source.function import FunctionSource
from poetc.source.nodes import body_nodes
from poetc.source.place import needs_class, uses_class
from poetc.wire.enhancement import Call, Contract, Enhancement

N = TypeVar("N", bound=ast.AST)

HEDGE: Final = "hedge"

LONGEST: Final = 96
"""characters of a line of `bind`, without its indentation"""


class Emission:
    """One plan on its way to text."""

    def __init__(self, plan: Enhancement, source: FunctionSource) -> None:
        self.plan = plan
        self.source = source
        self.names = Names(source)
        self.reason = None if plan.operate == "supplied" else plan.reason
        self.supplied = plan.operate == "supplied"
        self.contracts = {contract.subject: contract for contract in plan.parameters}
        self.result = plan.result
        self.guarded = plan.form == "guarded"
        self.timeout = plan.budget.seconds if plan.budget else None
        self.mechanism = plan.budget.mechanism if plan.budget else None

    @cached_property
    def _nodes(self) -> dict[tuple[int, int, int, int], list[ast.AST]]:
        """The body's nodes by place, outer ones first."""
        found: dict[tuple[int, int, int, int], list[ast.AST]] = {}
        for node in body_nodes(self.source.node):
            found.setdefault(span_of(node), []).append(node)
        return found

    def node(self, place: Span, kind: type[N] | tuple[type[N], ...]) -> N:
        """The node of a kind, or of one of several, that stands at a place; raises `GenerateError` if there is none."""
        for node in self._nodes.get(place, ()):
            if isinstance(node, kind):
                return node
        raise GenerateError("INVALID_PLAN", f"line {place.line} has nothing of the kind that the plan names")

    @property
    def repeaters(self) -> dict[tuple[tuple[str, ...], str], str]:
        """Ways to the host, and class of a refusal -> name of the `rt.Retry` of the calls that go there."""
        found = dict.fromkeys(self.repeater(call) for call in self.plan.calls)
        return {key: self.names.own(f"retry_{at}" if at else "retry") for at, key in enumerate(found)}

    def repeater(self, call: Call) -> tuple[tuple[str, ...], str]:
        """The key in `repeaters` of a call."""
        return (call.host, call.refusal) if self.hosts is not None else ((), "")

    @property
    def breaker(self) -> BreakerPolicy | None:
        """The breaker around the function."""
        breaker = self.plan.breaker
        return breaker.settings if breaker is not None and breaker.per == "function" else None

    @property
    def hosts(self) -> BreakerPolicy | None:
        """The breaker where its calls are made, for the host that each goes to."""
        breaker = self.plan.breaker
        return breaker.settings if breaker is not None and breaker.per == "host" else None

    @property
    def is_inline(self) -> bool:
        """Whether the breaker around the function only looks on while it is closed: it counts failures in a row."""
        return self.breaker is not None and not self.breaker.is_windowed

    @property
    def runners(self) -> tuple[str, ...]:
        """What calls Operate′ in the function's place, outermost first; the breaker excepted."""
        plan = self.plan
        found = ((HEDGE, plan.hedge), ("rate_limit", plan.rate_limit), ("bulkhead", plan.bulkhead))
        return tuple(name for name, asked in found if asked is not None)

    @property
    def in_class(self) -> bool:
        """Whether `bind` stands in a class of the name of that around the original: for the body's private names, and
        so that all functions made have the cell of that class, which is where attrs looks for it."""
        if self.reason is None and not self.supplied:
            return needs_class(self.source)
        return self.guarded and uses_class(self.source)

    @property
    def levels(self) -> int:
        """Blocks that the body is inside of."""
        return 3 if self.in_class else 2

    @property
    def has_guard(self) -> bool:
        """Whether the public function needs an `rt.Guard`."""
        return self.plan.attempts > 1

    def retry_class(self, key: tuple[tuple[str, ...], str]) -> str:
        """The class of `rt` that repeats the calls with this key, in all forms that they have."""
        methods = {call.method or "" for call in self.plan.calls if self.repeater(call) == key}
        return next(name for name, known in RETRIES.items() if methods <= known)

    def made(self, name: str, thing: str, *arguments: str) -> list[str]:
        """`name = rt.Thing(original, ...)`, an argument a line, behind a tab, where that is long."""
        given = [self.names.own("original"), *arguments]
        line = f"{name} = rt.{thing}({', '.join(given)})"
        if len(line) <= LONGEST:
            return [line]
        return [f"{name} = rt.{thing}(", *(f"\t{each}," for each in given), ")"]

    @property
    def frames(self) -> int:
        """Frames between the body and the function's caller, on the way that every good call goes."""
        runs = [name for name in self.runners if name != HEDGE]  # which begins a stack of its own
        return 1 + len(runs) + (self.breaker is not None and not self.is_inline)

    @property
    def passes_deadline(self) -> bool:
        """Whether Operate′ takes the deadline as a parameter."""
        plan = self.plan
        if self.timeout is None or self.reason is not None:
            return False
        limited = self.source.kind == "sync" and any(call.timeout and call.where == "own" for call in plan.calls)
        return bool(plan.timed or plan.loops) or limited

    @cached_property
    def hints(self) -> list[Contract]:
        """The contracts whose annotations are read at run time."""
        return [c for c in (*self.plan.parameters, self.result) if c is not None and c.hint]


def span_of(node: ast.AST) -> tuple[int, int, int, int]:
    """Where a node begins and ends: line, column, line, column."""
    return (
        getattr(node, "lineno", 0),
        getattr(node, "col_offset", 0),
        getattr(node, "end_lineno", 0) or 0,
        getattr(node, "end_col_offset", 0) or 0,
    )
