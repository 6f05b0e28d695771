"""The linked copy: link tables, version modules and package files below `<package>/_poet/`."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poetc.errors import LinkError
from poetc.ir import Diagnostic, FileChange, SourceFile, Stored
from poetc.link.compose import runtime_text
from poetc.link.import_links import MARKER, linked_imports
from poetc.link.import_source import import_statements, parse_source
from poetc.marker import WRITTEN, is_link_package

MARK = WRITTEN
INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
RUNTIME_NAME = re.compile(r"\brt\b(?:\.(\w+))?")
"""where text says `rt`, be it in a string: this only decides whether the tree has to be looked at"""


@dataclass(frozen=True, slots=True, eq=False)
class LinkedModule:
    """What one module's link table is to say."""

    source: SourceFile
    stored: tuple[Stored, ...]
    skipped: tuple[str, ...] = ()
    """qualified names inside the module of marks that are no functions to be built"""
    left: tuple[tuple[str, int, str], ...] = ()
    """(qualified name inside the module, lines, their sha256) of functions that a build left as they are"""
    stale: str = "original"
    imports: tuple[tuple[str, str], ...] = field(default=())
    """(original, linked) text of each import statement that was changed"""


def module_folder(source: SourceFile) -> Path:
    """The folder of a module's link table."""
    inner = source.link_module[len(source.link_package) + 1 :]
    return source.link_root.joinpath(*inner.split("."))


def version_stems(stored: Sequence[Stored]) -> dict[str, str]:
    """Qualified name inside the module -> name of its version module; distinct even where case doesn't count."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for item in sorted(stored, key=lambda s: s.unit.site.qualname):
        qualname = item.unit.site.qualname
        stem = qualname.replace(".<locals>", "").replace(".", "__")
        if stem.casefold() in taken or len(stem.encode()) > 120:
            stem = f"{stem[:40]}_{hashlib.sha256(qualname.encode()).hexdigest()[:8]}"
        taken.add(stem.casefold())
        stems[qualname] = f"{stem}_v{item.version}"
    return stems


def table_text(module: LinkedModule) -> str:
    """The link table: `_poet/<module>/__init__.py`."""
    stems = version_stems(module.stored)
    rows: dict[str, tuple[str | None, int, str] | None] = {name: None for name in module.skipped if name not in stems}
    rows |= {name: (None, lines, digest) for name, lines, digest in module.left}
    rows |= {
        s.unit.site.qualname: (
            stems[s.unit.site.qualname],
            s.metadata["last_line"] - s.metadata["first_line"] + 1,
            s.metadata["source_hash"],
        )
        for s in module.stored
    }
    entries = [f"        {name!r}: {row!r}," for name, row in sorted(rows.items())]
    stale = [f"    stale={module.stale!r},"] if module.stale != "original" else []
    seen = [f"    from {module.source.link_module} import {stem}" for stem in sorted(stems.values())]
    lines = [
        "# fmt: off",
        "# isort: skip_file",
        "# ruff: noqa",
        f'"""The link table of {module.source.module}, {MARK}: name -> (version, lines, their sha256)."""',
        "",
        f"from {module.source.link_package}._runtime import Link",
        "",
        "poet = Link(",
        "    __name__,",
        *(["    {", *entries, "    },"] if entries else ["    {},"]),
        *stale,
        ")",
        "",
        *(
            [
                "def _versions() -> None:  # pragma: no cover",
                '    """Never called: what freezes a program looks for imports, and would miss these."""',
                *seen,
                "",
            ]
            if seen
            else []
        ),
        "",
        "IMPORTS = (",
        *[f"    ({original!r}, {linked!r})," for original, linked in module.imports],
        ")",
        '"""the import statements that were changed, for `poet unlink`"""',
    ]
    return "\n".join(lines) + "\n"


def module_changes(module: LinkedModule) -> list[FileChange]:
    """Version modules, then the table that names them, then the removal of versions it no longer names."""
    folder = module_folder(module.source)
    stems = version_stems(module.stored)
    changes = [changed(folder / f"{stems[s.unit.site.qualname]}.py", s.code) for s in module.stored]
    changes.append(changed(folder / "__init__.py", table_text(module)))
    kept = {f"{stem}.py" for stem in stems.values()} | {"__init__.py"}
    changes += [FileChange(p, None) for p in sorted(folder.glob("*_v*.py")) if p.name not in kept]
    return [c for c in changes if c is not None]


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
    """Folders between the link package and a module's table that have neither a table nor an `__init__.py` yet."""
    found, folder = [], module_folder(source).parent
    while folder != source.link_root:
        if not (folder / "__init__.py").exists():
            found.append(folder)
        folder = folder.parent
    return found


