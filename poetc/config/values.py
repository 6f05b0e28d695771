"""Settings and the values that make sense for them: the same in a decorator, in a table and in the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

MODES: Final = ("repair", "strict", "off")
DEPTHS: Final = ("shallow", "deep")
STALE: Final = ("original", "error", "enhanced")
MOST_RETRIES: Final = 100
LONGEST_TIMEOUT: Final = 86_400
"""seconds"""
MOST_JOBS: Final = 256


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


def _name(value: object) -> str:
    if isinstance(value, str) and value.isidentifier() and len(value) <= 200:
        return ""
    return f'must be a name such as "ml_monitoring" or "rules", not {shown(value)}'


def _retries(value: object) -> str:
    return _whole(value, 0, MOST_RETRIES)


def _jobs(value: object) -> str:
    return _whole(value, 1, MOST_JOBS)


def _whole(value: object, least: int, most: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return ""
    return f"must be a whole number from {least} to {most}, not {shown(value)}"


def _timeout(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_TIMEOUT:
        return ""
    return f"must be a number of seconds above 0 and at most {LONGEST_TIMEOUT}, not {shown(value)}"


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


CHECKS: Final[dict[str, Callable[[object], str]]] = {
    "domain": _name,
    "optimize_for": _name,
    "retries": _retries,
    "timeout": _timeout,
    "perceive": one_of(*MODES),
    "enforce": one_of(*MODES),
    "mode": one_of(*MODES),
    "depth": one_of(*DEPTHS),
    "own_thread": _flag,
    "stale": one_of(*STALE),
    "jobs": _jobs,
    "engine": _name,
}
"""setting → what objects to a value"""

ASKED: Final = ("domain", "optimize_for", "retries", "timeout", "perceive", "enforce", "depth", "own_thread")
"""what a decorator may ask for"""

EVERYWHERE: Final = ("breaker", "bulkhead", "rate_limit", "events")
"""what may be asked for in `[tool.poet]`, for every function, and not in a decorator"""

PROTECTIONS: Final = (*EVERYWHERE, "fallback", "hedge")
"""what may be asked for in the table of a function, and not in a decorator"""
