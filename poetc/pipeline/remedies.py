"""What a person can do so that a call is known, or a marker achieves something: the very text to write, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from poetc.effects import Effects, ResolvedCall, kept_effects
from poetc.effects.guess import likely_class
from poetc.extract.effects import ProjectEffects
from poetc.ir.effect import Effect
from poetc.pipeline.coverage import calls_of
from poetc.pipeline.reasons import Build, shown, why_not_repeated
from poetc.source.module import Module
from poetc.source.nodes import dotted_name, flat, parameters
from poetc.source.site import PythonUnit

SECONDS: Final = 10
"""a time limit to propose"""


class Remedy(NamedTuple):
    """What is in the way, and what to do."""

    at: ast.expr | None
    """the call; None: the function as a whole"""
    problem: str
    """the end of a sentence about the function"""
    text: str
    """what to do, a sentence"""


def remedy_of(unit: PythonUnit, project: ProjectEffects, metadata: Mapping[str, Any]) -> Remedy:
    """What keeps a function from getting anything, and what to do: the most telling one thing. `metadata`: of what was
    built of it."""
    project = project.of_domain(unit.policy.domain)
    effects = kept_effects(unit.site.node) or Effects("unknown", (), ())
    outside = [*calls_of(unit, project)]
    unknown = [call for call in outside if call.effect == Effect.UNKNOWN]
    ways = [(call, way) for call in unknown if (way := way_to_know(call, unit, project))]
    if ways or unknown:
        call, way = ways[0] if ways else (unknown[0], f"{ANYHOW} Or remove the marker.")
        return Remedy(call.node, f"`{shown(call)}` is unknown: {call.why}", way)
    if own := next(own_remedies(unit, project, effects), None):
        return own
    if outside:
        call = outside[0]
        why = why_not_repeated(call, Build(metadata, "", 1)) or "it can't be there"
        text = f"Give it a time limit, `@poet(timeout={SECONDS})`, or remove the marker."
        return Remedy(call.node, f"`{shown(call)}` is not repeated: {why}", text)
    nothing = (
        "nothing in it can fail" if effects.effect == "pure" else "it makes no call that talks to anything outside"
    )
    return Remedy(None, f"{nothing}, and no annotation says what to check", "Remove the marker.")


ANYHOW: Final = "Give what it is called on a name, with its class: `client: CLASS = ...`."
OTHERWISE: Final = '"read" if a second call changes nothing, with the `transient` errors after which to make it'


def way_to_know(call: ResolvedCall, unit: PythonUnit, project: ProjectEffects) -> str:
    """How a call of which nothing is known can be made known; "" if there is no way that can be written down."""
    if name := entry_name(call):
        return f"Say in pyproject.toml what it does, below [tool.poet.calls]: `{entry_line(name)}`; {OTHERWISE}."
    receiver = receiver_of(call)
    if not receiver:
        return ""
    module = unit.site.module
    annotation = f"{receiver}: {class_for(receiver, call, unit, project) or 'CLASS'}"
    if parameter_of(receiver, unit.site.node) is not None:
        return f"Annotate the parameter: `{annotation}`."
    if receiver.startswith(("self.", "cls.")) and receiver.count(".") == 1:
        return f"Annotate it where the class sets it: `{annotation} = ...`."
    if "." not in receiver:
        where = "where the module sets it" if receiver in module.names.bound else "where it is set"
        return f"Annotate it {where}: `{annotation} = ...`."
    return ""


def entry_name(call: ResolvedCall) -> str:
    """The dotted name under which [tool.poet.calls] can describe a call; "" if it has none."""
    name = call.name or ""
    *owner, last = name.split(".")
    is_one = bool(owner) and last != "__call__" and all(map(str.isidentifier, (*owner, last)))
    return name if call.entry is None and is_one else ""


def entry_line(name: str) -> str:
    """The line that describes a call, as carefully as can be: the reader knows better."""
    return f'"{name}" = {{ effect = "write" }}'


def receiver_of(call: ResolvedCall) -> str:
    """What a method is called on, if that is a name or an attribute: "session", "self.http"."""
    return dotted_name(call.node.func.value) if isinstance(call.node.func, ast.Attribute) else ""


def parameter_of(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.arg | None:
    """A function's parameter without annotation of that name, but `self` and the like."""
    return next((p for p in parameters(node.args) if p.arg == name and p.annotation is None), None)


def class_for(receiver: str, call: ResolvedCall, unit: PythonUnit, project: ProjectEffects) -> str:
    """The class that an object probably has, as the module writes it; "" where nothing speaks for one."""
    module, node = unit.site.module, unit.site.node
    if "." not in receiver and parameter_of(receiver, node) is None and receiver not in module.names.bound:
        return ""  # what gave it to the function is a better hint
    used = (n for n in flat(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    methods = {n.func.attr for n in used if isinstance(n.func, ast.Attribute) and dotted_name(n.func.value) == receiver}
    imported = {target.partition(".")[0] for target in module.imports.values()}
    guess = partial(likely_class, methods, project.catalogue, name=receiver.rpartition(".")[2], awaited=call.awaited)
    return written((guess(imported) if imported else "") or guess(), module)


def written(dotted: str, module: Module) -> str:
    """A dotted name as a module writes it, by its imports."""
    for name, target in module.imports.items():
        if dotted == target or dotted.startswith(f"{target}."):
            return name + dotted[len(target) :]
    return dotted


def own_remedies(unit: PythonUnit, project: ProjectEffects, effects: Effects) -> Iterator[Remedy]:
    """The project's own functions that make the calls: the marker belongs on them."""
    callees = project.around(project.function(unit.site)).callees
    said = dict(unit.context.project_effects)
    for call in effects.calls:
        text = dotted_name(call.node.func)
        callee = callees.get(text)
        if call.entry is not None or callee is None or callee.makes or said.get(text) == Effect.PURE:
            continue
        if callee.functions:
            f = callee.functions[0]
            problem = f"what it calls is the project's own, `{text}`, which does the work"
            put = f"Put @poet on `{f.name}` ({f.module.source.relative}:{f.node.lineno})."
            if all(map(project.resolver.is_marked, callee.functions)):
                problem, put = (
                    f"{problem} and has @poet itself",
                    "Remove the marker, or annotate what is to be checked.",
                )
            yield Remedy(call.node, problem, put)
        elif callee.opaque:
            problem = f"what it calls is the project's own, `{text}`, of which nothing is known: {callee.opaque}"
            yield Remedy(call.node, problem, f"Put @poet on what makes the calls in `{text}`, or remove the marker.")
