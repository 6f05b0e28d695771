"""POET403: what the moved body takes from around it is what the original's code takes, as the compiler says."""

from __future__ import annotations

import ast
from types import CodeType

from poetc.verify.findings import rejection
from poetc.verify.written import Written


def check_variables(written: Written) -> None:
    """Raise VerifyError unless the moved body has just the original's free variables, and what `bind` makes."""
    operate, wanted = written.operate, set(written.unit.context.free)
    if operate is None:
        return
    borrowed = {
        node.target.id
        for node in written.bind.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    made = {*written.objects, *(each.name for each in written.functions), *_aliases(written)} - borrowed
    for name in sorted(borrowed - wanted | made & written.mentioned - wanted):
        raise rejection(written.unit, "POET403", f"`bind` makes `{name}`, which the body names", 0, written.text)
    for code in _codes(written.code):
        if (code.co_firstlineno, code.co_name) == (operate.lineno, operate.name):
            found = set(code.co_freevars) - (made - wanted)
            if found != wanted:
                odd = min(found ^ wanted)
                what = f"`{odd}` means something else in the moved body"
                raise rejection(written.unit, "POET403", what, operate.lineno, written.text)
            return
    raise rejection(written.unit, "POET403", "the moved body isn't compiled", operate.lineno, written.text)


def _aliases(written: Written) -> set[str]:
    """Names of `bind` that stand for builtins."""
    found = set()
    for node in written.bind.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name()):
                found.add(name)
    return found


def _codes(code: CodeType) -> list[CodeType]:
    """All code objects that a module makes."""
    found = [code]
    for each in found:  # grows while it is walked
        found += [constant for constant in each.co_consts if isinstance(constant, CodeType)]
    return found
