"""Blocks that are repeated as a whole: two lines above each, and each of its lines further in.

Only here the body gets lines that the user hasn't written; `rt.Relined` takes them out of the code's line numbers.
"""

from __future__ import annotations

import ast
from typing import Final

from poetc.emit.emission import Emission
from poetc.source.nodes import flat
from poetc.wire.enhancement import Region
from poetc.wire.response import Rewrite

FURTHER: Final = " "
"""how much deeper than the one around it each of the two lines, and the block, stands"""


def with_regions(emission: Emission, lines: list[str]) -> list[str]:
    """The body's lines with what stands around its blocks."""
    inside_strings = lines_in_strings(emission) if emission.plan.regions else set()
    result = list(lines)
    for region in reversed(emission.plan.regions):
        first, last = region.place.line, region.place.end_line
        margin = margin_of(lines[first - 1])
        block = [
            line if number in inside_strings or not line.strip() else deeper(line, margin)
            for number, line in enumerate(result[first - 1 : last], first)
        ]
        result[first - 1 : last] = [*(margin + line for line in header(emission, region)), *block]
    return result


def header(emission: Emission, region: Region) -> tuple[str, str]:
    """`for again in region.tries("url"):` and `with again:`; the event loop goes on while an asynchronous one waits."""
    own = emission.names.own
    loop = "async for" if emission.source.kind in ("coroutine", "async generator") else "for"
    given = ", ".join(f'"{name}"' for name in region.given)
    return f"{loop} {own('again')} in {own('region')}.tries({given}):", f"{FURTHER}with {own('again')}:"


def margin_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def deeper(line: str, margin: str) -> str:
    """A line of a block, further in; what goes on from the line above may stand anywhere."""
    at = len(margin) if line.startswith(margin) else len(margin_of(line))
    return line[:at] + 2 * FURTHER + line[at:]


def lines_in_strings(emission: Emission) -> set[int]:
    """Lines that begin inside of a text, which would be changed by blanks before them."""
    texts = (n for n in flat(emission.source.node) if isinstance(n, ast.Constant | ast.JoinedStr))
    return {number for n in texts for number in range(n.lineno + 1, (n.end_lineno or n.lineno) + 1)}


def listed(emission: Emission, region: Region) -> Rewrite:
    """How a block is listed: its first line, before and after."""
    line = region.place.line
    before = emission.source.lines[line - 1].strip()
    loop, manager = header(emission, region)
    return Rewrite(line=line, kind="region", before=before, after=f"{loop} {manager.strip()} {before}")


def as_relined(emission: Emission) -> str:
    """The argument of `rt.relocate` that takes the lines out again; "" without blocks."""
    places = (f"({each.place.line}, {each.place.end_line})" for each in emission.plan.regions)
    return f", lines=rt.Relined({', '.join(places)})" if emission.plan.regions else ""
