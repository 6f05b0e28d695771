"""The plan of one function's enhancement: what engines and domains return, and all that the emitter is told.

A plan names places in `function_code`, runtime objects with their arguments, and settings; it holds no text of
generated code. What a model brings of its own (checks, functions that they call, the body of a stub) stands apart from
what rules decide: a client holds the one against its own rules, the other against the grammar of pure expressions.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from poetc.ir.policy import BreakerPolicy, BulkheadPolicy, FallbackPolicy, Mode, Per, RatePolicy
from poetc.ir.source import Span
from poetc.wire.names import Effects, Mechanism, Operate, Phase

ENHANCEMENT_SCHEMA: Final = 1

Word = Field(max_length=1_000)
Text = Field(max_length=10_000)
Listed = Field(default=(), max_length=10_000)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TemplateRef(_Part):
    """A version of a domain's template."""

    name: str = Field(max_length=200)
    version: str = Field(max_length=40)
    digest: str = Field(max_length=64)


class Provenance(_Part):
    """Who made a plan, of what."""

    engine: str = Field(max_length=40)
    engine_version: str = Field(max_length=40)
    template: TemplateRef
    llm_model: str | None = Field(default=None, max_length=200)
    fallback_used: bool = False
    fallback_reason: str | None = Field(default=None, max_length=1_000)


class Contract(_Part):
    """What a value is checked for: builtin types, "int | None", or the annotation itself, read at run time."""

    subject: str = Word
    """the parameter's name, or "return" """
    text: str = Text
    hint: str = Field(default="", max_length=1_000)
    """what the object that reads the annotation is called in `bind`, "order_hint"; "": `text` is tested in place"""
    optional: bool = False
    """None is admitted, for sure"""
    imports: tuple[tuple[str, str], ...] = Listed
    """names in an annotation that is text, with what they are imported as: perhaps for type checkers only"""
    values: tuple[bool | int | str, ...] = Listed
    """the values of a Literal, if all are of one type: they are compared in place"""
    converts: bool = False
    """text is made what it says: the body can't do anything with text"""
    keys: tuple[str, ...] = Listed
    """no annotation is read, but the keys of the dicts that other returns write out are looked for"""

    def __str__(self) -> str:
        return self.text


class Call(_Part):
    """A known call of the body that is rewritten: repeated where it stands, or given what is left of the budget."""

    place: Span
    name: str = Word
    """as the catalogue knows it, "requests.get" """
    method: str | None = Field(default=None, max_length=40)
    """of `rt.Retry`, "" for its `__call__`; None: the call isn't repeated"""
    timeout: str | None = Field(default=None, max_length=200)
    """the parameter that takes a limit and is given none"""
    scale: int | None = Field(default=None, ge=1)
    """units of that limit in a second, where it takes whole numbers"""
    transient: tuple[str, ...] = Listed
    """classes of errors that pass by themselves"""
    host: tuple[str, ...] = Listed
    """ways to the host that it goes to"""
    refusal: str = Field(default="", max_length=1_000)
    """class of errors as which a breaker refuses it"""
    where: Literal["own", "inner", "handed"] = "own"
    """whether it is made in the function's own frame, in a function inside, or by what its callable, which then stands
    at `place`, is handed to: elsewhere it takes what is left of the budget that holds there"""

    @property
    def is_write(self) -> bool:
        """Whether the call is repeated only while nothing of it was sent."""
        return self.method is not None and self.method.startswith("unsent")

    @property
    def is_first(self) -> bool:
        """Whether the call is repeated only if its session had begun nothing."""
        return self.method is not None and self.method.startswith("fresh")


class Region(_Part):
    """A block of the body that only reads and is repeated as a whole: whole lines, statements of one list."""

    place: Span
    opened: tuple[str, ...] = Listed
    """the calls in it that open what is read, as the catalogue knows them"""
    transient: tuple[str, ...] = Listed
    """classes of errors that pass by themselves"""
    given: tuple[str, ...] = Listed
    """variables that it finds, and that may be there for one use only"""


class Retry(_Part):
    """How often and how patiently: attempts of one call, waits in seconds."""

    attempts: int = Field(ge=1)
    first: float = Field(ge=0, allow_inf_nan=False)
    most: float = Field(ge=0, allow_inf_nan=False)
    budget: float = Field(ge=0, allow_inf_nan=False)


