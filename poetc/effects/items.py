"""What is in something: items of iterables, what mappings hold, results of what is awaited."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from poetc.effects.entry import Entry
from poetc.effects.meant import called_by
from poetc.effects.reading import BLANK
from poetc.effects.values import LATER, NOTHING, UNKNOWN, Value, awaited, class_value, instance, later, merge_values

if TYPE_CHECKING:
    from poetc.effects.inference import Inference
    from poetc.effects.scope import Scope

_ITERABLE: Final = "collections.abc.Iterable"
_COPIES: Final = frozenset(
    {"builtins.frozenset", "builtins.list", "builtins.reversed", "builtins.set", "builtins.sorted", "builtins.tuple"}
)
"""calls that give the items of what they are given"""


def item_of(inference: Inference, value: Value) -> Value:
    """One of the items of something."""
    if value.kind != "obj":
        return NOTHING if value.kind == "nothing" else UNKNOWN
    cls = value.item or inference.catalogue.item(value.name)
    return class_value(cls) if cls else UNKNOWN


def held_by(inference: Inference, value: Value) -> Value:
    """What `value[...]` gives."""
    return class_value(value.held) if value.held else item_of(inference, value)


def part_of(inference: Inference, expr: ast.expr, index: int, scope: Scope) -> Value:
    """The part at `index` of each item of `expr`: of enumerate, zip and the items of a mapping."""
    if not isinstance(expr, ast.Call):
        return UNKNOWN
    callee = inference.value(expr.func, scope)
    if callee.kind == "nothing":
        return NOTHING
    if callee.name == "builtins.enumerate" and expr.args:
        counted = instance("builtins.int")
        return counted if index == 0 else item_of(inference, inference.value(expr.args[0], scope))
    if callee.name == "builtins.zip" and index < len(expr.args):
        return item_of(inference, inference.value(expr.args[index], scope))
    if callee.kind == "member" and callee.name.endswith(".items") and isinstance(expr.func, ast.Attribute):
        whole = inference.value(expr.func.value, scope)
        return (item_of if index == 0 else held_by)(inference, whole)
    return UNKNOWN


def result_of(inference: Inference, node: ast.Call, entry: Entry, scope: Scope, depth: int) -> Value:
    """What a known call gives, with what is in it as far as its arguments tell."""
    if entry.returns == "@called":
        called = called_by(inference, node, entry, scope)
        return UNKNOWN if called is None else inference.value(called, scope, depth)
    if entry.enters and node.args:
        return inference.entered(node.args[0], scope)
    if entry.returns == "@0":
        given = inference.value(node.args[0], scope, depth) if node.args else UNKNOWN
        return awaited(given) if entry.form == "await" else given
    if entry.name == "functools.partial" and node.args:
        return partial(inference.value(node.args[0], scope, depth))
    if entry.returns == "@all":
        return gathered(inference, node, scope, depth)
    if entry.name in _COPIES and node.args:
        item = item_of(inference, inference.value(node.args[0], scope, depth))
        cls = (entry.returns or _ITERABLE).partition("[")[0]
        return NOTHING if item.kind == "nothing" else instance(cls, item.name if item.kind == "obj" else None)
    if entry.name.startswith("builtins.dict.") and isinstance(node.func, ast.Attribute):
        return from_dict(inference, node.func, entry, scope, depth)
    return made(inference, node, entry, scope)


def made(inference: Inference, node: ast.Call, entry: Entry, scope: Scope) -> Value:
    """An object of the class that an entry names, or that a literal argument says: `client("s3")`."""
    from poetc.effects.conditions import find_argument, is_none, literal_text  # which read what is inferred

    name = entry.returns or ""
    for blank in BLANK.finditer(name):
        clear, argument = find_argument(node, blank[1], int(blank[2]) if blank[2] else None)
        said = re.sub(r"[-. ]", "_", (literal_text(argument, inference, scope) if clear else "") or "")
        given = inference.value(argument, scope) if clear and argument is not None else UNKNOWN
        if given.kind == "ref" and inference.catalogue.knows_class(given.name):
            said = given.name.rpartition(".")[2]
        if clear and blank[4] and is_none(argument):
            said = blank[4]
        if not said.isidentifier() and not blank[3]:
            return UNKNOWN
        name = name.replace(blank[0], said if said.isidentifier() else blank[3])
    return class_value(name) if name else UNKNOWN


def partial(made_of: Value) -> Value:
    """What `functools.partial` makes of a callable: known by the name of that."""
    return Value("partial", made_of.name) if made_of.kind in ("ref", "member") else UNKNOWN


def from_dict(inference: Inference, called: ast.Attribute, entry: Entry, scope: Scope, depth: int) -> Value:
    """What a method of a dict gives whose annotation says what is in it."""
    whole = inference.value(called.value, scope, depth)
    if called.attr in ("keys", "values"):
        return instance(_ITERABLE, whole.item if called.attr == "keys" else whole.held)
    if called.attr in ("get", "pop", "setdefault") and whole.held:
        return class_value(whole.held)
    return class_value(entry.returns) if entry.returns else UNKNOWN


def gathered(inference: Inference, node: ast.Call, scope: Scope, depth: int) -> Value:
    """The list of what several awaitables give."""
    found = NOTHING
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = item_of(inference, inference.value(argument.value, scope, depth))
        else:
            value = inference.value(argument, scope, depth)
        found = merge_values(
            found, awaited(value) if value.name.startswith(LATER) or value.kind == "nothing" else UNKNOWN
        )
    return instance("builtins.list", found.name if found.kind == "obj" else None)


def unawaited(entry: Entry) -> Value:
    """What a call gives whose result has to be awaited, and isn't."""
    return UNKNOWN if not entry.returns or set("@{") & set(entry.returns) else later(entry.returns)
