"""The public function of the guarded form: perceive, admit, operate, enforce, in a straight line."""

from __future__ import annotations

from typing import Final

from poetc.generate.rules.conditions import exact_test, full_test
from poetc.generate.rules.plan import Plan
from poetc.generate.rules.signature import call_arguments, flat_names, parameter_list

ENTERED: Final = ("cooperative", "cooperative-and-alarm")
"""mechanisms of a budget that lasts as long as a `with`"""


def public_lines(plan: Plan, step: str) -> list[str]:
    """`def NAME(...)` and its body, indented from column 0 by `step`."""
    prefix = "async " if plan.source.kind in ("coroutine", "async generator") else ""
    header = f"{prefix}def {plan.names.public()}({parameter_list(plan.source)}):"
    if plan.source.kind == "generator":
        body = [*perceived(plan), *stream(plan)]
    else:
        body = [*perceived(plan), *domain_lines(plan, "perceive"), *operated(plan), *domain_lines(plan, "enforce")]
        body.append(enforced(plan))
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
    if plan.breaker:
        lines += [f"if {own('breaker')}.is_open:", f"\t{own('breaker')}.admit()"]
    call = operate_call(plan)
    if plan.mechanism in ENTERED:
        call = [f"with {own('deadline')}:", *("\t" + line for line in call)]
    if plan.supplied or not (plan.contracts or plan.breaker or plan.attempts > 1):
        return [*lines, *call]
    lines += ["try:", *["\t" + line for line in call], *failed(plan)]
    if plan.breaker:
        lines += [f"if {own('breaker')}.failures:", f"\t{own('breaker')}.succeeded()"]
    return lines


def operate_call(plan: Plan) -> list[str]:
    """`result = ...`, the first attempt."""
    if plan.part is not None and plan.part.supplied is not None:
        return list(plan.part.supplied)
    own = plan.names.own
    operate, arguments = own("operate"), operate_arguments(plan)
    result = own("result")
    if plan.mechanism == "asyncio":
        return [f"{result} = await {own('guard')}.within_async({own('deadline')}, {operate}({arguments}))"]
    if plan.mechanism == "alarm-or-thread":
        return [f"{result} = {own('guard')}.within({joined(own('deadline'), operate, arguments)})"]
    return [f"{result} = {'await ' if plan.source.kind == 'coroutine' else ''}{operate}({arguments})"]


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
    if not plan.has_guard:
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
    guard, operate, arguments = own("guard"), own("operate"), operate_arguments(plan)
    if plan.source.kind == "coroutine":
        return f"await {guard}.again_async({joined(wait, deadline, operate, arguments)})"
    if plan.mechanism == "alarm-or-thread":
        return f"{guard}.again({joined(wait, deadline, f'{guard}.within', deadline, operate, arguments)})"
    return f"{guard}.again({joined(wait, deadline, operate, arguments)})"


def enforced(plan: Plan) -> str:
    """The last line: the result, checked."""
    result = plan.names.own("result")
    if not plan.result:
        return f"return {result}"
    return (
        f"return {result} if {exact_test(result, plan.result, plan.names)} else {plan.names.own('enforce')}({result})"
    )


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
