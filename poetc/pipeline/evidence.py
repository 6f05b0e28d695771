"""What an installed library's files say of a name: found as an import would find them, parsed, never imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Final

from poetc.config import Options
from poetc.effects.draft import LIMIT, form_of, proposal
from poetc.pipeline.catalogue import inner_spec, spec_of
from poetc.source.nodes import Definition, parameters, statements

LARGEST: Final = 2_000_000
"""bytes of a file that is looked into"""
FARTHEST: Final = 8
"""re-exports that are followed"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is found of a function, method or class; all "" and False where nothing is."""

    signature: str = ""
    """ "def fetch(url: str, timeout: float = 10) -> bytes" """
    says: str = ""
    """where it stands, and the first line of its docstring"""
    proposed: str = ""
    """ "read" or "write" by its name and that line, "" where nothing speaks for one"""
    makes: str = ""
    """the dotted name of the class that a call makes an object of: its own, or the one that its annotation names"""
    limit: str = ""
    """the parameter that takes a time limit"""
    form: str = "call"
    """as the value of a call is used"""


def evidence_of(dotted: str, options: Options) -> Evidence:
    """What the files of the library say of a dotted name."""
    parts = dotted.split(".")
    bases = [str(options.root / folder) for folder in ("", "src", *options.src)]
    spec = spec_of(parts[0], bases)
    for number in range(1, len(parts)):
        inner = inner_spec(spec, parts[number]) if spec is not None else None
        if inner is None:
            return _in_module(spec, ".".join(parts[:number]), parts[number:]) if spec is not None else Evidence()
        spec = inner
    return Evidence()


def _in_module(spec: ModuleSpec, module: str, rest: list[str], steps: int = 0) -> Evidence:
    """What a module's file, or what that imports the name from, says of it."""
    path = _file_of(spec)
    body = _parsed(str(path)) if path is not None else None
    if path is None or body is None or steps > FARTHEST:
        return Evidence()
    for node in statements(body):
        if isinstance(node, Definition) and node.name == rest[0]:
            return _of_definition(node, rest, module, path, body)
        if isinstance(node, ast.ImportFrom) and (found := _imported(node, spec, rest, steps)) is not None:
            return found
    return Evidence()


def _imported(node: ast.ImportFrom, spec: ModuleSpec, rest: list[str], steps: int) -> Evidence | None:
    """What is said where an import of a module takes the name from; None if it imports another one."""
    name = next((a.name for a in node.names if (a.asname or a.name) == rest[0]), None)
    if name is None:
        return None
    package = spec.name if spec.submodule_search_locations is not None else spec.name.rpartition(".")[0]
    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    parts = [*base, *(node.module.split(".") if node.module else [])]
    found = spec_of(parts[0], []) if parts else None
    for part in parts[1:]:
        found = inner_spec(found, part) if found is not None else None
    return Evidence() if found is None else _in_module(found, ".".join(parts), [name, *rest[1:]], steps + 1)


def _of_definition(node: Definition, rest: list[str], module: str, path: Path, body: list[ast.stmt]) -> Evidence:
    """A definition at the module's top level, or a method of it."""
    if len(rest) > 1:
        inner = (n for n in statements(node.body) if isinstance(n, Definition) and n.name == rest[1])
        method = next(inner, None) if isinstance(node, ast.ClassDef) and len(rest) == 2 else None
        return Evidence() if method is None else _told(method, path, _class(method, module, body))
    return _told(node, path, _class(node, module, body))


def _told(node: Definition, path: Path, makes: str) -> Evidence:
    if isinstance(node, ast.ClassDef):
        return Evidence(f"class {node.name}", f"{'/'.join(path.parts[-2:])}:{node.lineno}", "", makes)
    limit = next((p.arg for p in parameters(node.args) if LIMIT.fullmatch(p.arg)), "")
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    is_async = isinstance(node, ast.AsyncFunctionDef)
    signature = f"{'async ' * is_async}def {node.name}({ast.unparse(node.args)}){returns}"
    proposed, says = proposal(node, path)
    return Evidence(signature, says, proposed, makes, limit, form_of(node))


def _class(node: Definition, module: str, body: list[ast.stmt]) -> str:
    """The dotted name of the class of the same module that a call makes an object of; "" where none is named."""
    if isinstance(node, ast.ClassDef):
        return f"{module}.{node.name}"
    said = node.returns
    named = said.id if isinstance(said, ast.Name) else str(getattr(said, "value", ""))
    return f"{module}.{named}" if any(isinstance(n, ast.ClassDef) and n.name == named for n in body) else ""


def _file_of(spec: ModuleSpec) -> Path | None:
    """The stub beside a module's file, or the file."""
    if not spec.origin:
        return None
    stub = Path(spec.origin).with_suffix(".pyi")
    return stub if stub.exists() else Path(spec.origin) if spec.origin.endswith(".py") else None


@lru_cache(maxsize=64)
def _parsed(path: str) -> list[ast.stmt] | None:
    try:
        data = Path(path).read_bytes()
        return ast.parse(data).body if len(data) <= LARGEST else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
