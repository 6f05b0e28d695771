"""The function as it was sent: text, syntax tree, and what can be asked of both."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from poetc.ir import Kind
from poetc.refusal import GenerateError
from poetc.source.functions import kind_of
from poetc.source.nodes import FUNCTIONS, FunctionNode, first_line


class SentContext(Protocol):
    """What was sent of a function's module, as `ModuleContext` has it, and of its place in the project."""

    @property
    def imports(self) -> Sequence[str]: ...
    @property
    def qualname(self) -> str | None: ...
    @property
    def classes(self) -> Sequence[str]: ...
    @property
    def source_file(self) -> str | None: ...
    @property
    def link_package(self) -> str: ...
    @property
    def module_path(self) -> str | None: ...
    @property
    def shadowed(self) -> Sequence[str]: ...
    @property
    def free(self) -> Sequence[str] | None: ...
    @property
    def outer(self) -> Sequence[str]: ...
    @property
    def star_import(self) -> bool: ...
    @property
    def future_annotations(self) -> bool: ...
    @property
    def things(self) -> Mapping[str, str]: ...
    @property
    def defaults(self) -> Mapping[str, str]: ...
    @property
    def constants(self) -> Mapping[str, str]: ...
    @property
    def project_effects(self) -> Mapping[str, str]: ...
    @property
    def calls(self) -> Mapping[str, Mapping[str, Any]]: ...


class Sent(Protocol):
    """A function that was sent: its lines, and what is known around it."""

    @property
    def function_code(self) -> str: ...
    @property
    def context(self) -> SentContext: ...


@dataclass(frozen=True, slots=True, eq=False)
class FunctionSource:
    """One function, parsed; its lines count from 1 at the first line of `text` (the first decorator)."""

    text: str
    node: FunctionNode
    kind: Kind
    context: SentContext

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


_LATEST: tuple[Sent, FunctionSource] | None = None
"""planning and emitting ask for the same function one after the other"""


def parse_function(request: Sent) -> FunctionSource:
    """The one function that `function_code` holds; raises `GenerateError` for anything else."""
    global _LATEST
    latest = _LATEST
    if latest is None or latest[0] is not request:
        latest = _LATEST = request, _parsed(request)
    return latest[1]


def _parsed(request: Sent) -> FunctionSource:
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
    if len(statements) != 1 or not isinstance(statements[0], FUNCTIONS):
        raise GenerateError("NOT_A_FUNCTION", "function_code must be exactly one function with its decorators")
    if indented:
        ast.increment_lineno(tree, -1)
    node = statements[0]
    return FunctionSource(text, node, kind_of(node), request.context)
