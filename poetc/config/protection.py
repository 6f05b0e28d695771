"""`breaker`, `bulkhead`, `rate_limit`, `fallback`, `hedge`, `events`: how they may be written, and what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from poetc.config.calls import is_dotted, is_error
from poetc.config.values import one_of, shown, similar
from poetc.ir import BreakerPolicy, BulkheadPolicy, FallbackPolicy, RatePolicy

LONGEST: Final = 3_600.0
"""seconds"""
MOST_LITERAL: Final = 10_000
"""characters of a fallback's literal, as JSON"""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_RATE: Final = re.compile(r"([1-9][0-9]{0,6})\s*/\s*([1-9][0-9]{0,3})?\s*(s|m|h|d)", re.ASCII)


class _Wrong(Exception):
    """Why a setting can't be used, as the end of a sentence "`bulkhead` in [tool.poet] ...", and the name of the inner
    setting that is meant, or ""."""

    def __init__(self, why: str, inner: str = "") -> None:
        super().__init__(why)
        self.inner = inner


def protection_objection(key: str, value: object) -> tuple[str, str]:
    """Why `value` can't be used for `key`, as the end of a sentence, and the inner setting that is meant; "" if it can
    be used, or if none is."""
    try:
        protection(key, value)
    except _Wrong as wrong:
        return str(wrong), wrong.inner
    return "", ""


def protection(key: str, value: object) -> Any:
    """A checked setting in its plain form; None or False: switched off."""
    return _READERS[key](value)


def _breaker(value: object) -> BreakerPolicy | bool:
    if value is False:
        return False
    table = {} if value is True else _table(value, "true, false or a table of settings", _BREAKER)
    found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in table.items()}
    windowed = "rate" in found or "slow" in found
    for name, needed in (("slow_rate", "slow" in found), ("window", windowed), ("calls", windowed)):
        if name in found and not needed:
            missing = "`slow`" if name == "slow_rate" else "`rate` or `slow`"
            raise _Wrong(f"has `{name}`, which says nothing without {missing}", name)
    found.update({name: float(found[name]) for name in _FLOATS & found.keys()})
    return BreakerPolicy(**found)


def _bulkhead(value: object) -> BulkheadPolicy | None:
    if value is False:
        return None
    if _is_whole(value):
        value = {"limit": value}
    table = _table(value, "false, a whole number of calls or a table of `limit` and `wait`", _BULKHEAD)
    if "limit" not in table:
        raise _Wrong("lacks `limit`, the number of calls that may run at a time")
    return BulkheadPolicy(table["limit"], float(table.get("wait", 0.0)))


def _rate_limit(value: object) -> RatePolicy | None:
    if value is False:
        return None
    if isinstance(value, str):
        value = {"rate": value}
    table = _table(value, 'false, a rate like "100/s" or a table of `rate`, `burst` and `wait`', _RATE_LIMIT)
    if "rate" not in table:
        raise _Wrong('lacks `rate`, like "100/s"')
    match = _RATE.fullmatch(table["rate"].strip())
    assert match is not None
    calls, count, unit = int(match[1]), int(match[2] or 1), _UNITS[match[3]]
    return RatePolicy(calls, count * unit, table.get("burst", calls), float(table.get("wait", 0.0)))


def _fallback(value: object) -> FallbackPolicy:
    hint = 'write `{value = "..."}` for a text, "None" for None, and "app.pay.cached" for a function'
    if isinstance(value, dict):
        if len(value) != 1 or not value.keys() <= {"value", "call"}:
            raise _Wrong(f"must be a literal, a function's name or a table of `value` or `call`; {hint}")
        if "value" in value:
            return FallbackPolicy(literal=_json(value["value"]))
        value = value["call"]
        if not isinstance(value, str):
            raise _Wrong(f"must call a function by its dotted name, not {shown(value)}")
    if not isinstance(value, str):
        return FallbackPolicy(literal=_json(value))
    if value == "None":
        return FallbackPolicy(literal="null")
    if not is_dotted(value) or "." not in value:
        raise _Wrong(f"must be a function's dotted name, not {shown(value)}; {hint}")
    return FallbackPolicy(call=value)


