"""POET403: the moved body is the user's, line for line, once the plan's rewrites are undone.

Translation validation, independent of the emitter: the body is taken from the text, what the plan has put in is taken
out of its tree, and the rest is compared with what the client parsed from the user's file, node by node and with their
lines; each rewrite of the plan has to be found just once.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any, Final

from poetc.errors import VerifyError
from poetc.source.nodes import flat
from poetc.verify.findings import rejection, shown
from poetc.verify.written import Function, Written

CODE: Final = "POET403"
BLOCKS: Final = ("body", "orelse", "finalbody")


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


class Undone:
    """Takes out of a body's tree, in place, what the plan has put in, counting by kind."""

    def __init__(self, written: Written) -> None:
        self.objects = written.objects
        self.deadline = written.deadline
        header = written.operate.lineno if written.operate else 0
        self.frames = {place.line + header - 1 for place in written.plan.frames}
        self.found: Counter[str] = Counter()

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block, everything in them undone."""
        for node in flat(*body):
            if isinstance(node, ast.Call):
                self.undo_call(node)
            elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
                self.undo_loop(node)
            for name in BLOCKS:
                block = getattr(node, name, None)
                if block.__class__ is list:
                    setattr(node, name, self.block(block))
            if self.frames:
                self.undo_frames(node)
        return self.block(body)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
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

    def undo_call(self, node: ast.Call) -> None:
        """`F(...)` for `retry(F, ...)(...)` and for `deadline.passed_to(F, ...)(...)`."""
        if isinstance(node.func, ast.Call) and self.is_added(node.func.func) and node.func.args:
            self.found["call"] += 1
            node.func = node.func.args[0]

    def undo_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        """What a loop runs over for `deadline.over(...)`, its condition for `deadline.lasts() and (...)`."""
        match node:
            case ast.While(test=ast.BoolOp(op=ast.And(), values=[ast.Call(func=function, args=[]), inner])):
                if self.method(function) == "lasts":
                    self.found["loop"] += 1
                    node.test = inner
            case (
                ast.For(iter=ast.Call(func=function, args=[items]))
                | ast.AsyncFor(iter=ast.Call(func=function, args=[items]))
            ):
                if self.method(function) in ("over", "over_async"):
                    self.found["loop"] += 1
                    node.iter = items

    def undo_frames(self, node: ast.AST) -> None:
        """The number for `NUMBER + 1`, in a line that the plan names."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                setattr(node, name, [self.without_frame(each) for each in value])
            elif isinstance(value, ast.BinOp):
                setattr(node, name, self.without_frame(value))

    def without_frame(self, node: Any) -> Any:
        """The number that counts frames, as the user wrote it."""
        match node:
            case ast.BinOp(left=ast.Constant() as left, op=ast.Add(), right=ast.Constant(value=int())):
                if node.lineno in self.frames:
                    self.found["frame"] += 1
                    return left
        return node

    def is_added(self, function: ast.expr) -> bool:
        """Whether that is a retry of `bind`, a method of one, or `deadline.passed_to`."""
        root = function.value if isinstance(function, ast.Attribute) else function
        is_retry = isinstance(root, ast.Name) and self.objects.get(root.id, "").endswith("Retry")
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
    return {each.id for each in flat(node) if isinstance(each, ast.Name)}


def check_same(written: Written, operate: Function, expected: list[ast.stmt], body: list[ast.stmt]) -> None:
    """Every node is the user's own, on the user's own line."""
    shift = operate.lineno - written.unit.site.span.line
    mine, theirs = flat(*expected), flat(*body)
    within = {id(n) for each in mine if isinstance(each, ast.JoinedStr) for n in flat(each)}
    for one, other in zip(mine, theirs, strict=False):
        if one.__class__ is not other.__class__ or said_by(one) != said_by(other):
            raise failed(written, f"in place of `{shown(one)}` it has `{shown(other)}`", other)
        line = getattr(one, "lineno", None)
        if line is not None and id(one) not in within and getattr(other, "lineno", 0) - line != shift:
            raise failed(written, f"`{shown(other)}` is not on its own line", other)
    if len(mine) != len(theirs):
        raise failed(written, "it has other statements than the function", operate)


def said_by(node: ast.AST) -> list[object]:
    """What a node says beside its children: names, literals with their types and signs, operators, how many of what."""
    if isinstance(node, ast.Name):
        return [node.id, node.ctx.__class__]
    found: list[object] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found.append([each.__class__ if isinstance(each, ast.AST) else each for each in value])
        elif isinstance(value, ast.AST):
            found.append(value.__class__)
        else:
            found.append((value.__class__, value if value.__class__ is str else repr(value)))
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
