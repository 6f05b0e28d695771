"""A file's bytes → the same bytes with the import of `poet` pointed at the module's link table.

    from poetc import poet       → from app._poet.drift import poet
    from poetc import poet, x    → from app._poet.drift import poet; from poetc import x
    import poetc                 → import app._poet.drift as poetc

Nothing but the statement changes, no line is added, and a second run changes nothing. A file that
is linked to another path, because it was moved, is pointed at the right one.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.ir import Diagnostic
from poetc.link.edits import ImportEdit, KnownEdit, read_edits, rewritten
from poetc.link.import_links import EXPORTED, LinkedImport, linked_imports
from poetc.link.import_reach import reached_modules
from poetc.link.import_source import (
    ImportSource,
    ImportStatement,
    import_statements,
    newlines_normalised,
    parse_source,
    refusal,
    splice,
)
from poetc.link.restore import DEFAULT_DECORATOR, unlink_statement

__all__ = ["ImportEdit", "Relinked", "relink"]


@dataclass(frozen=True, slots=True)
class Relinked:
    """The linked file, and what `unlink` needs to restore it."""

    data: bytes
    edits: tuple[ImportEdit, ...]


def relink(
    data: bytes,
    link_module: str,
    decorators: Sequence[str],
    *,
    known: Sequence[ImportEdit] = (),
    path: str = "",
    tree: ast.Module | None = None,
) -> Relinked:
    """Point every module-level import of a decorator ("poetc.poet", ...) at `link_module`.

    `link_module` is dotted, "app._poet.drift". `known` are the edits kept from an earlier run;
    those whose link still stands are among the edits that come back. `path` is for errors only,
    `tree` the file's, if it has been parsed.
    Raises LinkError: POET210 for a spelling that can't be linked or where there is nothing to link,
    POET507 for a file that can't be parsed, or an edit that would have changed more than the import.
    """
    source = parse_source(data, path, tree)
    statements = import_statements(source)
    found = linked_imports(source, statements)
    links = {link.statement.start: link for link in found if not _named(link, decorators)}
    marked = reached_modules(source, statements, list(links.values()), decorators)
    marked |= {s.start: names for s in statements if (names := _marked(source, s, decorators))}
    if not marked and all(link.statement.typing_only for link in links.values()):
        raise _nothing_to_link(source, statements, decorators)
    texts = {
        s.start: _pointed(source, s, marked.get(s.start, ()), links.get(s.start), link_module)
        for s in statements
        if s.start in links or s.start in marked
    }
    standing = {name for link in links.values() for name in link.bound}
    kept = [edit for edit in read_edits(known) if edit.names & standing]
    remembered = {name for edit in kept for name in edit.names}
    lost = {start for start, link in links.items() if not link.bound & remembered}
    edits = [_carried(edit, link_module) for edit in kept]
    edits += [
        _edit(s, texts[s.start], s.start in links, _usual(decorators))
        for s in statements
        if s.start in marked or s.start in lost
    ]
    changes = [(s.start, s.end, texts[s.start]) for s in statements if s.start in texts]
    return Relinked(splice(source, changes), tuple(edits))


def _named(link: LinkedImport, decorators: Sequence[str]) -> bool:
    """Whether a decorator is imported by its own path, even if that looks like a link's."""
    return any(path in decorators for path, _ in link.statement.bindings)


def _marked(source: ImportSource, statement: ImportStatement, decorators: Sequence[str]) -> set[int]:
    """The aliases of a `from` import that run and import a decorator.

    Raises LinkError (POET210) for a star over one.
    """
    if isinstance(statement.node, ast.Import) or statement.typing_only:
        return set()
    paths = [path for path, _ in statement.bindings]
    for decorator in decorators:
        home, _, leaf = decorator.rpartition(".")
        if paths == [f"{home}.*"]:
            message = f"`from {home} import *` hides the import of `{leaf}`"
            hint = f"name what you use: `from {home} import {leaf}`"
            raise refusal(source, statement.node, message, hint)
    return {index for index, path in enumerate(paths) if path in decorators}


def _pointed(
    source: ImportSource,
    statement: ImportStatement,
    marked: Collection[int],
    linked: LinkedImport | None,
    link_module: str,
) -> str:
    """A statement whose marked and linked aliases lead to the link table.

    One that is linked already takes what else it imports from there along.
    """
    aliases = {*marked, *(linked.aliases if linked else ())}
    if isinstance(statement.node, ast.Import):
        return rewritten(source, statement, dict.fromkeys(aliases, link_module))
    paths = dict.fromkeys(aliases, f"{link_module}.{EXPORTED}")
    if linked:
        names = enumerate(statement.node.names)
        paths = {index: f"{link_module}.{alias.name}" for index, alias in names} | paths
    return rewritten(source, statement, paths)


def _carried(known: KnownEdit, link_module: str) -> ImportEdit:
    """A known edit, its linked text at the path that the table has now."""
    changes = []
    for link in known.links:
        text = _pointed(known.source, link.statement, (), link, link_module)
        changes.append((link.statement.start, link.statement.end, text))
    return ImportEdit(known.edit.original, splice(known.source, changes).decode("utf-8"))


def _edit(statement: ImportStatement, new: str, was_linked: bool, usual: str) -> ImportEdit:
    """What `unlink` is to put back; where nothing says so any more, an import of the usual marker."""
    before = newlines_normalised(statement.text)
    original = unlink_statement(before, usual) if was_linked else before
    return ImportEdit(original, newlines_normalised(new))


def _usual(decorators: Sequence[str]) -> str:
    return DEFAULT_DECORATOR if DEFAULT_DECORATOR in decorators else decorators[0]


def _nothing_to_link(
    source: ImportSource, statements: Sequence[ImportStatement], decorators: Sequence[str]
) -> LinkError:
    home, _, leaf = _usual(decorators).rpartition(".")
    hint = f"write `from {home} import {leaf}` at the top of the module"
    for statement in statements:
        if any(path in decorators for path, _ in statement.bindings):
            message = f"`{leaf}` is imported for type checkers only"
            return refusal(source, statement.node, message, hint)
    names = " or ".join(f"`{decorator}`" for decorator in decorators)
    message = f"no import at module level names {names}"
    return LinkError(Diagnostic(code="POET210", message=message, path=source.path, hint=hint))
