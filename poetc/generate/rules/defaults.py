"""Numbers of the base template."""

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


def defaults_of(base: Template) -> Defaults:
    """The numbers of the base template."""
    d = base.phases["defaults"]
    return Defaults(
        retries=int(d["retries"]),
        first=float(d["backoff"]["first"]),
        most=float(d["backoff"]["most"]),
        budget=float(d["budget"]),
        failures=int(d["breaker"]["failures"]),
        open_for=float(d["breaker"]["open_for"]),
    )
