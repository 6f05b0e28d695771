"""A linked file's bytes and the edits that linked it → the bytes as they were before.

    from app._poet.drift import poet                         → from poetc import poet
    from app._poet.drift import poet; from poetc import x    → from poetc import poet, x

An import that stands as the build left it is put back byte for byte. One that a formatter has
moved, wrapped, split or sorted since is found by what it imports, then by the name it binds; one
whose edit is lost becomes the usual import.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from poetc.link.edits import ImportEdit, KnownEdit, Origins, comments, read_edits, rewritten
from poetc.link.import_links import MARKER, LinkedImport, linked_imports
from poetc.link.import_source import (
    NEWLINE,
    ImportSource,
    ImportStatement,
    import_statements,
    newlines_normalised,
    parse_source,
    splice,
    unlinkable,
)
from poetc.source.imports import without_imports

DEFAULT_DECORATOR = "poetc.poet"

_GAP = re.compile(r"[ \t\f\r\n;\\]*")
_BEHIND_ALL = re.compile(r"[ \t\f]*(?=#|[\r\n]|\Z)")
_LINE_END = re.compile(r"[ \t\f]*(?:\r\n|\r|\n|\Z)")


@dataclass(slots=True)
class _Restoration:
    """The work on one file: its statements that are still to be settled, and the changes so far."""

    source: ImportSource
    pending: list[ImportStatement]
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def settle(self, statements: Sequence[ImportStatement], *changes: tuple[int, int, str]) -> bool:
        self.pending = [each for each in self.pending if each not in statements]
        self.changes += changes
        return True

    def windows(self, size: int) -> Iterator[tuple[list[ImportStatement], str]]:
        """Runs of pending imports of one suite with nothing but blanks between, and their text."""
        for index in range(len(self.pending) - size + 1):
            window = self.pending[index : index + size]
            between = (self.source.text[a.end : b.start] for a, b in pairwise(window))
            if len({s.block for s in window}) == 1 and all(map(_GAP.fullmatch, between)):
                yield window, self.source.text[window[0].start : window[-1].end]


def unlink(
    data: bytes,
    edits: Sequence[ImportEdit] = (),
    *,
    decorator: str = DEFAULT_DECORATOR,
    path: str = "",
) -> bytes:
    """Put the imports back that linking replaced; a file without a link comes back as it is.

    `edits` are those that `relink` returned; a link that none of them tells about becomes an import
    of `decorator`. `path` is for the error only. Raises LinkError: POET507 if the file can't be
    parsed, or if more than its imports would change; POET210 as `rewritten` does.
    """
    if MARKER not in data:
        return data
    source = parse_source(data, path)
    work = _Restoration(source, import_statements(source))
    known = waiting = read_edits(edits)
    for put_back in (_as_left, _reformatted, _torn_apart):
        waiting = [edit for edit in waiting if not put_back(work, edit)]
    origins = {bound: origin for edit in known for bound, origin in edit.origins.items()}
    for link in linked_imports(source, work.pending):
        text = _by_name(source, link, origins, decorator)
        work.settle([link.statement], (link.statement.start, link.statement.end, text))
    restored = splice(source, work.changes)
    _require_imports_only(source, restored)
    return restored


def unlink_statement(text: str, decorator: str = DEFAULT_DECORATOR) -> str:
    """What a linked import is taken to have been when nothing tells: one of `decorator`."""
    source = parse_source(text.encode("utf-8"))
    (link,) = linked_imports(source, import_statements(source), trusted=True)
    return _by_name(source, link, {}, decorator)


def _as_left(work: _Restoration, known: KnownEdit) -> bool:
    """The very text that linking left."""
    for window, text in work.windows(len(known.statements)):
        if newlines_normalised(text) == known.edit.linked:
            original = _with_newlines(known.edit.original, text, work.source)
            return work.settle(window, (window[0].start, window[-1].end, original))
    return False


def _reformatted(work: _Restoration, known: KnownEdit) -> bool:
    """The same imports in another layout; comments that were drawn into it are kept behind it."""
    meant = Counter(statement.meaning for statement in known.statements)
    for window, text in work.windows(len(known.statements)):
        if Counter(statement.meaning for statement in window) != meant:
            continue
        added = Counter(comments(work.source, window))
        added -= Counter(comments(known.source, known.statements))
        if not added or _BEHIND_ALL.match(work.source.text, window[-1].end):
            original = _with_newlines(known.edit.original, text, work.source)
            original = "  ".join([original, *added.elements()])
            return work.settle(window, (window[0].start, window[-1].end, original))
    return False


def _torn_apart(work: _Restoration, known: KnownEdit) -> bool:
    """The link on a line of its own, what shared its statement elsewhere: both go there again."""
    if len(known.statements) != 2:
        return False
    link, rest = (statement.meaning for statement in known.statements)
    for a in work.pending:
        line = _own_line(work.source, a) if a.meaning == link else None
        for b in work.pending:
            if not line or b.meaning != rest or a.block != b.block or comments(work.source, [b]):
                continue
            original = _with_newlines(known.edit.original, b.text, work.source)
            return work.settle([a, b], (*line, ""), (b.start, b.end, original))
    return False


def _by_name(source: ImportSource, link: LinkedImport, origins: Origins, decorator: str) -> str:
    """Point each link back to where its name came from; what else came from the link goes along."""
    node, kind = link.statement.node, type(link.statement.node)
    usual = decorator.rpartition(".")[0] if isinstance(node, ast.Import) else decorator
    bound = {i: node.names[i].asname or node.names[i].name for i in link.aliases}
    paths = {index: origins.get((kind, name), usual) for index, name in bound.items()}
    if isinstance(node, ast.ImportFrom):
        home = paths[link.aliases[0]].rpartition(".")[0]
        paths = {i: f"{home}.{alias.name}" for i, alias in enumerate(node.names)} | paths
    return rewritten(source, link.statement, paths)


def _with_newlines(original: str, replaced: str, source: ImportSource) -> str:
    """The original text, its lines ended as those of the text it replaces, or as the file's."""
    ends = NEWLINE.findall(replaced)
    first, *lines = original.split("\n")
    if len(ends) < len(lines):
        usual = NEWLINE.search(source.text)
        ends += [usual[0] if usual else "\n"] * (len(lines) - len(ends))
    return first + "".join(end + line for end, line in zip(ends, lines, strict=False))


def _own_line(source: ImportSource, statement: ImportStatement) -> tuple[int, int] | None:
    """The whole lines of a statement that shares them with nothing, not even a comment."""
    start = source.starts[statement.node.lineno - 1]
    end = _LINE_END.match(source.text, statement.end)
    before = source.text[start : statement.start].strip(" \t\f")
    return (start, end.end()) if end and not before and not comments(source, [statement]) else None


def _require_imports_only(source: ImportSource, data: bytes) -> None:
    """Raise LinkError (POET507) if `data` differs in more than its imports."""
    after = parse_source(data, source.path)
    same = without_imports(source.tree) == without_imports(after.tree)
    if not same or _names(source) != _names(after):
        why = "putting its import back would have changed more than the import"
        raise unlinkable(source.path, why)


def _names(source: ImportSource) -> set[str]:
    return {name for each in import_statements(source) for _, name in each.bindings}
