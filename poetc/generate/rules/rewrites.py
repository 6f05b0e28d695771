"""The rewrites of a body: each an edit of the user's text and an entry in the metadata."""

from __future__ import annotations

import ast

from poetc.generate.rules.calls import Found
from poetc.generate.rules.checks import returns_to_check
from poetc.generate.rules.conditions import exact_test
from poetc.generate.rules.edits import Edit
from poetc.generate.rules.function import own_nodes
from poetc.generate.rules.hints import Contract
from poetc.generate.rules.plan import Plan
from poetc.wire import Rewrite


def rewrites_of(plan: Plan) -> tuple[list[Edit], list[Rewrite]]:
    """All edits of the body, with what they are listed as, in source order."""
    edits: list[Edit] = []
    listed: list[Rewrite] = []
    for found in plan.calls:
        add(retried(plan, found), edits, listed)
    if plan.guarded:
        for value in frame_depths(plan):
            add(deeper(plan, value), edits, listed)
    elif plan.result is not None:
        for statement in returns_to_check(plan.source, plan.result):
            add(enforced(plan, statement, plan.result), edits, listed)
    return edits, sorted(listed, key=lambda r: (r.line, r.kind))


def add(made: tuple[list[Edit], Rewrite], edits: list[Edit], listed: list[Rewrite]) -> None:
    """Take one rewrite in."""
    edits.extend(made[0])
    listed.append(made[1])


def retried(plan: Plan, found: Found) -> tuple[list[Edit], Rewrite]:
    """`F(ARGS)` -> `retry(F, deadline, "timeout")(ARGS)`: F, then ARGS, are evaluated once, as before."""
    function, own = found.node.func, plan.names.own
    deadline = f', {own("deadline")}, "{found.timeout}"' if plan.passes_deadline and found.timeout else ""
    opening = own("retry") + (".awaited(" if found.awaited else "(")
    text = ast.get_source_segment(plan.source.text, function) or found.name
    edits = [
        Edit(function.lineno, function.col_offset, 0, opening),
        Edit(function.end_lineno or 0, function.end_col_offset or 0, 0, f"{deadline})"),
    ]
    return edits, Rewrite(line=function.lineno, kind="retry", before=text, after=f"{opening}{text}{deadline})")


def enforced(plan: Plan, statement: ast.Return, contract: Contract) -> tuple[list[Edit], Rewrite]:
    """`return X` -> `_out = X; return _out if TEST else enforce(_out)`; X keeps its column."""
    out, enforce = plan.names.own("_out"), plan.names.own("enforce")
    tail = f"; return {out} if {exact_test(out, contract, plan.names)} else {enforce}({out})"
    text = ast.get_source_segment(plan.source.text, statement) or "return"
    edits = [
        Edit(statement.lineno, statement.col_offset, len("return"), f"{out} ="),
        Edit(statement.end_lineno or 0, statement.end_col_offset or 0, 0, tail, order=1),
    ]
    return edits, Rewrite(
        line=statement.lineno, kind="enforce", before=text, after=f"{out} ={text[len('return') :]}{tail}"
    )


def frame_depths(plan: Plan) -> list[ast.expr]:
    """Numbers in the body that mean a frame above its own: `stacklevel=2`, `warn(t, kind, 2)`, `sys._getframe(1)`."""
    found: list[ast.expr] = []
    for node in own_nodes(plan.source.node):
        if not isinstance(node, ast.Call):
            continue
        found += [k.value for k in node.keywords if k.arg == "stacklevel" and is_depth(k.value, 2)]
        match node.func:
            case _ if any(isinstance(argument, ast.Starred) for argument in node.args):
                continue
            case ast.Attribute(attr="_getframe"):
                found += [value for value in node.args[:1] if is_depth(value, 1)]
            case ast.Name(id="warn") | ast.Attribute(attr="warn", value=ast.Name(id="warnings")):
                found += [value for value in node.args[2:3] if is_depth(value, 2)]
    return found


def is_depth(value: ast.expr, least: int) -> bool:
    """Whether a number means a frame further up; `least` is the first that does."""
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value >= least


def deeper(plan: Plan, value: ast.expr) -> tuple[list[Edit], Rewrite]:
    """`N` -> `N + 1`: there is one frame more between the body and its caller."""
    text = ast.unparse(value)
    edits = [Edit(value.end_lineno or 0, value.end_col_offset or 0, 0, " + 1")]
    return edits, Rewrite(line=value.lineno, kind="frame", before=text, after=f"{text} + 1")
