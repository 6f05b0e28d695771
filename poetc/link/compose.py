"""The vendored runtime: the modules of `poetc.runtime` that generated code uses, joined into one `_runtime.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import TypeGuard

from poetc.effects.libraries import facts_text, library_facts

RUNTIME = "poetc.runtime."
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
HEADER = '''\
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from __future__ import annotations
'''


FACT = re.compile(r"\bKNOWN\.(\w+)")
"""what a module of the runtime reads of the facts about libraries"""


class Ambiguous(Exception):
    """Two modules of the runtime can't be joined: a defect of ours."""


ALWAYS = frozenset({"link", "breakers_by_name", "testing"})
"""modules of the runtime that are always there: the link table, and what programs and their tests import by name"""


def runtime_text(attributes: Iterable[str]) -> str:
    """`_runtime.py` with everything that the given `rt.<attribute>`s need, and the link table; deterministic."""
    wanted = {module_of(attribute) for attribute in attributes} | ALWAYS
    parts = [part_of(name) for name in in_order(wanted)]
    imports = sorted({line for lines, _ in parts for line in lines})
    bodies = [body for _, body in parts]
    known = facts_text(library_facts(), set(FACT.findall("\n".join(bodies))))
    return "\n".join([HEADER, *imports, "", *bodies, *([known] if known else [])])


def module_of(attribute: str) -> str:
    """The runtime module that defines a name; raises `KeyError` for an unknown one."""
    return definitions()[attribute]


@cache
def definitions() -> dict[str, str]:
    """Top-level class or function of the runtime -> module.

    Raises `Ambiguous` if two modules mean different things by a top-level name: joined, one would take the other's.
    """
    found: dict[str, str] = {}
    meanings: dict[str, str] = {}
    for name in module_names():
        for bound, meaning in top_level(name):
            if meanings.setdefault(bound, meaning) != meaning:
                raise Ambiguous(f"`{bound}` is two things in the joined runtime: {meanings[bound]}, and {meaning}")
        found |= {node.name: name for node in parsed(name).body if isinstance(node, DEFINITIONS)}
    return found


def top_level(name: str) -> Iterator[tuple[str, str]]:
    """What a runtime module binds at its top, and what that is, for other modules to mean the same by it."""
    for node in parsed(name).body:
        if isinstance(node, DEFINITIONS):
            yield node.name, f"defined in {name}.py"
        elif isinstance(node, ast.ImportFrom | ast.Import) and not imported_from_us(node):
            module = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], f"{module}import {alias.name}"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            same = isinstance(node.value, ast.Constant)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for bound in (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)):
                yield bound, ast.unparse(node) if same else f"assigned in {name}.py"


def module_names() -> list[str]:
    """Names of the runtime's modules, sorted."""
    names = (entry.name for entry in files("poetc.runtime").iterdir())
    return sorted(n.removesuffix(".py") for n in names if n.endswith(".py") and n != "__init__.py")


@cache
def source_of(name: str) -> str:
    """The text of a runtime module."""
    return files("poetc.runtime").joinpath(f"{name}.py").read_text(encoding="utf-8")


@cache
def parsed(name: str) -> ast.Module:
    """The syntax tree of a runtime module."""
    return ast.parse(source_of(name))


def needs(name: str) -> list[str]:
    """The runtime modules that one imports at its top, in order."""
    return [node.module.removeprefix(RUNTIME) for node in parsed(name).body if imported_from_us(node) and node.module]


def imported_from_us(node: ast.AST) -> TypeGuard[ast.ImportFrom]:
    """Whether a statement imports from another module of the runtime, which in the joined one stands beside it."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(RUNTIME)


def in_order(wanted: Iterable[str]) -> list[str]:
    """The modules and all they need, each after what it needs."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for needed in needs(name):
                visit(needed)
            order.append(name)

    for name in sorted(wanted):
        visit(name)
    return order


@cache
def part_of(name: str) -> tuple[tuple[str, ...], str]:
    """A module's standard-library imports, and the rest of its text without docstring, annotations and imports of the
    runtime."""
    lines, tree = source_of(name).split("\n"), parsed(name)
    nodes = list(ast.walk(tree))
    own = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    imports = [node for node in own if not imported_from_us(node) and getattr(node, "module", "") != "__future__"]
    docstring = [node for node in tree.body[:1] if isinstance(node, ast.Expr)]
    for node in [*docstring, *own, *(node for node in nodes if imported_from_us(node))]:
        lines[node.lineno - 1 : node.end_lineno] = [""] * (1 + (node.end_lineno or node.lineno) - node.lineno)
    text = without_annotations(lines, that_run(nodes))
    return tuple(map(ast.unparse, imports)), squeezed(text.strip("\n")) + "\n"


def without_annotations(text: list[str], nodes: Iterable[ast.AST]) -> str:
    """Lines of text without annotations: import hooks of type checkers would look for names that are there for mypy
    only. `nodes` are those of its syntax tree that may run."""
    lines = [line.encode() for line in text]
    cuts: list[tuple[int, int, int, int, bytes]] = []
    for node in nodes:
        match node:
            case ast.arg(annotation=ast.expr() as note):
                cuts.append((node.lineno, node.col_offset + len(node.arg.encode()), *end_of(note), b""))
            case ast.AnnAssign(annotation=note, value=None):
                cuts.append((node.lineno, node.col_offset, *end_of(note), b"pass"))
            case ast.AnnAssign(target=target, annotation=note):
                cuts.append((*end_of(target), *end_of(note), b""))
            case ast.FunctionDef(returns=ast.expr() as note) | ast.AsyncFunctionDef(returns=ast.expr() as note):
                first = lines[note.lineno - 1].rindex(b"->", 0, note.col_offset)
                cuts.append((note.lineno, len(lines[note.lineno - 1][:first].rstrip()), *end_of(note), b""))
    for line, column, end_line, end_column, instead in sorted(cuts, reverse=True):
        rest = lines[end_line - 1][end_column:]
        lines[line - 1 : end_line] = [lines[line - 1][:column] + instead + rest]
    return b"\n".join(lines).decode()


def that_run(nodes: list[ast.AST]) -> list[ast.AST]:
    """All nodes of a tree but those under `if TYPE_CHECKING`: no hook sees these, and type checkers go by them."""
    tests = ((node, node.test) for node in nodes if isinstance(node, ast.If))
    found = (node for node, test in tests if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING")
    never = {id(each) for node in found for each in ast.walk(node)}
    return [node for node in nodes if id(node) not in never]


def end_of(node: ast.expr) -> tuple[int, int]:
    """(line, column in bytes) where an expression ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def squeezed(text: str) -> str:
    """Text with no more than two empty lines in a row."""
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text
