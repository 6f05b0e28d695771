"""What is known of names around a function, as plain strings, so that it can cross HTTP."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BUILTINS: Final = frozenset(dir(builtins))
MUTATING: Final = frozenset(
    re.findall(
        r"\w+",
        """
        add append appendleft clear difference_update discard extend extendleft insert intersection_update move_to_end
        pop popitem popleft remove reverse rotate setdefault sort subtract symmetric_difference_update update write
        writelines
    """,
    )
)
"""methods that change what they are called on, whatever it is"""
RECEIVERS: Final = frozenset({"self", "cls"})
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Names:
    """What the module and the class around a function tell."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """local name → dotted name"""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """ "self.http" → "httpx.Client", "session" → "requests.Session": attributes of `self` and names of the module"""
    project: Mapping[str, str] = field(default_factory=dict)
    """text of a called expression ("helper", "self.save", "billing.charge") → effect of that function of the project"""
    shadowed: frozenset[str] = frozenset()
    """builtins that the module rebinds"""
    constants: Mapping[str, str] = field(default_factory=dict)
    """names of the module that are bound once, to a literal string → that string"""


def dotted_text(node: ast.expr) -> str | None:
    """ "a.b.c" for names and attributes, as `ast.unparse` writes them; None for other expressions."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def root_name(node: ast.expr) -> str | None:
    """The name at which a chain of attributes begins."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def short_text(node: ast.AST, depth: int = 0) -> str:
    """An expression as people write it, with "..." for what would make it long: `requests.get(...)`, `rows[...]`."""
    if depth > _LONGEST:
        return "..."
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{short_text(node.value, depth + 1)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{short_text(node.func, depth + 1)}({'...' if node.args or node.keywords else ''})"
    if isinstance(node, ast.Subscript):
        return f"{short_text(node.value, depth + 1)}[...]"
    if isinstance(node, ast.Constant):
        text = repr(node.value) if not isinstance(node.value, int) or abs(node.value) < 10**_LONGEST else "..."
        return text if len(text) <= _LONGEST else "..."
    if isinstance(node, ast.Await):
        return f"await {short_text(node.value, depth + 1)}"
    return "..."
