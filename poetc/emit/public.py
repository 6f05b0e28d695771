"""The public function of the guarded form: perceive, admit, operate, enforce, in a straight line."""

from __future__ import annotations

from typing import Final

from poetc.emit.conditions import exact_test, full_test
from poetc.emit.emission import Emission
from poetc.emit.proposals import body_call, check_calls
from poetc.emit.signature import call_arguments, flat_names, parameter_list
from poetc.emit.steps import step_calls
from poetc.source.functions import CLASS_CELL
from poetc.source.place import uses_class

ENTERED: Final = ("cooperative", "cooperative-and-alarm", "alarm")
"""mechanisms of a budget that lasts as long as a `with`"""


def public_lines(emission: Emission, step: str) -> list[str]:
    """`def NAME(...)` and its body, indented from column 0 by `step`."""
    prefix = "async " if emission.source.kind in ("coroutine", "async generator") else ""
    header = f"{prefix}def {emission.names.public()}({parameter_list(emission.source)}):"
    if emission.source.kind == "generator":
        body = [*perceived(emission), *stream(emission)]
    else:
        lines = replaced(emission, operated(emission)) if emission.plan.fallback is not None else operated(emission)
        looks = [*step_calls(emission, "perceive"), *check_calls(emission, "perceive")]
        body = [*perceived(emission), *looks, *lines, *step_calls(emission, "enforce")]
        body = reported(emission, body) if emission.plan.events is not None else returned(emission, body)
    if uses_class(emission.source) and not emission.supplied:
        body = [f"if False: {CLASS_CELL}", *body]
    return [header, *(step * (1 + len(line) - len(line.lstrip("\t"))) + line.lstrip("\t") for line in body)]


def perceived(emission: Emission) -> list[str]:
    """A line for each checked parameter; it is repaired in place, or goes on as it is."""
    perceive = emission.names.own("perceive")
    lines = []
    for name, contract in emission.contracts.items():
        lines += [
            f"if not {full_test(name, contract, emission.names)}:",
            f"\t{name} = {perceive}.value({name!r}, {name})",
        ]
    return lines


def operated(emission: Emission) -> list[str]:
    """The call of Operate′, with what happens when it fails."""
    own = emission.names.own
    lines = []
    if emission.timeout is not None:
        lines.append(f"{own('deadline')} = {own('budget')}.deadline()")
    call = operate_call(emission)
    if emission.mechanism in ENTERED:
        call = [f"with {own('deadline')}:", *("\t" + line for line in call)]
    looks_on = emission.is_inline
    if emission.supplied or not (emission.contracts or looks_on or emission.plan.attempts > 1):
        return [*lines, *call]
    if emission.has_guard:
        lines.append(f"{own('again')} = None")
    lines += ["try:", *["\t" + line for line in call], *failed(emission)]
    if looks_on:
        lines += [f"if {own('breaker')}.failures:", f"\t{own('breaker')}.succeeded()"]
    return lines


def operate_call(emission: Emission) -> list[str]:
    """`result = ...`, the first attempt."""
    if emission.plan.body is not None:
        return [f"{emission.names.own('result')} = {body_call(emission)}"]
    if emission.supplied:
        return step_calls(emission, "operate")
    own, breaker = emission.names.own, emission.names.own("breaker")
    budget = (f"{own('deadline')}.run",) if emission.mechanism == "alarm-or-thread" else ()
    call = run(emission, *budget)
    if emission.breaker is not None and not emission.is_inline:
        call = run(emission, runner(emission, "breaker"), *budget)
    elif emission.breaker is not None:
        call += f" if not {breaker}.is_open else {run(emission, runner(emission, 'breaker'), *budget)}"
    if emission.mechanism == "asyncio":
        call = f"await {own('deadline')}.within({call})"
    elif emission.source.kind == "coroutine":
        call = f"await ({call})" if emission.is_inline else f"await {call}"
    return [f"{own('result')} = {call}"]


def runner(emission: Emission, name: str) -> str:
    """What calls a function in its place: `bulkhead`, or `bulkhead.awaited` for a coroutine function."""
    return emission.names.own(name) + (".awaited" if emission.source.kind == "coroutine" else "")


def run(emission: Emission, *outer: str) -> str:
    """A call of Operate′ by all that runs it, the outermost first: `rate_limit(bulkhead, operate, order)`."""
    first, *others = runners(emission, *outer)
    return f"{first}({joined(*others, operate_arguments(emission))})"


