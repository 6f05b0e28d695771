"""Any path → the folder of the project it belongs to."""

from __future__ import annotations

import os
from pathlib import Path


def find_root(start: Path) -> Path:
    """The nearest folder with `[tool.poet]`, else with pyproject.toml or .git, else `start` itself (its folder)."""
    start = Path(os.path.realpath(start))
    here = start if start.is_dir() else start.parent
    nearest: Path | None = None
    for folder in (here, *here.parents):
        project = folder / "pyproject.toml"
        if project.is_file():
            if _speaks_of_us(project):
                return folder
            nearest = nearest or folder
        elif nearest is None and (folder / ".git").exists():
            nearest = folder
    return nearest or here


def _speaks_of_us(project: Path) -> bool:
    try:
        data = project.read_bytes()
    except OSError:
        return False
    if b"poet" not in data:
        return False
    import tomllib

    try:
        tool = tomllib.loads(data.decode("utf-8")).get("tool")
    except (ValueError, RecursionError):
        return b"[tool.poet" in data  # broken, but meant for us: load_options will say what is wrong with it
    return isinstance(tool, dict) and "poet" in tool
