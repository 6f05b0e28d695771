"""Where code stands: files, places in them, and the decorated functions found there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from poetc.ir.limits import Whole

NOT_SOURCE = frozenset({".venv", "venv", "env", "node_modules", "build", "dist", "__pycache__", "site-packages"})
"""names of folders that hold what was installed or built, not what somebody wrote here"""
RESERVED = frozenset({"_runtime", "_init"})
"""names inside a link package that are ours; a module of that name is linked under the name with "_" behind it"""

FARTHEST: Final = 10**9
"""lines, and bytes of a line"""


class Span(NamedTuple):
    """A stretch of source: lines from 1, columns from 0 in UTF-8 bytes, as `ast` has them; the end is excluded."""

    line: Annotated[int, Whole(1, FARTHEST)]
    column: Annotated[int, Whole(0, FARTHEST)]
    end_line: Annotated[int, Whole(1, FARTHEST)]
    end_column: Annotated[int, Whole(0, FARTHEST)]


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """One source file, read once.

    `text` is decoded, without a byte-order mark, its newlines normalised to \\n; `data` is what stands on disk.
    """

    path: Path
    relative: str
    """posix path from the project's root, for people and for metadata"""
    module: str
    """dotted import name, "app.drift"; a package's `__init__.py` has the package's name"""
    base: Path
    """the folder that has to be on sys.path for `module` to import"""
    package: str
    """dotted name of the outermost regular package, "app"; "" for a module that stands alone"""
    data: bytes
    text: str
    encoding: str
    newline: str
    label: str = ""
    """the dotted path by which people and the store know it, where that isn't the name it is imported by"""
    link_name: str = "_poet"
    """what the package with the linked copies is called"""
    doubt: str = ""
    """why nobody can tell how the program imports it; then it isn't linked"""

    @property
    def known_as(self) -> str:
        """The module's name in reports and in the store: no two files of a project share it."""
        return self.label or self.module

    @property
    def link_package(self) -> str:
        """Dotted name of the package that holds the linked copies, "app._poet"."""
        return f"{self.package}.{self.link_name}" if self.package else self.link_name

    @property
    def link_module(self) -> str:
        """Dotted name of this module's link table, "app._poet.drift"; `app/__init__.py` has "app._poet._init"."""
        inner = self.module[len(self.package) :].lstrip(".") if self.package else self.module
        first, *rest = (inner or "_init").split(".")
        if inner and first in RESERVED:
            first += "_"
        return ".".join([self.link_package, first, *rest])

    @property
    def link_root(self) -> Path:
        """The folder of `link_package`."""
        return self.base.joinpath(*self.link_package.split("."))


class Role(StrEnum):
    """How a function hangs in its class or module: what has to be unwrapped before and wrapped again after."""

    FUNCTION = "function"
    METHOD = "method"
    STATIC = "staticmethod"
    CLASS = "classmethod"
    GETTER = "property"
    SETTER = "setter"
    DELETER = "deleter"


class Kind(StrEnum):
    """What calling a function gives."""

    SYNC = "sync"
    GENERATOR = "generator"
    COROUTINE = "coroutine"
    ASYNC_GENERATOR = "async generator"


def full_name(module: str, qualname: str) -> str:
    """The name that people, files and the service use: "app.web.create_app.index" for "create_app.<locals>.index"."""
    return f"{module}.{qualname.replace('.<locals>', '')}"


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A function that carries `@poet`, where it stands. Two sites of a module never share a `qualname`."""

    source: SourceFile
    qualname: str
    """Python's own, "Monitor.check", "create_app.<locals>.index"; accessors of one property are told apart:
    "Monitor.rate", "Monitor.rate.setter" """
    role: Role
    kind: Kind
    classes: tuple[str, ...]
    """names of the classes around it, outermost first, wherever functions stand between"""
    span: Span
    """from the first decorator's line to the function's end"""

    @property
    def name(self) -> str:
        """The qualified name that people, files and the service use: "app.drift.Monitor.check"."""
        return full_name(self.source.known_as, self.qualname)

    @property
    def text(self) -> str:
        """The function's own lines, decorators and indentation included, newline-terminated."""
        lines = self.source.text.split("\n")[self.span.line - 1 : self.span.end_line]
        return "\n".join(lines) + "\n"
