"""The function that a fallback names → whether it is there, and can be called in the place of another."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final, NamedTuple

from poetc.extract.lookup import Lookup
from poetc.ir import Kind, SourceFile
from poetc.source.bindings import bindings
from poetc.source.functions import decorator_name
from poetc.source.nodes import FUNCTIONS, FunctionNode, statements
from poetc.source.site import PythonSite

HARMLESS: Final = frozenset({"staticmethod", "classmethod", "poet"})
"""decorators that leave the parameters as they are written"""
DYNAMIC: Final = ("*", "__getattr__")
"""names of which one binding means that there may be any name"""


class FallbackTarget(NamedTuple):
    """What is known of the function that a fallback names."""

    missing: str = ""
    """what isn't there; "" if nothing speaks against it"""
    node: FunctionNode | None = None
    """its definition; None: it can't be told"""
    places: frozenset[str] = frozenset()
    """files of the project on which this depends"""


def find_target(call: str, site: PythonSite, lookup: Lookup) -> FallbackTarget:
    """Look for what `call`, "app.pay.cached", means to the function at `site`, in the order in which it is looked up
    when it is needed. Modules of other distributions are not looked into."""
    parts, places = call.split("."), frozenset[str]()
    for count in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:count])
        if module == site.source.module:
            return _inside(site.module.tree.body, parts[count:], site.source.relative)._replace(places=places)
        looked = lookup(module, site.source)
        places |= looked.places
        if looked.found is not None:
            module_found = looked.found
            if len(parts) > count + 1 and _is_compiled(module_found.source, parts[count]):
                return FallbackTarget(places=places)
            where = module_found.source.relative
            return _inside(module_found.tree.body, parts[count:], where)._replace(places=places)
    module = ".".join(parts[:-1])
    is_ours = bool(places) and parts[0] == site.source.module.partition(".")[0]
    return FallbackTarget(f"`{module}`, and there is no such module in the project" if is_ours else "", None, places)


def _is_compiled(package: SourceFile, name: str) -> bool:
    """Whether a package has a module in another form than source, which can't be looked into."""
    return any(path.suffix != ".py" for path in package.path.parent.glob(f"{name}.*"))


def _inside(body: Iterable[ast.stmt], names: list[str], where: str) -> FallbackTarget:
    name, *rest = names
    body = list(body)
    bound = bindings(body)
    if not bound[name]:
        missing = not any(map(bound.__getitem__, DYNAMIC))
        return FallbackTarget(f"`{'.'.join(names)}`, which {where} doesn't define" if missing else "")
    node = next((n for n in statements(body) if getattr(n, "name", "") == name), None)
    if bound[name] > 1 or node is None:
        return FallbackTarget()
    if isinstance(node, ast.ClassDef) and rest:
        inner = _inside(node.body, rest, f"{name} in {where}")
        return FallbackTarget() if inner.missing and (node.bases or node.keywords or node.decorator_list) else inner
    return FallbackTarget("", node if isinstance(node, FUNCTIONS) and not rest else None)


def misfit(site: PythonSite, node: FunctionNode) -> str:
    """Why a function can't be called in the place of that at `site`, with the same arguments; "" if it can, or if
    its decorators may have changed it. A sentence's end: "... takes 1 argument"."""
    if not all(_is_harmless(decorator) for decorator in node.decorator_list):
        return ""
    if isinstance(node, ast.AsyncFunctionDef) and site.kind is not Kind.COROUTINE:
        return f"is a coroutine function, which `{site.qualname}` isn't"
    own, other = site.node.args, node.args
    return _positional_misfit(own, other) or _named_misfit(own, other)


def _positional_misfit(own: ast.arguments, other: ast.arguments) -> str:
    given, takes = len(own.posonlyargs) + len(own.args), [*other.posonlyargs, *other.args]
    if given > len(takes) and other.vararg is None:
        return f"takes {len(takes)} positional argument{'s' * (len(takes) != 1)}, and would get {given}"
    needed = {arg.arg for arg in takes[given : len(takes) - len(other.defaults)]}
    needed -= {arg.arg for arg in own.kwonlyargs} - {arg.arg for arg in other.posonlyargs}
    if needed and own.vararg is None and own.kwarg is None:
        return f"needs an argument `{min(needed)}`, which it wouldn't get"
    return ""


def _named_misfit(own: ast.arguments, other: ast.arguments) -> str:
    given, takes = len(own.posonlyargs) + len(own.args), [*other.posonlyargs, *other.args]
    taken = {arg.arg for arg in takes[:given]} - {arg.arg for arg in other.posonlyargs}
    free = {arg.arg for arg in takes[given:]} - {arg.arg for arg in other.posonlyargs}
    free |= {arg.arg for arg in other.kwonlyargs}
    names = {arg.arg for arg in own.kwonlyargs}
    if odd := sorted(names & taken):
        return f"would get `{odd[0]}` twice"
    if other.kwarg is None and (odd := sorted(names - free)):
        return f"doesn't take the argument `{odd[0]}=`"
    defaults = zip(other.kwonlyargs, other.kw_defaults, strict=True)
    needed = {arg.arg for arg, default in defaults if default is None} - names
    return f"needs an argument `{min(needed)}=`, which it wouldn't get" if needed and own.kwarg is None else ""


def _is_harmless(decorator: ast.expr) -> bool:
    return decorator_name(decorator) in HARMLESS