def package_text(source: SourceFile) -> str:
    """The `__init__.py` of the link package and of its plain folders."""
    return f'"""Functions of {source.package or "the modules beside this folder"}, enhanced; {MARK}."""\n'


def package_changes(source: SourceFile, modules: Sequence[LinkedModule]) -> list[FileChange]:
    """`_poet/__init__.py`, `_poet/_runtime.py` for the versions there are and those of `modules`, and every folder's
    `__init__.py` between them that isn't the table of one of `modules`."""
    root = source.link_root
    used = used_attributes(s.code for m in modules for s in m.stored)
    written = {module_folder(m.source) for m in modules}
    used |= used_attributes(
        p.read_text(encoding="utf-8", errors="replace")
        for p in sorted(root.glob("**/*_v*.py"))
        if p.parent not in written
    )
    changes = [changed(root / "_runtime.py", runtime_text(used)), changed(root / "__init__.py", package_text(source))]
    bare = {folder for m in modules for folder in bare_parents(m.source)} - written
    changes += [changed(folder / "__init__.py", package_text(source)) for folder in sorted(bare)]
    return [c for c in changes if c is not None]


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


def table_path(source: SourceFile) -> Path:
    """The file of a module's link table."""
    return module_folder(source) / "__init__.py"


def package_of(table: Path) -> Path:
    """The folder of the link package that a table lies in."""
    return next((folder for folder in table.parents if (folder / "_runtime.py").is_file()), table.parent.parent)


def standing_table(source: SourceFile) -> Path:
    """The link table that the file imports from now; where its next one will be if it imports from none."""
    place = table_path(source)
    if place.exists() or MARKER not in source.data:
        return place
    parsed = parse_source(source.data, source.relative)
    for linked in linked_imports(parsed, import_statements(parsed)):
        node = linked.statement.node
        dotted = node.module if isinstance(node, ast.ImportFrom) else node.names[linked.aliases[0]].name
        for folder in source.path.parents:
            table = folder.joinpath(*(dotted or "").split("."), "__init__.py")
            if table.is_file():
                return table
    return place


def linked_files(module: LinkedModule) -> list[Path]:
    """Every file that the module needs of its link package."""
    folder, root = module_folder(module.source), module.source.link_root
    stems = version_stems(module.stored)
    return [
        root / "__init__.py",
        root / "_runtime.py",
        folder / "__init__.py",
        *(folder / f"{s}.py" for s in stems.values()),
    ]


def read_left(table: Path) -> frozenset[tuple[str, int, str]]:
    """(name, lines, their sha256) of the functions that a link table knows as left as they are."""
    calls = (node for node in ast.walk(parsed(table)) if isinstance(node, ast.Call) and len(node.args) == 2)
    entries = next((call.args[1] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Link"), None)
    try:
        rows = ast.literal_eval(entries) if isinstance(entries, ast.Dict) else {}
        return frozenset((name, row[1], row[2]) for name, row in rows.items() if row is not None and row[0] is None)
    except (ValueError, TypeError, LookupError, RecursionError):
        return frozenset()


def parsed(table: Path) -> ast.Module:
    """The tree of a link table; an empty one where it can't be read."""
    try:
        return ast.parse(table.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def read_imports(table: Path) -> tuple[tuple[str, str], ...]:
    """The (original, linked) import texts that a link table keeps; () where there are none to be read."""
    for node in parsed(table).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "IMPORTS":
            try:
                found = ast.literal_eval(node.value)
            except (ValueError, TypeError, RecursionError):
                return ()
            pairs = [tuple(pair) for pair in found if isinstance(pair, tuple) and len(pair) == 2]
            return tuple((a, b) for a, b in pairs if isinstance(a, str) and isinstance(b, str))
    return ()
