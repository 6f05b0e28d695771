"""Decorators that read the code or the source of what they decorate: they would read what was built, or lose it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from poetc.ir import SourceFile
from poetc.marker import dotted_name, imported

READERS: Final = (
    *("numba", "triton.jit", "taichi", "warp", "cython", "pythran", "transonic", "torch.jit", "tensorflow.function"),
    *("tensorflow.autograph", "typeguard.typechecked", "birdseye"),
)
"""libraries, and decorators of libraries, that compile or rewrite a function by its bytecode or its source lines"""


def meanings(tree: ast.Module, source: SourceFile) -> dict[str, str]:
    """Name → dotted name, of everything that a module imports anywhere."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {name: target for node in nodes for name, target, _ in imported(node, source)}


def reader_above(decorators: list[ast.expr], imports: Mapping[str, str]) -> ast.expr | None:
    """The first of some decorators that reads the function's code."""
    for decorator in decorators:
        name, dot, rest = dotted_name(_bare(decorator)).partition(".")
        dotted = imports.get(name, "") + dot + rest
        if any(f"{dotted}.".startswith(f"{reader}.") for reader in READERS):
            return decorator
    return None


def _bare(decorator: ast.expr) -> ast.expr:
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator
