"""Which file of `_runtime` has which of the runtime's modules, and what of them it has: the definitions in use.

Modules that are in use together share a file, because each file costs an import and a heading. A definition is in use
if generated code names it, or another one in use does; methods stay with their class, for other packages and programs
may call them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from poetc.link.runtime_copy import WIDTH, Part, Piece, comment, wrapped

HOME: Final = "poetc.runtime."
"""what begins the names of the runtime's modules"""
BUNDLES: Final = {
    "core": (
        *("shared", "validate", "errors", "testing", "breakers_by_name", "known", "notes", "hooks", "lookups"),
        *("travel", "clock", "forks", "rng", "relocate", "link"),
    ),
    "checks": (
        *("check", "condition", "shape", "hint_check", "hint_limits", "hint_repair", "hint_read", "hint_scope"),
        *("looked", "hint"),
    ),
    "calls": (
        *("current", "pause", "loops", "kinds", "transient", "marks", "responses", "retry_after", "consumed"),
        *("repeats", "outer", "unsent", "attempts", "backoff", "retry_state", "retry", "retry_async"),
        *("retry_unsent", "retry_forms", "retry_fresh", "region", "relined", "guard"),
    ),
    "breakers": ("hosts", "refused", "breaker", "breaker_hosts", "breaker_window"),
    "budgets": (
        *("cleaning", "own_limits", "limits", "watcher", "stopping", "deadline", "alarm", "background", "cancel"),
    ),
    "protections": ("bulkhead", "ratelimit", "hedge", "fallback"),
    "events": ("jsonlines", "sinks", "events"),
    "drift": ("drift_columns", "drift_statistics", "drift", "drift_contract"),
}
"""file → modules; what one imports stands before it"""


@cache
def file_of(module: str) -> str:
    """The file that a module of the runtime is copied to; raises `KeyError` for one that `BUNDLES` doesn't have."""
    return {each: name for name, modules in BUNDLES.items() for each in modules}[module]


def in_use(part: Callable[[str], Part], wanted: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Module → names in use of it, its imports' too; `wanted` are (module, name), `part` gives a module."""
    used: dict[str, set[str]] = {}
    pending = [*wanted]
    while pending:
        module, name = pending.pop()
        known = used.setdefault(module, set())
        if name in known:
            continue
        known.add(name)
        source, original = part(module).imports.get(name, ("", ""))
        if source.startswith(HOME):
            pending.append((source.removeprefix(HOME), original))
        pending += [(module, each) for each in part(module).reads.get(name, ())]
    return used


def bundle_text(name: str, part: Callable[[str], Part], used: Mapping[str, set[str]]) -> str:
    """The text of one file: imports, and what is in use of each of its modules; "" if nothing is."""
    plain: set[str] = set()
    froms: dict[str, set[str]] = {}
    body: list[str] = []
    for module in (each for each in BUNDLES[name] if each in used):
        of_module = part(module)
        for bound in used[module] & of_module.imports.keys():
            source, original = of_module.imports[bound]
            home = file_of(source.removeprefix(HOME)) if source.startswith(HOME) else ""
            if not original:
                plain.add(f"import {source}" + f" as {bound}" * (source != bound))
            elif home != name:
                said = original if original == bound else f"{original} as {bound}"
                froms.setdefault(f".{home}" if home else source, set()).add(said)
        pieces = [each for each in of_module.pieces if each.binds & used[module]]
        if pieces:
            body += ["", *comment(f"-- {module}: {of_module.heading}"), "", *joined(pieces)]
    imports = [*sorted(plain), *(line for source in sorted(froms) for line in import_lines(source, froms[source]))]
    return "\n".join([*imports, *body, ""]) if body else ""


def joined(pieces: Iterable[Piece]) -> Iterator[str]:
    """The texts of pieces, at most one empty line between two of them."""
    for number, piece in enumerate(pieces):
        if number and piece.is_apart:
            yield ""
        yield piece.text


def import_lines(source: str, names: Iterable[str]) -> list[str]:
    """`from source import ...`, on several lines if one would be too long."""
    start, listed = f"from {source} import ", sorted(names)
    line = start + ", ".join(listed)
    return [line] if len(line) <= WIDTH else wrapped(f"{start}(", listed, ")")
