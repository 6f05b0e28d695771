"""A path → `SourceFile`, for the files that mention the marker; the others are none of our business.

Every byte of every file passes `read_data` on every build, so it only reads and searches.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding
from typing import Final, NoReturn

from poetc.config import Options
from poetc.errors import SourceError
from poetc.ir import Diagnostic, SourceFile
from poetc.marker import marker_of
from poetc.scan.files import FileEntry, posix
from poetc.scan.naming import name_module

LARGEST: Final = 5_000_000
"""bytes of a file that is parsed"""

_CHUNK = 1_000_000
_QUADRATIC = frozenset({"idna", "punycode"})
"""codecs that take minutes for a megabyte; no editor writes them"""

Place = FileEntry | str | os.PathLike[str]


def read_source(place: Place, options: Options) -> SourceFile | None:
    """Read and decode one file; None if it doesn't mention a decorator of `options`.

    Raises SourceError: POET102 unreadable, POET103 undecodable, POET104 null byte, POET106 too large, POET108 outside.
    """
    data = read_data(place, options)
    return None if data is None else decode_source(place, data, options)


def read_data(place: Place, options: Options) -> bytes | None:
    """A file's bytes, or None if no decorator's name is among them. Raises SourceError: POET102, POET106."""
    path = place.path if isinstance(place, FileEntry) else os.fspath(place)
    words = _words(options.decorators)
    try:
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= LARGEST:
                data = file.read()
                return data if any(word in data for word in words) else None
            mentioned = _mentions(iter(lambda: file.read(_CHUNK), b""), words)
    except OSError as error:
        hint = "Give yourself the right to read it, or add it to `exclude`."
        _refuse("POET102", f"can't be read: {error.strerror or error}", _relative(path, options), hint=hint)
    if not mentioned:
        return None
    hint = f"Files of more than {LARGEST // 1_000_000} MB are not parsed; split it, or add it to `exclude`."
    _refuse("POET106", f"is too large: {size} bytes", _relative(path, options), hint=hint)


def read_module(place: Place, options: Options) -> SourceFile:
    """Read and decode one file, whatever it mentions. Raises SourceError as `read_source` does."""
    path = place.path if isinstance(place, FileEntry) else os.fspath(place)
    try:
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        _refuse("POET102", f"can't be read: {error.strerror or error}", _relative(path, options))
    if len(data) > LARGEST:
        _refuse("POET106", f"is larger than {LARGEST // 1_000_000} MB", _relative(path, options))
    return decode_source(place, data, options)


def decode_source(place: Place, data: bytes, options: Options) -> SourceFile:
    """Bytes → `SourceFile`: decoded by its cookie (PEP 263) or as UTF-8, newlines normalised.

    `encoding` is "utf-8-sig" for a file with a byte-order mark; text with its newlines put back encodes to `data`.
    Raises SourceError: POET103, POET104, POET108.
    """
    path = Path(place.path if isinstance(place, FileEntry) else place).absolute()
    relative = _relative(str(path), options)
    if (null := data.find(b"\0")) >= 0:
        _refuse("POET104", "has a null byte", relative, (data, null), hint="Python can't run it: is it a binary file?")
    encoding = _encoding(data, relative)
    text = _decode(data, encoding, relative)
    newline = _newline(text)
    if newline != "\n" or "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    module, base, package = name_module(path, options.root, options.src)
    return SourceFile(path, relative, module, base, package, data, text, encoding, newline)


@lru_cache(maxsize=32)
def _words(decorators: tuple[str, ...]) -> tuple[bytes, ...]:
    names = marker_of(decorators).names
    return tuple(n.encode() for n in sorted(names) if not any(o != n and o in n for o in names))


def _mentions(chunks: Iterable[bytes], words: tuple[bytes, ...]) -> bool:
    """Whether one of the words is in the chunks, also across the edge of two."""
    overlap, tail = max(map(len, words)) - 1, b""
    for chunk in chunks:
        joined = tail + chunk
        if any(word in joined for word in words):
            return True
        tail = joined[-overlap:] if overlap else b""
    return False


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe that took the file's place would hang the build


def _encoding(data: bytes, relative: str) -> str:
    try:
        head = data[:4096].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        encoding = detect_encoding(BytesIO(head).readline)[0]
        if codecs.lookup(encoding).name not in _QUADRATIC:
            return encoding
    except (SyntaxError, LookupError) as error:
        if isinstance(error, SyntaxError) and "invalid or missing" in str(error):
            return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"  # the decoder will say where
        reason = str(error)
    else:
        reason = f"no source is written in {encoding}"
    first, newline, _ = head.partition(b"\n")
    at = 0 if b"coding" in first else len(first + newline)
    hint = "Correct the `# -*- coding: ... -*-` line."
    _refuse("POET103", f"can't be decoded: {reason}", relative, (head, at), hint=hint)


def _decode(data: bytes, encoding: str, relative: str) -> str:
    hint = "Save it as UTF-8, or say its encoding in the first line: `# -*- coding: latin-1 -*-`."
    try:
        text = data.decode(encoding)
        text.encode("utf-8")  # codecs like utf-7 can give surrogates, which neither ast nor a hash takes
    except UnicodeDecodeError as error:
        byte, at = error.object[error.start : error.start + 1].hex(), (error.object, error.start)
        _refuse("POET103", f"can't be decoded as {encoding}: byte 0x{byte}", relative, at, hint=hint)
    except (ValueError, LookupError) as error:
        _refuse("POET103", f"can't be decoded as {encoding}: {error}", relative, (data, 0), hint=hint)
    return text


def _newline(text: str) -> str:
    """The first newline in use."""
    feed, carriage = text.find("\n"), text.find("\r")
    if carriage < 0 or 0 <= feed < carriage:
        return "\n"
    return "\r\n" if feed == carriage + 1 else "\r"


def _relative(path: str, options: Options) -> str:
    root = str(options.root).rstrip(os.sep) + os.sep
    path = os.path.normpath(Path(path).absolute())
    if path.startswith(root):
        return posix(path[len(root) :])
    shown = posix(path)
    _refuse("POET108", f"lies outside of the project {options.root}", shown, hint="Run poet in its own project.")


def _refuse(code: str, what: str, relative: str, at: tuple[bytes, int] | None = None, *, hint: str = "") -> NoReturn:
    """Raise SourceError at a byte of the file, or of the whole file."""
    line = column = 0
    if at is not None:
        before = at[0][: at[1]].replace(b"\r\n", b"\n").replace(b"\r", b"\n").removeprefix(codecs.BOM_UTF8)
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    raise SourceError(Diagnostic(code, f"{relative} {what}", path=relative, line=line, column=column, hint=hint))
