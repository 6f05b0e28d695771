"""The service's description of itself, `GET /openapi.json`, made when first asked for."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from poetc.wire import TranspileRequest

_REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The application → its OpenAPI document, with the request model that the route reads by itself."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        model = TranspileRequest.model_json_schema(ref_template=_REFERENCE)
        document["components"]["schemas"].update(model.pop("$defs", {}))
        document["components"]["schemas"]["TranspileRequest"] = model
        app.openapi_schema = document
    return app.openapi_schema
