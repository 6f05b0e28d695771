"""Trees as flat lists: no walk here recurses, so that hostile nesting can't exhaust the stack."""

from __future__ import annotations

import ast
from collections.abc import Iterable

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
NAMING = frozenset(
    [ast.Name, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.alias]
    + [ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.Global, ast.Nonlocal]
    + [getattr(ast, name) for name in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, name)]
)
"""nodes that name variables"""
YIELDS = (ast.Yield, ast.YieldFrom)


LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.alias})
"""nodes without children"""


def children(node: ast.AST) -> list[ast.AST]:
    """The direct children of `node`, without operators and the `Load`/`Store`/`Del` marks."""
    found: list[ast.AST] = []
    if node.__class__ in LEAVES:
        return found
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST) and item._fields]
        elif isinstance(value, ast.AST) and value._fields:
            found.append(value)
    return found


def flat(*roots: ast.AST) -> list[ast.AST]:
    """Every node under and including `roots`, parents before children."""
    found = list(roots)
    for node in found:  # grows while it is walked
        found += children(node)
    return found


def own_scope(statements: Iterable[ast.AST], *, comprehensions: bool = True) -> list[ast.AST]:
    """The nodes under `statements` of the scope they stand in: nested functions and classes are named, not entered."""
    found = list(statements)
    closed = SCOPES if comprehensions else (*SCOPES, *COMPREHENSIONS)
    for node in found:
        if not isinstance(node, closed):
            found += children(node)
    return found


def identifiers(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that `nodes` bind or read as a variable; names of attributes and of keyword arguments are none."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif node.__class__ in NAMING:
            found.update(names_in(node))
    return found


def names_in(node: ast.AST) -> set[str]:
    """The variables that one node of a kind in `NAMING` names."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        return set(node.names)
    if isinstance(node, ast.alias):
        return {node.asname or node.name.partition(".")[0]}
    names = (getattr(node, field, None) for field in ("id", "arg", "name", "rest"))
    return {name for name in names if isinstance(name, str)}


def rebound(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names that mean something else inside `function` than in its module: parameters and what its own scope binds."""
    found = {argument.arg for argument in parameters(function.args)}
    for node in own_scope(function.body, comprehensions=False):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif node.__class__ in NAMING:
            found |= names_in(node)
    return found


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters in the order of the signature: positional, `*args`, keyword-only, `**kwargs`."""
    star = [arguments.vararg] if arguments.vararg else []
    double = [arguments.kwarg] if arguments.kwarg else []
    return [*arguments.posonlyargs, *arguments.args, *star, *arguments.kwonlyargs, *double]


def is_generator(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a call of `function` gives a generator (of either colour)."""
    return any(isinstance(node, YIELDS) for node in own_scope(function.body, comprehensions=False))


def same_literal(one: object, other: object) -> bool:
    """Whether two constants are the same object to a program: type and value, -0.0 apart from 0.0, nan like nan."""
    if type(one) is not type(other):
        return False
    return repr(one) == repr(other) if isinstance(one, float | complex) else one == other


def mangled(name: str, classes: tuple[str, ...]) -> str:
    """`name` as Python stores it in the innermost of `classes`: `__x` in `Monitor` is `_Monitor__x`."""
    owner = classes[-1].lstrip("_") if classes else ""
    private = name.startswith("__") and not name.endswith("__")
    return f"_{owner}{name}" if owner and private else name


def said(node: ast.AST, most: int = 80) -> str:
    """`node` as a short piece of source, for people; a tree too deep to print is named by its type."""
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return f"<{type(node).__name__}>"
    return clean(text if len(text) <= most else text[: most - 3] + "...")


def clean(text: str) -> str:
    """`text` on one line and without anything that could steer a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
