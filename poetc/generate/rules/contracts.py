"""Annotations as contracts that can be checked in O(1): "int", "str | None"; None where that isn't known."""

from __future__ import annotations

import ast
from collections.abc import Mapping

BUILTINS = frozenset(
    {"int", "float", "complex", "bool", "str", "bytes", "bytearray", "list", "tuple", "dict", "set", "frozenset"}
)
TYPING = {
    "typing.List": "list",
    "typing.Dict": "dict",
    "typing.Tuple": "tuple",
    "typing.Set": "set",
    "typing.FrozenSet": "frozenset",
    "typing.Text": "str",
    "typing.LiteralString": "str",
}
ORDER = [*sorted(BUILTINS), "None"]


class NotChecked(Exception):
    """Some part of an annotation isn't known to be checkable, so none of it is checked."""


def contract_of(annotation: ast.expr | None, imports: Mapping[str, str], shadowed: frozenset[str]) -> str | None:
    """The contract of an annotation, its parts sorted, or None.

    `imports` maps local names to dotted names; `shadowed` holds builtins that mean something else in the module.
    """
    if annotation is None:
        return None
    try:
        parts = parts_of(annotation, imports, shadowed)
    except (NotChecked, RecursionError):
        return None
    return " | ".join(sorted(parts, key=ORDER.index))


def parts_of(node: ast.expr, imports: Mapping[str, str], shadowed: frozenset[str]) -> frozenset[str]:
    """Names of the builtin types that satisfy an annotation; raises `NotChecked`."""
    if isinstance(node, ast.Constant):
        return constant_parts(node, imports, shadowed)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return parts_of(node.left, imports, shadowed) | parts_of(node.right, imports, shadowed)
    if isinstance(node, ast.Subscript):
        return subscript_parts(node, imports, shadowed)
    name = dotted_name(node, imports)
    if name in BUILTINS and name not in shadowed:
        return frozenset({name})
    if name in TYPING:
        return frozenset({TYPING[name]})
    raise NotChecked


def constant_parts(node: ast.Constant, imports: Mapping[str, str], shadowed: frozenset[str]) -> frozenset[str]:
    """`None`, or an annotation written as a string."""
    if node.value is None:
        return frozenset({"None"})
    inner = parsed_text(node)
    if inner is None:
        raise NotChecked
    return parts_of(inner, imports, shadowed)


def parsed_text(node: ast.expr) -> ast.expr | None:
    """The expression in an annotation that is written as a string, or None."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    try:
        return ast.parse(f"({node.value.strip()}\n)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError):
        return None


def subscript_parts(node: ast.Subscript, imports: Mapping[str, str], shadowed: frozenset[str]) -> frozenset[str]:
    """Optional[X], Union[X, Y], Literal["a"], Annotated[X, ...], list[int] and its like."""
    name = dotted_name(node.value, imports)
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "typing.Optional":
        return parts_of(node.slice, imports, shadowed) | {"None"}
    if name == "typing.Union":
        return frozenset().union(*(parts_of(part, imports, shadowed) for part in inside))
    if name in ("typing.Annotated", "typing_extensions.Annotated"):
        return parts_of(inside[0], imports, shadowed)
    if name in ("typing.Literal", "typing_extensions.Literal"):
        return literal_parts(inside)
    return parts_of(node.value, imports, shadowed)


def literal_parts(values: list[ast.expr]) -> frozenset[str]:
    """The types of the values of a `Literal[...]`."""
    found = set()
    for value in values:
        if not isinstance(value, ast.Constant) or type(value.value).__name__ not in {*BUILTINS, "NoneType"}:
            raise NotChecked
        found.add("None" if value.value is None else type(value.value).__name__)
    return frozenset(found)


def dotted_name(node: ast.expr, imports: Mapping[str, str]) -> str:
    """The dotted name that `a.b.c` stands for, its first part looked up among the imports; "" for other expressions."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(imports.get(node.id, node.id))
    return ".".join(reversed(parts))


def imported_names(statements: list[str]) -> dict[str, str]:
    """Local name -> dotted name, from import statements; what doesn't parse is passed over."""
    found: dict[str, str] = {}
    for statement in statements:
        try:
            body = ast.parse(statement.strip()).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in body:
            found.update(names_bound_by(node))
    return found


def names_bound_by(node: ast.AST) -> dict[str, str]:
    """Local name -> dotted name for one import statement; {} for other nodes."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names if a.name != "*"}
    return {}
