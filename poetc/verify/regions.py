"""Blocks that are repeated as a whole, in the moved body: what stands around them, and what it does to lines."""

from __future__ import annotations

import ast
from typing import Final

from poetc.ir import Span
from poetc.verify.written import Written

ABOVE: Final = 2
"""lines that stand above a block: the loop, and the `with`"""


def opened_block(written: Written, node: ast.stmt) -> tuple[list[ast.stmt], tuple[object, ...]] | None:
    """The statements in `for again in region.tries(...): with again: ...`, with what is to be noted; None: no such."""
    kind = ast.AsyncFor if written.unit.site.kind in ("coroutine", "async generator") else ast.For
    match node:
        case (
            ast.For(
                target=ast.Name(id=again),
                iter=ast.Call(func=ast.Attribute(value=ast.Name(id=region), attr="tries"), args=given, keywords=[]),
                body=[ast.With(items=[ast.withitem(context_expr=ast.Name(id=same), optional_vars=None)], body=body)],
                orelse=[],
            )
            | ast.AsyncFor(
                target=ast.Name(id=again),
                iter=ast.Call(func=ast.Attribute(value=ast.Name(id=region), attr="tries"), args=given, keywords=[]),
                body=[ast.With(items=[ast.withitem(context_expr=ast.Name(id=same), optional_vars=None)], body=body)],
                orelse=[],
            )
        ):
            is_own = again == same and again not in written.mentioned and again not in written.objects
            names = [each.value for each in given if isinstance(each, ast.Constant)]
            if is_own and isinstance(node, kind) and region in written.made("Region") and len(names) == len(given):
                return body, ("region", (body[-1].end_lineno or 0) - body[0].lineno, *names)
    return None


def wanted_blocks(written: Written) -> list[tuple[object, ...]]:
    """What `opened_block` has to note of the plan's regions, each behind the line of the function."""
    regions = written.plan.regions
    return [(r.place.line, "region", r.place.end_line - r.place.line, *r.given) for r in regions]


def user_line(written: Written, line: int) -> int:
    """The function's own line, from 1, of a line of the moved body that counts from its header; what stands above a
    block counts as that block's first line."""
    added = 0
    for region in written.plan.regions:
        if line < region.place.line + added:
            break
        if line < region.place.line + added + ABOVE:
            return region.place.line
        added += ABOVE
    return line - added


def written_line(written: Written, line: int) -> int:
    """The reverse of `user_line`."""
    return line + ABOVE * sum(region.place.line <= line for region in written.plan.regions)


def is_in_block(written: Written, line: int) -> bool:
    """Whether a line of the function is one of a block's."""
    return any(region.place.line <= line <= region.place.end_line for region in written.plan.regions)


def are_relined(written: Written) -> bool:
    """Whether `rt.relocate` is told just the places of the plan's blocks."""
    told: list[tuple[object, ...]] = []
    for keyword in written.relocated.keywords if written.relocated is not None else ():
        match keyword:
            case ast.keyword(arg="lines", value=ast.Call(func=ast.Attribute(attr="Relined"), args=args, keywords=[])):
                told += [tuple(getattr(each, "value", None) for each in getattr(a, "elts", ())) for a in args]
            case _:
                return False
    wanted = [lines_of(region.place) for region in written.plan.regions]
    has_one = written.relocated is not None and bool(written.relocated.keywords)
    return told == wanted and (has_one == bool(wanted))


def lines_of(place: Span) -> tuple[int, int]:
    """First and last line of a place."""
    return place.line, place.end_line
