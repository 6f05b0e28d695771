"""What is sent to be enhanced: a site with its policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from poetc.ir.policy import Policy
from poetc.ir.source import Site


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One function, ready to be sent; what a language adds stands in a class of its own."""

    site: Site
    policy: Policy
    source_hash: str
    """sha256 of `site.text`; the same hash that the link table compares at import"""
    key: str
    """sha256 of everything the answer depends on but the service: source, context, policy, place in the module"""
    dependencies: tuple[str, ...] = field(default=())
    effects: str = ""
    """pure | reads | idempotent | writes | unknown, by the client's own analysis; "": not analysed"""
    places: tuple[str, ...] = ()
    """posix paths of other files on which `effects` depends, or would if they were there, sorted"""
    entries: frozenset[str] = frozenset()
    """the user's call catalogue's entries that it makes use of, or what it calls does"""

    @property
    def name(self) -> str:
        """The qualified name, "app.drift.Monitor.check"."""
        return self.site.name
