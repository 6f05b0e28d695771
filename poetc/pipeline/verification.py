"""`poet verify`: which functions can be compared, and their comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poetc.ir import Diagnostic, Severity
from poetc.ir.comparison import Comparison, Limits, Target, Verdict
from poetc.pipeline.inspection import chosen, surveyed
from poetc.pipeline.project import Project
from poetc.pipeline.survey import FileState, FunctionState, ProjectIndex
from poetc.source.site import PythonUnit

STILL_RUNS = frozenset({"", "configuration changed", "generator changed"})
"""stale or not: what is linked is what runs"""


def verify_behaviour(project: Project, name: str | None, limits: Limits) -> Iterator[Comparison | Diagnostic]:
    """Every decorated function, or the one that `name` means, compared with its original; what can't be is listed, too.

    Raises ConfigError for an unknown name or a missing library, or if no process can be started.
    """
    from poetc.behaviour.trials import compare_behaviour, ensure_installed

    ensure_installed()
    state = surveyed(project)
    yield from (d for d in state.diagnostics if d.severity is Severity.ERROR)
    functions = sorted(
        ((file, f) for file in state.files for f in file.functions),
        key=lambda pair: (pair[0].source.relative, pair[1].line),
    )
    if name is not None:
        wanted = chosen(name, [f.name for _, f in functions])
        functions = [(file, f) for file, f in functions if f.name == wanted]
    targets = []
    index = ProjectIndex(project)
    for file, function in functions:
        why = why_not(function, limits, index)
        if why:
            yield Comparison(function.name, file.source.relative, function.line, Verdict.NOT_COMPARABLE, why)
        else:
            targets.append(subject_of(project, file, function))
    yield from compare_behaviour(targets, limits)


def why_not(function: FunctionState, limits: Limits, index: ProjectIndex) -> str:
    """Why a function isn't run at all; "" if it is."""
    if function.unit is None:
        return function.diagnostics[0].message if function.diagnostics else "it can't be built"
    if function.stored is None or function.stale not in STILL_RUNS:
        return f"{function.stale}: run `poet build`"
    metadata = function.stored.metadata
    if metadata["operate"] == "supplied":
        return "its body is a stub, supplied by the domain: there is nothing to compare with"
    if function.unit.site.is_nested:
        return "it is defined inside of a function, so no import of its module makes one"
    if metadata["effects"] == "writes" and not limits.allow_effects:
        call = outward_call(function.unit, index)
        if call:
            said = f"it calls {call}, which writes, so it isn't run on made-up inputs"
            return f"{said} (--allow-effects: run it in the sandbox all the same)"
    return ""


def outward_call(unit: PythonUnit, index: ProjectIndex) -> str:
    """The first call that may change more than what a process of its own has for itself, its memory; "" if none."""
    effects = index.effects.of_domain(unit.policy.domain).of_site(unit.site, unit.context).effects
    writing = [call for call in effects.calls if call.effect == "write"]
    inward = {call.node.lineno for call in writing if call.entry is not None and call.entry.effect != "write"}
    lines = (line for line in effects.lines if line.effect == "write" and line.text.endswith(")"))
    return next((line.text for line in lines if line.line not in inward), "")


def subject_of(project: Project, file: FileState, function: FunctionState) -> Target:
    """What is needed to find a function's pair in a fresh interpreter."""
    source, unit = file.source, function.unit
    assert unit is not None and function.stored is not None
    return Target(
        name=function.name,
        path=source.relative,
        line=function.line,
        version=function.stored.version,
        module=source.module,
        file=source.path,
        base=source.base,
        root=project.root,
        link_module=source.link_module,
        link_root=source.link_root,
        qualname=unit.site.qualname,
        role=unit.site.role.value,
        classes=unit.site.classes,
        absorbs=absorbs(function.stored.metadata),
    )


def absorbs(metadata: Any) -> bool:
    """Whether retries, a budget or a breaker stand around a function or in it."""
    return metadata["operate"] == "transformed" or any(e.startswith("operate: ") for e in metadata["enhancements"])
