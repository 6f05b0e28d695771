"""The vendored runtime: what generated code uses of `poetc.runtime`, copied to the package `_runtime`.

`runtime_bundles.py` says which file has what, `runtime_copy.py` how a module's text is changed for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from poetc.effects.libraries import facts_text, library_facts
from poetc.link.runtime_bundles import BUNDLES, bundle_text, file_of, import_lines, in_use
from poetc.link.runtime_copy import Part, part_of, text_of
from poetc.linked_file import TOOLS
from poetc.marker import COPIED

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
    public = frozenset({"breakers", "testing", *filter(is_caught, definitions())})
    return part_of(text_of(source_of(name)), parsed(name), public)


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
    """The syntax tree of a runtime module, as it is copied."""
    return ast.parse(text_of(source_of(name)))
