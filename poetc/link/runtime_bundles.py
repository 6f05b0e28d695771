"""Which file of `_runtime` has which of the runtime's modules, and what of them it has: the definitions in use.

Modules that are in use together share a file, because each file costs an import and a heading. A definition is in use
if generated code names it, or another one in use does; methods stay with their class, for other packages and programs
may call them.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

HOME: Final = "poetc.runtime."
"""what begins the names of the runtime's modules"""
BUNDLES: Final = {
    "core": (
        *("shared", "validate", "errors", "testing", "breakers_by_name", "known", "notes", "hooks", "lookups"),
        *("travel", "clock", "forks", "rng", "relocate", "link"),
    ),
    "checks": (
        *("check", "condition", "shape", "hint_check", "hint_limits", "hint_repair", "hint_read", "hint_scope"),
        *("looked", "hint"),
    ),
    "calls": (
        *("current", "pause", "loops", "kinds", "transient", "marks", "responses", "retry_after", "consumed"),
        *("repeats", "outer", "unsent", "attempts", "backoff", "retry_state", "retry", "retry_async"),
        *("retry_unsent", "retry_forms", "region", "relined", "guard"),
    ),
    "breakers": ("hosts", "refused", "breaker", "breaker_hosts", "breaker_window"),
    "budgets": (
        *("cleaning", "own_limits", "limits", "watcher", "stopping", "deadline", "alarm", "background", "cancel"),
    ),
    "protections": ("bulkhead", "ratelimit", "hedge", "fallback"),
    "events": ("jsonlines", "sinks", "events"),
    "drift": ("drift_columns", "drift_statistics", "drift", "drift_contract"),
}
"""file → modules; what one imports stands before it"""

WIDTH: Final = 120
_FOR_TOOLS: Final = re.compile(r"  # (?:type: ignore|noqa:)[^\n]*")
"""what only linters and type checkers read, and not in a copy"""
_SENTENCE: Final = re.compile(r"(?<=[.:])\s+(?=[A-Z])")


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


@cache
def file_of(module: str) -> str:
    """The file that a module of the runtime is copied to; raises `KeyError` for one that `BUNDLES` doesn't have."""
    return {each: name for name, modules in BUNDLES.items() for each in modules}[module]


