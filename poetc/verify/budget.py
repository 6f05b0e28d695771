"""POET407: how the budget is kept, and by whom calls are repeated, is as the metadata and the user say."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from poetc.verify.answer import Answer, Form
from poetc.verify.nodes import flat, parameters, said
from poetc.verify.patterns import is_literal, literal_value
from poetc.verify.repeats import Repeats

CODE: Final = "POET407"

FLAGS: Final = ("alarm", "idempotent")
"""arguments of `rt.Guard` that are True or False"""


def check_mechanism(answer: Answer, form: Form) -> None:
    """Raise VerifyError (POET407) if the budget is kept in another way than the metadata says."""
    said_mechanism, found = answer.draft.metadata.get("timeout_mechanism"), mechanism_of(form)
    if said_mechanism != found:
        raise answer.error(CODE, f"it says its budget is kept by {said_mechanism!r}, but it is by {found!r}")
    if found == "alarm-or-thread" and not answer.unit.policy.own_thread:
        raise answer.error(CODE, "it moves the body to a thread of its own, which nobody asked for")


def mechanism_of(form: Form) -> str | None:
    """How the code keeps its budget, in the words of the metadata; None: there is none."""
    nodes = flat(form.public) if form.public is not None else []
    used = [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and form.thing(node.value.id) == "Guard"
    ]
    if "deadline" not in used:
        return None
    if "within_async" in used:
        return "asyncio"
    if "within" in used:
        # called itself, or handed to a breaker or to `guard.again`: on every way to Operate′
        ways = sum(isinstance(node, ast.Name) and node.id == form.operate_name for node in nodes)
        return "alarm-or-thread" if used.count("within") == ways else "alarm-or-thread on some ways only"
    if not any(isinstance(node, ast.With) and runs_operate(node, form) for node in nodes):
        return "nothing"
    if not has_alarm(form):
        return "cooperative"
    return "cooperative-and-alarm" if takes_deadline(form) or form.is_supplied else "alarm"


def runs_operate(entered: ast.With, form: Form) -> bool:
    """Whether Operate′, or what a domain does in its place, runs inside of a `with`."""
    names = {node.id for node in flat(entered) if isinstance(node, ast.Name)}
    return form.operate_name in names if form.operate_name else True


def takes_deadline(form: Form) -> bool:
    """Whether Operate′ is handed the deadline, behind the parameters."""
    assert form.public is not None
    return form.operate is not None and len(form.operate.args.args) > len(parameters(form.public.args))


def has_alarm(form: Form) -> bool:
    """Whether the guard sets an alarm."""
    guards = [call for name, call in form.bound.items() if form.thing(name) == "Guard"]
    return any(k.arg == "alarm" and getattr(k.value, "value", None) is True for call in guards for k in call.keywords)


def check_flags(answer: Answer, call: ast.Call, given: Mapping[str, ast.expr]) -> None:
    """An alarm, which interrupts code anywhere, is set only where the user wrote a budget at the function itself."""
    for name in FLAGS:
        node = given.get(name)
        if node is not None and not (isinstance(node, ast.Constant) and type(node.value) is bool):
            raise answer.error(CODE, f"`{said(call)}` has an odd {name}", call)
    alarm = given.get("alarm")
    if alarm is not None and literal_value(alarm) is True and not wrote_timeout(answer):
        raise answer.error(CODE, f"`{said(call)}` sets an alarm that nobody asked for", call)


def wrote_timeout(answer: Answer) -> bool:
    """Whether `timeout=` stands in the decorator."""
    decorator = answer.unit.site.decorator
    return isinstance(decorator, ast.Call) and any(keyword.arg == "timeout" for keyword in decorator.keywords)


def check_transient(answer: Answer, call: ast.Call, node: ast.expr) -> None:
    """The errors after which calls are repeated are those that the client's own catalogue has for them."""
    names = [literal_value(each) for each in node.elts if is_literal(each)] if isinstance(node, ast.Tuple) else [None]
    if not isinstance(node, ast.Tuple) or len(names) != len(node.elts):
        raise answer.error(CODE, f"`{said(call)}` has something else than names of errors", call)
    allowed = Repeats(answer).passing_errors()
    if odd := [name for name in names if name not in allowed]:
        raise answer.error(CODE, f"`{said(call)}` repeats after {odd[0]!r}, of which no call knows", call)
