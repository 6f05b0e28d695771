"""What may stand around a function beside its budget and its attempts, as it crosses HTTP."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DOTTED = r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"

Seconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]
Patience = Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Dotted = Annotated[str, StringConstraints(max_length=200, pattern=DOTTED)]


class BreakerConfig(BaseModel):
    """A circuit breaker; what is None is the template's default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int | None = Field(default=None, ge=1, le=1_000)
    rate: Share | None = None
    slow: Seconds | None = None
    slow_rate: Share | None = None
    window: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    calls: int | None = Field(default=None, ge=1, le=100_000)
    open_for: Seconds | None = None
    growth: float | None = Field(default=None, ge=1, le=10, allow_inf_nan=False)
    jitter: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    probes: int | None = Field(default=None, ge=1, le=1_000)
    successes: int | None = Field(default=None, ge=1, le=1_000)
    exclude: tuple[Dotted, ...] = Field(default=(), max_length=50)
    per: Literal["function", "host"] | None = None


class BulkheadConfig(BaseModel):
    """Calls at a time, and seconds that a further one waits for a place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(ge=1, le=100_000)
    wait: Patience = 0.0


class RateConfig(BaseModel):
    """`calls` in `seconds`, at most `burst` at once; seconds that a call waits for its token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int = Field(ge=1, le=10_000_000)
    seconds: float = Field(default=1.0, gt=0, le=1e9, allow_inf_nan=False)
    burst: int = Field(ge=1, le=10_000_000)
    wait: Patience = 0.0


class FallbackConfig(BaseModel):
    """What stands in for a result: the project's function that `call` names or, without, `literal`, as JSON text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: Dotted | None = None
    literal: str | None = Field(default=None, max_length=10_000)


def literal_of(fallback: FallbackConfig) -> Any:
    """The value that stands in; raises ValueError if its text is no JSON."""
    constants: list[str] = []
    try:
        value = json.loads(fallback.literal or "null", parse_constant=constants.append)
    except (ValueError, RecursionError):
        raise ValueError("fallback: the literal is no JSON") from None
    if constants:
        raise ValueError(f"fallback: {constants[0]} is no number")
    return value
