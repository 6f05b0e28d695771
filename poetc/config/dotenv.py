"""The text of a `.env` file → the variables in it that concern us.

The common subset: `KEY=VALUE`, `export KEY=VALUE`, `# comments`, 'literal' and "escaped" quotes. Nothing is expanded.
Other tools' lines are theirs: what is not a variable of ours is not judged.
"""

from __future__ import annotations

import re

OURS = ("AITOMATIC_", "POET_")

_NAME = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)", re.ASCII)
_BLANK = " \t\n\r\f\v"
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_COMMENT = re.compile(r"\s#", re.ASCII)
_SINGLE = re.compile(r"'([^']*)'\s*(?:#.*)?")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse_dotenv(text: str) -> tuple[dict[str, tuple[str, int]], list[int]]:
    """Variable → (value, line from 1), the last assignment counting; and the lines on which a quote is not closed."""
    found: dict[str, tuple[str, int]] = {}
    broken = []
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, raw = line.partition("=")
        match = _NAME.fullmatch(name.strip(_BLANK))
        if not equals or not match or not match[1].startswith(OURS):
            continue
        value = _value(raw.strip(_BLANK))
        if value is None:
            broken.append(number)
        else:
            found[match[1]] = value, number
    return found, broken


def _value(raw: str) -> str | None:
    if raw.startswith('"'):
        match = _DOUBLE.fullmatch(raw)
        return match and re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), match[1])
    if raw.startswith("'"):
        match = _SINGLE.fullmatch(raw)
        return match and match[1]
    return "" if raw.startswith("#") else _COMMENT.split(raw, maxsplit=1)[0].rstrip(_BLANK)
