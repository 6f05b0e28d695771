"""Paths → `SourceFile` → `Site`: which functions of a project carry `@poet`, and where they stand."""

from __future__ import annotations

from poetc.scan.files import FileEntry, walk
from poetc.scan.read import decode_source, read_data, read_source
from poetc.scan.sites import find_sites

__all__ = ["FileEntry", "decode_source", "find_sites", "read_data", "read_source", "walk"]
