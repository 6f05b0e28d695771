"""The docstring of a generated module: what it is, from where, and what each phase does here."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from poetc.generate.rules.calls import Found
from poetc.generate.rules.plan import Plan
from poetc.generate.rules.protection import words_for
from poetc.generate.rules.shapes import shape_text


def docstring(plan: Plan) -> list[str]:
    """The module's docstring as lines."""
    source = plan.source
    qualname = source.qualname.replace(".<locals>", "")
    name = f"{source.context.module_path}.{qualname}" if source.context.module_path else qualname
    origin = source.context.source_file or "the source"
    first = (
        f"{name}: perceive, operate, enforce. Generated from {origin} by `poet build`; edit that file, not this one."
    )
    rows = [("perceive", perceive_text(plan)), ("operate", operate_text(plan)), ("enforce", enforce_text(plan))]
    rows += [("note", note) for note in plan.notes]
    lines = [f'"""{safe(first)}', ""]
    for label, text in rows:
        lines += textwrap.wrap(safe(f"{label:<9} {text}"), 108, initial_indent="    ", subsequent_indent=" " * 14)
    return [*lines, '"""']


def safe(text: str) -> str:
    """Text that can't end or escape the docstring it stands in."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain.replace("\\", "/").replace('"', "'")


def perceive_text(plan: Plan) -> str:
    """Which arguments are checked, and what happens to others."""
    parts = [f"{name}: {contract}" for name, contract in plan.contracts.items()]
    if plan.part and "perceive" in plan.part.summary:
        parts.append(plan.part.summary["perceive"])
    if not parts and plan.reason and plan.source.kind == "async generator":
        return "nothing, for nothing can stand around an async generator"
    if not parts:
        return "no parameter has an annotation that can be checked at once"
    return "; ".join(parts) + (f" ({others_text(plan)})" if plan.contracts else "")


def others_text(plan: Plan) -> str:
    """What happens to arguments that are not as they should be."""
    how = "anything else is refused" if plan.config.perceive == "strict" else "anything else goes on as it is"
    converted = [f"`{name}`" for name, contract in plan.contracts.items() if contract.converts]
    return f"text is converted for {', '.join(converted)}; {how}" if converted else how


def operate_text(plan: Plan) -> str:
    """What became of the body, and what stands around it."""
    if plan.supplied:
        text = "a stub, supplied by the domain"
        if plan.part and "operate" in plan.part.summary:
            text += f": {plan.part.summary['operate']}"
    elif plan.reason:
        text = f"called as it is, for {plan.reason}"
    else:
        text = "the source's lines, one for one"
        if plan.part and "operate" in plan.part.summary:
            text += f" ({plan.part.summary['operate']})"
    parts = [text]
    writes = [call for call in plan.calls if call.is_write]
    reads = [call for call in plan.calls if not call.is_write]
    if reads:
        parts.append(f"{listed(reads)} repeated while {these(reads, 'it fails', 'they fail')} in a way that passes")
    if writes:
        parts.append(f"{listed(writes)} repeated only if nothing was sent, its connection being refused")
    if plan.timed:
        parts.append(f"{listed(plan.timed)} {these(plan.timed, 'gets', 'get')} what is left of the budget")
    if plan.loops:
        parts.append(f"{len(plan.loops)} {these(plan.loops, 'loop ends', 'loops end')} with the budget")
    if plan.attempts > 1:
        parts.append(f"{plan.attempts} attempts of the whole")
    if plan.timeout is not None:
        parts.append(f"{plan.timeout:g} s for all of it ({plan.mechanism})")
    parts += words_for(plan.protection, plan.defaults.failures)
    return "; ".join(parts)


def listed(calls: Sequence[Found]) -> str:
    """The names of calls, each once, in the order of the source."""
    return ", ".join(dict.fromkeys(f"`{call.name}`" for call in calls))


def these(things: Sequence[object], one: str, more: str) -> str:
    """`one` for a single thing (a call's name counts once), else `more`."""
    return one if len({getattr(thing, "name", id(thing)) for thing in things}) == 1 else more


def enforce_text(plan: Plan) -> str:
    """What the result has to be."""
    parts = [str(plan.result)] if plan.result else []
    if plan.part and "enforce" in plan.part.summary:
        parts.append(plan.part.summary["enforce"])
    shape = shape_text(plan.source) if plan.part is None else ""
    if shape and (not parts or "with" in shape):
        parts.append(shape)
    return "; ".join(parts) or "the result has no annotation that can be checked at once"
