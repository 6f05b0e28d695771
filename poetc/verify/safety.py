"""POET404, POET405: around the moved body nothing but the runtime is imported, and nothing done that reaches outside.

Allow-lists: of the names, of what is called or asked for an attribute, and of the forms of Python that `bind` and the
public function are made of. What an engine has brought is held to its own grammar (`pure`).
"""

from __future__ import annotations

import ast
import builtins
from typing import Final

from poetc.errors import VerifyError
from poetc.source.nodes import flat, parameters
from poetc.verify.findings import rejection, shown
from poetc.verify.pure import impurity
from poetc.verify.written import BUILTINS, Written

ASKED: Final = frozenset({"type", "issubclass"})
"""builtins that generated code calls"""
FORMS: Final = (
    ast.Module | ast.Expr | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    | ast.Assign | ast.AnnAssign | ast.Return | ast.If | ast.Try | ast.With | ast.Raise | ast.ExceptHandler
    | ast.arguments | ast.arg | ast.alias | ast.withitem | ast.keyword
    | ast.BoolOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Call | ast.Await | ast.YieldFrom | ast.Constant
    | ast.Name | ast.Attribute | ast.Starred | ast.Tuple | ast.List | ast.Dict | ast.Set
)  # fmt: skip
"""of Python in what is generated"""


def check_safety(written: Written) -> None:
    """Raise VerifyError for an import, a name, a call or a form that the generated part has no business with."""
    check_imports(written)
    allowed, original = known_names(written), {each.arg for each in parameters(written.bind.args)}
    public = written.facing if written.facing is not written.operate else None
    given = original | {each.arg for each in parameters(public.args)} if public is not None else original
    within = {id(node) for node in flat(public)} if public is not None else set()
    for node in written.outside:
        if flaw := flaw_of(node, allowed, given if id(node) in within else original, written):
            raise failed(written, flaw, node)
    check_module(written)
    check_objects(written)
    check_brought(written)


def check_imports(written: Written) -> None:
    """The module imports the runtime, by the package that the client names, and nothing else."""
    package = written.unit.site.source.link_package
    allowed = ["from __future__ import annotations", f"from {package} import _runtime as rt"]
    for node in written.outside:
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) not in allowed:
            what = f"it imports something of its own, `{shown(node)}`"
            raise rejection(written.unit, "POET404", what, node.lineno, written.text)


def known_names(written: Written) -> frozenset[str]:
    """What the generated part may name."""
    own = {"rt", "bind", "__name__", "__class__"}
    for node in written.outside:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own |= {argument.arg for argument in parameters(node.args)}
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(node.id)
        if isinstance(node, ast.ExceptHandler) and node.name:
            own.add(node.name)
    return frozenset(own - (frozenset(dir(builtins)) - BUILTINS)) | BUILTINS | own_builtins(written)


def own_builtins(written: Written) -> frozenset[str]:
    """Builtins' names that the user's function has for its own parameters or itself."""
    return frozenset({written.function.name, *(a.arg for a in parameters(written.function.args))} | {"__name__"})


def flaw_of(node: ast.AST, allowed: frozenset[str], given: set[str], written: Written) -> str:
    """What is wrong with one node of the generated part; "" if nothing.

    `given` are the caller's arguments, and the original: nothing there is called, or asked for an attribute.
    """
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name not in allowed:
            return f"it names `{name}`"
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if not attr.startswith("_"):
            is_other = name in given or not isinstance(node.ctx, ast.Load)
            return f"it names `{shown(node)}`" if is_other else ""
        case ast.Attribute():
            return f"it names `{shown(node)}`"
        case ast.Call(func=ast.Name(id=name)) if name in given or written.builtins.get(name, "type") not in ASKED:
            return f"it calls `{name}`"
        case ast.Call(func=function) if not isinstance(function, ast.Name | ast.Attribute):
            return f"it calls `{shown(function)}`"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return definition_flaw(node, written)
        case ast.arg(annotation=annotation) if annotation is not None:
            return f"`{node.arg}` is annotated"
        case ast.AnnAssign() if node.value is not None or not isinstance(node.annotation, ast.Name):
            return f"it has `{shown(node)}`"
        case ast.Raise() if node.exc is not None:
            return f"it raises something of its own, `{shown(node)}`"
        case ast.Constant() | ast.expr_context() | ast.boolop() | ast.unaryop() | ast.cmpop():
            return ""
    return "" if isinstance(node, FORMS) else f"it has a {type(node).__name__}, `{shown(node)}`"


def definition_flaw(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, written: Written) -> str:
    """What is wrong with a function or class of the generated part; "" if nothing."""
    if node.decorator_list:
        return f"`{node.name}` is decorated"
    if isinstance(node, ast.ClassDef):
        is_own = bool(node.bases or node.keywords) or node not in written.tree.body
        return f"it makes a class of its own, `{node.name}`" if is_own else ""
    if node is not written.bind and node not in written.bind.body:
        return f"it has a function in a function, `{node.name}`"
    return f"`{node.name}` is annotated" if node.returns is not None else ""


def check_module(written: Written) -> None:
    """The module holds its docstring, imports and `bind`, which takes the original alone, perhaps in a class."""
    for node in written.tree.body:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.FunctionDef(name="bind"):
                continue
            case ast.ClassDef(name=name, body=[ast.FunctionDef(name="bind")]) if is_around(written, name):
                continue
            case ast.Assign(targets=[ast.Name(id="bind")], value=ast.Attribute(value=ast.Name(id=name), attr="bind")):
                if any(isinstance(each, ast.ClassDef) and each.name == name for each in written.tree.body):
                    continue
        raise failed(written, f"its module has `{shown(node)}`", node)
    arguments = written.bind.args
    if len(parameters(arguments)) != 1 or arguments.defaults or arguments.vararg or arguments.kwarg:
        raise failed(written, "`bind` doesn't take the original alone", written.bind)


def is_around(written: Written, name: str) -> bool:
    """Whether a class mangles names as the one around the original."""
    return [name.lstrip("_")] == [each.lstrip("_") for each in written.unit.site.classes[-1:]]


def check_objects(written: Written) -> None:
    """`bind` makes each name once, and holds nothing but objects of the runtime, aliases and functions."""
    seen = {"rt", *(each.arg for each in parameters(written.bind.args))}
    moved = "" if written.operate is None else written.operate.name
    for node in written.bind.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(value=ast.Name(id="rt")))):
                is_move = name == moved and written.relocated is node.value
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name()):
                is_move = False
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                is_move = False
            case ast.AnnAssign() | ast.Return() | ast.Expr(value=ast.Constant()):
                continue
            case _:
                raise failed(written, f"`bind` has `{shown(node)}`", node)
        if (name in seen and not is_move) or name in BUILTINS:
            raise failed(written, f"`bind` makes `{name}`, which means something else", node)
        seen.add(name)


def check_brought(written: Written) -> None:
    """What an engine has brought computes with what it is given, and is nothing else."""
    functions = {each.name for each in written.brought}
    if functions and not (written.plan.checks or written.plan.functions or written.plan.body is not None):
        raise failed(written, "`bind` has a function of its own", written.brought[0])
    for function in written.brought:
        if flaw := impurity(function, functions - {function.name}):
            raise failed(written, f"`{function.name}` {flaw}", function)


def failed(written: Written, what: str, node: ast.AST) -> VerifyError:
    """The error that says what a text has no business with."""
    return rejection(written.unit, "POET405", what, getattr(node, "lineno", 0), written.text)
