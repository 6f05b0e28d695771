"""Linked packages that the project's own wheel would lack (POET241), so that its modules couldn't be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from poetc.config.keys import Keys
from poetc.config.origins import PYPROJECT, shown
from poetc.config.packages import Shipped, shipped
from poetc.config.refusal import text_of
from poetc.ir import Diagnostic, Severity
from poetc.link.runtime_files import FOLDER
from poetc.marker import is_link_folder
from poetc.pipeline.links import TABLE_AT, Linking

CODE = "POET241"


def unshipped(root: Path, fresh: Iterable[Path], linking: Linking, out: Path | None = None) -> Iterator[Diagnostic]:
    """One warning, at the line of pyproject.toml that names what is shipped.

    `fresh`: linked files that stay as they are; `out`: the copy of the project in which `linking` is.
    """
    text = text_of(root / PYPROJECT)
    told = shipped(text, out or root)
    if told is None:
        return
    tables = {*fresh, *(files[TABLE_AT] for files in linking.outputs.values())}
    links = {(table, outer) for table in tables for outer in table.parents if is_link_folder(outer.name)}
    missing = sorted({name for table, outer in links for name in lacking(told, table, outer)})
    if missing:
        yield warning(text, told, missing)


def lacking(told: Shipped, table: Path, outer: Path) -> Iterator[str]:
    """The packages of a module's linked file, and the runtime's, that aren't shipped, though the module is."""
    package = told.name_of(outer.parent)
    if package is None:
        return
    above, folders = [package] if package else [], table.parent.relative_to(outer).parts
    module = [*above, *folders, *([] if table.name == "__init__.py" else [table.stem])]
    is_shipped = told.has_package(".".join(module[:-1])) or told.has_package(".".join(module))
    if not (is_shipped if package else told.has_module(module[0])):
        return
    needed = [folders[:depth] for depth in range(len(folders) + 1)]
    for parts in (*needed, (FOLDER,)):
        name = ".".join([*above, outer.name, *parts])
        if not told.has_package(name):
            yield name


def warning(text: str, told: Shipped, missing: list[str]) -> Diagnostic:
    """What is missing, and what to write where."""
    place = Keys(text).place(*told.key)
    listed = ", ".join(f'"{name}"' for name in missing)
    *table, key = told.key
    if told.advice:
        hint = told.advice.format(missing[0])
    elif key in ("packages", "include"):
        hint = f"Add {listed} to `{key}`."
    elif key in ("find", "exclude"):
        hint = f"Let `exclude` in [{shown((*told.key[:4],))}] not match {listed}."
    elif told.discovered:
        hint = f"Name both: [tool.setuptools] with `py-modules` for the module and `packages = [{listed}]`."
    else:
        hint = f"Add `packages = [{listed}]` to [{shown(tuple(table))}]."
    message = f"the wheel would lack {', '.join(missing)}, which the modules in it import"
    return Diagnostic(CODE, message, Severity.WARNING, PYPROJECT, *place, hint=hint)
