"""What a body sees of the frames above its own: numbers that can be corrected for frames in between, and all else.

Only what a name is resolved to counts: a function of the user's own that is called `warn` counts nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from poetc.effects.resolve import ResolvedCall
from poetc.source.nodes import FunctionNode, body_nodes

LOOKING: Final = frozenset(
    {f"inspect.{name}" for name in ("stack", "getouterframes")}
    | {f"traceback.{name}" for name in ("extract_stack", "format_stack", "print_stack", "walk_stack")}
    | {"sys._getframemodulename"}
)
"""functions that see frames"""

OWN: Final = frozenset({"sys._getframe", "inspect.currentframe"})
OWN_ATTRIBUTES: Final = frozenset({"f_code", "f_lineno", "f_lasti", "f_globals", "f_builtins"})
"""what may be read of the body's own frame, whatever is around it"""

SEEN: Final = frozenset({"f_back", "f_locals"})
NESTED: Final = frozenset({"stack", "extract_stack", "currentframe", "_getframe", "getouterframes"})


@dataclass(frozen=True, slots=True, eq=False)
class FrameUses:
    """The numbers in a body that mean a frame above its own, and the first thing that isn't just such a number."""

    numbers: tuple[ast.expr, ...]
    other: ast.expr | None

    @property
    def are_there(self) -> bool:
        """Whether the body looks at frames at all."""
        return bool(self.numbers) or self.other is not None


def frame_uses(function: FunctionNode, calls: Iterable[ResolvedCall]) -> FrameUses:
    """How a function looks at the frames above its own."""
    by_node = {call.node: call.name or "" for call in calls}
    nodes = body_nodes(function)
    read = {node.value: node.attr for node in nodes if isinstance(node, ast.Attribute)}
    numbers: list[ast.expr] = []
    others: list[ast.expr] = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in SEEN]
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        number, is_other = use_of(node, by_node.get(node), read.get(node, ""))
        numbers += [number] if number is not None else []
        others += [node] if is_other else []
    return FrameUses(tuple(numbers), min(others, key=lambda node: (node.lineno, node.col_offset), default=None))


def use_of(node: ast.Call, name: str | None, read: str) -> tuple[ast.expr | None, bool]:
    """The number in a call that can be corrected, and whether it looks at frames in another way; `name`: what is
    called, "" if nobody knows, None in a function inside; `read`: the attribute that is read of what it gives."""
    level = next((keyword.value for keyword in node.keywords if keyword.arg == "stacklevel"), None)
    if name is None:
        spelled = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return None, spelled in NESTED or (level is not None and not is_own_level(level))
    if name in LOOKING or (isinstance(node.func, ast.Attribute) and node.func.attr == "opt" and has_depth(node)):
        return None, True
    if name in OWN:
        return own_frame(node, name, read)
    counts = name == "warnings.warn" or name.startswith("logging.")
    if name == "warnings.warn" and level is None and len(node.args) > 2:
        level = node.args[2]
    if name == "warnings.warn" and is_open(node):
        return None, True
    if level is None or is_own_level(level):
        return None, False
    return (level, False) if counts and is_number(level, 2) else (None, True)


def own_frame(node: ast.Call, name: str, read: str) -> tuple[ast.expr | None, bool]:
    """`use_of` for what gives a frame."""
    if name == "sys._getframe" and len(node.args) == 1 and not node.keywords and is_number(node.args[0], 1):
        return node.args[0], False
    is_own = not node.keywords and (not node.args or is_number(node.args[0], 0))
    return None, not (is_own and read in OWN_ATTRIBUTES)


def is_open(node: ast.Call) -> bool:
    """Whether a call has arguments that can't be told, or that count frames by their files."""
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    return starred or any(keyword.arg in (None, "skip_file_prefixes") for keyword in node.keywords)


def has_depth(node: ast.Call) -> bool:
    """Whether a call, of loguru's `opt` perhaps, is told how far up to look."""
    return any(keyword.arg == "depth" and not is_number(keyword.value, 0, 0) for keyword in node.keywords)


def is_own_level(node: ast.expr) -> bool:
    """Whether a `stacklevel` means the body's own frame."""
    return is_number(node, -(2**31), 1)


def is_number(node: ast.expr, least: int, most: int = 2**31) -> bool:
    """Whether an expression is a whole number between two others."""
    return isinstance(node, ast.Constant) and type(node.value) is int and least <= node.value <= most
