"""The public function of the guarded form: perceive, admit, operate, enforce, in a straight line."""

from __future__ import annotations

from typing import Final

from poetc.generate.rules.conditions import exact_test, full_test
from poetc.generate.rules.place import CLASS_CELL, uses_class
from poetc.generate.rules.plan import Plan
from poetc.generate.rules.signature import call_arguments, flat_names, parameter_list

ENTERED: Final = ("cooperative", "cooperative-and-alarm", "alarm")
"""mechanisms of a budget that lasts as long as a `with`"""


def public_lines(plan: Plan, step: str) -> list[str]:
    """`def NAME(...)` and its body, indented from column 0 by `step`."""
    prefix = "async " if plan.source.kind in ("coroutine", "async generator") else ""
    header = f"{prefix}def {plan.names.public()}({parameter_list(plan.source)}):"
    if plan.source.kind == "generator":
        body = [*perceived(plan), *stream(plan)]
    else:
        lines = replaced(plan, operated(plan)) if plan.protection.fallback is not None else operated(plan)
        body = [*perceived(plan), *domain_lines(plan, "perceive"), *lines, *domain_lines(plan, "enforce")]
        body = reported(plan, body) if plan.protection.events is not None else [*body, f"return {enforced(plan)}"]
    if uses_class(plan.source) and not plan.supplied:
        body = [f"if False: {CLASS_CELL}", *body]
    return [header, *(step * (1 + len(line) - len(line.lstrip("\t"))) + line.lstrip("\t") for line in body)]


def perceived(plan: Plan) -> list[str]:
    """A line for each checked parameter; it is repaired in place, or goes on as it is."""
    perceive = plan.names.own("perceive")
    lines = []
    for name, contract in plan.contracts.items():
        lines += [
            f"if not {full_test(name, contract, plan.names)}:",
            f"\t{name} = {perceive}.value({name!r}, {name})",
        ]
    return lines


def domain_lines(plan: Plan, phase: str) -> list[str]:
    """What the domain does in a phase."""
    return list(getattr(plan.part, phase)) if plan.part else []


def operated(plan: Plan) -> list[str]:
    """The call of Operate′, with what happens when it fails."""
    own = plan.names.own
    lines = []
    if plan.timeout is not None:
        lines.append(f"{own('deadline')} = {own('guard')}.deadline()")
    call = operate_call(plan)
    if plan.mechanism in ENTERED:
        call = [f"with {own('deadline')}:", *("\t" + line for line in call)]
    looks_on = plan.protection.is_inline
    if plan.supplied or not (plan.contracts or looks_on or plan.attempts > 1):
        return [*lines, *call]
    lines += ["try:", *["\t" + line for line in call], *failed(plan)]
    if looks_on:
        lines += [f"if {own('breaker')}.failures:", f"\t{own('breaker')}.succeeded()"]
    return lines


def operate_call(plan: Plan) -> list[str]:
    """`result = ...`, the first attempt."""
    if plan.part is not None and plan.part.supplied is not None:
        return list(plan.part.supplied)
    own, breaker = plan.names.own, plan.names.own("breaker")
    budget = (f"{own('guard')}.within", own("deadline")) if plan.mechanism == "alarm-or-thread" else ()
    call = run(plan, *budget)
    if plan.breaker and not plan.protection.is_inline:
        call = run(plan, runner(plan, "breaker"), *budget)
    elif plan.breaker:
        call += f" if not {breaker}.is_open else {run(plan, runner(plan, 'breaker'), *budget)}"
    if plan.mechanism == "asyncio":
        call = f"await {own('guard')}.within_async({own('deadline')}, {call})"
    elif plan.source.kind == "coroutine":
        call = f"await ({call})" if plan.protection.is_inline else f"await {call}"
    return [f"{own('result')} = {call}"]


def runner(plan: Plan, name: str) -> str:
    """What calls a function in its place: `bulkhead`, or `bulkhead.awaited` for a coroutine function."""
    return plan.names.own(name) + (".awaited" if plan.source.kind == "coroutine" else "")


def run(plan: Plan, *outer: str) -> str:
    """A call of Operate′ by all that runs it, the outermost first: `rate_limit(bulkhead, operate, order)`."""
    first, *others = runners(plan, *outer)
    return f"{first}({joined(*others, operate_arguments(plan))})"


