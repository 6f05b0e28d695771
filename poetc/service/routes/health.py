"""GET /poet/health: who the service is, and that it can answer."""

from __future__ import annotations

import os

from fastapi import APIRouter, Request, Response

import poetc
from poetc.service.access import prove
from poetc.service.context import context_of
from poetc.wire import ErrorBody, Health

router = APIRouter()


@router.get("/poet/health", responses={503: {"model": ErrorBody}})
async def health(request: Request, response: Response) -> Health:
    """Identity and readiness; 503 while no engine can be started. A challenge is answered with proof of the token."""
    context = context_of(request)
    challenge = request.headers.get("x-poet-challenge", "")
    if context.settings.token and challenge:
        response.headers["X-Poet-Proof"] = prove(context.settings.token, challenge)
    identity = await context.pool.identity()
    return Health(
        status="ok",
        version=poetc.__version__,
        engines=identity["engines"],
        templates=identity["templates"],
        pid=os.getpid(),
        uptime_seconds=round(context.activity.uptime_seconds, 3),
    )
