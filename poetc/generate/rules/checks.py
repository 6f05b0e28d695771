"""Which parameters and results are checked, and for what."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping

from poetc.effects import never_text
from poetc.generate.rules.annotations import asks_more, hinted
from poetc.ir.policy import Policy
from poetc.source.annotations import Scope, annotation_nodes, brackets, contract_of, satisfies, type_of_constant
from poetc.source.function import FunctionSource
from poetc.source.imports import read_imports
from poetc.source.nodes import default_of_each, flat, frame_nodes, last_name, parameters
from poetc.source.shapes import common_keys, returned_values, written_keys
from poetc.wire.enhancement import Contract

SAID_BY_TEXT = frozenset(
    {"int", "float", "datetime.date", "datetime.time", "datetime.datetime", "decimal.Decimal", "fractions.Fraction"}
    | {"ipaddress.IPv4Address", "ipaddress.IPv6Address", "pathlib.Path", "pathlib.PurePath", "uuid.UUID"}
)
"""types whose values are written as text; see `runtime/hint_repair.py`"""

TYPE_ASKING = frozenset(
    {"isinstance", "issubclass", "type", "callable", "hasattr", "int", "float", "str", "bool", "list", "tuple", "dict"}
    | {"set", "bytes"}
)
"""builtins whose use on a parameter shows that the author deals with its types"""


def parameter_contracts(source: FunctionSource, config: Policy) -> tuple[Contract, ...]:
    """Contracts of the parameters that are checked."""
    if config.perceive == "off":
        return ()
    handled = frozenset() if config.perceive == "strict" else names_whose_type_is_asked(source)
    arguments = source.node.args
    defaults = default_of_each(arguments)
    said = {a.arg for a in parameters(arguments) if may_convert(a.annotation, source)}
    numbers = never_text(source.node, hidden_names(source)) if said else frozenset()
    found = []
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        name = argument.arg
        if name in handled or name.startswith("__"):
            continue
        contract = contract_for(argument.annotation, name, defaults.get(name), source, config)
        if contract is not None:
            found.append(contract.model_copy(update={"converts": name in numbers & said}))
    return tuple(found)


def hidden_names(source: FunctionSource) -> frozenset[str]:
    """Names of builtins that may mean something else in the function's module."""
    context = source.context
    return frozenset(dir(builtins)) if context.star_import else frozenset(context.shadowed)


def may_convert(annotation: ast.expr | None, source: FunctionSource) -> bool:
    """Whether there are types in an annotation whose values text may say."""
    names = names_of(source)
    parts = annotation_nodes(annotation) if annotation is not None else []
    meanings = {names.meaning(part) for part in parts if isinstance(part, ast.Name | ast.Attribute)}
    return not meanings.isdisjoint(SAID_BY_TEXT - names.shadowed)


def contract_for(
    annotation: ast.expr | None,
    subject: str,
    default: ast.expr | None,
    source: FunctionSource,
    config: Policy,
) -> Contract | None:
    """The contract of one annotation, with the default that its parameter has; None where nothing can be checked."""
    if annotation is None:
        return None
    try:
        names = names_of(source)
        is_builtin = not source.context.star_import and not asks_more(annotation, names, deep=config.depth == "deep")
        plain = contract_of(annotation, names) if is_builtin else None
        if plain == "None":
            return None
        widened = plain and with_default(plain, default, source.context.defaults)
        if widened:
            return Contract(subject=subject, text=widened)
        return hinted(annotation, subject, names, optional=isinstance(default, ast.Constant) and default.value is None)
    except RecursionError:
        return None


def names_of(source: FunctionSource) -> Scope:
    """What names mean in the annotations of a function, which are read where the function is defined."""
    context = source.context
    outer = frozenset(context.outer)
    return Scope(read_imports(context.imports), frozenset(context.shadowed), context.future_annotations, outer)


