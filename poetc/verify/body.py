"""POET403: the moved body is the user's, line for line, once the plan's rewrites are undone.

Translation validation, independent of the emitter: the body is taken from the text, what the plan has put in is taken
out of its tree, and the rest is compared with what the client parsed from the user's file, node by node and with their
lines; each rewrite of the plan has to be found just once.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from poetc.errors import VerifyError
from poetc.ir import Span
from poetc.source.nodes import flat
from poetc.verify.findings import rejection, shown
from poetc.verify.inserted import is_checked_result, is_perceived
from poetc.verify.regions import are_relined, is_in_block, opened_block, user_line, wanted_blocks, written_line
from poetc.verify.written import Function, Written
from poetc.wire.enhancement import Enhancement

CODE: Final = "POET403"
BLOCKS: Final = ("body", "orelse", "finalbody")
LIMITED: Final = ("", "unsent", "fresh", "entered", "iterated")
"""methods of `rt.Retry` that hand a limit on; an event loop cancels what the others call"""
LOOKS: Final[dict[type[ast.AST], str]] = {ast.For: "over", ast.AsyncFor: "over_async", ast.While: "lasts"}
"""loop -> how it looks at the deadline"""


def check_body(written: Written) -> None:
    """Raise VerifyError unless the moved body is the user's, line for line, but for the plan's rewrites."""
    operate = written.operate
    if operate is None:
        return
    undone = Undone(written)
    body = undone.statements(operate.body)
    body = without_perceive(written, body)
    expected = list(written.function.body)
    check_same(written, operate, expected, body)
    if undone.found != wanted_rewrites(written) or not are_relined(written):
        raise failed(written, "other rewrites were made than the plan names", operate)
    check_lines(written, operate, expected)


Rewrite = tuple[object, ...]
"""line of the function, how it is written, and the literals that stand in it"""


def wanted_rewrites(written: Written) -> Counter[Rewrite]:
    """What the plan puts into the body: a line of the function, what is called or added there, and with what."""
    plan = written.plan
    passes = bool(written.deadline) and written.unit.site.kind == "sync"
    found: Counter[Rewrite] = Counter()
    for call in plan.calls:
        scale = () if call.scale is None else (call.scale,)
        is_limited = call.timeout is not None and call.method in LIMITED
        limit = (passes and call.where == "own", call.timeout, *scale) if is_limited else ()
        found[call.place.line, *("handed",) * (call.where == "handed"), call.method, *limit] += 1
    for call in plan.timed:
        found[call.place.line, "passed_to", call.timeout, *(() if call.scale is None else (call.scale,))] += 1
    found.update((place.line, LOOKS[type_at(written, place)]) for place in plan.loops)
    found.update(wanted_blocks(written))
    found.update((place.line, "out") for place in plan.returns)
    found.update((place.line, "frame", frames_between(plan)) for place in plan.frames)
    return found


def type_at(written: Written, place: Span) -> type[ast.AST]:
    """The type of loop that stands at a place of the user's function."""
    line = place.line + written.unit.site.span.line - 1
    for node in flat(*written.function.body):
        if node.__class__ in LOOKS and (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)) == (
            line,
            place.column,
        ):
            return node.__class__
    raise failed(written, "the plan names a loop where there is none", written.function)


def frames_between(plan: Enhancement) -> int:
    """Frames between the body and its caller, more than the original has."""
    windowed = False
    if plan.breaker is not None and plan.breaker.per == "function":
        windowed = plan.breaker.settings.is_windowed
    return 1 + (plan.rate_limit is not None) + (plan.bulkhead is not None) + windowed


