"""What an engine or a model may bring of its own: conditions, functions and bodies that compute and do nothing else.

An allow-list over syntax and names. Nothing is imported, stored outside of a local variable, reached by an attribute,
or called but the builtins named here and the functions of the same plan. Which variable a name means, the compiler
says: the names that its code takes from outside are builtins of the list. What it may cost is `growth`'s. Operators and
indexing of a caller's own classes run that class's code, as the user's body does.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from types import CodeType
from typing import Final

from poetc.source.functions import kind_of
from poetc.source.nodes import flat, parameters
from poetc.verify.growth import Kind, Known, Sizes, TooMuchError, kinds_of
from poetc.verify.written import FILTERS, Function
from poetc.wire.enhancement import Check, Enhancement

CALLED: Final = {
    **dict.fromkeys(
        ("abs", "all", "any", "bool", "float", "frozenset", "int", "len", "set", "str", "tuple", "type"), 1
    ),
    **dict.fromkeys(("dict", "list", "reversed", "sorted", "sum"), 1),
    **dict.fromkeys(("complex", "divmod", "enumerate", "isinstance", "issubclass", "round"), 2),
    **dict.fromkeys(("max", "min", "zip"), 100),
    "range": 3,
}
"""builtin -> how many arguments it may be given by position"""
KEYWORDS: Final = frozenset({"default", "key", "reverse", "start", "strict"})
KEYS: Final = frozenset({"abs", "bool", "float", "int", "len", "str"})
"""builtins that values may be sorted by"""
CLASSES: Final = frozenset(
    {"bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "memoryview", "set", "str"}
    | {"tuple", "type"}
)
"""what `isinstance` may ask for"""
EXPRESSIONS: Final = (
    ast.BoolOp | ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Constant | ast.Name | ast.Subscript | ast.Slice
    | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call | ast.keyword | ast.GeneratorExp | ast.ListComp | ast.SetComp
    | ast.DictComp | ast.comprehension | ast.expr_context | ast.boolop | ast.unaryop | ast.cmpop
    | ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod
)  # fmt: skip
STATEMENTS: Final = ast.Return | ast.Assign | ast.AugAssign | ast.If | ast.For | ast.Pass | ast.Break | ast.Continue
MOST_NODES: Final = 2_000
DEEPEST: Final = 40
"""nodes inside one another: what reads them calls itself for each"""
LONGEST: Final = 20_000
"""characters of a source, and of a text in it"""


def flaw_of(stub: Function, plan: Enhancement) -> str:
    """What is wrong with the proposals of a plan for a function; "" if nothing."""
    try:
        return first_flaw(stub, plan)
    except RecursionError:
        return "its plan brings something that is nested too deeply"


def first_flaw(stub: Function, plan: Enhancement) -> str:
    """The first thing that is wrong; raises RecursionError."""
    if not (plan.checks or plan.functions or plan.body is not None):
        return ""
    if kind_of(stub) not in ("sync", "coroutine") or plan.watched:
        return "its plan puts checks around a function around which none can stand"
    given = [argument.arg for argument in parameters(stub.args)]
    known: dict[str, Known] = {}
    for source in plan.functions:
        function, flaw = read_function(source)
        flaw = flaw or name_flaw(function, {stub.name, *given, *known})
        found, flaw = (None, flaw) if flaw else costs(function, known, {})
        if found is None:
            return f"a function of its plan {flaw}"
        known[function.name] = found
    for check in plan.checks:
        if flaw := check_flaw(check, stub, known):
            return f"the check {check.expression[:80]!r} of its plan {flaw}"
    return body_flaw(plan.body, stub, known) if plan.body is not None else ""


def name_flaw(function: ast.FunctionDef, taken: set[str]) -> str:
    """What is wrong with what a function is called."""
    name, own = function.name, {each.arg for each in function.args.args} | stored_in(flat(*function.body))
    if name in taken | own | {"result"} or name in dir(builtins) or name.startswith("_"):
        return f"is called `{name}`, which means something else"
    return ""


def check_flaw(check: Check, stub: Function, known: dict[str, Known]) -> str:
    """What is wrong with a condition; "" if nothing."""
    if not check.message.isprintable():
        return "has a message that can't be shown"
    if not check.expression.isprintable():
        return "can't be shown on a line"
    try:
        expression = ast.parse(check.expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "can't be read"
    kinds = kinds_of(stub)
    if check.phase == "enforce":
        kinds.setdefault("result", Kind.CALLERS)
    return costs(made_of("condition", list(kinds), [ast.Return(expression)]), known, kinds)[1]


def made_of(name: str, given: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """A function of plain parameters."""
    names = [ast.arg(each) for each in given]
    arguments = ast.arguments(args=names, posonlyargs=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.fix_missing_locations(ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[]))


def body_flaw(source: str, stub: Function, known: dict[str, Known]) -> str:
    """What is wrong with a stub's body; "" if nothing."""
    function, flaw = read_function(source)
    given = [argument.arg for argument in parameters(stub.args)]
    if not flaw and [each.arg for each in function.args.args] != given:
        flaw = f"doesn't take {', '.join(given) or 'nothing'}"
    flaw = flaw or costs(function, known, kinds_of(stub))[1]
    return f"the body of its plan {flaw}" if flaw else ""


