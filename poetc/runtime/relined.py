"""Code with blocks that are repeated: each has two lines more than the user's, and is indented by two columns more."""

from __future__ import annotations

from itertools import groupby
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Place = tuple[Any, Any, Any, Any]
    """line, last line, column, last column; any may be None"""

HEADER = 2
"""lines above a block, and columns before each of its lines"""
NOWHERE, LINE_ALONE, ALL = 0x80 | 15 << 3, 0x80 | 13 << 3, 0x80 | 14 << 3
"""what an entry of `co_linetable` begins with (Python 3.11 and later); it counts up to eight instructions in its last
bits, less one"""


class Relined:
    """Gives code the lines and columns that it has without what stands around blocks.

    `regions` are first and last lines of blocks, counted from 1 where the code begins, in their order.
    """

    __slots__ = ("regions",)

    def __init__(self, *regions: tuple[int, int]) -> None:
        self.regions = regions

    def __call__(self, code: CodeType, first: int = 0) -> CodeType:
        """`code` and all code inside of it; `first` is the line where the outermost one begins."""
        first = first or code.co_firstlineno
        start = self.line(code.co_firstlineno, first)[0]
        constants = [self(each, first) if type(each) is CodeType else each for each in code.co_consts]
        table, last = bytearray(), start
        for place, same in groupby(code.co_positions()):
            moved = self.place(place, first)
            count = sum(1 for _ in same)
            while count > 0:
                table += entry(moved, last, min(8, count))
                last = last if moved[0] is None else moved[0]
                count -= 8
        return code.replace(co_firstlineno=start, co_consts=tuple(constants), co_linetable=bytes(table))

    def line(self, number: int, first: int) -> tuple[int, int]:
        """The user's line of a generated one, and how many columns further in it stands; -1: it is above a block."""
        at, added = number - first + 1, 0
        for start, end in self.regions:
            if at < start + added:
                break
            added += HEADER
            if at < start + added:
                return first - 1 + start, -1
            if at <= end + added:
                return number - added, HEADER
        return number - added, 0

    def place(self, place: Place, first: int) -> Place:
        """A place in generated code as one in the user's: line, last line, column, last column; any may be None."""
        line, end_line, column, end_column = place
        if line is None:
            return None, None, None, None
        line, further = self.line(line, first)
        if further < 0 or None in (end_line, column, end_column):
            return line, line, None, None
        end_line, end_further = self.line(end_line, first)
        return line, end_line, max(column - further, 0), max(end_column - max(end_further, 0), 0)


def entry(place: Place, last: int, count: int) -> bytes:
    """A place of `count` instructions behind some of the line `last`, as `co_linetable` has it."""
    line, end_line, column, end_column = place
    if line is None:
        return bytes((NOWHERE | count - 1,))
    if column is None:
        return bytes((LINE_ALONE | count - 1, *signed(line - last)))
    rest = (*number(end_line - line), *number(column + 1), *number(end_column + 1))
    return bytes((ALL | count - 1, *signed(line - last), *rest))


def number(value: int) -> Iterator[int]:
    """Six bits a byte, the lowest first; all but the last have a mark."""
    while value >= 64:
        yield 64 | value & 63
        value >>= 6
    yield value


def signed(value: int) -> Iterator[int]:
    """A number with its sign in the lowest bit."""
    return number(-value << 1 | 1 if value < 0 else value << 1)
