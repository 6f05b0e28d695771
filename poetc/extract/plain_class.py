"""Whether calling a class does no more than make an object and keep what it was given."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final

from poetc.source.functions import says_nothing
from poetc.source.module import Class, names_of
from poetc.source.nodes import called, dotted_name, flat

DEEPEST: Final = 32
SPECIAL: Final = ("__new__", "__post_init__", "__setattr__", "__init_subclass__", "__call__")
"""methods that may do anything while an object is made; `__call__` for metaclasses"""
FACTORIES: Final = frozenset({"list", "dict", "set", "tuple"})
_QUIET: Final = (ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.IfExp)
_KEPT: Final = "it makes an object in more steps than can be told"

Base = Callable[[Class, ast.expr], "Class | str | None"]
"""(class, base as it is written) → the project's class, the name of a known harmless one, or None"""


def why_not_plain(found: Class, base: Base, is_known: Callable[[Class, ast.expr], bool], depth: int = 0) -> str:
    """Why nothing is known of making an object of the class, "" if it has no effect."""
    node = found.node
    if depth > DEEPEST or node.keywords:
        return _KEPT
    if any(not _is_dataclass(decorator, found) for decorator in node.decorator_list):
        return "the class is decorated"
    names = names_of(node.body, found.module.source)
    if any(name in names.bound for name in SPECIAL[:-1]) or not all(map(_is_quiet, node.body)):
        return _KEPT
    for definition in names.definitions.get("__init__", ()):
        if not isinstance(definition, ast.FunctionDef) or not _only_keeps(definition):
            return "its `__init__` does more than keep its arguments"
    for written in node.bases:
        above = base(found, written)
        if above is None and not is_known(found, written):
            return "its base class isn't the project's"
        if isinstance(above, Class) and (reason := why_not_plain(above, base, is_known, depth + 1)):
            return reason
    return ""


def _is_dataclass(decorator: ast.expr, found: Class) -> bool:
    root, *rest = dotted_name(called(decorator)).split(".")
    targets = found.module.names.imports.get(root, ())
    return bool(targets) and all(".".join([target, *rest]) == "dataclasses.dataclass" for target in targets)


def _is_quiet(node: ast.stmt) -> bool:
    """Whether a statement of the class body gives objects no default that has to be made by unknown code."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Call):
        return True
    factories = [k.value for k in value.keywords if k.arg == "default_factory"]
    return all(isinstance(f, ast.Name) and f.id in FACTORIES for f in factories)


def _only_keeps(node: ast.FunctionDef) -> bool:
    return not node.decorator_list and all(map(_keeps, node.body))


def _keeps(node: ast.stmt) -> bool:
    """`self.x = x`, `super().__init__(x)`, a docstring or `pass`."""
    if not isinstance(node, ast.Raise) and says_nothing(node):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        return _is_super_init(call.func) and not any(map(_acts, [*call.args, *(k.value for k in call.keywords)]))
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(map(_is_own_attribute, targets)) and (node.value is None or not _acts(node.value))


def _is_own_attribute(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"


def _is_super_init(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr != "__init__" or not isinstance(called.value, ast.Call):
        return False
    return isinstance(called.value.func, ast.Name) and called.value.func.id == "super" and not called.value.args


def _acts(value: ast.expr) -> bool:
    """Whether evaluating an expression may do something: anything but names, constants and displays of them."""
    return not all(isinstance(inner, _QUIET) for inner in flat(value))
