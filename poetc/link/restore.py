"""A linked file's bytes and the edits that linked it → the bytes as they were before.

    from app._poet.drift import poet                                   → from poetc import poet
    from app._poet.drift import poet; from poetc import __version__    → from poetc import poet, __version__

An import that stands as the build left it is put back byte for byte. One that a formatter has moved, wrapped, split or
sorted since is found by what it imports, then by the name it binds; one whose edit is lost becomes the usual import.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from poetc.errors import LinkError
from poetc.link.import_check import check_unlinked
from poetc.link.import_layout import comments, extract, repoint, repoint_modules
from poetc.link.import_links import MARKER, LinkedImport, linked_imports
from poetc.link.import_source import (
    ImportEdit,
    ImportSource,
    ImportStatement,
    bindings,
    import_statements,
    newlines_normalised,
    parse_source,
    replace,
)

DEFAULT_DECORATOR = "poetc.poet"

_NEWLINE = re.compile(r"\r\n|\r|\n")
_GAP = re.compile(rb"[ \t\f\r\n;\\]*")
_REST_OF_LINE = re.compile(rb"[ \t\f]*(?=#|[\r\n]|\Z)")
_Origins = dict[tuple[type[ast.AST], str], str]
_LINE_END = re.compile(rb"[ \t\f]*(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True, slots=True)
class _Known:
    """An edit, read: the statements of its linked text, which of them link, and what each link bound before."""

    edit: ImportEdit
    statements: tuple[ImportStatement, ...]
    links: tuple[LinkedImport, ...]
    origins: _Origins


@dataclass(slots=True)
class _Restoration:
    """The work on one file: which statements are settled, and the changes that settle them."""

    source: ImportSource
    statements: list[ImportStatement]
    settled: set[int] = field(default_factory=set)
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def settle(self, statements: Sequence[ImportStatement], *changes: tuple[int, int, str]) -> bool:
        self.settled.update(statement.start for statement in statements)
        self.changes += changes
        return True

    def open(self) -> list[ImportStatement]:
        return [statement for statement in self.statements if statement.start not in self.settled]


def unlink(
    data: bytes, edits: Sequence[ImportEdit] = (), *, decorator: str = DEFAULT_DECORATOR, path: str = ""
) -> bytes:
    """Put the imports back that linking replaced; a file without a link comes back as it is.

    `edits` are those that `relink` returned; a link that none of them tells about becomes an import of `decorator`.
    `path` is for the error only. Raises LinkError (POET507) if the file can't be parsed, or if more than its imports
    would change.
    """
    if MARKER not in data:
        return data
    source = parse_source(data, path)
    work = _Restoration(source, import_statements(source))
    known = [read for edit in edits if (read := _read(edit))]
    waiting = known
    for put_back in (_as_left, _reformatted, _torn_apart):
        waiting = [edit for edit in waiting if not put_back(work, edit)]
    origins = {bound: origin for edit in known for bound, origin in edit.origins.items()}
    for linked in linked_imports(source, work.open()):
        statement = linked.statement
        work.settle([statement], (statement.start, statement.end, _by_name(linked, origins, decorator)))
    restored = replace(source, work.changes)
    check_unlinked(source, restored, path)
    return restored


def unlink_statement(text: str, decorator: str = DEFAULT_DECORATOR) -> str:
    """What one linked import statement is taken to have been, when nothing tells: the same import of `decorator`."""
    source = parse_source(text.encode("utf-8"))
    (linked,) = linked_imports(source, import_statements(source), trusted=True)
    return _by_name(linked, {}, decorator)


def linked_names(edit: ImportEdit) -> frozenset[str]:
    """The names that an edit's links bind; none if it can't be read."""
    read = _read(edit)
    return frozenset(name for linked in read.links for name in linked.bound) if read else frozenset()


def _read(edit: ImportEdit) -> _Known | None:
    """Read an edit; None for one that linking can't have written: link tables can be edited by hand."""
    try:
        before, after = parse_source(edit.original.encode("utf-8")), parse_source(edit.linked.encode("utf-8"))
        original, statements = import_statements(before), import_statements(after)
    except (LinkError, UnicodeError):
        return None
    links = linked_imports(after, statements, trusted=True)
    imports_only = len(before.tree.body) == len(original) == 1 and len(after.tree.body) == len(statements) and links
    if not imports_only or not (_spans(before, original) and _spans(after, statements)):
        return None
    bound = {name: path for path, name in bindings(original[0].node)}
    if bound.keys() != {name for statement in statements for _, name in bindings(statement.node)}:
        return None
    origins: _Origins = {(type(original[0].node), name): bound[name] for linked in links for name in linked.bound}
    return _Known(edit, tuple(statements), tuple(links), origins)


