"""A dotted module name → the project's file of that name; who reads files is told by the pipeline."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from poetc.ir import SourceFile
from poetc.marker import is_link_folder
from poetc.source.module import Module


class Looked(NamedTuple):
    """The project's file of a dotted module name, as the module `asking` would import it."""

    found: Module | None
    """None: there is none that can be read"""
    places: frozenset[str]
    """posix paths from the project's root; where none of them changes, comes or goes, the answer stays the same"""


Lookup = Callable[[str, SourceFile], Looked]
"""(dotted name of a module, file that imports it) → the project's file of that name"""


def nowhere(dotted: str, asking: SourceFile) -> Looked:
    """A lookup that knows no other file."""
    return Looked(None, frozenset())


def may_be_ours(dotted: str) -> bool:
    """Whether a module of that name can be one that the project's author wrote."""
    parts = dotted.split(".")
    return bool(parts[0]) and parts[0] not in sys.stdlib_module_names and not any(map(is_link_folder, parts))
