"""Reads a request's body: JSON only, never more than the limit, never longer than its time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from poetc.service.problem import Problem

_DRAIN = 4
"""up to so many times the limit is read and dropped, so that the sender gets to see the refusal"""
_HANG_UP = {"Connection": "close"}
"""else the server would go on reading what nobody wants"""


async def read_json_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body's bytes, at most `limit`, within `seconds`; raises Problem 408, 413, 415."""
    _check_type(request)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, limit)
    except TimeoutError:
        message = f"the request's body did not arrive in {seconds:g} s"
        raise Problem(408, "REQUEST_TIMEOUT", message, headers=_HANG_UP) from None


def _check_type(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed")


async def _read(request: Request, limit: int) -> bytes:
    """Counts what arrives, for Content-Length may be absent or wrong."""
    chunks: list[bytes] = []
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > _DRAIN * limit:
            break
        if total <= limit:
            chunks.append(chunk)
    if total > limit:
        message = f"the request is larger than {limit} bytes"
        hang_up = _HANG_UP if total > _DRAIN * limit else {}
        raise Problem(413, "REQUEST_TOO_LARGE", message, {"limit_bytes": limit}, hang_up)
    return b"".join(chunks)
