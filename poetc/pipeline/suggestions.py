"""`poet suggest`: entries of [tool.poet.calls] and annotations for the outside calls of which nothing is known.

Nothing is decided here that a person should decide: an entry says as little as can be, an annotation is written into a
patch only where every call site in the project passes an object of that class.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from poetc.effects import ResolvedCall
from poetc.extract.effects import CallContext, ProjectEffects
from poetc.ir import Diagnostic
from poetc.ir.drafts import AnnotationDraft, Drafts, EntryDraft
from poetc.ir.effect import Effect
from poetc.pipeline.coverage import calls_of, units_of
from poetc.pipeline.evidence import evidence_of
from poetc.pipeline.project import Project
from poetc.pipeline.remedies import class_for, entry_name, parameter_of, receiver_of, written
from poetc.pipeline.survey import ProjectIndex
from poetc.source.module import Function
from poetc.source.nodes import dotted_name, parameters
from poetc.source.site import PythonUnit

NO_NEWLINE: Final = "\\ No newline at end of file"
"""how a patch says so"""

Key = tuple[tuple[str, int, int], str]
"""a function of the project, and one of its parameters"""


class Receiver(NamedTuple):
    """Something in a function on which unknown calls are made."""

    unit: PythonUnit
    name: str
    calls: list[ResolvedCall]

    @property
    def parameter(self) -> ast.arg | None:
        """The parameter without annotation that it is, if it is one."""
        return parameter_of(self.name, self.unit.site.node)


def suggest(
    project: Project, paths: Sequence[Path] = (), *, everything: bool = False
) -> tuple[Drafts, list[Diagnostic]]:
    """What is proposed for the functions below `paths`, and what can't be read."""
    index = ProjectIndex(project)
    found = [*units_of(project, index, paths, everything=everything)]
    named: dict[str, list[str]] = {}
    held: dict[tuple[str, str], Receiver] = {}
    for unit in (each for each in found if not isinstance(each, Diagnostic)):
        for call in calls_of(unit, index.effects):
            if call.effect != Effect.UNKNOWN:
                continue
            if name := entry_name(call):
                named.setdefault(name, []).append(f"{unit.site.source.relative}:{call.node.lineno}")
            elif name := receiver_of(call):
                held.setdefault((unit.name, name), Receiver(unit, name, [])).calls.append(call)
    entries = [_entry(name, tuple(places), project) for name, places in named.items()]
    patch, left = _annotations([*held.values()], project, index)
    drafts = Drafts(
        tuple(sorted(entries, key=lambda each: (-len(each.places), each.name))),
        tuple(sorted(left, key=lambda each: (-len(each.places), each.function))),
        patch,
        bool(project.options.calls),
    )
    return drafts, [each for each in found if isinstance(each, Diagnostic)]


def _entry(name: str, places: tuple[str, ...], project: Project) -> EntryDraft:
    """A call as carefully as can be described: a write, with the time limit and the class that its library shows."""
    found = evidence_of(name, project.options)
    settings = {"effect": "write"}
    settings |= {"timeout": found.limit} if found.limit else {}
    settings |= {"unit": "ms"} if found.limit.endswith(("_ms", "millis", "milliseconds")) else {}
    settings |= {"form": found.form} if found.form != "call" else {}
    settings |= {"returns": found.makes} if found.makes else {}
    lines = [found.signature or "nothing of it is found here", found.says]
    lines += [f'by its name, and what it says: "{found.proposed}"'] if found.proposed else []
    return EntryDraft(name, tuple(settings.items()), tuple(filter(None, lines)), places)


def _annotations(held: Sequence[Receiver], project: Project, index: ProjectIndex) -> tuple[str, list[AnnotationDraft]]:
    """(the patch of what all call sites agree on, what is left to the reader)."""
    passed = _passed(project, index) if any(each.parameter for each in held) else {}
    edits: dict[str, list[tuple[PythonUnit, ast.arg, str]]] = {}
    left = []
    for each in held:
        unit, parameter = each.unit, each.parameter
        classes = passed.get((index.effects.function(unit.site).key[:3], each.name), set()) if parameter else set()
        text = written(next(iter(classes)), unit.site.module) if len(classes) == 1 else ""
        if parameter is not None and text.partition(".")[0] in unit.site.module.imports:
            edits.setdefault(unit.site.source.relative, []).append((unit, parameter, text))
        else:
            left.append(_left(each, classes, index.effects))
    return "".join(_patch(changes) for changes in edits.values()), left


def _left(each: Receiver, classes: set[str], effects: ProjectEffects) -> AnnotationDraft:
    """What the reader has to decide, with what is known."""
    unit, first = each.unit, each.calls[0]
    known = ", ".join(sorted(cls or "what nobody knows" for cls in classes))
    why = f"call sites pass {known}" if classes else first.why
    places = tuple(f"{unit.site.source.relative}:{call.node.lineno}" for call in each.calls)
    return AnnotationDraft(each.name, unit.name, class_for(each.name, first, unit, effects), why, places)


def _passed(project: Project, index: ProjectIndex) -> Mapping[Key, set[str]]:
    """Parameter → the classes of what the project's functions pass; "" for what isn't known."""
    found: dict[Key, set[str]] = {}
    for unit in units_of(project, index, everything=True):
        if not isinstance(unit, Diagnostic):
            for key, cls in _passing(unit, index.effects.of_domain(unit.policy.domain)):
                found.setdefault(key, set()).add(cls)
    return found


def _passing(unit: PythonUnit, project: ProjectEffects) -> Iterator[tuple[Key, str]]:
    """What a function passes to functions of the project, parameter by parameter."""
    around = project.around(project.function(unit.site))
    for call, scope in around.inference.walk.calls:
        for function in _called(call, around):
            for name, argument in _bound(call, function):
                value = around.inference.value(argument, scope)
                yield (function.key[:3], name), value.name if value.kind == "obj" and not value.assumed else ""


def _called(call: ast.Call, around: CallContext) -> tuple[Function, ...]:
    """The functions of the project that a call may mean."""
    callee = around.callees.get(dotted_name(call.func))
    return callee.functions if callee is not None else ()


def _bound(call: ast.Call, function: Function) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of a function with what a call gives them; nothing behind a star."""
    names = [p.arg for p in parameters(function.node.args)]
    names = names[1:] if function.receiver else names
    for name, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        yield name, argument
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)


def _patch(changes: Sequence[tuple[PythonUnit, ast.arg, str]]) -> str:
    """A unified diff of one file that writes annotations."""
    source = changes[0][0].site.source
    lines = source.text.split("\n")
    before = [*(f"{line}{source.newline}" for line in lines[:-1]), *filter(None, lines[-1:])]
    after = [*before]
    for _, parameter, text in sorted(changes, key=lambda each: (each[1].lineno, each[1].col_offset), reverse=True):
        line, end = after[parameter.lineno - 1].encode(), parameter.end_col_offset or 0
        after[parameter.lineno - 1] = (line[:end] + f": {text}".encode() + line[end:]).decode()
    patch = difflib.unified_diff(before, after, f"a/{source.relative}", f"b/{source.relative}")
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n" for line in patch)
