"""Which breaker hears of a repeated call: that of its host, by the client's own catalogue, or none."""

from __future__ import annotations

import ast
from typing import Final

from poetc.ir import BreakerPolicy
from poetc.verify.answer import Answer, Form
from poetc.verify.nodes import flat

HOST_ARGUMENTS: Final = ("breaker", "host", "refusal")
"""of `rt.Retry`, by name"""


def host_objection(answer: Answer, form: Form, name: str, wanted: tuple[tuple[str, ...], str]) -> str:
    """What is wrong with the breaker that the `rt.Retry` of that name tells of a call to such a host; "" if nothing."""
    given = host_arguments(form.bound[name])
    if not (wanted[0] and counts_hosts(answer)):
        return "which tells a breaker of it" if given else ""
    breaker = given.pop("breaker", None)
    if not (isinstance(breaker, ast.Name) and form.thing(breaker.id) == "HostBreakers"):
        return "which tells no breaker of it"
    found = {key: literal(node) for key, node in given.items()}
    expected = {"host": wanted[0], **({"refusal": wanted[1]} if wanted[1] else {})}
    return "" if found == expected else "which looks for its host elsewhere, or refuses it as something else"


def host_arguments(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments of an `rt.Retry` that say to whom it tells what of a call's host."""
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in HOST_ARGUMENTS}


def counts_hosts(answer: Answer) -> bool:
    """Whether the user wants breakers where calls are made: unless switched off, or around functions only."""
    asked = answer.unit.policy.breaker
    return asked is not False and not (isinstance(asked, BreakerPolicy) and asked.per == "function")


def has_hosts(form: Form) -> bool:
    """Whether any call of the answer is counted by its host."""
    used = {node.id for node in flat(form.operate) if isinstance(node, ast.Name)} if form.operate is not None else set()
    return any(
        name in used and form.thing(name) == "Retry" and bool(host_arguments(call)) for name, call in form.bound.items()
    )


def literal(node: ast.expr) -> object:
    """A text, or a tuple of texts; None for anything else."""
    if isinstance(node, ast.Tuple):
        return tuple(literal(each) for each in node.elts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
