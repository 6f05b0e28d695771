"""An entry and the arguments of a call → the effect of that call, and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Final

from poetc.effects.entry import Entry, Rule
from poetc.effects.inference import Inference, called_name
from poetc.effects.scope import Scope
from poetc.effects.sql import HOLE, is_pure_function, sql_effect
from poetc.effects.things import TEXT
from poetc.ir.effect import Effect, worst
from poetc.source.nodes import flat

_WRAPPERS: Final = frozenset({"sqlalchemy.text", "psycopg.sql.SQL", "psycopg2.sql.SQL", "textwrap.dedent"})
"""what a text may be wrapped in"""
_FUNCTIONS: Final = "sqlalchemy.func."
_WRITING: Final = "sqlalchemy.Writing"
_TEXTS: Final = frozenset({"sqlalchemy.text", "sqlalchemy.literal_column"})
"""what puts SQL as it is into a statement"""
_PERCENT: Final = re.compile(r"%(?:\(\w*\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")
_BRACES: Final = re.compile(r"\{[^{}]*\}")
"""where values are filled into a text"""
_VALUE: Final = re.compile(
    r"""(\b(from|join|table|exists|on|like|limit|offset|and|or|between)\s+|[=<>(,.'"`]\s*)\Z""", re.IGNORECASE
)
"""what stands before a place for the name of a table, or for a value"""
_OPENING: Final = re.compile(r"""--|/\*|[#'"`\\$]""")
"""what may begin a quotation or a comment in a text that isn't always added"""
_DEEPEST: Final = 4
_LONGEST: Final = 200
"""parts of one text that are looked at"""


def conditional_effect(
    node: ast.Call, entry: Entry, inference: Inference, scope: Scope
) -> tuple[Effect, str, tuple[str, ...] | None]:
    """(effect, why, what of the reply is the same the second time) of a call of `entry` with these arguments."""
    for number, rule in enumerate(entry.when):
        if rule.argument == "self":
            given, argument = True, node.func.value if isinstance(node.func, ast.Attribute) else None
        else:
            given, argument = find_argument(node, rule.argument, rule.at)
        if not given and rule.test != "mentions":
            effect = worst(entry.effect, *(each.effect for each in entry.when[number:]))
            return effect, f"`{rule.argument}=` decides, and it may be among the starred arguments", ()
        found = _HOLDS[rule.test](rule, argument, inference, scope)
        if found is not None:
            return found, _because(rule, found), rule.same
    return entry.effect, "", entry.same


def find_argument(node: ast.Call, name: str, at: int | None) -> tuple[bool, ast.expr | None]:
    """(whether it is clear what is given, the argument or None)."""
    for keyword in node.keywords:
        if keyword.arg == name:
            return True, keyword.value
    starred = next((i for i, argument in enumerate(node.args) if isinstance(argument, ast.Starred)), len(node.args))
    if at is not None and at < starred:
        return True, node.args[at]
    spread = any(keyword.arg is None for keyword in node.keywords)
    return not spread and (at is None or starred == len(node.args)), None


def literal_text(node: ast.expr | None, inference: Inference, scope: Scope, depth: int = 0) -> str | None:
    """A text as far as the source tells, `HOLE` for what is filled in; None if it isn't one."""
    waiting = [node]
    parts: list[str] = []
    while waiting:
        part = waiting.pop()
        if len(parts) > _LONGEST:
            return None
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            parts.append(part.value)
        elif isinstance(part, ast.JoinedStr):
            waiting += part.values[::-1]
        elif isinstance(part, ast.FormattedValue):
            parts.append(HOLE)
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            waiting += [part.right, part.left]
        elif isinstance(part, ast.Call) and part.args and _called(part, inference, scope) in _WRAPPERS:
            waiting.append(part.args[0])
        else:
            text = _filled_text(part, inference, scope, depth) or _named_text(part, inference, scope, depth)
            text = text or _told_text(part, inference, scope)
            if text is None and (not parts or part is node):
                return None
            parts.append(HOLE if text is None else text)
    return "".join(parts)


def _filled_text(node: ast.expr | None, inference: Inference, scope: Scope, depth: int) -> str | None:
    """`text % values` and `text.format(...)` with a `HOLE` for each value; `text.strip()` as it is."""
    match node:
        case ast.BinOp(op=ast.Mod(), left=whole):
            places, doubled = _PERCENT, "%%"
        case ast.Call(func=ast.Attribute(attr="format", value=whole)):
            places, doubled = _BRACES, "{{"
        case ast.Call(func=ast.Attribute(attr="strip", value=whole), args=[]):
            return literal_text(whole, inference, scope, depth + 1) if depth < _DEEPEST else None
        case _:
            return None
    text = literal_text(whole, inference, scope, depth + 1) if depth < _DEEPEST else None
    if text is None or doubled in text:
        return None
    filled = places.sub(HOLE, text)
    return filled if all(_VALUE.search(before) for before in filled.split(HOLE)[:-1]) else None


def _called(call: ast.Call, inference: Inference, scope: Scope) -> str:
    """The name of what is called, as the catalogue spells it."""
    return inference.catalogue.canonical(called_name(inference.value(call.func, scope)) or "")


def _named_text(node: ast.expr | None, inference: Inference, scope: Scope, depth: int) -> str | None:
    """The text of a name that is bound once, to a literal, and may grow by others."""
    if not isinstance(node, ast.Name) or depth > _DEEPEST:
        return None
    if scope.home_of(node.id) is None:
        return None if node.id in inference.rebound else inference.names.constants.get(node.id)
    bindings = scope.bindings_of(node)
    values = [binding.expr for binding in bindings if binding.how == "value" and binding.expr is not None]
    grown = [added for value in values if (added := _added(value, node.id)) is not None]
    first = [value for value in values if _added(value, node.id) is None]
    if len(values) != len(bindings) or len(first) != 1 or isinstance(first[0], ast.Name):
        return None
    text = literal_text(first[0], inference, scope, depth + 1)
    pieces = [literal_text(added, inference, scope, depth + 1) for added in grown]
    known = [piece for piece in pieces if piece is not None and not _OPENING.search(piece)]
    if text is None or len(known) < len(pieces) or not _are_apart([text, *known]):
        return None
    return "".join([text, *known])


def _told_text(node: ast.expr | None, inference: Inference, scope: Scope) -> str | None:
    """The text of a constant, of a module or a class, or of what a function of the project gives."""
    match node:
        case ast.Call(func=func):
            name = f"{called_name(inference.value(func, scope)) or ''}()"
        case ast.Attribute(value=of, attr=attribute):
            name = f"{inference.value(of, scope).name}.{attribute}"
        case ast.Name():
            name = inference.dotted(node, scope)
        case _:
            return None
    return inference.names.things.get(f"{TEXT}{name}") if name[:1] not in ("", ".", "(") else None


def _are_apart(pieces: list[str]) -> bool:
    """Whether no two pieces make one word, whichever of them are added."""
    return all(piece[:1].isspace() for piece in pieces[1:]) or all(piece[-1:].isspace() for piece in pieces[:-1])


def _added(value: ast.expr, name: str) -> ast.expr | None:
    """What is added to a text that a name stands for already: by `name += x` or `name = name + x`."""
    match value:
        case ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=right) if left == name:
            return right
    return None


def is_none(argument: ast.expr | None) -> bool:
    """Whether an argument isn't given, or is a literal None."""
    return argument is None or (isinstance(argument, ast.Constant) and argument.value is None)


def _given(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    return None if is_none(argument) else rule.effect


def _missing(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    return rule.effect if is_none(argument) else None


def _true(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    return rule.effect if isinstance(argument, ast.Constant) and argument.value is True else None


def _is(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    text = literal_text(argument, inference, scope)
    return rule.effect if text is not None and text.upper() in rule.values else None


def _letters(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    text = literal_text(argument, inference, scope)
    return rule.effect if text is not None and set(text) <= set(rule.values[0]) else None


def _class(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    value = inference.value(argument, scope) if argument is not None else None
    if argument is None or value is None or value.kind != "obj" or value.assumed:
        return None
    if not inference.catalogue.is_a(value.name, rule.values):
        return None
    if isinstance(argument, ast.Name) and argument.id in inference.kept_in:
        return None  # changed since it was made
    return rule.effect if rule.effect != Effect.READ or only_computes(argument, inference, scope) else Effect.UNKNOWN


def only_computes(statement: ast.expr, inference: Inference, scope: Scope) -> bool:
    """Whether no part of a statement calls a function of the database that may write; names are followed."""
    waiting, seen = [statement], set[int]()
    while waiting:
        expr = waiting.pop()
        if id(expr) in seen:
            continue
        seen.add(id(expr))
        for node in flat(expr):
            if isinstance(node, ast.Name):
                waiting += [b.expr for b in scope.bindings_of(node) if b.how == "value" and b.expr is not None]
            elif isinstance(node, ast.Call) and not _computes(node, inference, scope):
                return False
    return True


def _computes(call: ast.Call, inference: Inference, scope: Scope) -> bool:
    """Whether a call within a statement stands for something that computes: `func.count()`, text that reads."""
    name = _called(call, inference, scope)
    if name.startswith(_FUNCTIONS):
        return is_pure_function(name.rpartition(".")[2])
    if name in _TEXTS:
        text = literal_text(call.args[0] if call.args else None, inference, scope)
        return text is not None and Effect.READ in (sql_effect(text), sql_effect(f"SELECT 1 FROM t WHERE {text}"))
    entry = inference.catalogue.get(name)
    return entry is None or entry.returns != _WRITING  # `select(insert(...).returning(...).cte())` inserts


def _untext(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    """An object that isn't known to be text."""
    if argument is None or literal_text(argument, inference, scope) is not None:
        return None
    value = inference.value(argument, scope)
    return None if value.kind == "obj" and value.name == "builtins.str" else rule.effect


def _mentions(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    return None if inference.walk.texts.isdisjoint(rule.values) else rule.effect


def _without(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    if isinstance(argument, ast.Name) and argument.id not in inference.kept_in and _is_used_once(argument, inference):
        bound = scope.bindings_of(argument)
        argument = bound[0].expr if len(bound) == 1 and bound[0].how == "value" else None
    if not isinstance(argument, ast.List | ast.Tuple):
        return None
    keys = [key for part in argument.elts for key in (part.keys if isinstance(part, ast.Dict) else [None])]
    said = [key.value if isinstance(key, ast.Constant) else None for key in keys]
    return None if None in said or not set(rule.values).isdisjoint(said) else rule.effect


def _is_used_once(name: ast.Name, inference: Inference) -> bool:
    """Whether nothing else gets what a name stands for: it could put more into it."""
    walk = inference.walk
    used = [binding.expr for binding in walk.bindings] + [value for _, _, value, _ in walk.stores]
    roots = [*(expr for expr in used if expr is not None), *(call for call, _ in walk.calls)]
    return {id(node) for node in flat(*roots) if isinstance(node, ast.Name) and node.id == name.id} == {id(name)}


def _sql(rule: Rule, argument: ast.expr | None, inference: Inference, scope: Scope) -> Effect | None:
    text = literal_text(argument, inference, scope)
    return None if text is None else sql_effect(text)


_HOLDS: Final[dict[str, Callable[[Rule, ast.expr | None, Inference, Scope], Effect | None]]] = {
    "given": _given,
    "missing": _missing,
    "true": _true,
    "is": _is,
    "letters": _letters,
    "class": _class,
    "untext": _untext,
    "mentions": _mentions,
    "without": _without,
    "sql": _sql,
}


def _because(rule: Rule, effect: str) -> str:
    what = {
        "given": f"`{rule.argument}=` is given",
        "missing": f"`{rule.argument}=` is not given",
        "sql": "by the statement's first words",
        "untext": f"nobody knows that `{rule.argument}` is text",
        "mentions": f"`{rule.argument}=` may be a condition, which a second one doesn't fulfil",
    }
    return what.get(rule.test, f"by its `{rule.argument}`")
