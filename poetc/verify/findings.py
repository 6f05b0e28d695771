"""How it is said that an answer is refused."""

from __future__ import annotations

import ast

from poetc.errors import VerifyError
from poetc.ir import Diagnostic
from poetc.source.site import PythonUnit

HINT = "nothing was written; check which service answers (`poet doctor`), and report this if it is poetc's own"


def rejection(unit: PythonUnit, code: str, what: str, line: int = 0, text: str = "", hint: str = HINT) -> VerifyError:
    """The error for what is wrong with an answer; `line` is one of `text`, shown as the excerpt."""
    site, lines = unit.site, text.split("\n")
    shown = clean(lines[line - 1].strip())[:160] if 0 < line <= len(lines) else ""
    where = f" (line {line} of the answer)" if line else ""
    return VerifyError(
        Diagnostic(
            code,
            f"the answer for {site.name} was rejected: {what}{where}",
            path=site.source.relative,
            line=site.node.lineno,
            column=site.node.col_offset + 1,
            excerpt=shown,
            hint=hint,
            unit=site.name,
        )
    )


def shown(node: ast.AST, most: int = 80) -> str:
    """`node` as a short piece of source, for people; a tree too deep to print is named by its type."""
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return f"<{type(node).__name__}>"
    return clean(text if len(text) <= most else text[: most - 3] + "...")


def clean(text: str) -> str:
    """`text` on one line and without anything that could steer a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
