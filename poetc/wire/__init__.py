"""The one contract of client and service: pydantic models of what crosses HTTP, and of metadata.json."""

from poetc.wire.batch import BatchLine, TranspileBatch
from poetc.wire.enhancement import Enhancement, TemplateRef
from poetc.wire.health import Health, TemplateIdentity
from poetc.wire.metadata import METADATA_SCHEMA, VersionMetadata
from poetc.wire.policy import policy_of
from poetc.wire.request import LIMITS, TranspileContext, TranspileRequest
from poetc.wire.response import (
    ErrorBody,
    PoetImplementation,
    ResponseMetadata,
    Rewrite,
    TranspileResponse,
)

__all__ = [
    "LIMITS",
    "METADATA_SCHEMA",
    "BatchLine",
    "Enhancement",
    "ErrorBody",
    "Health",
    "PoetImplementation",
    "ResponseMetadata",
    "Rewrite",
    "TemplateIdentity",
    "TemplateRef",
    "TranspileBatch",
    "TranspileContext",
    "TranspileRequest",
    "TranspileResponse",
    "VersionMetadata",
    "policy_of",
]
