"""The user's module → the original and the enhanced function of one subject, and how code reaches them."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


class Unpaired(Exception):
    """The two functions can't be had; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The two functions, as functions: methods take their instance, class methods their class, first."""

    module: ModuleType
    original: FunctionType
    enhanced: FunctionType
    role: str
    owner: type | None
    """the class of a method or property"""
    reached: str | None
    """code that gives the enhanced function: "Monitor.__dict__['make'].__func__"; None: it isn't reached that simply"""

    @property
    def takes_instance(self) -> bool:
        return self.owner is not None and self.role not in ("function", "staticmethod", "classmethod")


def find_pair(subject: Mapping[str, Any]) -> Pair:
    """The pair that is linked on disk; raises Unpaired."""
    module = sys.modules[subject["module"]]
    table = sys.modules.get(subject["link_module"])
    if table is None:
        raise Unpaired("its module isn't linked: run `poet build`")
    enhanced = bound_at(table, subject["line"])
    owner = owner_of(module, subject["classes"])
    original = enhanced.__wrapped__  # type: ignore[attr-defined]
    importable = Path(subject["file"]).stem in (subject["module"].rpartition(".")[2], "__init__")
    reached = way_to(module, owner, subject["qualname"], subject["role"], enhanced) if importable else None
    return Pair(module, original, enhanced, subject["role"], owner, reached)


def import_user_module(name: str, file: Path, base: Path) -> ModuleType:
    """Import a module as its project would; raises Unpaired with what went wrong."""
    sys.path.insert(0, str(base))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(name) if is_found(name, file) else load(name, file)
    except BaseException as error:
        raise Unpaired(f"importing {name} failed: {type(error).__name__}: {error}") from error
    return module


def is_found(name: str, file: Path) -> bool:
    """Whether an import of that name gives that file."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == file.resolve()


def load(name: str, file: Path) -> ModuleType:
    """A file whose name can't be imported, as a module."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def bound_at(table: ModuleType, line: int) -> FunctionType:
    """The enhanced function whose original starts at that line, as the link table bound it; raises Unpaired."""
    links = [value for value in vars(table).values() if isinstance(getattr(value, "choices", None), dict)]
    for function in (c.latest() for link in links for c in link.choices.values() if c.latest is not None):
        original = getattr(function, "__wrapped__", None)
        if original is not None and original.__code__.co_firstlineno == line:
            assert isinstance(function, FunctionType)
            return function
    raise Unpaired("the import of its module left it as it is: stale, or linked to something else; run `poet build`")


def owner_of(module: ModuleType, classes: list[str]) -> type | None:
    """The class around a function; raises Unpaired if its name isn't bound to it."""
    owner: Any = module
    for name in classes:
        owner = vars(owner).get(name)
        if not isinstance(owner, type):
            raise Unpaired(f"{module.__name__} has no class {'.'.join(classes)}")
    return owner if classes else None


def way_to(module: ModuleType, owner: type | None, qualname: str, role: str, enhanced: FunctionType) -> str | None:
    """Code that evaluates to `enhanced` where its module's top-level name is imported."""
    place = owner if owner is not None else module
    path = qualname.removesuffix(f".{role}").split(".")
    found = vars(place).get(path[-1])
    if found is enhanced:
        return ".".join(path)
    attribute = {
        "staticmethod": "__func__",
        "classmethod": "__func__",
        "property": "fget",
        "setter": "fset",
        "deleter": "fdel",
    }
    inner = getattr(found, attribute.get(role, "__wrapped__"), None)
    text = f"{'.'.join(path[:-1])}.__dict__[{path[-1]!r}]" if owner is not None else path[-1]
    if inner is enhanced:
        return f"{text}.{attribute.get(role, '__wrapped__')}"
    return None if found is None else unwrapped(found, text, enhanced)


def unwrapped(found: object, text: str, enhanced: FunctionType) -> str | None:
    """Code that goes through the decorators above `@poet`."""
    while found is not enhanced:
        found = (
            inspect.getattr_static(found, "__dict__", {}).get("__wrapped__") if not isinstance(found, type) else None
        )
        text += ".__wrapped__"
        if found is None:
            return None
    return text
