"""A folder inside a project that is a project of its own: its pyproject.toml has a [tool.poet]."""

from __future__ import annotations

from pathlib import Path

from poetc.config.refusal import LARGEST


def is_own_project(folder: Path) -> bool:
    """Whether the folder has settings of its own; a file that can't be read as TOML has, if it names them."""
    try:
        with (folder / "pyproject.toml").open("rb") as file:
            data = file.read(LARGEST)
    except OSError:
        return False
    if b"poet" not in data:
        return False
    import tomllib

    try:
        tool = tomllib.loads(data.decode("utf-8")).get("tool")
    except (ValueError, RecursionError):
        return b"[tool.poet" in data
    return isinstance(tool, dict) and "poet" in tool


def project_around(root: Path, path: Path) -> Path:
    """The innermost project, at or below `root`, to which a path belongs."""
    between = [folder for folder in path.parents if folder.is_relative_to(root) and folder != root]
    return next((folder for folder in between if is_own_project(folder)), root)
