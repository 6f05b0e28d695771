"""Whether the import of a link package is found where the module that it is for is found."""

from __future__ import annotations

import sys
from pathlib import Path

from poetc.ir import SourceFile


def unresolved(source: SourceFile) -> str:
    """Why `import <link package>` wouldn't give the one that is written, with the module's own folder on sys.path.

    Every package around it has to be what Python finds by its name: a folder without `__init__.py` gives way to a
    module of that name anywhere on the path. "" if nothing stands in the way.
    """
    folder = source.base
    for name in source.link_package.split(".")[:-1]:
        folder /= name
        if (folder / "__init__.py").is_file() or (folder == source.path.parent and source.path.name == "__init__.py"):
            continue
        if folder.with_name(f"{name}.py").is_file():
            return f"`{name}` is the module {_shown(folder.with_name(f'{name}.py'), source)} for Python, not the folder"
        if folder.parent == source.base and name in sys.stdlib_module_names:
            return f"`{name}` is a module of the standard library for Python, not the folder"
    if not source.path.is_relative_to(source.link_root.parent):
        return f"its link would lie outside of {_shown(source.link_root.parent, source)}"
    return ""


def _shown(path: Path, source: SourceFile) -> str:
    return path.relative_to(source.base).as_posix()
