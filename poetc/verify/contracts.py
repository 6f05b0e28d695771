"""What an annotation admits, by the user's own source: a contract may never refuse what the annotation admits."""

from __future__ import annotations

import ast
from typing import Final

from poetc.ir import Unit
from poetc.verify.patterns import CONTRACTS

GENERIC: Final = {
    "List": "list",
    "Dict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Text": "str",
}
"""names of `typing` -> the builtin they stand for"""

TYPING: Final = ("typing", "typing_extensions")


HINT: Final = "hint"
"""in place of the names of builtin types: the annotation itself is read, at run time"""

LONGEST_SHOWN: Final = 200
"""characters of an annotation that a `Hint` shows"""


class Unknown(Exception):
    """An annotation of which nothing is known."""


def is_contract(text: object) -> bool:
    """Whether `text` has the form of a contract: "int | None"."""
    return isinstance(text, str) and all(part in CONTRACTS for part in text.split(" | "))


def shown(annotation: ast.expr) -> str:
    """An annotation as messages show it: on one line, cut where it is long."""
    written = annotation.value if isinstance(annotation, ast.Constant) else None
    text = " ".join((written if isinstance(written, str) else ast.unparse(annotation)).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def annotation_nodes(annotation: ast.expr) -> list[ast.AST]:
    """Every node of an annotation, and of the annotations that are written in it as strings."""
    nodes = list(ast.walk(annotation))
    for node in [each for each in nodes if isinstance(each, ast.Constant)]:
        try:
            nodes.extend(ast.walk(written(node.value)))
        except (Unknown, RecursionError):
            continue
    return nodes


def is_import(name: str, dotted: object, unit: Unit) -> bool:
    """Whether the user's module imports `name` as the dotted name that is said."""
    statements = unit.surroundings.imports
    top = any(statement.startswith(f"import {name}.") and " as " not in statement for statement in statements)
    return imported(statements).get(name) == dotted or (top and dotted == name)


def is_implied(contract: str, annotation: ast.expr | None, unit: Unit) -> bool:
    """Whether everything that satisfies `annotation` satisfies `contract`; False where that isn't known."""
    if annotation is None:
        return False
    try:
        admitted = parts(annotation, Annotations(unit))
    except (Unknown, RecursionError):
        return False
    return admitted <= set(contract.split(" | "))


class Annotations:
    """What names mean in the annotations of one unit."""

    def __init__(self, unit: Unit) -> None:
        self.shadowed = frozenset(unit.surroundings.bound)
        self.imports = unit.surroundings.imports
        self.known: dict[str, str] | None = None

    def meaning(self, node: ast.expr) -> str:
        """The dotted name that a name or attribute stands for; "" for other expressions."""
        if isinstance(node, ast.Attribute):
            inner = self.meaning(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        if not isinstance(node, ast.Name):
            return ""
        if node.id in CONTRACTS:
            return "" if node.id in self.shadowed else node.id
        if self.known is None:
            self.known = imported(self.imports)
        return self.known.get(node.id, "")


def imported(statements: tuple[str, ...]) -> dict[str, str]:
    """Local name -> dotted name, of absolute imports."""
    found: dict[str, str] = {}
    for statement in statements:
        try:
            body = ast.parse(statement.strip()).body
        except (SyntaxError, ValueError):
            continue
        for node in body:
            if isinstance(node, ast.Import):
                found.update(
                    {a.asname or a.name.partition(".")[0]: a.name for a in node.names if a.asname or "." not in a.name}
                )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    return found


def parts(node: ast.expr, names: Annotations) -> set[str]:
    """Names of the contract parts that `node` admits; raises `Unknown`."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return {"None"}
        return parts(written(node.value), names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return parts(node.left, names) | parts(node.right, names)
    if isinstance(node, ast.Subscript):
        return subscripted(node, names)
    meaning = names.meaning(node)
    if meaning in CONTRACTS:
        return {meaning}
    module, _, name = meaning.rpartition(".")
    if module in TYPING and name in GENERIC:
        return {GENERIC[name]}
    if module in TYPING and name == "LiteralString":
        return {"str"}
    raise Unknown


def subscripted(node: ast.Subscript, names: Annotations) -> set[str]:
    """Optional[X], Union[X, Y], Annotated[X, ...], Literal["a"], list[int]."""
    module, _, name = names.meaning(node.value).rpartition(".")
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if module not in TYPING or name in GENERIC:
        return parts(node.value, names)
    if name == "Optional":
        return parts(node.slice, names) | {"None"}
    if name == "Union":
        return set().union(*(parts(part, names) for part in inside))
    if name == "Annotated" and inside:
        return parts(inside[0], names)
    if name == "Literal":
        return {literal_part(value) for value in inside}
    raise Unknown


def literal_part(node: ast.expr) -> str:
    """The type of one value of a `Literal[...]`."""
    if isinstance(node, ast.Constant):
        name = "None" if node.value is None else type(node.value).__name__
        if name in CONTRACTS:
            return name
    raise Unknown


def written(text: object) -> ast.expr:
    """An annotation written as a string."""
    if not isinstance(text, str):
        raise Unknown
    try:
        return ast.parse(f"({text.strip()}\n)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError):
        raise Unknown from None
