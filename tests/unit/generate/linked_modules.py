"""Modules that are built, verified and linked in this process, and imported."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

from poetc.ir import Ending, Outcome
from poetc.pipeline.build import build_project
from poetc.pipeline.project import open_project
from tests.in_process import InProcess


def built(root: Path, package: str, text: str, settings: str = "") -> ModuleType:
    """`package.app` with that text, every decorated function of it built; `settings` are lines of [tool.poet]."""
    folder = root / package
    folder.mkdir(parents=True)
    (root / "pyproject.toml").write_text(f"[tool.poet]\n{settings}", encoding="utf-8")
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "app.py").write_text(text, encoding="utf-8")
    project = open_project([root], root=root, env={})
    project._transpiler = InProcess()
    outcomes = [each for each in build_project(project) if isinstance(each, Outcome)]
    assert outcomes
    assert {each.ending for each in outcomes} == {Ending.BUILT}, outcomes
    sys.path.insert(0, str(root))
    try:
        return importlib.import_module(f"{package}.app")
    finally:
        sys.path.remove(str(root))


def forget(package: str) -> None:
    """Drop a package and everything below it from the modules that are loaded."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
