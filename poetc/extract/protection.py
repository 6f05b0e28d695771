"""What was asked to stand around a function → why it can't, for this function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from poetc.config.origins import Origins
from poetc.extract.fallback_target import find_target, misfit
from poetc.extract.lookup import Lookup, nowhere
from poetc.extract.place import at_setting
from poetc.ir import Diagnostic, Kind, Policy
from poetc.source.annotations import Scope, contract_of, satisfies, shown
from poetc.source.site import PythonSite

REPEATABLE: Final = ("pure", "reads")
"""effects of functions of which a second call may run beside the first"""


class Misfits(NamedTuple):
    """Why what was asked for can't be had, and the files of the project that say so."""

    said: list[Diagnostic]
    places: frozenset[str]


def misfits(site: PythonSite, policy: Policy, effects: str, origins: Origins, lookup: Lookup = nowhere) -> Misfits:
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


def _hedge(site: PythonSite, policy: Policy, effects: str) -> Iterator[str]:
    if policy.hedge is None:
        return
    if site.kind is not Kind.COROUTINE:
        yield f"`hedge` is for coroutine functions, which `{site.qualname}` isn't: nothing else can be cancelled"
    elif effects not in REPEATABLE:
        said = {"writes": "it writes", "idempotent": "it writes"}.get(effects, "its effects are unknown")
        yield f"`hedge` would run `{site.qualname}` twice at the same time, and {said}"
    elif policy.timeout is not None and policy.hedge >= policy.timeout:
        yield f"`hedge` would begin after {policy.hedge:g} s, and the whole call is given {policy.timeout:g} s"


def _fallback_call(site: PythonSite, call: str, lookup: Lookup) -> tuple[str, frozenset[str]]:
    if call == site.name:
        return f"`fallback` of `{site.qualname}` is the function itself", frozenset()
    found = find_target(call, site, lookup)
    if found.missing:
        return f"`fallback` names {found.missing}", found.places
    wrong = misfit(site, found.node) if found.node is not None else ""
    return f"`fallback` of `{site.qualname}`, `{call}`, {wrong}" if wrong else "", found.places


def _fallback_literal(site: PythonSite, policy: Policy) -> Iterator[str]:
    literal = policy.fallback.literal if policy.fallback is not None else None
    value: Any = json.loads(literal or "null")
    module = site.module
    imports = {name: dotted for name, dotted in module.imports.items() if module.names.only_known(name)}
    names = Scope(imports, frozenset(module.names.bound))
    wanted = contract_of(site.node.returns, names)
    if policy.enforce == "off" or wanted is None or site.node.returns is None or module.star:
        return
    if not satisfies(type(value).__name__, wanted.split(" | ")):
        given = "None" if value is None else f"of type {type(value).__name__}"
        yield f"`fallback` of `{site.qualname}` is {given}, and its annotation says {shown(site.node.returns)}"
