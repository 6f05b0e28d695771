"""Imports of modules → those through which a decorator is used, `@poetc.poet()`.

import poetc                with poetc.poet only           → linkable
import poetc                with poetc.__version__ as well → POET210 at that use
import opendxa.dana.poet    with opendxa.dana.poet.poet    → POET210: `opendxa` can't be two things
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.link.import_links import EXPORTED, LinkedImport
from poetc.link.import_source import ImportSource, ImportStatement, refusal
from poetc.link.import_uses import Use, uses


@dataclass(frozen=True, slots=True, eq=False)
class _Module:
    """An alias of a module, or of a package around it: `target` is what its name stands for."""

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
        for module in _modules(statements, linked)
        if module.linked or any(decorator.startswith(f"{module.target}.") for decorator in decorators)
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


def _modules(statements: Sequence[ImportStatement], linked: set[tuple[int, int]]) -> Iterator[_Module]:
    for statement in statements:
        for index, (path, bound) in enumerate(statement.bindings):
            is_link = (statement.start, index) in linked
            if isinstance(statement.node, ast.Import):
                target = path if statement.node.names[index].asname else bound
                yield _Module(statement, index, bound, target, is_link)
            elif not is_link:
                yield _Module(statement, index, bound, path, False)


def _decorator(module: _Module, own: Sequence[Use], decorators: Sequence[str]) -> str | None:
    """The decorator that is used through this module, if any is."""
    paths = [".".join([module.target, *use.attributes, ""]) for use in own]
    return next((d for path in paths for d in decorators if path.startswith(f"{d}.")), None)


def _require_poet_only(source: ImportSource, module: _Module, own: Sequence[Use], decorators: Sequence[str]) -> None:
    """A link table exports `poet` and nothing else of the module it stands for."""
    exports = module.linked or f"{module.target}.{EXPORTED}" in decorators
    lost = [use for use in own if not exports or use.attributes[:1] != (EXPORTED,)]
    for use in lost[:1]:
        name = ".".join([use.name, *use.attributes[:1]])
        home, _, leaf = next(iter(decorators), f"poetc.{EXPORTED}").rpartition(".")
        statement = ast.unparse(module.statement.node)
        lost_so = f"`{name}` would be lost if `{statement}` were linked"
        message = f"{lost_so}: a link table has `{EXPORTED}` only"
        instead = f"write `from {home} import {leaf}` and `@{leaf}(...)`"
        hint = f"{instead}; keep `import {home}` for the rest"
        raise refusal(source, use.node, message, hint)


def _unlinkable(source: ImportSource, module: _Module, decorator: str) -> LinkError:
    home, _, leaf = decorator.rpartition(".")
    statement = ast.unparse(module.statement.node)
    message = f"`{decorator}` is reached through `{statement}`, which can't be linked"
    hint = f"write `from {home} import {leaf}` and `@{leaf}(...)`"
    return refusal(source, module.statement.node, message, hint)
