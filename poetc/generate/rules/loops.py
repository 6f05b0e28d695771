"""Loops at whose head the budget is looked at: those that no literal bounds."""

from __future__ import annotations

import ast
from typing import Final

from poetc.source.function import FunctionSource
from poetc.source.nodes import frame_nodes

Loop = ast.For | ast.AsyncFor | ast.While

MOST_STEPS: Final = 1_000
"""a `range` of literals that is no longer isn't looked at"""


def loops_to_check(source: FunctionSource) -> tuple[Loop, ...]:
    """The loops of the function's own frame that may run for long; comprehensions can't be left at a step."""
    return tuple(n for n in frame_nodes(source.node) if isinstance(n, Loop) and not is_bounded(n, source))


def is_bounded(loop: Loop, source: FunctionSource) -> bool:
    """Whether the loop's head shows how often it runs at most."""
    if isinstance(loop, ast.While):
        return False
    return is_short(loop.iter, frozenset(source.context.shadowed))


def is_short(items: ast.expr, shadowed: frozenset[str]) -> bool:
    """Whether an expression gives a few items only: written out, a literal `range`, `enumerate` or `zip` of such."""
    match items:
        case ast.Tuple():
            return True
        case ast.List(elts=elements) | ast.Set(elts=elements):
            return not any(isinstance(each, ast.Starred) for each in elements)
        case ast.Dict(keys=keys):
            return None not in keys
        case ast.Constant(value=str() | bytes()):
            return True
        case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]) if "range" not in shadowed:
            return is_short_range(args)
        case ast.Call(func=ast.Name(id="enumerate" | "reversed" | "sorted" as name), args=[inner, *_]):
            return name not in shadowed and is_short(inner, shadowed)
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as args):
            return "zip" not in shadowed and any(is_short(each, shadowed) for each in args)
    return False


def is_short_range(args: list[ast.expr]) -> bool:
    """Whether `range(*args)` has literal ends that lie close together."""
    try:
        steps = range(*(ast.literal_eval(each) for each in args))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return len(steps[: MOST_STEPS + 1]) <= MOST_STEPS
