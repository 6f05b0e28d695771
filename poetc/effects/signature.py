"""A call of a project's function → what its arguments say of what it does: `self._ask('GET', _)`.

Arguments that decide are literal names of HTTP methods, modes of files, statements of SQL. A function that hands them
on to calls is known by them: see `poetc.extract.deciding`.
"""

from __future__ import annotations

import ast
import re
from typing import Final

_DECIDES: Final = re.compile(
    r"(?i:get|head|options|post|put|patch|delete|trace|connect)"
    r"|[rwaxbt+]{1,3}"
    r"|\s*(?i:select|with|insert|update|delete|merge|replace|values|create|drop|alter|truncate)\b[\s\S]{0,300}"
)


def is_deciding(node: ast.expr | None) -> bool:
    """Whether an argument is a literal by which the effect of calls is told."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_DECIDES.fullmatch(node.value))


def signature(call: ast.Call, text: str) -> str:
    """A call with the arguments that decide, `_` for others; "" where it isn't clear what is given for what."""
    parts = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            return ""
        parts.append(_shown(argument))
    for keyword in sorted(call.keywords, key=lambda each: each.arg or ""):
        if keyword.arg is None:
            return ""
        parts.append(f"{keyword.arg}={_shown(keyword.value)}")
    return f"{text}({', '.join(parts)})"


def _shown(argument: ast.expr) -> str:
    return repr(argument.value) if is_deciding(argument) and isinstance(argument, ast.Constant) else "_"
