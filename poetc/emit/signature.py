"""Parameter lists of generated functions, and the arguments that pass them on."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from poetc.source.function import FunctionSource
from poetc.source.functions import mangled
from poetc.source.nodes import parameters


def parameter_list(source: FunctionSource) -> str:
    """The parameters as they are written, without annotations; defaults that aren't plain constants become `...`."""
    a, classes = source.node.args, source.context.classes
    positional = [*a.posonlyargs, *a.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(a.defaults)) + list(a.defaults)
    parts = [one(p, d, classes) for p, d in zip(positional, defaults, strict=True)]
    if a.posonlyargs:
        parts.insert(len(a.posonlyargs), "/")
    if a.vararg:
        parts.append("*" + mangled(a.vararg.arg, classes))
    elif a.kwonlyargs:
        parts.append("*")
    parts += [one(p, d, classes) for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    if a.kwarg:
        parts.append("**" + mangled(a.kwarg.arg, classes))
    return ", ".join(parts)


def one(parameter: ast.arg, default: ast.expr | None, classes: Sequence[str]) -> str:
    """One parameter with its default."""
    name = mangled(parameter.arg, classes)
    return name if default is None else f"{name}={default_text(default)}"


def default_text(default: ast.expr) -> str:
    """A constant (or a negative number) as it is; everything else `...`, for the original's own object is put there."""
    inner = default.operand if isinstance(default, ast.UnaryOp) and isinstance(default.op, ast.USub) else default
    is_number = isinstance(inner, ast.Constant) and type(inner.value) in (int, float, complex)
    if is_number or (isinstance(default, ast.Constant) and default is inner):
        return ast.unparse(default)
    return "..."


def call_arguments(source: FunctionSource) -> str:
    """All parameters passed on as they came: `a, b, *args, c=c, **kwargs`."""
    a, classes = source.node.args, source.context.classes
    parts = [mangled(p.arg, classes) for p in (*a.posonlyargs, *a.args)]
    if a.vararg:
        parts.append("*" + mangled(a.vararg.arg, classes))
    parts += [f"{mangled(p.arg, classes)}={mangled(p.arg, classes)}" for p in a.kwonlyargs]
    if a.kwarg:
        parts.append("**" + mangled(a.kwarg.arg, classes))
    return ", ".join(parts)


def flat_names(source: FunctionSource) -> list[str]:
    """All parameters by position: `*args` as the tuple and `**kwargs` as the dict that they are inside."""
    return [mangled(a.arg, source.context.classes) for a in parameters(source.node.args)]
