"""`[tool.poet.calls]` → entries of the user's own call catalogue, each checked.

What is checked here is the form; whether a named module is there is for the build to say.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from poetc.config.refusal import text_of
from poetc.config.values import one_of, shown, similar
from poetc.ir.effect import Effect

TABLE: Final = "tool.poet.calls"
MOST_CALLS: Final = 500
MOST_TRANSIENT: Final = 50
LONGEST_NAME: Final = 200

EFFECTS: Final = tuple(Effect)
UNITS: Final = {"s": 1.0, "ms": 0.001}
"""of a time limit → seconds"""
FORMS: Final = ("call", "await", "context", "async context", "iterate", "async iterate")
_EXAMPLE: Final = f'Write `"mylib.fetch" = {{effect = "read"}}` below `[{TABLE}]`, with the whole name in quotes.'

Entry = tuple[tuple[str, Any], ...]
"""an entry's settings as the catalogue takes them, sorted by key; lists are tuples"""


class Complaints(Protocol):
    """What a configuration file's reader offers: complaining at a key of a table."""

    def refuse(self, message: str, table: str, key: str, hint: str = "") -> NoReturn: ...

    def find(self, table: str, key: str) -> tuple[int, int]: ...


class Place(NamedTuple):
    """Where an entry stands in pyproject.toml; line 0 if the file spells it otherwise."""

    line: int
    column: int
    excerpt: str


def read_calls(table: Any, project: Complaints) -> tuple[tuple[str, Entry], ...]:
    """The entries, sorted by name; complains of the first that makes no sense."""
    if not isinstance(table, dict):
        project.refuse(f"[{TABLE}] must be a table", "tool.poet", "calls", _EXAMPLE)
    if len(table) > MOST_CALLS:
        project.refuse(f"[{TABLE}] has {len(table)} entries; at most {MOST_CALLS}", "tool.poet", "calls")
    return tuple(sorted((name, _entry(name, settings, project)) for name, settings in table.items()))


def _entry(name: str, settings: Any, project: Complaints) -> Entry:
    if not isinstance(settings, dict):
        project.refuse(f"`{name}` in [{TABLE}] must be a table", TABLE, name, _EXAMPLE)
    inner = next((key for key, value in settings.items() if isinstance(value, dict)), None)
    if inner is not None:
        project.refuse(f"`{name}` in [{TABLE}] must be quoted as a whole", TABLE, name, _EXAMPLE)
    if not _is_call(name):
        hint = 'Name the call from its module on, "mylib.fetch" or "mylib.Client.fetch".'
        project.refuse(f"{shown(name)} in [{TABLE}] is not a dotted name", TABLE, name, hint)
    for key, value in settings.items():
        if key not in _CHECKS:
            _refuse(project, name, key, f"unknown setting `{key}`", similar(key, _CHECKS))
        if wrong := _CHECKS[key](value):
            _refuse(project, name, key, f"`{key}` {wrong}")
    if "effect" not in settings and not _is_known(name):
        _refuse(project, name, "effect", "`effect` is missing", f"One of: {', '.join(EFFECTS)}.")
    return tuple(sorted((key, _plain(key, value)) for key, value in settings.items()))


def _plain(key: str, value: Any) -> Any:
    """A checked value as the catalogue takes it."""
    if key == "unit":
        return UNITS[value]
    return tuple(_error(name) for name in value) if isinstance(value, list) else value


def _error(name: str) -> str:
    return name if "." in name else f"builtins.{name}"


def _is_known(name: str) -> bool:
    """Whether the built-in catalogue has the call, so that an entry may change a part of what it says."""
    from poetc.effects import load_catalogue

    return name in load_catalogue()


def _is_call(name: object) -> bool:
    """Whether `name` is a dotted name of two parts or more; the last may end in `*`."""
    if not isinstance(name, str):
        return False
    head, _, last = name.rpartition(".")
    return is_dotted(head) and (last == "*" or is_dotted(last.removesuffix("*"))) and len(name) <= LONGEST_NAME


def _refuse(project: Complaints, name: str, key: str, what: str, hint: str = "") -> NoReturn:
    table = f'{TABLE}."{name}"'
    if project.find(table, key)[0]:
        project.refuse(f"{what} in [{table}]", table, key, hint)
    project.refuse(f"{what} in [{table}]", TABLE, name, hint)


def place_of_call(folder: Path, name: str) -> Place:
    """Where `folder/pyproject.toml` has the entry of that name; raises ConfigError if the file can't be read."""
    from poetc.config.project import place_of

    text = text_of(folder / "pyproject.toml")
    line, column = place_of(text, TABLE, name)
    return Place(line, column, text.split("\n")[line - 1][:400] if line else "")


def is_dotted(name: object) -> bool:
    """Whether `name` is one or more identifiers, none a keyword, with dots between."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return False
    return all(part.isidentifier() and not iskeyword(part) for part in name.split("."))


def _parameter(value: object) -> str:
    if isinstance(value, str) and is_dotted(value) and "." not in value:
        return ""
    return f'must be the name of a parameter, like "timeout", not {shown(value)}'


def _errors(value: object) -> str:
    if isinstance(value, list) and len(value) <= MOST_TRANSIENT and all(map(is_error, value)):
        return ""
    return f'must be a list of at most {MOST_TRANSIENT} exceptions, like "mylib.Busy", not {shown(value)}'


def is_error(name: object) -> bool:
    """Whether `name` is a dotted name, or a builtin exception."""
    if not is_dotted(name):
        return False
    found = getattr(builtins, str(name), None)
    return "." in str(name) or (isinstance(found, type) and issubclass(found, Exception))


def _class(value: object) -> str:
    if is_dotted(value) and "." in str(value):
        return ""
    return f'must be the dotted name of a class, like "mylib.Client", not {shown(value)}'


def _ways(value: object) -> str:
    from poetc.effects.reading import MOST_WAYS, is_way

    if isinstance(value, list) and len(value) <= MOST_WAYS and all(map(is_way, value)):
        return ""
    return f'must be a list of ways to the host, like "url@0" or "self.host:port", not {shown(value)}'


def _yes_or_no(value: object) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, not {shown(value)}"


_CHECKS: Final[dict[str, Callable[[object], str]]] = {
    "effect": one_of(*EFFECTS),
    "timeout": _parameter,
    "unit": one_of(*UNITS),
    "transient": _errors,
    "late": _errors,
    "retry_after": _yes_or_no,
    "form": one_of(*FORMS),
    "returns": _class,
    "host": _ways,
    "refusal": _class,
}
"""setting of an entry → what objects to a value"""
