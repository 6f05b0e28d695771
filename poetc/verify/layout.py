"""The body's text stands where it stands in the source, byte for byte: tracebacks and coverage rely on it."""

from __future__ import annotations

import ast

from poetc.verify.answer import Answer, Function
from poetc.verify.nodes import said

CODE = "POET403"


def first_line(node: ast.stmt) -> int:
    """A statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def is_one_line(function: Function, lines: list[str]) -> bool:
    """Whether the body begins on the header's line: `def f(x): return x`."""
    first = function.body[0]
    return bool(lines[first_line(first) - 1].encode("utf-8", "surrogatepass")[: first.col_offset].strip())


def begins_line(statement: ast.stmt, lines: list[str]) -> bool:
    """Whether nothing stands before a statement on its line; what does may be rewritten, and then moves it."""
    return not lines[statement.lineno - 1].encode("utf-8", "surrogatepass")[: statement.col_offset].strip()


def column_shift(answer: Answer, one: ast.stmt, other: ast.stmt) -> int:
    """How many columns the body stands further right than in the source: 0.

    A body that is indented by less than the blocks around it are deep leaves no room for them: then what is missing.
    """
    shift = other.col_offset - one.col_offset
    if shift != max(0, (2 if answer.owner is None else 3) - one.col_offset):
        raise answer.error(CODE, f"`{said(other)}` is not in its own column", other)
    return shift


def check_lines(answer: Answer, lines: list[str], first: int, shift: tuple[int, int], touched: set[int]) -> None:
    """Every line from `first` to the function's end is the source's, but for `touched` ones, which hold a rewrite.

    `shift` says how many lines further down and columns further right the answer has them.
    """
    down, right = shift
    for number in range(first, (answer.function.end_lineno or first) + 1):
        if number in touched:
            continue
        source = lines[number - 1]
        given = answer.lines[number + down - 1] if number + down <= len(answer.lines) else ""
        if given[right:] != source and (given.strip() or source.strip()):
            node = ast.Pass(lineno=number + down, col_offset=0)
            raise answer.error(CODE, f"the line `{source.strip()[:80]}` has another text", node)
