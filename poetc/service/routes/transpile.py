"""POST /poet/transpile and its other name, POST /api/v1/transpile."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from poetc.service.body import read_json_body
from poetc.service.context import context_of, tenant_of
from poetc.service.problem import Problem, invalid_request
from poetc.wire import ErrorBody, TranspileRequest, TranspileResponse

router = APIRouter()
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_DOCUMENTATION = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TranspileRequest"}}},
    }
}


@router.post(
    "/poet/transpile",
    response_model=TranspileResponse,
    responses={422: {"model": ErrorBody}},
    openapi_extra=_DOCUMENTATION,
)
@router.post("/api/v1/transpile", response_model=TranspileResponse, include_in_schema=False)
async def transpile(request: Request) -> Response:
    """One function in, its implementation and metadata out."""
    context = context_of(request)
    body = await read_json_body(request, context.settings.request_bytes, context.settings.body_seconds)
    asked = _parse(body)
    name, tenant = _name(asked), tenant_of(request)
    try:
        answer = await context.pool.run(body, tenant)
    except Problem as problem:
        await context.records.note(tenant, name, problem.code, {})
        raise
    await context.records.note(tenant, name, "ok" if answer.status == 200 else answer.code, answer.summary)
    return Response(answer.body, answer.status, media_type="application/json")


def _parse(body: bytes) -> TranspileRequest:
    try:
        return TranspileRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_request(error) from None
    except RecursionError:
        raise Problem(422, "NESTED_TOO_DEEPLY", "the request is nested too deeply") from None


def _name(asked: TranspileRequest) -> str:
    """The qualified name, as far as the request tells it."""
    qualname = asked.context.qualname
    if qualname is None:
        match = _DEFINED.search(asked.function_code)
        qualname = match[1] if match else "?"
    qualname = qualname.replace(".<locals>", "")
    return f"{asked.context.module_path}.{qualname}" if asked.context.module_path else qualname