def runners(emission: Emission, *outer: str) -> list[str]:
    """What runs Operate′, the outermost first, and Operate′."""
    return [*outer, *(runner(emission, name) for name in emission.runners), emission.names.own("operate")]


def operate_arguments(emission: Emission) -> str:
    """Flattened for a moved body; as they came for the original."""
    if emission.reason is not None:
        return call_arguments(emission.source)
    deadline = [emission.names.own("deadline")] if emission.passes_deadline else []
    return ", ".join([*flat_names(emission.source), *deadline])


def failed(emission: Emission) -> list[str]:
    """`except Exception`: say what was wrong with the arguments, and let the breaker and the guard hear of it."""
    own = emission.names.own
    error, again, result = own("error"), own("again"), own("result")
    lines = [f"except {emission.names.builtin('Exception')} as {error}:"]
    values = [f"{name}={name}" for name in emission.contracts]
    if emission.has_guard:
        deadline = [own("deadline")] if emission.timeout is not None else []
        return [
            *lines,
            f"\t{again} = {own('guard')}.on_failure({joined(error, *deadline, *values)})",
            f"\tif {again} is None:",
            "\t\traise",
            f"if {again} is not None:",
            f"\t{result} = {repeated(emission, again)}",
        ]
    if values:
        lines.append(f"\t{own('perceive')}.explain({joined(error, *values)})")
    if emission.is_inline:
        lines.append(f"\t{own('breaker')}.failed({error})")
    return [*lines, "\traise"]


def repeated(emission: Emission, again: str) -> str:
    """The further attempts, all in the runtime."""
    breaker = [runner(emission, "breaker")] if emission.breaker is not None else []
    steps = joined(*runners(emission, *breaker), operate_arguments(emission))
    return f"await {again}.awaited({steps})" if emission.source.kind == "coroutine" else f"{again}({steps})"


def enforced(emission: Emission) -> str:
    """The result, checked."""
    result = emission.names.own("result")
    if not emission.result:
        return result
    test = exact_test(result, emission.result, emission.names)
    return f"{result} if {test} else {emission.names.own('enforce')}({result})"


def replaced(emission: Emission, lines: list[str]) -> list[str]:
    """Lines that make the result, with what stands in for it when they fail."""
    own, arguments = emission.names.own, call_arguments(emission.source)
    failure, fallback = own("failure"), own("fallback")
    awaited = f"await {fallback}.awaited" if emission.source.kind == "coroutine" else fallback
    return [
        "try:",
        *("\t" + line for line in lines),
        f"except {emission.names.builtin('Exception')} as {failure}:",
        f"\t{own('result')} = {awaited}({joined(failure, arguments)})",
    ]


def returned(emission: Emission, lines: list[str]) -> list[str]:
    """Lines that make the result, and its return."""
    checks = check_calls(emission, "enforce")
    if not checks:
        return [*lines, f"return {enforced(emission)}"]
    result = emission.names.own("result")
    check = [f"{result} = {enforced(emission)}"] if emission.result else []
    return [*lines, *check, *checks, f"return {result}"]


def reported(emission: Emission, lines: list[str]) -> list[str]:
    """Lines that make the result, the event of the call around them."""
    own = emission.names.own
    events, execution, failure, result = own("events"), own("execution"), own("failure"), own("result")
    check = [f"{result} = {enforced(emission)}"] if emission.result else []
    return [
        f"{execution} = {events}.start() if {events}.active else None",
        "try:",
        *("\t" + line for line in [*lines, *check, *check_calls(emission, "enforce")]),
        f"except {emission.names.builtin('BaseException')} as {failure}:",
        f"\tif {execution} is not None:",
        f"\t\t{execution}.failed({failure})",
        "\traise",
        f"if {execution} is not None:",
        f"\t{execution}.succeeded()",
        f"return {result}",
    ]


def stream(emission: Emission) -> list[str]:
    """The body for a generator: started anew only before its first item."""
    own = emission.names.own
    arguments = operate_arguments(emission)
    if emission.has_guard:
        return [f"return (yield from {own('guard')}.iterated({joined(own('operate'), arguments)}))"]
    return [f"return (yield from {own('operate')}({arguments}))"]


def joined(*parts: str) -> str:
    """Arguments, empty ones left out."""
    return ", ".join(part for part in parts if part)
