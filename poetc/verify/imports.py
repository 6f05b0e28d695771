"""POET404: the answer imports nothing but the runtime, and what the user's own body imports."""

from __future__ import annotations

import ast
from collections import Counter

from poetc.verify.answer import Answer

CODE = "POET404"
IMPORTS = (ast.Import, ast.ImportFrom)


def check(answer: Answer) -> None:
    """Raise VerifyError (POET404) for an import too many; where the user's own ones stand is the body's check."""
    package = answer.unit.site.source.link_package
    allowed = Counter(("from __future__ import annotations", f"from {package} import _runtime as rt"))
    allowed += Counter(ast.unparse(node) for node in answer.user_nodes if isinstance(node, IMPORTS))
    for node in answer.nodes:
        if isinstance(node, IMPORTS):
            text = ast.unparse(node)
            if allowed[text] == 0:
                raise answer.error(CODE, f"it imports something of its own, `{text}`", node)
            allowed[text] -= 1
