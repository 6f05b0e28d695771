"""Puts the service together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import poetc
from poetc.service.activity import Activity
from poetc.service.context import ServiceContext
from poetc.service.guard import Guard, answer_problem
from poetc.service.openapi import describe
from poetc.service.pool import WorkerPool
from poetc.service.problem import Problem
from poetc.service.records import FunctionRecords, MemoryRecords
from poetc.service.routes import functions, health, transpile
from poetc.service.settings import ServiceSettings


def create_app(
    settings: ServiceSettings,
    *,
    pool: WorkerPool | None = None,
    records: FunctionRecords | None = None,
    activity: Activity | None = None,
) -> FastAPI:
    """Settings → the application; what isn't given is made. The pool is closed when the application ends."""
    context = ServiceContext(
        settings=settings,
        pool=pool or WorkerPool(settings),
        records=records or MemoryRecords(settings.remembered),
        activity=activity or Activity(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await context.pool.close()

    app = FastAPI(title="poetc", version=poetc.__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    app.state.context = context
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    for route in (transpile, functions, health):
        app.include_router(route.router)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_middleware(Guard, settings=settings, activity=context.activity)
    return app


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer_problem(error)


async def _on_http_exception(_: Request, error: Exception) -> Response:
    """404, 405 and whatever else the framework says by itself."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = status.phrase.upper().replace(" ", "_").replace("-", "_")
    return answer_problem(Problem(status, code, status.description or status.phrase, headers=error.headers))


async def _on_validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [{"field": ".".join(map(str, item["loc"])), "problem": item["msg"]} for item in error.errors()]
    return answer_problem(Problem(422, "INVALID_REQUEST", "invalid request", {"problems": problems}))
