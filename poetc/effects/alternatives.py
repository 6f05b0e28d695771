"""One of a few things, nobody knows which: what is known of all of them together.

A call of one of them has the worst effect, and what its entries agree on.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from poetc.effects.entry import Entry
from poetc.effects.values import NOTHING, Value, merge_values
from poetc.ir.effect import worst
from poetc.source.nodes import flat, own_nodes

if TYPE_CHECKING:
    from poetc.effects.inference import Inference
    from poetc.effects.scope import Scope


def merged_entry(entries: Sequence[Entry | None]) -> Entry | None:
    """What is known of a call that is one of several; None where nothing is known of one."""
    known = [entry for entry in entries if entry is not None]
    first = known[0] if known else None
    if first is None or len(known) < len(entries):
        return None
    if len({(each.form, each.begins, each.runs, each.enters, each.invokes, each.awaits) for each in known}) > 1:
        return None  # they use what they are given in different ways
    limits = {(entry.timeout, entry.unit, entry.timeout_at, entry.via_kwargs) for entry in known}
    ways = {(entry.host, entry.refusal) for entry in known}
    return replace(
        first,
        name=" | ".join(sorted({entry.name for entry in known})),
        effect=worst(*(entry.effect for entry in known)),
        timeout=first.timeout if len(limits) == 1 else None,
        transient=tuple(sorted({error for entry in known for error in entry.transient})),
        late=(),
        late_if="",
        late_reads=(),
        fresh=any(entry.fresh for entry in known),
        unsent=all(entry.unsent for entry in known),
        retry_after=any(entry.retry_after for entry in known),
        host=first.host if len(ways) == 1 else (),
        refusal=first.refusal if len(ways) == 1 else None,
        returns=None,
        when=(),
        gives=first.gives if len({entry.gives for entry in known}) == 1 else "",
    )


def told_apart(body: Sequence[ast.AST]) -> dict[int, ast.expr]:
    """id of a name where it is read → the class of which a condition around it says that it is an object."""
    found: dict[int, ast.expr] = {}
    nodes = flat(*body)
    elsewhere = {name for node in nodes if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names}
    for node in nodes:
        match node:
            case ast.If(test=ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), cls], keywords=[])):
                inside = own_nodes(node.body)
                names = [each for each in inside if isinstance(each, ast.Name) and each.id == name]
                if name not in elsewhere and all(isinstance(each.ctx, ast.Load) for each in names):
                    found.update((id(each), cls) for each in names)
    return found


def narrowed(inference: Inference, value: Value, cls: ast.expr, scope: Scope) -> Value:
    """What something is known to be that is an object of a class, or of one of several."""
    said = NOTHING
    for each in cls.elts if isinstance(cls, ast.Tuple) else [cls]:
        said = merge_values(said, inference.annotated(each, scope))
    return value if said.kind in ("unknown", "nothing") else said
