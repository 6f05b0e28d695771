"""What holds where nobody said anything: the domain's numbers, and those of the base template."""

from __future__ import annotations

from dataclasses import dataclass

from poetc.generate.templates import Template


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where nobody said anything: attempts, waits in seconds, breaker."""

    retries: int
    first: float
    most: float
    budget: float
    failures: int
    open_for: float


def defaults_of(base: Template, domain: Template) -> Defaults:
    """The numbers of the domain's template, where it has none those of the base."""
    d, own = dict(base.phases["defaults"]), domain.phases.get("defaults", {})
    for name, value in own.items():
        d[name] = {**d[name], **value} if isinstance(value, dict) else value
    return Defaults(
        retries=int(d["retries"]),
        first=float(d["backoff"]["first"]),
        most=float(d["backoff"]["most"]),
        budget=float(d["budget"]),
        failures=int(d["breaker"]["failures"]),
        open_for=float(d["breaker"]["open_for"]),
    )
