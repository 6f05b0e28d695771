"""What may be asked for one function, in any language. The one place that says which settings there are, what their
values may be, and what holds where nobody said anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from poetc.ir.limits import Length, Number, Pattern, Whole

Mode = Literal["repair", "strict", "off"]
Depth = Literal["shallow", "deep"]
Stale = Literal["original", "error", "enhanced"]
"""what runs where the source has changed since the build; the link's business, and no part of a policy"""
Per = Literal["function", "host"]

DOTTED: Final = r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"

Seconds = Annotated[float, Number(3_600.0, above=0.0, what="a number of seconds")]
Patience = Annotated[float, Number(3_600.0, least=0.0, what="a number of seconds")]
Share = Annotated[float, Number(1.0, above=0.0)]
Dotted = Annotated[str, Pattern(DOTTED, 200)]
Name = Annotated[str, Length(200)]

CLOSED: Final = {"extra": "forbid", "revalidate_instances": "always"}
"""what pydantic is told of the classes below: an unknown setting is refused, and who sends one is checked, too"""


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """A circuit breaker; what is None is the domain's default."""

    __pydantic_config__ = CLOSED

    failures: Annotated[int, Whole(1, 1_000)] | None = None
    """in a row, that open it; None with `rate` or `slow`: any number"""
    rate: Share | None = None
    """share of failed calls in the window that opens it"""
    slow: Seconds | None = None
    """seconds from which on a call is slow"""
    slow_rate: Share | None = None
    """share of slow calls in the window that opens it"""
    window: Annotated[float, Number(86_400.0, above=0.0, what="a number of seconds")] | None = None
    """seconds; None: the window is the last `calls` calls"""
    calls: Annotated[int, Whole(1, 100_000)] | None = None
    """the fewest that shares are computed of"""
    open_for: Seconds | None = None
    growth: Annotated[float, Number(10.0, least=1.0)] | None = None
    """factor of `open_for` from one opening to the next"""
    jitter: Annotated[float, Number(1.0, least=0.0)] | None = None
    """share of `open_for` by which it varies, up and down"""
    probes: Annotated[int, Whole(1, 1_000)] | None = None
    """calls at a time that are let through to find out"""
    successes: Annotated[int, Whole(1, 1_000)] | None = None
    """probes in a row that close it"""
    exclude: Annotated[tuple[Dotted, ...], Length(50)] = ()
    """names of exceptions that never count"""
    per: Per | None = None
    """None: each host whose calls can be told, else the function"""

    @property
    def is_windowed(self) -> bool:
        """Whether it judges by the shares of a window."""
        return self.rate is not None or self.slow is not None


@dataclass(frozen=True, slots=True)
class BulkheadPolicy:
    """Calls at a time."""

    __pydantic_config__ = CLOSED

    limit: Annotated[int, Whole(1, 100_000)]
    wait: Patience = 0.0
    """seconds that a further call waits for a place"""


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """`calls` in `seconds`, and at most `burst` at once."""

    __pydantic_config__ = CLOSED

    calls: Annotated[int, Whole(1, 10_000_000)]
    burst: Annotated[int, Whole(1, 10_000_000)]
    seconds: Annotated[float, Number(1e9, above=0.0, what="a number of seconds")] = 1.0
    wait: Patience = 0.0
    """seconds that a call waits for its token"""


@dataclass(frozen=True, slots=True)
class FallbackPolicy:
    """What stands in for a result: the function that `call` names or, without, `literal`."""

    __pydantic_config__ = CLOSED

    call: Dotted | None = None
    """ "app.pay.cached_receipt" """
    literal: Annotated[str, Length(10_000)] | None = None
    """as JSON text"""

    @property
    def value(self) -> Any:
        """The literal's value; raises ValueError for what is no JSON."""
        import json  # here, since a build with nothing to do can do without it

        constants: list[str] = []
        try:
            found = json.loads(self.literal or "null", parse_constant=constants.append)
        except (ValueError, RecursionError):
            raise ValueError("fallback: the literal is no JSON") from None
        if constants:
            raise ValueError(f"fallback: {constants[0]} is no number")
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """What was asked for, resolved: decorator > [tool.poet.functions] > [tool.poet] > domain > built-in."""

    __pydantic_config__ = CLOSED

    engine: Annotated[str, Length(40)] = "auto"
    """which engine of the service is asked; "auto": the service chooses"""
    domain: Name | None = None
    optimize_for: Name | None = None
    retries: Annotated[int, Whole(0, 100)] | None = None
    """further attempts after the first; None: nobody said, the built-in default of call sites applies"""
    timeout: Annotated[float, Number(86_400.0, above=0.0, what="a number of seconds")] | None = None
    """the whole call's budget in seconds; None: no budget"""
    perceive: Mode = "repair"
    enforce: Mode = "repair"
    depth: Depth = "shallow"
    """whether arguments and results are checked with what they hold"""
    own_thread: bool = False
    """whether the body, off the main thread and with `timeout=` at the function, runs in a thread of its own"""
    breaker: BreakerPolicy | bool | None = None
    """False: none at all; None: nobody said, the domain's own where something can fail"""
    bulkhead: BulkheadPolicy | None = None
    rate_limit: RatePolicy | None = None
    fallback: FallbackPolicy | None = None
    hedge: Seconds | None = None
    """seconds until a second attempt is made beside the first"""
    events: Share | None = None
    """share of the calls that are reported; None: no events"""
