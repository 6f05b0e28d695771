"""What a domain is told of a function, and what it adds to the generated code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    mentioned: frozenset[str] = frozenset()
    """every name in the function; those that the domain adds differ from them, and `result` gets underscores by them"""
    is_empty: bool = False
    """a stub that says nothing of its result: `...`, `pass`, a docstring, or NotImplementedError"""


@dataclass(frozen=True, slots=True)
class DomainPart:
    """Source lines for the places of a guarded function, without indentation; ARCHITECTURE.md says what may stand."""

    setup: tuple[str, ...] = ()
    """in `bind`: `name = rt.Thing(original, ...)`"""
    perceive: tuple[str, ...] = ()
    """in the public function, before Operate′"""
    supplied: tuple[str, ...] | None = None
    """in place of the call of Operate′; None: Operate′ is called"""
    enforce: tuple[str, ...] = ()
    """behind Operate′: `result = name(result)`"""
    runtime: tuple[str, ...] = ()
    """names of `rt` that `setup` uses"""
    dependencies: tuple[str, ...] = ()
    """distributions that the lines need at run time"""
    enhancements: tuple[str, ...] = ()
    """for metadata.json"""
    summary: Mapping[str, str] = field(default_factory=dict)
    """phase -> a sentence for the docstring of the generated module"""
