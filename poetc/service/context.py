"""What every endpoint works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from poetc.service.activity import Activity
from poetc.service.pool import WorkerPool
from poetc.service.records import FunctionRecords
from poetc.service.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """The parts of one running service."""

    settings: ServiceSettings
    pool: WorkerPool
    records: FunctionRecords
    activity: Activity


def context_of(request: Request) -> ServiceContext:
    """The context of the service that serves `request`."""
    return cast(ServiceContext, request.app.state.context)


def tenant_of(request: Request) -> str:
    """The name of the key that the request came with; "" where none is needed."""
    return str(request.scope.get("poet.kid", ""))
