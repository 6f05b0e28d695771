"""Imports of modules → those through which a decorator is used, `@poetc.poet()`, and that can be linked.

import poetc                 with poetc.poet only           → linkable
import poetc                 with poetc.__version__ as well → POET210 at that use
import opendxa.dana.poet     with opendxa.dana.poet.poet    → POET210: the name `opendxa` can't be two things
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.link.import_links import EXPORTED, LinkedImport
from poetc.link.import_source import ImportSource, ImportStatement, bindings, refusal
from poetc.link.import_uses import Use, uses


@dataclass(frozen=True, slots=True, eq=False)
class _Module:
    """One alias that binds a module, or a package around it: `target` is what the bound name stands for."""

    statement: ImportStatement
    index: int
    bound: str
    target: str
    linked: bool

    def is_home_of(self, decorator: str) -> bool:
        """Whether `import <link> as <bound>` can stand for it, as far as this decorator goes."""
        node = self.statement.node
        whole = isinstance(node, ast.Import) and node.names[self.index].name == self.target
        return whole and decorator.rpartition(".")[0] == self.target


def reached_modules(
    source: ImportSource,
    statements: Sequence[ImportStatement],
    links: Sequence[LinkedImport],
    decorators: Sequence[str],
) -> dict[int, set[int]]:
    """The aliases to link, by where their statement starts.

    Raises LinkError (POET210) where a decorator is reached in a way that can't be linked.
    """
    linked = {(one.statement.start, index) for one in links for index in one.aliases}
    modules = [
        module
        for statement in statements
        for module in _modules(statement, linked)
        if module.linked or any(decorator.startswith(module.target + ".") for decorator in decorators)
    ]
    used = uses(source.tree, frozenset(module.bound for module in modules))
    found: dict[int, set[int]] = {}
    for module in modules:
        own = [use for use in used if use.name == module.bound]
        if module.linked:
            _require_poet_only(source, module, own, decorators)
        elif not module.statement.typing_only and (through := _decorator(module, own, decorators)):
            if not module.is_home_of(through):
                raise _unlinkable(source, module, through)
            _require_poet_only(source, module, own, [through])
            found.setdefault(module.statement.start, set()).add(module.index)
    return found


def _modules(statement: ImportStatement, linked: set[tuple[int, int]]) -> list[_Module]:
    node, found = statement.node, []
    for index, (path, bound) in enumerate(bindings(node)):
        is_link = (statement.start, index) in linked
        if isinstance(node, ast.Import):
            target = path if node.names[index].asname else bound
            found.append(_Module(statement, index, bound, target, is_link))
        elif not is_link:
            found.append(_Module(statement, index, bound, path, False))
    return found


def _decorator(module: _Module, own: Sequence[Use], decorators: Sequence[str]) -> str | None:
    """The decorator that is used through this module, if any is."""
    for use in own:
        path = ".".join([module.target, *use.attributes]) + "."
        for decorator in decorators:
            if path.startswith(decorator + "."):
                return decorator
    return None


def _require_poet_only(source: ImportSource, module: _Module, own: Sequence[Use], decorators: Sequence[str]) -> None:
    """A link table exports `poet` and nothing else of the module it stands for."""
    for use in own:
        if use.attributes[:1] == (EXPORTED,) and (module.linked or f"{module.target}.{EXPORTED}" in decorators):
            continue
        said = ".".join([use.name, *use.attributes[:1]])
        home, _, leaf = next(iter(decorators), f"poetc.{EXPORTED}").rpartition(".")
        statement = ast.unparse(module.statement.node)
        message = f"`{said}` would be lost if `{statement}` were linked: a link table has `{EXPORTED}` only"
        hint = f"write `from {home} import {leaf}` and `@{leaf}(...)`; keep `import {home}` for the rest"
        raise refusal(source, use.node, message, hint)


def _unlinkable(source: ImportSource, module: _Module, decorator: str) -> LinkError:
    home, _, leaf = decorator.rpartition(".")
    statement = ast.unparse(module.statement.node)
    message = f"`{decorator}` is reached through `{statement}`, which can't be linked"
    return refusal(source, module.statement.node, message, f"write `from {home} import {leaf}` and `@{leaf}(...)`")
