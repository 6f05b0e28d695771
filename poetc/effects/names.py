"""What is known of names around a function, as plain strings, so that it can cross HTTP."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

BUILTINS: Final = frozenset(dir(builtins))
MUTATING: Final = frozenset(
    re.findall(
        r"\w+",
        """
        add append appendleft clear difference_update discard extend extendleft insert intersection_update move_to_end
        pop popitem popleft remove reverse rotate setdefault sort subtract symmetric_difference_update update write
        writelines
    """,
    )
)
"""methods that change what they are called on, whatever it is"""
RECEIVERS: Final = frozenset({"self", "cls"})


class Things(Protocol):
    """What is known of the project's things, asked by dotted name, as a library is (see `poetc.effects.things`)."""

    def get(self, name: str, /) -> str | None:
        """What the thing of that name is; None: nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """What the module and the class around a function tell."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """local name → dotted name"""
    things: Things = field(default_factory=dict[str, str])
    """ "app.clients.session" → "requests.Session", "app.store.Store.http" → "httpx.Client" """
    module: str = ""
    """dotted name of the function's own module"""
    hidden: frozenset[str] = frozenset()
    """names that functions around it may bind: they are not the module's"""
    project: Mapping[str, str] = field(default_factory=dict)
    """text of a called expression ("helper", "self.save"), or its dotted name → effect of the project's function"""
    shadowed: frozenset[str] = frozenset()
    """builtins that the module rebinds"""
    constants: Mapping[str, str] = field(default_factory=dict)
    """names of the module that are bound once, to a literal string → that string"""