class Budget(_Part):
    """Seconds for the whole call, and how they are kept."""

    seconds: float = Field(gt=0, allow_inf_nan=False)
    mechanism: Mechanism


class Breaker(_Part):
    """A circuit breaker around the function, or at its calls for the host that each goes to."""

    settings: BreakerPolicy
    per: Per
    answers: bool = False
    """whether an HTTP status counts, for the function makes errors of them"""


class Step(_Part):
    """Something that a domain does in a phase: `gives = name(takes, **named)`, of `name = rt.THING(original, ...)`."""

    phase: Phase
    thing: str = Word
    """the runtime object"""
    name: str = Word
    """what it is called in `bind`; underscores are added where the function has that name"""
    arguments: tuple[tuple[str, str], ...] = Listed
    """of `rt.THING` behind the original: name, literal as source; a name of "" is given by position"""
    takes: tuple[str, ...] = Listed
    """parameters of the function, or "result" """
    named: tuple[tuple[str, str], ...] = Listed
    """argument -> parameter of the function"""
    gives: tuple[str, ...] = Listed


class Check(_Part):
    """A condition that an engine or a model adds, in the grammar of pure expressions."""

    phase: Literal["perceive", "enforce"]
    expression: str = Text
    """over the parameters and, in enforce, `result`"""
    message: str = Word
    """what is wrong where it doesn't hold"""


class Enhancement(_Part):
    """Everything that is to be built around one function."""

    schema_version: Literal[1] = 1
    provenance: Provenance
    asked: dict[str, Any] = Field(default_factory=dict)
    """arguments of the decorator, as far as they are literals"""
    form: Literal["direct", "guarded"]
    """whether the enhanced body itself is the public function, or one stands around it"""
    operate: Operate
    reason: str | None = Field(default=None, max_length=1_000)
    """why the body is wrapped or supplied"""
    effects: Effects
    perceive: Mode
    enforce: Mode
    deep: bool = False
    """whether containers are looked into"""
    parameters: tuple[Contract, ...] = Listed
    result: Contract | None = None
    returns: tuple[Span, ...] = Listed
    """return statements whose value isn't evidently within the contract"""
    calls: tuple[Call, ...] = Listed
    """calls that are repeated"""
    regions: tuple[Region, ...] = Listed
    """blocks that are repeated as a whole, in source order, none in another one"""
    timed: tuple[Call, ...] = Listed
    """other calls, which get what is left of the budget"""
    loops: tuple[Span, ...] = Listed
    """loops that look at the budget"""
    frames: tuple[Span, ...] = Listed
    """numbers in the body that count frames up the stack"""
    watched: bool = False
    """the body looks at the frames above its own"""
    attempts: int = Field(default=1, ge=1)
    """of the whole function"""
    retry: Retry
    """numbers of the attempts of one call; those of the whole function wait alike"""
    budget: Budget | None = None
    breaker: Breaker | None = None
    bulkhead: BulkheadPolicy | None = None
    rate_limit: RatePolicy | None = None
    fallback: FallbackPolicy | None = None
    hedge: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    events: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    steps: tuple[Step, ...] = Listed
    """what the domain does, in order"""
    summary: tuple[tuple[Phase, str], ...] = Listed
    """what is said of them for people"""
    enhancements: tuple[str, ...] = Listed
    """the same, a line each, for the metadata"""
    notes: tuple[str, ...] = Listed
    """what couldn't be done, and why"""
    dependencies: tuple[str, ...] = Listed
    """distributions needed at run time"""
    checks: tuple[Check, ...] = Field(default=(), max_length=100)
    """conditions beyond those of annotations and domains"""
    functions: tuple[str, ...] = Field(default=(), max_length=20)
    """sources of pure functions that checks call"""
    body: str | None = Field(default=None, max_length=100_000)
    """a stub's body, as the source of a pure function with the stub's parameters"""
    tunables: dict[str, float] = Field(default_factory=dict)
    """numbers lifted out of the body; none until functions learn"""
    files: dict[str, str] = Field(default_factory=dict)
    """further files of the version; none until functions learn"""

    def canonical(self) -> bytes:
        """Canonical JSON: sorted keys, no blanks, UTF-8; equal plans give equal bytes."""
        plan = self.model_dump(mode="json")
        return json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
