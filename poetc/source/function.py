"""The function as it was sent: text, syntax tree, and what can be asked of both."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import Literal

from poetc.refusal import GenerateError
from poetc.wire import TranspileContext, TranspileRequest

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Kind = Literal["sync", "generator", "coroutine", "async generator"]
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True, eq=False)
class FunctionSource:
    """One function, parsed; its lines count from 1 at the first line of `text` (the first decorator)."""

    text: str
    node: FunctionNode
    kind: Kind
    context: TranspileContext

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def qualname(self) -> str:
        return self.context.qualname or self.node.name

    @property
    def is_one_line(self) -> bool:
        """Whether the body stands on the header's line: `def f(x): return x`."""
        first = self.node.body[0]
        before = self.lines[first.lineno - 1].encode()[: first.col_offset]
        return bool(before.strip())

    @property
    def body_line(self) -> int:
        """The line of the first statement of the body; a decorated one stands where its decorator does."""
        return first_line(self.node.body[0])


def first_line(statement: ast.stmt) -> int:
    """A statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def parse_function(request: TranspileRequest) -> FunctionSource:
    """The one function that `function_code` holds; raises `GenerateError` for anything else."""
    text = request.function_code.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    if "\0" in text:
        raise GenerateError("INVALID_SOURCE", "function_code holds a null byte")
    text += "\n" * text.endswith("\\\n")  # a continuation, of which the end was cut off
    indented = text.lstrip("\f")[:1] in (" ", "\t")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarning about the user's code is for the user's own compiler
            tree = ast.parse("if True:\n" + text if indented else text)
    except SyntaxError as error:
        line = (error.lineno or 1) - indented
        raise GenerateError("SYNTAX_ERROR", f"line {line}: {error.msg}", {"line": line}) from None
    except (RecursionError, MemoryError, ValueError):
        raise GenerateError("INVALID_SOURCE", "function_code is nested too deeply or malformed") from None
    statements = tree.body[0].body if indented and isinstance(tree.body[0], ast.If) else tree.body
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef | ast.AsyncFunctionDef):
        raise GenerateError("NOT_A_FUNCTION", "function_code must be exactly one function with its decorators")
    if indented:
        ast.increment_lineno(tree, -1)
    node = statements[0]
    return FunctionSource(text, node, kind_of(node), request.context)


def own_nodes(node: FunctionNode) -> list[ast.AST]:
    """Every node that runs in the function's own frame: nested functions, lambdas and classes are not entered."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(reversed(node.body))
    while waiting:
        current = waiting.pop()
        found.append(current)
        if not isinstance(current, SCOPES):
            waiting.extend(reversed(list(ast.iter_child_nodes(current))))
    return found


def kind_of(node: FunctionNode) -> Kind:
    """What calling the function gives."""
    yields = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(node))
    if isinstance(node, ast.AsyncFunctionDef):
        return "async generator" if yields else "coroutine"
    return "generator" if yields else "sync"


def mentioned_names(node: ast.AST) -> frozenset[str]:
    """Every identifier in the function, but its own name in the header, that a generated name could capture."""
    found: set[str] = set()
    for n in ast.walk(node):
        if n is node:
            continue
        for value in (getattr(n, field, None) for field in ("id", "arg", "name", "asname", "rest")):
            if isinstance(value, str):
                found.add(value.split(".")[0])
        if isinstance(n, ast.Global | ast.Nonlocal):
            found.update(n.names)
    return frozenset(found)


def bound_names(node: FunctionNode) -> frozenset[str]:
    """Names that the function binds itself: parameters, assignments, imports, definitions, `global` names."""
    found = {a.arg for n in ast.walk(node) if isinstance(n, ast.arguments) for a in all_arguments(n)}
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load):
            found.add(n.id)
        elif isinstance(n, ast.alias):
            found.add((n.asname or n.name).split(".")[0])
        elif isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and n is not node:
            found.add(n.name)
        elif isinstance(n, ast.Global | ast.Nonlocal):
            found.update(n.names)
        elif isinstance(n, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and n.name:
            found.add(n.name)
        elif isinstance(n, ast.MatchMapping) and n.rest:
            found.add(n.rest)
    return frozenset(found)


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, in the order they are written."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg:
        found.append(arguments.kwarg)
    return found
