"""Settings and the values that make sense for them: the same in a decorator, in a table and in the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from poetc.ir.limits import Length, Number, Whole
from poetc.ir.policy import Mode, Policy, Stale

MOST_JOBS: Final = 256
MOST_VERSIONS: Final = 1_000


def objection(key: str, value: object) -> str:
    """Why `value` can't be used for `key`, as the end of a sentence "`retries` ..."; "" if it can."""
    return CHECKS[key](value)


def similar(word: str, known: Iterable[str]) -> str:
    """The hint "Did you mean ...?" if a known word is close to `word`, else the list of the known ones."""
    known = sorted(known)
    close = closest(word, known)
    return f"Did you mean `{close}`?" if close else f"Known: {', '.join(known)}."


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like `word`, or "" if none is much like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word[:100], sorted(known), n=1)), "")


def spread(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in their plain form: `mode` stands for `perceive` and `enforce` unless they are said too; seconds are
    floats."""
    found = dict(settings)
    mode = found.pop("mode", None)
    if mode is not None:
        found = {"perceive": mode, "enforce": mode} | found
    if found.get("timeout") is not None:
        found["timeout"] = float(found["timeout"])
    return found


Check = Callable[[object], str]
"""a value → what objects to it, as the end of a sentence; "" if nothing does"""


@lru_cache(maxsize=8)
def checks_of(settings: type) -> Mapping[str, Check]:
    """Field → what objects to a value, by the annotations of a class of settings."""
    hints = get_type_hints(settings, include_extras=True)
    return {name: _check_of(hints[name]) for name in settings.__dataclass_fields__}  # type: ignore[attr-defined]


def floats_of(settings: type) -> frozenset[str]:
    """The fields of a class of settings that hold floats, for which people write whole numbers as well."""
    hints = get_type_hints(settings)
    return frozenset(name for name in settings.__dataclass_fields__ if float in (hints[name], *get_args(hints[name])))  # type: ignore[attr-defined]


def _check_of(hint: Any) -> Check:
    """What objects to a value, by the annotation of the setting; None is no value that anybody writes."""
    if get_origin(hint) is UnionType or type(None) in get_args(hint):
        return _check_of(next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is Literal:
        return one_of(*get_args(hint))
    limit = hint.__metadata__[0] if get_origin(hint) is Annotated else None
    if isinstance(limit, Number):
        return number_of(limit)
    if isinstance(limit, Whole):
        return whole_of(limit)
    return _name if isinstance(limit, Length) else _flag


def number_of(limit: Number) -> Check:
    """The check that a value is a number within the limit; never so for NaN, of which no comparison holds."""
    lowest = limit.above if limit.least is None else limit.least
    bounds = f"{'above' if limit.least is None else 'of at least'} {lowest:g} and at most {limit.most:g}"

    def fits(value: Any) -> bool:
        return bool(value <= limit.most and (value > lowest if limit.least is None else value >= lowest))

    def check(value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and fits(value):
            return ""
        return f"must be {limit.what} {bounds}, not {shown(value)}"

    return check


def whole_of(limit: Whole) -> Check:
    """The check that a value is a whole number within the limit."""

    def check(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and limit.least <= value <= limit.most:
            return ""
        return f"must be a whole number from {limit.least} to {limit.most}, not {shown(value)}"

    return check


def _name(value: object) -> str:
    if isinstance(value, str) and value.isidentifier() and len(value) <= 200:
        return ""
    return f'must be a name such as "ml_monitoring" or "rules", not {shown(value)}'


def _flag(value: object) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, not {shown(value)}"


def one_of(*choices: str) -> Callable[[object], str]:
    """The check that a value is one of a few words."""

    def check(value: object) -> str:
        quoted = ", ".join(f'"{c}"' for c in choices)
        return "" if isinstance(value, str) and value in choices else f"must be one of {quoted}, not {shown(value)}"

    return check


def shown(value: object) -> str:
    """A value as its writer wrote it, short enough for a message."""
    if isinstance(value, int) and not -(10**50) < value < 10**50:
        return "a number of more than 50 digits"  # repr() itself refuses, beyond sys.get_int_max_str_digits()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


ASKED: Final = ("domain", "optimize_for", "retries", "timeout", "perceive", "enforce", "depth", "own_thread")
"""what a decorator may ask for"""

CHECKS: Final[dict[str, Check]] = {
    **{name: checks_of(Policy)[name] for name in (*ASKED, "engine")},
    "mode": one_of(*get_args(Mode)),
    "stale": one_of(*get_args(Stale)),
    "jobs": whole_of(Whole(1, MOST_JOBS)),
    "history": one_of("commit", "local"),
    "history_versions": whole_of(Whole(0, MOST_VERSIONS)),
}
"""setting → what objects to a value"""

EVERYWHERE: Final = ("breaker", "bulkhead", "rate_limit", "events")
"""what may be asked for in `[tool.poet]`, for every function, and not in a decorator"""

PROTECTIONS: Final = (*EVERYWHERE, "fallback", "hedge")
"""what may be asked for in the table of a function, and not in a decorator"""
