"""`poet build`: scan → extract → request → verify → store → link, and one publication at the end."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from poetc.errors import ConfigError, PoetError, ServiceError
from poetc.ir import ENHANCED, Diagnostic, Ending, FileChange, Outcome, Severity, Stored, Totals, Verified
from poetc.ir.source import full_name
from poetc.pipeline.build_cache import OF_CONFIGURATION, BuildCache, can_be_said_again, folders_of, version_files
from poetc.pipeline.identity import Identity
from poetc.pipeline.links import Linking
from poetc.pipeline.outcomes import built, in_order, outcome, skipped
from poetc.pipeline.project import Project
from poetc.pipeline.survey import CHANGED, OUTDATED, FunctionState, ProjectState, survey
from poetc.pipeline.unshipped import unshipped
from poetc.store.versions import is_of_version_01

if TYPE_CHECKING:
    from poetc.store.folders import Folders

Items = Iterator[Outcome | Diagnostic | Totals]

UNUSABLE = frozenset({"POET301", "POET302", "POET304", "POET306"})
"""what is wrong with a service that doesn't even say who it is: it isn't asked for anything else in this run"""


@dataclass(slots=True)
class Run:
    """One build as it goes."""

    project: Project
    state: ProjectState
    identity: Identity | None
    unusable: PoetError | None = None
    """why the service need not be asked at all"""
    seconds: dict[str, float] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    """what is to be linked: fresh, newly built, or the last version that is left"""
    built: dict[str, Stored] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """functions that stay as they are for a reason of their own: rejected, or asked for what can't be"""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    changes: list[FileChange] = field(default_factory=list)
    linking: Linking = field(default_factory=Linking)

    def add(self, stage: str, started: float) -> None:
        """Book the time since `started` on a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started


def build_project(
    project: Project,
    paths: Sequence[Path] = (),
    *,
    link: bool = True,
    out: Path | None = None,
    jobs: int | None = None,
    engine: str = "auto",
    on_plan: Callable[[int], None] = lambda total: None,
    on_answer: Callable[[], None] = lambda: None,
) -> Items:
    """Build what is stale below `paths` (none: the project) and link it.

    Yields diagnostics, an outcome for every decorated function, and `Totals` last. `on_plan` hears how many functions
    are sent, `on_answer` of each that was answered. Either everything is written, at the end, or nothing.
    """
    started = perf_counter()
    yield from recovered(project)
    if is_of_version_01(project.root):
        paths = ()
        yield of_version_01()
    project.asking(engine)
    identity, unusable = None, None
    try:
        identity = identified(project)
        if not project.is_local:
            from poetc.pipeline.agreement import other_version

            yield from other_version(identity)
    except ServiceError as error:
        yield error.diagnostic
        unusable = error if error.diagnostic.code in UNUSABLE else None
    cache = BuildCache(project, identity, in_place=link and out is None)
    with without_collector():
        state = survey(project, paths, identity, cache)
    yield from state.diagnostics
    run = Run(project, state, identity, unusable)
    run.add("scan", started)
    with without_collector():
        ask(run, jobs or project.options.jobs, on_plan, on_answer)
    with writing_lock(run):
        files = store(run, in_place=link and out is None) if run.built else {}
        if link and run.state.files:
            link_stage(run, out)
        run.changes += [change for name in run.built for change in files[name]]
        run.changes += gitignored(run)
        if link:
            lacking = list(unshipped(project.root, state.fresh_tables, run.linking, out.absolute() if out else None))
            state.diagnostics += lacking
            yield from lacking
        if not paths and out is None:
            remove_gone(run)
        written = write(run, out)
    if out is None:
        changes = [*run.changes, *run.linking.changes]
        cache.save(run.state, run.outcomes, run.stored, run.linking.outputs, changes)
        if project.is_local and link and not (paths or written) and all_fresh(run):
            outputs = [p for files in run.linking.outputs.values() for p in files]
            outputs += [p for stored in run.stored.values() for p in version_files(stored)]
            outputs += folders_of(run.stored.values(), run.linking.outputs.values())
            cache.snapshot([*state.fresh, *run.outcomes.values()], outputs, state.diagnostics)
    yield from mended(run, written) if out is None else ()
    yield from run.state.fresh
    yield from in_order(run.outcomes.values())
    yield Totals(files=state.count, written=written, seconds=run.seconds)


@contextmanager
def without_collector() -> Iterator[None]:
    """Trees are large and have no cycles: looking for some takes a fifth of a build's time, and half of a parse's."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def of_version_01() -> Diagnostic:
    """Why a build takes in the whole project, and everything anew."""
    message = "what is stored and linked is in the form of poetc 0.1: all is built anew, old files are removed"
    return Diagnostic("POET602", message, Severity.NOTE, hint="commit what is written and removed")