def _json(value: object) -> str:
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    except (TypeError, ValueError, RecursionError):
        raise _Wrong(f"must be made of texts, finite numbers, booleans, lists and tables, not {shown(value)}") from None
    if len(text) > MOST_LITERAL:
        raise _Wrong(f"must be at most {MOST_LITERAL} characters long")
    return text


def _hedge(value: object) -> float | None:
    if value is False:
        return None
    _check("", value, _seconds)
    return float(value)  # type: ignore[arg-type]


def _events(value: object) -> float | None:
    if isinstance(value, bool):
        return 1.0 if value else None
    table = _table(value, "true, false or a table of `sample`", {"sample": _portion})
    return float(table.get("sample", 1.0)) or None


def _table(value: object, what: str, checks: Mapping[str, Callable[[object], str]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"must be {what}, not {shown(value)}")
    for name, inner in value.items():
        if name not in checks:
            raise _Wrong(f"has the unknown setting `{name}`. {similar(name, checks)}", name)
        _check(name, inner, checks[name])
    return value


def _check(name: str, value: object, check: Callable[[object], str]) -> None:
    if wrong := check(value):
        raise _Wrong(f"has `{name}`, which {wrong}" if name else wrong, name)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _count(most: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return ""
        return f"must be a whole number from 1 to {most}, not {shown(value)}"

    return check


def _number(above: float, most: float, what: str, *, least: float | None = None) -> Callable[[object], str]:
    def fits(value: Any) -> bool:
        """Never so for NaN, of which no comparison holds."""
        return bool(value <= most and (value > above if least is None else value >= least))

    def check(value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and fits(value):
            return ""
        bounds = f"above {above:g}" if least is None else f"of at least {least:g}"
        return f"must be {what} {bounds} and at most {most:g}, not {shown(value)}"

    return check


def _names(value: object) -> str:
    if isinstance(value, list) and len(value) <= 50 and all(map(is_error, value)):
        return ""
    like = '"requests.exceptions.Timeout" or "TimeoutError"'
    return f"must be a list of at most 50 exceptions, like {like}, not {shown(value)}"


def _rate(value: object) -> str:
    if isinstance(value, str) and _RATE.fullmatch(value.strip()):
        return ""
    return f'must be a rate like "100/s", "5/m" or "10/2s" (s, m, h, d), not {shown(value)}'


_seconds = _number(0.0, LONGEST, "a number of seconds")
_patience = _number(0.0, LONGEST, "a number of seconds", least=0.0)
_share = _number(0.0, 1.0, "a number")
_portion = _number(0.0, 1.0, "a number", least=0.0)

_BREAKER: Final[dict[str, Callable[[object], str]]] = {
    "failures": _count(1_000),
    "rate": _share,
    "slow": _seconds,
    "slow_rate": _share,
    "window": _number(0.0, 86_400.0, "a number of seconds"),
    "calls": _count(100_000),
    "open_for": _seconds,
    "growth": _number(1.0, 10.0, "a number", least=1.0),
    "jitter": _number(0.0, 1.0, "a number", least=0.0),
    "probes": _count(1_000),
    "successes": _count(1_000),
    "exclude": _names,
    "per": one_of("function", "host"),
}
_FLOATS: Final = frozenset({"rate", "slow", "slow_rate", "window", "open_for", "growth", "jitter"})
_BULKHEAD: Final[dict[str, Callable[[object], str]]] = {"limit": _count(100_000), "wait": _patience}
_RATE_LIMIT: Final[dict[str, Callable[[object], str]]] = {"rate": _rate, "burst": _count(1_000_000), "wait": _patience}

_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "breaker": _breaker,
    "bulkhead": _bulkhead,
    "rate_limit": _rate_limit,
    "fallback": _fallback,
    "hedge": _hedge,
    "events": _events,
}
