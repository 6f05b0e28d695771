"""What is to be generated for one function, decided before a line is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from poetc.domains import DomainPart
from poetc.generate.rules.calls import Found, effects_of, known_calls, visible_imports
from poetc.generate.rules.contracts import contract_of
from poetc.generate.rules.function import FunctionSource, all_arguments, own_nodes
from poetc.generate.rules.hazards import reason_to_wrap
from poetc.generate.rules.names import Names
from poetc.wire import TranspileConfig

TYPE_ASKING = frozenset({"isinstance", "type", "int", "float", "str", "bool", "list", "tuple", "dict", "set", "bytes"})
"""builtins whose use on a parameter shows that the author deals with its types"""


@dataclass(frozen=True, slots=True)
class Defaults:
    """Numbers of the base template: attempts, waits in seconds, breaker."""

    retries: int
    first: float
    most: float
    budget: float
    failures: int
    open_for: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything `emit` needs; see ARCHITECTURE.md for the two forms."""

    source: FunctionSource
    names: Names
    config: TranspileConfig
    defaults: Defaults
    reason: str | None
    """why the body is wrapped; None: it is moved"""
    contracts: Mapping[str, str]
    """parameter -> contract"""
    result: str | None
    """contract of the result"""
    calls: tuple[Found, ...]
    """calls to repeat where they stand"""
    effects: str
    attempts: int
    """of the whole function"""
    timeout: float | None
    mechanism: str | None
    """asyncio | cooperative | alarm-or-thread"""
    breaker: bool
    part: DomainPart | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def supplied(self) -> bool:
        return self.part is not None and self.part.supplied is not None

    @property
    def guarded(self) -> bool:
        """Whether a public function stands around Operate′."""
        around = self.attempts > 1 or self.timeout is not None or self.breaker or self.part is not None
        return around or (self.reason is not None and bool(self.contracts or self.result))

    @property
    def has_guard(self) -> bool:
        """Whether that function needs an `rt.Guard`."""
        return self.attempts > 1 or self.timeout is not None or self.breaker

    @property
    def passes_deadline(self) -> bool:
        """Whether Operate′ takes the deadline as a parameter."""
        return self.timeout is not None and any(c.timeout for c in self.calls) and self.reason is None


def plan_for(
    source: FunctionSource,
    config: TranspileConfig,
    written: Mapping[str, Any],
    defaults: Defaults,
    part: DomainPart | None,
) -> Plan:
    """The plan for a function; `written` are the arguments that stand in its decorator."""
    calls = known_calls(source)
    reason = reason_to_wrap(source)
    repeatable = tuple(c for c in calls if c.effect == "read") if reason is None and not is_supplied(part) else ()
    attempts, timeout, mechanism, notes = whole_call(source, config, written, calls, reason)
    is_stream = "generator" in source.kind
    # around an async generator nothing can stand that passes on what is sent and thrown into it
    is_bare = source.kind == "async generator" and reason is not None
    return Plan(
        source=source,
        names=Names(source),
        config=config,
        defaults=defaults,
        reason=reason,
        contracts={} if is_bare else parameter_contracts(source, config),
        result=result_contract(source, config),
        calls=repeatable,
        effects=effects_of(source, calls),
        attempts=attempts,
        timeout=timeout,
        mechanism=mechanism,
        breaker=not is_stream and (attempts > 1 or bool(calls)),
        part=None if is_stream else part,
        notes=notes,
    )


def is_supplied(part: DomainPart | None) -> bool:
    """Whether the domain stands in for the body."""
    return part is not None and part.supplied is not None