def recovered(project: Project) -> Iterator[Diagnostic]:
    """Complete a build that was interrupted while it was writing, if there is one."""
    from poetc.store.publish import recover

    yield from recover(project.root).diagnostics


def identified(project: Project) -> Identity:
    """The service's identity; raises ServiceError if it doesn't say, ConfigError if it lacks an engine asked for."""
    identity = project.identity()
    for wanted in sorted(project.options.engines - {"auto"} - set(identity.engines)):
        hint = f"engines of this service: {', '.join(sorted(identity.engines))}"
        raise ConfigError(Diagnostic("POET220", f"the service has no engine {wanted!r}", hint=hint))
    return identity


def ask(run: Run, jobs: int, on_plan: Callable[[int], None], on_answer: Callable[[], None]) -> None:
    """Answers for all stale functions; fresh ones are taken as they are."""
    stale = []
    for file in run.state.files:
        for function in file.functions:
            if function.unit is None:
                run.outcomes[function.name] = outcome(function, Ending.FAILED, file.source.relative)
                run.left.add(function.name)
            elif function.stale:
                stale.append(function)
            else:
                assert function.stored is not None
                run.stored[function.name] = function.stored
                run.outcomes[function.name] = outcome(function, Ending.FRESH, file.source.relative)
        for qualname, said in file.skipped.items():
            name = full_name(file.source.known_as, qualname)
            run.outcomes[name] = skipped(name, file.source.relative, said)
    on_plan(len(stale))
    if stale:
        answered(run, stale, jobs, on_answer)


def answered(run: Run, stale: list[FunctionState], jobs: int, on_answer: Callable[[], None]) -> None:
    """Take in the answers; a function that gets none keeps its last version, which the link knows to be stale."""
    from poetc.pipeline.answers import answers, defect_at
    from poetc.pipeline.asked import undone
    from poetc.store.folders import Folders

    folders = Folders(run.project.root, [f.name for file in run.state.files for f in file.functions])
    started = perf_counter()
    for answer in answers(run.project, stale, run.identity, jobs, run.unusable):
        on_answer()
        function = answer.function
        assert function.unit is not None
        for stage, seconds in answer.seconds.items():
            run.seconds[f"{stage} (all threads)"] = run.seconds.get(f"{stage} (all threads)", 0.0) + seconds
        path = function.unit.site.source.relative
        stored, diagnostic = None, answer.diagnostic
        try:
            stored = numbered(run, folders, function, answer.verified) if answer.verified else None
        except PoetError as error:
            diagnostic = error.diagnostic
        except Exception as error:
            diagnostic = defect_at(function.unit, error)
        if stored is None:
            ending = Ending.REJECTED if diagnostic and diagnostic.code.startswith("POET4") else Ending.FAILED
            fail(run, function, path, diagnostic, ending)
            continue
        function.diagnostics += [*restored(function), *undone(function.unit, stored, run.state.index)]
        run.built[function.name] = run.stored[function.name] = stored
        run.outcomes[function.name] = built(function, stored, path, answer.cached)
    run.add("answers", started)


def numbered(run: Run, folders: Folders, function: FunctionState, verified: Verified) -> Stored:
    """The version of a verified answer; raises StoreError."""
    from poetc.store.newversion import new_version

    row = function.linked.rows.get(function.site.qualname) if run.project.options.history == "local" else None
    return new_version(folders, verified, linked=function.linked, known_as=row.version if row else 0)


def restored(function: FunctionState) -> Iterator[Diagnostic]:
    """A note where it wasn't the source that had changed, but what was stored."""
    if function.stale not in (*CHANGED, *OUTDATED):
        yield Diagnostic("POET504", f"{function.stale}; that was put right", Severity.NOTE, unit=function.name)


def writing_lock(run: Run) -> AbstractContextManager[None]:
    """The project's lock while versions are numbered and written; none without any: what is fresh may be read-only."""
    if not run.built:
        return nullcontext()
    from poetc.store.lock import project_lock

    return project_lock(run.project.root)


