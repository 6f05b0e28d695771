"""The text of a `.env` file → the variables in it that concern us.

The common subset: `KEY=VALUE`, `export KEY=VALUE`, `# comments`, 'literal' and "escaped" quotes. Nothing is expanded.
Other tools' lines are theirs: what is not a variable of ours is not judged.
"""

from __future__ import annotations

import re

OURS = ("AITOMATIC_", "POET_")

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*", re.ASCII | re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_SINGLE = re.compile(r"'([^']*)'\s*(?:#.*)?")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse_dotenv(text: str) -> tuple[dict[str, tuple[str, int]], list[int]]:
    """Variable → (value, line from 1), the last assignment counting; and the lines on which a quote is not closed."""
    found: dict[str, tuple[str, int]] = {}
    broken = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _ASSIGNMENT.fullmatch(line)
        if not match or not match[1].startswith(OURS):
            continue
        value = _value(match[2])
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
    return "" if raw.startswith("#") else re.split(r"\s#", raw, maxsplit=1)[0].rstrip()
