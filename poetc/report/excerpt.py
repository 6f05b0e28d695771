"""A diagnostic's source line → the line as shown, and the carets under it.

Tabs become four spaces, wide characters count two cells, what is not printable is shown escaped, and a line wider than
there is room for is clipped around the carets.
"""

from __future__ import annotations

from dataclasses import dataclass

from poetc.ir import Diagnostic
from poetc.report.printable import printable

TAB = "    "
CUT = "..."


@dataclass(frozen=True, slots=True)
class _Piece:
    """One character of the source as it is shown."""

    text: str
    cells: int
    marked: bool


def excerpt(diagnostic: Diagnostic, room: int, encoding: str | None = "utf-8") -> tuple[str, str]:
    """The source line and its caret line ("" if no column is meant), neither wider than `room` cells."""
    room = max(room, 4 * len(CUT))
    source = diagnostic.excerpt.rstrip("\r\n")
    # A line of many megabytes is never walked: only what can be seen around the first caret.
    first = max(diagnostic.column - 1 - room, 0)
    pieces = _pieces(source[first : first + 4 * room], first, diagnostic, encoding)
    whole = not first and len(pieces) == len(source) and sum(piece.cells for piece in pieces) <= room
    start = 0 if whole else _start(pieces, room)
    end = len(pieces) if whole else _end(pieces, start, room - 2 * len(CUT))
    before = CUT if first or start else ""
    after = CUT if first + end < len(source) else ""
    shown = pieces[start:end]
    line = before + "".join(piece.text for piece in shown) + after
    carets = " " * len(before) + "".join(("^" if piece.marked else " ") * piece.cells for piece in shown)
    return line.rstrip(), _carets(carets, diagnostic, len(before) + sum(piece.cells for piece in shown))


def _pieces(window: str, first: int, diagnostic: Diagnostic, encoding: str | None) -> list[_Piece]:
    from rich.cells import cell_len

    start = diagnostic.column - 1
    end = max(diagnostic.end_column - 1, start + 1)
    pieces = []
    for index, char in enumerate(window, first):
        text = TAB if char == "\t" else printable(char, encoding)
        pieces.append(_Piece(text, cell_len(text), start <= index < end))
    return pieces


def _start(pieces: list[_Piece], room: int) -> int:
    """The first piece to show: a third of the room stays in front of the first caret."""
    mark = next((index for index, piece in enumerate(pieces) if piece.marked), 0)
    start, left = mark, room // 3
    while start and pieces[start - 1].cells <= left:
        start -= 1
        left -= pieces[start].cells
    return start


def _end(pieces: list[_Piece], start: int, room: int) -> int:
    """One behind the last piece that fits."""
    end = start
    while end < len(pieces) and pieces[end].cells <= room:
        room -= pieces[end].cells
        end += 1
    return end


def _carets(carets: str, diagnostic: Diagnostic, width: int) -> str:
    """The caret line; a place behind the end of the line (an unexpected end) still gets its caret."""
    if not diagnostic.column:
        return ""
    return carets.rstrip() or " " * width + "^"