def read_function(source: str) -> tuple[ast.FunctionDef, str]:
    """The one function of a source, with plain parameters only, and what is wrong with it."""
    nothing = made_of("", [], [])
    try:
        statements = ast.parse(source).body if len(source) <= LONGEST else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return nothing, "can't be read"
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        return nothing, "isn't one function"
    function, arguments = statements[0], statements[0].args
    plain = not arguments.defaults and parameters(arguments) == arguments.args
    annotated = function.returns is not None or any(argument.annotation for argument in arguments.args)
    if function.decorator_list or not plain or annotated or getattr(function, "type_params", None):
        return function, "has more than plain parameters"
    return function, ""


def costs(function: ast.FunctionDef, known: dict[str, Known], kinds: dict[str, Kind]) -> tuple[Known | None, str]:
    """What a function gives and costs, or what is wrong with it."""
    if flaw := impurity(function, set(known)):
        return None, flaw
    given = {each.arg: kinds.get(each.arg, Kind.CALLERS) for each in function.args.args}
    try:
        return Sizes(function, given, known).checked(), ""
    except TooMuchError as error:
        return None, str(error)


def impurity(function: Function, functions: set[str]) -> str:
    """What in a function is more than computing with its parameters; "" if nothing is."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    if len(nodes) > MOST_NODES or is_deep(function):
        return "is too long or too deep"
    stored = stored_in(nodes)
    own = {each.arg for each in parameters(function.args)} | stored
    hides = {name for name in own if name.startswith("__") or name in functions} | (stored & set(dir(builtins)))
    if hides:
        return f"names `{min(hides)}`"
    known = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    known |= {id(node.value) for node in nodes if isinstance(node, ast.keyword)}
    for node in nodes:
        if flaw := flaw_in(node, known, own, functions):
            return flaw
    taken = taken_from_outside(function)
    if taken is None:
        return "can't be compiled"
    odd = sorted(taken - functions - CALLED.keys() - CLASSES)
    return f"names `{odd[0]}`" if odd else ""


def stored_in(nodes: list[ast.AST]) -> set[str]:
    """The variables that nodes assign to."""
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def flaw_in(node: ast.AST, known: set[int], own: set[str], functions: set[str]) -> str:
    """What is wrong with one node; `known` are those that were looked at with a call or a keyword."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name not in own and (name in functions or name in CALLED):
            if name not in functions and len(node.args) > CALLED[name]:
                return f"calls `{name}` with {len(node.args)} arguments"
        case ast.Call():
            return f"calls `{ast.unparse(node.func)[:80]}`"
        case ast.keyword(arg=name, value=value):
            is_key = isinstance(value, ast.Name) and value.id in KEYS - own
            if name not in KEYWORDS or (name == "key") is not is_key:
                return f"gives an argument by the name {name}"
        case ast.Name(id=name, ctx=ast.Load()) if name not in own and id(node) not in known:
            return "" if name in CLASSES else f"names `{name}`"
        case ast.Constant(value=value) if is_huge(value):
            return "has a constant that is too large"
        case ast.comprehension(is_async=1):
            return "waits for something"
        case ast.Dict(keys=keys) if None in keys:
            return "unpacks a mapping"
        case ast.Assign() | ast.AugAssign() | ast.For() | ast.comprehension() if not has_plain_targets(node):
            return "stores something outside of its own variables"
    if not isinstance(node, EXPRESSIONS | STATEMENTS):
        return f"has a {type(node).__name__}, which is more than computing"
    return ""


def taken_from_outside(function: Function) -> set[str] | None:
    """The names that a function's code takes from outside, as the compiler says; None: it can't compile that."""
    module = ast.fix_missing_locations(ast.Module([function], []))
    try:
        with FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting = [compile(module, "<proposal>", "exec", dont_inherit=True, optimize=0)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    inner = [each for each in waiting[0].co_consts if isinstance(each, CodeType)]
    found: set[str] = set()
    for code in inner:  # grows while it is walked
        found.update(code.co_names)
        inner += [each for each in code.co_consts if isinstance(each, CodeType)]
    return found


def is_deep(function: Function) -> bool:
    """Whether more nodes stand inside one another than can be read without exhausting the stack."""
    level: list[ast.AST] = [*function.body]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def is_huge(value: object) -> bool:
    """Whether a constant is larger than anybody writes."""
    if isinstance(value, str | bytes):
        return len(value) > LONGEST
    return isinstance(value, int) and value.bit_length() > 64


def has_plain_targets(node: ast.Assign | ast.AugAssign | ast.For | ast.comprehension) -> bool:
    """Whether only variables are assigned to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(n, ast.Name | ast.Tuple | ast.expr_context) for t in targets for n in ast.walk(t))
