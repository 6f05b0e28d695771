"""What is sent to be enhanced: a site with its policy and everything of its module that matters to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from poetc.ir.policy import Policy
from poetc.ir.source import Site


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the function's module tells about names the function uses."""

    imports: tuple[str, ...] = ()
    """import statements of the module that bind a name the function uses, one each, in source order"""
    bound: tuple[str, ...] = ()
    """names that the module, or a function around, makes mean something else than a builtin, sorted"""
    star_import: bool = False
    future_annotations: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    """attributes of `self`, and names of the module, that hold objects of one class → its dotted name, sorted"""
    constants: tuple[tuple[str, str], ...] = ()
    """names of the module that calls are given, bound once to a literal string → that string, sorted"""
    project_effects: tuple[tuple[str, str], ...] = ()
    """called expression → pure | read | idempotent | write | unknown, the effect of the project's function it means"""
    calls: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    """entries of the user's call catalogue that the function may reach, sorted"""
    free: tuple[str, ...] = ()
    """names that the function's code takes from cells, as the compiler says, sorted"""
    outer: tuple[str, ...] = ()
    """names it mentions, also in annotations, that functions or type parameters around it may bind, sorted"""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One function, ready to be sent."""

    site: Site
    policy: Policy
    surroundings: Surroundings
    source_hash: str
    """sha256 of `site.text`; the same hash that the link table compares at import"""
    key: str
    """sha256 of everything the answer depends on but the service: source, surroundings, policy, place in the module"""
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
