"""A file's bytes → the same bytes with the import of `poet` pointed at the module's link table.

    from poetc import poet                   → from app._poet.drift import poet
    from poetc import poet, __version__      → from app._poet.drift import poet; from poetc import __version__
    import poetc                             → import app._poet.drift as poetc

Nothing but the statement changes, no line is added, and a second run changes nothing. A file that is linked to another
path, because it was moved, is pointed at the right one.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.ir import Diagnostic
from poetc.link.import_check import check_linked
from poetc.link.import_layout import extract, repoint, repoint_modules
from poetc.link.import_links import EXPORTED, LinkedImport, linked_imports
from poetc.link.import_reach import reached_modules
from poetc.link.import_source import (
    ImportEdit,
    ImportSource,
    ImportStatement,
    bindings,
    import_statements,
    newlines_normalised,
    parse_source,
    refusal,
    replace,
)
from poetc.link.restore import DEFAULT_DECORATOR, linked_names, unlink_statement

__all__ = ["ImportEdit", "Relinked", "relink"]


@dataclass(frozen=True, slots=True)
class Relinked:
    """The linked file, and what `unlink` needs to restore it."""

    data: bytes
    edits: tuple[ImportEdit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """A statement's new text, and what it will import: (dotted path, bound name)."""

    statement: ImportStatement
    text: str
    imports: list[tuple[str, str]]


def relink(
    data: bytes, link_module: str, decorators: Sequence[str], *, known: Sequence[ImportEdit] = (), path: str = ""
) -> Relinked:
    """Point every module-level import of a decorator ("poetc.poet", ...) at `link_module` ("app._poet.drift").

    `known` are the edits kept from an earlier run; those whose link still stands are among the edits that come back.
    `path` is for errors only. Raises LinkError: POET210 for a spelling that can't be linked or where there is nothing
    to link, POET507 for a file that can't be parsed or an edit that would have changed more than the import.
    """
    source = parse_source(data, path)
    statements = import_statements(source)
    links = [link for link in linked_imports(source, statements) if not _named(link.statement, decorators)]
    marked = reached_modules(source, statements, links, decorators)
    marked |= {s.start: found for s in statements if (found := _marked(source, s, decorators))}
    if not marked and all(link.statement.typing_only for link in links):
        raise _nothing_to_link(source, statements, decorators)
    linked = {link.statement.start: set(link.aliases) for link in links}
    changes = [
        _change(s, linked.get(s.start, set()) | marked.get(s.start, set()), link_module, relinking=s.start in linked)
        for s in statements
        if s.start in linked or s.start in marked
    ]
    carried = _carried(known, links, link_module)
    new = _new_edits([change for change in changes if change.statement.start in marked], linked, decorators)
    lost = _lost_edits(changes, [link for link in links if link.statement.start not in marked], carried, decorators)
    return Relinked(_applied(source, statements, changes, path), (*carried, *new, *lost))


def _marked(source: ImportSource, statement: ImportStatement, decorators: Sequence[str]) -> set[int]:
    """The aliases of a `from` import that run and import a decorator.

    Raises LinkError (POET210) for a star over one.
    """
    if isinstance(statement.node, ast.Import) or statement.typing_only:
        return set()
    paths = [path for path, _ in bindings(statement.node)]
    for decorator in decorators:
        home, _, leaf = decorator.rpartition(".")
        if paths == [f"{home}.*"]:
            hint = f"name what you use: `from {home} import {leaf}`"
            raise refusal(source, statement.node, f"`from {home} import *` hides the import of `{leaf}`", hint)
    return {index for index, path in enumerate(paths) if path in decorators}


def _named(statement: ImportStatement, decorators: Sequence[str]) -> bool:
    """Whether a statement imports a decorator by its own path, even if that looks like a link's."""
    return any(path in decorators for path, _ in bindings(statement.node))