def runners(plan: Plan, *outer: str) -> list[str]:
    """What runs Operate′, the outermost first, and Operate′."""
    return [*outer, *(runner(plan, name) for name in plan.protection.runners), plan.names.own("operate")]


def operate_arguments(plan: Plan) -> str:
    """Flattened for a moved body; as they came for the original."""
    if plan.reason is not None:
        return call_arguments(plan.source)
    deadline = [plan.names.own("deadline")] if plan.passes_deadline else []
    return ", ".join([*flat_names(plan.source), *deadline])


def failed(plan: Plan) -> list[str]:
    """`except Exception`: explain, hear whether to try again; without a guard only explain."""
    own = plan.names.own
    error, wait, guard, result = own("error"), own("wait"), own("guard"), own("result")
    lines = [f"except {plan.names.builtin('Exception')} as {error}:"]
    if plan.contracts:
        values = ", ".join(f"{name}={name}" for name in plan.contracts)
        lines.append(f"\t{own('perceive')}.explain({error}, {values})")
    if plan.attempts == 1 and not plan.protection.is_inline:
        return [*lines, "\traise"]
    deadline = own("deadline") if plan.timeout is not None else "None"
    if plan.attempts == 1:
        return [*lines, f"\t{guard}.wait({error}, {deadline})", "\traise"]
    return [
        *lines,
        f"\t{wait} = {guard}.wait({error}, {deadline})",
        f"\tif {wait} is None:",
        "\t\traise",
        f"\t{result} = {guard}",
        f"if {result} is {guard}:",
        f"\t{result} = {again(plan, wait, deadline)}",
    ]


def again(plan: Plan, wait: str, deadline: str) -> str:
    """The further attempts, all in the runtime."""
    own = plan.names.own
    guard, breaker = own("guard"), [runner(plan, "breaker")] if plan.breaker else []
    budget = [f"{guard}.within", deadline] if plan.mechanism == "alarm-or-thread" else []
    steps = joined(wait, deadline, *runners(plan, *budget, *breaker), operate_arguments(plan))
    return f"await {guard}.again_async({steps})" if plan.source.kind == "coroutine" else f"{guard}.again({steps})"


def enforced(plan: Plan) -> str:
    """The result, checked."""
    result = plan.names.own("result")
    if not plan.result:
        return result
    return f"{result} if {exact_test(result, plan.result, plan.names)} else {plan.names.own('enforce')}({result})"


def replaced(plan: Plan, lines: list[str]) -> list[str]:
    """Lines that make the result, with what stands in for it when they fail."""
    own, arguments = plan.names.own, call_arguments(plan.source)
    failure, fallback = own("failure"), own("fallback")
    awaited = f"await {fallback}.awaited" if plan.source.kind == "coroutine" else fallback
    return [
        "try:",
        *("\t" + line for line in lines),
        f"except {plan.names.builtin('Exception')} as {failure}:",
        f"\t{own('result')} = {awaited}({joined(failure, arguments)})",
    ]


def reported(plan: Plan, lines: list[str]) -> list[str]:
    """Lines that make the result, the event of the call around them."""
    own = plan.names.own
    events, execution, failure, result = own("events"), own("execution"), own("failure"), own("result")
    check = [f"{result} = {enforced(plan)}"] if plan.result else []
    return [
        f"{execution} = {events}.start() if {events}.active else None",
        "try:",
        *("\t" + line for line in [*lines, *check]),
        f"except {plan.names.builtin('BaseException')} as {failure}:",
        f"\tif {execution} is not None:",
        f"\t\t{execution}.failed({failure})",
        "\traise",
        f"if {execution} is not None:",
        f"\t{execution}.succeeded()",
        f"return {result}",
    ]


def stream(plan: Plan) -> list[str]:
    """The body for a generator: started anew only before its first item."""
    own = plan.names.own
    arguments = operate_arguments(plan)
    if plan.has_guard:
        return [f"return (yield from {own('guard')}.iterated({joined(own('operate'), arguments)}))"]
    return [f"return (yield from {own('operate')}({arguments}))"]


def joined(*parts: str) -> str:
    """Arguments, empty ones left out."""
    return ", ".join(part for part in parts if part)
