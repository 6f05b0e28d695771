"""Tests of arguments and results that stand in the moved body: they ask for types, and hand the same values on."""

from __future__ import annotations

import ast
from typing import Final

from poetc.source.functions import mangled
from poetc.source.nodes import parameters
from poetc.verify.written import Written

ASKED: Final = frozenset({"kind", "admits"})
"""what a test asks of an annotation that is read at run time"""
OPERATORS: Final = (
    ast.BoolOp | ast.And | ast.Or | ast.UnaryOp | ast.Not | ast.Compare | ast.Is | ast.In | ast.USub | ast.Set
    | ast.Tuple | ast.Constant | ast.Load
)  # fmt: skip
FIRST: Final = {"sync": "", "coroutine": "awaited", "generator": "iterated"}
"""kind of function -> the method of `rt.Perceive` that calls the original in its place"""


def is_test(written: Written, node: ast.expr, values: set[str]) -> bool:
    """Whether an expression does nothing but ask for the types of `values`, and compare them with literals."""
    hints = written.made("Hint", "Shape")
    classes = written.builtins
    match node:
        case ast.Name(id=name):
            return name in values or name in classes
        case ast.Attribute(value=ast.Name(id=name), attr=asked):
            return name in hints and asked in ASKED
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=value)], keywords=[]):
            return classes.get(name) == "type" and value in values
        case ast.Call(func=ast.Name(id=name), args=[ast.Call() as kind, kinds], keywords=[]):
            is_asked = classes.get(name) == "issubclass" and is_test(written, kind, values)
            return is_asked and not isinstance(kinds, ast.Call) and is_test(written, kinds, set())
        case ast.Call(func=ast.Attribute() as function, args=[ast.Name(id=value)], keywords=[]):
            return is_test(written, function, values) and value in values
    if not isinstance(node, OPERATORS):
        return False
    return all(
        is_test(written, each, values) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)
    ) and (not isinstance(node, ast.Compare) or all(isinstance(op, OPERATORS) for op in node.ops))


def is_checked_result(written: Written, assign: ast.stmt, last: ast.stmt) -> bool:
    """Whether two statements are `_out = X; return _out if TEST else enforce(_out)`, on a line of their own."""
    match assign, last:
        case (
            ast.Assign(targets=[ast.Name(id=name)]),
            ast.Return(
                value=ast.IfExp(
                    test=test,
                    body=ast.Name(id=same),
                    orelse=ast.Call(func=ast.Name(id=enforce), args=[ast.Name(id=given)], keywords=[]),
                )
            ),
        ):
            is_one = name == same == given and name not in written.mentioned and name not in written.objects
            is_one = is_one and enforce in written.made("Enforce") and assign.end_lineno == last.lineno
            return is_one and is_test(written, test, {name})
    return False


def is_perceived(written: Written, node: ast.stmt) -> bool:
    """Whether a statement only looks at arguments: repairs one in place, or calls the original with them."""
    classes = written.unit.site.classes
    checked = {mangled(each.subject, classes) for each in written.plan.parameters}
    perceive = written.made("Perceive")
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.IfExp(
                test=test,
                body=ast.Name(id=same),
                orelse=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=thing), attr="value"),
                    args=[ast.Constant(value=told), ast.Name(id=given)],
                    keywords=[],
                ),
            ),
        ):
            is_one = name == same == given == told and name in checked and thing in perceive
            return is_one and is_test(written, test, {name})
        case ast.If(
            test=ast.BoolOp(
                op=ast.And(),
                values=[
                    ast.UnaryOp(op=ast.Not(), operand=test),
                    ast.Attribute(value=ast.Name(id=thing), attr="stops"),
                ],
            ),
            body=[ast.Return(value=value)],
            orelse=[],
        ):
            return thing in perceive and is_test(written, test, checked) and is_handed_on(written, value, thing)
    return False


def is_handed_on(written: Written, value: ast.expr | None, perceive: str) -> bool:
    """Whether a value is that of `perceive(...)`, as the kind of function calls it, with the arguments as they came."""
    kind = written.unit.site.kind
    if isinstance(value, ast.Await if kind == "coroutine" else ast.YieldFrom if kind == "generator" else ()):
        value = value.value
    method = f".{FIRST[kind]}" if FIRST.get(kind) else ""
    wanted = ast.parse(f"{perceive}{method}({handed_on(written)})", mode="eval").body
    return value is not None and kind in FIRST and ast.dump(value) == ast.dump(wanted)


def handed_on(written: Written) -> str:
    """The user's parameters as the arguments of a call."""
    arguments, classes = written.function.args, written.unit.site.classes
    named = {id(each) for each in arguments.kwonlyargs}
    stars = {id(arguments.vararg): "*", id(arguments.kwarg): "**"}
    found = []
    for each in parameters(arguments):
        name = mangled(each.arg, classes)
        found.append(f"{name}={name}" if id(each) in named else stars.get(id(each), "") + name)
    return ", ".join(found)
