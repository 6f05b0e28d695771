"""How a module of the runtime is copied: without annotations, and with comments in the place of docstrings.

Import hooks of type checkers would look for names of annotations that are there for mypy only, and an import need not
load what only people read. The text is kept as rows, one for each line of the source: what is edited keeps its place.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeGuard

from poetc.source.nodes import FunctionNode, flat

WIDTH: Final = 120
_FUTURE: Final = "from __future__ import annotations\n\n"
_FOR_TOOLS: Final = re.compile(r"  # (?:type: ignore|noqa:)[^\n]*")
_SENTENCE: Final = re.compile(r"(?<=[.:])\s+(?=[A-Z])")

Rows = list[str | None]
"""by line; None: it stands in another one's row"""


class Piece(NamedTuple):
    """One statement of a module, with the comments above it."""

    binds: frozenset[str]
    text: str
    is_apart: bool
    """whether an empty line stands above it"""


class Part(NamedTuple):
    """One module, in pieces."""

    heading: str
    pieces: tuple[Piece, ...]
    imports: Mapping[str, tuple[str, str]]
    """name → module and the name there; `import x` has no name there"""
    reads: Mapping[str, frozenset[str]]
    """name → the names that what binds it may read of the module"""


def text_of(source: str) -> str:
    """A module's text without what only linters, type checkers and annotations need."""
    return _FOR_TOOLS.sub("", source.replace(_FUTURE, ""))


def part_of(text: str, tree: ast.Module, public: frozenset[str]) -> Part:
    """A module in pieces; `text` is what `text_of` gives, and docstrings of `public` names stay."""
    inside = {id(top): flat(top) for top in tree.body}
    rows: Rows = [*text.split("\n")]
    nodes = that_run([each for found in inside.values() for each in found])
    notes = {id(each) for note in edit_heads(rows, nodes) for each in flat(note)}
    kept = {id(each) for top in tree.body if bound_by(top) & public for each in inside[id(top)]}
    said = [each for owner in (tree, *nodes) for each in texts_in(owner) if id(each[0]) not in kept]
    for each in sorted(said, key=lambda each: -each[0].lineno):
        edit_docstring(rows, *each)
    gone = {id(each) for each in for_annotations(tree, nodes)}
    pieces: list[Piece] = []
    reads: dict[str, frozenset[str]] = {}
    end = 0
    for top in tree.body:
        start = above(rows, top, end)
        end = top.end_lineno or top.lineno
        if id(top) in gone or isinstance(top, ast.Import | ast.ImportFrom) or is_text(top):
            continue
        binds = bound_by(top)
        names = (each for each in inside[id(top)] if isinstance(each, ast.Name) and id(each) not in notes)
        read = frozenset(each.id for each in names if isinstance(each.ctx, ast.Load))
        reads.update({name: reads.get(name, frozenset()) | read for name in binds})
        found = "\n".join(row for row in rows[start:end] if row is not None)
        pieces.append(Piece(binds, re.sub(r"\n{3,}", "\n\n", found), not rows[start - 1]))
    heading = first_sentence(ast.get_docstring(tree) or "")
    return Part(heading, tuple(pieces), dict(each for top in tree.body for each in imported(top)), reads)


def above(rows: Rows, node: ast.stmt, end: int) -> int:
    """The index of the first row of a statement, with its decorators and the comments above them."""
    decorators = getattr(node, "decorator_list", ())
    start = int(decorators[0].lineno if decorators else node.lineno) - 1
    while start > end and (rows[start - 1] or "").startswith("#"):
        start -= 1
    return start


def imported(node: ast.stmt) -> Iterator[tuple[str, tuple[str, str]]]:
    """What an import statement binds, and to what."""
    match node:
        case ast.Import(names):
            yield from ((each.asname or each.name, (each.name, "")) for each in names)
        case ast.ImportFrom(module, names):
            yield from ((each.asname or each.name, (module or "", each.name)) for each in names)


