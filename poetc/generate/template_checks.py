"""What a template's files have to say before they are used."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Final, get_args

from poetc.ir.policy import Depth, Mode

PLACEHOLDERS: Final = frozenset(
    {"function_name", "qualified_name", "original_code", "module_path", "link_package", "imports", "policy"}
)
"""what a prompt may ask for"""
REQUIRED: Final = frozenset({"function_name", "original_code"})
METADATA: Final = frozenset({"name", "version", "description", "author", "created_at", "updated_at", "dependencies"})
PHASES: Final = frozenset({"defaults", "objectives", "perceive", "operate", "enforce", "train"})
OBJECTIVE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)

DEFAULTS: Final[Mapping[str, Any]] = {
    "retries": (int, 0, 100),
    "backoff": {"first": (float, 0, 60), "most": (float, 0, 300)},
    "budget": (float, 0.001, 600),
    "breaker": {"failures": (int, 2, 1_000), "open_for": (float, 0.001, 300)},
}
"""shape of `defaults`: (type, least, most) or a nested object; a client believes no service that goes beyond"""
SETTINGS: Final[Mapping[str, Any]] = {
    "timeout": (float, 0.001, 86_400),
    "perceive": frozenset(get_args(Mode)),
    "enforce": frozenset(get_args(Mode)),
    "depth": frozenset(get_args(Depth)),
}
"""what a domain's `defaults` may have beside: settings as in `[tool.poet]`, for functions of which nobody says more"""


class TemplateError(Exception):
    """A template can't be used: `where` (a path) and `what`."""

    def __init__(self, where: Path, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def check_prompt(file: Path, text: str, *, train: bool) -> None:
    """Placeholders are known, plain (no attribute, index, conversion or format), and the required ones are there."""
    allowed = PLACEHOLDERS | {"optimize_for"} if train else PLACEHOLDERS
    try:
        fields = [(name, form, how) for _, name, form, how in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise TemplateError(file, f"{error} (a brace that is meant as such is written twice)") from None
    for name, form, how in fields:
        if name not in allowed or form or how:
            raise TemplateError(file, f"unknown placeholder {{{name}}}; known: {', '.join(sorted(allowed))}")
    required = frozenset({"optimize_for"}) if train else REQUIRED
    missing = required - {name for name, _, _ in fields}
    if missing:
        raise TemplateError(file, f"lacks the placeholder {{{min(missing)}}}")


def check_metadata(file: Path, metadata: Mapping[str, Any], domain: str, version: str) -> None:
    """Known keys; name and version are those of the folders; dependencies are names of distributions."""
    refuse_unknown(file, metadata, METADATA)
    for key, wanted in (("name", domain), ("version", version)):
        if metadata.get(key) != wanted:
            raise TemplateError(file, f"{key} is {metadata.get(key)!r}, its folder says {wanted!r}")
    if not isinstance(metadata.get("description"), str) or not metadata["description"]:
        raise TemplateError(file, "lacks a description")
    check_list(file, "dependencies", metadata.get("dependencies", []), DISTRIBUTION)


def check_phases(file: Path, phases: Mapping[str, Any], *, is_base: bool) -> None:
    """Known keys, objectives that are words, defaults within their ranges (all of them in `base`)."""
    refuse_unknown(file, phases, PHASES)
    if "objectives" not in phases:
        raise TemplateError(file, "lacks objectives")
    check_list(file, "objectives", phases["objectives"], OBJECTIVE)
    if is_base and "defaults" not in phases:
        raise TemplateError(file, "lacks defaults")
    defaults = phases.get("defaults", {})
    settings = {key: value for key, value in defaults.items() if key in SETTINGS} if isinstance(defaults, dict) else {}
    check_shape(file, "defaults", settings, {} if is_base else SETTINGS, whole=False)
    numbers = {key: value for key, value in defaults.items() if key not in settings} if settings else defaults
    check_shape(file, "defaults", numbers, DEFAULTS, whole=is_base)
    for key in ("perceive", "operate", "enforce", "train"):
        if not isinstance(phases.get(key, {}), dict):
            raise TemplateError(file, f"{key} is no object")


def refuse_unknown(file: Path, found: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raises for a key that nobody reads: most likely a misspelt one."""
    unknown = sorted(set(found) - known)
    if unknown:
        raise TemplateError(file, f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")


def check_list(file: Path, key: str, value: Any, form: re.Pattern[str]) -> None:
    """A list of distinct strings of a form."""
    if not isinstance(value, list):
        raise TemplateError(file, f"{key} is no list")
    for each in value:
        if not isinstance(each, str) or not form.fullmatch(each):
            raise TemplateError(file, f"{key} has {each!r}, which can't be one")
    if len(set(value)) != len(value):
        raise TemplateError(file, f"{key} has one of them twice")


def check_shape(file: Path, key: str, value: Any, shape: Any, *, whole: bool) -> None:
    """A number in its range, a word, or an object of such; `whole`: with every key."""
    if isinstance(shape, frozenset):
        if not isinstance(value, str) or value not in shape:
            raise TemplateError(file, f"{key} is {value!r}, none of {', '.join(sorted(shape))}")
        return
    if isinstance(shape, tuple):
        kind, least, most = shape
        good = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not least <= value <= most:
            raise TemplateError(file, f"{key} is {value!r}, not a number of {least} to {most}")
        return
    if not isinstance(value, dict):
        raise TemplateError(file, f"{key} is no object")
    refuse_unknown(file, value, frozenset(shape))
    missing = sorted(set(shape) - set(value))
    if whole and missing:
        raise TemplateError(file, f"{key} lacks {missing[0]!r}")
    for name, each in value.items():
        check_shape(file, f"{key}.{name}", each, shape[name], whole=whole)
