"""A table of TOML → entries, checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from poetc.effects.entry import FORMS, GIVES, RUNS, TESTS, CatalogueError, Entry, Rule
from poetc.ir.effect import Effect

KEYS: Final = frozenset(Entry.__dataclass_fields__) - {"name"}
MOST_WAYS: Final = 10
"""to the host of one call"""
_GIVEN: Final = re.compile(r"[A-Za-z_]\w{0,99}=(True|False)", re.ASCII)
_STEPS: Final = r"(self|[A-Za-z_]\w{0,99}@([0-9]{1,2})?)(\.\w{1,100}){0,10}"
_WAY: Final = re.compile(rf"{_STEPS}(:({_STEPS}|\w{{1,100}})?)?", re.ASCII)
BLANK: Final = re.compile(r"\{([A-Za-z_]\w{0,99})@([0-9]{1,2})?(?:\|(\w{1,100}))?(?:\|(\w{1,100}))?\}", re.ASCII)
"""in `returns`, a part of a class's name that a literal argument says; what it is if none does, and if none is given"""
_RULE_KEYS: Final = frozenset(Rule.__dataclass_fields__)
_OF_OUTSIDE: Final = ("timeout", "via_kwargs", "transient", "unsent", "fresh", "retry_after", "host", "refusal")
"""settings that make no sense for what is pure: the defaults of a file don't count there"""
_NEEDS_VALUES: Final = ("is", "letters", "class", "mentions", "without")


