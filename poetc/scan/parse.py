"""`SourceFile` → `Module`, whatever is in the file.

CPython refuses what is nested too deeply in three ways: MemoryError from the parser's own stack, RecursionError as it
builds the tree, SyntaxError for brackets and indentation. What it returns is no deeper than its recursion limit, but
may be deeper than Python code can recurse: walks of it must be loops.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from poetc.diagnose import character, excerpt_of
from poetc.errors import SourceError
from poetc.ir import Diagnostic, SourceFile
from poetc.source.module import QUIET, Module

_TOO_DEEP = re.compile(r"too many (nested parentheses|levels of indentation)")
_SEARCHED = 1_000_000
"""characters up to which the line that is too deep is searched for"""


@lru_cache(maxsize=4)
def parse_module(source: SourceFile) -> Module:
    """Parse without a word about the user's own warnings. Raises SourceError: POET101 syntax, POET105 too deep."""
    try:
        return Module(source, _parsed(source.text))
    except SyntaxError as error:
        raise SourceError(_syntax(source, error)) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(_too_deep(source, _deep_line(source.text), 1)) from error


def _parsed(text: str) -> ast.Module:
    with QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _syntax(source: SourceFile, error: SyntaxError) -> Diagnostic:
    line, column = error.lineno or 1, max(error.offset or 1, 1)
    if _TOO_DEEP.search(error.msg):
        return _too_deep(source, line, column)
    same_line = error.end_lineno == line and (error.end_offset or 0) > column
    return Diagnostic(
        "POET101",
        error.msg,
        path=source.relative,
        line=line,
        column=column,
        end_column=(error.end_offset or 0) if same_line else column + 1,
        excerpt=excerpt_of(source.text, line),
        hint="The rest of the project is built; this file is left as it is.",
    )


def _too_deep(source: SourceFile, line: int, column: int) -> Diagnostic:
    hint = "Split the expression or the blocks; Python itself can hardly compile this."
    excerpt = excerpt_of(source.text, line)
    column = max(column, character(excerpt, len(excerpt) - len(excerpt.lstrip())))
    what, path = "nested too deeply to be parsed", source.relative
    return Diagnostic("POET105", what, path=path, line=line, column=column, excerpt=excerpt, hint=hint)


def _deep_line(text: str) -> int:
    """The first line with which the text gets too deep, by bisection; 1 for texts too long for that."""
    lines = text.split("\n")
    low, high = 1, len(lines) if len(text) <= _SEARCHED else 1
    while low < high:
        middle = (low + high) // 2
        if _is_too_deep("\n".join(lines[:middle])):
            high = middle
        else:
            low = middle + 1
    return low


def _is_too_deep(text: str) -> bool:
    try:
        _parsed(text)
    except SyntaxError:
        return False
    except (RecursionError, MemoryError):
        return True
    return False
