"""What a domain adds beyond its template files, where code is needed: `(FunctionFacts, phases) -> DomainPart`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from poetc.domains.ml_monitoring import monitoring_part
from poetc.domains.part import DomainError, DomainPart, FunctionFacts, Parameter

__all__ = ["DomainError", "DomainPart", "FunctionFacts", "Parameter", "domain_part"]

_PARTS: Final[Mapping[str, Callable[[FunctionFacts, Mapping[str, Any]], DomainPart | None]]] = {
    "ml_monitoring": monitoring_part,
}


def domain_part(domain: str, facts: FunctionFacts, phases: Mapping[str, Any]) -> DomainPart | None:
    """What `domain` adds to a function; None where that is nothing (a domain may consist of template files alone).

    `phases` is the domain's phases.json. Raises `DomainError` where that lacks what the domain's code needs.
    """
    part = _PARTS.get(domain)
    return part(facts, phases) if part is not None else None
