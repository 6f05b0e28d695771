"""Decorators that read the code or the source of what they decorate: they would read what was built, or lose it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from poetc.source.imports import imported
from poetc.source.module import Module
from poetc.source.nodes import called, dotted_name

READERS: Final = (
    *("numba", "triton.jit", "taichi", "warp", "cython", "pythran", "transonic", "torch.jit", "tensorflow.function"),
    *("tensorflow.autograph", "typeguard.typechecked", "birdseye"),
)
"""libraries, and decorators of libraries, that compile or rewrite a function by its bytecode or its source lines"""


def meanings(module: Module) -> dict[str, str]:
    """Name → dotted name, of everything that a module imports anywhere."""
    return {name: stands_for for node in module.nodes for name, stands_for, _ in imported(node, module.source)}


def reader_above(decorators: list[ast.expr], imports: Mapping[str, str]) -> ast.expr | None:
    """The first of some decorators that reads the function's code."""
    for decorator in decorators:
        name, dot, rest = dotted_name(called(decorator)).partition(".")
        dotted = imports.get(name, "") + dot + rest
        if any(f"{dotted}.".startswith(f"{reader}.") for reader in READERS):
            return decorator
    return None
