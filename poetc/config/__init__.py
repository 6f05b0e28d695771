"""`[tool.poet]`, the environment and `.env` → `Options`.

The environment wins over `.env`, and both over pyproject.toml. What is unknown or makes no sense is a `ConfigError`
(POET220) that names the file and, where it can be found, the line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from poetc.config.environment import from_environment
from poetc.config.options import DECORATORS, LOCAL, Options
from poetc.config.project import from_project
from poetc.config.root import find_root
from poetc.config.values import ASKED

__all__ = ["DECORATORS", "LOCAL", "Options", "find_root", "load_options"]


def load_options(root: Path | None, env: Mapping[str, str]) -> Options:
    """Read `[tool.poet]` of `root` (None: found from the current folder), `root/.env` and `env`.

    Raises ConfigError (POET220) for what can't be read, isn't known, or makes no sense.
    """
    folder = Path(os.path.realpath(root)) if root is not None else find_root(Path.cwd())
    around = from_environment(folder, env)
    return Options(root=folder, environment=frozenset(around.keys() & {*ASKED}), **(from_project(folder) | around))
