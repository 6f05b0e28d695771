"""Which parameters of a function hold the current and the reference data, told by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from poetc.domains.part import Parameter


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


CURRENT: Final = word_set("current cur curr live production prod new recent latest incoming observed serving")
REFERENCE: Final = word_set(
    "reference ref baseline base train training expected historical historic history previous old"
)
DATA: Final = word_set(
    "data dataset df frame dataframe sample samples feature features value values record records row rows batch series "
    "x observations measurements scores predictions table window"
)
OTHER: Final = word_set(
    "id name key date time timestamp path file url dir size count length rate threshold limit alpha version model mean "
    "std var label config options mode seed"
)
"""what a parameter is about that holds no data, whatever word stands before: "new_threshold", "train_path" """

SCALAR: Final = re.compile(
    r"^['\"]?(?:builtins\.)?(?:int|float|complex|bool|str|bytes|(?:datetime\.)?(?:date|datetime|timedelta)|"
    r"(?:pathlib\.)?Path|Callable\b.*|type\b.*)(?:\s*\|\s*None)?['\"]?$"
)
"""annotations of what can't be data"""


def words(name: str) -> list[str]:
    """The words of an identifier: "currentData_v2" -> current, data, v2."""
    return [word for word in re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_") if word]


def may_hold_data(parameter: Parameter) -> bool:
    """False for `*args`, `**kwargs`, self and cls, scalar annotations, and names about something else."""
    if parameter.kind.upper().startswith("VAR") or parameter.name in {"self", "cls"}:
        return False
    if parameter.annotation is not None and SCALAR.match(parameter.annotation.strip()):
        return False
    return not OTHER.intersection(words(parameter.name))


def data_pair(parameters: Iterable[Parameter]) -> tuple[str, str] | None:
    """(current, reference): the one parameter with a word of CURRENT and the one with a word of REFERENCE.

    Of several, those two that are called the same but for that word ("current_data", "reference_data"). None if that
    leaves a choice.
    """
    candidates = [parameter.name for parameter in parameters if may_hold_data(parameter)]
    current = [name for name in candidates if has_role(name, CURRENT, REFERENCE)]
    reference = [name for name in candidates if has_role(name, REFERENCE, CURRENT)]
    if len(current) != 1 or len(reference) != 1:
        pairs = [(c, r) for c in current for r in reference if topic(c) == topic(r)]
        return pairs[0] if len(pairs) == 1 else None
    return current[0], reference[0]


def has_role(name: str, role: frozenset[str], opposite: frozenset[str]) -> bool:
    """Whether a name has a word of `role` and none of the opposite one."""
    found = set(words(name))
    return bool(found & role) and not found & opposite


def topic(name: str) -> tuple[str, ...]:
    """What a name is about, its role left out."""
    return tuple(word for word in words(name) if word not in CURRENT | REFERENCE)


def data_parameters(parameters: Iterable[Parameter]) -> list[str]:
    """Parameters that hold data by their name: its last word is one of DATA, or it is just a role ("reference")."""
    roles = CURRENT | REFERENCE
    return [
        parameter.name
        for parameter in parameters
        if may_hold_data(parameter) and (words(parameter.name) or [""])[-1] in DATA | (roles - {"base", "new", "old"})
    ]
