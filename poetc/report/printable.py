"""Text from source files and from the service → text that can do nothing to a terminal or a log.

Whatever is not printable (escape sequences, other control characters, bidirectional overrides, lone surrogates) and
whatever the stream's encoding can't write is shown as its Python escape: `\\x1b`, `\\u202e`, `\\xe9`.
"""

from __future__ import annotations

LONGEST_MESSAGE = 4000
"""characters of one message or hint that are shown to a person"""


def printable(text: str, encoding: str | None = "utf-8") -> str:
    """One line of harmless text; newlines and tabs are escaped too."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")


def printable_cell(text: str, encoding: str | None = "utf-8") -> str:
    """Harmless text that may hold tabs; what is harmless already stays as it is."""
    return "\t".join(printable(part, encoding) for part in text.split("\t"))


def printable_lines(text: str, encoding: str | None = "utf-8") -> list[str]:
    """The lines of a message, harmless, clipped to `LONGEST_MESSAGE`, without empty ones at the end."""
    if len(text) > LONGEST_MESSAGE:
        text = f"{text[:LONGEST_MESSAGE]} ... ({len(text) - LONGEST_MESSAGE} more characters)"
    lines = text.replace("\r\n", "\n").replace("\t", "    ").rstrip("\n").split("\n")
    return [printable(line, encoding) for line in lines]


def printable_path(path: str, encoding: str | None = "utf-8") -> str:
    """A path that may stand at the start of a line: never the start of a CI workflow command (`::`, `##[`)."""
    shown = printable(path, encoding)
    return f"./{shown}" if shown.lstrip().startswith(("::", "##")) else shown