def whole_call(
    source: FunctionSource, config: TranspileConfig, written: Mapping[str, Any], calls: list[Found], reason: str | None
) -> tuple[int, float | None, str | None, tuple[str, ...]]:
    """Attempts of the whole function, its budget, how that is kept, and what couldn't be done.

    The whole function is repeated, and opaque code interrupted, only where the user wrote so at the function itself.
    """
    notes: list[str] = []
    attempts = 1 + (config.retries or 0) if "retries" in written else 1
    if attempts > 1 and source.kind == "async generator":
        attempts = 1
        notes.append("not repeated: an async generator can't be started anew without changing how it is driven")
    takes_timeout = reason is None and any(c.timeout for c in calls)
    mechanism = None
    if config.timeout is not None:
        if source.kind == "coroutine":
            mechanism = "asyncio"
        elif source.kind == "sync" and takes_timeout:
            mechanism = "cooperative"
        elif source.kind == "sync" and "timeout" in written:
            mechanism = "alarm-or-thread"
        elif "timeout" in written:
            notes.append("no budget: a generator runs for as long as its consumer takes items")
    return attempts, config.timeout if mechanism else None, mechanism, tuple(notes)


def parameter_contracts(source: FunctionSource, config: TranspileConfig) -> dict[str, str]:
    """Contracts of the parameters that are checked."""
    if config.perceive == "off" or source.context.star_import:  # `int` may mean anything there
        return {}
    imports, shadowed = visible_imports(source), frozenset(source.context.shadowed)
    handled = frozenset() if config.perceive == "strict" else names_whose_type_is_asked(source)
    arguments = source.node.args
    defaults = default_of_each(arguments)
    found = {}
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        contract = contract_of(argument.annotation, imports, shadowed)
        contract = contract and with_default(contract, defaults.get(argument.arg))
        if contract and contract != "None" and argument.arg not in handled and not argument.arg.startswith("__"):
            found[argument.arg] = contract
    return found


def default_of_each(arguments: ast.arguments) -> dict[str, ast.expr]:
    """Parameter -> default expression."""
    positional = [*arguments.posonlyargs, *arguments.args]
    found = {a.arg: d for a, d in zip(reversed(positional), reversed(arguments.defaults), strict=False)}
    found.update({a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None})
    return found


def with_default(contract: str, default: ast.expr | None) -> str | None:
    """The contract, with a `None` default (PEP 484's implicit Optional); None where the default's type isn't known."""
    if default is None:
        return contract
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    name = "None" if value is None else type(value).__name__
    parts = contract.split(" | ")
    widened = {"float": ("int",), "complex": ("int", "float")}
    if name in parts or any(name in widened.get(part, ()) for part in parts) or (name == "bool" and "int" in parts):
        return contract
    return f"{contract} | None" if name == "None" else None


def names_whose_type_is_asked(source: FunctionSource) -> frozenset[str]:
    """Parameters that the body passes to `isinstance`, `int` and their like: their author deals with other types."""
    parameters = {a.arg for a in all_arguments(source.node.args)}
    found = set()
    for node in ast.walk(source.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TYPE_ASKING and node.args:
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id in parameters:
                found.add(first.id)
    return frozenset(found)


def result_contract(source: FunctionSource, config: TranspileConfig) -> str | None:
    """The contract of the result, or None where there is nothing to check."""
    if config.enforce == "off" or source.context.star_import or "generator" in source.kind:
        return None
    contract = contract_of(source.node.returns, visible_imports(source), frozenset(source.context.shadowed))
    return None if contract == "None" else contract


def returns_to_check(source: FunctionSource, contract: str | None) -> list[ast.Return]:
    """The returns of the function's own frame whose value isn't evidently within the contract."""
    if contract is None:
        return []
    returns = [n for n in own_nodes(source.node) if isinstance(n, ast.Return) and n.value is not None]
    return [r for r in returns if evident_type(r.value) not in contract.split(" | ")]


def evident_type(value: ast.expr | None) -> str | None:
    """The builtin type that an expression's form guarantees, or None."""
    if isinstance(value, ast.Constant):
        return "None" if value.value is None else type(value.value).__name__
    forms: dict[type[ast.expr], str] = {
        ast.JoinedStr: "str",
        ast.Dict: "dict",
        ast.DictComp: "dict",
        ast.List: "list",
        ast.ListComp: "list",
        ast.Set: "set",
        ast.SetComp: "set",
        ast.Tuple: "tuple",
    }
    return forms.get(type(value)) if value is not None else None
