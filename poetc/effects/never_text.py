"""Parameters that can't have been meant to be text, since the body certainly fails for text.

Either each use is one that Python refuses for text, or such a use comes first, whatever happens. Only of these may a
text such as "5" be made the number that it says. Anything else that is done with an argument, such as handing it to
another function, may be a check that is to see the text, or may work with it.
"""

from __future__ import annotations

import ast
from typing import Final, TypeGuard

from poetc.source.nodes import SCOPES, FunctionNode, body_nodes, children, flat

NUMBERS: Final = frozenset({"int", "float"})
CERTAIN: Final = frozenset({"len", "abs", "round"})
"""builtins that give numbers"""
TAKE_NUMBERS: Final = frozenset({"range", "abs", "round", "chr", "bin", "hex", "oct"})
"""builtins that refuse text in each place"""
REFUSED: Final = (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow, ast.LShift, ast.RShift)
"""operators that two texts refuse, too; these aside, text and a number refuse one another"""
OTHERS: Final = (ast.Add, ast.Mult, ast.Mod)
ORDERED: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
SEQUENCES: Final = frozenset({"str", "bytes", "list", "tuple"})
"""what is sliced by numbers alone"""


def never_text(function: FunctionNode, hidden: frozenset[str]) -> frozenset[str]:
    """The parameters of a function that can't have been meant to be text; `hidden`: names that are no builtins here."""
    return Uses(function, hidden).never_text()