def store(run: Run, *, in_place: bool) -> dict[str, tuple[FileChange, ...]]:
    """The files of every new version, by function; code that is linked in place is in its linked file alone."""
    from poetc.pipeline.answers import defect_at
    from poetc.store.changes import store_changes

    started, files = perf_counter(), dict[str, tuple[FileChange, ...]]()
    for file in run.state.files:
        for function in file.functions:
            if (stored := run.built.get(function.name)) is None:
                continue
            try:
                linked, kept = function.linked, run.project.options.history_versions
                after = [stored.metadata["files"][ENHANCED]] if in_place else linked.codes
                files[function.name] = store_changes(run.project.root, stored, linked, after=after, kept=kept)
            except PoetError:
                raise  # another build writes the same
            except Exception as error:
                fail(run, function, file.source.relative, defect_at(stored.unit, error))
    run.add("store", started)
    return files


def fail(
    run: Run, function: FunctionState, path: str, diagnostic: Diagnostic | None, ending: Ending = Ending.FAILED
) -> None:
    """The function keeps its last version, if that is of the same source; else it is left as it is.

    A service that was down has said nothing of it: what is stale stays so.
    """
    run.outcomes[function.name] = outcome(function, ending, path, diagnostic)
    if diagnostic is None or not diagnostic.code.startswith("POET3"):
        run.left.add(function.name)
    run.built.pop(function.name, None)
    run.stored.pop(function.name, None)
    if function.stored is not None:
        run.stored[function.name] = function.stored


def gitignored(run: Run) -> Sequence[FileChange]:
    """The store's `.gitignore`, as the setting `history` has it; none for a project without a store."""
    from poetc.store.changes import gitignore_changes
    from poetc.store.layout import gitignore_file

    if not run.built and not gitignore_file(run.project.root).exists():
        return ()
    return gitignore_changes(run.project.root, local=run.project.options.history == "local")


def link_stage(run: Run, out: Path | None) -> None:
    """The files of every link; a module that can't be linked fails with all its functions."""
    from poetc.pipeline.linking import Target, link_modules

    started = perf_counter()
    options, files = run.project.options, run.state.files
    target = Target(run.project.root, out.absolute() if out else None)
    run.linking = link_modules(
        run.project.root, files, run.stored, options.decorators, options.stale, target, run.left, run.built
    )
    for file in files:
        diagnostic = run.linking.failed.get(file.source.relative)
        for function in file.functions if diagnostic else ():
            run.outcomes[function.name] = outcome(function, Ending.FAILED, file.source.relative, diagnostic)
            run.built.pop(function.name, None)
    run.add("link", started)


def remove_gone(run: Run) -> None:
    """What is stored or linked of functions whose source is gone."""
    from poetc.pipeline.removal import needed_tables, removals

    gone = removals(run.project, run.state)
    run.changes += gone.changes
    run.outcomes.update(gone.outcomes)
    if run.state.files or gone.outcomes:
        from poetc.pipeline.linking import orphan_changes

        tables = needed_tables(run.state, run.linking.failed)
        roots = {f.source.link_root for f in run.state.files} | {*gone.roots, *unused(run)}
        run.changes += orphan_changes(roots, tables, frozenset(run.state.broken))


def unused(run: Run) -> list[Path]:
    """Link packages that were met and that no source imports, but for those that this build points elsewhere."""
    from poetc.link.orphans import is_imported

    return [package for package in run.state.packages if not is_imported(package, run.linking.planned)]


def write(run: Run, out: Path | None) -> tuple[str, ...]:
    """Everything to disk, all or none; posix paths from the root."""
    started = perf_counter()
    root = run.project.root
    if out is None and not (run.changes or run.linking.changes):
        return ()
    from poetc.store.publish import publish

    if out is None:
        written = publish(root, [*run.changes, *run.linking.changes], based_on=run.linking.based_on)
    else:
        from poetc.pipeline.copy import write_copy

        written = publish(root, run.changes) + write_copy(run.project, out.absolute(), run.linking.changes)
    run.add("write", started)
    return written


def mended(run: Run, written: Sequence[str]) -> Iterator[Diagnostic]:
    """A note for each file of a link that was written although nothing that it links was built."""
    for file in run.state.files:
        if not any(function.name in run.built for function in file.functions):
            for path in run.linking.by_module.get(file.source.relative, ()):
                shown = path.relative_to(run.project.root).as_posix() if path != file.source.path else ""
                if shown in written:
                    message = f"{shown} was edited or missing, and is as it was built again"
                    yield Diagnostic("POET603", message, Severity.NOTE, path=shown)


def all_fresh(run: Run) -> bool:
    """Whether there was nothing to do, and is nothing to say but what can be said again."""
    lasting = all(said.code in OF_CONFIGURATION for said in run.state.diagnostics)
    return lasting and all(o.ending is Ending.FRESH and can_be_said_again(o) for o in run.outcomes.values())
