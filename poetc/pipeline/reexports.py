"""Markers that the project passes on: `from lib.tools import poet`, where `lib/tools.py` has imported it."""

from __future__ import annotations

import ast
import re
from typing import Final

from poetc.errors import SourceError
from poetc.ir import SourceFile
from poetc.marker import exactly, is_linked, marker_of
from poetc.pipeline.modules import Modules
from poetc.scan.parse import parse_module
from poetc.scan.sites import find_sites
from poetc.source.imports import absolute, imported
from poetc.source.module import Module
from poetc.source.nodes import DEFINITIONS, dotted_name

IMPORTING: Final = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import\b(.*)", re.MULTILINE)
FARTHEST: Final = 20
"""modules that one marker may pass through"""


class Reexports:
    """Which names of the project's modules are markers, each looked up once in a run."""

    def __init__(self, modules: Modules, decorators: tuple[str, ...]) -> None:
        self.modules = modules
        self.decorators = decorators
        self.marker = marker_of(decorators)
        self.importer: SourceFile | None = None
        """the file that imports the marker last found, None if a build has linked it"""
        self.places: set[str] = set()
        """what the answers of the last question depend on"""

    def of(self, source: SourceFile) -> tuple[str, ...]:
        """The markers that a file imports from the project, as decorators; most files do no such thing."""
        self.places.clear()
        homes = {d.rpartition(".")[0] for d in self.decorators}
        names: frozenset[str] = self.marker.names
        suspicious = (m for m in IMPORTING.finditer(source.text) if m[1] not in homes and not m[1].startswith("__"))
        if not any("(" in m[2] or "*" in m[2] or "\\" in m[2] or any(n in m[2] for n in names) for m in suspicious):
            return ()
        try:
            module = parse_module(source)
        except SourceError:
            return ()  # said where the file itself is read
        found: list[str] = []
        by_star: list[str] = []
        for node in from_imports(module):
            for name, target, _ in imported(node, source):
                home, _, leaf = target.rpartition(".")
                if name == "*":
                    for exported in sorted(n for n in names if self.is_marker(target, n, source, FARTHEST)):
                        by_star += spelled(node, exported, source)
                elif self.marker.matches(target):
                    by_star, names = [], frozenset()  # it has its own, and needs none that a star brings
                elif leaf in self.marker.names and self.is_marker(home, leaf, source, FARTHEST):
                    found += spelled(node, leaf, source)
        return tuple(dict.fromkeys(found or by_star))  # a star alone can't be linked, which is then said

    def gives(self, dotted: str, asking: SourceFile) -> bool:
        """Whether importing that dotted name gives a marker that the project passes on."""
        home, _, leaf = dotted.rpartition(".")
        return leaf in self.marker.names and self.is_marker(home, leaf, asking, FARTHEST)

    def is_marker(self, module: str, name: str, asking: SourceFile, steps: int) -> bool:
        """Whether `from module import name` in `asking` gives a marker that came through a module of the project."""
        if steps == 0 or self.marker.matches(f"{module}.{name}"):
            return False
        looked = self.modules(module, asking)
        self.places |= looked.places
        return looked.found is not None and self.binds(looked.found, name, steps)

    def binds(self, module: Module, name: str, steps: int) -> bool:
        """Whether the last binding of a name at a module's top is a marker."""
        source, result = module.source, False
        for node in module.statements:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for bound, target, _ in imported(node, source):
                    if bound == "*":
                        result = result or self.passes_on(target, name, source, steps)
                    elif bound == name:
                        home, _, leaf = target.rpartition(".")
                        result = self.passes_on(home, leaf, source, steps)
            elif isinstance(node, DEFINITIONS):
                result = result and node.name != name
            elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                result = self.marker.matches(dotted_name(node.value))
        return result

    def passes_on(self, module: str, name: str, source: SourceFile, steps: int) -> bool:
        """Whether that name of that module is a marker, be it the original."""
        if self.marker.matches(f"{module}.{name}"):
            self.importer = None if is_linked(module) else source
            return True
        return self.is_marker(module, name, source, steps - 1)

    def hiding_star(self, source: SourceFile) -> str:
        """Why a star import puts an unlinked marker in the place of the link; "" if none does."""
        try:
            starred = any("*" in match[2] for match in IMPORTING.finditer(source.text))
            nodes = from_imports(parse_module(source)) if starred else []
        except SourceError:
            return ""
        said = ""
        for node in nodes:
            for name, target, _ in imported(node, source):
                if name == "*":
                    looked = self.modules(target, source)
                    if looked.found and any(self.binds(looked.found, n, FARTHEST) for n in self.marker.names):
                        linked = self.importer is None or bool(find_sites(self.importer, self.decorators)[0])
                        said = "" if linked else star_said(node)
                elif self.marker.matches(target):
                    said = ""
        return said


def star_said(node: ast.ImportFrom) -> str:
    """How such a star import is complained of."""
    shown = ast.unparse(node)
    return f"`{shown}` in line {node.lineno} puts an unlinked marker in the place of the link: import that below it"


def spelled(node: ast.ImportFrom, name: str, source: SourceFile) -> list[str]:
    """A marker's names as decorators: by where it is imported from, and as that is written."""
    return [exactly(f"{absolute(node, source)}.{name}"), exactly(f"{'.' * node.level}{node.module or ''}.{name}")]


def from_imports(module: Module) -> list[ast.ImportFrom]:
    """`from` imports that run with the module."""
    return [node for node in module.statements if isinstance(node, ast.ImportFrom)]
