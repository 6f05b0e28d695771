"""Configuration files, read and refused: every complaint is a POET220."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NoReturn

from poetc.errors import ConfigError
from poetc.ir import Diagnostic

LARGEST: Final = 1_000_000
"""bytes of pyproject.toml and of .env"""


def text_of(path: Path) -> str:
    """A configuration file's text, with \\n for newlines; "" if there is none. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        refuse(f"{path.name} can't be read: {error.strerror}", path.name)
    if len(data) > LARGEST:
        refuse(f"{path.name} is larger than {LARGEST} bytes", path.name)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        refuse(f"{path.name} is not UTF-8", path.name, data[: error.start].count(b"\n") + 1)


def refuse(message: str, path: str, line: int = 0, *, column: int = 1, text: str = "", hint: str = "") -> NoReturn:
    """Raise ConfigError of a place (line 0: of the whole file; path "": of the environment)."""
    excerpt = text.split("\n")[line - 1][:400] if text and line else ""
    column = column if line else 0
    raise ConfigError(Diagnostic("POET220", message, path=path, line=line, column=column, excerpt=excerpt, hint=hint))
