"""The outermost layer of the application: counts requests, admits them, and turns whatever escapes into an answer."""

from __future__ import annotations

import asyncio
import logging
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from poetc.service.access import admit
from poetc.service.activity import Activity
from poetc.service.problem import Problem
from poetc.service.settings import ServiceSettings

_ENDING = Problem(
    503, "SHUTTING_DOWN", "the service is shutting down", headers={"Retry-After": "1", "Connection": "close"}
)
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware; puts the name of the request's key into the scope as "poet.kid"."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, activity: Activity) -> None:
        self._app = app
        self._settings = settings
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._activity.request():
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_watched(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            scope["poet.kid"] = admit(self._settings, scope["path"], Headers(scope=scope))
            await self._app(scope, receive, send_watched)
        except asyncio.CancelledError:
            # The service ends, and this request with it: said so that a client knows to ask again.
            if not begun:
                await answer_problem(_ENDING)(scope, receive, send_watched)
            raise
        except ClientDisconnect:
            _log.info("a client went away before its request was complete")
        except Exception as error:
            problem = error if isinstance(error, Problem) else _unexpected(error)
            if begun:
                raise
            await answer_problem(problem)(scope, receive, send_watched)


def answer_problem(problem: Problem) -> Response:
    """Problem → its HTTP response."""
    return Response(problem.body, problem.status, problem.headers, media_type="application/json")


def _unexpected(error: Exception) -> Problem:
    """Logged without its message, which may quote what was sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request failed with %s\n%s", type(error).__name__, frames)
    return Problem(500, "INTERNAL_ERROR", "the service failed to answer the request")
