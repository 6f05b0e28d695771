"""What was asked to stand around a function → why it can't, for this function."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from poetc.config.origins import Origins
from poetc.extract.bindings import bindings
from poetc.extract.modules import Lookup, nowhere
from poetc.extract.place import at_setting
from poetc.extract.standin import misfit, stand_in
from poetc.ir import Diagnostic, Kind, Policy, Site

REPEATABLE: Final = ("pure", "reads")
"""effects of functions of which a second call may run beside the first"""

JSON_TYPES: Final[dict[type, tuple[str, ...]]] = {
    type(None): ("None",),
    bool: ("bool", "int", "float", "complex"),
    int: ("int", "float", "complex"),
    float: ("float", "complex"),
    str: ("str",),
    list: ("list",),
    dict: ("dict",),
}
"""class of a literal → names of builtin types whose annotations it satisfies"""

BUILTIN_TYPES: Final = frozenset({*sum(JSON_TYPES.values(), ()), "bytes", "bytearray", "tuple", "set", "frozenset"})
SPELLINGS: Final = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Set": "set", "FrozenSet": "frozenset"}


class Misfits(NamedTuple):
    """Why what was asked for can't be had, and the files of the project that say so."""

    said: list[Diagnostic]
    places: frozenset[str]


def misfits(site: Site, policy: Policy, effects: str, origins: Origins, lookup: Lookup = nowhere) -> Misfits:
    """POET203 for a hedge or a fallback that this function can't have."""
    found, places = [("hedge", message) for message in _hedge(site, policy, effects)], frozenset[str]()
    if policy.fallback is not None:
        messages = []
        if "generator" in site.kind:
            messages.append(f"`fallback` can't stand in for what the generator `{site.qualname}` gives bit by bit")
        elif policy.fallback.call is not None:
            message, places = _fallback_call(site, policy.fallback.call, lookup)
            messages += [message] * bool(message)
        else:
            messages += _fallback_literal(site, policy)
        found += [("fallback", message) for message in messages]
    hint = f'Change `[tool.poet.functions."{site.name}"]`, or the glob that says so.'
    said = [at_setting("POET203", message, site, setting, origins, hint=hint) for setting, message in found]
    return Misfits(said, places)


def _hedge(site: Site, policy: Policy, effects: str) -> Iterator[str]:
    if policy.hedge is None:
        return
    if site.kind is not Kind.COROUTINE:
        yield f"`hedge` is for coroutine functions, which `{site.qualname}` isn't: nothing else can be cancelled"
    elif effects not in REPEATABLE:
        said = {"writes": "it writes", "idempotent": "it writes"}.get(effects, "its effects are unknown")
        yield f"`hedge` would run `{site.qualname}` twice at the same time, and {said}"
    elif policy.timeout is not None and policy.hedge >= policy.timeout:
        yield f"`hedge` would begin after {policy.hedge:g} s, and the whole call is given {policy.timeout:g} s"


def _fallback_call(site: Site, call: str, lookup: Lookup) -> tuple[str, frozenset[str]]:
    if call == site.name:
        return f"`fallback` of `{site.qualname}` is the function itself", frozenset()
    found = stand_in(call, site, lookup)
    if found.missing:
        return f"`fallback` names {found.missing}", found.places
    wrong = misfit(site, found.node) if found.node is not None else ""
    return f"`fallback` of `{site.qualname}`, `{call}`, {wrong}" if wrong else "", found.places


def _fallback_literal(site: Site, policy: Policy) -> Iterator[str]:
    literal = policy.fallback.literal if policy.fallback is not None else None
    value: Any = json.loads(literal or "null")
    wanted = _builtin_types(site.node.returns)
    if policy.enforce == "off" or not wanted or wanted & bindings(site.tree.body).keys():
        return
    if wanted.isdisjoint(JSON_TYPES[type(value)]):
        shown = "None" if value is None else f"of type {type(value).__name__}"
        yield f"`fallback` of `{site.qualname}` is {shown}, and its annotation says {ast.unparse(site.node.returns)}"  # type: ignore[arg-type]


def _builtin_types(node: ast.expr | None) -> set[str]:
    """The builtin types that an annotation allows; nothing if it says more than that."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _builtin_types(ast.parse(node.value, mode="eval").body)
        except (SyntaxError, ValueError, RecursionError):
            return set()
    if isinstance(node, ast.Constant) and node.value is None:
        return {"None"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _builtin_types(node.left), _builtin_types(node.right)
        return left | right if left and right else set()
    inner = node.value if isinstance(node, ast.Subscript) else node
    name = inner.id if isinstance(inner, ast.Name) else ""
    if name == "Optional" and isinstance(node, ast.Subscript):
        found = _builtin_types(node.slice)
        return found | {"None"} if found else set()
    name = SPELLINGS.get(name, name)
    return {name} if name in BUILTIN_TYPES else set()
