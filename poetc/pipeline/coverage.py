"""`poet coverage`: the outside calls of a project, and what a build makes of each. Asks no service, writes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from poetc.defects import defect
from poetc.effects import ResolvedCall, kept_effects
from poetc.effects.conditions import find_argument
from poetc.effects.outside import outside_calls
from poetc.errors import PoetError
from poetc.extract.effects import ProjectEffects
from poetc.ir import Diagnostic, Severity, Span
from poetc.ir.coverage import Looked, OutsideCall
from poetc.pipeline.agreement import own_plan
from poetc.pipeline.domains import domain_defaults
from poetc.pipeline.project import Project
from poetc.pipeline.reasons import Build, why_not_repeated
from poetc.pipeline.survey import UNREADABLE, ProjectIndex
from poetc.refusal import GenerateError
from poetc.scan.files import FileEntry, walk
from poetc.source.nodes import call_text
from poetc.source.place import span_of
from poetc.source.site import PythonSite, PythonUnit
from poetc.wire.enhancement import Enhancement


def look_at(project: Project, paths: Sequence[Path] = (), *, everything: bool = False) -> Iterator[Looked | Diagnostic]:
    """Every function below `paths` that carries the marker, or with `everything` every function, with its outside
    calls; diagnostics for what can't be read or planned."""
    index, seen = ProjectIndex(project), set[tuple[str, int, int]]()
    for unit in units_of(project, index, paths, everything=everything):
        found = unit if isinstance(unit, Diagnostic) else _looked_at(unit, index)
        if isinstance(found, Looked):  # what stands in a marked function counts there, not in the one around it
            calls = tuple(call for call in found.calls if (found.path, call.line, call.column) not in seen)
            seen.update((found.path, call.line, call.column) for call in calls)
            found = replace(found, calls=calls)
        yield found


def units_of(
    project: Project, index: ProjectIndex, paths: Sequence[Path] = (), *, everything: bool = False
) -> Iterator[PythonUnit | Diagnostic]:
    """Every function below `paths` that carries the marker, or every one, as if it did; diagnostics for what isn't."""
    for entry in walk(project.options, paths):
        if isinstance(entry, Diagnostic):
            yield entry
            continue
        try:
            yield from _in_file(project, entry, index, everything)
        except PoetError as error:
            yield error.diagnostic
        except Exception as error:  # a defect of ours is this file's misfortune alone
            yield defect(error, path=entry.relative)


def _in_file(
    project: Project, entry: FileEntry, index: ProjectIndex, everything: bool
) -> Iterator[PythonUnit | Diagnostic]:
    from poetc.extract import extract_unit
    from poetc.scan.read import read_module, read_source
    from poetc.scan.sites import every_site, find_sites

    read = read_module(entry, project.options) if everything else read_source(entry, project.options)
    if read is None:
        return
    source = index.importers.placed(read)
    decorators = (*project.options.decorators, *index.reexports.of(source))
    sites, said = find_sites(source, decorators)
    yield from (each for each in said if each.severity is Severity.ERROR)
    if everything and not any(each.code in UNREADABLE for each in said):
        sites += every_site(source, sites)
    for site in sites:
        try:
            yield extract_unit(site, project.options, None, index.effects, domain_defaults)[0]
        except PoetError as error:
            yield error.diagnostic
        except Exception as error:
            yield defect(error, path=source.relative, line=site.span.line, unit=site.name)


def _looked_at(unit: PythonUnit, index: ProjectIndex) -> Looked | Diagnostic:
    site = unit.site
    path, line = site.source.relative, site.span.line
    try:
        calls = tuple(outside_of(unit, own_plan(unit), index))
    except PoetError as error:
        return error.diagnostic
    except GenerateError as error:
        message = f"there is no plan for it here: {error.message}"
        return Diagnostic("POET408", message, Severity.ERROR, path, line, unit=site.name)
    except Exception as error:
        return defect(error, path=path, line=line, unit=site.name)
    return Looked(site.name, path, line, is_marked(site), calls)


def is_marked(site: PythonSite) -> bool:
    """Whether a function carries the marker itself."""
    return any(decorator is site.decorator for decorator in site.node.decorator_list)


def outside_of(unit: PythonUnit, plan: Enhancement, index: ProjectIndex) -> Iterator[OutsideCall]:
    """The outside calls of a function, with what the plan makes of each."""
    return (told(call, unit, plan) for call in calls_of(unit, index.effects))


def calls_of(unit: PythonUnit, effects: ProjectEffects) -> Iterator[ResolvedCall]:
    """The outside calls of a function."""
    effects, found = effects.of_domain(unit.policy.domain), kept_effects(unit.site.node)
    return outside_calls(found, effects.own_calls(unit.site), effects.catalogue) if found is not None else iter(())


def told(call: ResolvedCall, unit: PythonUnit, plan: Enhancement) -> OutsideCall:
    """One call, with what the plan makes of it."""
    from poetc.diagnose import character

    place, lines = span_of(call.node), unit.site.source.text.split("\n")
    repeated = is_repeated(place, unit, plan)
    about = {"operate": plan.operate, "operate_reason": plan.reason, "enhancements": plan.notes}
    why_not = "" if repeated else why_not_repeated(call, Build(about, "", plan.attempts))
    return OutsideCall(
        line=place.line,
        column=character(lines[place.line - 1], place.column),
        end_line=place.end_line,
        end_column=character(lines[place.end_line - 1], place.end_column),
        text=call_text(call.node),
        name=call.name or "",
        effect=call.effect.value,
        repeated=repeated,
        limited=is_limited(call, place, unit, plan),
        why=call.why,
        why_not=why_not,
    )


def is_repeated(place: Span, unit: PythonUnit, plan: Enhancement) -> bool:
    """Whether a call is made again when it fails in a way that passes."""
    blocks = (_here(region.place, unit) for region in plan.regions)
    in_block = any(block[:2] <= place[:2] and place[2:] <= block[2:] for block in blocks)
    return plan.attempts > 1 or in_block or any(_here(each.place, unit) == place for each in plan.calls)


def is_limited(call: ResolvedCall, place: Span, unit: PythonUnit, plan: Enhancement) -> bool:
    """Whether a call has a time limit of its own, is given one, or is ended with the function's budget."""
    limit = call.entry.timeout if call.entry is not None else None
    given = find_argument(call.node, limit, call.entry.timeout_at)[1] if call.entry is not None and limit else None
    if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
        return True
    if plan.budget is None:
        return False
    timed = (each for each in (*plan.calls, *plan.timed) if each.timeout)
    return plan.budget.mechanism != "cooperative" or any(_here(each.place, unit) == place for each in timed)


def _here(place: Span, unit: PythonUnit) -> Span:
    """A place of a plan, whose lines count from the function's first, in its file."""
    shift = unit.site.span.line - 1
    return Span(place.line + shift, place.column, place.end_line + shift, place.end_column)
