"""What a function takes from the functions, and type parameters, around it: asked of Python's own compiler."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from types import CodeType
from typing import Final

from poetc.extract.bindings import bindings
from poetc.ir import Site
from poetc.ir.source import type_of_def

_QUIET: Final = Lock()
"""filters of `warnings` belong to the whole process"""

Place = tuple[int, str]
"""first line (of the first decorator) and name of a function"""


def free_variables(site: Site) -> tuple[str, ...]:
    """The names that the function's code takes from cells, sorted, as the compiler spells them: variables of functions
    around it, `__class__`, type parameters. None for what never runs, such as a function below `if False:`.

    Raises SyntaxError for a module that Python parses but doesn't compile.
    """
    return _free(site.tree).get((site.span.line, site.node.name), ())


def outer_names(site: Site, mentioned: set[str]) -> tuple[str, ...]:
    """Which of the names `mentioned` the functions and type parameters around the function bind, or may bind: of these
    the module's tell nothing."""
    bound: set[str] = set(_type_parameters(site.node))
    for node in site.around:
        bound.update(_type_parameters(node))
        if not isinstance(node, ast.ClassDef):
            bound.update(_bound_in(node))
    return tuple(sorted(bound & mentioned))


def _bound_in(function: type_of_def) -> Iterator[str]:
    arguments = function.args
    rest = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest):
        yield argument.arg
    yield from bindings(function.body)


def _type_parameters(node: ast.AST) -> Iterator[str]:
    for parameter in getattr(node, "type_params", ()):
        yield parameter.name


@lru_cache(maxsize=4)
def _free(tree: ast.Module) -> dict[Place, tuple[str, ...]]:
    """The free variables of all functions of a module; kept for the next function of the same file."""
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = compile(tree, "<module>", "exec", dont_inherit=True, optimize=0)
    found: dict[Place, tuple[str, ...]] = {}
    waiting: list[CodeType] = [module]
    while waiting:
        code = waiting.pop()
        found[code.co_firstlineno, code.co_name] = tuple(sorted(code.co_freevars))
        waiting.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found
