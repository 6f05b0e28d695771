"""`poet explain`: one function, line by line: its effects, what the build made of it, what it left alone, and why."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from poetc.config.origins import Origins
from poetc.errors import ConfigError
from poetc.extract.place import origin_of, written_at
from poetc.extract.uninterrupted import uninterrupted
from poetc.ir import Kind, Policy, Stored
from poetc.ir.achieved import achieved_in
from poetc.pipeline.inspection import chosen, surveyed
from poetc.pipeline.project import Project
from poetc.pipeline.protections import attempts_of, protections
from poetc.pipeline.reasons import Build, not_done, why_rewritten
from poetc.pipeline.staleness import Reason, linked_as_it_is, reason
from poetc.pipeline.survey import FunctionState, ProjectIndex
from poetc.source.site import PythonUnit

if TYPE_CHECKING:
    from poetc.extract.effects import ProjectEffects, SiteEffects

OTHER_SOURCE: Final = frozenset({"source changed", "never built"})
"""why a stored version says nothing of the lines as they are"""


def explain_function(project: Project, name: str) -> dict[str, Any]:
    """Everything that is to be said of one function, ready for JSON; see `report.explain` for its form.

    `name`: a qualified name, or an unambiguous end of one. Raises ConfigError if none or more than one is meant, or if
    the function can't be built.
    """
    survey = surveyed(project)
    functions = {f.name: (file, f) for file in survey.files for f in file.functions}
    file, function = functions[chosen(name, list(functions))]
    if function.unit is None:
        raise ConfigError(function.diagnostics[0])
    unit = function.unit
    effects = ProjectIndex(project).effects.of_domain(unit.policy.domain)
    known = effects.of_site(unit.site, unit.context)
    built = function.stored if function.stale not in OTHER_SOURCE else None
    return {
        **head(function, unit, reason(file, function, linked_as_it_is(project, survey), project.root)),
        "effects": known.effects.effect,
        "lines": lines_of(unit, known, built, function.stale),
        "around": protections(built.code, built.metadata) if built else [],
        "asked": [*settings_of(unit, project)],
        "checked": checked(built),
        "not_done": [*notes(built), *(said.message for said in function.diagnostics if said.code == "POET216")],
        "project": [*project_calls(known, effects)],
    }


def head(function: FunctionState, unit: PythonUnit, why: Reason | None) -> dict[str, Any]:
    """Which function, and how its build stands."""
    metadata: Mapping[str, Any] = function.stored.metadata if function.stored else {}
    return {
        "name": function.name,
        "path": unit.site.source.relative,
        "line": function.line,
        "version": function.stored.version if function.stored else None,
        "fresh": why is None,
        "why": function.stale or (why.text if why else ""),
        "operate": metadata.get("operate"),
        "operate_reason": metadata.get("operate_reason"),
        "achieved": achieved_in(metadata).placed(function.line).as_json() if function.stored else None,
    }


def settings_of(unit: PythonUnit, project: Project) -> Iterator[dict[str, str]]:
    """{setting, value, origin} of everything in the policy that somebody asked for, or that is the domain's default."""
    asked, origins = project.options.asked_of(unit.name), Origins(project.options)
    for name, value in asdict(unit.policy).items():
        usual = getattr(Policy(), name)
        if name != "engine" and (value != usual or name in asked or written_at(unit.site, name) is not None):
            where = origin_of(unit.site, name, asked, origins, unit.policy.domain)
            given = {k: v for k, v in value.items() if v not in (None, ())} if isinstance(value, dict) else value
            yield {"setting": name, "value": str(given), "origin": where}


def lines_of(unit: PythonUnit, known: SiteEffects, built: Stored | None, stale: str) -> list[dict[str, Any]]:
    """The source's lines, each with what is to be said of it."""
    span = unit.site.span
    source = unit.site.source.text.split("\n")[span.line - 1 : span.end_line]
    rewrites = [dict(r) for r in built.metadata.get("rewrites", ())] if built else []
    rows: list[dict[str, Any]] = [
        {"line": number, "text": text, "effects": [], "rewrites": [], "not_done": []}
        for number, text in enumerate(source, span.line)
    ]
    for effect in known.effects.lines:
        if 0 <= effect.line - span.line < len(rows):
            told = {"text": effect.text, "effect": effect.effect, "why": effect.why}
            rows[effect.line - span.line]["effects"].append(told)
    for rewrite in rewrites:
        if 0 <= rewrite["line"] - 1 < len(rows):
            why = why_rewritten(rewrite, span.line, (*known.effects.calls, *known.effects.inner))
            told = {"kind": rewrite["kind"], "before": rewrite["before"], "after": rewrite["after"], "why": why}
            rows[rewrite["line"] - 1]["rewrites"].append(told)
    build = Build(built.metadata, stale, attempts_of(built.code)) if built else None
    for line, said in not_done(known.effects, rewrites, span.line, build):
        if 0 <= line - span.line < len(rows) and said not in rows[line - span.line]["not_done"]:
            rows[line - span.line]["not_done"].append(said)
    for call in uninterrupted(known.effects, known.project) if is_left_alone(unit) else ():
        rows[call.node.lineno - span.line]["not_done"].append("off the main thread, nothing interrupts it")
    return rows


def is_left_alone(unit: PythonUnit) -> bool:
    """Whether a budget stands in the function's decorator and its body stays in its thread."""
    call = unit.site.decorator
    written = isinstance(call, ast.Call) and any(keyword.arg == "timeout" for keyword in call.keywords)
    return written and unit.site.kind is Kind.SYNC and not unit.policy.own_thread


def checked(built: Stored | None) -> list[str]:
    """What is looked at of arguments and result."""
    enhancements = [str(line) for line in built.metadata.get("enhancements", ())] if built else []
    return [line.partition(": ")[2] for line in enhancements if line.startswith(("perceive: ", "enforce: "))]


def notes(built: Stored | None) -> list[str]:
    """What was left undone of the function as a whole, in the generator's words."""
    enhancements = [str(line) for line in built.metadata.get("enhancements", ())] if built else []
    return [line for line in enhancements if line.startswith(("not ", "no "))]


def project_calls(known: SiteEffects, effects: ProjectEffects) -> Iterator[dict[str, Any]]:
    """The project's functions that are called: where each stands, what it does, and where it does that."""
    for text, callee in sorted(known.around.callees.items()):
        functions = [
            {"name": f.name, "path": f.module.source.relative, "line": f.node.lineno} for f in callee.functions
        ]
        yield {
            "text": text,
            "effect": known.project.get(text, "unknown"),
            "functions": functions,
            "why": callee.opaque,
            "through": effects.through(known.around, text),
        }