def group_entries(group: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of one `[[calls]]` of the built-in files: every name of `names`, below every prefix of `of`."""
    skipped = _OF_OUTSIDE if group["effect"] == Effect.PURE else ()
    settings = {**{key: value for key, value in defaults.items() if key not in skipped}, **group}
    names, prefixes = settings.pop("names"), settings.pop("of", None)
    fields = _fields(names[0], settings)
    if not fields.get("timeout"):
        fields["via_kwargs"] = False
    for name in names if prefixes is None else [f"{prefix}.{name}" for prefix in prefixes for name in names]:
        yield Entry(name=name, **fields)


def class_entries(group: Mapping[str, Any]) -> Iterator[Entry]:
    """The constructors of one `[[classes]]` of the built-in files: pure, and they give a new object of theirs."""
    for name in group["names"]:
        settings = {"effect": "pure", "gives": "new", "returns": name, **group}
        settings.pop("names")
        yield Entry(name=name, **_fields(name, settings))


def user_entry(name: str, settings: Mapping[str, object], known: Entry | None) -> Entry:
    """An entry of `[tool.poet.calls]`; what it leaves out is as in `known`. Raises `CatalogueError`."""
    if not is_dotted(name):
        raise CatalogueError(name, 'must be a dotted name such as "mylib.fetch"')
    if not isinstance(settings, Mapping):
        raise CatalogueError(name, 'must be a table such as {effect = "read", timeout = "timeout"}')
    before = {} if known is None else {k: v for k, v in asdict(known).items() if k in KEYS and k != "when"}
    if known is not None and "effect" not in settings:
        before["when"] = [asdict(rule) for rule in known.when]
    elif "effect" in settings:
        before.pop("same", None)  # who says that it may be made twice has seen what it is used for
    if "timeout" in settings and "timeout_at" not in settings:
        before.pop("timeout_at", None)
    if known is None and "effect" not in settings:
        raise CatalogueError(name, f"has no `effect`; it is one of {_listed(tuple(Effect))}")
    return Entry(name=name, **_fields(name, {**before, **settings}))


def is_dotted(name: object) -> bool:
    """Whether something is a dotted name of at least two parts; the last may end in, or be, a `*`."""
    if not isinstance(name, str) or not 3 <= len(name) <= 300:
        return False
    *parts, last = name.split(".")
    stem = last.removesuffix("*")
    return bool(parts) and all(part.isidentifier() for part in parts) and (stem.isidentifier() or last == "*")


def _fields(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an entry's fields, checked; raises `CatalogueError`."""
    unknown = sorted(map(str, settings.keys() - KEYS))
    if unknown:
        raise CatalogueError(name, f"has an unknown key `{unknown[0][:60]}`; known: {', '.join(sorted(KEYS))}")
    found = {}
    for key, value in settings.items():
        found[key] = _READ[key](name, key, value)
    return found


def _choice(choices: tuple[str, ...]) -> Any:
    def read(name: str, key: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise CatalogueError(name, f"`{key}` must be one of {_listed(choices)}, not {_shown(value)}")
        return value

    return read


def _effect(name: str, key: str, value: Any) -> Effect:
    return Effect(_choice(tuple(Effect))(name, key, value))


def _identifier(name: str, key: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isidentifier():
        raise CatalogueError(name, f"`{key}` must be the name of a parameter, not {_shown(value)}")
    return value


def _limit(name: str, key: str, value: Any) -> str | None:
    way = value.removesuffix("()") if isinstance(value, str) and value.endswith("()") else None
    if value == "*" or (way is not None and (way == "" or all(part.isidentifier() for part in way.split(".")))):
        return str(value)
    return _identifier(name, key, value)


def _unit(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9 or not isfinite(value):
        raise CatalogueError(name, f"`{key}` must be seconds per unit, such as 1.0 or 0.001, not {_shown(value)}")
    return float(value)


def _flag(name: str, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise CatalogueError(name, f"`{key}` must be true or false, not {_shown(value)}")
    return value


def _position(name: str, key: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 100:
        raise CatalogueError(name, f"`{key}` must be a position, counted from 0, not {_shown(value)}")
    return value


def _strings(name: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise CatalogueError(name, f"`{key}` must be a list of strings, not {_shown(value)}")
    return tuple(value)


def _same(name: str, key: str, value: Any) -> tuple[str, ...] | None:
    return None if value is None else _strings(name, key, value)


def _given(name: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or (value and _GIVEN.fullmatch(value) is None):
        raise CatalogueError(name, f'`{key}` must be an argument with its value, "stream=True", not {_shown(value)}')
    return value


def _errors(name: str, key: str, value: Any) -> tuple[str, ...]:
    for item in _strings(name, key, value):
        if not is_dotted(item) or item.endswith("*"):
            raise CatalogueError(name, f'`{key}` must hold dotted names such as "mylib.Busy", not {_shown(item)}')
    return tuple(value)


def is_way(way: object) -> bool:
    """Whether something says how to get from a call to its host (see `Entry.host`)."""
    return isinstance(way, str) and _WAY.fullmatch(way) is not None


def _ways(name: str, key: str, value: Any) -> tuple[str, ...]:
    for item in _strings(name, key, value):
        if len(value) > MOST_WAYS or not is_way(item):
            like = '"url@0", "self.base_url" or "self.host:port"'
            raise CatalogueError(name, f"`{key}` must be a list of ways to a host such as {like}, not {_shown(item)}")
    return tuple(value)


def _error(name: str, key: str, value: Any) -> str | None:
    return _errors(name, key, (value,))[0] if value else None


def _returns(name: str, key: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not (
        value in ("@0", "@all", "@called") or is_dotted(BLANK.sub("x", value).partition("[")[0])
    ):
        raise CatalogueError(name, f'`{key}` must be the dotted name of a class, or "@0", not {_shown(value)}')
    return value


def _rules(name: str, key: str, value: Any) -> tuple[Rule, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(rule, Mapping) or _are_pairs(rule) for rule in value):
        raise CatalogueError(name, f"`{key}` must be a list of tables, not {_shown(value)}")
    return tuple(_rule(name, rule if isinstance(rule, Mapping) else dict(rule)) for rule in value)


def _are_pairs(value: Any) -> bool:
    """Whether something is a table as pairs of key and value, as a domain's entries are sent."""
    return isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    )


def _rule(name: str, table: Mapping[str, Any]) -> Rule:
    unknown = sorted(map(str, table.keys() - _RULE_KEYS))
    if unknown:
        raise CatalogueError(name, f"a condition has an unknown key `{unknown[0][:60]}`")
    test = _choice(TESTS)(name, "test", table.get("test"))
    argument = _identifier(name, "argument", table.get("argument"))
    values = _strings(name, "values", table.get("values", ()))
    if argument is None or (test in _NEEDS_VALUES) != bool(values):
        which = ", ".join(_NEEDS_VALUES)
        raise CatalogueError(name, f"a condition needs `argument`, `test` and, for {which}, `values`")
    effect = _effect(name, "effect", table.get("effect", "unknown" if test == "sql" else None))
    if test in ("is", "mentions"):
        values = tuple(text.upper() for text in values)
    same = _same(name, "same", table.get("same"))
    return Rule(argument, _position(name, "at", table.get("at")), test, values, effect, same)


_READ: Final[dict[str, Any]] = {
    "effect": _effect,
    "timeout": _limit,
    "unit": _unit,
    "transient": _errors,
    "late": _errors,
    "late_if": _given,
    "late_reads": _strings,
    "unsent": _flag,
    "fresh": _flag,
    "retry_after": _flag,
    "same": _same,
    "form": _choice(FORMS),
    "returns": _returns,
    "when": _rules,
    "timeout_at": _position,
    "via_kwargs": _flag,
    "mutates": _strings,
    "invokes": _strings,
    "begins": _flag,
    "runs": _choice(RUNS),
    "enters": _strings,
    "awaits": _strings,
    "gives": _choice(GIVES),
    "host": _ways,
    "refusal": _error,
}
"""key → what reads its value"""


def _listed(choices: tuple[str, ...]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices if choice)


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > 10**50:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
