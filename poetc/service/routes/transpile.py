"""POST /poet/transpile, its other name POST /api/v1/transpile, and POST /api/v1/transpile/batch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ValidationError

from poetc.service.body import read_json_body
from poetc.service.context import ServiceContext, context_of, tenant_of
from poetc.service.pool import Answer
from poetc.service.problem import Problem, invalid_request
from poetc.wire import BatchLine, ErrorBody, TranspileBatch, TranspileRequest, TranspileResponse

_Model = TypeVar("_Model", bound=BaseModel)

router = APIRouter()
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)


def _documented(model: type[BaseModel]) -> dict[str, object]:
    """What OpenAPI is told of a body that the route reads by itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "/poet/transpile",
    response_model=TranspileResponse,
    responses={422: {"model": ErrorBody}},
    openapi_extra=_documented(TranspileRequest),
)
@router.post("/api/v1/transpile", response_model=TranspileResponse, include_in_schema=False)
async def transpile(request: Request) -> Response:
    """One function in, its implementation and metadata out."""
    context, tenant = context_of(request), tenant_of(request)
    body = await read_json_body(request, context.settings.request_bytes, context.settings.body_seconds)
    answer = await _answered(context, tenant, _parse(body, TranspileRequest), body)
    return Response(answer.body, answer.status, media_type="application/json")


@router.post(
    "/api/v1/transpile/batch",
    response_class=StreamingResponse,
    responses={
        200: {"model": BatchLine, "description": "One line of JSON for each function, in the order of their ends"},
        422: {"model": ErrorBody},
    },
    openapi_extra=_documented(TranspileBatch),
)
async def transpile_batch(request: Request) -> Response:
    """Many functions in; each one's answer goes out as soon as it is there."""
    context, tenant = context_of(request), tenant_of(request)
    body = await read_json_body(request, context.settings.request_bytes, context.settings.body_seconds)
    batch = _parse(body, TranspileBatch)
    return StreamingResponse(_lines(context, tenant, batch.requests), media_type="application/x-ndjson")


async def _lines(context: ServiceContext, tenant: str, requests: list[TranspileRequest]) -> AsyncIterator[bytes]:
    """No batch waits for more workers than there are, so that the line stays short for others."""
    left, done = iter(enumerate(requests)), asyncio.Queue[bytes | Exception]()

    async def work() -> None:
        try:
            for index, asked in left:
                done.put_nowait(await _line(context, tenant, index, asked))
        except Exception as error:
            done.put_nowait(error)

    tasks = [asyncio.create_task(work()) for _ in range(min(context.settings.workers, len(requests)))]
    try:
        for _ in requests:
            line = await done.get()
            if isinstance(line, Exception):
                raise line
            yield line
    finally:
        for task in tasks:
            task.cancel()


async def _line(context: ServiceContext, tenant: str, index: int, asked: TranspileRequest) -> bytes:
    """The answer's bytes are put in as they are."""
    try:
        answer = await _answered(context, tenant, asked, asked.model_dump_json().encode("utf-8"))
    except Problem as problem:
        answer = Answer(problem.status, problem.body, problem.code, {})
    field = b"answer" if answer.status == 200 else b"error"
    return b'{"index":%d,"status":%d,"%s":%s}\n' % (index, answer.status, field, answer.body)


async def _answered(context: ServiceContext, tenant: str, asked: TranspileRequest, body: bytes) -> Answer:
    """The answer of a worker, and a note of it; raises Problem."""
    name = _name(asked)
    try:
        answer = await context.pool.run(body, tenant)
    except Problem as problem:
        await context.records.note(tenant, name, problem.code, {})
        raise
    await context.records.note(tenant, name, "ok" if answer.status == 200 else answer.code, answer.summary)
    return answer


def _parse(body: bytes, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(body)
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
