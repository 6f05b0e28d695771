"""A setting of a function → where somebody asked for it: in pyproject.toml, or in the environment."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from poetc.config.keys import Keys
from poetc.config.options import Options
from poetc.config.refusal import text_of

PYPROJECT = "pyproject.toml"
TABLE = ("tool", "poet")
FUNCTIONS = (*TABLE, "functions")


class Origin(NamedTuple):
    """Where a setting was asked for, outside of the decorator."""

    said: str
    """ "`timeout` in [tool.poet]" """
    path: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0
    excerpt: str = ""
    is_own: bool = False
    """whether it was asked for this very function, by its name"""


class Origins:
    """The settings of one project; the file is read when the first place is asked for."""

    def __init__(self, options: Options) -> None:
        self.options = options

    @cached_property
    def text(self) -> str:
        """pyproject.toml; raises ConfigError if it can't be read."""
        return text_of(self.options.root / "pyproject.toml")

    @cached_property
    def keys(self) -> Keys:
        """Where each of its keys stands."""
        return Keys(self.text)

    def of(self, name: str, setting: str) -> Origin:
        """Where `setting` of the function `name` was asked for, if not in its decorator."""
        exact = dict(self.options.functions).get(name)
        if exact is not None and setting in dict(exact):
            return self.in_table((*FUNCTIONS, name), setting)._replace(is_own=True)
        for pattern, settings in reversed(self.options.functions):
            if setting in dict(settings) and fnmatchcase(name, pattern):
                return self.in_table((*FUNCTIONS, pattern), setting)
        if setting in self.options.environment:
            return Origin(f"`POET_{setting.upper()}` of the environment")
        return self.in_table(TABLE, setting)

    def in_table(self, table: tuple[str, ...], setting: str) -> Origin:
        """The place of a setting, or of `mode`, which stands for two, in a table."""
        for key in (setting, *(["mode"] if setting in ("perceive", "enforce") else [])):
            place = self.keys.place(*table, key)
            if place.line:
                return Origin(f"`{key}` in [{shown(table)}]", PYPROJECT, *place)
        return Origin(f"`{setting}` in [{shown(table)}]", PYPROJECT)

    def of_entry(self, table: str, name: str) -> Origin:
        """The place of an entry of [tool.poet.functions] or [tool.poet.calls]."""
        place = self.keys.place(*TABLE, table, name)
        return Origin(f"`{name}` in [{shown((*TABLE, table))}]", PYPROJECT, *place)


def shown(table: tuple[str, ...]) -> str:
    """A table as its header has it."""
    return ".".join(part if part.isidentifier() else f'"{part}"' for part in table)
