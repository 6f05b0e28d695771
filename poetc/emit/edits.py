"""Edits inside the user's lines: what is put in or replaced, never a line more or less."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """At `line` (from 1) and `column` (UTF-8 bytes), `removed` bytes give way to `text`; no newline on either side."""

    line: int
    column: int
    removed: int
    text: str
    order: int = 0
    """among edits at one place, smaller ones come out further left"""


def edited(lines: list[str], edits: list[Edit]) -> list[str]:
    """The lines with all edits made; positions are those of the unedited lines."""
    result = list(lines)
    for edit in sorted(edits, key=lambda e: (e.line, e.column, e.order), reverse=True):
        data = result[edit.line - 1].encode()
        data = data[: edit.column] + edit.text.encode() + data[edit.column + edit.removed :]
        result[edit.line - 1] = data.decode()
    return result
