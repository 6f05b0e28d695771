"""What situations share: a module that is written, built and imported here."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.built_projects import build, write


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """`load(text, **{"other.py": ...})`: the module `app.m` with that text, built in a project of its own."""
    made: list[Path] = []

    def loaded(text: str, settings: str = "", **files: str) -> ModuleType:
        root = tmp_path / f"project{len(made)}"
        made.append(root)
        beside = {f"app/{name}": content for name, content in files.items()}
        pyproject = {"pyproject.toml": f'[project]\nname = "app"\nversion = "1"\n\n[tool.poet]\n{settings}'}
        write(root, {"app/__init__.py": "", "app/m.py": text, **beside, **pyproject})
        build(root)
        forget()
        monkeypatch.syspath_prepend(str(root))
        return importlib.import_module("app.m")

    yield loaded
    forget()


def forget() -> None:
    """Drop the package `app` and all that lies in it."""
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]
