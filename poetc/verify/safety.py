"""POET404, POET405: around the moved body nothing but the runtime is imported, and nothing named that reaches outside.

An allow-list: names of `bind` and of the public function, the runtime, and the few builtins that tests of types need.
"""

from __future__ import annotations

import ast
import builtins
from typing import Final

from poetc.source.nodes import parameters
from poetc.verify.findings import rejection, shown
from poetc.verify.written import Written

BUILTINS: Final = frozenset(
    {"BaseException", "Exception", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int"}
    | {"issubclass", "list", "memoryview", "set", "str", "tuple", "type"}
)
"""what a test of a type names, and an `except`"""

PURE: Final = frozenset(
    {"abs", "all", "any", "divmod", "enumerate", "isinstance", "len", "max", "min", "range", "reversed", "round"}
    | {"sorted", "sum", "zip"}
)
"""what the conditions and functions of a plan may call beside"""

FORMS: Final = (ast.Lambda, ast.Global, ast.Nonlocal, ast.Delete, ast.Starred)


def check_safety(written: Written) -> None:
    """Raise VerifyError for an import, a name or an attribute that the generated part has no business with."""
    check_imports(written)
    allowed = known_names(written)
    for node in written.outside:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in allowed:
            raise rejection(written.unit, "POET405", f"it names `{node.id}`", node.lineno, written.text)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise rejection(written.unit, "POET405", f"it names `{shown(node)}`", node.lineno, written.text)


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
    brings = PURE if written.plan.checks or written.plan.body is not None else frozenset()
    return frozenset(own - (frozenset(dir(builtins)) - BUILTINS)) | BUILTINS | brings | own_builtins(written)


def own_builtins(written: Written) -> frozenset[str]:
    """Builtins' names that the user's function has for its own parameters or itself."""
    return frozenset({written.function.name, *(a.arg for a in parameters(written.function.args))} | {"__name__"})
