"""What a domain is told of a function, and what it adds to the generated code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from poetc.wire.enhancement import Check, Step
from poetc.wire.names import Phase


class DomainError(ValueError):
    """The `phases.json` of a domain doesn't fit the domain's code."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    """name of an `inspect` parameter kind in any case: "positional_or_keyword", "var_keyword" """
    annotation: str | None = None
    """source text"""
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """A function as far as domains look at it."""

    name: str
    parameters: tuple[Parameter, ...]
    is_stub: bool
    """the body does nothing but return constants, `...`, `pass` or raise NotImplementedError"""
    returned_keys: frozenset[str] | None = None
    """keys that the dict of every return statement has; None: not every one returns a dict display"""
    kind: str = "sync"
    """sync | coroutine | generator | async generator"""
    objective: str | None = None
    """`optimize_for`"""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """of a stub that returns a dict display: key -> constant"""
    returns: str | None = None
    """source text of the return annotation"""
    perceive: str = "repair"
    """repair | strict | off"""
    enforce: str = "repair"
    is_empty: bool = False
    """a stub that says nothing of its result: `...`, `pass`, a docstring, or NotImplementedError"""


@dataclass(frozen=True, slots=True)
class DomainPart:
    """What a domain adds to a plan."""

    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    """conditions over the parameters, or the result, in the grammar of pure expressions"""
    functions: tuple[str, ...] = ()
    """sources of pure functions that they call"""
    dependencies: tuple[str, ...] = ()
    """distributions that the steps need at run time"""
    enhancements: tuple[str, ...] = ()
    """for metadata.json"""
    summary: tuple[tuple[Phase, str], ...] = ()
    """phase, a sentence for the docstring of the generated module"""

    @property
    def supplies(self) -> bool:
        """Whether a step stands in for the body."""
        return any(step.phase == "operate" for step in self.steps)
