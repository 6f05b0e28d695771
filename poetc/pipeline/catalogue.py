"""Names in the configuration of what isn't there have no effect, and their writer should hear of it: entries of
[tool.poet.calls], and exceptions that a breaker excludes.

Modules are found as an import would find them, but only packages' folders and files are looked at: nothing is imported.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from poetc.config import Options
from poetc.ir import BreakerPolicy, Diagnostic, Severity

LARGEST = 5_000_000
"""bytes of a module in which a name is searched for"""
DYNAMIC = re.compile(rb"import \*|__getattr__|globals\(|setattr\(|sys\.modules|vars\(|__dict__|exec\(")
"""in a module with one of these, any name may come to be"""
HINT = "Correct the name. If the library is only installed elsewhere, all is well: the entry counts all the same."


def naming_warnings(options: Options) -> Iterator[Diagnostic]:
    """A warning (POET220) for each name in the configuration of what isn't there."""
    yield from catalogue_warnings(options)
    yield from excluded_warnings(options)


def excluded_warnings(options: Options) -> Iterator[Diagnostic]:
    """A warning for each exception that a breaker excludes and that isn't there: it would go on counting."""
    tables = [("tool.poet", {"breaker": options.breaker})]
    tables += [(f'tool.poet.functions."{name}"', dict(settings)) for name, settings in options.functions]
    for table, settings in tables:
        breaker = settings.get("breaker")
        for name in breaker.exclude if isinstance(breaker, BreakerPolicy) else ():
            wrong = what_is_missing(name.split("."), options) if "." in name else ""
            if wrong:
                from poetc.config.project import place_of_setting

                line, column, excerpt = place_of_setting(options.root, table, "breaker", "exclude")
                message = f"`exclude` of `breaker` in [{table}] names `{name}`: {wrong}"
                hint = HINT.replace("the entry", "the name")
                yield Diagnostic("POET220", message, Severity.WARNING, "pyproject.toml", line, column, 0, excerpt, hint)


def catalogue_warnings(options: Options) -> Iterator[Diagnostic]:
    """A warning for each of the user's entries that names what isn't there."""
    found = {}
    for name, _ in options.calls:
        wrong = what_is_missing(name.removesuffix("*").rstrip(".").split("."), options)
        if wrong:
            found[name] = wrong
    if not found:
        return
    from poetc.config.calls import place_of_call

    for name, wrong in found.items():
        line, column, excerpt = place_of_call(options.root, name)
        message = f"`{name}` in [tool.poet.calls]: {wrong}"
        yield Diagnostic("POET220", message, Severity.WARNING, "pyproject.toml", line, column, 0, excerpt, HINT)


def what_is_missing(parts: Sequence[str], options: Options) -> str:
    """The module, or the name in it, that can't be found; "" if nothing speaks against the entry."""
    bases = [options.root / folder for folder in ("", "src", *options.src)]
    spec = spec_of(parts[0], [str(base) for base in bases if base.is_dir()])
    if spec is None:
        return f"there is no module `{parts[0]}`"
    for number, part in enumerate(parts[1:], 1):
        inner = inner_spec(spec, part)
        if inner is None:
            return missing_name(spec, part, ".".join(parts[:number]))
        spec = inner
    return ""


def spec_of(top: str, bases: list[str]) -> ModuleSpec | None:
    """Where a top-level module is: in the project, or beside poetc."""
    found = PathFinder.find_spec(top, bases)
    if found is not None:
        return found
    try:
        return importlib.util.find_spec(top)
    except (ImportError, AttributeError, ValueError):
        return None


def inner_spec(spec: ModuleSpec, name: str) -> ModuleSpec | None:
    """Where a submodule is; the package around it isn't imported."""
    if spec.submodule_search_locations is None:
        return None
    return PathFinder.find_spec(f"{spec.name}.{name}", [*spec.submodule_search_locations])


def missing_name(spec: ModuleSpec, name: str, module: str) -> str:
    """Why a module can't have a name: its source doesn't mention it."""
    path = Path(spec.origin or "")
    if path.suffix != ".py":
        return "" if spec.origin else f"there is no module `{module}.{name}`"
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST)
    except OSError:
        return ""
    if len(data) == LARGEST or DYNAMIC.search(data) or re.search(rb"\b%s\b" % re.escape(name).encode(), data):
        return ""
    return f"there is no `{name}` in the module `{module}`"