class Uses:
    """The uses that a function makes of its parameters."""

    def __init__(self, function: FunctionNode, hidden: frozenset[str]) -> None:
        arguments = function.args
        self.annotations = {
            each.arg: annotation_name(each.annotation)
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        }
        self.body = function.body
        self.nodes = body_nodes(function)
        bound = {node.id for node in self.nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        self.hidden = hidden | bound | set(self.annotations)
        self.changed = bound
        self.parents = {child: node for node in self.nodes for child in children(node)}

    def never_text(self) -> frozenset[str]:
        """The parameters of which each use is neutral or refused for text, some being refused, or the first one is."""
        kept = {part.id for node in self.nodes if isinstance(node, SCOPES) for part in flat(node) if is_named(part)}
        found: dict[str, list[bool | None]] = {name: [] for name in self.annotations}
        for node in self.nodes:
            if isinstance(node, ast.Name) and node.id in found:
                found[node.id].append(self.refused(node))
        good = {name for name, uses in found.items() if True in uses and False not in uses and name not in kept}
        return frozenset((good | {name for name in found if self.fails_first(name)}) - self.changed)

    def fails_first(self, name: str) -> bool:
        """Whether a use that is refused for text comes before all others, on every way through the body."""
        for statement in self.body:
            parts = [node for node in headers(statement) if node is not None]
            uses = [(node, self.refused(node)) for part in parts for node in flat(part) if is_use(node, name)]
            if any(refused is False for _, refused in uses):
                return False
            if any(refused and self.is_certain(node, statement) for node, refused in uses):
                return True
            if any(is_use(node, name) for node in flat(statement)) or is_end(statement):
                return False
        return False

    def is_certain(self, node: ast.AST, statement: ast.stmt) -> bool:
        """Whether an expression of a statement is evaluated whenever the statement is run."""
        while node is not statement:
            parent = self.parents[node]
            match parent:
                case ast.BoolOp(values=[first, *_]) if first is not node:
                    return False
                case ast.IfExp(test=test) if test is not node:
                    return False
                case ast.Compare(left=left, comparators=[second, *_]) if node is not left and node is not second:
                    return False
                case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    return False
            node = parent
        return True

    def is_shielded(self, node: ast.AST) -> bool:
        """Whether an error of an expression may be caught by the body itself, which then has a way with text."""
        around = ast.Try | ast.TryStar | ast.With | ast.AsyncWith
        while (parent := self.parents.get(node)) is not None:
            if isinstance(parent, around):
                return True
            node = parent
        return False

    def refused(self, node: ast.Name) -> bool | None:
        """Whether Python refuses this use for text; None if text and what it says come to the same there."""
        return False if self.is_shielded(node) else self.meaning(node)

    def meaning(self, node: ast.Name) -> bool | None:
        """`refused`, by the expression that the name stands in."""
        match self.parents.get(node):
            case ast.BinOp(op=op) as parent:
                other = parent.right if parent.left is node else parent.left
                certain = self.is_number(other)
                return (isinstance(op, REFUSED) and (certain or self.is_parameter(other))) or (
                    isinstance(op, OTHERS) and certain
                )
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert()):
                return True
            case ast.Compare(ops=ops) as parent:
                return self.compared(node, parent, ops)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if node in args:
                return self.is_builtin(name, TAKE_NUMBERS)
            case ast.Slice() as parent:
                return self.is_sequence(self.parents.get(parent))
            case ast.Attribute(attr=attr, ctx=ast.Load()):
                return not hasattr(str, attr)
            case ast.FormattedValue(conversion=-1, format_spec=None):
                return None
        return False

    def compared(self, node: ast.Name, parent: ast.Compare, ops: list[ast.cmpop]) -> bool | None:
        """`refused` for a comparison: by size with numbers alone, or `is None`."""
        others = [each for each in (parent.left, *parent.comparators) if each is not node]
        if all(isinstance(op, ast.Is | ast.IsNot) for op in ops):
            none = all(isinstance(each, ast.Constant) and each.value is None for each in others)
            return None if none else False
        return all(isinstance(op, ORDERED) for op in ops) and all(map(self.is_number, others))

    def is_number(self, node: ast.expr) -> bool:
        """Whether an expression certainly gives a number."""
        match node:
            case ast.Constant(value=value):
                return type(value) in (int, float)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self.is_number(operand)
            case ast.BinOp(left=left, right=right):
                return self.is_number(left) and self.is_number(right)
            case ast.Call(func=ast.Name(id=name)):
                return self.is_builtin(name, CERTAIN)
        return False

    def is_parameter(self, node: ast.expr) -> bool:
        """Whether an expression is another parameter that is annotated as a number."""
        named = isinstance(node, ast.Name) and node.id not in self.changed
        return named and self.annotations.get(getattr(node, "id", ""), "") in NUMBERS - self.hidden

    def is_builtin(self, name: str, names: frozenset[str]) -> bool:
        """Whether a name is one of these builtins."""
        return name in names and name not in self.hidden

    def is_sequence(self, node: ast.AST | None) -> bool:
        """Whether what is sliced is text or a list for sure: a parameter that says so, or what text's method makes."""
        match node:
            case ast.Subscript(value=ast.Name(id=name)) if name not in self.changed:
                return self.annotations.get(name, "") in SEQUENCES - self.hidden
            case ast.Subscript(value=ast.Call(func=ast.Attribute(value=ast.Constant(value=str())))):
                return True
            case ast.Subscript(value=ast.Constant(value=str()) | ast.JoinedStr() | ast.List() | ast.Tuple()):
                return True
        return False


def annotation_name(node: ast.expr | None) -> str:
    """The name that an annotation is, or begins with: "list" for `list[int]`."""
    match node:
        case ast.Subscript(value=ast.Name(id=name)) | ast.Name(id=name):
            return name
        case ast.Constant(value=str() as text):
            return text.strip().partition("[")[0]
    return ""


def headers(statement: ast.stmt) -> list[ast.AST | None]:
    """What is evaluated of a statement in any case."""
    match statement:
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=items) | ast.AsyncFor(iter=items):
            return [items]
        case ast.With() | ast.AsyncWith() | ast.Try() | ast.TryStar() | ast.Match():
            return []
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return []
    return [statement]


def is_end(statement: ast.stmt) -> bool:
    """Whether the function may end in a statement, so that what comes behind it isn't certain."""
    return any(isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom) for node in flat(statement))


def is_use(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    """Whether a node is that name."""
    return isinstance(node, ast.Name) and node.id == name


def is_named(node: ast.AST) -> TypeGuard[ast.Name]:
    """Whether a node is a name."""
    return isinstance(node, ast.Name)
