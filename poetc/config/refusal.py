"""Configuration files, read and refused: every complaint is a POET220."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, NoReturn

from poetc.config.ownership import belongs_to_stranger
from poetc.errors import ConfigError
from poetc.ir import Diagnostic

LARGEST: Final = 1_000_000
"""bytes of pyproject.toml and of .env"""


def text_of(path: Path) -> str:
    """A configuration file's text, with \\n for newlines; "" if there is none. Raises ConfigError."""
    try:
        data = _read(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        refuse(f"{path.name} can't be read: {error.strerror or error}", path.name)
    if belongs_to_stranger(path, path.parent):
        hint = "remove it, or `chown` it if it is yours: it could send your code to somebody else"
        raise ConfigError(Diagnostic("POET221", f"{path} belongs to another user", path=path.name, hint=hint))
    if len(data) > LARGEST:
        refuse(f"{path.name} is larger than {LARGEST} bytes", path.name)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        refuse(f"{path.name} is not UTF-8", path.name, data[: error.start].count(b"\n") + 1)


def _read(path: Path) -> bytes:
    """The bytes of a regular file, one more than allowed at most; OSError also for a pipe, a device, a folder."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("it is no file")
        return file.read(LARGEST + 1)


def refuse(message: str, path: str, line: int = 0, *, column: int = 1, text: str = "", hint: str = "") -> NoReturn:
    """Raise ConfigError of a place (line 0: of the whole file; path "": of the environment)."""
    excerpt = text.split("\n")[line - 1][:400] if text and line else ""
    column = column if line else 0
    raise ConfigError(Diagnostic("POET220", message, path=path, line=line, column=column, excerpt=excerpt, hint=hint))
