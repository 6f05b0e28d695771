"""A domain's `calls.toml` → entries of the call catalogue, in the form in which they are sent and hashed.

Its tables are those of `[tool.poet.calls]`, and may say more: `when`, `gives`, `mutates`, `invokes`, `timeout_at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from poetc.effects.catalogue import load_catalogue
from poetc.effects.entry import CatalogueError

MOST: Final = 500
"""entries of one domain"""
LARGEST: Final = 256 * 1024
"""characters of one file"""
_UNITS: Final = {"s": 1.0, "ms": 0.001}

Entries = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
"""sorted (name, sorted (setting, value)); lists are tuples, and tables in them tuples of pairs"""


def domain_entries(text: str) -> Entries:
    """The entries, checked; raises `CatalogueError`, with the entry's name or "" for the file as a whole."""
    import tomllib  # only what looks calls up pays for it

    if len(text) > LARGEST:
        raise CatalogueError("", f"is larger than {LARGEST} characters")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError("", f"is no TOML: {error}") from None
    if len(table) > MOST:
        raise CatalogueError("", f"has {len(table)} entries; at most {MOST}")
    found = tuple(sorted((name, _settings(name, settings)) for name, settings in table.items()))
    load_catalogue({name: dict(entry) for name, entry in found})
    return found


def with_users(domain: Entries, users: Entries) -> Entries:
    """A domain's entries with the user's before them: what the user says of the same call wins, setting by setting."""
    merged = {name: dict(entry) for name, entry in domain}
    for name, entry in users:
        known = merged.get(name, {})
        if "effect" in dict(entry):
            known = {key: value for key, value in known.items() if key != "when"}
        merged[name] = known | dict(entry)
    return tuple(sorted((name, tuple(sorted(entry.items()))) for name, entry in merged.items()))


def _settings(name: str, settings: Any) -> tuple[tuple[str, Any], ...]:
    if not isinstance(settings, Mapping):
        raise CatalogueError(name, 'must be a table such as {effect = "read", timeout = "timeout"}')
    return tuple(
        sorted((key, _UNITS.get(value, value) if key == "unit" else _frozen(value)) for key, value in settings.items())
    )


def _frozen(value: Any) -> Any:
    """A list as a tuple, a table as a tuple of pairs."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(inner)) for key, inner in value.items()))
    return value
