"""`Plan -> enhanced.py`: the text of a generated module. See ARCHITECTURE.md for its form."""

from __future__ import annotations

from poetc.generate.rules.conditions import full_test
from poetc.generate.rules.edits import Edit, edited
from poetc.generate.rules.hints import Contract
from poetc.generate.rules.place import body_margin, borrowed, class_name, deeper, runs_annotations
from poetc.generate.rules.plan import Plan
from poetc.generate.rules.protection import setup_of
from poetc.generate.rules.public import public_lines
from poetc.generate.rules.signature import call_arguments, flat_names, parameter_list
from poetc.generate.rules.summary import docstring
from poetc.runtime.transient import TRANSIENT_ANYWAY

HEADER = (
    "# fmt: off",
    "# isort: skip_file",
    "# flake8: noqa",
    "# ruff: noqa",
    "# mypy: ignore-errors",
    "# pylint: skip-file",
)


def module_text(plan: Plan, edits: list[Edit]) -> str:
    """The whole generated module; deterministic, newline-terminated."""
    margin = bind_margin(plan)
    outer = margin[: -(len(margin) // 2)] if plan.in_class else ""
    body = operate_lines(plan, edits, margin) if plan.reason is None and not plan.supplied else []
    closing = guarded_closing(plan, margin) if plan.guarded else direct_closing(plan, margin)
    lines = [
        *HEADER,
        *docstring(plan),
        "",
        *([] if runs_annotations(plan.source) and plan.reason is None else ["from __future__ import annotations", ""]),
        f"from {plan.source.context.link_package} import _runtime as rt",
        "",
        "",
        *([f"class {class_name(plan.source)}:"] if plan.in_class else []),
        f"{outer}def bind({plan.names.own('original')}):  # pragma: no cover",
        f'{margin}"""The enhanced `{plan.source.node.name}`, bound to the function object that its module defines."""',
        "",
    ]
    setup = [margin + line for line in setup_lines(plan)]
    if setup:
        lines += [*setup, ""]
    if body:
        lines += [*body, ""]
    if plan.in_class:
        closing += ["", "", f"bind = {class_name(plan.source)}.bind"]
    return "\n".join([*lines, *closing]) + "\n"


def bind_margin(plan: Plan) -> str:
    """The indentation inside `bind`: shallower than the user's body, so that this can stay at its own columns."""
    margin = deeper(plan.source, plan.levels) + body_margin(plan.source)
    return margin[: len(margin) * (plan.levels - 1) // plan.levels]


def setup_lines(plan: Plan) -> list[str]:
    """What `bind` makes once: the checks, the guard, what the domain needs, aliases of builtins."""
    own, config = plan.names.own, plan.config
    lines = []
    if plan.reason is None and not plan.supplied and (names := borrowed(plan.source)):
        lines.append("; ".join(f"{name}: {own('original')}" for name in names))
    hints = [c for c in (*plan.contracts.values(), plan.result) if c is not None and c.hint]
    if plan.contracts:
        contracts = ", ".join(f"{name}={contract_text(plan, contract)}" for name, contract in plan.contracts.items())
        lines.append(f"{own('perceive')} = rt.Perceive(original, {perceive_mode(plan)}{contracts})")
    if plan.result and needs_enforce(plan):
        mode = ', "strict"' if config.enforce == "strict" and not plan.result.keys else ""
        lines.append(f"{own('enforce')} = rt.Enforce(original, {contract_text(plan, plan.result)}{mode})")
    else:
        hints = [c for c in hints if c is not plan.result]
    lines += setup_of(plan.protection, own, plan.defaults.failures, plan.defaults.open_for, transient_names(plan))
    lines += [
        f"{name} = rt.Retry(original, {retry_numbers(plan)}{hosts_text(plan, *key)})"
        for key, name in plan.repeaters.items()
    ]
    if plan.has_guard:
        lines.append(f"{own('guard')} = rt.Guard(original, {guard_numbers(plan)})")
    lines += plan.part.setup if plan.part else ()
    lines += [f"{alias} = {name}" for name, alias in sorted(plan.names.aliases.items())]
    lines = [line.replace("(original", f"({own('original')}") for line in lines]
    return [*(hint_line(plan, contract) for contract in hints), *lines]


def perceive_mode(plan: Plan) -> str:
    """The mode of `rt.Perceive`, where it isn't the usual one, and the parameters for which text is converted."""
    converted = [quoted(name) for name, contract in plan.contracts.items() if contract.converts]
    is_said = plan.config.perceive == "strict" or converted
    return "".join(f"{part}, " for part in (quoted(plan.config.perceive), *converted)) if is_said else ""


def contract_text(plan: Plan, contract: Contract) -> str:
    """A contract as the argument of what checks it."""
    return plan.names.own(contract.hint) if contract.hint else f'"{contract}"'


def hint_line(plan: Plan, contract: Contract) -> str:
    """What reads an annotation at run time; names that may be imported for type checkers only are told."""
    own = plan.names.own
    if contract.keys:
        return f"{own(contract.hint)} = rt.Shape({', '.join([own('original'), *map(quoted, contract.keys)])})"
    deep = ', "deep"' if plan.config.depth == "deep" else ""
    imports = "".join(f", {name}={quoted(dotted)}" for name, dotted in contract.imports)
    arguments = f"{own('original')}, {quoted(contract.subject)}, {quoted(contract.text)}{deep}{imports}"
    return f"{own(contract.hint)} = rt.Hint({arguments})"


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    plain = text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else ascii(text)


def needs_enforce(plan: Plan) -> bool:
    """Whether any result goes through the check."""
    from poetc.generate.rules.checks import returns_to_check

    return plan.guarded or bool(returns_to_check(plan.source, plan.result))


def retry_numbers(plan: Plan) -> str:
    """The arguments of `rt.Retry` behind the function."""
    d, config = plan.defaults, plan.config
    attempts = 1 + (config.retries if config.retries is not None else d.retries)
    return ", ".join(filter(None, (f"{attempts}, {d.first!r}, {d.most!r}, {d.budget!r}", transient_names(plan))))


def hosts_text(plan: Plan, ways: tuple[str, ...], refusal: str) -> str:
    """The arguments of `rt.Retry` that tell it of the breakers, and how to find the host of a call."""
    if not ways:
        return ""
    listed = ", ".join(map(quoted, ways)) + "," * (len(ways) == 1)
    said = f", refusal={quoted(refusal)}" if refusal else ""
    return f", breaker={plan.names.own('breaker')}, host=({listed}){said}"


def transient_names(plan: Plan) -> str:
    """The tuple of the errors that the catalogue alone says pass by themselves; "" if there are none."""
    names = sorted({name for call in plan.calls for name in call.transient} - TRANSIENT_ANYWAY)
    comma = "," * (len(names) == 1)
    return f"({', '.join(map(quoted, names))}{comma})" if names else ""


def guard_numbers(plan: Plan) -> str:
    """The arguments of `rt.Guard` behind the function."""
    d = plan.defaults
    breaker = plan.names.own("breaker") if plan.protection.is_inline else "None"
    alarm = ", alarm=True" if plan.mechanism in ("cooperative-and-alarm", "alarm", "alarm-or-thread") else ""
    twice = ", idempotent=False" if plan.effects == "writes" and plan.attempts > 1 else ""
    return f"{plan.attempts}, {plan.timeout!r}, {breaker}, {d.first!r}, {d.most!r}, {d.budget!r}{alarm}{twice}"


def operate_lines(plan: Plan, edits: list[Edit], margin: str) -> list[str]:
    """`def operate` with the user's lines at their own places: the header stands for the first decorator's line."""
    source, own = plan.source, plan.names.own
    parameters = flat_parameters(plan) if plan.guarded else parameter_list(source)
    prefix = "async " if source.kind in ("coroutine", "async generator") else ""
    header = f"{margin}{prefix}def {own('operate')}({parameters}):"
    lines = edited(source.lines, edits)[: source.node.end_lineno]
    start = source.body_line
    above = [header, *[""] * (start - 2)]
    check = None if plan.guarded else perceive_line(plan)
    body = lines[start - 1 :]
    if source.is_one_line:
        column = source.node.body[0].col_offset
        statement = body[0].encode()[column:].decode()
        body[0] = " " * column + (f"{check}; " if check else "") + statement
    else:
        further = deeper(source, plan.levels)
        body = [further + line if line.strip() else line for line in body]
        if check:
            above[-1] = further + body_margin(source) + check
    return [*above, *body]


def flat_parameters(plan: Plan) -> str:
    """Parameters of Operate′ in the guarded form, the deadline last."""
    deadline = [plan.names.own("deadline")] if plan.passes_deadline else []
    return ", ".join(flat_names(plan.source) + deadline)


def perceive_line(plan: Plan) -> str | None:
    """The argument checks of the direct form, one line."""
    if not plan.contracts:
        return None
    perceive, source = plan.names.own("perceive"), plan.source
    if source.is_one_line or source.kind == "async generator" or plan.looks.are_there:
        return "; ".join(
            f"{name} = {name} if {full_test(name, contract, plan.names)} else {perceive}.value({name!r}, {name})"
            for name, contract in plan.contracts.items()
        )
    tests = " and ".join(full_test(name, contract, plan.names) for name, contract in plan.contracts.items())
    arguments = call_arguments(source)
    calls = {
        "sync": f"{perceive}({arguments})",
        "coroutine": f"await {perceive}.awaited({arguments})",
        "generator": f"(yield from {perceive}.iterated({arguments}))",
    }
    condition = tests if len(plan.contracts) == 1 else f"({tests})"
    return f"if not {condition} and {perceive}.stops: return {calls[source.kind]}"


def direct_closing(plan: Plan, margin: str) -> list[str]:
    """The end of `bind` where Operate′ itself is the public function."""
    own = plan.names.own
    if plan.reason is not None:
        return [f"{margin}return {own('original')}"]
    perceive = f", {own('perceive')}" if plan.contracts else ""
    return [f"{margin}return rt.relocate({own('operate')}, {own('original')}{perceive})"]


def guarded_closing(plan: Plan, margin: str) -> list[str]:
    """The end of `bind` with a public function around Operate′."""
    own = plan.names.own
    lines = []
    if not plan.supplied:
        operate = own("original") if plan.reason else f"rt.relocate({own('operate')}, {own('original')})"
        lines += [f"{margin}{own('operate')} = {operate}", ""]
    lines += [margin + line if line else "" for line in public_lines(plan, step(margin))]
    return [*lines, "", f"{margin}return rt.dress({plan.names.public()}, {own('original')})"]


def step(margin: str) -> str:
    """One further level of indentation inside `bind`, of the same kind."""
    return "\t" if margin.startswith("\t") else margin
