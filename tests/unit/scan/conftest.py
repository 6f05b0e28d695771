"""A file of a project in a temporary folder, read and searched as the build does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.ir import Diagnostic, Site, SourceFile
from poetc.scan import find_sites, read_source

Found = tuple[list[Site], list[Diagnostic]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's folder."""
    return tmp_path.resolve()


@pytest.fixture
def options(root: Path) -> Options:
    """Options of a project that says nothing."""
    return Options(root=root)


@pytest.fixture
def read(root: Path, options: Options) -> Callable[..., SourceFile]:
    """(text or bytes, relative path) → the file, written and read."""

    def write_and_read(content: str | bytes, relative: str = "app.py") -> SourceFile:
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = read_source(path, options)
        assert source is not None
        return source

    return write_and_read


@pytest.fixture
def find(read: Callable[..., SourceFile], options: Options) -> Callable[..., Found]:
    """(text, relative path) → sites and diagnostics."""
    return lambda content, relative="app.py": find_sites(read(content, relative), options.decorators)
