"""What a function is: how it hangs in its class, and what calling it gives."""

from __future__ import annotations

import ast
from typing import Final

from poetc.ir import Kind, Role
from poetc.ir.source import type_of_def
from poetc.marker import dotted_name

_ROLES: Final = {
    "staticmethod": Role.STATIC,
    "classmethod": Role.CLASS,
    "property": Role.GETTER,
    "abc.abstractstaticmethod": Role.STATIC,
    "abc.abstractclassmethod": Role.CLASS,
    "abc.abstractproperty": Role.GETTER,
}
_ACCESSORS: Final = {"getter": Role.GETTER, "setter": Role.SETTER, "deleter": Role.DELETER}
_UNWRAPPED: Final = frozenset({"staticmethod", "classmethod", "property"})
"""what the link takes apart when it stands below `@poet`"""
_TRANSPARENT: Final = frozenset({"abstractmethod", "final", "override", "no_type_check"})
"""what gives back the function it was given; `deprecated` is none of these, it puts a function of its own around"""


def role_of(decorators: list[ast.expr], in_class: bool) -> Role:
    """The role that a function's decorators give it, on whichever side of `@poet` they stand.

    `__new__`, `__init_subclass__` and `__class_getitem__` are methods here: what makes them static or class methods
    happens after their decorators.
    """
    for decorator in decorators:
        role = _ROLES.get(_builtin(decorator)) or (_accessor(decorator) if in_class else None)
        if role is not None:
            return role
    return Role.METHOD if in_class else Role.FUNCTION


def suffix_of(role: Role) -> str:
    """What tells the accessors of one property apart in a qualified name."""
    return f".{role}" if role in (Role.SETTER, Role.DELETER) else ""


def is_transparent(decorator: ast.expr, in_class: bool) -> bool:
    """Whether `@poet` above it still finds the function."""
    if isinstance(decorator, ast.Call):
        return False
    named = _builtin(decorator) in _UNWRAPPED or last_name(decorator) in _TRANSPARENT
    return named or (in_class and _accessor(decorator) is not None)


def last_name(decorator: ast.expr) -> str:
    """The last component of a decorator's name, called or not; "" if it has none."""
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    return dotted_name(decorator).rpartition(".")[2]


def kind_of(node: type_of_def, text: str) -> Kind:
    """Kind by the function's own `yield`s; `text` is its source, searched before its tree is walked."""
    yields = "yield" in text and _yields(node)
    if isinstance(node, ast.AsyncFunctionDef):
        return Kind.ASYNC_GENERATOR if yields else Kind.COROUTINE
    return Kind.GENERATOR if yields else Kind.SYNC


def _yields(node: type_of_def) -> bool:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            return True
        waiting.extend(_in_same_scope(inner))
    return False


def _in_same_scope(node: ast.AST) -> list[ast.AST]:
    """The children that are evaluated where `node` stands: not the bodies of functions, lambdas and classes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    if isinstance(node, ast.Lambda):
        return [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return list(ast.iter_child_nodes(node))


def _builtin(decorator: ast.expr) -> str:
    return dotted_name(decorator).removeprefix("builtins.")


def _accessor(decorator: ast.expr) -> Role | None:
    if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
        return _ACCESSORS.get(decorator.attr)
    return None
