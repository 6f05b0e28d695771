"""What a domain adds beyond its template files, where code is needed: `(FunctionFacts, settings) -> DomainPart`.

Domains are found by name: ours, and those that an installed distribution names in the entry-point group
`poetc.domains`. A domain that consists of template files alone adds nothing but its defaults and its call catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from poetc.domains.part import DomainError, DomainPart, FunctionFacts, Parameter
from poetc.plugins import plugins

__all__ = ["Domain", "DomainError", "DomainPart", "FunctionFacts", "Parameter", "domain_part"]

GROUP = "poetc.domains"


class Domain(Protocol):
    """What knows a field: it looks at facts of a function and says what is to be done in each phase."""

    name: str

    def plan(self, facts: FunctionFacts, settings: Mapping[str, Any]) -> DomainPart:
        """What is added; `settings` is the domain's phases.json. Raises `DomainError` where that lacks something."""


def domain_part(domain: str, facts: FunctionFacts, settings: Mapping[str, Any]) -> DomainPart:
    """What `domain` adds to a function; raises `DomainError`."""
    found = plugins(GROUP, ours={"ml_monitoring": "poetc.domains.ml_monitoring:Monitoring"}).get(domain)
    part: DomainPart = found.load()().plan(facts, settings) if found is not None else DomainPart()
    return part
