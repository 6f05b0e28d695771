"""What was asked to stand around a function → why it can't, for this function."""

from __future__ import annotations

from poetc.diagnose import diagnose
from poetc.extract.bindings import bindings
from poetc.ir import Diagnostic, Kind, Policy, Site

REPEATABLE = ("pure", "reads")
"""effects of functions of which a second call may run beside the first"""


def misfits(site: Site, policy: Policy, effects: str) -> list[Diagnostic]:
    """POET203 for a hedge or a fallback that this function can't have."""
    found = [_hedge(site, effects) if policy.hedge is not None else "", _fallback(site, policy)]
    hint = f'Change `[tool.poet.functions."{site.name}"]`, or the glob that says so.'
    return [
        diagnose("POET203", message, site.source, site.decorator, hint=hint, unit=site.name)
        for message in found
        if message
    ]


def _hedge(site: Site, effects: str) -> str:
    if site.kind is not Kind.COROUTINE:
        return f"`hedge` is for coroutine functions, which `{site.qualname}` isn't: nothing else can be cancelled"
    if effects not in REPEATABLE:
        said = {"writes": "it writes", "idempotent": "it writes"}.get(effects, "its effects are unknown")
        return f"`hedge` would run `{site.qualname}` twice at the same time, and {said}"
    return ""


def _fallback(site: Site, policy: Policy) -> str:
    call = policy.fallback.call if policy.fallback is not None else None
    if call is None:
        return ""
    if call == site.name:
        return f"`fallback` of `{site.qualname}` is the function itself"
    module, inner = site.source.module, call.removeprefix(f"{site.source.module}.")
    if not module or inner == call:
        return ""
    bound = bindings(site.tree.body)
    is_package = site.source.relative.endswith("__init__.py")  # then it may be a module below it
    if not is_package and inner.partition(".")[0] not in bound and "*" not in bound:
        return f"`fallback` names `{inner}`, which {site.source.relative} doesn't define"
    return ""
