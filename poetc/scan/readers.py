"""Decorators that read the code or the source of what they decorate: they would read what was built, or lose it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from poetc.ir import SourceFile
from poetc.ir.source import type_of_def
from poetc.marker import dotted_name, imported

READERS: Final = (
    *("numba", "triton.jit", "taichi", "warp", "cython", "pythran", "transonic", "torch.jit", "tensorflow.function"),
    *("tensorflow.autograph", "typeguard.typechecked", "birdseye"),
)
"""libraries, and decorators of libraries, that compile or rewrite a function by its bytecode or its source lines"""
READERS_OF_TEXT: Final = ("beartype", "jaxtyping")
"""those that resolve annotations which are text where the function seems to stand, and then take it for one without
variables of its own"""


def meanings(tree: ast.Module, source: SourceFile) -> dict[str, str]:
    """Name → dotted name, of everything that a module imports anywhere."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {name: target for node in nodes for name, target, _ in imported(node, source)}


def reader_above(
    decorators: list[ast.expr], node: type_of_def, imports: Mapping[str, str], *, text: bool
) -> ast.expr | None:
    """The first of some decorators that reads the function's code; `text`: its annotations are not evaluated."""
    known = (*READERS, *READERS_OF_TEXT) if text or any(_texts(node)) else READERS
    for decorator in decorators:
        name, dot, rest = dotted_name(_bare(decorator)).partition(".")
        dotted = imports.get(name, "") + dot + rest
        if any(f"{dotted}.".startswith(f"{reader}.") for reader in known):
            return decorator
    return None


def _bare(decorator: ast.expr) -> ast.expr:
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator


def _texts(node: type_of_def) -> Iterator[bool]:
    """Whether each constant in the annotations is a string."""
    given = [each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)]
    for annotation in (*given, node.returns):
        for inner in ast.walk(annotation) if annotation is not None else ():
            yield isinstance(inner, ast.Constant) and isinstance(inner.value, str)
