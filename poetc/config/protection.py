"""`breaker`, `bulkhead`, `rate_limit`, `fallback`, `hedge`, `events`: how they may be written, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from poetc.config.calls import is_dotted, is_error
from poetc.config.values import Check, checks_of, floats_of, number_of, shown, similar
from poetc.ir.limits import Number
from poetc.ir.policy import BreakerPolicy, BulkheadPolicy, FallbackPolicy, Policy, RatePolicy

MOST_LITERAL: Final = 10_000
"""characters of a fallback's literal, as JSON"""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_PORTION: Final = number_of(Number(1.0, least=0.0))
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
    checks = {**checks_of(BreakerPolicy), "exclude": _names}
    table = {} if value is True else _table(value, "true, false or a table of settings", checks)
    found: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in table.items()}
    windowed = "rate" in found or "slow" in found
    for name, needed in (("slow_rate", "slow" in found), ("window", windowed), ("calls", windowed)):
        if name in found and not needed:
            missing = "`slow`" if name == "slow_rate" else "`rate` or `slow`"
            raise _Wrong(f"has `{name}`, which says nothing without {missing}", name)
    found.update({name: float(found[name]) for name in floats_of(BreakerPolicy) & found.keys()})
    return BreakerPolicy(**found)


def _bulkhead(value: object) -> BulkheadPolicy | None:
    if value is False:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = {"limit": value}
    table = _table(value, "false, a whole number of calls or a table of `limit` and `wait`", checks_of(BulkheadPolicy))
    if "limit" not in table:
        raise _Wrong("lacks `limit`, the number of calls that may run at a time")
    return BulkheadPolicy(table["limit"], float(table.get("wait", 0.0)))


def _rate_limit(value: object) -> RatePolicy | None:
    if value is False:
        return None
    if isinstance(value, str):
        value = {"rate": value}
    checks = {"rate": _rate, **{name: checks_of(RatePolicy)[name] for name in ("burst", "wait")}}
    table = _table(value, 'false, a rate like "100/s" or a table of `rate`, `burst` and `wait`', checks)
    if "rate" not in table:
        raise _Wrong('lacks `rate`, like "100/s"')
    match = _RATE.fullmatch(table["rate"].strip())
    assert match is not None
    calls, count, unit = int(match[1]), int(match[2] or 1), _UNITS[match[3]]
    return RatePolicy(calls, table.get("burst", calls), count * unit, float(table.get("wait", 0.0)))


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
    import json  # here, since a build with nothing to do can do without it

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
    _check("", value, checks_of(Policy)["hedge"])
    return float(value)  # type: ignore[arg-type]


def _events(value: object) -> float | None:
    if isinstance(value, bool):
        return 1.0 if value else None
    table = _table(value, "true, false or a table of `sample`", {"sample": _PORTION})
    return float(table.get("sample", 1.0)) or None


def _table(value: object, what: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"must be {what}, not {shown(value)}")
    for name, inner in value.items():
        if name not in checks:
            raise _Wrong(f"has the unknown setting `{name}`. {similar(name, checks)}", name)
        _check(name, inner, checks[name])
    return value


def _check(name: str, value: object, check: Check) -> None:
    if wrong := check(value):
        raise _Wrong(f"has `{name}`, which {wrong}" if name else wrong, name)


def _names(value: object) -> str:
    if isinstance(value, list) and len(value) <= 50 and all(map(is_error, value)):
        return ""
    like = '"requests.exceptions.Timeout" or "TimeoutError"'
    return f"must be a list of at most 50 exceptions, like {like}, not {shown(value)}"


def _rate(value: object) -> str:
    if isinstance(value, str) and _RATE.fullmatch(value.strip()):
        return ""
    return f'must be a rate like "100/s", "5/m" or "10/2s" (s, m, h, d), not {shown(value)}'


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "breaker": _breaker,
    "bulkhead": _bulkhead,
    "rate_limit": _rate_limit,
    "fallback": _fallback,
    "hedge": _hedge,
    "events": _events,
}
