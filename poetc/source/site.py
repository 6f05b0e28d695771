"""A decorated function of Python, and what is sent of it: what `ir` has of any language, with the syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from poetc.ir import Site, Unit
from poetc.source.module import Module
from poetc.source.nodes import Definition, FunctionNode


@dataclass(frozen=True, slots=True, eq=False)
class PythonSite(Site):
    """A function that carries `@poet`, with its node in its module."""

    node: FunctionNode
    module: Module
    decorator: ast.expr
    """the `@poet` expression itself"""
    around: tuple[Definition, ...] = ()
    """the functions and classes around it, outermost first"""

    @property
    def is_nested(self) -> bool:
        """Whether it is defined inside of a function, anew by each call of that."""
        return any(not isinstance(node, ast.ClassDef) for node in self.around)


@dataclass(frozen=True, slots=True)
class ModuleContext:
    """What the function's module tells about names the function uses."""

    imports: tuple[str, ...] = ()
    """import statements of the module that bind a name the function uses, one each, in source order"""
    bound: tuple[str, ...] = ()
    """names that the module, or a function around, makes mean something else than a builtin, sorted"""
    star_import: bool = False
    future_annotations: bool = False
    things: tuple[tuple[str, str], ...] = ()
    """dotted names of the project's things → what they are (see `poetc.effects.things`), sorted"""
    constants: tuple[tuple[str, str], ...] = ()
    """names of the module that calls are given, bound once to a literal string → that string, sorted"""
    defaults: tuple[tuple[str, str], ...] = ()
    """names of the module that stand as defaults, bound once to a literal → the name of its type, sorted"""
    project_effects: tuple[tuple[str, str], ...] = ()
    """called expression, or its dotted name → pure | read | idempotent | write | unknown, its effect"""
    calls: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    """entries of the user's call catalogue that the function may reach, sorted"""
    free: tuple[str, ...] = ()
    """names that the function's code takes from cells, as the compiler says, sorted"""
    outer: tuple[str, ...] = ()
    """names it mentions, also in annotations, that functions or type parameters around it may bind, sorted"""


@dataclass(frozen=True, slots=True, eq=False)
class PythonUnit(Unit):
    """One function, with everything of its module that matters to it."""

    site: PythonSite
    context: ModuleContext = field(default_factory=ModuleContext)
