"""Calls in a body whose effect is known: which may be repeated where they stand, which take a time limit."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from poetc.generate.rules.contracts import dotted_name, imported_names, names_bound_by
from poetc.generate.rules.function import FunctionSource, bound_names, own_nodes

PURE_BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytes",
        "chr",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "hash",
        "hex",
        "int",
        "isinstance",
        "issubclass",
        "len",
        "list",
        "map",
        "max",
        "min",
        "oct",
        "ord",
        "pow",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
    ]
)


@dataclass(frozen=True, slots=True)
class Known:
    """One entry of the catalogue."""

    effect: str
    timeout: str | None = None
    reads_unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A known call in the body."""

    node: ast.Call
    name: str
    effect: str
    timeout: str | None
    awaited: bool


@cache
def catalogue() -> Mapping[str, Known]:
    """Dotted name -> what is known of it."""
    text = files("poetc.generate.rules").joinpath("calls.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["call"]
    return {
        name: Known(e["effect"], e.get("timeout"), tuple(e.get("reads_unless", ())))
        for e in entries
        for name in e["names"]
    }


def known_calls(source: FunctionSource) -> list[Found]:
    """The known calls that run in the function's own frame, in source order."""
    names = visible_imports(source)
    nodes = own_nodes(source.node)
    awaited = {id(n.value) for n in nodes if isinstance(n, ast.Await)}
    found = [found_call(n, names, id(n) in awaited) for n in nodes if isinstance(n, ast.Call)]
    return [f for f in found if f is not None]


def visible_imports(source: FunctionSource) -> dict[str, str]:
    """Local name -> dotted name, for imported names that the function doesn't bind to anything else."""
    names = imported_names(source.context.imports)
    inside: dict[str, str] = {}
    for node in own_nodes(source.node):
        inside.update(names_bound_by(node))
    taken = bound_names(source.node)
    return {name: dotted for name, dotted in (names | inside).items() if name not in taken or name in inside}


def found_call(node: ast.Call, names: Mapping[str, str], awaited: bool) -> Found | None:
    """The call as the catalogue knows it, or None."""
    name = dotted_name(node.func, names)
    known = catalogue().get(name) if name.split(".")[0] in {d.split(".")[0] for d in names.values()} else None
    if known is None or not isinstance(node.func, ast.Name | ast.Attribute):
        return None
    unclear = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
    given = {k.arg for k in node.keywords} | {str(i) for i in range(len(node.args))}
    effect = known.effect
    if known.reads_unless and (unclear or given & set(known.reads_unless)):
        effect = "write"
    return Found(node, name, effect, known.timeout, awaited)


def effects_of(source: FunctionSource, calls: list[Found]) -> str:
    """pure | reads | writes | unknown, by what stands in the function's own body."""
    known = {id(c.node): c for c in calls}
    nodes = own_nodes(source.node)
    if any(c.effect == "write" for c in calls):
        return "writes"
    taken = bound_names(source.node) | set(source.context.shadowed)
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in known and not is_pure_call(node, taken):
            return "unknown"
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            return "unknown"
        if isinstance(node, ast.Global | ast.Nonlocal | ast.Yield | ast.YieldFrom | ast.Import | ast.ImportFrom):
            return "unknown"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.With | ast.AsyncWith):
            return "unknown"
    return "reads" if calls else "pure"


def is_pure_call(node: ast.Call, taken: frozenset[str] | set[str]) -> bool:
    """Whether a call is one of a builtin that changes nothing."""
    return isinstance(node.func, ast.Name) and node.func.id in PURE_BUILTINS and node.func.id not in taken
