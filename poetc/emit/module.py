"""The text of a generated module. docs/generated-code.md says how it reads."""

from __future__ import annotations

from poetc.effects.libraries import known_errors
from poetc.emit.conditions import full_test
from poetc.emit.edits import Edit, edited
from poetc.emit.emission import Emission
from poetc.emit.objects import BUDGETS
from poetc.emit.proposals import proposal_lines
from poetc.emit.protection import setup_of
from poetc.emit.public import public_lines
from poetc.emit.regions import as_relined, with_regions
from poetc.emit.signature import call_arguments, flat_names, parameter_list
from poetc.emit.steps import setup_lines as step_lines
from poetc.emit.summary import summary
from poetc.linked_file import module_text as with_preamble
from poetc.linked_file import preamble
from poetc.source.place import body_margin, borrowed, class_name, deeper
from poetc.wire.enhancement import Contract


def module_text(emission: Emission, edits: list[Edit]) -> str:
    """The whole generated module; deterministic, newline-terminated."""
    context = emission.source.context
    start = preamble(context.source_file or "the source", context.link_package, future=context.future_annotations)
    return with_preamble(start, section_text(emission, edits))


def section_text(emission: Emission, edits: list[Edit]) -> str:
    """The function's own part: what was made of it, and `bind`."""
    margin = bind_margin(emission)
    outer = margin[: -(len(margin) // 2)] if emission.in_class else ""
    body = operate_lines(emission, edits, margin) if emission.reason is None and not emission.supplied else []
    closing = guarded_closing(emission, margin) if emission.guarded else direct_closing(emission, margin)
    lines = [
        *summary(emission),
        *([f"class {class_name(emission.source)}:"] if emission.in_class else []),
        f"{outer}def bind({emission.names.own('original')}):  # pragma: no cover",
    ]
    brought = proposal_lines(emission, step(margin) or margin)
    inner = step(margin) or margin
    setup = [line.replace("\t", inner, 1) if line[:1] == "\t" else line for line in setup_lines(emission)]
    setup = [margin + line if line else "" for line in (*setup, *brought)]
    if setup:
        lines += [*setup, ""]
    if body:
        lines += [*body, ""]
    if emission.in_class:
        closing += ["", "", f"bind = {class_name(emission.source)}.bind"]
    return "\n".join([*lines, *closing]) + "\n"


def bind_margin(emission: Emission) -> str:
    """The indentation inside `bind`: shallower than the user's body, so that this can stay at its own columns."""
    margin = deeper(emission.source, emission.levels) + body_margin(emission.source)
    return margin[: len(margin) * (emission.levels - 1) // emission.levels]


def setup_lines(emission: Emission) -> list[str]:
    """What `bind` makes once: the checks, the guard, what the domain needs, aliases of builtins."""
    own = emission.names.own
    lines = []
    if emission.reason is None and not emission.supplied and (names := borrowed(emission.source)):
        lines.append("; ".join(f"{name}: {own('original')}" for name in names))
    hints = emission.hints
    if emission.contracts:
        contracts = [f"{name}={contract_text(emission, each)}" for name, each in emission.contracts.items()]
        lines += emission.made(own("perceive"), "Perceive", *perceive_mode(emission), *contracts)
    if emission.result and needs_enforce(emission):
        mode = ['"strict"'] * (emission.plan.enforce == "strict" and not emission.result.keys)
        lines += emission.made(own("enforce"), "Enforce", contract_text(emission, emission.result), *mode)
    else:
        hints = [c for c in hints if c is not emission.result]
    lines += setup_of(emission, transient_names(emission))
    for key, name in emission.repeaters.items():
        lines += emission.made(name, emission.retry_class(key), *retry_arguments(emission, key))
    if emission.plan.regions:
        lines += emission.made(own("region"), "Region", *retry_arguments(emission, ((), "")))
    if emission.has_guard:
        lines += emission.made(own("guard"), "Guard", *guard_arguments(emission))
    if emission.mechanism is not None:
        lines += emission.made(own("budget"), BUDGETS[emission.mechanism], f"seconds={emission.timeout!r}")
    lines += step_lines(emission)
    lines += [f"{alias} = {name}" for name, alias in sorted(emission.names.aliases.items())]
    return [*(line for contract in hints for line in hint_lines(emission, contract)), *lines]


def perceive_mode(emission: Emission) -> list[str]:
    """The mode of `rt.Perceive`, where it isn't the usual one, and the parameters for which text is converted."""
    converted = [quoted(name) for name, contract in emission.contracts.items() if contract.converts]
    is_said = emission.plan.perceive == "strict" or converted
    return [quoted(emission.plan.perceive), *converted] if is_said else []


def contract_text(emission: Emission, contract: Contract) -> str:
    """A contract as the argument of what checks it."""
    return emission.names.own(contract.hint) if contract.hint else f'"{contract}"'


def hint_lines(emission: Emission, contract: Contract) -> list[str]:
    """What reads an annotation at run time; names that may be imported for type checkers only are told."""
    name = emission.names.own(contract.hint)
    if contract.keys:
        return emission.made(name, "Shape", *map(quoted, contract.keys))
    deep = ['"deep"'] if emission.plan.deep else []
    imports = [f"{local}={quoted(dotted)}" for local, dotted in contract.imports]
    return emission.made(name, "Hint", quoted(contract.subject), quoted(contract.text), *deep, *imports)


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    plain = text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else ascii(text)


def needs_enforce(emission: Emission) -> bool:
    """Whether any result goes through the check."""
    return emission.guarded or bool(emission.plan.returns)


def retry_arguments(emission: Emission, key: tuple[tuple[str, ...], str]) -> list[str]:
    """The arguments of what repeats calls: how often, which errors beside those that are known, and the breakers with
    the ways to a call's host."""
    (ways, refusal), transient = key, transient_names(emission)
    retry = emission.plan.retry
    found = [f"{name}={getattr(retry, name)!r}" for name in ("attempts", "first", "most", "budget")]
    if transient:
        found.append(f"transient={transient}")
    if ways:
        listed = ", ".join(map(quoted, ways)) + "," * (len(ways) == 1)
        found += [f"breaker={emission.names.own('breaker')}", f"host=({listed})"]
        found += [f"refusal={quoted(refusal)}"] * bool(refusal)
    return found


def guard_arguments(emission: Emission) -> list[str]:
    """The arguments of what repeats the whole function."""
    plan, own = emission.plan, emission.names.own
    retry, seconds = plan.retry, plan.retry.budget if emission.timeout is None else emission.timeout
    found = [f"attempts={plan.attempts}", f"first={retry.first!r}", f"most={retry.most!r}", f"budget={seconds!r}"]
    found += ["idempotent=False"] * (plan.effects == "writes")
    found += [f"breaker={own('breaker')}"] * emission.is_inline
    return found + [f"perceive={own('perceive')}"] * bool(emission.contracts)


def transient_names(emission: Emission) -> str:
    """The tuple of the errors that the catalogue alone says pass by themselves; "" if there are none."""
    plan = emission.plan
    lists = [*(call.transient for call in plan.calls), *(region.transient for region in plan.regions)]
    names = sorted({name for each in lists for name in each} - known_errors())
    comma = "," * (len(names) == 1)
    return f"({', '.join(map(quoted, names))}{comma})" if names else ""


def operate_lines(emission: Emission, edits: list[Edit], margin: str) -> list[str]:
    """`def operate` with the user's lines at their own places: the header stands for the first decorator's line."""
    source, own = emission.source, emission.names.own
    parameters = flat_parameters(emission) if emission.guarded else parameter_list(source)
    prefix = "async " if source.kind in ("coroutine", "async generator") else ""
    header = f"{margin}{prefix}def {own('operate')}({parameters}):"
    lines = with_regions(emission, edited(source.lines, edits)[: source.node.end_lineno])
    start = source.body_line
    above = [header, *[""] * (start - 2)]
    check = None if emission.guarded else perceive_line(emission)
    body = lines[start - 1 :]
    if source.is_one_line:
        column = source.node.body[0].col_offset
        statement = body[0].encode()[column:].decode()
        body[0] = " " * column + (f"{check}; " if check else "") + statement
    else:
        further = deeper(source, emission.levels)
        body = [further + line if line.strip() else line for line in body]
        if check:
            above[-1] = further + body_margin(source) + check
    return [*above, *body]


def flat_parameters(emission: Emission) -> str:
    """Parameters of Operate′ in the guarded form, the deadline last."""
    deadline = [emission.names.own("deadline")] if emission.passes_deadline else []
    return ", ".join(flat_names(emission.source) + deadline)


def perceive_line(emission: Emission) -> str | None:
    """The argument checks of the direct form, one line."""
    if not emission.contracts:
        return None
    perceive, source = emission.names.own("perceive"), emission.source
    if source.is_one_line or source.kind == "async generator" or emission.plan.watched:
        return "; ".join(
            f"{name} = {name} if {full_test(name, contract, emission.names)} else {perceive}.value({name!r}, {name})"
            for name, contract in emission.contracts.items()
        )
    tests = " and ".join(full_test(name, contract, emission.names) for name, contract in emission.contracts.items())
    arguments = call_arguments(source)
    calls = {
        "sync": f"{perceive}({arguments})",
        "coroutine": f"await {perceive}.awaited({arguments})",
        "generator": f"(yield from {perceive}.iterated({arguments}))",
    }
    condition = tests if len(emission.contracts) == 1 else f"({tests})"
    return f"if not {condition} and {perceive}.stops: return {calls[source.kind]}"


def direct_closing(emission: Emission, margin: str) -> list[str]:
    """The end of `bind` where Operate′ itself is the public function."""
    own = emission.names.own
    if emission.reason is not None:
        return [f"{margin}return {own('original')}"]
    perceive = f", {own('perceive')}" if emission.contracts else ""
    return [f"{margin}return rt.relocate({own('operate')}, {own('original')}{perceive}{as_relined(emission)})"]


def guarded_closing(emission: Emission, margin: str) -> list[str]:
    """The end of `bind` with a public function around Operate′."""
    own = emission.names.own
    lines = []
    if not emission.supplied:
        moved = f"rt.relocate({own('operate')}, {own('original')}{as_relined(emission)})"
        operate = own("original") if emission.reason else moved
        lines += [f"{margin}{own('operate')} = {operate}", ""]
    lines += [margin + line if line else "" for line in public_lines(emission, step(margin))]
    return [*lines, "", f"{margin}return rt.copy_metadata({emission.names.public()}, {own('original')})"]


def step(margin: str) -> str:
    """One further level of indentation inside `bind`, of the same kind."""
    return "\t" if margin.startswith("\t") else margin
