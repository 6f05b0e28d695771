"""The user's body beside Operate′, node by node, the listed rewrites undone on the way.

Names that the generator adds occur nowhere in the user's function, so a rewrite can't be mistaken for the user's code.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from poetc.effects import frame_uses
from poetc.errors import VerifyError
from poetc.ir import Kind
from poetc.verify.answer import Answer, Form, Function
from poetc.verify.gates import is_enforce_gate, is_perceive_line, is_perceived_value
from poetc.verify.layout import begins_line, check_lines, column_shift, first_line, is_one_line
from poetc.verify.nodes import SCOPES, parameters, said, same_literal
from poetc.verify.patterns import OUT, is_docstring
from poetc.verify.rewrites import Listed
from poetc.verify.undo import Undo
from poetc.verify.ways import Ways

CODE = "POET403"
STATEMENTS = frozenset({"body", "orelse", "finalbody"})

Pair = tuple[ast.AST, ast.AST, bool, bool]
"""the user's node, the answer's, whether they belong to Operate′'s own scope, whether Python knows their lines"""


class Comparison:
    """The user's body beside Operate′."""

    def __init__(self, answer: Answer, form: Form, operate: Function, listed: Listed) -> None:
        self.answer = answer
        self.form = form
        self.operate = operate
        self.listed = listed
        self.lines = operate.lineno - answer.unit.site.span.line
        self.columns = 0
        self.header_line = 0
        self.touched: set[int] = set()
        self.waiting: list[Pair] = []
        self.undo = Undo(answer, form, listed, self.deadline_name(), self.touch)

    def deadline_name(self) -> str:
        """The parameter that a guarded Operate′ takes beside the function's own, "" if none."""
        if self.form.public is None:
            return ""
        extra = self.operate.args.args[len(parameters(self.answer.function.args)) :]
        return extra[0].arg if extra else ""

    def differs(self, one: ast.AST, other: ast.AST) -> VerifyError:
        return self.answer.error(
            CODE, f"in place of `{said(one)}` it has `{said(other)}`", locatable(other, self.operate)
        )

    def run(self) -> None:
        """Compare everything; raises VerifyError at the first difference."""
        function, actual = self.answer.function, self.without_perceive()
        expected = list(function.body)
        if is_docstring(expected[0]) and not (actual and is_docstring(actual[0])):
            expected.pop(0)
        if not expected and [type(node) for node in actual] in ([], [ast.Pass]):
            return
        if expected and actual:
            if self.header_line:
                self.touched.add(self.header_line)
            else:
                self.columns = column_shift(self.answer, expected[0], actual[0])
        self.block(expected, actual, True)
        while self.waiting:
            self.pair(*self.waiting.pop())
        if expected:
            shift = (self.lines, self.columns)
            check_lines(self.answer, self.listed.source, first_line(expected[0]), shift, self.touched)

    def without_perceive(self) -> list[ast.stmt]:
        """Operate′'s statements after its perceive line, which only the direct form has.

        Async generators, and functions written on one line, have no room or no way for it: they repair values in place.
        """
        function, body = self.answer.function, list(self.operate.body)
        one_line = is_one_line(function, self.listed.source)
        if one_line:
            self.header_line = function.body[0].lineno
        if self.form.public is not None:
            return body
        while body and is_perceived_value(body[0], self.answer, self.form):
            body.pop(0)
        if len(body) < len(self.operate.body) or one_line or self.answer.unit.site.kind is Kind.ASYNC_GENERATOR:
            return body
        if is_perceive_line(body[0], self.operate, self.answer, self.form):
            body.pop(0)
        return body

    def block(self, expected: Sequence[ast.AST], actual: Sequence[ast.AST], own: bool) -> None:
        """Pair the statements of two blocks off; an enforced return takes two of the answer's."""
        pairs: list[Pair] = []
        given = iter(actual)
        for one in expected:
            other = next(given, None)
            if other is None:
                raise self.answer.error(CODE, f"`{said(one)}` is missing", actual[-1] if actual else self.operate)
            if own and isinstance(one, ast.Return) and one.value is not None and is_out(other):
                assert isinstance(other, ast.Assign)
                self.check_enforced(one, other, next(given, None))
                pairs.append((one.value, other.value, own, True))
            else:
                pairs.append((one, other, own, True))
        for other in given:
            raise self.answer.error(CODE, f"it adds the statement `{said(other)}`", other)
        self.waiting.extend(reversed(pairs))

    def check_enforced(self, one: ast.Return, assign: ast.Assign, last: ast.AST | None) -> None:
        """`return X` became `_out = X; return _out if TEST else enforce(_out)`."""
        target = assign.targets[0]
        assert isinstance(target, ast.Name)
        good = isinstance(last, ast.Return) and is_enforce_gate(last.value, target.id, self.answer, self.form)
        if target.id in self.answer.mentioned or target.id in self.form.names or not good:
            raise self.differs(one, last or assign)
        self.check_place(one, assign)
        if getattr(last, "lineno", 0) != assign.end_lineno or getattr(last, "end_lineno", 0) != assign.end_lineno:
            raise self.answer.error(CODE, "the enforced return doesn't stand on its own line", last)
        before, after = self.listed.source_text(one), self.listed.answer_text(assign, last)
        self.listed.take(("enforce",), one, before, assign, after)
        self.touch(one)

    def pair(self, one: ast.AST, other: ast.AST, own: bool, located: bool) -> None:
        """Compare two nodes but for their children, which are put on the list."""
        if own and isinstance(one, ast.Call):
            other = self.undo.call(one, other)
        if own and isinstance(one, ast.expr) and isinstance(other, ast.expr) and one in self.depths:
            other = self.without_frame(one, other)
        if type(one) is not type(other):
            raise self.differs(one, other)
        if located:
            self.check_place(one, other)
        pairs: list[Pair] = []
        inner = own and not isinstance(one, SCOPES)
        located = located and not isinstance(one, ast.JoinedStr)
        for name in one._fields:
            mine, theirs = getattr(one, name, None), getattr(other, name, None)
            if mine is theirs:
                continue
            if isinstance(mine, ast.AST) and isinstance(theirs, ast.AST):
                theirs = self.without_deadline(one, name, theirs) if own else theirs
                pairs.append((mine, theirs, inner, located))
            elif isinstance(mine, list) and isinstance(theirs, list):
                if name in STATEMENTS:
                    self.waiting.extend(reversed(pairs))
                    pairs = []
                    self.block(mine, theirs, inner)
                else:
                    pairs.extend(self.items(one, other, mine, theirs, inner, located))
            elif not same_literal(mine, theirs):
                raise self.differs(one, other)
        self.waiting.extend(reversed(pairs))

    def items(
        self, one: ast.AST, other: ast.AST, mine: list[object], theirs: list[object], own: bool, located: bool
    ) -> list[Pair]:
        """The pairs of two lists that hold no statements."""
        pairs: list[Pair] = []
        if len(mine) != len(theirs):
            raise self.differs(one, other)
        for a, b in zip(mine, theirs, strict=True):
            if isinstance(a, ast.AST) and isinstance(b, ast.AST):
                pairs.append((a, b, own, located))
            elif not same_literal(a, b):
                raise self.differs(one, other)
        return pairs

    def check_place(self, one: ast.AST, other: ast.AST) -> None:
        """Every node stands on the user's own line, every statement that begins one in its own column."""
        line = getattr(one, "lineno", None)
        if line is None:
            return
        if getattr(other, "lineno", 0) - line != self.lines:
            raise self.answer.error(CODE, f"`{said(other)}` is not on its own line", other)
        if not isinstance(one, ast.stmt) or line == self.header_line or not begins_line(one, self.listed.source):
            return
        if getattr(other, "col_offset", 0) - one.col_offset != self.columns:
            raise self.answer.error(CODE, f"`{said(other)}` is not in its own column", other)

    def touch(self, node: ast.AST) -> None:
        """Remember the lines of a rewritten node: their text differs."""
        self.touched.update(range(getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) + 1))

    def without_frame(self, one: ast.expr, other: ast.expr) -> ast.expr:
        """`N` in place of the guarded form's `N + 1` (see `Ways.frames`), where N counts frames up the stack."""
        frames = Ways(self.answer, self.form).frames
        added = (
            isinstance(other, ast.BinOp)
            and isinstance(other.op, ast.Add)
            and same_literal(getattr(other.right, "value", None), frames)
        )
        if self.form.public is None or isinstance(one, ast.BinOp) or not (isinstance(other, ast.BinOp) and added):
            return other
        if not (isinstance(one, ast.Constant) and type(one.value) is int and one.value > 0):
            return other
        self.listed.take(("frame",), one, said(one), other, said(other))
        self.touch(one)
        return other.left

    def without_deadline(self, one: ast.AST, name: str, theirs: ast.AST) -> ast.AST:
        """What the head of a loop has, the look at the budget undone."""
        if isinstance(one, ast.For | ast.AsyncFor) and name == "iter":
            return self.undo.items(one, theirs)
        return self.undo.condition(one, theirs) if isinstance(one, ast.While) and name == "test" else theirs

    @cached_property
    def depths(self) -> frozenset[ast.expr]:
        """The user's own numbers that count frames, and those alone."""
        return frozenset(frame_uses(self.answer.function, self.undo.repeats.calls.values()).numbers)


def is_out(node: ast.AST) -> bool:
    """Whether `node` is `_out = X`."""
    if not (isinstance(node, ast.Assign) and len(node.targets) == 1):
        return False
    target = node.targets[0]
    return isinstance(target, ast.Name) and bool(OUT.fullmatch(target.id))


def locatable(node: ast.AST, fallback: ast.AST) -> ast.AST:
    """`node` if it has a line, else `fallback`."""
    return node if hasattr(node, "lineno") else fallback
