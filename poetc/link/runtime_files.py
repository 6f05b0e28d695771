"""The vendored runtime: what generated code uses of `poetc.runtime`, copied to the package `_runtime`.

`runtime_bundles.py` says which file has what. Here annotations are left out (import hooks of type checkers would look
for names that are there for mypy only), and what only annotations need.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, TypeGuard

from poetc.effects.libraries import facts_text, library_facts
from poetc.link.runtime_bundles import BUNDLES, Part, bundle_text, file_of, import_lines, in_use, part_of
from poetc.linked_file import TOOLS
from poetc.marker import COPIED
from poetc.source.nodes import flat

RUNTIME: Final = "poetc.runtime."
FOLDER: Final = "_runtime"
ALWAYS: Final = ("Link", "breakers", "testing")
"""what programs, their tests and linked files import of every runtime, beside errors"""
OFFERED: Final = {"events": "events"}
"""module → what they import of it where generated code uses it"""
ABOUT: Final = f"# What the linked functions of this package call: poetc's runtime, {COPIED}; standard library only."
FACTS: Final = "libraries"
ABOUT_FACTS: Final = "# What the other files read of libraries, from poetc's catalogue."
_FACT: Final = re.compile(r"\bKNOWN\.(\w+)")
_ERRORS: Final = ("Error", "Warning")
"""how the names of classes end that programs catch"""

_FUTURE: Final = "from __future__ import annotations\n\n"


def runtime_texts(attributes: Iterable[str]) -> dict[str, str]:
    """File name → text of the package with everything that the given `rt.<attribute>`s need; deterministic."""
    offered = {(module_of(name), name) for name in (*attributes, *ALWAYS)}
    offered |= {(home, name) for name, home in definitions().items() if home == "errors" and is_caught(name)}
    offered |= {each for each in OFFERED.items() if each[0] in in_use(part, offered)}
    used = in_use(part, offered)
    offered |= {
        (home, name) for home in used for name in used[home] if is_caught(name) and definitions().get(name) == home
    }
    texts = {name: bundle_text(name, part, used) for name in BUNDLES}
    facts = facts_text(library_facts(), set(_FACT.findall("".join(texts.values()))))
    if facts:
        texts[FACTS] = "\n".join([ABOUT_FACTS, "", "from .core import KNOWN", "", facts])
    texts["__init__"] = exports_text(offered, bool(facts))
    return {f"{name}.py": "\n".join([*TOOLS, f"# {COPIED}", text]) for name, text in texts.items() if text}


def exports_text(offered: Iterable[tuple[str, str]], has_facts: bool) -> str:
    """The text of `__init__.py`: from which file each name is that linked files and programs import."""
    names: dict[str, set[str]] = {}
    for module, name in offered:
        names.setdefault(f".{file_of(module)}", set()).add(f"{name} as {name}")
    lines = [line for file in sorted(names) for line in import_lines(file, names[file])]
    return "\n".join([ABOUT, "", *[f"from . import {FACTS} as {FACTS}"] * has_facts, *lines, ""])


def is_caught(name: str) -> bool:
    """Whether that is the name of a class that programs catch."""
    return name.endswith(_ERRORS)


@cache
def part(name: str) -> Part:
    """A module of the runtime, in pieces as they are copied."""
    return part_of(copied(name), frozenset({"breakers", "testing", *filter(is_caught, definitions())}))


def module_of(attribute: str) -> str:
    """The runtime module that defines a name; raises `KeyError` for an unknown one."""
    return definitions()[attribute]


@cache
def definitions() -> dict[str, str]:
    """Top-level class or function of the runtime, `rt.<name>` for generated code → its module."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name: name for name in module_names() for node in parsed(name).body if isinstance(node, kinds)}


def module_names() -> list[str]:
    """Names of the runtime's modules, sorted."""
    names = (entry.name for entry in files("poetc.runtime").iterdir())
    return sorted(n.removesuffix(".py") for n in names if n.endswith(".py") and n != "__init__.py")


@cache
def source_of(name: str) -> str:
    """The text of a runtime module."""
    return files("poetc.runtime").joinpath(f"{name}.py").read_text(encoding="utf-8")


@cache
def parsed(name: str) -> ast.Module:
    """The syntax tree of a runtime module's copy, where nothing is left out yet."""
    return ast.parse(text_of(name))


@cache
def nodes_of(name: str) -> list[ast.AST]:
    """All nodes of that tree."""
    return flat(parsed(name))


def text_of(name: str) -> str:
    """The text of a runtime module that has no annotations to put off."""
    return source_of(name).replace(_FUTURE, "")


@cache
def copied(name: str) -> str:
    """The text of one module's copy."""
    tree, nodes = parsed(name), nodes_of(name)
    blocks = [node for node in tree.body if is_for_type_checkers(node)]
    lines = text_of(name).split("\n")
    if all(is_of_annotations(node) for block in blocks for node in block.body) and not keeps_checking(nodes, blocks):
        flag = [
            node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node) == "TYPE_CHECKING = False"
        ]
        for node in (*flag, *blocks):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (1 + (node.end_lineno or node.lineno) - node.lineno)
    text = without_annotations(lines, that_run(nodes))
    return text


def is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def is_of_annotations(node: ast.stmt) -> bool:
    """Whether a statement for type checkers serves annotations alone: an import, an alias, a docstring of one."""
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr)


def keeps_checking(nodes: Iterable[ast.AST], blocks: list[ast.If]) -> bool:
    """Whether there are further statements for type checkers, inside of classes, which need what the blocks import."""
    return any(node not in blocks for node in nodes if is_for_type_checkers(node))


def without_annotations(text: list[str], nodes: Iterable[ast.AST]) -> str:
    """Lines of text without annotations; `nodes` are those of its syntax tree that may run."""
    lines = [line.encode() for line in text]
    cuts: list[tuple[int, int, int, int, bytes]] = []
    for node in nodes:
        match node:
            case ast.arg(annotation=ast.expr() as note):
                cuts.append((node.lineno, node.col_offset + len(node.arg.encode()), *end_of(note), b""))
            case ast.AnnAssign(annotation=note, value=None):
                cuts.append((node.lineno, node.col_offset, *end_of(note), b"pass"))
            case ast.AnnAssign(target=target, annotation=note):
                cuts.append((*end_of(target), *end_of(note), b""))
            case ast.FunctionDef(returns=ast.expr() as note) | ast.AsyncFunctionDef(returns=ast.expr() as note):
                first = lines[note.lineno - 1].rindex(b"->", 0, note.col_offset)
                cuts.append((note.lineno, len(lines[note.lineno - 1][:first].rstrip()), *end_of(note), b""))
    for line, column, end_line, end_column, instead in sorted(cuts, reverse=True):
        rest = lines[end_line - 1][end_column:]
        lines[line - 1 : end_line] = [lines[line - 1][:column] + instead + rest]
    return b"\n".join(lines).decode()


def that_run(nodes: list[ast.AST]) -> list[ast.AST]:
    """All nodes of a tree but those under `if TYPE_CHECKING`: no hook sees these, and type checkers go by them."""
    never = {id(each) for node in nodes if is_for_type_checkers(node) for each in flat(node)}
    return [node for node in nodes if id(node) not in never]


def end_of(node: ast.expr) -> tuple[int, int]:
    """(line, column in bytes) where an expression ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
