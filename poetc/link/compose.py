"""The vendored runtime: the modules of `poetc.runtime` that generated code uses, joined into one `_runtime.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

RUNTIME = "poetc.runtime."
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


def runtime_text(attributes: Iterable[str]) -> str:
    """`_runtime.py` with everything that the given `rt.<attribute>`s need, and the link table; deterministic."""
    wanted = {module_of(attribute) for attribute in attributes} | {"link"}
    parts = [part_of(name) for name in in_order(wanted)]
    imports = sorted({line for lines, _ in parts for line in lines})
    return "\n".join([HEADER, *imports, "", *(body for _, body in parts)])


def module_of(attribute: str) -> str:
    """The runtime module that defines a name; raises `KeyError` for an unknown one."""
    return definitions()[attribute]


@cache
def definitions() -> dict[str, str]:
    """Top-level class or function of the runtime -> module."""
    found = {}
    for name in module_names():
        for node in parsed(name).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = name
    return found


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
    modules = [n.module or "" for n in parsed(name).body if isinstance(n, ast.ImportFrom)]
    return [m.removeprefix(RUNTIME) for m in modules if m.startswith(RUNTIME)]


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
    """A module's standard-library imports, and the rest of its text without docstring and imports of the runtime."""
    lines = source_of(name).split("\n")
    imports = []
    for node in parsed(name).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            if module != "__future__" and not module.startswith(RUNTIME):
                imports.append(ast.unparse(node))
        elif not (isinstance(node, ast.Expr) and node is parsed(name).body[0]):
            continue
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    body = "\n".join(line for line in lines if not line.lstrip().startswith("from poetc.")).strip("\n")
    return tuple(imports), squeezed(body) + "\n"


def squeezed(text: str) -> str:
    """Text with no more than two empty lines in a row."""
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text
