"""A generated text, parsed and compiled, with the user's own function beside it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from types import CodeType
from typing import Final

from poetc.source.bindings import bound_anywhere, identifiers
from poetc.source.nodes import children, flat, parameters
from poetc.source.site import PythonUnit
from poetc.verify.findings import clean, rejection
from poetc.wire.enhancement import Enhancement

BUILTINS: Final = frozenset(
    {"BaseException", "Exception", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int"}
    | {"issubclass", "list", "memoryview", "set", "str", "tuple", "type"}
)
"""what a test of a type names, and an `except`"""

Function = ast.FunctionDef | ast.AsyncFunctionDef

FILTERS: Final = Lock()
"""held while the warning filters, which all threads share, are other than the process wants them"""


@dataclass(frozen=True, eq=False)
class Written:
    """What the client itself wrote of a plan, read again."""

    unit: PythonUnit
    plan: Enhancement
    text: str
    tree: ast.Module
    code: CodeType

    @property
    def function(self) -> Function:
        """The user's function as the client parsed it."""
        return self.unit.site.node

    @cached_property
    def bind(self) -> ast.FunctionDef:
        """The function that makes the enhanced one; it may stand in a class."""
        for node in _statements(self.tree.body):
            if isinstance(node, ast.FunctionDef) and node.name == "bind":
                return node
        raise rejection(self.unit, "POET406", "it defines no `bind`")

    @cached_property
    def objects(self) -> dict[str, str]:
        """Names of `bind` that are objects of the runtime -> what they are made of, "Retry"."""
        found = {}
        for node in self.bind.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=thing))):
                    found[name] = thing
        return found

    def made(self, *things: str) -> set[str]:
        """Names of the objects of `bind` that are made of one of `things`."""
        return {name for name, thing in self.objects.items() if thing in things}

    @cached_property
    def builtins(self) -> dict[str, str]:
        """Names by which builtins are known in `bind` -> the builtin."""
        hidden = bound_anywhere(self.function).keys() | {self.function.name} | set(self.unit.context.bound)
        found = {name: name for name in BUILTINS if name not in hidden and not self.unit.context.star_import}
        for node in self.bind.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=alias)], value=ast.Name(id=name)) if name in BUILTINS:
                    found[alias] = name
        return found

    @cached_property
    def mentioned(self) -> set[str]:
        """Names that the user's function mentions."""
        return identifiers(flat(*self.function.body, self.function.args))

    @cached_property
    def functions(self) -> list[Function]:
        """The functions that stand in `bind`."""
        return [node for node in self.bind.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def operate(self) -> Function | None:
        """The moved body: what is given to `rt.relocate`; None: the original is called, or a domain stands in."""
        return None if self.relocated is None else self._function(getattr(self.relocated.args[0], "id", ""))

    @cached_property
    def relocated(self) -> ast.Call | None:
        """The call of `rt.relocate`."""
        for node in self.bind.body:
            match getattr(node, "value", None):
                case ast.Call(func=ast.Attribute(attr="relocate"), args=[ast.Name(), *_]) as call:
                    return call
        return None

    @cached_property
    def brought(self) -> list[Function]:
        """Functions of `bind` that are neither the moved body nor what callers get."""
        return [each for each in self.functions if each is not self.operate and each is not self.facing]

    @cached_property
    def outside(self) -> list[ast.AST]:
        """Every node but those inside of the moved body, and of what an engine has brought."""
        found: list[ast.AST] = [self.tree]
        for node in found:  # grows while it is walked
            inner = node is self.operate or node in self.brought
            found += [node.args] if inner and isinstance(node, Function) else children(node)
        return found

    @cached_property
    def facing(self) -> Function | None:
        """What callers get: the public function or the moved body; None: the original itself."""
        if self.plan.form == "direct":
            return self.operate
        return self._function(self.functions[-1].name if self.functions else "")

    def _function(self, name: str) -> Function:
        """The one function of `bind` that is called so."""
        found = [each for each in self.functions if each.name == name]
        if len(found) != 1:
            raise rejection(self.unit, "POET406", "it lacks a function that it names, or has two of it")
        return found[0]

    @cached_property
    def deadline(self) -> str:
        """The parameter of the moved body beside the function's own, "" if there is none."""
        if self.operate is None or self.plan.form == "direct":
            return ""
        extra = self.operate.args.args[len(parameters(self.function.args)) :]
        return extra[0].arg if extra else ""


def read_module(unit: PythonUnit, plan: Enhancement, text: str) -> Written:
    """The text, parsed and compiled; raises VerifyError POET401."""
    try:
        with FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename="<answer>")
            code = compile(tree, "<answer>", "exec", flags=0, dont_inherit=True, optimize=0)
    except SyntaxError as error:
        what = f"it is not Python: {clean(error.msg)}"
        raise rejection(unit, "POET401", what, error.lineno or 0, text) from None
    except (RecursionError, MemoryError, ValueError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else "it cannot be read"
        raise rejection(unit, "POET401", what) from None
    return Written(unit, plan, text, tree, code)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module, and of the classes in it."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef):
            yield from node.body
