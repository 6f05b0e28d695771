"""What the user's code repeats itself, by decorators, libraries and loops: there, attempts must not multiply."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from poetc.effects.libraries import packages
from poetc.source.bindings import bound_anywhere
from poetc.source.imports import imported
from poetc.source.nodes import FUNCTIONS, LOOPS, SCOPES, FunctionNode, body_nodes, called, children, dotted_name, flat

ASKING: Final = frozenset(
    {"autoretry_for", "max_retries", "max_tries", "num_retries", "retries", "retry", "retry_backoff", "retry_kwargs"}
    | {"retry_on_error", "retry_policy", "tries"}
)
"""arguments by which other decorators are told to repeat: of celery, dramatiq, huey, rq, prefect, procrastinate"""


def repeater_of(node: FunctionNode, imports: Mapping[str, str]) -> str | None:
    """What repeats the function, or something in it, already: its dotted name or its text; None: nothing that is seen.

    `imports`: local name → dotted name, of the module.
    """
    for decorator in node.decorator_list:
        found = repeating_decorator(decorator, imports)
        if found is not None:
            return found
    inside = {each.name: each.stands_for for inner in body_nodes(node) for each in imported(inner)}
    repeaters = packages("repeaters")
    ours = {local: dotted for local, dotted in {**imports, **inside}.items() if dotted.partition(".")[0] in repeaters}
    taken = bound_anywhere(node).keys() - inside.keys() if ours else ()
    for n in flat(node) if ours else ():
        if isinstance(n, ast.Name) and n.id in ours and n.id not in taken:
            return ours[n.id]
    return asks_for_another(node)


def repeating_decorator(decorator: ast.expr, imports: Mapping[str, str]) -> str | None:
    """The name of a decorator that repeats: one of a queue, or one that is told so by an argument."""
    root, dot, rest = dotted_name(called(decorator)).partition(".")
    if not root:
        return None
    dotted = imports.get(root, root) + dot + rest
    if dotted.rpartition(".")[2] == "poet":
        return None
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    asked = {keyword.arg: keyword.value for keyword in keywords if keyword.arg in ASKING}
    if any(_is_nothing(asked.get(name)) for name in ("max_retries", "retries")):
        return None
    return dotted if dotted in packages("decorators") or not all(map(_is_nothing, asked.values())) else None


def asks_for_another(node: FunctionNode) -> str | None:
    """The text of `raise self.retry(...)`: a task of celery that asks to be run again."""
    for n in body_nodes(node):
        match n:
            case ast.Raise(exc=ast.Call(func=ast.Attribute(attr="retry") as asked)):
                return dotted_name(asked) or None
        if node.decorator_list and isinstance(n, ast.Call) and dotted_name(n.func) == "self.retry":
            return "self.retry"
    return None


def repeated_by_loop(node: FunctionNode, calls: Collection[ast.expr]) -> frozenset[int]:
    """The calls, by identity, in a `try` whose loop goes round again when they fail, as if for another attempt.

    `for attempt in range(3): try: get(url) except OSError: sleep(1)`; but not `for url in urls: try: get(url) ...`:
    there every round makes another call.
    """
    if not calls or not any(isinstance(n, ast.Try) for n in body_nodes(node)):
        return frozenset()
    wanted = {id(call) for call in calls}
    found: set[int] = set()
    defined = {n.name: n for n in body_nodes(node) if isinstance(n, FUNCTIONS)}
    waiting: list[tuple[ast.AST, ast.For | ast.AsyncFor | ast.While | None]] = [(n, None) for n in node.body]
    while waiting:
        n, loop = waiting.pop()
        if isinstance(n, SCOPES):
            loop = None
        if isinstance(n, LOOPS):
            loop = n
        if isinstance(n, ast.Try) and loop is not None and _goes_on(n):
            changing = _bound_by_round(loop, n)
            inside = [inner for inner in flat(*n.body) if id(inner) in wanted or _of(inner, defined)]
            same = [inner for inner in inside if not _mentions(inner, changing)]
            found.update(wanted.intersection(map(id, _reached(same, defined))))
        waiting.extend((child, loop) for child in children(n))
    return frozenset(found)


def _reached(nodes: list[ast.AST], defined: Mapping[str, FunctionNode]) -> Iterator[ast.AST]:
    """What runs in some nodes, and in the functions within the function that they call."""
    waiting, seen = list(nodes), set[str]()
    for node in waiting:  # grows while it is walked
        yield node
        name = _of(node, defined)
        if name and name not in seen:
            seen.add(name)
            waiting += flat(*defined[name].body)


def _of(node: ast.AST, defined: Mapping[str, FunctionNode]) -> str:
    """The name of the function within the function that is called there, "" if none is."""
    name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
    return name if name in defined else ""


def _is_nothing(value: ast.expr | None) -> bool:
    """Whether an argument is a literal that asks for no repetition."""
    if isinstance(value, ast.Tuple | ast.List):
        return not value.elts
    return isinstance(value, ast.Constant) and not value.value


def _goes_on(node: ast.Try) -> bool:
    """Whether some handler of a `try` may end by going on."""
    return any(not isinstance(each.body[-1], ast.Raise | ast.Return | ast.Break) for each in node.handlers)


def _bound_by_round(loop: ast.For | ast.AsyncFor | ast.While, attempt: ast.Try) -> frozenset[str]:
    """Names that a round of the loop binds outside of the `try`: its target, `item = queue.get()`."""
    found: set[str] = set()
    waiting: list[ast.AST] = [loop.test if isinstance(loop, ast.While) else loop.target, *loop.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if node is not attempt:
            waiting.extend(children(node))
    return frozenset(found)


def _mentions(call: ast.AST, names: frozenset[str]) -> bool:
    """Whether one of the names stands in a call."""
    return any(isinstance(n, ast.Name) and n.id in names for n in flat(call))
