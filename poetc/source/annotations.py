"""Annotations, read as text and tree: what they name, and which builtin types satisfy them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from poetc.source.nodes import dotted_name, flat

TYPING: Final = ("typing", "typing_extensions")
"""modules whose names say how annotations are put together"""

ALIASES: Final = {
    "List": "list",
    "Dict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Text": "str",
    "LiteralString": "str",
}
"""name in `typing` → the builtin type that it stands for"""

TOWER: Final = {
    "float": ("float", "int"),
    "complex": ("complex", "float", "int"),
    "bytes": ("bytes", "bytearray", "memoryview"),
    "None": ("NoneType",),
}
"""annotated type → the classes whose instances satisfy it, where these are more than its own (PEP 484)"""

BUILTIN_TYPES: Final = frozenset(
    {"int", "float", "complex", "bool", "str", "bytes", "bytearray", "list", "tuple", "dict", "set", "frozenset"}
)
"""the types that a contract can be made of, beside None"""

LONGEST_SHOWN: Final = 200
"""characters of an annotation that messages and generated code show"""

_ORDER: Final = [*sorted(BUILTIN_TYPES), "None"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean where an annotation stands."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """local name → dotted name"""
    shadowed: frozenset[str] = frozenset()
    """builtins that mean something else there"""
    is_text: bool = False
    """annotations are not evaluated (`from __future__ import annotations`)"""
    outer: frozenset[str] = frozenset()
    """what functions around bind: text can't be read where these are out of reach"""

    def meaning(self, node: ast.expr) -> str:
        """The dotted name of a name or attribute; "" for other expressions."""
        root, dot, rest = dotted_name(node).partition(".")
        return self.imports.get(root, root) + dot + rest

    def special(self, node: ast.expr) -> str:
        """The name in `typing` that an expression stands for, or ""."""
        home, _, name = self.meaning(node).rpartition(".")
        return name if home in TYPING else ""


class NotBuiltin(Exception):
    """Some part of an annotation isn't known to be a builtin type."""


def contract_of(annotation: ast.expr | None, scope: Scope) -> str | None:
    """The builtin types that satisfy an annotation, sorted, "int | None"; None where that isn't known."""
    try:
        parts = contract_parts(annotation, scope) if annotation is not None else None
    except (NotBuiltin, RecursionError):
        return None
    return None if parts is None else " | ".join(sorted(parts, key=_ORDER.index))


def contract_parts(node: ast.expr, scope: Scope) -> frozenset[str]:
    """Names of the builtin types, and "None", that an annotation admits; raises NotBuiltin, RecursionError."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return frozenset({"None"})
        inner = parsed_text(node)
        if inner is None:
            raise NotBuiltin
        return contract_parts(inner, scope)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return contract_parts(node.left, scope) | contract_parts(node.right, scope)
    if isinstance(node, ast.Subscript):
        return _subscripted(node, scope)
    name = ALIASES.get(scope.special(node), scope.meaning(node))
    if name in BUILTIN_TYPES and (name not in scope.shadowed or not isinstance(node, ast.Name) or node.id != name):
        return frozenset({name})
    raise NotBuiltin


def _subscripted(node: ast.Subscript, scope: Scope) -> frozenset[str]:
    """Optional[X], Union[X, Y], Annotated[X, ...], Literal["a"], list[int]."""
    name, inside = scope.special(node.value), brackets(node)
    if name in ("Optional", "Union"):
        found = frozenset[str]().union(*(contract_parts(part, scope) for part in inside))
        return found | {"None"} if name == "Optional" else found
    if name == "Annotated":
        return contract_parts(inside[0], scope)
    if name == "Literal":
        return frozenset(map(_literal_part, inside))
    return contract_parts(node.value, scope)


def _literal_part(node: ast.expr) -> str:
    name = "None" if isinstance(node, ast.Constant) and node.value is None else type_of_constant(node)
    if name not in BUILTIN_TYPES and name != "None":
        raise NotBuiltin
    return name


def type_of_constant(node: ast.AST) -> str:
    """The name of the class of a literal, "" for what is none."""
    return type(node.value).__name__ if isinstance(node, ast.Constant) else ""


def classes_of(part: str) -> tuple[str, ...]:
    """The builtin classes whose instances satisfy one part of a contract."""
    return TOWER.get(part, (part,))


def satisfies(kind: str, parts: Iterable[str]) -> bool:
    """Whether an object of the builtin class `kind` is of one of these annotated types; a bool is an int."""
    classes = {cls for part in parts for cls in classes_of(part)}
    return kind in classes or (kind == "bool" and "int" in classes)


def parsed_text(node: ast.expr) -> ast.expr | None:
    """The expression in an annotation that is written as a string, or None."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    return _parsed(node.value)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(f"({text.strip()}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def brackets(node: ast.Subscript) -> list[ast.expr]:
    """What stands between the brackets."""
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def annotation_nodes(annotation: ast.expr) -> list[ast.AST]:
    """Every node of an annotation, and of what is quoted in it."""
    nodes = flat(annotation)
    quoted = [parsed_text(each) for each in nodes if isinstance(each, ast.Constant)]
    return [*nodes, *flat(*(inner for inner in quoted if inner is not None))]


def has_text(annotation: ast.expr) -> bool:
    """Whether an annotation has a string anywhere."""
    return any(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in flat(annotation))


def shown(annotation: ast.expr) -> str:
    """The annotation as people read it, on one line, cut where it is long."""
    written = annotation.value if isinstance(annotation, ast.Constant) else None
    text = " ".join((written if isinstance(written, str) else ast.unparse(annotation)).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