class Undone:
    """Takes out of a body's tree, in place, what the plan has put in, noting each."""

    def __init__(self, written: Written) -> None:
        self.written = written
        self.retries = {name for name, thing in written.objects.items() if thing.endswith("Retry")}
        self.deadline = written.deadline
        self.header = written.operate.lineno if written.operate else 0
        self.hands = any(call.where == "handed" for call in written.plan.calls)
        self.frames = {place.line for place in written.plan.frames}
        self.found: Counter[Rewrite] = Counter()

    def note(self, node: ast.expr | ast.stmt, *what: object) -> None:
        """Remember that something was taken out."""
        self.found[self.line(node), *what] += 1

    def line(self, node: ast.expr | ast.stmt) -> int:
        """The line of the user's function that a node stands on."""
        return user_line(self.written, node.lineno - self.header + 1)

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block, everything in them undone."""
        for node in flat(*body):
            if isinstance(node, ast.Call):
                self.undo_call(node)
            elif node.__class__ in LOOKS:
                self.undo_loop(node)
            for name in BLOCKS:
                block = getattr(node, name, None)
                if block.__class__ is list:
                    setattr(node, name, self.block(block))
            if self.frames:
                self.undo_parts(node, ast.BinOp, self.without_frame)
            if self.hands:
                self.undo_parts(node, ast.Call, self.without_retry)
        return self.block(body)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """`return X` for each `_out = X; return ...`, a block itself for one that is repeated as a whole."""
        found: list[ast.stmt] = []
        waiting = body[::-1]
        while waiting:
            node = waiting.pop()
            opened = opened_block(self.written, node)
            if opened is not None:
                waiting += opened[0][::-1]
                self.note(node, *opened[1])
                continue
            last = found[-1] if found else None
            if isinstance(last, ast.Assign) and is_checked_result(self.written, last, node):
                found[-1] = ast.copy_location(ast.Return(value=last.value), last)
                self.note(last, "out")
            else:
                found.append(node)
        return found

    def undo_call(self, node: ast.Call) -> None:
        """`F(...)` for `retry(F, ...)(...)` and for `deadline.passed_to(F, ...)(...)`."""
        added = node.func
        if not isinstance(added, ast.Call) or added.keywords or not added.args:
            return
        is_passed = self.method(added.func) == "passed_to"
        if is_passed or root_name(added.func) in self.retries:
            limit = [self.limit(each) for each in added.args[1:]]
            self.note(node, *("passed_to",) if is_passed else (method_of(added.func),), *limit)
            node.func = added.args[0]

    def limit(self, node: ast.expr) -> object:
        """What stands behind the function that is called: whether the deadline, a parameter's name, a number."""
        if isinstance(node, ast.Name):
            return True if node.id == self.deadline else None
        return False if isinstance(node, ast.Constant) and node.value is None else getattr(node, "value", None)

    def undo_loop(self, node: ast.AST) -> None:
        """What a loop runs over for `deadline.over(...)`, its condition for `deadline.lasts() and (...)`."""
        match node:
            case ast.While(test=ast.BoolOp(op=ast.And(), values=[ast.Call(func=function, args=[]), inner])):
                if self.method(function) == "lasts":
                    self.note(node, "lasts")
                    node.test = inner
            case (
                ast.For(iter=ast.Call(func=function, args=[items]))
                | ast.AsyncFor(iter=ast.Call(func=function, args=[items]))
            ):
                if self.method(function) in ("over", "over_async"):
                    self.note(node, self.method(function))
                    node.iter = items

    def undo_parts(self, node: ast.AST, kind: type[ast.expr], undone: Callable[[Any], Any]) -> None:
        """What the user wrote for each part of a node that stands for it."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                setattr(node, name, [undone(each) for each in value])
            elif isinstance(value, kind):
                setattr(node, name, undone(value))

    def without_retry(self, node: Any) -> Any:
        """`F` for `retry(F, ...)`, which is handed to something that calls it."""
        match node:
            case ast.Call(func=function, args=[inner, *limit], keywords=[]) if root_name(function) in self.retries:
                self.note(node, "handed", method_of(function), *map(self.limit, limit))
                return inner
        return node

    def without_frame(self, node: Any) -> Any:
        """The number for `NUMBER + 1`, in a line that the plan names."""
        match node:
            case ast.BinOp(left=ast.Constant() as left, op=ast.Add(), right=ast.Constant(value=int() as more)):
                if self.line(left) in self.frames and more.__class__ is int:
                    self.note(node, "frame", more)
                    return left
        return node

    def method(self, function: ast.expr) -> str:
        """The method of the deadline that is named, "" if none is."""
        return method_of(function) if self.deadline and root_name(function) == self.deadline else ""


def root_name(function: ast.expr) -> str:
    """The variable that is called, or whose method is; "" for anything else."""
    root = function.value if isinstance(function, ast.Attribute) else function
    return root.id if isinstance(root, ast.Name) else ""


def method_of(function: ast.expr) -> str:
    """The method that is called, "" for a variable itself."""
    return function.attr if isinstance(function, ast.Attribute) else ""


def without_perceive(written: Written, body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements behind those that look at the arguments, which only the direct form has."""
    if written.plan.form != "direct" or not written.plan.parameters:
        return body
    return body[next((at for at, node in enumerate(body) if not is_perceived(written, node)), len(body)) :]


def check_same(written: Written, operate: Function, expected: list[ast.stmt], body: list[ast.stmt]) -> None:
    """Every node is the user's own, on the user's own line."""
    first = written.unit.site.span.line
    shift = operate.lineno - first
    mine, theirs = flat(*expected), flat(*body)
    within = {id(n) for each in mine if isinstance(each, ast.JoinedStr) for n in flat(each)}
    for one, other in zip(mine, theirs, strict=False):
        if one.__class__ is not other.__class__ or said_by(one) != said_by(other):
            raise failed(written, f"in place of `{shown(one)}` it has `{shown(other)}`", other)
        line = getattr(one, "lineno", None)
        if line is None or id(one) in within:
            continue
        if getattr(other, "lineno", 0) - shift - first + 1 != written_line(written, line - first + 1):
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
    plan = written.plan
    source = written.unit.site.source.text.split("\n")
    lines = written.text.split("\n")
    places = [*(c.place for c in (*plan.calls, *plan.timed)), *plan.loops, *plan.returns, *plan.frames]
    first = written.unit.site.span.line
    touched = {n + first - 1 for place in places for n in range(place.line, place.end_line + 1)}
    start = min([expected[0].lineno, *(d.lineno for d in getattr(expected[0], "decorator_list", []))])
    if source[start - 1].encode("utf-8", "surrogatepass")[: expected[0].col_offset].strip():
        touched.add(start)  # a function on one line: the body's column is kept, its header is another
    for number in range(start, (written.function.end_lineno or start) + 1):
        at = written_line(written, number - first + 1) + operate.lineno - 1
        mine, given = source[number - 1], lines[at - 1] if at <= len(lines) else ""
        is_same = given.endswith(mine) or (is_in_block(written, number - first + 1) and given.strip() == mine.strip())
        if number not in touched and (mine.strip() or given.strip()) and not is_same:
            node = ast.Pass(lineno=at, col_offset=0)
            raise failed(written, f"the line `{mine.strip()[:80]}` has another text", node)


def failed(written: Written, what: str, node: ast.AST) -> VerifyError:
    """The error that says where the moved body differs."""
    return rejection(written.unit, CODE, what, getattr(node, "lineno", 0), written.text)
