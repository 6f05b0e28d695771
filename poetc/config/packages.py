"""What pyproject.toml has shipped: setuptools' `packages`, `py-modules`, `packages.find`; or one module, unnamed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

SETUPTOOLS: Final = ("tool", "setuptools")
NO_PACKAGES: Final = (
    "benchmark",
    "benchmarks",
    "bin",
    "build",
    "changelog",
    "ci",
    "debian",
    "dist",
    "doc",
    "docs",
    "documentation",
    "env",
    "example",
    "examples",
    "exercise",
    "exercises",
    "fabfile",
    "htmlcov",
    "manpages",
    "news",
    "newsfragments",
    "python",
    "requirements",
    "scripts",
    "site_scons",
    "tasks",
    "test",
    "tests",
    "tools",
    "unit_test",
    "unit_tests",
    "util",
    "utils",
    "venv",
    "[._]*",
)
"""folders that setuptools takes for no packages where nothing is named"""


ONE_MODULE: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "hatchling": (
        ("hatch", "build"),
        '[tool.hatch.build.targets.wheel] with `only-include`: the module\'s file and "{}" tell hatch of both.',
    ),
    "flit_core": (("flit", "module"), "flit ships one module or one package: make a package of it."),
    "poetry": (
        ("poetry", "packages"),
        '[tool.poetry] with `packages`: `{{include = "..."}}` for the module\'s file and for "{}" tell poetry of both.',
    ),
}
"""backend → the table that would name something else, and what to do where the module of the project's name is found"""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What goes into the wheel, and the key that says so."""

    key: tuple[str, ...]
    """where what is missing has to be named"""
    folders: tuple[tuple[str, Path], ...]
    """(package, its folder); ("", the folder of top-level modules and packages)"""
    packages: frozenset[str] | None = None
    """those that are listed; None: they are found"""
    modules: frozenset[str] = field(default_factory=frozenset)
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    advice: str = ""
    """how to add what is missing, where nothing is named; `{}` for the package"""
    discovered: bool = False
    """whether the one module at the root is found without being named"""

    def has_package(self, name: str) -> bool:
        """Whether a package is shipped; what is excluded takes all below it along."""
        if self.packages is not None:
            return name in self.packages
        parts = name.split(".")
        above = [".".join(parts[:n]) for n in range(1, len(parts))]
        pruned = any(f"{outer}{end}" in self.exclude for outer in above for end in ("*", ".*"))
        chosen = any(fnmatchcase(name, each) for each in self.include)
        return chosen and not pruned and not any(fnmatchcase(name, each) for each in self.exclude)

    def has_module(self, name: str) -> bool:
        """Whether a module that is in no package is shipped."""
        return self.discovered or name in self.modules

    def name_of(self, folder: Path) -> str | None:
        """The dotted name that a folder is shipped by; "" for that of top-level modules, None if there is none."""
        for package, place in sorted(self.folders, key=lambda item: -len(item[1].parts)):
            if folder.is_relative_to(place):
                return ".".join([*([package] if package else []), *folder.relative_to(place).parts])
        return None


def shipped(text: str, root: Path) -> Shipped | None:
    """What setuptools is told in this pyproject.toml; None where it isn't told anything, or doesn't pack."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    backend = table(document, "build-system").get("build-backend", "setuptools.build_meta")
    if "project" not in document:
        return None
    if not str(backend).startswith("setuptools"):
        return module_of_project(document, str(backend), root)
    told = table(document, *SETUPTOOLS)
    places = {str(name): root / str(place) for name, place in table(told, "package-dir").items()}
    folders = tuple(({"": root} | places).items())
    modules, packages = names(told.get("py-modules")), told.get("packages")
    if isinstance(packages, list):
        return Shipped((*SETUPTOOLS, "packages"), folders, frozenset(names(packages)), frozenset(modules))
    if isinstance(packages, dict):
        return found(table(packages, "find"), root, modules, folders)
    if modules:
        return Shipped((*SETUPTOOLS, "py-modules"), folders, frozenset(), frozenset(modules))
    if "build-system" in document and not places and is_solo(root):
        return Shipped(("build-system",), folders, frozenset(), discovered=True)
    return None


def module_of_project(document: dict[str, Any], backend: str, root: Path) -> Shipped | None:
    """The one file of the project's name, which other tools take where nothing else is named."""
    told, advice = ONE_MODULE.get(backend.partition(".")[0], ((), ""))
    name = str(table(document, "project").get("name", "")).replace("-", "_").replace(".", "_")
    outer = table(document, "tool", *told[:-1])
    if not advice or told[-1] in outer or not (root / f"{name}.py").is_file():
        return None
    return Shipped(("build-system", "build-backend"), (("", root),), frozenset(), frozenset({name}), advice=advice)


def found(
    find: dict[str, Any], root: Path, modules: Sequence[str], folders: tuple[tuple[str, Path], ...]
) -> Shipped | None:
    """[tool.setuptools.packages.find]; its `where` says in which folders packages lie."""
    include, exclude = names(find.get("include")), names(find.get("exclude"))
    where = names(find.get("where")) or ["."]
    key = (*SETUPTOOLS, "packages", "find", *(["include"] if include else ["exclude"] if exclude else []))
    places = (*folders, *(("", root / each) for each in where))
    return Shipped(key, places, None, frozenset(modules), tuple(include) or ("*",), tuple(exclude))


def is_solo(root: Path) -> bool:
    """Whether setuptools, which is told nothing, finds no package: then it takes the module at the root, alone."""
    try:
        folders = [each.name for each in root.iterdir() if each.is_dir()]
    except OSError:
        return False
    return not any(n.isidentifier() and not any(fnmatchcase(n, each) for each in NO_PACKAGES) for n in folders)


def table(document: dict[str, Any], *path: str) -> dict[str, Any]:
    """A table; an empty one where there is none."""
    for key in path:
        inner = document.get(key)
        document = inner if isinstance(inner, dict) else {}
    return document


def names(value: object) -> list[str]:
    """The texts of a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
