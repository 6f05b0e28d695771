"""The vendored runtime: the modules of `poetc.runtime` that generated code uses, copied to the package `_runtime`.

They are copied as they are but for three things: they import one another within the package, their annotations are left
out (import hooks of type checkers would look for names that are there for mypy only), and what only annotations need.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, TypeGuard

from poetc.effects.libraries import facts_text, library_facts
from poetc.linked_file import TOOLS
from poetc.marker import COPIED
from poetc.source.nodes import flat

RUNTIME: Final = "poetc.runtime."
FOLDER: Final = "_runtime"
ALWAYS: Final = {"breakers_by_name": "breakers", "errors": "", "link": "Link", "testing": "testing"}
"""module that is always there → what programs, their tests and linked files import of it beside errors"""
OFFERED: Final = {"events": "events"}
"""the same of modules that are there only if generated code uses them"""
FACTS: Final = "libraries"
ABOUT_FACTS: Final = "# What the other files read of libraries, from poetc's catalogue."
_FACT: Final = re.compile(r"\bKNOWN\.(\w+)")
_ERRORS: Final = ("Error", "Warning")
"""how the names of classes end that programs catch"""

_OURS: Final = re.compile(rb"^(\s*from )poetc\.runtime\.", re.MULTILINE)
_FUTURE: Final = "from __future__ import annotations\n\n"


def runtime_texts(attributes: Iterable[str]) -> dict[str, str]:
    """File name → text of the package with everything that the given `rt.<attribute>`s need; deterministic."""
    used: dict[str, set[str]] = {name: {public} - {""} for name, public in ALWAYS.items()}
    for attribute in attributes:
        used.setdefault(module_of(attribute), set()).add(attribute)
    modules = closure(used)
    for name in OFFERED.keys() & modules:
        used.setdefault(name, set()).add(OFFERED[name])
    for name, module in definitions().items():
        if module in used and name.endswith(_ERRORS):
            used[module].add(name)
    texts = {name: copied(name) for name in sorted(modules)}
    facts = facts_text(library_facts(), set(_FACT.findall("".join(texts.values()))))
    if facts:
        texts[FACTS] = "\n".join([*TOOLS, f"# {COPIED}", ABOUT_FACTS, "", "from .known import KNOWN", "", facts])
        used[""] = {FACTS}
    lines = [f"from .{name} import {', '.join(f'{n} as {n}' for n in sorted(used[name]))}" for name in sorted(used)]
    said = f"What the linked functions of this package call: poetc's runtime, {COPIED}; standard library only."
    texts["__init__"] = "\n".join([*TOOLS, f'"""{said}"""', "", *lines, ""])
    return {f"{name}.py": text for name, text in texts.items()}


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


def closure(wanted: Iterable[str]) -> set[str]:
    """The modules and all that they import, at once or later."""
    found: set[str] = set()
    pending = [*wanted]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += imported(name)
    return found


@cache
def imported(name: str) -> frozenset[str]:
    """The runtime modules that one imports anywhere but for type checkers."""
    nodes = that_run(nodes_of(name))
    modules = (node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module)
    return frozenset(module.removeprefix(RUNTIME) for module in modules if module.startswith(RUNTIME))


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
    text = _OURS.sub(rb"\1.", text.encode()).decode()
    return "\n".join([*TOOLS, f"# {COPIED}", squeezed(text)])


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


def squeezed(text: str) -> str:
    """Text with no more than two empty lines in a row."""
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text
