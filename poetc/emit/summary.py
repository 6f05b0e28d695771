"""The comment above a generated function: what it is, and what each phase does here."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from poetc.emit.emission import Emission
from poetc.emit.protection import words_for
from poetc.source.shapes import shape_text
from poetc.wire.enhancement import Call, Region


def summary(emission: Emission) -> list[str]:
    """The comment's lines."""
    source = emission.source
    qualname = source.qualname.replace(".<locals>", "")
    name = f"{source.context.module_path}.{qualname}" if source.context.module_path else qualname
    rows = [
        ("perceive", perceive_text(emission)),
        ("operate", operate_text(emission)),
        ("enforce", enforce_text(emission)),
    ]
    rows += [("note", note) for note in emission.plan.notes]
    lines = [f"# {safe(name)}", "#"]
    for label, text in rows:
        lines += textwrap.wrap(safe(f"{label:<9} {text}"), 98, initial_indent="#   ", subsequent_indent="#" + " " * 13)
    return lines


def safe(text: str) -> str:
    """Text that stays on its line, as it is seen."""
    return "".join(c if c.isprintable() else "?" for c in text)


def perceive_text(emission: Emission) -> str:
    """Which arguments are checked, and what happens to others."""
    parts = [f"{name}: {contract}" for name, contract in emission.contracts.items()]
    if said := said_of(emission, "perceive"):
        parts.append(said)
    if not parts and emission.reason and emission.source.kind == "async generator":
        return "nothing, for nothing can stand around an async generator"
    if not parts:
        return "no parameter has an annotation that can be checked at once"
    return "; ".join(parts) + (f" ({others_text(emission)})" if emission.contracts else "")


def others_text(emission: Emission) -> str:
    """What happens to arguments that are not as they should be."""
    how = "anything else is refused" if emission.plan.perceive == "strict" else "anything else goes on as it is"
    converted = [f"`{name}`" for name, contract in emission.contracts.items() if contract.converts]
    return f"text is converted for {', '.join(converted)}; {how}" if converted else how


def operate_text(emission: Emission) -> str:
    """What became of the body, and what stands around it."""
    if emission.supplied:
        text = "a stub, supplied by the domain"
        if said := said_of(emission, "operate"):
            text += f": {said}"
    elif emission.reason:
        text = f"called as it is, for {emission.reason}"
    else:
        text = "the source's lines, one for one"
        if said := said_of(emission, "operate"):
            text += f" ({said})"
    plan = emission.plan
    parts = [text, *firsts([call for call in plan.calls if call.is_first])]
    writes = [call for call in plan.calls if call.is_write]
    reads = [call for call in plan.calls if not call.is_write and not call.is_first]
    if reads:
        parts.append(f"{listed(reads)} repeated while {these(reads, 'it fails', 'they fail')} in a way that passes")
    if writes:
        parts.append(f"{listed(writes)} repeated only if nothing was sent, its connection being refused")
    if plan.regions:
        parts.append(f"{blocks(plan.regions)} repeated as a whole while what was opened fails in a way that passes")
    if plan.timed:
        parts.append(f"{listed(plan.timed)} {these(plan.timed, 'gets', 'get')} what is left of the budget")
    if plan.loops:
        parts.append(f"{len(plan.loops)} {these(plan.loops, 'loop ends', 'loops end')} with the budget")
    if plan.attempts > 1:
        parts.append(f"{plan.attempts} attempts of the whole")
    if emission.timeout is not None:
        parts.append(f"{emission.timeout:g} s for all of it ({emission.mechanism})")
    parts += words_for(plan)
    return "; ".join(parts)


def firsts(calls: list[Call]) -> list[str]:
    """What is said of reads by sessions from outside."""
    whose = these(calls, "its session", "their sessions")
    return [f"{listed(calls)} repeated on a stale connection if {whose} had begun nothing"] if calls else []


def said_of(emission: Emission, phase: str) -> str:
    """What the domain says of a phase."""
    return next((said for about, said in emission.plan.summary if about == phase), "")


def listed(calls: Sequence[Call]) -> str:
    """The names of calls, each once, in the order of the source."""
    return ", ".join(dict.fromkeys(f"`{call.name}`" for call in calls))


def blocks(regions: Sequence[Region]) -> str:
    """Blocks, by what they open."""
    opened = dict.fromkeys(f"`{name}`" for region in regions for name in region.opened)
    return f"the {these(regions, 'block', 'blocks')} around {', '.join(opened)}"


def these(things: Sequence[object], one: str, more: str) -> str:
    """`one` for a single thing (a call's name counts once), else `more`."""
    return one if len({getattr(thing, "name", id(thing)) for thing in things}) == 1 else more


def enforce_text(emission: Emission) -> str:
    """What the result has to be."""
    parts = [str(emission.result)] if emission.result else []
    if said := said_of(emission, "enforce"):
        parts.append(said)
    shape = shape_text(emission.source) if not (emission.plan.steps or emission.plan.summary) else ""
    if shape and (not parts or "with" in shape):
        parts.append(shape)
    return "; ".join(parts) or "the result has no annotation that can be checked at once"
