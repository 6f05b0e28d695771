"""What is there: files, decorated functions, and what the store has of each. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from poetc.defects import defect
from poetc.errors import PoetError, SourceError
from poetc.ir import Diagnostic, Outcome, Severity, SourceFile, Stored
from poetc.linked_file import NOTHING, Linked, read_linked
from poetc.marker import plain
from poetc.pipeline.build_cache import BuildCache
from poetc.pipeline.identity import Identity
from poetc.pipeline.project import Project
from poetc.scan.files import FileEntry, walk
from poetc.scan.importers import Importers
from poetc.scan.read import read_source
from poetc.source.site import PythonSite, PythonUnit

if TYPE_CHECKING:
    from poetc.config.origins import Origins
    from poetc.extract.effects import ProjectEffects
    from poetc.pipeline.modules import Modules
    from poetc.pipeline.reexports import Reexports
    from poetc.store.proven import Proven

NEVER_BUILT = "never built"
CHANGED = {NEVER_BUILT: "POET606", "source changed": "POET601"}
OUTDATED = frozenset({"configuration changed", "generator changed"})
"""why a function's version is stale, if not for damage to what is stored"""
UNREADABLE = frozenset({"POET101", "POET105"})
"""what `find_sites` says of a file that it could not read as Python"""


@dataclass(slots=True)
class FunctionState:
    """One decorated function: what was asked, and what is stored."""

    site: PythonSite
    unit: PythonUnit | None = None
    """None: it can't be sent, `diagnostics` say why"""
    stored: Stored | None = None
    """the version in use, if it is readable; not necessarily fresh"""
    stale: str = ""
    """why `stored` isn't what a build would give; "" if it is"""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    linked: Linked = NOTHING
    """what stands in the linked file that its source imports"""

    @property
    def name(self) -> str:
        """The qualified name."""
        return self.site.name

    @property
    def line(self) -> int:
        """The function's first line, that of its first decorator."""
        return self.site.span.line


@dataclass(slots=True)
class FileState:
    """One source file with a decorator in it."""

    source: SourceFile
    functions: list[FunctionState]
    skipped: dict[str, list[Diagnostic]]
    """qualified name inside the module -> why the function is left as it is"""
    diagnostics: list[Diagnostic]
    """about the file, or about functions that aren't sites"""
    marks: set[str] = field(default_factory=set)
    """qualified names inside the module of which such a diagnostic says that they can't be built"""
    decorators: tuple[str, ...] = ()
    """the markers that it may import"""
    linked: Linked = NOTHING
    """what stands in the linked file that it imports"""
    places: dict[str, list[int] | None] = field(default_factory=dict)
    """other files on which its functions' effects depend → their stat, None for one that isn't there"""


def survey_file(
    project: Project, entry: FileEntry, identity: Identity | None, known: ProjectIndex, proven: Proven
) -> FileState | None:
    """A file's decorated functions, or None if it mentions no decorator; raises SourceError.

    `known`: what is known of the project's other files, shared by all files of a run; `proven`: of stored versions.
    """
    read = read_source(entry, project.options)
    if read is None:
        return None
    from poetc.extract import extract_unit
    from poetc.pipeline.domains import domain_defaults
    from poetc.scan.sites import find_sites

    source = known.importers.placed(read)
    passed_on = known.reexports.of(source)
    if hidden := known.reexports.hiding_star(source):
        source = replace(source, doubt=source.doubt or hidden)
    decorators = (*project.options.decorators, *passed_on)
    options = replace(project.options, decorators=decorators)
    sites, diagnostics = find_sites(source, decorators)
    objectives = identity.objectives if identity is not None else None
    file = FileState(source, [], {}, [], decorators=tuple(map(plain, decorators)), linked=linked_of(source))
    file.places |= known.modules.rows_of(known.reexports.places)
    for diagnostic in diagnostics:
        if diagnostic.severity is not Severity.ERROR and diagnostic.unit:
            qualname = diagnostic.unit.removeprefix(source.known_as + ".")
            file.skipped.setdefault(qualname, []).append(diagnostic)
            continue
        file.diagnostics.append(diagnostic)
        if diagnostic.unit:
            file.marks.add(diagnostic.unit.removeprefix(source.known_as + "."))
    for site in sites:
        function = FunctionState(site, linked=file.linked)
        file.functions.append(function)
        try:
            function.unit, notes = extract_unit(site, options, objectives, known.effects, domain_defaults)
            file.places |= known.modules.rows_of(function.unit.places)
            function.diagnostics.extend(notes)
            if identity is not None and identity.claimed:
                from poetc.pipeline.domains import foreign_calls

                function.diagnostics += foreign_calls(function.unit, identity)
            if function.unit.policy.optimize_for is not None:
                function.diagnostics.append(no_train(function.unit, known.origins))
            compare(project, function, identity, known, proven)
        except PoetError as error:
            function.diagnostics += getattr(error, "diagnostics", (error.diagnostic,))
        except Exception as error:  # a defect of ours is this function's misfortune alone
            function.unit = None
            function.diagnostics.append(defect(error, path=source.relative, line=function.line, unit=function.name))
    return file


def linked_of(source: SourceFile) -> Linked:
    """What stands in the linked file that a source imports; nothing for one that can't be parsed."""
    from poetc.link.tables import standing_table

    try:
        return read_linked(standing_table(source))
    except PoetError:
        return NOTHING


