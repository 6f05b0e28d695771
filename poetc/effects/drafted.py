"""An installed library's files → its public classes and functions, parsed, never imported."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from poetc.source.nodes import DEFINITIONS, FUNCTIONS, FunctionNode, dotted_name, flat, statements

LARGEST: Final = 2_000_000
"""bytes of a file that is looked into"""
_ASIDE: Final = frozenset({"test", "tests", "testing", "examples", "vendor", "_vendor", "__pycache__"})
"""folders whose contents nobody calls"""


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file."""

    name: str
    path: Path
    body: list[ast.stmt]

    @property
    def package(self) -> list[str]:
        """The parts of what its relative imports count from."""
        parts = self.name.split(".")
        return parts if self.path.stem == "__init__" else parts[:-1]


@dataclass(slots=True)
class Found:
    """What is public in a library: by the shortest of its public names."""

    classes: dict[str, tuple[ast.ClassDef, Module]] = field(default_factory=dict)
    functions: dict[str, tuple[FunctionNode, Module]] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)
    """where something is defined → its public name"""
    known: dict[str, tuple[ast.ClassDef, Module]] = field(default_factory=dict)
    """every class by where it is defined, private ones too"""
    scopes: dict[str, dict[str, str]] = field(default_factory=dict)
    """module → local name → dotted name of what it is, as far as it is of the library"""

    def resolved(self, node: ast.expr | None, module: Module) -> str:
        """Where the class that an expression names is defined; "" if it isn't the library's."""
        head, _, tail = (dotted_name(node) if node is not None else "").partition(".")
        dotted = self.scopes[module.name].get(head, "")
        home = followed(f"{dotted}.{tail}" if tail else dotted, self.known, self.scopes)
        return home if home in self.known else ""

    def bases(self, home: str) -> list[str]:
        """Where the classes that a class is made of are defined, as far as they are the library's."""
        node, module = self.known[home]
        return [base for expr in node.bases if (base := self.resolved(_bare(expr), module)) and base != home]


def _bare(expr: ast.expr) -> ast.expr:
    return expr.value if isinstance(expr, ast.Subscript) else expr


def find_library(root: str) -> Found | None:
    """What a top-level module or package defines; None if there is none of that name."""
    modules = {module.name: module for module in _modules(root)}
    if not modules:
        return None
    found = Found(scopes={name: _scope(module, modules) for name, module in modules.items()})
    defined: dict[str, tuple[ast.stmt, Module]] = {}
    for module in modules.values():
        for node in statements(module.body):
            if isinstance(node, DEFINITIONS):
                defined.setdefault(f"{module.name}.{node.name}", (node, module))
    found.known = {name: (n, m) for name, (n, m) in defined.items() if isinstance(n, ast.ClassDef)}
    packages = {name: found.scopes[name] for name, module in modules.items() if module.path.stem == "__init__"}
    for home, public in sorted(_public_names(defined, packages, found.scopes).items()):
        node, module = defined[home]
        found.home[home] = public
        if isinstance(node, ast.ClassDef):
            found.classes[public] = node, module
        elif isinstance(node, FUNCTIONS):
            found.functions[public] = node, module
    return found


def _public_names(
    defined: dict[str, tuple[ast.stmt, Module]], packages: dict[str, dict[str, str]], scopes: dict[str, dict[str, str]]
) -> dict[str, str]:
    """Where something is defined → the shortest name without a private part under which it can be had."""
    names: dict[str, list[str]] = {home: [home] for home in defined}
    for package, scope in packages.items():
        for local, dotted in scope.items():
            home = followed(dotted, defined, scopes)
            if home in names:
                names[home].append(f"{package}.{local}")
    public = {home: [name for name in said if "._" not in name] for home, said in names.items()}
    return {
        home: min(said, key=lambda name: (name.count("."), len(name), name)) for home, said in public.items() if said
    }


def followed(dotted: str, defined: Container[str], scopes: dict[str, dict[str, str]]) -> str:
    """Where something is defined that a module passes on."""
    for _ in range(8):
        module, _, name = dotted.rpartition(".")
        if dotted in defined or scopes.get(module, {}).get(name, dotted) == dotted:
            break
        dotted = scopes[module][name]
    return dotted


def _modules(root: str) -> Iterator[Module]:
    spec = find_spec(root) if root.isidentifier() else None
    if spec is None:
        return
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    if not folders and spec.origin and spec.origin.endswith(".py"):
        yield from _parsed(root, Path(spec.origin))
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder).with_suffix("").parts
            if not _ASIDE.intersection(inner[:-1]):
                yield from _parsed(".".join((root, *(part for part in inner if part != "__init__"))), path)


def _parsed(name: str, path: Path) -> Iterator[Module]:
    """The stub beside a file, or the file; nothing if it can't be read."""
    stub = path.with_suffix(".pyi")
    path = stub if stub.exists() else path
    try:
        data = path.read_bytes()
        if len(data) <= LARGEST:
            yield Module(name, path, ast.parse(data).body)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return


def _scope(module: Module, modules: dict[str, Module]) -> dict[str, str]:
    """Local name → dotted name: what the module defines, and imports from the library itself."""
    root = module.name.partition(".")[0]
    found: dict[str, str] = {}
    for node in statements(module.body):
        if isinstance(node, DEFINITIONS):
            found[node.name] = f"{module.name}.{node.name}"
        elif isinstance(node, ast.ImportFrom):
            base = module.package[: len(module.package) - node.level + 1] if node.level else []
            above = ".".join([*base, *(node.module.split(".") if node.module else [])])
            if above.partition(".")[0] != root:
                continue
            for alias in node.names:
                if alias.name == "*" and above in modules:
                    inner = (n for n in statements(modules[above].body) if isinstance(n, DEFINITIONS))
                    found.update({n.name: f"{above}.{n.name}" for n in inner if not n.name.startswith("_")})
                else:
                    found[alias.asname or alias.name] = f"{above}.{alias.name}"
    return found


def methods_of(node: ast.ClassDef) -> list[FunctionNode]:
    """The methods of a class's own body that are public, and `__call__`; not its properties."""
    found = {}
    for method in statements(node.body):
        if isinstance(method, FUNCTIONS) and (not method.name.startswith("_") or method.name == "__call__"):
            marks = {dotted_name(mark).rpartition(".")[2] for mark in method.decorator_list}
            if not marks & {"property", "cached_property", "setter", "deleter", "getter"}:
                found[method.name] = method
    return list(found.values())


def yields(node: FunctionNode) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in flat(*node.body))
