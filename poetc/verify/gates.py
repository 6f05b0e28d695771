"""The tests that generated code makes of a value: which they are, and what they let pass."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from poetc.verify.answer import Answer, Form
from poetc.verify.contracts import HINT, is_contract
from poetc.verify.nodes import FUNCTIONS, mangled, parameters
from poetc.verify.patterns import BUILTIN_TYPES, CLOSED, CONTRACTS, is_name


class NotATest(Exception):
    """An expression that is none of the tests generated code may make."""


def gate(node: ast.expr, answer: Answer, form: Form) -> dict[str, set[str]]:
    """Tested name -> classes all of whose instances pass, for a conjunction of tests; raises `NotATest`."""
    terms = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
    found: dict[str, set[str]] = {}
    for term in terms:
        name, classes = passing(term, answer, form)
        found[name] = found[name] & classes if name in found else classes
    return found


def passing(node: ast.expr, answer: Answer, form: Form) -> tuple[str, set[str]]:
    """The one name that `node` tests, and classes all of whose instances pass; raises `NotATest`."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        atoms = [passing(value, answer, form) for value in node.values]
        if len({name for name, _ in atoms}) != 1:
            raise NotATest
        return atoms[0][0], set().union(*(classes for _, classes in atoms))
    if isinstance(node, ast.BoolOp):
        return literal_test(node, answer, form)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return hint_test(node, node.func, answer, form)
        return instance_test(node, answer, form.aliases)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Is):
        return identity_test(node.left, node.comparators[0], answer, form)
    raise NotATest


def literal_test(node: ast.BoolOp, answer: Answer, form: Form) -> tuple[str, set[str]]:
    """`type(name) is T and name in {literals of T}`: nothing of the user's is run to compare them."""
    match node.values:
        case [
            ast.Compare(left=ast.Call() as left, ops=[ast.Is()], comparators=[ast.Name() as kind]),
            ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[ast.Set(elts=values)]),
        ]:
            tested, _ = identity_test(left, kind, answer, form)
            builtin = builtin_type(kind, answer, form.aliases)
            same = all(isinstance(v, ast.Constant) and type(v.value).__name__ == builtin for v in values)
            if tested == name and same:
                return name, set()
    raise NotATest


def hint_test(node: ast.Call, function: ast.Attribute, answer: Answer, form: Form) -> tuple[str, set[str]]:
    """`hint.admits(name)`, for the annotation of just that name."""
    value = node.args[0] if len(node.args) == 1 and not node.keywords else None
    if function.attr == "admits" and isinstance(value, ast.Name) and is_hint_of(value.id, function.value, answer, form):
        return value.id, {HINT}
    raise NotATest


def is_hint_of(name: str, node: ast.expr, answer: Answer, form: Form) -> bool:
    """Whether `node` is what `bind` made of the annotation of a parameter, or of the result for any other name."""
    classes = answer.unit.site.classes
    own = {mangled(argument.arg, classes) for argument in parameters(answer.function.args)}
    return hinted_subject(node, form) == (name if name in own else "return")


def hint_subject(call: ast.Call) -> object:
    """The parameter, or "return", whose annotation a `Hint` reads."""
    return call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else None


def instance_test(node: ast.Call, answer: Answer, aliases: Mapping[str, str]) -> tuple[str, set[str]]:
    """`issubclass(type(name), T)` or `issubclass(type(name), (T, U))`: no code of the value's runs."""
    if node.keywords or len(node.args) != 2 or not answer.says_builtin(node.func, "issubclass", aliases):
        raise NotATest
    kind, classes = node.args
    if not (isinstance(kind, ast.Call) and len(kind.args) == 1 and not kind.keywords):
        raise NotATest
    value = kind.args[0]
    if not (isinstance(value, ast.Name) and answer.says_builtin(kind.func, "type", aliases)):
        raise NotATest
    named = classes.elts if isinstance(classes, ast.Tuple) else [classes]
    return value.id, {builtin_type(each, answer, aliases) for each in named}


