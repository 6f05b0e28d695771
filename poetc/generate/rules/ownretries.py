"""What the user's code repeats itself: there, attempts must not multiply."""

from __future__ import annotations

import ast
from typing import Final

from poetc.generate.rules.calls import Found, visible_imports
from poetc.generate.rules.function import SCOPES, FunctionSource
from poetc.generate.rules.loops import Loop

LIBRARIES: Final = frozenset({"tenacity", "stamina", "backoff", "retrying", "retry", "opnieuw", "redo", "riprova"})
"""packages whose only business is to repeat"""


def retrying_library(source: FunctionSource) -> str | None:
    """What repeats the function, or something in it, already: dotted name of a decorator or of what the body uses."""
    names = visible_imports(source)
    ours = {local: dotted for local, dotted in names.items() if dotted.partition(".")[0] in LIBRARIES}
    for node in ast.walk(source.node) if ours else ():
        if isinstance(node, ast.Name) and node.id in ours:
            return ours[node.id]
    return None


def repeated_by_loop(source: FunctionSource, calls: tuple[Found, ...]) -> frozenset[int]:
    """The calls, by identity, in a `try` whose loop goes round again when they fail, as if for another attempt.

    `for attempt in range(3): try: get(url) except OSError: sleep(1)`; but not `for url in urls: try: get(url) ...`:
    there every round makes another call.
    """
    wanted = {id(each.node) for each in calls}
    found: set[int] = set()
    waiting: list[tuple[ast.AST, Loop | None]] = [(node, None) for node in source.node.body]
    while waiting:
        node, loop = waiting.pop()
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, Loop):
            loop = node
        if isinstance(node, ast.Try) and loop is not None and goes_on(node):
            changing = bound_by_round(loop, node)
            inside = [n for statement in node.body for n in ast.walk(statement) if id(n) in wanted]
            found.update(id(n) for n in inside if not mentions(n, changing))
        waiting.extend((child, loop) for child in ast.iter_child_nodes(node))
    return frozenset(found)


def goes_on(node: ast.Try) -> bool:
    """Whether some handler of a `try` may end by going on."""
    return any(not isinstance(each.body[-1], ast.Raise | ast.Return | ast.Break) for each in node.handlers)


def bound_by_round(loop: Loop, attempt: ast.Try) -> frozenset[str]:
    """Names that a round of the loop binds outside of the `try`: its target, `item = queue.get()`."""
    found: set[str] = set()
    waiting: list[ast.AST] = [loop.test if isinstance(loop, ast.While) else loop.target, *loop.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if node is not attempt:
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def mentions(call: ast.AST, names: frozenset[str]) -> bool:
    """Whether one of the names stands in a call."""
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(call))
