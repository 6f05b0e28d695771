"""The linked copy: one file for each source module below `<package>/_poet/`, the runtime and package files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poetc.errors import LinkError
from poetc.ir import Diagnostic, FileChange, SourceFile, Stored
from poetc.link.import_links import MARKER, linked_imports
from poetc.link.import_source import import_statements, parse_source
from poetc.link.orphans import removed_01
from poetc.link.runtime_files import FOLDER, runtime_texts
from poetc.linked_file import Row, linked_text, parted, preamble
from poetc.marker import WRITTEN, head_of, is_link_folder, is_link_package, is_written

MARK = WRITTEN
INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
RUNTIME_NAME = re.compile(r"\brt\b(?:\.(\w+))?")
"""where text says `rt`, be it in a string: this only decides whether the tree has to be looked at"""


@dataclass(frozen=True, slots=True, eq=False)
class LinkedModule:
    """What one module's linked file is to say."""

    source: SourceFile
    stored: tuple[Stored, ...]
    skipped: tuple[str, ...] = ()
    """qualified names inside the module of marks that are no functions to be built"""
    left: dict[str, Row] = field(default_factory=dict)
    """functions that a build left as they are, by qualified name inside the module"""
    stale: str = "original"
    imports: tuple[tuple[str, str], ...] = field(default=())
    """(original, linked) text of each import statement that was changed"""


def table_path(source: SourceFile) -> Path:
    """A module's linked file; a package's own functions are in its `__init__.py`, as in the source."""
    inner = source.link_module[len(source.link_package) + 1 :]
    path = source.link_root.joinpath(*inner.split("."))
    is_package = source.path.name == "__init__.py" and source.module != source.package
    return path / "__init__.py" if is_package else path.with_name(f"{path.name}.py")


def table_text(module: LinkedModule) -> str:
    """The text of a module's linked file, the functions by name; raises LinkError (POET406)."""
    source = module.source
    start = preamble(source.relative, source.link_package, future=False)
    sections: list[tuple[str, str, Row]] = []
    for stored in sorted(module.stored, key=lambda s: s.unit.site.qualname):
        parts = parted(stored.code, source.relative, source.link_package)
        if parts is None:
            message = f"v{stored.version} of {stored.unit.name} doesn't begin as what {source.relative} links has to"
            raise LinkError(Diagnostic("POET406", message, path=source.relative, line=1, column=1))
        start, section = parts
        sections.append((stored.unit.site.qualname, section, row_of(stored)))
    known = {name for name, _, _ in sections}
    skipped = [name for name in module.skipped if name not in known and name not in module.left]
    left = {name: row for name, row in module.left.items() if name not in known}
    return linked_text(start, sections, left, skipped, module.imports, module.stale)


def row_of(stored: Stored) -> Row:
    """What the linked file says beside a function's code."""
    lines = stored.metadata["last_line"] - stored.metadata["first_line"] + 1
    return Row(stored.version, lines, stored.metadata["source_hash"])


def module_changes(module: LinkedModule) -> list[FileChange]:
    """The write of the module's linked file, if it says something else now."""
    change = changed(table_path(module.source), table_text(module))
    return [change] if change is not None else []


def changed(path: Path, text: str) -> FileChange | None:
    """The write that makes `path` hold `text`, or None if it does already."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        if path.read_bytes() == data:
            return None
    except OSError:
        pass
    return FileChange(path, data)


def bare_parents(source: SourceFile) -> list[Path]:
    """Folders between the link package and a module's linked file that have no `__init__.py` yet."""
    found, folder = [], table_path(source).parent
    while folder != source.link_root:
        if not (folder / "__init__.py").exists():
            found.append(folder)
        folder = folder.parent
    return found


def package_text(source: SourceFile) -> str:
    """The `__init__.py` of the link package and of its plain folders."""
    return f'"""Functions of {source.package or "the modules beside this folder"}, enhanced; {MARK}."""\n'


