"""A file's bytes → its module-level import statements, each with the span of bytes where it stands.

    b"import os\r\nfrom poetc import poet" → [import os at 0:9, from poetc import poet at 11:33]

Only imports that run at module or class level count; what a function imports is its own affair.
"""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.ir import Diagnostic

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
"""the fields of a node that hold statements, or what holds statements"""
_UNPARSABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class ImportEdit:
    """The text of one import statement before and after linking, newlines as \\n."""

    original: str
    linked: str


@dataclass(frozen=True, slots=True, eq=False)
class ImportSource:
    """A parsed file; `starts` are the byte offsets of its lines, the end of the data last."""

    data: bytes
    path: str
    tree: ast.Module
    encoding: str
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImportStatement:
    """One import statement: `data[start:end]` is `text`; `block` tells the suites of the file apart."""

    node: ast.Import | ast.ImportFrom
    start: int
    end: int
    text: str
    block: int
    typing_only: bool

    @property
    def lines(self) -> range:
        """The lines it stands on, from 1."""
        return range(self.node.lineno, (self.node.end_lineno or self.node.lineno) + 1)


def parse_source(data: bytes, path: str = "") -> ImportSource:
    """Parse a file as the interpreter would.

    Raises LinkError (POET507) for what does not parse or decode.
    """
    starts = [0, *(newline.end() for newline in _NEWLINE.finditer(data))]
    lines = [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    try:
        encoding, _ = tokenize.detect_encoding(iter(lines).__next__)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the user's string is not ours to report
            tree = ast.parse(data)
    except _UNPARSABLE as error:
        raise _unparsable(error, path) from error
    if encoding == "utf-8-sig":  # columns count from behind the byte-order mark
        encoding, starts[0] = "utf-8", 3
    return ImportSource(data, path, tree, encoding, (*starts, len(data)))


def import_statements(source: ImportSource) -> list[ImportStatement]:
    """The imports that run at module or class level, in source order.

    Raises LinkError (POET507) if the file's encoding can't be written back as it was.
    """
    found = sorted(_imports(source.tree), key=lambda place: (place[0].lineno, place[0].col_offset))
    return [_statement(source, *place) for place in found]


def replace(source: ImportSource, changes: Iterable[tuple[int, int, str]]) -> bytes:
    """Replace spans of bytes by text in the file's own encoding; every other byte stays.

    Raises LinkError (POET507) if the text has a character that the encoding lacks.
    """
    data = source.data
    for start, end, text in sorted(changes, reverse=True):
        try:
            data = data[:start] + text.encode(source.encoding) + data[end:]
        except UnicodeError as error:
            why = f"the file's encoding {source.encoding} can't write {text!r}"
            raise LinkError(_refused(source.path, why, "declare the file as UTF-8")) from error
    return data


def refusal(source: ImportSource, node: ast.stmt | ast.expr, message: str, hint: str) -> LinkError:
    """A LinkError (POET210) that points at `node`."""
    line = source.data[source.starts[node.lineno - 1] : source.starts[node.lineno]]
    excerpt = line.decode(source.encoding, "replace").rstrip("\r\n")
    column = _characters(excerpt, node.col_offset) + 1
    end = _characters(excerpt, node.end_col_offset or 0) + 1 if node.end_lineno == node.lineno else len(excerpt) + 1
    return LinkError(
        Diagnostic(
            code="POET210",
            message=message,
            path=source.path,
            line=node.lineno,
            column=column,
            end_column=end,
            excerpt=excerpt,
            hint=hint,
        )
    )


def unlinkable(path: str, why: str) -> LinkError:
    """A LinkError (POET507) for an edit that would have changed more than an import."""
    hint = "put the import of poet on a line of its own at the top of the file"
    return LinkError(_refused(path, why, hint))


def bindings(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """(dotted path, name it is bound to) of each alias; `import a.b` binds "a"."""
    if isinstance(node, ast.Import):
        return [(alias.name, alias.asname or alias.name.partition(".")[0]) for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [(f"{module}.{alias.name}", alias.asname or alias.name) for alias in node.names]


def newlines_normalised(text: str) -> str:
    """The text with every line ended by \\n."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refused(path: str, why: str, hint: str, line: int = 0, column: int = 0) -> Diagnostic:
    message = f"source file cannot be linked: {why}"
    return Diagnostic(code="POET507", message=message, path=path, line=line, column=column, hint=hint)


def _unparsable(error: BaseException, path: str) -> LinkError:
    line = (error.lineno or 0) if isinstance(error, SyntaxError) else 0
    column = max(error.offset or 0, 0) if isinstance(error, SyntaxError) else 0
    why = (error.msg if isinstance(error, SyntaxError) else str(error)) or type(error).__name__
    return LinkError(_refused(path, why, "make it a file that Python can run, then build again", line, column))


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, int, bool]]:
    """Import nodes outside functions, each with the identity of its suite and whether only type checkers see it."""
    suites: list[tuple[Sequence[ast.AST], bool]] = [(tree.body, False)]
    while suites:
        suite, typing_only = suites.pop()
        for node in suite:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node, id(suite), typing_only
            elif not isinstance(node, _FUNCTIONS):
                for name in SUITES:
                    inner: list[ast.AST] = getattr(node, name, [])
                    suites.append((inner, typing_only or _unseen_at_run_time(node, name)))


def _unseen_at_run_time(node: ast.AST, block: str) -> bool:
    """Whether this block of an `if` is read by type checkers only."""
    if not isinstance(node, ast.If):
        return False
    test, negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, True
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    never = name == "TYPE_CHECKING" or (isinstance(test, ast.Constant) and not test.value)
    return never and block == ("orelse" if negated else "body")


def _statement(
    source: ImportSource, node: ast.Import | ast.ImportFrom, block: int, typing_only: bool
) -> ImportStatement:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    try:
        start = _offset(source, node.lineno, node.col_offset)
        end = _offset(source, node.end_lineno, node.end_col_offset)
        text = source.data[start:end].decode(source.encoding)
        faithful = text.encode(source.encoding) == source.data[start:end] and text.startswith(("import", "from"))
    except (UnicodeError, IndexError):
        faithful = False
    if not faithful:
        why = f"its encoding {source.encoding} does not write back what it reads"
        raise LinkError(_refused(source.path, why, "save the file as UTF-8", node.lineno))
    return ImportStatement(node, start, end, text, block, typing_only)


def _offset(source: ImportSource, line: int, column: int) -> int:
    """The byte at `ast`'s position, whose columns count UTF-8 bytes whatever the file's encoding is."""
    start = source.starts[line - 1]
    if source.encoding == "utf-8":
        return start + column
    text = source.data[start : source.starts[line]].decode(source.encoding)
    return start + len(text[: _characters(text, column)].encode(source.encoding))


def _characters(text: str, column: int) -> int:
    return len(text.encode("utf-8", "replace")[:column].decode("utf-8", "replace"))
