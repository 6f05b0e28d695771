"""The calls in a body, as the catalogue knows them: which may be repeated where they stand, which take a time limit."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from poetc.effects import (
    Catalogue,
    CatalogueError,
    Effects,
    Names,
    ResolvedCall,
    analyse,
    keep_effects,
    kept_effects,
    load_catalogue,
)
from poetc.effects.uses import METHODS
from poetc.refusal import GenerateError
from poetc.source.function import FunctionSource
from poetc.source.imports import read_imports
from poetc.source.nodes import body_nodes, flat, frame_nodes
from poetc.source.place import span_of
from poetc.wire.enhancement import Call

REPEATABLE: Final = ("read", "idempotent")
"""effects of calls that may be made again"""

UNSENT: Final[dict[str, str]] = {"": "unsent", "awaited": "unsent_awaited"}
"""that method -> the one that repeats a write of which nothing was sent"""

FRESH: Final[dict[str, str]] = {"": "fresh", "awaited": "fresh_awaited"}
"""that method -> the one that repeats a read of a session which has begun nothing"""

F_STRING: Final = "not repeated: a call in an f-string"
"""how the note begins that says so"""

WHOLE_SECONDS: Final = frozenset({"connect_timeout"})
"""parameters that take no fractions (libpq's)"""


def effects_of(source: FunctionSource) -> Effects:
    """What the function does, line by line, and its calls; found once."""
    found = kept_effects(source.node)
    if found is None:
        context = source.context
        names = Names(
            imports=read_imports(context.imports),
            things=context.things,
            module=context.module_path or "",
            hidden=frozenset(context.outer),
            project=context.project_effects,
            shadowed=frozenset(context.shadowed),
            constants=context.constants,
        )
        found = analyse(source.node, names, catalogue_of(context.calls))
        keep_effects(source.node, found)
    return found


def catalogue_of(entries: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """The built-in catalogue with the user's entries; raises `GenerateError` for one that makes no sense."""
    if not entries:
        return load_catalogue()
    try:
        return load_catalogue(entries)
    except CatalogueError as error:
        raise GenerateError("INVALID_CALLS", f"[tool.poet.calls] {error}", {"name": error.name}) from None


def outside_of_f_strings(
    source: FunctionSource, calls: tuple[ResolvedCall, ...]
) -> tuple[tuple[ResolvedCall, ...], tuple[str, ...]]:
    """The calls around which something can be put, and a note for known ones around which nothing can.

    Up to Python 3.11 an f-string holds no quotes like its own and doesn't tell where in it a call stands; and `{f()=}`
    shows its text.
    """
    inside: dict[int, int] = {}
    for node in body_nodes(source.node):
        if isinstance(node, ast.JoinedStr) and id(node) not in inside:
            inside |= dict.fromkeys(map(id, flat(node)), node.lineno)
    left = [call for call in calls if id(call.written) in inside and call.entry is not None]
    lines = sorted(
        {inside[id(call.written)] for call in left if call.entry and (call.entry.transient or call.gives_time)}
    )
    said = f"{F_STRING} (line {', '.join(map(str, lines))}): nothing can be put around it there; give its value a name"
    return tuple(call for call in calls if id(call.written) not in inside), (said,) if lines else ()


def repeatable_calls(source: FunctionSource, calls: tuple[ResolvedCall, ...]) -> tuple[Call, ...]:
    """The calls that may be made again where they stand, in source order; a write only while nothing of it was sent."""
    looped = looped_calls(source)
    found = [found_call(call, looped) for call in calls if call.effect in REPEATABLE]
    found += [unsent_call(call) for call in calls if call.effect == "write"]
    met = [each for each in found if each is not None and each.method is not None]
    return tuple(sorted(met, key=lambda each: (each.place.line, each.place.column)))


def unsent_call(call: ResolvedCall) -> Call | None:
    """A write whose client shows whether anything was sent; None for others."""
    found = found_call(call)
    if found is None or call.entry is None or not call.entry.unsent or found.method not in UNSENT:
        return None
    return found.model_copy(update={"method": UNSENT[found.method]})


def found_call(call: ResolvedCall, looped: frozenset[int] = frozenset(), *, repeated: bool = True) -> Call | None:
    """A call of the catalogue, with how it is repeated; None for others."""
    entry = call.entry
    if entry is None or call.name is None or not isinstance(call.node.func, ast.Name | ast.Attribute | ast.Call):
        return None
    method = METHODS.get((entry.form, call.form)) if repeated and entry.transient else None
    if method in ("iterated", "iterated_async") and id(call.node) not in looped:
        method = None
    if call.meant is not None and method not in UNSENT:
        method = None  # what is seen of a partial are calls
    if entry.fresh and method is not None:
        method = None if call.meant is not None or call.where == "handed" else FRESH.get(method)
    timeout = entry.timeout if call.gives_time else None
    return Call(
        place=span_of(call.written),
        where=call.where,
        name=call.name,
        method=method,
        timeout=timeout,
        scale=scale_of(entry.unit, timeout),
        transient=entry.transient,
        host=entry.host or (),
        refusal=(entry.refusal or "") if entry.host else "",
    )


def scale_of(unit: float, timeout: str | None) -> int | None:
    """Whole units in a second, or None for seconds with a fraction."""
    if timeout in WHOLE_SECONDS:
        return 1
    return None if unit == 1.0 else max(1, round(1 / unit))


def looped_calls(source: FunctionSource) -> frozenset[int]:
    """Calls, by identity, over whose result a loop or a comprehension runs and that nothing else sees."""
    loops = (ast.For, ast.AsyncFor, ast.comprehension)
    return frozenset(id(n.iter) for n in body_nodes(source.node) if isinstance(n, loops))


def timed_calls(calls: tuple[ResolvedCall, ...], repeated: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls that aren't repeated, and take a limit that they are not given."""
    taken = {each.place for each in repeated}
    found = [
        found_call(call, repeated=False)
        for call in calls
        if call.form in ("call", "context", "iterate") and call.where == "own"
    ]
    return tuple(each for each in found if each is not None and each.timeout and each.place not in taken)


def makes_errors(source: FunctionSource) -> bool:
    """Whether the function makes errors of HTTP statuses, which are then failures and no answers."""
    calls = (node.func for node in frame_nodes(source.node) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Attribute) and called.attr == "raise_for_status" for called in calls)
