"""The project tests/projects/peer, built and imported: a shop whose client answers as a script says."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from built_projects import ROOT, build, python, said

PEER = ROOT / "tests" / "projects" / "peer"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILT: list[Shop] = []
"""the one shop of this process"""


class Shop:
    """The built project, imported: its client, its runtime, and its other modules by name."""

    def __init__(self, root: Path) -> None:
        shutil.copytree(PEER, root, ignore=shutil.ignore_patterns("__pycache__"))
        self.root = root
        self.outcomes = build(root)
        sys.path.insert(0, str(root))
        self.wire: Any = self.module("wire")
        self.runtime: Any = importlib.import_module("shop._poet._runtime")

    def module(self, name: str) -> Any:
        """A module of the shop."""
        return importlib.import_module(f"shop.{name}")

    def patch(self, patcher: pytest.MonkeyPatch, name: str, value: Any) -> None:
        """Another value under a name of the runtime, in each of its modules that has it."""
        for module in [m for n, m in sys.modules.items() if n.startswith("shop._poet._runtime.") and name in vars(m)]:
            patcher.setattr(module, name, value)

    def plays(self, *script: Any) -> None:
        """The next answers of the client; all breakers are closed."""
        self.wire.SCRIPT[:] = script
        self.wire.CALLS.clear()
        self.wire.LOG.clear()
        for breaker in self.runtime.breakers().values():
            breaker.reset()


def the_shop(folders: pytest.TempPathFactory) -> Shop:
    """The shop, built at the first asking; its modules stay loaded to the end of the process."""
    if not BUILT:
        BUILT.append(Shop(folders.mktemp("peer") / "project"))
    return BUILT[0]


def call(function: Any, *args: Any) -> Any:
    """What a function gives, whatever its kind."""
    result = function(*args)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


def caught(function: Any, *args: Any) -> BaseException:
    """What a call raises."""
    try:
        call(function, *args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def ran(shop: Shop, head: str, script: str, version: str = VERSION) -> tuple[str, str]:
    """What a script prints, "ok" at its end, that has the linked project and the standard library."""
    text = f"{head}\n{textwrap.dedent(script)}\nprint('ok')\n"
    done = python(version, "-B", "-W", "error", "-c", text, cwd=shop.root, src=shop.root)
    return said(done), done.stderr
