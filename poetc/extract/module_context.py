"""A function's module → what it tells about the names that the function uses.

What concerns the marker is left out: linking changes those imports, and must not change the function's key.
"""

from __future__ import annotations

import ast
import builtins
import re
from functools import lru_cache
from typing import Final

from poetc.marker import marker_of
from poetc.source.bindings import bound_by
from poetc.source.imports import Imported
from poetc.source.module import Module, outer_names
from poetc.source.nodes import FunctionNode, flat
from poetc.source.site import ModuleContext, PythonSite

BUILTINS: Final = frozenset(
    {name for name in dir(builtins) if not name.startswith("_")} | {"__import__", "PythonFinalizationError"}
) - {"copyright", "credits", "exit", "help", "license", "quit"}
"""the same on every Python and with or without `site`, so that the key is"""

_WORD = re.compile(r"[^\W\d]\w*")


def read_context(site: PythonSite, decorators: tuple[str, ...]) -> ModuleContext:
    """The imports that the function's own text uses, the builtins that its module hides, and how it is compiled.

    Raises SyntaxError for a module that Python parses but doesn't compile.
    """
    module, used = site.module, names_in(site.node)
    outer = outer_names(site.node, site.around) & used
    hidden = outer | module.replaced
    statements, star = imports_beside(module, decorators)
    return ModuleContext(
        imports=tuple(dict.fromkeys(text for name, text in statements if name in used and name not in hidden)),
        bound=tuple(sorted(BUILTINS & {*module.names.bound, *outer})),
        free=module.free.get((site.span.line, site.node.name), ()),
        outer=tuple(sorted(outer)),
        star_import=star,
        future_annotations=module.future_annotations,
        defaults=() if star else default_types(site, outer),
    )


def default_types(site: PythonSite, outer: set[str]) -> tuple[tuple[str, str], ...]:
    """The module's constants that stand as defaults, with the types of their values; no names of classes around."""
    arguments = site.node.args
    names = {node.id for node in (*arguments.defaults, *arguments.kw_defaults) if isinstance(node, ast.Name)}
    if not names:
        return ()
    inner = {name for each in site.around for node in flat(*each.body) for name in bound_by(node)}
    known = site.module.assigned_once
    found = {name: literal_type(known[name]) for name in names - outer - inner if name in known}
    return tuple(sorted((name, kind) for name, kind in found.items() if kind))


def literal_type(value: ast.expr) -> str:
    """The name of a literal's type; "" for other expressions."""
    try:
        return type(ast.literal_eval(value)).__name__
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""


@lru_cache(maxsize=4)
def imports_beside(module: Module, decorators: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], bool]:
    """(name, statement that binds this name alone) of a module's imports but the marker's, and whether one is of `*`;
    kept for the next function of the same file."""
    marker = marker_of(decorators)
    found, star = [], False
    for node, each in module.imported:
        if each.name == "*":
            star = star or not marker.starred(each.target)
        elif not marker.concerns(each.target) and not marker.concerns(each.stands_for):
            found.append((each.name, _statement(node, each)))
    return tuple(found), star


def _statement(node: ast.Import | ast.ImportFrom, each: Imported) -> str:
    if isinstance(node, ast.Import):
        renamed = any(alias.asname == each.name and alias.name == each.target for alias in node.names)
        return f"import {each.target} as {each.name}" if renamed else f"import {each.target}"
    module, _, member = each.target.rpartition(".")
    return f"from {module} import {member}" + (f" as {each.name}" if each.name != member else "")


def names_in(node: FunctionNode) -> set[str]:
    """Every name that a function's own text mentions, also inside of quoted annotations."""
    found = set()
    for inner in flat(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        else:
            quoted = getattr(inner, "annotation", None) or getattr(inner, "returns", None)
            if quoted is not None:
                texts = [n.value for n in flat(quoted) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                found.update(word for text in texts for word in _WORD.findall(text))
    return found