def package_changes(source: SourceFile, modules: Sequence[LinkedModule], tables: Iterable[Path]) -> list[FileChange]:
    """The link package's `__init__.py`, the runtime for `modules` and the linked files there are (`tables`), and every
    folder's `__init__.py` between them that isn't the linked file of one of `modules`."""
    root = source.link_root
    used = used_attributes(s.code for m in modules for s in m.stored)
    written = {table_path(m.source) for m in modules}
    used |= used_attributes(p.read_text(encoding="utf-8", errors="replace") for p in tables if p not in written)
    bare = {folder / "__init__.py" for m in modules for folder in bare_parents(m.source)} - written
    changes = [changed(path, package_text(source)) for path in (root / "__init__.py", *sorted(bare))]
    runtime = runtime_changes(root / FOLDER, runtime_texts(used))
    return [*runtime, *(c for c in changes if c is not None), *removed_01(root)]


def runtime_changes(folder: Path, texts: Mapping[str, str]) -> list[FileChange]:
    """The runtime's files as they have to be; others that a build wrote there go."""
    changes = [changed(folder / name, text) for name, text in texts.items()]
    gone = [p for p in sorted(folder.glob("*.py")) if p.name not in texts and is_written(head_of(p))]
    return [*(c for c in changes if c is not None), *(FileChange(p, None) for p in gone)]


def used_attributes(texts: Iterable[str]) -> set[str]:
    """Names that version modules use of the runtime.

    Most use the same few: a text that says no further name needs no parsing.
    """
    used: set[str] = set()
    for text in texts:
        said = RUNTIME_NAME.findall(text)
        if not text.isascii() or not used.issuperset(name for name in said if name) or said.count("") > 1:
            used |= read_by_bind(text)
    return used


def read_by_bind(text: str) -> set[str]:
    """What a version module's `bind` reads of `rt`: of all functions in it, it alone means the runtime by that."""
    found: set[str] = set()
    top = ast.parse(text).body
    classes = [inner for node in top if isinstance(node, ast.ClassDef) for inner in node.body]
    pending: list[ast.AST] = [node for node in (*top, *classes) if isinstance(node, ast.FunctionDef)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rt":
            found.add(node.attr)
        pending += [each for each in ast.iter_child_nodes(node) if not isinstance(each, INNER)]
    return found


def ensure_ours(source: SourceFile) -> None:
    """Raise `LinkError` POET503 if something else has the name of the link package."""
    root = source.link_root
    rival = root.with_suffix(".py")
    foreign = root.exists() and not (root.is_dir() and (is_link_package(root) or not any(root.glob("*.py"))))
    if foreign or rival.exists():
        shown = (root if foreign else rival).relative_to(source.base).as_posix()
        raise LinkError(
            Diagnostic(
                code="POET503",
                message=f"{shown} is not {MARK}, but the linked copies need the name `_poet`",
                path=source.relative,
                line=1,
                column=1,
                hint=f"rename {shown}; or take @poet off the functions of its package, and give them another",
            )
        )


def package_of(table: Path) -> Path:
    """The folder of the link package that a linked file lies in."""
    return next((folder for folder in table.parents if is_link_folder(folder.name)), table.parent)


def standing_table(source: SourceFile) -> Path:
    """The linked file that the source imports from now; where its next one will be if it imports from none."""
    place = table_path(source)
    if place.exists() or MARKER not in source.data:
        return place
    parsed = parse_source(source.data, source.relative)
    for linked in linked_imports(parsed, import_statements(parsed)):
        node = linked.statement.node
        dotted = node.module if isinstance(node, ast.ImportFrom) else node.names[linked.aliases[0]].name
        for folder in source.path.parents:
            stem = folder.joinpath(*(dotted or "").split("."))
            for table in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py"):
                if table.is_file():
                    return table
    return place


def linked_files(module: LinkedModule) -> list[Path]:
    """Every file that the module needs of its link package."""
    root = module.source.link_root
    return [root / "__init__.py", root / FOLDER / "__init__.py", table_path(module.source)]
