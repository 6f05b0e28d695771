"""Many functions at once: what `POST /api/v1/transpile/batch` takes, and a line of what it streams."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from poetc.wire.request import LIMITS, TranspileRequest
from poetc.wire.response import ErrorBody, TranspileResponse


class TranspileBatch(BaseModel):
    """Functions to be transpiled, each by itself; the whole may be as large as one request."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    requests: list[TranspileRequest] = Field(min_length=1, max_length=LIMITS.batch)


class BatchLine(BaseModel):
    """One line of the answer, as soon as it is known: what a request alone would have been answered."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    index: int = Field(ge=0)
    """of the request in its batch, from 0"""
    status: int
    """as of HTTP: 200 with `answer`, or that of `error`"""
    answer: TranspileResponse | None = None
    error: ErrorBody | None = None
