"""Who the service is: what decides whether an answer of yesterday would be given again today."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TemplateIdentity(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    version: str
    digest: str
    calls: str = ""
    """sha256 of what the domain adds to the call catalogue, "" for nothing: the client counts only its own"""


class Health(BaseModel):
    """`GET /poet/health`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: str
    """"ok" once it can answer"""
    service: str = "poetc"
    version: str
    """of poetc"""
    engines: dict[str, str]
    """engine -> its version, {"rules": "1"}"""
    templates: dict[str, TemplateIdentity] = Field(default_factory=dict)
    """domain -> its current template; "base" is the one of no domain"""
    pid: int = 0
    uptime_seconds: float = 0.0
