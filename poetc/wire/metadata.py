"""metadata.json of a stored version."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from poetc.ir.achieved import Achieved
from poetc.wire.enhancement import Enhancement, TemplateRef
from poetc.wire.names import Operate
from poetc.wire.response import Rewrite

METADATA_SCHEMA: Final = 2


class VersionMetadata(BaseModel):
    """One version of one function: where it is from, what was done, what was checked. No timestamps: same input, same
    bytes (git knows when)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[2] = 2
    name: str
    """qualified, "app.drift.Monitor.check" """
    version: int = Field(ge=1)
    language: Literal["python", "dana"] = "python"
    source_file: str
    first_line: int
    last_line: int
    source_hash: str
    key: str
    engine: str
    engine_version: str
    template: TemplateRef
    llm_model: str | None = None
    decorator_params: dict[str, Any] = Field(default_factory=dict)
    policy: dict[str, Any]
    """in the file, only the settings that somebody asked for"""
    phases_included: list[str]
    operate: Operate
    operate_reason: str | None = None
    rewrites: list[Rewrite] = Field(default_factory=list)
    effects: str
    achieved: Achieved = Achieved()
    timeout_mechanism: str | None = None
    enhancements: list[str] = Field(default_factory=list)
    dependencies: list[str] = Field(default_factory=list)
    fallback_used: bool = False
    fallback_reason: str | None = None
    parameters: dict[str, float] = Field(default_factory=dict)
    checks: list[str]
    files: dict[str, str]
    """name → sha256 of its text; enhanced.py may be in the linked file of the module instead"""
    plan: Enhancement | None = None
    """of an engine that the client's own rules can't stand in for: with what it brought"""
    parent_version: int | None = None
    why: str
    """"first build", "source changed", "configuration changed", "generator changed", "rolled back" ... """