def _applied(source: ImportSource, statements: list[ImportStatement], changes: list[_Change], path: str) -> bytes:
    edits = [change for change in changes if change.text != change.statement.text]
    if not edits:
        return source.data
    data = replace(source, ((change.statement.start, change.statement.end, change.text) for change in edits))
    lines = {line for change in edits for line in change.statement.lines}
    meant = {change.statement.start: change.imports for change in edits}
    near = (statement for statement in statements if lines & set(statement.lines))
    expected = sorted(pair for s in near for pair in meant.get(s.start, bindings(s.node)))
    check_linked(source, [change.statement for change in edits], expected, data, path)
    return data


def _change(statement: ImportStatement, aliases: Collection[int], link_module: str, *, relinking: bool) -> _Change:
    """Link the numbered aliases; a statement that is linked already takes what else it imports along."""
    node, text = statement.node, statement.text
    imports = bindings(node)
    if isinstance(node, ast.Import):
        new = repoint_modules(text, dict.fromkeys(aliases, link_module))
        moved = {index: (link_module, imports[index][1]) for index in aliases}
    elif relinking or len(aliases) == len(node.names):
        new = repoint(text, link_module, dict.fromkeys(aliases, EXPORTED))
        names = [EXPORTED if index in aliases else alias.name for index, alias in enumerate(node.names)]
        moved = {index: (f"{link_module}.{name}", imports[index][1]) for index, name in enumerate(names)}
    else:
        new = extract(text, dict.fromkeys(aliases, (link_module, EXPORTED)))
        moved = {index: (f"{link_module}.{EXPORTED}", imports[index][1]) for index in aliases}
    return _Change(statement, new, [moved.get(index, pair) for index, pair in enumerate(imports)])


def _carried(known: Sequence[ImportEdit], links: Sequence[LinkedImport], link_module: str) -> list[ImportEdit]:
    """The known edits whose link still stands, their linked text at the path it has now."""
    standing = {name for link in links for name in link.bound}
    return [
        ImportEdit(edit.original, _repointed(edit.linked, link_module))
        for edit in known
        if linked_names(edit) & standing
    ]


def _repointed(text: str, link_module: str) -> str:
    source = parse_source(text.encode("utf-8"))
    links = linked_imports(source, import_statements(source), trusted=True)
    changes = [_change(link.statement, link.aliases, link_module, relinking=True) for link in links]
    return replace(source, ((c.statement.start, c.statement.end, c.text) for c in changes)).decode("utf-8")


def _new_edits(changes: Sequence[_Change], linked: Collection[int], decorators: Sequence[str]) -> list[ImportEdit]:
    found = []
    for change in changes:
        before, after = newlines_normalised(change.statement.text), newlines_normalised(change.text)
        original = unlink_statement(before, _usual(decorators)) if change.statement.start in linked else before
        found.append(ImportEdit(original, after))
    return found


def _lost_edits(
    changes: Sequence[_Change], links: Sequence[LinkedImport], carried: Sequence[ImportEdit], decorators: Sequence[str]
) -> list[ImportEdit]:
    """The usual edit for links that no known edit tells about."""
    told = {name for edit in carried for name in linked_names(edit)}
    texts = {change.statement.start: newlines_normalised(change.text) for change in changes}
    lost = [texts[link.statement.start] for link in links if not link.bound & told]
    return [ImportEdit(unlink_statement(text, _usual(decorators)), text) for text in lost]


def _usual(decorators: Sequence[str]) -> str:
    return DEFAULT_DECORATOR if DEFAULT_DECORATOR in decorators else decorators[0]


def _nothing_to_link(
    source: ImportSource, statements: Sequence[ImportStatement], decorators: Sequence[str]
) -> LinkError:
    home, _, leaf = _usual(decorators).rpartition(".")
    hint = f"write `from {home} import {leaf}` at the top of the module"
    for statement in statements:
        if any(path in decorators for path, _ in bindings(statement.node)):
            return refusal(source, statement.node, f"`{leaf}` is imported for type checkers only", hint)
    message = f"no import at module level names {' or '.join(f'`{decorator}`' for decorator in decorators)}"
    return LinkError(Diagnostic(code="POET210", message=message, path=source.path, hint=hint))
