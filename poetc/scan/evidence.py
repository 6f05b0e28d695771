"""What a project says of how its modules are imported: import statements, pyproject.toml, and files that start it."""

from __future__ import annotations

import ast
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from poetc.marker import is_linked
from poetc.scan.exclude import FOLDERS
from poetc.source.nodes import flat

LARGEST: Final = 2_000_000
STARTERS: Final = re.compile(
    r"Procfile.*|.*\.(?:sh|md|rst|service|ya?ml|cfg|ini)|(?:docker-?compose.*|Dockerfile.*|Makefile|justfile|tox\.ini)",
    re.IGNORECASE,
)
"""files in the root whose commands tell how the program is started"""
COMMAND: Final = re.compile(r"(?:-m[ \t\"',]+)([^\W\d]\w*(?:\.[^\W\d]\w*)*)|\b([^\W\d]\w*(?:\.[^\W\d]\w*)*):[^\W\d]\w*")
"""`python -m app.jobs` and `uvicorn app.main:app`"""
WORD: Final = re.compile(r"[^\W\d]\w*")
SCRIPT: Final = re.compile(r"python[\d.]*[ \t\"',]+(?:-\w[ \t]+)*([\w./-]+)\.py\b")


@dataclass(slots=True)
class Statements:
    """What one file says."""

    absolute: list[tuple[str, int]] = field(default_factory=list)
    """(dotted name, line) of what it imports, or names in a string as one imports it"""
    required: set[str] = field(default_factory=set)
    """the modules without which it doesn't run, by absolute name"""
    relative: set[str] = field(default_factory=set)
    """first names behind the dots of relative imports"""
    is_relative: bool = False
    has_guard: bool = False

    def names(self, top: str) -> dict[str, int]:
        """What it imports that begins with `top`, and the packages around that → the first line that says so."""
        found: dict[str, int] = {}
        for dotted, line in self.absolute:
            if dotted.partition(".")[0] == top:
                for name in _with_packages(dotted):
                    found.setdefault(name, line)
        return found


