"""The rewrites of a body: each an edit of the user's text and an entry in the metadata."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from poetc.emit.conditions import exact_test
from poetc.emit.edits import Edit, edited
from poetc.emit.emission import Emission
from poetc.emit.regions import listed as region_listed
from poetc.ir.source import Span
from poetc.wire.enhancement import Call, Contract
from poetc.wire.response import Rewrite

LOOPS: Final[tuple[type[ast.For | ast.AsyncFor | ast.While], ...]] = (ast.For, ast.AsyncFor, ast.While)
TIMED_METHODS: Final = (None, "", "unsent", "fresh", "entered", "iterated")
"""methods of `rt.Retry` that pass a limit on; an event loop cancels what the others call"""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One rewrite: what it puts around or in place of the text of `node`."""

    kind: str
    node: ast.AST
    edits: tuple[Edit, ...]

    @property
    def begin(self) -> tuple[int, int]:
        return getattr(self.node, "lineno", 0), getattr(self.node, "col_offset", 0)

    @property
    def end(self) -> tuple[int, int]:
        return getattr(self.node, "end_lineno", 0), getattr(self.node, "end_col_offset", 0)

    def holds(self, other: Made) -> bool:
        """Whether the other one is inside of this one's text, or is this one."""
        return self.begin <= other.begin and other.end <= self.end


def rewrites_of(emission: Emission) -> tuple[list[Edit], list[Rewrite]]:
    """All edits of the body, with what they are listed as, in source order."""
    plan, repeaters = emission.plan, emission.repeaters
    made = [retried(emission, call, repeaters) for call in plan.calls]
    made += [timed(emission, call) for call in plan.timed]
    made += [checked(emission, place) for place in plan.loops]
    made += [deeper(emission, place) for place in plan.frames]
    if plan.result is not None:
        made += [enforced(emission, place, plan.result) for place in plan.returns]
    listed = [listing(emission, each, inner) for each, inner in zip(made, inside(made), strict=True)]
    listed += [region_listed(emission, each) for each in plan.regions]
    return [edit for each in made for edit in each.edits], sorted(listed, key=lambda r: (r.line, r.kind))


def inside(made: list[Made]) -> Iterator[list[Made]]:
    """What each of them holds, in the order of `made`, looked for only where it can stand: there may be thousands."""
    placed = sorted(enumerate(made), key=lambda row: row[1].begin)
    begins = [each.begin for _, each in placed]
    for each in made:
        near = placed[bisect_left(begins, each.begin) : bisect_right(begins, each.end)]
        yield [other for _, other in sorted((row for row in near if each.holds(row[1])), key=lambda row: row[0])]


def listing(emission: Emission, made: Made, inner: list[Made]) -> Rewrite:
    """How a rewrite is listed: its text before, and after all that was changed in it."""
    (line, column), (end_line, end_column) = made.begin, made.end
    if made.kind == "frame":
        before = ast.unparse(made.node)
        return Rewrite(line=line, kind=made.kind, before=before, after=f"{before} + {emission.frames}")
    edits = [edit for each in inner for edit in each.edits]
    lines = emission.source.lines[line - 1 : end_line]
    after = edited(lines, [replace(edit, line=edit.line - line + 1) for edit in edits])
    grown = sum(len(e.text.encode()) - e.removed for e in edits if e.line == end_line)
    return Rewrite(
        line=line,
        kind=made.kind,
        before=between(lines, column, end_column),
        after=between(after, column, end_column + grown),
    )


def between(lines: list[str], first: int, last: int) -> str:
    """Lines from a byte of the first to a byte of the last."""
    data = [line.encode() for line in lines]
    data[-1] = data[-1][:last]
    data[0] = data[0][first:]
    return b"\n".join(data).decode()


def around(kind: str, node: ast.expr, opening: str, closing: str) -> Made:
    """Text before and behind an expression; of two that begin at one place, the longer one's stands further left."""
    line, column = node.end_lineno or 0, node.end_col_offset or 0
    edits = (
        Edit(node.lineno, node.col_offset, 0, opening, order=-(line * 1_000_000 + column)),
        Edit(line, column, 0, closing),
    )
    return Made(kind, node, edits)


def retried(emission: Emission, call: Call, repeaters: Mapping[tuple[tuple[str, ...], str], str]) -> Made:
    """`F(ARGS)` -> `retry(F, deadline, "timeout")(ARGS)`: F, then ARGS, are evaluated once, as before.

    Without a budget of its own, the call takes that of an enhanced call around it: `retry(F, None, "timeout")`. So does
    one that another function makes, to which F is handed: `submit(F, u)` -> `submit(retry(F, None, "timeout"), u)`.
    """
    method = f".{call.method}" if call.method else ""
    opening = f"{repeaters[emission.repeater(call)]}{method}("
    closing = f"{limit_arguments(emission, call)})"
    if call.where == "handed":
        return around("retry", emission.node(call.place, ast.expr), opening, closing)
    return around("retry", emission.node(call.place, ast.Call).func, opening, closing)


def timed(emission: Emission, call: Call) -> Made:
    """`F(ARGS)` -> `deadline.passed_to(F, "timeout")(ARGS)`."""
    arguments = limit_arguments(emission, call).partition(", ")[2].partition(", ")[2]
    node = emission.node(call.place, ast.Call)
    return around("timeout", node.func, f"{emission.names.own('deadline')}.passed_to(", f", {arguments})")


def limit_arguments(emission: Emission, call: Call) -> str:
    """The arguments behind F: the deadline, the parameter that takes what is left of it, and its unit."""
    if call.timeout is None or call.method not in TIMED_METHODS:
        return ""
    passed = emission.passes_deadline and emission.source.kind == "sync" and call.where == "own"
    deadline = emission.names.own("deadline") if passed else "None"
    scale = f", {call.scale}" if call.scale is not None else ""
    return f', {deadline}, "{call.timeout}"{scale}'


def checked(emission: Emission, place: Span) -> Made:
    """`for x in ITEMS` -> `for x in deadline.over(ITEMS)`, `while TEST` -> `while deadline.lasts() and (TEST)`."""
    deadline, loop = emission.names.own("deadline"), emission.node(place, LOOPS)
    if isinstance(loop, ast.While):
        return around("deadline", loop.test, f"{deadline}.lasts() and (", ")")
    method = "over_async" if isinstance(loop, ast.AsyncFor) else "over"
    return around("deadline", loop.iter, f"{deadline}.{method}(", ")")


def enforced(emission: Emission, place: Span, contract: Contract) -> Made:
    """`return X` -> `_out = X; return _out if TEST else enforce(_out)`; X keeps its column."""
    statement = emission.node(place, ast.Return)
    out, enforce = emission.names.own("_out"), emission.names.own("enforce")
    tail = f"; return {out} if {exact_test(out, contract, emission.names)} else {enforce}({out})"
    edits = (
        Edit(statement.lineno, statement.col_offset, len("return"), f"{out} ="),
        Edit(statement.end_lineno or 0, statement.end_col_offset or 0, 0, tail, order=1),
    )
    return Made("enforce", statement, edits)


def deeper(emission: Emission, place: Span) -> Made:
    """`N` -> `N + 1`: there is one frame more between the body and its caller, or some."""
    value = emission.node(place, ast.expr)
    return Made("frame", value, (Edit(place.end_line, place.end_column, 0, f" + {emission.frames}"),))
