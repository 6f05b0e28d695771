"""Annotations beyond builtin types: which can be checked at run time, and how the generated code asks about them."""

from __future__ import annotations

import ast

from poetc.source.annotations import (
    TYPING,
    Scope,
    annotation_nodes,
    brackets,
    has_text,
    parsed_text,
    shown,
)
from poetc.source.nodes import flat, last_name
from poetc.wire.enhancement import Contract

OPEN = frozenset(
    f"{home}.{name}"
    for home in TYPING
    for name in ("Any", "AnyStr", "IO", "TextIO", "BinaryIO", "NoReturn", "Never", "TypeAlias", "Unpack", "Concatenate")
)
"""names that say nothing that could be checked, or nothing that files and mocks of files live up to"""

CONSTRAINTS = frozenset(
    {"Gt", "Ge", "Lt", "Le", "Interval", "MultipleOf", "MinLen", "MaxLen", "Len", "Predicate", "Not", "Field", "Meta"}
)
"""what may be called inside of an annotation: evaluating it only makes an object"""

MOST_VALUES = 20
"""values of a Literal that stand in a line of generated code"""

ANNOTATION_NODES = (
    ast.Name | ast.Attribute | ast.Subscript | ast.Constant | ast.Tuple | ast.List | ast.BinOp | ast.BitOr | ast.Load
)


def hinted(annotation: ast.expr | None, subject: str, names: Scope, *, optional: bool = False) -> Contract | None:
    """The contract that has the annotation read at run time; None if it says nothing, or must not be evaluated."""
    if annotation is None or is_open(annotation, names) or not is_harmless(annotation, names):
        return None
    if (names.is_text or has_text(annotation)) and names.outer & {
        getattr(n, "id", "") for n in annotation_nodes(annotation)
    }:
        return None
    optional = optional or admits_none(annotation, names)
    imports, values = text_imports(annotation, names), literal_values(annotation, names)
    return Contract(
        subject=subject,
        text=shown(annotation),
        hint=hint_name(subject),
        optional=optional,
        imports=imports,
        values=values,
    )


def hint_name(subject: str) -> str:
    """`order` -> `order_hint`; names that generated code doesn't use are spelled out in hexadecimal digits."""
    if subject == "return":
        return "result_hint"
    plain = subject.isascii() and subject == subject.lower() and subject not in ("result", "return")
    return f"{subject}_hint" if plain else f"hint_{subject.encode().hex()}"


def is_open(node: ast.expr, names: Scope) -> bool:
    """Whether nothing can be told about values by an annotation, or by one member of its union."""
    match node:
        case ast.Constant(value=str()):
            inner = parsed_text(node)
            return inner is None or is_open(inner, names)
        case ast.Constant():
            return node.value is not None
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return is_open(left, names) or is_open(right, names)
        case ast.Subscript():
            return is_open_subscript(node, names)
        case ast.Name() | ast.Attribute():
            meaning = names.meaning(node)
            return meaning in OPEN or not meaning or (meaning == "object" and meaning not in names.shadowed)
    return True


def is_open_subscript(node: ast.Subscript, names: Scope) -> bool:
    """`is_open` for X[...]."""
    name, inside = names.special(node.value), brackets(node)
    if name in ("Optional", "Union", "Final", "ClassVar"):
        return any(is_open(each, names) for each in inside)
    if name == "Annotated":
        return is_open(inside[0], names) and not any(may_constrain(each, names) for each in inside[1:])
    return name != "Literal" and is_open(node.value, names)


def may_constrain(node: ast.expr, names: Scope) -> bool:
    """Whether one piece of metadata in `Annotated` may limit the values: a constraint, or a name of something."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in CONSTRAINTS
    return isinstance(node, ast.Name | ast.Attribute) and bool(names.meaning(node))


def admits_none(node: ast.expr, names: Scope) -> bool:
    """Whether an annotation evidently admits None."""
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Constant(value=str()):
            inner = parsed_text(node)
            return inner is not None and admits_none(inner, names)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return admits_none(left, names) or admits_none(right, names)
        case ast.Subscript():
            name = names.special(node.value)
            return name == "Optional" or (name == "Union" and any(admits_none(each, names) for each in brackets(node)))
    return False


def literal_values(node: ast.expr, names: Scope) -> tuple[str | int, ...]:
    """The values of `Literal[...]`, or of that or None, if all of them are texts, or all of them whole numbers."""
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return literal_values(left, names)
        case ast.Subscript() if names.special(node.value) == "Optional":
            return literal_values(node.slice, names)
        case ast.Subscript() if names.special(node.value) == "Literal":
            values = [each.value if isinstance(each, ast.Constant) else None for each in brackets(node)]
            texts = tuple(value for value in values if type(value) is str)
            numbers = tuple(value for value in values if type(value) is int)
            return next((same for same in (texts, numbers) if len(same) == len(values) <= MOST_VALUES), ())
    return ()


def is_harmless(node: ast.expr, names: Scope) -> bool:
    """Whether evaluating an annotation runs nothing of the user's: names, attributes, brackets and known constraints.

    One that Python evaluates anyway, when the function is defined, need not be asked for it, unless it is text inside.
    """
    if not names.is_text and not has_text(node):
        return True
    parts = annotation_nodes(node)
    inside = {id(each) for part in parts if isinstance(part, ast.Call) for each in flat(part)}
    calls = [part for part in parts if isinstance(part, ast.Call)]
    if any(last_name(call.func) not in CONSTRAINTS for call in calls):
        return False
    return all(isinstance(part, ANNOTATION_NODES) or id(part) in inside or is_number(part) for part in parts)


def is_number(node: ast.AST) -> bool:
    """Whether a node is (part of) a negative number."""
    return isinstance(node, ast.USub) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def text_imports(annotation: ast.expr, names: Scope) -> tuple[tuple[str, str], ...]:
    """The imported names in an annotation that isn't evaluated when the function is defined, but those of `typing`."""
    if not names.is_text and not has_text(annotation):
        return ()
    used = {node.id for node in annotation_nodes(annotation) if isinstance(node, ast.Name)}
    return tuple(sorted((n, d) for n, d in names.imports.items() if n in used and not d.startswith("typing")))


def asks_more(node: ast.expr, names: Scope, *, deep: bool) -> bool:
    """Whether an annotation asks more than the class: values of a Literal, constraints, or (deep) what is inside."""
    for each in annotation_nodes(node):
        if not isinstance(each, ast.Subscript):
            continue
        name, inside = names.special(each.value), brackets(each)
        if name == "Literal":
            return True
        if name == "Annotated":
            if any(may_constrain(part, names) for part in inside[1:]):
                return True
        elif deep and name not in ("Optional", "Union") and not all(is_open(part, names) for part in inside):
            return True
    return False
