"""A name for the code that a local service runs, so that an upgraded poetc doesn't use the server of the old one."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import poetc


def install_id() -> str:
    """Version, interpreter, and names, sizes and times of poetc's files and templates → sha256 in hexadecimal."""
    digest = hashlib.sha256(f"{poetc.__version__} {sys.version}\n".encode())
    package = Path(poetc.__file__).resolve().parent
    for root in (package, package.parent / "templates"):
        for path, status in sorted(_files(str(root))):
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        yield from _files(entry.path)
                elif not entry.name.endswith(".pyc"):
                    yield entry.path, entry.stat()
    except FileNotFoundError:
        return
