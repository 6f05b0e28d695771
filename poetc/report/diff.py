"""A unified diff → the same bytes for a pipe (so that `patch` takes it), coloured and harmless for a terminal."""

from __future__ import annotations

from typing import TextIO

from poetc.report.human import wants_colour, write_lines

_COLOURS = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def render_diff(text: str, stream: TextIO) -> None:
    """Write a unified diff."""
    if not stream.isatty() and not wants_colour(stream):
        stream.write(text)
        return
    lines = text.split("\n")[: -1 if text.endswith("\n") else None]
    write_lines([[(_colour(line), line.removesuffix("\r"))] for line in lines], stream)


def _colour(line: str) -> str:
    return next((colour for start, colour in _COLOURS.items() if line.startswith(start)), "")
