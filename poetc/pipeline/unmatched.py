"""Entries of the configuration that match nothing in the whole project (POET217), each with its place.

Only a run over all of the project can tell: what a part of it doesn't have may be elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from poetc.config.origins import Origins
from poetc.config.values import closest
from poetc.ir import Diagnostic, Severity
from poetc.ir.source import full_name

if TYPE_CHECKING:
    from poetc.pipeline.survey import ProjectState

CODE: Final = "POET217"
MOST_HINTS: Final = 20
"""entries for which a name like theirs is looked for, which takes long among many"""


def unmatched(state: ProjectState, origins: Origins) -> Iterator[Diagnostic]:
    """A warning for each table of a function, and each entry of the call catalogue, that matches nothing.

    Files that can't be read may hold what it was meant for: then nothing is said.
    """
    if state.broken:
        return
    names = {outcome.name for outcome in state.fresh}
    for file in state.files:
        names |= {function.name for function in file.functions}
        names |= {full_name(file.source.known_as, name) for name in (*file.skipped, *file.marks)}
    yield from functions(names, origins)
    if all(function.unit is not None for file in state.files for function in file.functions):
        used = state.entries.union(*(f.unit.entries for file in state.files for f in file.functions if f.unit))
        yield from calls(used, origins)


def functions(names: Collection[str], origins: Origins) -> Iterator[Diagnostic]:
    """Tables of [tool.poet.functions] that no decorated function's name fits."""
    patterns = (pattern for pattern, _ in origins.options.functions if pattern not in names)
    missed = (pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names))
    for count, pattern in enumerate(missed):
        full = meant(pattern, names) if count < MOST_HINTS else ""
        hint = f"Did you mean `{full}`?" if full else "`poet status` lists the decorated functions."
        yield at(origins, "functions", pattern, "no decorated function has that name", hint)


def meant(pattern: str, names: Collection[str]) -> str:
    """The function whose name is most like it, or like its last part; "" if none is."""
    near = closest(pattern, names) or closest(pattern.rpartition(".")[2], {n.rpartition(".")[2] for n in names})
    return next((name for name in sorted(names) if name == near or name.endswith(f".{near}")), "")


def calls(used: Collection[str], origins: Origins) -> Iterator[Diagnostic]:
    """Entries of [tool.poet.calls] that no decorated function, nor what it calls, makes use of."""
    for name, _ in origins.options.calls:
        if name not in used:
            hint = "Correct the name: it is the one of where it is defined. Or leave the entry out."
            yield at(origins, "calls", name, "no decorated function makes that call", hint)


def at(origins: Origins, table: str, name: str, why: str, hint: str) -> Diagnostic:
    """The warning at an entry's name."""
    origin = origins.of_entry(table, name)
    return Diagnostic(CODE, f"{origin.said} matches nothing: {why}", Severity.WARNING, *origin[1:6], hint=hint)