def _spans(source: ImportSource, statements: Sequence[ImportStatement]) -> bool:
    return statements[0].start == 0 and statements[-1].end == len(source.data)


def _windows(work: _Restoration, size: int) -> Iterator[list[ImportStatement]]:
    """Runs of unsettled imports of one suite with nothing but blanks between them."""
    for index in range(len(work.statements) - size + 1):
        window = work.statements[index : index + size]
        between = (work.source.data[a.end : b.start] for a, b in pairwise(window))
        unsettled = all(statement.start not in work.settled for statement in window)
        if unsettled and len({s.block for s in window}) == 1 and all(_GAP.fullmatch(gap) for gap in between):
            yield window


def _as_left(work: _Restoration, known: _Known) -> bool:
    """The very text that linking left."""
    for window in _windows(work, len(known.statements)):
        text = _text(work.source, window)
        if newlines_normalised(text) == known.edit.linked:
            return work.settle(
                window, (window[0].start, window[-1].end, _with_newlines(known.edit.original, text, work))
            )
    return False


def _reformatted(work: _Restoration, known: _Known) -> bool:
    """The same imports in another layout; comments that were drawn into it are kept behind it."""
    for window in _windows(work, len(known.statements)):
        if Counter(map(_meaning, window)) != Counter(map(_meaning, known.statements)):
            continue
        text = _text(work.source, window)
        added = Counter(comments(text)) - Counter(comments(known.edit.linked))
        if added and not _REST_OF_LINE.match(work.source.data, window[-1].end):
            continue
        original = "  ".join([_with_newlines(known.edit.original, text, work), *added.elements()])
        return work.settle(window, (window[0].start, window[-1].end, original))
    return False


def _torn_apart(work: _Restoration, known: _Known) -> bool:
    """The link on a line of its own, and what shared its statement somewhere else in the suite: join them there."""
    if len(known.statements) != 2:
        return False
    link, rest = map(_meaning, known.statements)
    links = [s for s in work.open() if _meaning(s) == link and _own_line(work.source, s)]
    rests = [s for s in work.open() if _meaning(s) == rest and not comments(s.text)]
    for a, b in ((a, b) for a in links for b in rests if a.block == b.block):
        first, last = _own_line(work.source, a) or (a.start, a.end)
        original = _with_newlines(known.edit.original, b.text, work)
        return work.settle([a, b], (first, last, ""), (b.start, b.end, original))
    return False


def _by_name(linked: LinkedImport, origins: _Origins, decorator: str) -> str:
    """Point each link back to where its name came from; what else the statement imports from the link goes along."""
    node, text = linked.statement.node, linked.statement.text
    bound = {index: node.names[index].asname or node.names[index].name for index in linked.aliases}
    if isinstance(node, ast.Import):
        module = decorator.rpartition(".")[0]
        return repoint_modules(text, {i: origins.get((ast.Import, name), module) for i, name in bound.items()})
    paths = {i: origins.get((ast.ImportFrom, name), decorator).rpartition(".") for i, name in bound.items()}
    home = paths[linked.aliases[0]][0]
    stay = {index: name for index, (module, _, name) in paths.items() if module == home}
    leave = {index: (module, name) for index, (module, _, name) in paths.items() if module != home}
    text = repoint(text, home, stay)
    return extract(text, leave) if leave else text


def _text(source: ImportSource, window: Sequence[ImportStatement]) -> str:
    return source.data[window[0].start : window[-1].end].decode(source.encoding)


def _with_newlines(original: str, replaced: str, work: _Restoration) -> str:
    """The original text, each of its lines ended as that line of the replaced text is, or as the file's lines are."""
    ends = _NEWLINE.findall(replaced)
    first, *lines = original.split("\n")
    if len(ends) < len(lines):
        usual = next(iter(_NEWLINE.findall(work.source.data.decode(work.source.encoding, "replace"))), "\n")
        ends += [usual] * (len(lines) - len(ends))
    return first + "".join(end + line for end, line in zip(ends, lines, strict=False))


def _meaning(statement: ImportStatement) -> tuple[type[ast.AST], tuple[tuple[str, str], ...]]:
    return type(statement.node), tuple(sorted(bindings(statement.node)))


def _own_line(source: ImportSource, statement: ImportStatement) -> tuple[int, int] | None:
    """The whole lines of a statement that shares them with nothing, not even a comment."""
    start = source.starts[statement.node.lineno - 1]
    end = _LINE_END.match(source.data, statement.end)
    alone = not source.data[start : statement.start].strip(b" \t\f") and end and not comments(statement.text)
    return (start, end.end()) if alone and end else None
