"""`poet` with the stand-in pipeline: in this process and in one of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

STANDIN = Path(__file__).with_name("standin")
RUN = [sys.executable, str(STANDIN / "run.py")]
FOREIGN = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "POET_DEBUG", "TERM", "PYTHONUNBUFFERED")

Poet = Callable[..., subprocess.CompletedProcess[str]]


def environment(**extra: str) -> dict[str, str]:
    """The environment without what changes the form of output, and with `extra`."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN} | extra


@pytest.fixture
def poet(tmp_path: Path) -> Poet:
    """Run `poet` in an empty folder, in a process of its own; keyword arguments become environment variables."""

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [*RUN, *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment(**extra),
            capture_output=True,
            encoding=extra.get("PYTHONIOENCODING", "utf-8"),
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Put the stand-in pipeline in the place of the real one, in an empty current folder."""
    spec = importlib.util.spec_from_file_location("poetc.pipeline", STANDIN / "pipeline.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in module.MODULES:
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.chdir(tmp_path)
    return module
