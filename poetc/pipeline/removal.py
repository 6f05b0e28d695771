"""Functions that are stored but have no source any more."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from poetc.config.nested import project_around
from poetc.errors import PoetError
from poetc.ir import Ending, FileChange, Outcome
from poetc.marker import is_link_folder
from poetc.pipeline.project import Project
from poetc.pipeline.survey import ProjectState
from poetc.store.versions import list_names


@dataclass(slots=True)
class Gone:
    """What is to be removed of such functions."""

    changes: list[FileChange] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    roots: list[Path] = field(default_factory=list)
    """folders that may be their link packages"""


def removals(project: Project, state: ProjectState) -> Gone:
    """The removal of every stored function that a whole survey has not met.

    What couldn't be read keeps its functions, and so do versions that don't say where they are from meanwhile.
    """
    root, gone = project.root, Gone()
    met = {o.name for o in state.fresh} | {f.name for file in state.files for f in file.functions}
    met |= {f"{file.source.known_as}.{q}" for file in state.files for q in file.skipped}
    broken = {path.relative_to(root) for path in state.broken}
    for name in list_names(root):
        if name in met:
            continue
        from poetc.store.changes import remove
        from poetc.store.versions import list_versions, read_current

        try:
            version = read_current(root, name)
        except PoetError:
            version = None
        source = str(version.metadata["source_file"]) if version else ""
        if broken and (not source or broken.intersection((Path(source), *Path(source).parents))):
            continue
        gone.changes += remove(root, name)
        number = version.version if version else max(list_versions(root, name), default=0)
        gone.outcomes[name] = Outcome(name, source, 0, Ending.REMOVED, number, reason="its source is gone")
        if project_around(root, root / source) == root:  # else its links are that project's
            gone.roots += above(root, source)
    return gone


def above(root: Path, source: str) -> list[Path]:
    """What may be link packages in a source file's own folder and those around it, inside the project."""
    folder = (root / source).parent
    around = [each for each in (folder, *folder.parents) if each.is_relative_to(root)]
    return [p for each in around for p in sorted(each.glob("_poet*")) if is_link_folder(p.name) and p.is_dir()]


def needed_tables(state: ProjectState, failed: Container[str] = ()) -> list[Path]:
    """The linked files that source files import from, or will; one whose link `failed` stays as it is."""
    from poetc.link.tables import standing_table, table_path

    files = [f.source for f in state.files]
    wanted = [table_path(s) for s in files if s.link_module.encode() in s.data]
    wanted += [table_path(f.source) for f in state.files if f.functions or f.skipped]
    wanted += [standing_table(s) for s in files if s.relative in failed]
    return [*state.fresh_tables, *wanted]
