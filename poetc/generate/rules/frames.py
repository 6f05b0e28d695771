"""Numbers in a body that count frames up the stack."""

from __future__ import annotations

import ast

from poetc.generate.rules.function import FunctionSource, own_nodes


def frame_depths(source: FunctionSource) -> list[ast.expr]:
    """Numbers in the body that mean a frame above its own: `stacklevel=2`, `warn(t, kind, 2)`, `sys._getframe(1)`."""
    found: list[ast.expr] = []
    for node in own_nodes(source.node):
        if not isinstance(node, ast.Call):
            continue
        found += [k.value for k in node.keywords if k.arg == "stacklevel" and is_depth(k.value, 2)]
        match node.func:
            case _ if any(isinstance(argument, ast.Starred) for argument in node.args):
                continue
            case ast.Attribute(attr="_getframe"):
                found += [value for value in node.args[:1] if is_depth(value, 1)]
            case ast.Name(id="warn") | ast.Attribute(attr="warn", value=ast.Name(id="warnings")):
                found += [value for value in node.args[2:3] if is_depth(value, 2)]
    return found


def is_depth(value: ast.expr, least: int) -> bool:
    """Whether a number means a frame further up; `least` is the first that does."""
    return isinstance(value, ast.Constant) and type(value.value) is int and value.value >= least
