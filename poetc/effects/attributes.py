"""A class, or a module, → the classes of what its attributes and names hold."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Final

from poetc.effects.annotations import annotated_class
from poetc.effects.catalogue import Catalogue, load_catalogue
from poetc.effects.inference import Inference
from poetc.effects.names import RECEIVERS, Names
from poetc.effects.scope import Scope, Walk
from poetc.effects.values import NOTHING, Value, class_text, merge_values
from poetc.effects.walk import walk_function
from poetc.source.nodes import DEFINITIONS, FUNCTIONS, FunctionNode, dotted_name, flat

_MODULE: Final = Scope(None, own=False)
_NO_ARGUMENTS: Final = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def class_attributes(
    classdef: ast.ClassDef, imports: Mapping[str, str], catalogue: Catalogue | None = None
) -> dict[str, str]:
    """ "self.http" → "httpx.Client" for attributes that are of one known class wherever the class sets them.

    Read are annotations in the class's body, and what `__init__` assigns: calls that the catalogue knows, annotated
    parameters. An attribute that another method sets to something else is left out.
    """
    known = load_catalogue() if catalogue is None else catalogue
    names = Names(imports=imports)
    found: dict[str, Value] = {}
    for statement in classdef.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found[statement.target.id] = _annotated(statement.annotation, names, known)
    for method in classdef.body:
        if isinstance(method, FUNCTIONS):
            for attribute, value in _set_by(method, names, known).items():
                found[attribute] = merge_values(found.get(attribute, NOTHING), value)
    held = {name: value for name, value in found.items() if value.kind == "obj" and name not in _defined(classdef)}
    changed = replaced([classdef], {f"self.{name}": value.name for name, value in held.items()}, known)
    return {f"self.{name}": class_text(value) for name, value in sorted(held.items()) if f"self.{name}" not in changed}


def module_attributes(
    body: Iterable[ast.stmt], imports: Mapping[str, str], catalogue: Catalogue | None = None
) -> dict[str, str]:
    """ "session" → "requests.Session": names that a module binds to objects of one known class, for `Names.attributes`.

    What functions rebind with `global` must be taken out by the caller.
    """
    known = load_catalogue() if catalogue is None else catalogue
    module = ast.FunctionDef(name="module", args=_NO_ARGUMENTS, body=[*body], decorator_list=[], lineno=1, col_offset=0)
    walk = walk_function(module)
    inference = Inference(walk, Names(imports=imports), known)
    found: dict[str, Value] = {}
    for binding in (b for bindings in walk.top.bound.values() for b in bindings):
        found[binding.name] = merge_values(found.get(binding.name, NOTHING), inference.env.get(binding.key, NOTHING))
    held = {name: value for name, value in sorted(found.items()) if value.kind == "obj"}
    changed = replaced(module.body, {name: value.name for name, value in held.items()}, known)
    return {
        name: class_text(value) for name, value in held.items() if known.knows_class(value.name) and name not in changed
    }


def returned_class(node: FunctionNode, imports: Mapping[str, str]) -> str:
    """The class that a function's return annotation names, "" for none or more than one."""
    value = _annotated(node.returns, Names(imports=imports), load_catalogue()) if node.returns else NOTHING
    return value.name if value.kind == "obj" else ""


def replaced(nodes: Iterable[ast.AST], held: Mapping[str, str], catalogue: Catalogue) -> set[str]:
    """Of objects by their text, those that somebody gives another method, or that are set by `setattr`.

    `held`: text → class of the object, or what a module's name stands for: `client.get = mine`, `requests.get = mine`.
    """
    found: set[str] = set()
    for node in flat(*nodes):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            text = dotted_name(node.value)
            if text in held and f"{held[text]}.{node.attr}" in catalogue:
                found.add(text)
        elif isinstance(node, ast.Call) and dotted_name(node.func) in ("setattr", "object.__setattr__") and node.args:
            on = dotted_name(node.args[0])
            name = node.args[1] if len(node.args) > 1 else None
            literal = isinstance(name, ast.Constant) and isinstance(name.value, str)
            attribute = str(name.value) if isinstance(name, ast.Constant) and literal else ""
            found.update(
                text for text in held if text == on and (not literal or f"{held[on]}.{attribute}" in catalogue)
            )
            of = [text for text in held if text.rpartition(".")[0] == on and on]
            found.update(text for text in of if not literal or text == f"{on}.{attribute}")
    return found


def _defined(classdef: ast.ClassDef) -> set[str]:
    """What a class binds in its body by a definition or a value: a property of that name isn't what is annotated."""
    return {node.name for node in classdef.body if isinstance(node, DEFINITIONS)}


def _set_by(method: FunctionNode, names: Names, catalogue: Catalogue) -> dict[str, Value]:
    """Attribute → what a method sets it to."""
    walk = walk_function(method)
    stores = [(target, value, scope) for _, target, value, scope in walk.stores if _is_own(target)]
    declared = _declared(method, names, catalogue)
    if not stores:
        return {}
    inference = Inference(walk, names, catalogue)
    found: dict[str, Value] = {}
    for target, value, scope in stores:
        if isinstance(target, ast.Attribute):
            given = declared.get(target.attr) or _given(value, inference, scope)
            found[target.attr] = merge_values(found.get(target.attr, NOTHING), given)
    return found


def _given(value: ast.expr | None, inference: Inference, scope: Scope) -> Value:
    return Value("unknown") if value is None else inference.value(value, scope)


def _declared(method: FunctionNode, names: Names, catalogue: Catalogue) -> dict[str, Value]:
    """`self.http: httpx.Client = ...`."""
    found = {}
    for node in flat(method):
        if isinstance(node, ast.AnnAssign) and _is_own(node.target) and isinstance(node.target, ast.Attribute):
            found[node.target.attr] = _annotated(node.annotation, names, catalogue)
    return found


def _annotated(annotation: ast.expr, names: Names, catalogue: Catalogue) -> Value:
    inference = Inference(Walk(_MODULE), names, catalogue)
    return annotated_class(annotation, lambda node: inference.reference(node, _MODULE))


def _is_own(target: ast.AST) -> bool:
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in RECEIVERS