def identity_test(left: ast.expr, right: ast.expr, answer: Answer, form: Form) -> tuple[str, set[str]]:
    """`name is None`, `type(name) is T` or `type(name) is hint.kind`; a T lets its subclasses pass only if it can't
    have any."""
    aliases = form.aliases
    if isinstance(left, ast.Name) and isinstance(right, ast.Constant) and right.value is None:
        return left.id, {"NoneType"}
    if isinstance(left, ast.Call) and len(left.args) == 1 and not left.keywords:
        value = left.args[0]
        if isinstance(value, ast.Name) and answer.says_builtin(left.func, "type", aliases):
            if isinstance(right, ast.Attribute):
                if right.attr == "kind" and is_hint_of(value.id, right.value, answer, form):
                    return value.id, set()
                raise NotATest
            kind = builtin_type(right, answer, aliases)
            return value.id, {kind} & CLOSED
    raise NotATest


def builtin_type(node: ast.expr, answer: Answer, aliases: Mapping[str, str]) -> str:
    """The builtin type that `node` certainly names; raises `NotATest`."""
    if isinstance(node, ast.Name):
        name = aliases.get(node.id, node.id)
        if name in BUILTIN_TYPES and answer.says_builtin(node, name, aliases):
            return name
    raise NotATest


def lets_pass(classes: set[str], contract: str) -> bool:
    """Whether every value that satisfies `contract` is an instance of one of `classes`."""
    if contract == HINT:
        return HINT in classes
    wider = classes | {"bool"} if "int" in classes else classes
    return all(CONTRACTS[part] <= wider for part in contract.split(" | "))


def admits_only(test: ast.expr, contracts: Mapping[str, str], form: Form) -> bool:
    """Whether a test, known to be one, names no builtin type beyond the contract of what it tests."""
    terms = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    for term in terms:
        names = [node.id for node in ast.walk(term) if isinstance(node, ast.Name)]
        tested = next((name for name in names if name in contracts), "")
        if contracts.get(tested, HINT) == HINT:
            continue
        allowed = set().union(*(CONTRACTS[part] for part in contracts[tested].split(" | ")))
        named = {form.aliases.get(name, name) for name in names if name != tested} & BUILTIN_TYPES
        if any(isinstance(node, ast.Constant) and node.value is None for node in ast.walk(term)):
            named.add("NoneType")
        if not named <= allowed | ({"bool"} if "int" in allowed else set()):
            return False
    return True


def contract_of_result(form: Form, name: str) -> str:
    """The contract of the `Enforce` called `name` in `bind`."""
    arguments = form.bound[name].args
    value = getattr(arguments[1], "value", None) if len(arguments) > 1 else None
    return value if isinstance(value, str) and is_contract(value) else HINT


def contracts_of(form: Form, name: str) -> dict[str, str]:
    """Parameter -> contract of the `Perceive` called `name` in `bind`."""
    found = {}
    for keyword in form.bound[name].keywords:
        if keyword.arg is not None and isinstance(keyword.value, ast.Constant) and is_contract(keyword.value.value):
            found[keyword.arg] = str(keyword.value.value)
        elif keyword.arg is not None and hinted_subject(keyword.value, form) == keyword.arg:
            found[keyword.arg] = HINT
    return found


def hinted_subject(node: ast.expr | None, form: Form) -> object:
    """The parameter, or "return", whose annotation `node`, a name of `bind`, reads; None for anything else."""
    if not isinstance(node, ast.Name):
        return None
    if form.thing(node.id) == "Shape":
        return "return"
    return hint_subject(form.bound[node.id]) if form.thing(node.id) == "Hint" else None


def is_perceive_line(node: ast.stmt, function: ast.AST, answer: Answer, form: Form) -> bool:
    """Whether `node` is `if not (TESTS) and perceive.stops: return perceive(ARGS)` in the way of `function`'s kind."""
    if not (
        isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(node.body[0], ast.Return)
    ):
        return False
    call = perceive_call(node.body[0].value, answer, form)
    if call is None or not is_call_form(call, function):
        return False
    match node.test:
        case ast.BoolOp(
            op=ast.And(),
            values=[
                ast.UnaryOp(op=ast.Not(), operand=tests),
                ast.Attribute(value=ast.Name(id=name), attr="stops"),
            ],
        ) if name == perceiver(call):
            return gate_fits(tests, contracts_of(form, name), answer, form)
    return False


