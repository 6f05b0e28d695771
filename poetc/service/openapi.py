"""The service's description of itself, `GET /openapi.json`, made when first asked for."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from poetc.wire import TranspileBatch, TranspileRequest

_REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The application → its OpenAPI document, with the request models that routes read by themselves."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document["components"]["schemas"]
        for asked in (TranspileRequest, TranspileBatch):
            model = asked.model_json_schema(ref_template=_REFERENCE)
            schemas.update(model.pop("$defs", {}))
            schemas[asked.__name__] = model
        app.openapi_schema = document
    return app.openapi_schema
