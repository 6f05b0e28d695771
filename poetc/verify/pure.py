"""What an engine or a model may bring of its own: conditions, functions and bodies that compute and do nothing else.

An allow-list over syntax and names. Nothing is imported, stored outside of a local variable, reached by an attribute,
or called but the builtins named here and the functions of the same plan; powers and shifts are left out, for a few
characters of them can take all memory there is. Operators and indexing of a caller's own classes run that class's code,
as the user's body does.
"""

from __future__ import annotations

import ast
from typing import Final

from poetc.source.functions import kind_of
from poetc.source.nodes import parameters
from poetc.verify.written import BUILTINS, Function
from poetc.wire.enhancement import Check, Enhancement

PURE: Final = frozenset(
    {"abs", "all", "any", "divmod", "enumerate", "isinstance", "len", "max", "min", "range", "reversed", "round"}
    | {"sorted", "sum", "zip"}
)
"""builtins that conditions and functions may call"""

EXPRESSIONS: Final = (
    ast.BoolOp | ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Constant | ast.Name | ast.Subscript | ast.Slice
    | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call | ast.keyword | ast.GeneratorExp | ast.ListComp | ast.SetComp
    | ast.DictComp | ast.comprehension | ast.expr_context | ast.boolop | ast.unaryop | ast.cmpop
    | ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod
)  # fmt: skip
STATEMENTS: Final = (
    ast.Return | ast.Assign | ast.AugAssign | ast.If | ast.For | ast.Pass | ast.Break | ast.Continue | ast.Expr
    | ast.FunctionDef | ast.arguments | ast.arg
)  # fmt: skip
MOST_NODES: Final = 2_000
LONGEST: Final = 10_000
"""of a number's or a text's size in a constant"""


def flaw_of(stub: Function, plan: Enhancement) -> str:
    """What is wrong with the proposals of a plan for a function; "" if nothing."""
    if not (plan.checks or plan.functions or plan.body is not None):
        return ""
    if kind_of(stub) not in ("sync", "coroutine") or plan.watched:
        return "its plan puts checks around a function around which none can stand"
    known: set[str] = set()
    for source in plan.functions:
        name, flaw = function_flaw(source, known)
        if flaw:
            return f"a function of its plan {flaw}"
        known.add(name)
    given = [argument.arg for argument in parameters(stub.args)]
    for check in plan.checks:
        if flaw := check_flaw(check, set(given), known):
            return f"the check {check.expression[:80]!r} of its plan {flaw}"
    if plan.body is not None:
        _, flaw = function_flaw(plan.body, known, given)
        return f"the body of its plan {flaw}" if flaw else ""
    return ""


def check_flaw(check: Check, given: set[str], functions: set[str]) -> str:
    """What is wrong with a condition; "" if nothing."""
    if not check.message.isprintable():
        return "has a message that can't be shown"
    try:
        tree = ast.parse(check.expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "can't be read"
    if not check.expression.isprintable():
        return "can't be shown on a line"
    names = given | ({"result"} if check.phase == "enforce" else set())
    return impurity(tree.body, names, functions)


def function_flaw(source: str, functions: set[str], wanted: list[str] | None = None) -> tuple[str, str]:
    """The name of a function, and what is wrong with it; `wanted` are the parameters that it must have."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "", "can't be read"
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        return "", "isn't one function"
    function = statements[0]
    arguments = function.args
    plain = not (arguments.defaults or arguments.kwonlyargs or arguments.vararg or arguments.kwarg)
    names = [argument.arg for argument in arguments.args]
    annotated = function.returns is not None or any(argument.annotation for argument in arguments.args)
    if function.decorator_list or not plain or arguments.posonlyargs or annotated:
        return function.name, "has more than plain parameters"
    if wanted is not None and names != wanted:
        return function.name, f"doesn't take {', '.join(wanted) or 'nothing'}"
    local = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for statement in function.body:
        if flaw := impurity(statement, {*names, *local}, functions):
            return function.name, flaw
    return function.name, ""


def impurity(tree: ast.AST, names: set[str], functions: set[str]) -> str:
    """What in a tree is more than computing with `names`; "" if nothing is."""
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        return "is too long"
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    callable_names = (PURE | BUILTINS | functions) - names - bound
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if not isinstance(node, EXPRESSIONS | STATEMENTS) or (node is not tree and isinstance(node, ast.FunctionDef)):
            return f"has a {type(node).__name__}, which is more than computing"
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in callable_names):
            return f"calls `{ast.unparse(node.func)[:80]}`"
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in names | bound | BUILTINS:
            return f"names `{node.id}`"
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            return f"names `{node.id}`"
        if isinstance(node, ast.Constant) and is_huge(node.value):
            return "has a constant that is too large"
        if isinstance(node, ast.Assign | ast.AugAssign) and not has_plain_targets(node):
            return "stores something outside of its own variables"
    return ""


def is_huge(value: object) -> bool:
    """Whether a constant is larger than anybody writes."""
    if isinstance(value, str | bytes):
        return len(value) > LONGEST
    return isinstance(value, int) and value.bit_length() > 256


def has_plain_targets(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether only variables are assigned to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(n, ast.Name | ast.Tuple | ast.expr_context) for t in targets for n in ast.walk(t))
