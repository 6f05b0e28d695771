"""What a function is: its role in a class, what calling it gives, whether it is a stub, what ties it to its place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from poetc.ir import Kind, Role
from poetc.source.bindings import own_bindings
from poetc.source.nodes import FUNCTIONS, FunctionNode, body_nodes, called, children, dotted_name, flat, last_name

CLASS_CELL: Final = "__class__"
NAMESPACES: Final = {"locals": 0, "vars": 0, "dir": 0, "eval": 1, "exec": 1}
"""builtins that see the names of the frame that calls them, if they get at most so many arguments"""

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


def role_of(decorators: Iterable[ast.expr], in_class: bool) -> Role:
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
    named = _builtin(decorator) in _UNWRAPPED or decorator_name(decorator) in _TRANSPARENT
    return named or (in_class and _accessor(decorator) is not None)


def decorator_name(decorator: ast.expr) -> str:
    """The last component of a decorator's name, called or not; "" if it has none."""
    return dotted_name(called(decorator)).rpartition(".")[2]


def _builtin(decorator: ast.expr) -> str:
    return dotted_name(decorator).removeprefix("builtins.")


def _accessor(decorator: ast.expr) -> Role | None:
    if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
        return _ACCESSORS.get(decorator.attr)
    return None


def kind_of(node: FunctionNode) -> Kind:
    """What calling a function gives, by its own `yield`s."""
    yields = _yields(node)
    if isinstance(node, ast.AsyncFunctionDef):
        return Kind.ASYNC_GENERATOR if yields else Kind.COROUTINE
    return Kind.GENERATOR if yields else Kind.SYNC


def _yields(node: FunctionNode) -> bool:
    if not any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in body_nodes(node)):
        return False
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            return True
        waiting += _evaluated_here(inner)
    return False


def _evaluated_here(node: ast.AST) -> Sequence[ast.AST]:
    """The children that are evaluated where `node` stands: not the bodies of functions, lambdas and classes."""
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        given = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
        return [*getattr(node, "decorator_list", ()), *given]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return children(node)


# ---------------------------------------------------------------------- stubs


def is_stub(node: FunctionNode) -> bool:
    """Whether the body only says that somebody else is to write it."""
    return all(map(says_nothing, node.body))


def says_nothing(statement: ast.stmt) -> bool:
    """`pass`, a docstring or another constant, `raise NotImplementedError`."""
    if isinstance(statement, ast.Raise):
        return statement.exc is not None and dotted_name(called(statement.exc)) == "NotImplementedError"
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def stub_constants(node: FunctionNode) -> dict[str, Any] | None:
    """The constants that a stub returns by key ({} for an empty stub), or None if the body does something."""
    constants: dict[str, Any] = {}
    for statement in node.body:
        match statement:
            case ast.Return(value=None | ast.Constant()):
                continue
            case ast.Return(value=ast.Dict() as value):
                try:
                    constants.update(ast.literal_eval(value))
                except (ValueError, TypeError):
                    return None
            case _ if not says_nothing(statement):
                return None
    return constants


# ---------------------------------------------------------------------- private names


def mangled(name: str, classes: Sequence[str]) -> str:
    """The name as Python's compiler sees it in the innermost of `classes` (language reference 6.2.1): `__x` in
    `Monitor` is `_Monitor__x`."""
    owner = classes[-1].lstrip("_") if classes else ""
    return f"_{owner}{name}" if owner and is_private(name) else name


def is_private(name: str) -> bool:
    """Whether Python mangles a name inside of a class."""
    return name.startswith("__") and not name.endswith("__")


def has_private_names(function: FunctionNode) -> bool:
    """Whether a function's text has an identifier that Python mangles inside of a class, its own name aside."""
    return any(
        isinstance(name, str) and is_private(name)
        for node in flat(function)
        if node is not function and not isinstance(node, ast.Constant)
        for value in (getattr(node, field, None) for field in node._fields)
        for name in (value if isinstance(value, list) else (value,))
    )


# ---------------------------------------------------------------------- what ties a body to its place


def sees_its_namespace(function: FunctionNode, free: Collection[str] = ()) -> str:
    """The builtin that a body calls to see all names of its own frame, or to run code among them; "" if none.

    `free`: the names that its code takes from around it.
    """
    calls = [node for node in body_nodes(function) if isinstance(node, ast.Call) and last_name(node.func) in NAMESPACES]
    own = own_bindings(function) | set(free) if calls else set()
    for node in calls:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name not in own:
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id="builtins"), attr=name)):
                pass
            case _:
                continue
        given = [a for a in node.args if not isinstance(a, ast.Starred)] + [k for k in node.keywords if k.arg]
        if len(given) <= NAMESPACES.get(name, -1):
            return name
    return ""
