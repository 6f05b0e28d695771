"""A place in a source file → `Diagnostic`: turns what `ast` counts in UTF-8 bytes into the columns that people see."""

from __future__ import annotations

import ast

from poetc.ir import Diagnostic, Severity, SourceFile

WIDEST_EXCERPT = 400
"""characters; of longer lines (minified, generated, hostile) no excerpt is shown"""


def diagnose(
    code: str,
    message: str,
    source: SourceFile,
    node: ast.expr | ast.stmt | ast.keyword | None = None,
    *,
    hint: str = "",
    unit: str = "",
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """Say `message` at `node`, or of the whole file if there is none; `unit` is a qualified name."""
    line, column, end = place_in(source.text, node) if node is not None else (0, 0, 0)
    excerpt = excerpt_of(source.text, line)
    return Diagnostic(code, message, severity, source.relative, line, column, end, excerpt, hint, unit)


def excerpt_of(text: str, line: int) -> str:
    """The line of that number (from 1), or "" if there is none fit to be shown."""
    lines = text.split("\n", line)
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    return excerpt if len(excerpt) <= WIDEST_EXCERPT else ""


def character(line: str, byte: int) -> int:
    """UTF-8 byte offset in a line (from 0) → column in characters (from 1)."""
    return byte + 1 if line.isascii() else len(line.encode("utf-8")[:byte].decode("utf-8", "replace")) + 1


def place_in(text: str, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int, int]:
    """(line, column, column behind its end or its first line's) of a node, as people count."""
    line = text.split("\n", node.lineno)[node.lineno - 1]
    ends_here = node.end_lineno == node.lineno and node.end_col_offset is not None
    end = character(line, node.end_col_offset or 0) if ends_here else len(line) + 1
    return node.lineno, character(line, node.col_offset), end