def with_default(contract: str, default: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    """The contract, with a `None` default (PEP 484's implicit Optional); None where the default's type isn't known.
    `constants`: names of the module that are literals -> their types."""
    if default is None:
        return contract
    if isinstance(default, ast.Name):
        kind = constants.get(default.id, "")
    else:
        try:
            kind = type(ast.literal_eval(default)).__name__
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
    if satisfies(kind, contract.split(" | ")):
        return contract
    return f"{contract} | None" if kind == "NoneType" else None


def names_whose_type_is_asked(source: FunctionSource) -> frozenset[str]:
    """Parameters that the body passes to `isinstance`, `int` and their like, or to a class of their own annotation
    (`Path(path)`, `Color(color)`): their author deals with other types."""
    annotations = {a.arg: a.annotation for a in parameters(source.node.args)}
    found = set()
    for node in flat(source.node):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name)):
            continue
        first = node.args[0].id
        if first in annotations and callee_names(node) & (TYPE_ASKING | mentioned(annotations[first])):
            found.add(first)
    return frozenset(found)


def callee_names(node: ast.Call) -> set[str]:
    """The builtin, or the class, that a call is of: `Path` for `Path(x)`, `pathlib.Path(x)` and `Path.of(x)`."""
    if isinstance(node.func, ast.Name):
        return {node.func.id}
    names = {last_name(node.func), last_name(getattr(node.func, "value", node.func))}
    return names - TYPE_ASKING  # `self.list(x)` is no builtin


def mentioned(annotation: ast.expr | None) -> set[str]:
    """The names in an annotation."""
    if annotation is None:
        return set()
    return {last_name(n) for n in flat(annotation) if isinstance(n, ast.Name | ast.Attribute)}


def result_contract(source: FunctionSource, config: Policy) -> Contract | None:
    """The contract of the result, or None where there is nothing to check."""
    if config.enforce == "off" or "generator" in source.kind:
        return None
    if source.node.returns is None and config.enforce == "strict":
        return keys_contract(source)
    return contract_for(source.node.returns, "return", None, source, config)


def keys_contract(source: FunctionSource) -> Contract | None:
    """The contract of a result that isn't annotated, where some returns are dicts with the same keys and some aren't
    written out; those are looked at only where the user wants to know the most, for they may well be meant so."""
    keys, values = common_keys(source), returned_values(source)
    if not keys or all(written_keys(value) is not None or is_constant(value) for value in values):
        return None
    text = f"a dict with {', '.join(map(repr, keys))}"
    return Contract(subject="return", text=text, hint="result_hint", keys=keys)


def is_constant(value: ast.expr | None) -> bool:
    """Whether a return gives back nothing, or a constant."""
    return value is None or isinstance(value, ast.Constant)


def returns_to_check(source: FunctionSource, contract: Contract | None) -> list[ast.Return]:
    """The returns of the function's own frame whose value isn't evidently within the contract."""
    if contract is None:
        return []
    returns = [n for n in frame_nodes(source.node) if isinstance(n, ast.Return) and n.value is not None]
    if contract.hint:
        return [r for r in returns if not is_evident(r.value, contract, source)]
    return [r for r in returns if evident_type(r.value) not in contract.text.split(" | ")]


def is_evident(value: ast.expr | None, contract: Contract, source: FunctionSource) -> bool:
    """Whether a returned expression satisfies an annotation by its form: `X(...)` for X, a value of its Literal."""
    annotation = source.node.returns
    if contract.keys:
        return is_constant(value) or written_keys(value) is not None
    if isinstance(value, ast.Constant) and value.value is None:
        return contract.optional
    if isinstance(annotation, ast.Name) and isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == annotation.id
    names = names_of(source)
    if isinstance(annotation, ast.Subscript) and names.special(annotation.value) == "Literal":
        return isinstance(value, ast.Constant) and any(same_constant(value, each) for each in brackets(annotation))
    return False


def same_constant(value: ast.Constant, other: ast.expr) -> bool:
    """Whether two constants are the same value of the same type."""
    return isinstance(other, ast.Constant) and type(value.value) is type(other.value) and value.value == other.value


def evident_type(value: ast.expr | None) -> str | None:
    """The builtin type that an expression's form guarantees, or None."""
    if isinstance(value, ast.Constant):
        return "None" if value.value is None else type_of_constant(value)
    forms: dict[type[ast.expr], str] = {
        ast.JoinedStr: "str",
        ast.Dict: "dict",
        ast.DictComp: "dict",
        ast.List: "list",
        ast.ListComp: "list",
        ast.Set: "set",
        ast.SetComp: "set",
        ast.Tuple: "tuple",
    }
    return forms.get(type(value)) if value is not None else None
