"""GET /poet/functions and GET /poet/functions/{name}: what this service has transpiled for the asking key."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from poetc.service.context import context_of, tenant_of
from poetc.service.problem import Problem
from poetc.service.records import FunctionRecord
from poetc.wire import ErrorBody

router = APIRouter()


class FunctionSummary(BaseModel):
    name: str
    count: int
    last_status: str
    versions: int


class FunctionList(BaseModel):
    functions: list[FunctionSummary]


class FunctionStatus(BaseModel):
    name: str
    count: int
    last_status: str
    phases: list[str]
    versions: list[dict[str, Any]]


@router.get("/poet/functions")
async def list_functions(request: Request) -> FunctionList:
    """Every function, in short."""
    records = await context_of(request).records.all(tenant_of(request))
    return FunctionList(functions=[_summary(record) for record in records])


@router.get("/poet/functions/{name}", responses={404: {"model": ErrorBody}})
async def show_function(request: Request, name: str) -> FunctionStatus:
    """One function: how often asked, how it ended last, and its distinct answers, the latest last."""
    record = await context_of(request).records.find(tenant_of(request), name)
    if record is None:
        raise Problem(404, "UNKNOWN_FUNCTION", "this service has not transpiled a function of that name")
    return FunctionStatus(
        name=record.name,
        count=record.count,
        last_status=record.last_status,
        phases=record.phases,
        versions=list(record.versions.values()),
    )


def _summary(record: FunctionRecord) -> FunctionSummary:
    return FunctionSummary(
        name=record.name, count=record.count, last_status=record.last_status, versions=len(record.versions)
    )
