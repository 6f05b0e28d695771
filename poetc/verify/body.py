"""POET403: the moved body is the user's, line for line, once the plan's rewrites are undone.

Translation validation, independent of the emitter: the body is taken from the text, what the plan has put in is taken
out of its tree, and the rest is compared with what the client parsed from the user's file, node by node and with their
lines; each rewrite of the plan has to be found just once.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Final

from poetc.errors import VerifyError
from poetc.verify.findings import rejection, shown
from poetc.verify.written import Function, Written

CODE: Final = "POET403"
LOOKS: Final = frozenset({"over", "over_async", "passed_to"})
"""methods of a deadline that give back, or call, what they are given"""


def check_body(written: Written) -> None:
    """Raise VerifyError unless the moved body is the user's, line for line, but for the plan's rewrites."""
    operate = written.operate
    if operate is None:
        return
    undone = Undone(written)
    body = undone.statements(operate.body)
    body = without_perceive(written, body)
    expected = list(written.function.body)
    if expected and is_docstring(expected[0]) and not (body and is_docstring(body[0])):
        expected.pop(0)
    if [type(node) for node in body] == [ast.Pass] and not expected:
        return
    check_same(written, operate, expected, body)
    plan = written.plan
    wanted = Counter(
        call=len(plan.calls) + len(plan.timed), loop=len(plan.loops), out=len(plan.returns), frame=len(plan.frames)
    )
    if undone.found != +wanted:
        raise failed(written, "other rewrites were made than the plan names", operate)
    check_lines(written, operate, expected)


class Undone(ast.NodeTransformer):
    """Takes out what the plan has put into a body, counting by kind; deeper nodes first."""

    def __init__(self, written: Written) -> None:
        self.objects = written.objects
        self.deadline = written.deadline
        shift = written.operate.lineno - written.unit.site.span.line if written.operate else 0
        self.frames = {
            place.line + (written.operate.lineno if written.operate else 0) - 1 for place in written.plan.frames
        }
        self.shift = shift
        self.found: Counter[str] = Counter()

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block."""
        return self.blocks([self.visit(node) for node in body])

    def blocks(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """`return X` for each `_out = X; return ...`."""
        found: list[ast.stmt] = []
        for node in body:
            last = found[-1] if found else None
            if isinstance(node, ast.Return) and isinstance(last, ast.Assign) and is_out(last, node):
                found[-1] = ast.copy_location(ast.Return(value=last.value), last)
                self.found["out"] += 1
            else:
                found.append(node)
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Children first, then their blocks."""
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, self.blocks(block))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`F(...)` for `retry(F, ...)(...)`, and what is given for `deadline.over(...)`."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Call) and self.is_added(node.func.func) and node.func.args:
            self.found["call"] += 1
            node.func = node.func.args[0]
        elif self.method(node.func) in LOOKS - {"passed_to"} and len(node.args) == 1:
            self.found["loop"] += 1
            return node.args[0]
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """The condition for `deadline.lasts() and (CONDITION)`."""
        self.generic_visit(node)
        match node.values:
            case [ast.Call(func=function, args=[]), inner] if self.method(function) == "lasts":
                self.found["loop"] += 1
                return inner
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """The number for `NUMBER + 1`, in a line that the plan names."""
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.Constant() as left, op=ast.Add(), right=ast.Constant()) if (
                node.lineno in self.frames
            ):
                self.found["frame"] += 1
                return left
        return node

    def is_added(self, function: ast.expr) -> bool:
        """Whether that is a retry of `bind`, a method of one, or `deadline.passed_to`."""
        root = function.value if isinstance(function, ast.Attribute) else function
        is_retry = isinstance(root, ast.Name) and self.objects.get(root.id) == "Retry"
        return is_retry or self.method(function) == "passed_to"

    def method(self, function: ast.expr) -> str:
        """The method of the deadline that is named, "" if none is."""
        match function:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == self.deadline and name:
                return attr
        return ""


def is_out(assign: ast.Assign, last: ast.Return) -> bool:
    """Whether two statements are `_out = X; return _out if ... else enforce(_out)`."""
    match assign.targets, last.value:
        case [ast.Name(id=name)], ast.IfExp(body=ast.Name(id=same)) if name == same and name.startswith("_out"):
            return assign.end_lineno == last.lineno
    return False


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def without_perceive(written: Written, body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements behind those that look at the arguments, which only the direct form has."""
    perceive = {name for name, thing in written.objects.items() if thing == "Perceive"}
    if written.plan.form != "direct" or not perceive:
        return body
    first = next((at for at, node in enumerate(body) if not names(node) & perceive), len(body))
    return body[first:]


def names(node: ast.AST) -> set[str]:
    """The names in a tree."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def check_same(written: Written, operate: Function, expected: list[ast.stmt], body: list[ast.stmt]) -> None:
    """Every node is the user's own, on the user's own line."""
    shift = operate.lineno - written.unit.site.span.line
    mine, theirs = list(ast.walk(ast.Module(expected, []))), list(ast.walk(ast.Module(body, [])))
    within = {id(n) for each in mine if isinstance(each, ast.JoinedStr) for n in ast.walk(each)}
    for one, other in zip(mine, theirs, strict=False):
        if type(one) is not type(other) or literals(one) != literals(other):
            raise failed(written, f"in place of `{shown(one)}` it has `{shown(other)}`", other)
        line = getattr(one, "lineno", None)
        if line is not None and id(one) not in within and getattr(other, "lineno", 0) - line != shift:
            raise failed(written, f"`{shown(other)}` is not on its own line", other)
    if len(mine) != len(theirs):
        raise failed(written, "it has other statements than the function", operate)


def literals(node: ast.AST) -> list[object]:
    """What a node says beside its children, and how many it has of these; numbers with their types and signs."""
    found: list[object] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found.append([each if isinstance(each, str) or each is None else type(each) for each in value])
        elif not isinstance(value, ast.AST):
            found.append((type(value), repr(value)))
    return found


def check_lines(written: Written, operate: Function, expected: list[ast.stmt]) -> None:
    """Every line without a rewrite has the source's own text, as far in as the blocks around it ask for."""
    if not expected:
        return
    shift, plan = operate.lineno - written.unit.site.span.line, written.plan
    source = written.unit.site.source.text.split("\n")
    lines = written.text.split("\n")
    places = [*(c.place for c in (*plan.calls, *plan.timed)), *plan.loops, *plan.returns, *plan.frames]
    first = written.unit.site.span.line
    touched = {n + first - 1 for place in places for n in range(place.line, place.end_line + 1)}
    start = min([expected[0].lineno, *(d.lineno for d in getattr(expected[0], "decorator_list", []))])
    if source[start - 1].encode("utf-8", "surrogatepass")[: expected[0].col_offset].strip():
        touched.add(start)  # a function on one line: the body's column is kept, its header is another
    for number in range(start, (written.function.end_lineno or start) + 1):
        mine = source[number - 1]
        given = lines[number + shift - 1] if number + shift <= len(lines) else ""
        if number not in touched and (mine.strip() or given.strip()) and not given.endswith(mine):
            node = ast.Pass(lineno=number + shift, col_offset=0)
            raise failed(written, f"the line `{mine.strip()[:80]}` has another text", node)


def failed(written: Written, what: str, node: ast.AST) -> VerifyError:
    """The error that says where the moved body differs."""
    return rejection(written.unit, CODE, what, getattr(node, "lineno", 0), written.text)