class Evidence:
    """Read once for a run, and only what may matter is parsed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: dict[Path, Statements] = {}
        self.relatives: dict[Path, set[str]] = {}
        self.importing: dict[str, dict[tuple[str, Path], list[tuple[Path, int]]]] = {}

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """The project's pyproject.toml; {} if there is none that can be read."""
        import tomllib  # only where a layout isn't plain

        try:
            return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}

    def table(self, *path: str) -> Any:
        """What stands there in pyproject.toml; {} for nothing."""
        found: Any = self.pyproject
        for name in path:
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return found

    @property
    def distribution(self) -> str:
        """The name that it is installed by, if it says how it is built."""
        name = self.table("project", "name") or self.table("tool", "poetry", "name")
        return name if isinstance(name, str) and self.table("build-system") else ""

    @property
    def declared(self) -> list[str]:
        """Folders that pyproject.toml has packages in, or puts on sys.path."""
        found = [*_texts(self.table("tool", "setuptools", "packages", "find", "where"))]
        found += _texts(self.table("tool", "setuptools", "package-dir", ""))
        wheel = _texts(self.table("tool", "hatch", "build", "targets", "wheel", "packages"))
        found += [os.path.dirname(path) for path in wheel]  # noqa: PTH120
        poetry = self.table("tool", "poetry", "packages")
        found += _texts([p.get("from") for p in poetry if isinstance(p, dict)]) if isinstance(poetry, list) else []
        found += _texts(self.table("tool", "pytest", "ini_options", "pythonpath"))
        found += _texts(self.table("tool", "uv", "build-backend", "module-root"))
        found += _texts(self.table("tool", "pdm", "build", "package-dir"))
        return [path for path in found if not os.path.isabs(path) and ".." not in path.split("/")]  # noqa: PTH117

    @cached_property
    def texts(self) -> dict[Path, str]:
        """Every Python file of the project, as text that is searched only to see what has to be parsed."""
        return {path: _text(path) for path in _python_files(self.root)}

    @cached_property
    def by_word(self) -> dict[str, list[Path]]:
        """Name of a file or folder of the project → files with that word in their text: only they may import it."""
        names = {part.removesuffix(".py") for path in self.texts for part in path.relative_to(self.root).parts}
        found: dict[str, list[Path]] = {}
        for path, text in self.texts.items():
            for word in names.intersection(WORD.findall(text)):
                found.setdefault(word, []).append(path)
        return found

    def imports_of(self, top: str) -> dict[tuple[str, Path], list[tuple[Path, int]]]:
        """(name, folder) → files below it that import what begins with `top` by that name, and the first line of each.

        With a dot in it, a name means the same in the whole project: then the folder is the root.
        """
        if top not in self.importing:
            found: dict[tuple[str, Path], list[tuple[Path, int]]] = {}
            for path in self.by_word.get(top, ()):
                for name, line in self.statements(path).names(top).items():
                    folders = [self.root] if "." in name else [f for f in path.parents if f.is_relative_to(self.root)]
                    for folder in folders:
                        found.setdefault((name, folder), []).append((path, line))
            self.importing[top] = found
        return self.importing[top]

    @cached_property
    def commands(self) -> list[tuple[str, str]]:
        """(dotted name, where) of what commands start: scripts of pyproject.toml, and files in the root."""
        found = []
        for place in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
            table = self.table(*place)
            values = _texts(list(table.values())) if isinstance(table, dict) else []
            found += [(value.partition(":")[0].strip(), "pyproject.toml") for value in values]
        for path in self.starters:
            text = _text(path)
            found += [(a or b, path.name) for a, b in COMMAND.findall(text)]
        return found

    @cached_property
    def started(self) -> dict[str, str]:
        """The same by name, with the packages around each."""
        found: dict[str, str] = {}
        for name, where in self.commands:
            for around in _with_packages(name):
                found.setdefault(around, where)
        return found

    @cached_property
    def scripts(self) -> dict[Path, str]:
        """Files that commands start by their path → where."""
        found = {}
        for path in self.starters:
            for script in SCRIPT.findall(_text(path)):
                found[self.root / f"{script.removeprefix('./')}.py"] = path.name
        return found

    @cached_property
    def starters(self) -> list[Path]:
        """The files in the root that may hold commands."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.root) if entry.is_file())
        except OSError:
            return []
        return [self.root / name for name in names if STARTERS.fullmatch(name)]

    def asks(self, module: str, base: Path, path: Path) -> str:
        """Where the project imports a file by that name; "" if it doesn't.

        A name without a dot counts only beside the file and below: elsewhere it may mean another.
        """
        if "." in module and (where := self.started.get(module)):
            return where
        if "." not in module and (started := self.scripts.get(path)):
            return started
        folder = self.root if "." in module else base
        importing = self.imports_of(module.partition(".")[0]).get((module, folder), ())
        for other, line in importing:
            if other != path:
                return f"{other.relative_to(self.root).as_posix()}:{line}"
        return ""

    def needs(self, path: Path, base: Path, bases: Sequence[Path]) -> bool:
        """Whether the file can run only with `base` on sys.path: it imports what is found there, and only there."""
        for dotted in self.statements(path).required:
            places = [each for each in bases if _is_found(dotted, each)]
            if places == [base] and dotted.partition(".")[0] not in sys.stdlib_module_names:
                return True
        return False

    def is_relative(self, path: Path) -> bool:
        """Whether the file is of a package: it imports relatively, or one beside it imports it so."""
        if self.statements(path).is_relative:
            return True
        if path.parent not in self.relatives:
            beside = (self.statements(other).relative for other in self.in_folder(path.parent))
            self.relatives[path.parent] = set[str]().union(*beside)
        return path.stem in self.relatives[path.parent]

    def has_guard(self, path: Path) -> bool:
        """Whether it does something when it is started."""
        return self.statements(path).has_guard

    def is_script_of_its_own(self, path: Path) -> bool:
        """Whether it may be started by its path: it does something then, and needs nothing of its package."""
        said = self.statements(path)
        if not said.has_guard or said.is_relative or self.distribution or path.name == "__main__.py":
            return False
        return not any(
            (self.root / name.partition(".")[0]).exists() or _is_found(name, path.parent) for name in said.required
        )

    def in_folder(self, folder: Path) -> list[Path]:
        """The Python files of one folder."""
        return self.folders.get(folder, [])

    @cached_property
    def folders(self) -> dict[Path, list[Path]]:
        """Folder → its Python files."""
        found: dict[Path, list[Path]] = {}
        for path in self.texts:
            found.setdefault(path.parent, []).append(path)
        return found

    def statements(self, path: Path) -> Statements:
        """What a file says, parsed once."""
        if path not in self.read:
            self.read[path] = _statements(self.texts.get(path) or _text(path))
        return self.read[path]


def _with_packages(dotted: str) -> list[str]:
    """A dotted name, and those of the packages around it."""
    parts = dotted.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _statements(text: str) -> Statements:
    said = Statements()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return said
    for node in flat(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _read_import(node, said)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            _read_text(node, said)
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "__name__":
            said.has_guard = True
    for node in tree.body:
        names = _imported(node) if isinstance(node, ast.Import | ast.ImportFrom) else ()
        said.required.update(name for name in names if name)
    return said


def _read_import(node: ast.Import | ast.ImportFrom, said: Statements) -> None:
    if isinstance(node, ast.ImportFrom) and node.level:
        said.is_relative = True
        names = [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]
        said.relative.update(names if node.level == 1 else ())
        return
    said.absolute += [(name, node.lineno) for name in _imported(node)]
    if isinstance(node, ast.ImportFrom) and node.module and not is_linked(node.module):
        said.absolute += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports for certain; what a build linked says nothing of how it was before."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [node.module] if node.module and not node.level else []
    return [name for name in names if not is_linked(name)]


def _read_text(node: ast.Constant, said: Statements) -> None:
    """`"app.main:app"` is how servers are told a module; `import_module("app.main")` has no colon."""
    name, _, attribute = str(node.value).partition(":")
    if all(part.isidentifier() for part in name.split(".")) and (attribute.isidentifier() or "." in name):
        said.absolute.append((name, node.lineno))


def _is_found(dotted: str, base: Path) -> bool:
    inner = base.joinpath(*dotted.split("."))
    return inner.with_name(f"{inner.name}.py").is_file() or (inner / "__init__.py").is_file() or _has_python(inner)


def _has_python(folder: Path) -> bool:
    try:
        return any(entry.name.endswith(".py") for entry in os.scandir(folder))
    except OSError:
        return False


def _python_files(root: Path) -> Iterator[Path]:
    """The files below the root that may be of the program: no virtual environment, no project inside of this one."""
    for folder, folders, files in os.walk(root):
        if folder != str(root) and "pyvenv.cfg" in files:
            folders[:] = []
            continue
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_poet")) and f not in FOLDERS)
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _texts(value: object) -> list[str]:
    values: Iterable[object] = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