def bound_by(node: ast.stmt) -> frozenset[str]:
    """The names that a top-level statement binds; those of a block, too."""
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return frozenset({name})
        case ast.If(body=body):
            return frozenset(name for each in body for name in (*bound_by(each), *dict(imported(each))))
    return frozenset(n.id for n in flat(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def that_run(nodes: list[ast.AST]) -> list[ast.AST]:
    """All nodes of a tree but those under `if TYPE_CHECKING`: no hook sees these, and type checkers go by them."""
    never = {id(each) for node in nodes if is_for_type_checkers(node) for each in flat(node)}
    return [node for node in nodes if id(node) not in never]


def for_annotations(tree: ast.Module, nodes: Iterable[ast.AST]) -> list[ast.stmt]:
    """`TYPE_CHECKING` and what stands under it, if that serves annotations alone."""
    blocks = [node for node in tree.body if is_for_type_checkers(node)]
    plain = ast.Import | ast.ImportFrom | ast.Assign | ast.Expr
    inner = any(isinstance(each, ast.ClassDef) and any(map(is_for_type_checkers, each.body)) for each in nodes)
    if inner or not all(isinstance(each, plain) for block in blocks for each in block.body):
        return []
    flags = [each for each in tree.body if isinstance(each, ast.Assign) and bound_by(each) == {"TYPE_CHECKING"}]
    return [*flags, *blocks]


def edit_heads(rows: Rows, nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Leave the annotations out, which are given; what is long for their sake, or a formatter's, becomes short: heads
    of functions, `__slots__`."""
    statements = (each for each in nodes if isinstance(each, ast.stmt))
    for node in sorted(statements, key=lambda each: (-each.lineno, -each.col_offset)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from edit_head(rows, node)
            case ast.AnnAssign(target=target, annotation=note, value=value):
                yield note
                first, last = (target.end_lineno or 1) - 1, (note.end_lineno or 1) - 1
                rest = (rows[last] or "").encode()[note.end_col_offset :]
                said = (rows[first] or "").encode()
                said = said[: node.col_offset] + b"pass" if value is None else said[: target.end_col_offset]
                rows[first : last + 1] = [(said + rest).decode(), *[None] * (last - first)]
            case ast.Assign([ast.Name("__slots__")], ast.Tuple(elts)):
                start, end = node.lineno - 1, node.end_lineno or node.lineno
                names = [
                    f'"{each.value}"' for each in elts if isinstance(each, ast.Constant) and type(each.value) is str
                ]
                if len(names) < len(elts):
                    continue
                head = wrapped(f"{' ' * node.col_offset}__slots__ = (", names, ",)" if len(names) == 1 else ")")
                rows[start:end] = [*[None] * (end - start - 1), "\n".join(head)]


def edit_head(rows: Rows, node: FunctionNode) -> Iterator[ast.expr]:
    """Write `def name(parameters):` without annotations, which are given."""
    args, start = node.args, node.lineno - 1
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    notes = [*filter(None, (*(each.annotation for each in named), node.returns))]
    yield from notes
    inner: list[ast.expr | ast.arg] = [*named, *args.defaults, *filter(None, args.kw_defaults), *notes]
    last = max([start, *((each.end_lineno or 0) - 1 for each in inner)])
    end = next(n for n in range(last, len(rows)) if is_end(rows[n]))
    word = "def" if isinstance(node, ast.FunctionDef) else "async def"
    said = (rows[end] or "").partition("  #")[2]
    head = wrapped(f"{' ' * node.col_offset}{word} {node.name}(", parameters(rows, args), "):")
    rows[start : end + 1] = [*[None] * (end - start), "\n".join(head) + (f"  #{said}" if said else "")]


def is_end(row: str | None) -> bool:
    """Whether a line ends the head of a function."""
    return (row or "").partition("  #")[0].endswith(":")


def parameters(rows: Rows, args: ast.arguments) -> Iterator[str]:
    """The parameters of a function as they are written, without annotations."""
    plain = [*args.posonlyargs, *args.args]
    given = [None] * (len(plain) - len(args.defaults)) + [*args.defaults]
    for number, (each, default) in enumerate(zip(plain, given, strict=True), 1):
        yield each.arg + (f"={source_of(rows, default)}" if default else "")
        if number == len(args.posonlyargs):
            yield "/"
    if args.vararg or args.kwonlyargs:
        yield f"*{args.vararg.arg if args.vararg else ''}"
    for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield each.arg + (f"={source_of(rows, default)}" if default else "")
    if args.kwarg:
        yield f"**{args.kwarg.arg}"


def source_of(rows: Rows, node: ast.expr) -> str:
    """The text of an expression that stands on one line."""
    return (rows[node.lineno - 1] or "").encode()[node.col_offset : node.end_col_offset].decode()


def texts_in(owner: ast.AST) -> Iterator[tuple[ast.Expr, ast.AST, ast.stmt | None]]:
    """Docstrings, and what stands below an assignment like one: each with whose it is and the statement before it."""
    body = getattr(owner, "body", None)
    before = None
    for node in body if isinstance(body, list) else ():
        if is_text(node):
            yield node, owner, before
        before = node


def is_text(node: ast.AST) -> TypeGuard[ast.Expr]:
    """Whether a statement is nothing but text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def edit_docstring(rows: Rows, node: ast.Expr, owner: ast.AST, before: ast.stmt | None) -> None:
    """Put the first sentence of a docstring behind what it is about; above that, or below a head, if it is too long."""
    first, last, indent = node.lineno - 1, node.end_lineno or node.lineno, " " * node.col_offset
    instead: list[str] = []
    if before is not None or not isinstance(owner, ast.Module):
        said, line = comment(first_sentence(ast.literal_eval(node.value))), rows[first - 1]
        if line and len(said) == 1 and len(line.rpartition("\n")[2]) + 2 + len(said[0]) <= WIDTH and "#" not in line:
            rows[first - 1] = f"{line}  {said[0]}"
        elif before is None:
            instead = [indent + each for each in said]
        else:
            rows[before.lineno - 1] = "\n".join([*(indent + each for each in said), rows[before.lineno - 1] or ""])
        if getattr(owner, "body", None) == [node]:
            instead.append(f"{indent}pass")
    if not instead and not rows[last : last + 1][0] and isinstance(owner, ast.ClassDef):
        rows[last] = None  # no empty line below the head of a class
    rows[first:last] = ["\n".join(instead) or None, *[None] * (last - first - 1)]


def wrapped(start: str, listed: Iterable[str], end: str) -> list[str]:
    """A list in brackets, on one line if it fits."""
    text = ", ".join(each.replace(" ", "\0") for each in listed)
    indent = " " * (len(start) - len(start.lstrip()))
    lines = [start + text + end]
    if len(lines[0]) > WIDTH:
        inner = textwrap.wrap(text, WIDTH - 4 - len(indent), break_long_words=False, break_on_hyphens=False)
        lines = [start, *(f"{indent}    {each}" for each in inner), indent + end]
    return [each.replace("\0", " ") for each in lines]


def first_sentence(text: str) -> str:
    """The first sentence of a docstring, without its line breaks."""
    return _SENTENCE.split(" ".join(text.strip().split("\n\n")[0].split()))[0]


def comment(text: str) -> list[str]:
    """A text as lines of a comment."""
    return [f"# {text}"] if len(text) <= WIDTH - 10 else [f"# {line}" for line in textwrap.wrap(text, WIDTH - 10)]
