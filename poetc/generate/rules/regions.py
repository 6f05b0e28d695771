"""Blocks that are repeated as a whole: those that `effects.blocks` has found, where lines can be put around them."""

from __future__ import annotations

from poetc.effects import Block, Effects, opens
from poetc.effects.ownretries import repeated_by_loop, repeater_of
from poetc.ir.policy import Policy
from poetc.source.function import FunctionSource
from poetc.source.imports import read_imports
from poetc.wire.enhancement import Region


def regions_to_repeat(source: FunctionSource, config: Policy, effects: Effects) -> tuple[Region, ...]:
    """The blocks to repeat, but for those that the user's own code repeats."""
    if config.retries == 0 or source.is_one_line or not effects.blocks:
        return ()
    if repeater_of(source.node, read_imports(source.context.imports)) is not None:
        return ()
    openers = [call.node for call in effects.calls if opens(call)]
    looped = repeated_by_loop(source.node, openers)
    taken = {node.lineno for node in openers if id(node) in looped}
    return tuple(
        Region(place=each.place, opened=each.opened, transient=each.transient, given=each.given)
        for each in effects.blocks
        if has_own_lines(source, each) and taken.isdisjoint(range(each.place.line, each.place.end_line + 1))
    )


def has_own_lines(source: FunctionSource, block: Block) -> bool:
    """Whether nothing else stands on a block's first and last line, nor goes on from the one above."""
    place, lines = block.place, source.lines
    before = lines[place.line - 1].encode()[: place.column]
    behind = lines[place.end_line - 1].encode()[place.end_column :].strip()
    above = lines[place.line - 2] if place.line > 1 else ""
    return not before.strip(b" \t") and behind[:1] in (b"", b"#") and not above.endswith("\\")