def gate_fits(test: ast.expr, contracts: Mapping[str, str], answer: Answer, form: Form) -> bool:
    """Whether `test` lets everything pass that its parameters' contracts do.

    Else perceive would find nothing to repair and call Operate′ again, for ever.
    """
    try:
        tested = gate(test, answer, form)
    except NotATest:
        return False
    fits = all(name in contracts and lets_pass(classes, contracts[name]) for name, classes in tested.items())
    return fits and admits_only(test, contracts, form)


def perceiver(call: ast.Call) -> str:
    """The name of the `Perceive` that `call` calls."""
    function = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    return function.id if isinstance(function, ast.Name) else ""


def perceive_call(node: ast.expr | None, answer: Answer, form: Form) -> ast.Call | None:
    """The call in `perceive(...)`, `await perceive.awaited(...)`, `yield from perceive.iterated(...)`, by the kind."""
    method = ""
    match answer.unit.site.kind.value, node:
        case "sync", ast.Call() as call:
            pass
        case "coroutine", ast.Await(value=ast.Call() as call):
            method = "awaited"
        case "generator", ast.YieldFrom(value=ast.Call() as call):
            method = "iterated"
        case _:
            return None
    if isinstance(call.func, ast.Attribute) != bool(method) or (
        isinstance(call.func, ast.Attribute) and call.func.attr != method
    ):
        return None
    return call if form.thing(perceiver(call)) == "Perceive" else None


def is_call_form(call: ast.Call, function: ast.AST) -> bool:
    """Whether `call` passes every parameter of `function` on, each to itself."""
    assert isinstance(function, FUNCTIONS)
    arguments = function.args
    wanted = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    given = list(call.args)
    if arguments.vararg is not None:
        last = given.pop() if given else None
        if not (isinstance(last, ast.Starred) and is_name(last.value, arguments.vararg.arg)):
            return False
    if len(given) != len(wanted) or not all(is_name(node, name) for node, name in zip(given, wanted, strict=True)):
        return False
    named: list[tuple[str | None, str]] = [(argument.arg, argument.arg) for argument in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        named.append((None, arguments.kwarg.arg))
    if len(call.keywords) != len(named):
        return False
    return all(k.arg == key and is_name(k.value, name) for k, (key, name) in zip(call.keywords, named, strict=True))


def is_enforce_gate(node: ast.expr | None, out: str, answer: Answer, form: Form) -> bool:
    """Whether `node` is `out if TEST else enforce(out)`."""
    if not (isinstance(node, ast.IfExp) and is_name(node.body, out) and isinstance(node.orelse, ast.Call)):
        return False
    call = node.orelse
    if not (isinstance(call.func, ast.Name) and form.thing(call.func.id) == "Enforce" and not call.keywords):
        return False
    if len(call.args) != 1 or not is_name(call.args[0], out):
        return False
    try:
        tested = set(gate(node.test, answer, form))
        return tested == {out} and admits_only(node.test, {out: contract_of_result(form, call.func.id)}, form)
    except NotATest:
        return False


def is_perceived_value(node: ast.stmt, answer: Answer, form: Form) -> str:
    """The parameter that `p = p if TEST else perceive.value("p", p)` (or no test) repairs; "": something else."""
    if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
        return ""
    name, value = node.targets[0].id, node.value
    test = None
    if isinstance(value, ast.IfExp) and is_name(value.body, name):
        test, value = value.test, value.orelse
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "value"):
        return ""
    owner, arguments = perceiver(value), value.args
    if form.thing(owner) != "Perceive" or value.keywords or len(arguments) != 2 or not is_name(arguments[1], name):
        return ""
    contracts = contracts_of(form, owner)
    if not (isinstance(arguments[0], ast.Constant) and arguments[0].value == name and name in contracts):
        return ""
    if test is None:
        return name
    try:
        fits = set(gate(test, answer, form)) == {name} and admits_only(test, contracts, form)
        return name if fits else ""
    except NotATest:
        return ""
