"""Calls that aren't written as calls: of a callable that is handed to what calls it, and of a `functools.partial`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from poetc.source.nodes import flat

if TYPE_CHECKING:
    from poetc.effects.entry import Entry
    from poetc.effects.inference import Inference
    from poetc.effects.scope import Scope


def called_by(inference: Inference, call: ast.Call, entry: Entry, scope: Scope) -> ast.Call | None:
    """The call that `call`, of `entry`, makes of the callable it is given: `F(u)` for `submit(F, u)`.

    None if that isn't clear, and where what repeats can't stand in the callable's place: an executor may send it to
    another process. Of what calls it with items, each argument is one of them.
    """
    at = int(entry.invokes[0]) if entry.runs and entry.invokes else -1
    before, rest = call.args[:at], call.args[at + 1 :]
    if not 0 <= at < len(call.args) or any(isinstance(each, ast.Starred) for each in call.args[: at + 1]):
        return None
    if not all(_is_executor(inference, each, scope) for each in before):
        return None
    if entry.runs == "items":
        rest = [each if isinstance(each, ast.Starred) else _item(each) for each in rest]
    keywords = call.keywords if entry.runs == "rest" else []
    return _kept(inference, call, ast.copy_location(ast.Call(call.args[at], rest, keywords), call.args[at]))


def unbound(inference: Inference, call: ast.Call, scope: Scope) -> ast.Call | None:
    """The call that calling a `functools.partial` makes, with all its arguments; None if that isn't clear."""
    made = _made(inference, call.func, scope)
    if made is None or any(isinstance(each, ast.Starred) for each in made.args):
        return None
    given = {keyword.arg for keyword in call.keywords}
    if made.keywords and None in given:
        return None  # any of them may be replaced
    keywords = [each for each in made.keywords if each.arg not in given]
    meant = ast.Call(made.args[0], [*made.args[1:], *call.args], [*keywords, *call.keywords])
    return _kept(inference, call, ast.copy_location(meant, call))


def _made(inference: Inference, expr: ast.expr, scope: Scope) -> ast.Call | None:
    """The call of `functools.partial` that made what an expression is."""
    if isinstance(expr, ast.Name) and expr.id not in inference.kept_in:
        bindings = scope.bindings_of(expr)
        if len(bindings) != 1 or bindings[0].how != "value" or not isinstance(bindings[0].expr, ast.Call):
            return None
        expr, home = bindings[0].expr, bindings[0].scope
        names = [node for part in expr.args[1:] for node in flat(part) if isinstance(node, ast.Name)]
        if home is not scope and (names or any(isinstance(n, ast.Name) for k in expr.keywords for n in flat(k))):
            return None  # in another scope they may mean something else
        scope = home
    if not isinstance(expr, ast.Call) or not expr.args:
        return None
    return expr if inference.value(expr.func, scope).name == "functools.partial" else None


def _is_executor(inference: Inference, expr: ast.expr, scope: Scope) -> bool:
    """Whether an argument in front of a callable is None, or what calls it in a thread of this process."""
    if isinstance(expr, ast.Constant):
        return expr.value is None
    value = inference.value(expr, scope)
    entry = inference.catalogue.get(f"{value.name}.submit") if value.kind == "obj" else None
    return entry is not None and bool(entry.runs)


def _item(expr: ast.expr) -> ast.expr:
    """One of the items of an expression."""
    return ast.copy_location(ast.Subscript(expr, ast.Constant(0), ast.Load()), expr)


def _kept(inference: Inference, call: ast.Call, meant: ast.Call) -> ast.Call:
    """A call that isn't written, once for each that is; what is known of nodes is known by their identity."""
    return inference.meant.setdefault(id(call), meant)
