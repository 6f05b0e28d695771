"""What the service answers, and how it says no."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from poetc.ir.achieved import Achieved
from poetc.wire.enhancement import Enhancement, TemplateRef
from poetc.wire.names import Operate


class Rewrite(BaseModel):
    """One difference between the user's body and Operate′; lines are the user's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int
    kind: str = Field(max_length=40)
    """"enforce" (a return goes through the output check), "retry" (a call is repeated), ..."""
    before: str
    after: str


class ResponseMetadata(BaseModel):
    """Everything the service tells about its answer. The client checks what it can and believes nothing else."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: str = Field(default="1.0.0", max_length=40)
    """of the contract"""
    engine: str = Field(max_length=40)
    """"rules" or "llm" """
    engine_version: str = Field(max_length=40)
    original_function_name: str = Field(max_length=1000)
    decorator_params: dict[str, Any] = Field(default_factory=dict)
    phases_included: list[Literal["perceive", "operate", "enforce", "train"]]
    operate: Operate
    operate_reason: str | None = Field(default=None, max_length=1000)
    """why the body is wrapped or supplied"""
    rewrites: list[Rewrite] = Field(default_factory=list, max_length=10_000)
    effects: str = Field(default="unknown", max_length=40)
    """pure | reads | idempotent | writes | unknown"""
    achieved: Achieved = Achieved()
    """which calls are protected and how, what stands around the function, what is checked"""
    timeout_mechanism: str | None = Field(default=None, max_length=40)
    """asyncio | cooperative | cooperative-and-alarm | alarm | alarm-or-thread; None: no budget"""
    enhancements: list[Annotated[str, Field(max_length=10_000)]] = Field(default_factory=list, max_length=1000)
    dependencies: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=100)
    template: TemplateRef
    llm_model: str | None = Field(default=None, max_length=200)
    fallback_used: bool = False
    fallback_reason: str | None = Field(default=None, max_length=1000)
    parameters: dict[str, float] = Field(default_factory=dict)
    """numbers lifted out of the body under `optimize_for`"""


class PoetImplementation(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str
    language: Literal["python", "dana"] = "python"
    train_code: str | None = None


class TranspileResponse(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    poet_implementation: PoetImplementation
    enhancement: Enhancement
    """the plan of which the implementation was written"""
    metadata: ResponseMetadata


class ErrorBody(BaseModel):
    """`{"error": message, "code": "ERROR_CODE", "details": {...}}`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    error: str
    code: str
    details: dict[str, Any] = Field(default_factory=dict)
