"""The form of generated files: a version's whole module, and the one linked file of all functions of a module.

    preamble                    comments, the future import that the source has, and the runtime
    poet = rt.Link(__name__)    only in a linked file
    section                     one function: what it is, and `bind`
    poet.built("slug", bind, version=1, lines=4, sha256="...")      its row, only in a linked file
    ...
    IMPORTS = (...)             the imports that were changed, only in a linked file

A version's module is preamble and section, so it can be cut out of the linked file exactly. That is done with the
syntax tree: no text of a user's looks like a boundary.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from poetc import __version__
from poetc.marker import WRITTEN, head_of

TOOLS = (
    "# fmt: off",
    "# isort: skip_file",
    "# flake8: noqa",
    "# ruff: noqa",
    "# mypy: ignore-errors",
    "# pylint: skip-file",
)
"""what keeps formatters and linters away"""
CONFLICT = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( |\r?$)", re.MULTILINE)
"""what a merge leaves in a file that it couldn't join"""
_MADE_BY = "# poetc "
_FUTURE = ("from __future__ import annotations", "")


class Row(NamedTuple):
    """What a linked file says of one function: it is fresh while its source lines have that hash."""

    version: int
    """0: there is none, a build left the function as it is"""
    lines: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """What stands in a linked file; nothing for one that can't be read."""

    path: Path | None = None
    problem: str = ""
    """why nothing can be read"""
    codes: Mapping[str, str] = field(default_factory=dict)
    """sha256 → the whole module of a version"""
    rows: Mapping[str, Row] = field(default_factory=dict)
    """by qualified name inside the module"""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """qualified name → the key in `codes`"""
    imports: tuple[tuple[str, str], ...] = ()
    """(original, linked) text of each import statement that was changed"""


NOTHING = Linked()


def preamble(source_file: str, link_package: str, *, future: bool) -> str:
    """What a generated module begins with; `future`: whether the source's annotations are text."""
    lines = [
        *TOOLS,
        f"# {WRITTEN} from {_printable(source_file)}: edit that file, not this one",
        "",
        *(_FUTURE if future else ()),
        f"from {link_package} import _runtime as rt",
        "",
    ]
    return "\n".join(lines)


def module_text(start: str, section: str) -> str:
    """The whole module of one version."""
    return f"{start}\n\n{section}"


def parted(code: str, source_file: str, link_package: str) -> tuple[str, str] | None:
    """The preamble of a version's module, and the function's part; None if it doesn't begin as it has to."""
    for future in (False, True):
        start = preamble(source_file, link_package, future=future)
        if code.startswith(module_text(start, "")):
            return start, code.removeprefix(module_text(start, ""))
    return None


def linked_text(
    start: str,
    sections: Iterable[tuple[str, str, Row]],
    left: Mapping[str, Row],
    skipped: Sequence[str],
    imports: Sequence[tuple[str, str]],
    stale: str = "original",
) -> str:
    """A linked file; `sections` are names inside of the module, their text and rows."""
    how = f", stale={stale!r}" if stale != "original" else ""
    parts = [f"{_MADE_BY}{__version__}; regenerate with: poet build\n{start}\npoet = rt.Link(__name__{how})\n"]
    for name, section, row in sections:
        number = f"version={row.version}, lines={row.lines}"
        parts.append(f'\n\n{section}\n\npoet.built({_text(name)}, bind, {number},\n           sha256="{row.sha256}")\n')
    for name, row in sorted(left.items()):
        parts.append(f'\npoet.left({_text(name)}, lines={row.lines},\n          sha256="{row.sha256}")\n')
    parts += [f"\npoet.skipped({_text(name)})\n" for name in skipped]
    edits = [f"    ({original!r}, {linked!r}),\n" for original, linked in imports]
    parts.append("\n\n# the import statements that were changed, for `poet unlink`\n")
    parts.append("".join(["IMPORTS = (\n", *edits, ")\n"]))
    return "".join(parts)


def is_linked_file(path: Path) -> bool:
    """Whether `poet build` wrote a file as the linked file of a module, be it version 0.1's."""
    head = head_of(path)
    return WRITTEN.encode() in head and (_MADE_BY.encode() in head or b"The link table of " in head)


def read_linked(path: Path) -> Linked:
    """What stands in a linked file; nothing where it can't be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Linked(path, "it is missing")
    except OSError as error:
        return Linked(path, f"it cannot be read: {error.strerror or error}")
    try:
        return _parsed(path, data.decode("utf-8", "surrogatepass").replace("\r\n", "\n"))
    except (SyntaxError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
        conflict = CONFLICT.search(data)
        return Linked(path, "it holds the conflict markers of a merge" if conflict else "it is no linked file")


def _parsed(path: Path, text: str) -> Linked:
    lines = text.split("\n")
    codes, rows, hashes = dict[str, str](), dict[str, Row](), dict[str, str]()
    start, end, imports = "", 0, tuple[tuple[str, str], ...]()
    for node in ast.parse(text).body:
        match node:
            case ast.ImportFrom(names=[ast.alias(asname="rt")]):
                start = "\n".join([*lines[1 : node.lineno], ""])
                end = node.lineno
            case ast.Assign(targets=[ast.Name("poet")]):
                end = node.end_lineno or node.lineno
            case ast.Assign(targets=[ast.Name("IMPORTS")]):
                imports = tuple(_pairs(ast.literal_eval(node.value)))
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("poet"), kind), [ast.Constant(str() as name), *_])) as call:
                said = {each.arg: ast.literal_eval(each.value) for each in call.value.keywords}  # type: ignore[attr-defined]
                if kind != "skipped":
                    rows[name] = Row(int(said.get("version", 0)), int(said["lines"]), str(said["sha256"]))
                if kind == "built":
                    section = "\n".join(lines[end : node.lineno - 1]).strip("\n") + "\n"
                    code = module_text(start, section)
                    hashes[name] = digest(code)
                    codes[hashes[name]] = code
                end = node.end_lineno or node.lineno
    return Linked(path, "", codes, rows, hashes, imports)


def digest(code: str) -> str:
    """The sha256 of a text, as metadata has it."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _pairs(found: Any) -> Iterator[tuple[str, str]]:
    for pair in found if isinstance(found, tuple) else ():
        match pair:
            case (str() as original, str() as linked):
                yield original, linked


def _text(name: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    plain = name.isprintable() and '"' not in name and "\\" not in name
    return f'"{name}"' if plain else ascii(name)


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]
