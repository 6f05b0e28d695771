"""`poet build --check`: what would a build change? Asks no service and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from poetc.ir import Diagnostic, Ending, Outcome, Severity, Totals
from poetc.ir.source import full_name
from poetc.marker import is_link_folder
from poetc.pipeline.build_cache import BuildCache
from poetc.pipeline.links import Linking
from poetc.pipeline.outcomes import in_order, outcome, skipped
from poetc.pipeline.project import Project
from poetc.pipeline.survey import CHANGED, OUTDATED, FileState, FunctionState, ProjectState, survey
from poetc.pipeline.unshipped import unshipped
from poetc.store.publish import waiting

WORDS = {
    "POET601": "the source changed since the build",
    "POET602": "the configuration or the generator changed since the build",
    "POET603": "build output was edited or is missing",
    "POET605": "the module isn't linked",
    "POET606": "never built",
}


def check_project(project: Project, paths: Sequence[Path] = ()) -> Iterator[Outcome | Diagnostic | Totals]:
    """Yields diagnostics, an outcome for every decorated function (Fresh, Stale, Skipped, Failed), and `Totals` last.

    Compares source, configuration, engine and templates of this installation (not those of a remote service), and every
    output's hash.
    """
    started = perf_counter()
    root = project.root
    if journal := waiting(root):
        yield journal
    identity = project.identity() if project.is_local else None
    cache = BuildCache(project, identity, in_place=True)
    state = survey(project, paths, identity, cache)
    yield from state.diagnostics
    linking = linked_as_it_is(project, state)
    yield from state.fresh
    yield from in_order(outcomes(state, linking, root))
    yield from shadowed(project, state)
    yield from unshipped(root, state.fresh_tables, linking)
    if not paths:
        yield from leftovers(project, state, linking)
    yield Totals(files=state.count, seconds={"check": perf_counter() - started})


def outcomes(state: ProjectState, linking: Linking, root: Path) -> Iterator[Outcome]:
    """One outcome for every function of the files that had to be read."""
    for file in state.files:
        path = file.source.relative
        for function in file.functions:
            if function.unit is None:
                yield outcome(function, Ending.FAILED, path)
            elif said := staleness(file, function, linking, root):
                yield replace(outcome(function, Ending.STALE, path, said), reason=said.message)
            else:
                yield outcome(function, Ending.FRESH, path)
        for qualname, diagnostics in file.skipped.items():
            yield skipped(full_name(file.source.known_as, qualname), path, diagnostics)


class Reason(NamedTuple):
    """Why a build would change something of a function."""

    code: str
    detail: str = ""
    diagnostic: Diagnostic | None = None
    """where that is said already: its module can't be linked"""

    @property
    def text(self) -> str:
        """It in a few words."""
        if self.diagnostic is not None:
            return self.diagnostic.message
        if self.code == "POET602" or not self.detail:
            return self.detail or WORDS[self.code]
        return f"{WORDS[self.code]} ({self.detail})"


def reason(file: FileState, function: FunctionState, linking: Linking, root: Path) -> Reason | None:
    """Why a function isn't fresh, or None: a build would change nothing, neither in the store nor in its link.

    This is what "fresh" means to every command: `build` does what is said here, all others say it.
    """
    if function.stale in CHANGED:
        return Reason(CHANGED[function.stale])
    if function.stale:
        return Reason("POET602" if function.stale in OUTDATED else "POET603", function.stale)
    if failed := linking.failed.get(file.source.relative):
        return Reason(failed.code, diagnostic=failed)
    changed = linking.by_module.get(file.source.relative, [])
    if not changed:
        return None
    if file.source.path in changed:
        return Reason("POET605")
    return Reason(
        "POET603", changed[0].relative_to(root).as_posix() if changed[0].is_relative_to(root) else str(changed[0])
    )


def staleness(file: FileState, function: FunctionState, linking: Linking, root: Path) -> Diagnostic | None:
    """The same as a diagnostic."""
    why = reason(file, function, linking, root)
    if why is None or why.diagnostic is not None:
        return why and why.diagnostic
    return diagnostic_of(file, function, why.code, why.detail)


def linked_as_it_is(project: Project, state: ProjectState) -> Linking:
    """What linking would change if nothing were built."""
    if not state.files:
        return Linking()
    from poetc.pipeline.linking import link_modules

    stored = {f.name: f.stored for file in state.files for f in file.functions if f.stored}
    return link_modules(project.root, state.files, stored, project.options.decorators, project.options.stale)


def diagnostic_of(file: FileState, function: FunctionState, code: str, detail: str) -> Diagnostic:
    """The diagnostic at the function's decorator."""
    span = function.unit.site.span if function.unit else None
    line = file.source.text.split("\n")[function.line - 1]
    return Diagnostic(
        code=code,
        message=f"{function.name}: {WORDS[code]}" + (f" ({detail})" if detail else ""),
        path=file.source.relative,
        line=function.line,
        column=(span.column if span else 0) + 1,
        end_column=len(line) + 1,
        excerpt=line,
        hint="run `poet build` and commit what it writes",
        unit=function.name,
    )


def shadowed(project: Project, state: ProjectState) -> Iterator[Diagnostic]:
    """What would be imported in place of build output, which a build never writes."""
    from poetc.link.shadows import shadows

    roots = {f.source.link_root for f in state.files}
    roots |= {folder for table in state.fresh_tables for folder in table.parents if is_link_folder(folder.name)}
    for path in (path for root in sorted(roots) for path in shadows(root)):
        shown = path.relative_to(project.root).as_posix()
        message = f"{shown} would be imported in place of what `poet build` wrote"
        yield Diagnostic("POET603", message, path=shown, hint="remove it; `git log` tells who brought it")


def leftovers(project: Project, state: ProjectState, linking: Linking) -> Iterator[Diagnostic]:
    """Outputs whose source is gone."""
    from poetc.pipeline.removal import needed_tables, removals

    gone = removals(project, state)
    for name, removed in gone.outcomes.items():
        message = f"{name}: build output without a source (v{removed.version})"
        yield Diagnostic("POET604", message, path=removed.path, hint="run `poet build`, which removes it", unit=name)
    if gone.outcomes or not state.files:
        return
    from poetc.link.orphans import is_imported
    from poetc.pipeline.linking import orphan_changes

    roots = {
        *(f.source.link_root for f in state.files),
        *(p for p in state.packages if not is_imported(p, linking.planned)),
    }
    tables = needed_tables(state, linking.failed)
    for change in orphan_changes(roots, tables, frozenset(state.broken)):
        shown = change.path.relative_to(project.root).as_posix()
        hint = "run `poet build`, which removes it"
        yield Diagnostic("POET604", f"{shown}: link without a source", Severity.ERROR, shown, hint=hint)
