"""What is known of names around a function, as plain strings, so that it can cross HTTP."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Names:
    """What the module and the class around a function tell."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """local name → dotted name"""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """ "self.http" → "httpx.Client", "session" → "requests.Session": attributes of `self` and names of the module"""
    project: Mapping[str, str] = field(default_factory=dict)
    """text of a called expression ("helper", "self.save", "billing.charge") → effect of that function of the project"""
    shadowed: frozenset[str] = frozenset()
    """builtins that the module rebinds"""
    constants: Mapping[str, str] = field(default_factory=dict)
    """names of the module that are bound once, to a literal string → that string"""
