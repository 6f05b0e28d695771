"""A decorated function in a file of a project, extracted as the build does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.extract import extract_unit
from poetc.ir import Diagnostic, Site, Unit
from poetc.scan import find_sites, read_source

DOMAINS = {"ml_monitoring": frozenset({"drift"}), "api_operations": frozenset[str]()}

Extracted = tuple[Unit, tuple[Diagnostic, ...]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's folder."""
    return tmp_path.resolve()


@pytest.fixture
def sites(root: Path) -> Callable[..., list[Site]]:
    """(text, relative path) → the sites of the file."""

    def write_and_find(content: str | bytes, relative: str = "app.py", options: Options | None = None) -> list[Site]:
        options = options or Options(root=root)
        path = options.root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = read_source(path, options)
        assert source is not None
        return find_sites(source, options.decorators)[0]

    return write_and_find


@pytest.fixture
def extract(root: Path, sites: Callable[..., list[Site]]) -> Callable[..., Extracted]:
    """(text, path, options) → the unit of the file's last site, with its warnings."""

    def extract_last(content: str | bytes, relative: str = "app.py", options: Options | None = None) -> Extracted:
        options = options or Options(root=root)
        return extract_unit(sites(content, relative, options)[-1], options, DOMAINS)

    return extract_last