def in_use(part: Callable[[str], Part], wanted: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Module → names in use of it, its imports' too; `wanted` are (module, name), `part` gives a module."""
    used: dict[str, set[str]] = {}
    pending = [*wanted]
    while pending:
        module, name = pending.pop()
        known = used.setdefault(module, set())
        if name in known:
            continue
        known.add(name)
        source, original = part(module).imports.get(name, ("", ""))
        if source.startswith(HOME):
            pending.append((source.removeprefix(HOME), original))
        pending += [(module, each) for each in part(module).reads.get(name, ())]
    return used


def bundle_text(name: str, part: Callable[[str], Part], used: Mapping[str, set[str]]) -> str:
    """The text of one file: imports, and what is in use of each of its modules; "" if nothing is."""
    plain: set[str] = set()
    froms: dict[str, set[str]] = {}
    body: list[str] = []
    for module in (each for each in BUNDLES[name] if each in used):
        of_module = part(module)
        for bound in used[module] & of_module.imports.keys():
            source, original = of_module.imports[bound]
            home = file_of(source.removeprefix(HOME)) if source.startswith(HOME) else ""
            if not original:
                plain.add(f"import {source}" + f" as {bound}" * (source != bound))
            elif home != name:
                said = original if original == bound else f"{original} as {bound}"
                froms.setdefault(f".{home}" if home else source, set()).add(said)
        pieces = [each for each in of_module.pieces if each.binds & used[module]]
        if pieces:
            body += ["", *comment(f"-- {module}: {of_module.heading}"), "", *joined(pieces)]
    imports = [*sorted(plain), *(line for source in sorted(froms) for line in import_lines(source, froms[source]))]
    return "\n".join([*imports, *body, ""]) if body else ""


def joined(pieces: Iterable[Piece]) -> Iterator[str]:
    """The texts of pieces, at most one empty line between two of them."""
    for number, piece in enumerate(pieces):
        if number and piece.is_apart:
            yield ""
        yield piece.text


def import_lines(source: str, names: Iterable[str]) -> list[str]:
    """`from source import ...`, on several lines if one would be too long."""
    start, listed = f"from {source} import ", sorted(names)
    line = start + ", ".join(listed)
    return [line] if len(line) <= WIDTH else wrapped(f"{start}(", listed, ")")


def part_of(text: str, public: frozenset[str]) -> Part:
    """A module's text in pieces, its docstrings as comments but for the `public` names' own."""
    heading = first_sentence(ast.get_docstring(ast.parse(text)) or "")
    text = condensed(text, public)
    lines, tree = text.split("\n"), ast.parse(text).body
    pieces: list[Piece] = []
    reads: dict[str, frozenset[str]] = {}
    end = 0
    for node in tree:
        start = first_line_of(node) - 1
        while start > end and lines[start - 1].startswith("#"):
            start -= 1
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        binds, read = bound_by(node), read_by(node)
        reads.update({name: reads.get(name, frozenset()) | read for name in binds})
        pieces.append(Piece(binds, "\n".join(lines[start:end]), not lines[start - 1]))
    return Part(heading, tuple(pieces), dict(each for node in tree for each in imported(node)), reads)


def first_line_of(node: ast.stmt) -> int:
    """Where a statement begins, with its decorators."""
    decorators = getattr(node, "decorator_list", ())
    return int(decorators[0].lineno if decorators else node.lineno)


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
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def read_by(node: ast.stmt) -> frozenset[str]:
    """The names that a statement may read of its module."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def condensed(text: str, public: frozenset[str]) -> str:
    """A module's text with the first sentence of each docstring as a comment, which an import needn't load, and the
    heads of functions on as few lines as fit; docstrings of `public` names stay."""
    text = _FOR_TOOLS.sub("", text)
    lines = shortened(text.split("\n"), [*ast.walk(ast.parse(text))])
    tree = ast.parse("\n".join(lines))
    kept = {id(each) for node in tree.body if bound_by(node) & public for each in ast.walk(node)}
    said = [each for owner in ast.walk(tree) for each in texts_in(owner) if id(each[0]) not in kept]
    for node, owner, before in sorted(said, key=lambda each: -each[0].lineno):
        commented(lines, node, owner, before)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def texts_in(owner: ast.AST) -> Iterator[tuple[ast.Expr, ast.AST, ast.stmt | None]]:
    """Docstrings, and what stands below an assignment like one: each with whose it is and the statement before it."""
    body = getattr(owner, "body", None)
    before = None
    for node in body if isinstance(body, list) else ():
        match node:
            case ast.Expr(ast.Constant(str())):
                yield node, owner, before
        before = node


def commented(lines: list[str], node: ast.Expr, owner: ast.AST, before: ast.stmt | None) -> None:
    """Put the first sentence of a docstring behind what it is about; above that, or below a head, if it is too long."""
    first, last, indent = node.lineno - 1, node.end_lineno or node.lineno, " " * node.col_offset
    if before is None and isinstance(owner, ast.Module):
        del lines[first:last]
        return
    said, above = comment(first_sentence(ast.literal_eval(node.value))), lines[first - 1]
    is_all = [f"{indent}pass"] if getattr(owner, "body", None) == [node] else []
    if len(said) == 1 and len(above) + 2 + len(said[0]) <= WIDTH and "#" not in above:
        lines[first - 1 : last] = [f"{above}  {said[0]}", *is_all]
    elif before is None:
        lines[first:last] = [*(indent + each for each in said), *is_all]
    else:
        del lines[first:last]
        lines[before.lineno - 1 : before.lineno - 1] = [indent + each for each in said]


def shortened(lines: list[str], nodes: Iterable[ast.AST]) -> list[str]:
    """Lines of text where what annotations made long is as short as it can be: heads of functions, `__slots__`."""
    for node in sorted(filter(is_shortened, nodes), key=lambda each: -each.lineno):  # type: ignore[attr-defined]
        start, indent = node.lineno - 1, " " * node.col_offset  # type: ignore[attr-defined]
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                end = next(n for n in range(last_of(node.args, start), len(lines)) if is_end(lines[n]))
                word = "def" if isinstance(node, ast.FunctionDef) else "async def"
                head = wrapped(f"{indent}{word} {node.name}(", quoted(ast.unparse(node.args)).split(", "), "):")
            case ast.Assign():
                end = (node.end_lineno or node.lineno) - 1
                names = [
                    quoted(ast.unparse(each)) for each in ast.iter_child_nodes(node.value) if isinstance(each, ast.expr)
                ]
                head = wrapped(f"{indent}__slots__ = (", names, ",)" if len(names) == 1 else ")")
        lines[start : end + 1] = head
    return lines


def is_shortened(node: ast.AST) -> bool:
    """Whether a statement is the definition of a function without annotations, or `__slots__` in full."""
    match node:
        case ast.FunctionDef(returns=None, args=args) | ast.AsyncFunctionDef(returns=None, args=args):
            return not any(isinstance(each, ast.arg) and each.annotation for each in ast.walk(args))
        case ast.Assign([ast.Name("__slots__")], ast.Tuple(elts)):
            return not any(isinstance(each, ast.Starred) for each in elts)
    return False


def quoted(text: str) -> str:
    """The text of an expression with the quotes that are used elsewhere."""
    return text if '"' in text else text.replace("'", '"')


def last_of(node: ast.AST, start: int) -> int:
    """The index of the last line of what is in a node; `start` if nothing is."""
    return max((each.end_lineno - 1 for each in ast.walk(node) if hasattr(each, "end_lineno")), default=start)


def is_end(line: str) -> bool:
    """Whether a line ends the head of a function."""
    return line.partition("  #")[0].endswith(":")


def wrapped(start: str, listed: Iterable[str], end: str) -> list[str]:
    """A list in brackets, on one line if it fits."""
    items = [each.replace(" ", "\0") for each in listed]
    text = ", ".join(items)
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
    return [f"# {line}" for line in textwrap.wrap(text, WIDTH - 10)]
