"""A file's bytes → its module-level import statements, each with the span of text where it stands.

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

from poetc.diagnose import character, excerpt_of, place_in
from poetc.errors import LinkError
from poetc.ir import Diagnostic, Severity
from poetc.source.imports import ImportNode, bindings_of

NEWLINE = re.compile(r"\r\n|\r|\n")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
"""the fields of a node that hold statements, or what holds statements"""
_UNPARSABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True, eq=False)
class ImportSource:
    """A parsed file; `starts` are the offsets of its lines in `text`, the end of the text last."""

    data: bytes
    text: str
    path: str
    tree: ast.Module
    encoding: str
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImportStatement:
    """One import statement: `text[start:end]` of its file; `block` tells the suites apart."""

    node: ImportNode
    start: int
    end: int
    text: str
    block: int
    typing_only: bool

    @property
    def bindings(self) -> list[tuple[str, str]]:
        """(dotted path, name it is bound to) of each alias; `import a.b` binds "a"."""
        return bindings_of(self.node)

    @property
    def meaning(self) -> tuple[type[ImportNode], tuple[tuple[str, str], ...]]:
        """What it does, however it is laid out."""
        return type(self.node), tuple(sorted(self.bindings))


def parse_source(data: bytes, path: str = "", tree: ast.Module | None = None) -> ImportSource:
    """Parse a file as the interpreter would, unless that was done: `tree` is then its tree.

    Raises LinkError (POET507) for what does not parse or decode.
    """
    try:
        encoding, _ = tokenize.detect_encoding(iter(data.splitlines(keepends=True)).__next__)
        text = data.decode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the user's string isn't ours
            tree = tree or ast.parse(text)
    except _UNPARSABLE as error:
        raise _unparsable(error, path) from error
    starts = (0, *(newline.end() for newline in NEWLINE.finditer(text)), len(text))
    return ImportSource(data, text, path, tree, encoding, starts)


def import_statements(source: ImportSource) -> list[ImportStatement]:
    """The imports that run at module or class level, in source order."""
    found = [_statement(source, *place) for place in _imports(source.tree)]
    return sorted(found, key=lambda statement: statement.start)


def splice(source: ImportSource, changes: Iterable[tuple[int, int, str]]) -> bytes:
    """Replace spans of a file's text; every other byte stays.

    Raises LinkError (POET507) where the file's encoding can't write the text, or doesn't write
    back what it reads.
    """
    text = source.text
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    if text == source.text:
        return source.data
    try:
        data = text.encode(source.encoding)
        exact = source.text.encode(source.encoding) == source.data
        exact = exact and data.decode(source.encoding) == text
    except UnicodeError as error:
        why = f"its encoding {source.encoding} can't write {error.args[1][error.args[2] :][:40]!r}"
        raise unlinkable(source.path, why, "save the file as UTF-8") from error
    if not exact:
        why = f"its encoding {source.encoding} does not write back what it reads"
        raise unlinkable(source.path, why, "save the file as UTF-8")
    return data


def refusal(source: ImportSource, node: ast.stmt | ast.expr, message: str, hint: str) -> LinkError:
    """A LinkError (POET210) that points at `node`."""
    text = newlines_normalised(source.text)
    line, column, end = place_in(text, node)
    excerpt = excerpt_of(text, line)
    return LinkError(Diagnostic("POET210", message, Severity.ERROR, source.path, line, column, end, excerpt, hint))


def unlinkable(path: str, why: str, hint: str = "", line: int = 0, column: int = 0) -> LinkError:
    """A LinkError (POET507) for a file whose import can't be edited without changing more."""
    message = f"source file cannot be linked: {why}"
    hint = hint or "put the import of poet on a line of its own at the top of the file"
    return LinkError(Diagnostic("POET507", message, path=path, line=line, column=column, hint=hint))


def newlines_normalised(text: str) -> str:
    """The text with every line ended by \\n."""
    return NEWLINE.sub("\n", text)


def _unparsable(error: BaseException, path: str) -> LinkError:
    why, line, column = str(error), 0, 0
    if isinstance(error, SyntaxError):
        why, line, column = error.msg, error.lineno or 0, max(error.offset or 0, 0)
    hint = "make it a file that Python can run, then build again"
    return unlinkable(path, why or type(error).__name__, hint, line, column)


def _imports(tree: ast.Module) -> Iterator[tuple[ImportNode, int, bool]]:
    """Import nodes outside functions, each with its suite's identity and whether only type checkers
    see it."""
    suites: list[tuple[Sequence[ast.AST], bool]] = [(tree.body, False)]
    while suites:
        suite, typing_only = suites.pop()
        for node in suite:
            if isinstance(node, ImportNode):
                yield node, id(suite), typing_only
            elif not isinstance(node, _FUNCTIONS):
                for name in _SUITES:
                    inner: list[ast.AST] = getattr(node, name, [])
                    suites.append((inner, typing_only or _unseen_at_run_time(node, name)))


def _unseen_at_run_time(node: ast.AST, block: str) -> bool:
    """Whether this block of an `if` is read by type checkers only."""
    if not isinstance(node, ast.If):
        return False
    test, negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, True
    is_name = isinstance(test, ast.Attribute | ast.Name)
    name = getattr(test, "attr", getattr(test, "id", "")) if is_name else ""
    never = name == "TYPE_CHECKING" or (isinstance(test, ast.Constant) and not test.value)
    return never and block == ("orelse" if negated else "body")


def _statement(source: ImportSource, node: ImportNode, block: int, typing_only: bool) -> ImportStatement:
    start = _offset(source, node.lineno, node.col_offset)
    end = _offset(source, node.end_lineno or node.lineno, node.end_col_offset or 0)
    return ImportStatement(node, start, end, source.text[start:end], block, typing_only)


def _offset(source: ImportSource, line: int, column: int) -> int:
    """The character at `ast`'s position, whose columns count UTF-8 bytes."""
    start = source.starts[line - 1]
    return start + character(source.text[start : source.starts[line]], column) - 1
