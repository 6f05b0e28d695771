"""Engines and domains by name: ours, and those of installed distributions (entry points)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points


def plugins(group: str, ours: Mapping[str, str]) -> dict[str, EntryPoint]:
    """Name -> entry point; `ours` are "module:name", and no distribution can take their names. Imports nothing."""
    own = [EntryPoint(name, value, group) for name, value in ours.items()]
    return {point.name: point for point in (*_installed(group), *own)}


@cache
def _installed(group: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))
