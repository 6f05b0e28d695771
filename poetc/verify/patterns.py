"""What generated code may be made of: the tables of "The form of generated code" in ARCHITECTURE.md."""

from __future__ import annotations

import ast
import re
from typing import Final

from poetc.verify.nodes import same_literal


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


BUILTIN_TYPES: Final = words("bool int float complex str bytes bytearray memoryview list tuple dict set frozenset")
"""the types that tests may name"""

ALIASED: Final = BUILTIN_TYPES | {"type", "issubclass", "Exception", "BaseException"}
"""builtins that generated lines may use, bare or through an alias of `bind`"""

THINGS: Final[dict[str, frozenset[str]]] = {
    "Perceive": words("value awaited iterated explain stops"),
    "Enforce": frozenset(),
    "Hint": frozenset({"kind", "admits"}),
    "Shape": frozenset({"kind", "admits"}),
    "Retry": words("awaited entered entered_async iterated iterated_async unsent unsent_awaited"),
    "Guard": words("deadline within within_async wait again again_async note iterated iterated_async breaker budget"),
    "Breaker": words("is_open failures succeeded awaited"),
    "WindowBreaker": frozenset({"awaited"}),
    "HostBreakers": frozenset(),
    "Hedge": frozenset({"awaited"}),
    "RateLimit": frozenset({"awaited"}),
    "Bulkhead": frozenset({"awaited"}),
    "Fallback": frozenset({"awaited"}),
    "Events": frozenset({"active", "start"}),
}
"""what `bind` may make of the runtime -> the attributes that generated code may use of it"""

AROUND: Final = ("Breaker", "WindowBreaker")
"""breakers around the function"""
BREAKERS: Final = (*AROUND, "HostBreakers")
RUNNING: Final = ("Hedge", "RateLimit", "Bulkhead")
"""what calls Operate′ in the function's place, the outermost first; a breaker stands before them"""

PROTECTING: Final = frozenset({*BREAKERS, *RUNNING, "Fallback", "Events"})
"""what stands around the function only as it was asked for"""

DOMAIN_RUNTIME: Final[dict[str, frozenset[str]]] = {
    "ml_monitoring": frozenset({"DriftInput", "DriftResult", "drift_test"}),
}
"""domain -> further names of the runtime, for functions of that domain only"""

DOMAIN_ARGUMENTS: Final[dict[str, frozenset[str]]] = {
    "DriftInput": words("current reference min_rows max_missing mode supplied"),
    "DriftResult": frozenset({"required", "mode"}),
    "drift_test": words("current reference alpha min_effect extra"),
}
"""what of a domain's runtime -> the keyword arguments that it takes"""

DOMAIN_LIBRARIES: Final[dict[str, frozenset[str]]] = {"ml_monitoring": frozenset({"numpy", "scipy", "pandas"})}
"""domain -> libraries its generated code may need"""

CONTRACTS: Final[dict[str, frozenset[str]]] = {
    "int": frozenset({"int"}),
    "float": frozenset({"float", "int"}),
    "complex": frozenset({"complex", "float", "int"}),
    "bytes": frozenset({"bytes", "bytearray", "memoryview"}),
    "None": frozenset({"NoneType"}),
    **{name: frozenset({name}) for name in ("bool", "str", "bytearray", "list", "tuple", "dict", "set", "frozenset")},
}
"""name in a contract -> the classes whose instances satisfy it (PEP 484's numeric tower)"""

CLOSED: Final = frozenset({"bool", "memoryview"})
"""classes without subclasses: `type(p) is bool` says as much as `issubclass(type(p), bool)`"""

OUT: Final = re.compile(r"_out_*", re.ASCII)
ADDED: Final = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
"""names that the generator may add"""

HEADER: Final = re.compile(
    r"# (?:fmt|isort|ruff|flake8|pylint|mypy|pyright|pyre|pytype|yapf|type|pragma|noqa)(?![a-z])[-\w :=,]*",
    re.ASCII,
)
"""a comment line for other tools, at the top of the file"""

COOKIE: Final = re.compile(r"coding[:=]")
"""PEP 263: what would make Python read other text than was checked"""


def is_name(node: ast.AST | None, name: str) -> bool:
    """Whether `node` is just `name`."""
    return isinstance(node, ast.Name) and node.id == name


def is_runtime(node: ast.AST, attribute: str) -> bool:
    """Whether `node` is `rt.<attribute>`."""
    return isinstance(node, ast.Attribute) and node.attr == attribute and is_name(node.value, "rt")


def is_literal(node: ast.AST) -> bool:
    """Whether `node` is a number, string, None, True, False or `...`, evaluated without running anything."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
        return isinstance(node, ast.Constant) and type(node.value) in (int, float, complex)
    return isinstance(node, ast.Constant)


def literal_value(node: ast.AST) -> object:
    """The value of what `is_literal` accepts."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return -node.operand.value  # type: ignore[operator]
    return node.value if isinstance(node, ast.Constant) else None


def is_default(written: ast.AST, source: ast.AST) -> bool:
    """Whether a default stands for that of the source: `...`, or the same literal."""
    if isinstance(written, ast.Constant) and written.value is ...:
        return True
    if not (is_literal(written) and is_literal(source)):
        return False
    return type(written) is type(source) and same_literal(literal_value(written), literal_value(source))


def is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a string and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and type(node.value.value) is str


def plain_call(node: ast.AST | None) -> ast.Call | None:
    """`node` if it is a call with positional arguments only."""
    return node if isinstance(node, ast.Call) and not node.keywords else None
