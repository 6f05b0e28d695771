"""`[tool.poet]` of pyproject.toml → settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from poetc.config.options import Asked
from poetc.config.refusal import refuse, text_of
from poetc.config.values import ASKED, CHECKS, EVERYWHERE, PROTECTIONS, objection, shown, similar, spread

LISTS = ("paths", "include", "exclude", "src", "decorators")
TABLES = ("functions", "calls")
MARKER = "poetc.poet"
MOST_DECORATORS = 100
"""each is looked for at every import of every file"""

_AT = "tool.poet"
_FUNCTIONS = "tool.poet.functions"
_ONLY_FOR_FUNCTIONS = f'It is for single functions: write it below `[{_FUNCTIONS}."app.pay.receipt"]`, or below a glob.'
_EXAMPLE = f'Write `[{_FUNCTIONS}."app.drift.detect"]`, with the whole name in quotes, and settings below it.'


def from_project(folder: Path) -> dict[str, Any]:
    """What `folder/pyproject.toml` sets; nothing if there is none. Raises ConfigError (POET220)."""
    text = text_of(folder / "pyproject.toml")
    if "poet" not in text:
        return {}
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except RecursionError:
        refuse("pyproject.toml is nested too deeply", "pyproject.toml")
    except ValueError as error:
        _refuse_toml(str(error), text)
    table = tool.get("poet", {}) if isinstance(tool, dict) else {}
    project = _Project(text)
    if not isinstance(table, dict):
        project.refuse(f"`{_AT}` must be a table", "tool", "poet", f"Write `[{_AT}]` and the settings below it.")
    return project.settings(table)


class _Project:
    """The text of a pyproject.toml: its settings, checked, and how to complain of a key in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def settings(self, table: dict[str, Any]) -> dict[str, Any]:
        """The whole of `[tool.poet]`."""
        lists = {key: self.strings(key, value) for key, value in table.items() if key in LISTS}
        rest = {key: value for key, value in table.items() if key not in (*LISTS, *TABLES)}
        found = self.checked(_AT, rest, (*CHECKS, *EVERYWHERE, *LISTS, *TABLES))
        if "include" in lists:
            lists["paths"] = (*lists.get("paths", ()), *lists.pop("include"))
        if "decorators" in lists:
            lists["decorators"] = tuple(dict.fromkeys((*lists["decorators"], MARKER)))
        tables: dict[str, Any] = {"functions": self.functions(table.get("functions", {}))}
        if "calls" in table:
            from poetc.config.calls import read_calls

            tables["calls"] = read_calls(table["calls"], self)
        return found | lists | tables

    def checked(self, at: str, table: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
        """One table's single values."""
        for key, value in table.items():
            if key not in known:
                hint = _ONLY_FOR_FUNCTIONS if key in PROTECTIONS else similar(key, known)
                self.refuse(f"unknown setting `{key}` in [{at}]", at, key, hint)
            wrong, inner = _objection(key, value)
            if wrong:
                hint = f"Correct it, or leave `{inner or key}` out."
                self.refuse(f"`{key}` in [{at}] {wrong}", at, key, hint, inner)
        return spread({key: _plain(key, value) for key, value in table.items()})

    def functions(self, functions: Any) -> tuple[tuple[str, Asked], ...]:
        """The tables of single functions."""
        if not isinstance(functions, dict):
            self.refuse(f"[{_FUNCTIONS}] must be a table", _AT, "functions", _EXAMPLE)
        found = []
        for name, table in functions.items():
            if not isinstance(table, dict):
                self.refuse(f"`{name}` in [{_FUNCTIONS}] must be a table", _FUNCTIONS, name, _EXAMPLE)
            inner = next((k for k, value in table.items() if isinstance(value, dict) and k not in PROTECTIONS), None)
            if inner is not None and "." not in name:
                self.refuse(f"`{name}` in [{_FUNCTIONS}] must be quoted", f"{_FUNCTIONS}.{name}", inner, _EXAMPLE)
            settings = self.checked(f'{_FUNCTIONS}."{name}"', table, (*ASKED, "mode", "engine", *PROTECTIONS))
            found.append((name, tuple(settings.items())))
        return tuple(found)

    def strings(self, key: str, value: Any) -> tuple[str, ...]:
        """One list of strings."""
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.refuse(f"`{key}` in [{_AT}] must be a list of strings, not {shown(value)}", _AT, key)
        if key == "decorators" and len(value) > MOST_DECORATORS:
            self.refuse(f"`{key}` in [{_AT}] has {len(value)} names; at most {MOST_DECORATORS}", _AT, key)
        for item in value:
            if key in ("paths", "include", "src") and _leaves(item):
                hint = "Name paths from the project's root, without `..`."
                self.refuse(f"`{key}` in [{_AT}]: {shown(item)} leaves the project", _AT, key, hint)
            if key == "decorators" and not ("." in item and all(part.isidentifier() for part in item.split("."))):
                hint = f'Write module and name, "{MARKER}".'
                self.refuse(f"`{key}` in [{_AT}]: {shown(item)} is not a dotted name", _AT, key, hint)
        return tuple(value)

    def refuse(self, message: str, table: str, key: str, hint: str = "", inner: str = "") -> NoReturn:
        """Raise ConfigError at `key` of `table`, or at the setting `inner` of it."""
        line, column = self.find(table, key)
        if not line:
            line, column = mention_of(self.text, key)
        if inner:
            line, column = self.find_inner(table, key, inner, (line, column))
        refuse(message, "pyproject.toml", line, column=column, text=self.text, hint=hint)

    def find(self, table: str, key: str) -> tuple[int, int]:
        """(line, column) of a key, as `place_of` has it."""
        return place_of(self.text, table, key)

    def find_inner(self, table: str, key: str, inner: str, at: tuple[int, int]) -> tuple[int, int]:
        """(line, column) of `inner = ...` in the table `key`, which is `at` or has a header of its own."""
        below = place_of(self.text, f"{table}.{key}", inner)
        if below[0]:
            return below
        lines = self.text.split("\n")
        dotted = place_of(self.text, table, f"{key}.{inner}")
        if dotted[0] and lines[dotted[0] - 1].lstrip().startswith(f"{key}.{inner}"):
            return dotted
        import re

        line = lines[at[0] - 1]
        found = re.search(rf"(?<![\w.]){re.escape(inner)}[\"']?\s*=", line[at[1] - 1 :]) if at[0] else None
        return (at[0], at[1] + found.start()) if found else at


def place_of_setting(folder: Path, table: str, key: str, inner: str) -> tuple[int, int, str]:
    """(line, column, the line) where `folder/pyproject.toml` has a setting of a setting; raises ConfigError if the file
    can't be read."""
    text = text_of(folder / "pyproject.toml")
    project = _Project(text)
    line, column = project.find_inner(table, key, inner, project.find(table, key))
    return line, column, text.split("\n")[line - 1][:400] if line else ""


def mention_of(text: str, key: str) -> tuple[int, int]:
    """(line, column) where a file that spells its tables in an odd way mentions `key`; (0, 0) if it doesn't."""
    import re

    word = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    for number, line in enumerate(text.split("\n"), 1):
        if not line.lstrip().startswith("#") and (found := word.search(line)):
            return number, found.start() + 1
    return 0, 0


def place_of(text: str, table: str, key: str) -> tuple[int, int]:
    """(line, column) of `key = ...` below `[table]`, or of the table; (0, 0) if the file spells it otherwise."""
    at, inside = (0, 0), False
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("["):
            header = bare.rpartition("]")[0].strip("[ ").replace("'", '"')
            inside = header == table
            if header == f'{table}."{key}"':
                return number, line.index("[") + 1
            if inside or (not at[0] and header.startswith(f"{table}.{key}")):
                at = number, line.index("[") + 1
        elif inside:
            written = bare.partition("=")[0].strip().strip("\"'")
            if written == key or (written.startswith(f"{key}.") and bare[0] not in "\"'"):
                return number, line.index(bare) + 1
    return at


def _objection(key: str, value: object) -> tuple[str, str]:
    if key not in PROTECTIONS:
        return objection(key, value), ""
    from poetc.config.protection import protection_objection

    return protection_objection(key, value)


def _plain(key: str, value: Any) -> Any:
    if key not in PROTECTIONS:
        return value
    from poetc.config.protection import protection

    return protection(key, value)


def _leaves(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or "\0" in path or parts[0].endswith(":")


def _refuse_toml(reason: str, text: str) -> NoReturn:
    import re

    place = re.search(r"\(at line (\d+), column (\d+)\)", reason)
    line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
    message = reason.partition(" (at ")[0]
    refuse(f"not valid TOML: {message[:1].lower()}{message[1:]}", "pyproject.toml", line, column=column, text=text)