def no_train(unit: PythonUnit, origins: Origins) -> Diagnostic:
    """`optimize_for` is understood and kept, but what learns from feedback isn't part of this version."""
    from poetc.extract.place import at_setting

    message = f"`optimize_for` asks for Train ({unit.policy.optimize_for}), which isn't generated yet"
    hint = "Perceive, Operate and Enforce are built; the function is built anew once Train is there."
    return at_setting("POET215", message, unit.site, "optimize_for", origins, hint=hint, severity=Severity.WARNING)


def compare(
    project: Project, function: FunctionState, identity: Identity | None, known: ProjectIndex, proven: Proven
) -> None:
    """Fill in what the store has of a function, and why that is stale."""
    from poetc.store.versions import OF_VERSION_01, read_current, unsound_versions

    root, unit = project.root, function.unit
    assert unit is not None
    try:
        version = read_current(root, unit.name, function.linked, verify=True)
        if version is None:
            take_linked(project, function, known)
            return
        function.stored = version.for_unit(unit)
    except PoetError as error:
        of_01 = OF_VERSION_01 in error.diagnostic.message
        function.stale = "generator changed" if of_01 else error.diagnostic.message
        return
    metadata = version.metadata
    if metadata["source_hash"] != unit.source_hash:
        function.stale = "source changed"
    elif metadata["key"] != unit.key:
        function.stale = "configuration changed"
    elif identity is not None and not identity.made(metadata):
        function.stale = "generator changed"
    elif lost := unsound_versions(root, unit.name, version.folder.parent, function.linked):
        function.stale = next(iter(lost.values())).diagnostic.message
    else:
        from poetc.pipeline.agreement import doubt

        doubt(function, proven)
        if not function.stale:
            from poetc.pipeline.asked import undone

            function.diagnostics += undone(unit, function.stored, known)


def take_linked(project: Project, function: FunctionState, known: ProjectIndex) -> None:
    """A function of which nothing is stored: where the history is local, its linked file may be what a build gives."""
    function.stale = NEVER_BUILT
    if project.options.history == "local":
        from poetc.pipeline.agreement import recovered

        function.stored = recovered(project.root, function)
        if function.stored is not None and function.unit is not None:
            from poetc.pipeline.asked import undone

            function.stale = ""
            function.diagnostics += undone(function.unit, function.stored, known)


class ProjectIndex:
    """The project's other files: read and analysed when a function's effects first depend on them."""

    def __init__(self, project: Project, importers: Importers | None = None) -> None:
        self.options = project.options
        self.importers = importers or Importers(project.options)

    @cached_property
    def origins(self) -> Origins:
        """Where settings were asked for."""
        from poetc.config.origins import Origins

        return Origins(self.options)

    @cached_property
    def modules(self) -> Modules:
        """The files, by module name."""
        from poetc.pipeline.modules import Modules

        return Modules(self.options)

    @cached_property
    def reexports(self) -> Reexports:
        """The markers that they pass on."""
        from poetc.pipeline.reexports import Reexports

        return Reexports(self.modules, self.options.decorators)

    @cached_property
    def effects(self) -> ProjectEffects:
        """The effects of the functions in them."""
        from poetc.extract.effects import ProjectEffects
        from poetc.pipeline.domains import domain_calls

        effects = ProjectEffects(self.options, self.modules, domain_calls)
        effects.resolver.is_passed_on = self.reexports.gives
        return effects


@dataclass(slots=True)
class ProjectState:
    """Everything found below some paths."""

    index: ProjectIndex
    files: list[FileState] = field(default_factory=list)
    fresh: list[Outcome] = field(default_factory=list)
    """functions of files that nothing has happened to since they were last built and linked"""
    fresh_tables: list[Path] = field(default_factory=list)
    """the link tables of those files"""
    entries: set[str] = field(default_factory=set)
    """the user's call catalogue's entries that those files make use of"""
    packages: list[Path] = field(default_factory=list)
    """the link packages that were met"""
    broken: list[Path] = field(default_factory=list)
    """files that mention a decorator, and folders, that can't be read"""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    count: int = 0


def survey(project: Project, paths: Sequence[Path], identity: Identity | None, cache: BuildCache) -> ProjectState:
    """Every file below `paths`; what is known to be fresh isn't read again."""
    index = ProjectIndex(project, cache.importers)
    state = ProjectState(index)
    options = project.options
    if options.calls or options.breaker or options.functions:
        from poetc.pipeline.catalogue import naming_warnings

        state.diagnostics += naming_warnings(options)
    packages: list[str] = []
    for entry in walk(project.options, paths, folders=cache.folders, packages=packages):
        if isinstance(entry, Diagnostic):
            state.diagnostics.append(entry)
            if entry.code == "POET102":
                state.broken.append(project.root / entry.path)
            continue
        state.count += 1
        known = cache.lookup(entry)
        if known is not None:
            state.fresh += known.outcomes
            state.entries.update(known.entries)
            if known.table is not None:
                state.fresh_tables.append(known.table)
            continue
        try:
            file = survey_file(project, entry, identity, index, cache.proven)
        except SourceError as error:
            state.diagnostics.append(error.diagnostic)
            state.broken.append(Path(entry.path))
            continue
        except Exception as error:
            state.diagnostics.append(defect(error, path=entry.relative))
            state.broken.append(Path(entry.path))
            continue
        if file is None:
            cache.remember_plain(entry)
        else:
            state.files.append(file)
            state.diagnostics += file.diagnostics
            if any(d.code in UNREADABLE for d in file.diagnostics):
                state.broken.append(file.source.path)
    if not paths and (options.functions or options.calls):
        from poetc.pipeline.unmatched import unmatched

        state.diagnostics += unmatched(state, index.origins)
    state.packages = [Path(path) for path in packages]
    return state
