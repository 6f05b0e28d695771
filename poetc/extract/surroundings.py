"""A function's module → what it tells about the names that the function uses.

What concerns the marker is left out: linking changes those imports, and must not change the function's key.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from poetc.extract.bindings import bindings, statements
from poetc.extract.freedom import free_variables, outer_names
from poetc.ir import Site, SourceFile, Surroundings
from poetc.ir.source import type_of_def
from poetc.marker import imported, marker_of

BUILTINS: Final = frozenset(
    {name for name in dir(builtins) if not name.startswith("_")} | {"__import__", "PythonFinalizationError"}
) - {"copyright", "credits", "exit", "help", "license", "quit"}
"""the same on every Python and with or without `site`, so that the key is"""

_WORD = re.compile(r"[^\W\d]\w*")
_GLOBAL = re.compile(r"\bglobal\b")


class Module(NamedTuple):
    """What a module's top level binds and imports."""

    bound: Counter[str]
    constants: dict[str, ast.expr]
    """name assigned once and nowhere else → its value"""
    imports: tuple[tuple[str, str], ...]
    """(name bound, statement that binds this name alone), in source order"""
    star_import: bool
    future_annotations: bool


def read_surroundings(site: Site, decorators: tuple[str, ...]) -> Surroundings:
    """The imports that the function's own text uses, the builtins that its module hides, and how it is compiled."""
    module = read_module(site.source, site.tree, decorators)
    used = _names(site.node)
    outer = outer_names(site, used)
    return Surroundings(
        imports=tuple(dict.fromkeys(text for name, text in module.imports if name in used and name not in outer)),
        bound=tuple(sorted(BUILTINS & {*module.bound, *outer})),
        free=free_variables(site),
        outer=outer,
        star_import=module.star_import,
        future_annotations=module.future_annotations,
    )


@lru_cache(maxsize=4)
def read_module(source: SourceFile, tree: ast.Module, decorators: tuple[str, ...]) -> Module:
    """Read a module's top level; kept for the next function of the same file."""
    bound = bindings(tree.body)
    if _GLOBAL.search(source.text):
        # a function that says `global x` binds it once more, whenever it is called
        bound.update(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
    top = [node for node in statements(tree.body) if isinstance(node, ast.Import | ast.ImportFrom)]
    marker = marker_of(decorators)
    stars = [target for node in top for name, target, _ in imported(node, source) if name == "*"]
    return Module(
        bound,
        _constants(tree, bound),
        tuple(_imports(top, source, decorators)),
        any(not marker.starred(target) for target in stars),
        any(isinstance(n, ast.ImportFrom) and n.module == "__future__" and _names_annotations(n) for n in top),
    )


def _names_annotations(node: ast.ImportFrom) -> bool:
    return any(alias.name == "annotations" for alias in node.names)


def _constants(tree: ast.Module, bound: Counter[str]) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            found.clear()  # it may bind them again
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is not None and len(targets) == 1 and isinstance(name := targets[0], ast.Name) and bound[name.id] == 1:
            found[name.id] = value
    return found


def _imports(
    nodes: list[ast.Import | ast.ImportFrom], source: SourceFile, decorators: tuple[str, ...]
) -> list[tuple[str, str]]:
    marker = marker_of(decorators)
    found = []
    for node in nodes:
        for name, target, dotted in imported(node, source):
            if name != "*" and not marker.concerns(dotted) and not marker.concerns(target):
                found.append((name, _statement(node, name, dotted)))
    return found


def _statement(node: ast.Import | ast.ImportFrom, name: str, dotted: str) -> str:
    if isinstance(node, ast.Import):
        renamed = name != dotted.partition(".")[0] or any(a.asname == name and a.name == dotted for a in node.names)
        return f"import {dotted} as {name}" if renamed else f"import {dotted}"
    module, _, member = dotted.rpartition(".")
    return f"from {module} import {member} as {name}" if name != member else f"from {module} import {member}"


def _names(node: type_of_def) -> set[str]:
    """Every name that a function's own text mentions, also inside of quoted annotations."""
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        for name in ("annotation", "returns"):
            annotation = getattr(inner, name, None)
            if annotation is not None:
                found.update(_quoted(annotation))
    return found


def _quoted(annotation: ast.expr) -> set[str]:
    texts = [n.value for n in ast.walk(annotation) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {word for text in texts for word in _WORD.findall(text)}
