"""`poet build`'s arguments → `BuildOptions`, if they are plainly well-formed; else nothing, and typer parses them.

This parser may refuse anything, but what it takes, typer would take to mean the same; a property test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from poetc.cli.options import MOST_JOBS, BuildOptions, Format

_FLAGS = {
    "--check": "check",
    "--no-link": "no_link",
    "--timings": "timings",
    "--quiet": "quiet",
    "-q": "quiet",
}


def parse_build(arguments: Sequence[str]) -> BuildOptions | None:
    """The options, or None if there is anything in the arguments that this parser doesn't know for certain."""
    chosen: dict[str, Any] = {}
    paths: list[Path] = []
    rest = [*arguments]
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.partition("=")
        if argument in _FLAGS:
            chosen[_FLAGS[argument]] = True
        elif name in _VALUES and (name.startswith("--") if equals else rest):
            key, read = _VALUES[name]
            chosen[key] = read(value if equals else rest.pop(0))
            if chosen[key] is None:
                return None
        elif argument and not argument.startswith("-"):
            paths.append(Path(argument))
        else:
            return None
    if chosen.get("check") and not chosen.keys().isdisjoint({"out", "no_link"}):
        return None
    return BuildOptions(paths=tuple(paths), **chosen)


def _path(text: str) -> Path | None:
    return Path(text) if text and not text.startswith("-") else None


def _jobs(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < 5
    return int(text) if plain and 1 <= int(text) <= MOST_JOBS else None


def _format(text: str) -> Format | None:
    return Format(text) if text in Format._value2member_map_ else None


def _engine(text: str) -> str | None:
    return text if text.isidentifier() else None


_VALUES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "--out": ("out", _path),
    "--format": ("format", _format),
    "--jobs": ("jobs", _jobs),
    "-j": ("jobs", _jobs),
    "--engine": ("engine", _engine),
}
