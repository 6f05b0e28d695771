"""Decorator > `[tool.poet.functions]` > `[tool.poet]` > domain > built-in: who is asked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from poetc.config import Options
from poetc.config.origins import Origins
from poetc.config.values import closest, similar
from poetc.extract.arguments import Arguments
from poetc.extract.place import at_setting
from poetc.extract.unit_error import UnitError
from poetc.ir import Diagnostic, Policy
from poetc.source.site import PythonSite

DomainDefaults = Callable[[str], Mapping[str, Any]]


def no_defaults(domain: str) -> Mapping[str, Any]:
    """Of domains of which nothing is known."""
    return {}


OBJECTIVES: Final = frozenset({"accuracy", "latency", "cost", "recall", "precision", "alert_quality", "performance"})
"""what any function can be optimised for; a domain may know more"""


def resolve_policy(
    site: PythonSite,
    arguments: Arguments,
    options: Options,
    domains: Mapping[str, frozenset[str]] | None,
    defaults: DomainDefaults = no_defaults,
) -> Policy:
    """Decide what is asked for. `domains`: known domain → the objectives that it adds to the general ones; None: no
    service was asked, and neither domain nor objective is judged.

    `defaults`: domain → the settings that it has for functions of which nobody says more. What is still None then is
    for the engine to decide. Raises UnitError: POET204, POET205.
    """
    said = {key: value for key, value in arguments.items() if value is not None}
    asked: dict[str, Any] = {"engine": options.engine} | options.asked_of(site.name) | said
    domain, objective = asked.get("domain"), asked.get("optimize_for")
    asked = {**(defaults(domain) if domain else {}), **asked}
    if domains is None:
        return Policy(**asked)
    if domain is not None and domain not in domains:
        raise UnitError([_complain(site, "domain", domain, frozenset(domains), Origins(options))])
    known = OBJECTIVES | domains.get(domain or "", frozenset())
    if objective is not None and objective not in known:
        raise UnitError([_complain(site, "optimize_for", objective, known, Origins(options))])
    return Policy(**asked)


def _complain(site: PythonSite, key: str, value: str, known: frozenset[str], origins: Origins) -> Diagnostic:
    code, what = ("POET204", "domain") if key == "domain" else ("POET205", "objective")
    message = f'unknown {what} "{value}"; known: {", ".join(sorted(known)) or "none"}'
    hint = similar(value, known) if closest(value, known) else f"Name a known one, or leave `{key}` out."
    return at_setting(code, message, site, key, origins, hint=hint, value=True)
