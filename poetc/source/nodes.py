"""Trees as flat lists and as text. No walk here recurses: sources may be nested deeper than Python code can recurse."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Final

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
SCOPES: Final = (*DEFINITIONS, ast.Lambda)
"""nodes whose bodies run in frames of their own, comprehensions aside"""
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)

_BLOCKS: Final = ("body", "handlers", "orelse", "cases", "finalbody")
_LONGEST: Final = 40
"""characters of a literal, and links of a chain, that `short_text` writes out"""


def children(node: ast.AST) -> list[ast.AST]:
    """The direct children in source order, without operators and the `Load`, `Store` and `Del` marks."""
    found: list[ast.AST] = []
    for name in _fields_of(node.__class__):
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += value if None not in value else [item for item in value if item is not None]
        elif value is not None:
            found.append(value)
    return found


def flat(*roots: ast.AST) -> list[ast.AST]:
    """Every node under and including `roots`, parents before children; `ast.walk` takes five times as long."""
    found = list(roots)
    known = _HOLDING
    for node in found:  # grows while it is walked
        fields = known.get(node.__class__)
        for name in _fields_of(node.__class__) if fields is None else fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += value if None not in value else [item for item in value if item is not None]
            elif value is not None:
                found.append(value)
    return found


_NO_NODES: Final = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "names"}
    | {"op", "ops", "rest", "simple", "tag", "type_comment", "type_ignores"}
)
"""fields that hold texts, numbers and operators; `name` does so but in `type X = ...`, `names` but in imports"""
_HOLDING: Final[dict[type, tuple[str, ...]]] = {
    **dict.fromkeys((ast.Constant, ast.MatchSingleton), ()),
    **dict.fromkeys((ast.Import, ast.ImportFrom), ("names",)),
}
"""class → its fields with nodes in them"""


def _fields_of(cls: type[ast.AST]) -> tuple[str, ...]:
    found = _HOLDING.get(cls)
    if found is None:
        text = _NO_NODES if cls.__name__ == "TypeAlias" else _NO_NODES | {"name"}
        found = _HOLDING[cls] = tuple(field for field in cls._fields if field not in text)
    return found


def own_nodes(body: Iterable[ast.AST], *, comprehensions: bool = True) -> list[ast.AST]:
    """The nodes that run in the frame of these statements, in source order: nested functions, lambdas and classes
    are named, not entered; nor are comprehensions, if so asked."""
    closed = SCOPES if comprehensions else (*SCOPES, *COMPREHENSIONS)
    found, waiting = list[ast.AST](), [*body][::-1]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, closed):
            waiting += children(node)[::-1]
    return found


def body_nodes(function: FunctionNode) -> list[ast.AST]:
    """`flat` of a function's body, found once: nearly every fact is looked for there."""
    return _kept(function, "_poet_body", lambda: flat(*function.body))


def frame_nodes(function: FunctionNode) -> list[ast.AST]:
    """`own_nodes` of a function's body, found once."""
    return _kept(function, "_poet_frame", lambda: own_nodes(function.body))


def _kept(function: FunctionNode, name: str, find: Callable[[], list[ast.AST]]) -> list[ast.AST]:
    found: list[ast.AST] | None = function.__dict__.get(name)
    if found is None:
        found = function.__dict__[name] = find()
    return found


def statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements of a scope in source order, those inside of `if`, `try`, `with`, loops and `match` included."""
    found, waiting = list[ast.stmt](), list[ast.AST](body)[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            found.append(node)
        if not isinstance(node, DEFINITIONS):
            blocks = [getattr(node, name, None) for name in _BLOCKS if name in node._fields]
            waiting += [inner for block in blocks for inner in block or ()][::-1]
    return found


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters in the order of the signature: positional, `*args`, keyword-only, `**kwargs`."""
    star = [arguments.vararg] if arguments.vararg else []
    double = [arguments.kwarg] if arguments.kwarg else []
    return [*arguments.posonlyargs, *arguments.args, *star, *arguments.kwonlyargs, *double]


def default_of_each(arguments: ast.arguments) -> dict[str, ast.expr]:
    """Parameter → its default, for those that have one."""
    positional = [*arguments.posonlyargs, *arguments.args]
    found = {a.arg: d for a, d in zip(reversed(positional), reversed(arguments.defaults), strict=False)}
    return found | {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}


def called(decorator: ast.expr) -> ast.expr:
    """A decorator without the brackets behind it: `@retry(3)` is `retry`."""
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator


def first_line(statement: ast.stmt) -> int:
    """A statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def dotted_name(node: ast.AST) -> str:
    """`a.b.c` as written, or "" if the expression is anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)]) if parts else node.id


def root_name(node: ast.AST) -> str:
    """The name at which a chain of attributes begins, "" if it begins with another expression."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, whatever `a` is; "" for what is neither a name nor an attribute."""
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


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


def call_text(call: ast.Call, most: int = 60) -> str:
    """A call without its arguments, short enough for a message: `client.get(...)`."""
    text = short_text(call.func)
    return f"{text if len(text) <= most else text[: most - 3] + '...'}(...)"
